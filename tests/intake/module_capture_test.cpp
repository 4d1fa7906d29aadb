#include "intake/module_capture.h"

#include <gtest/gtest.h>

#include "intake/capture_texts.h"

namespace mmscope {
namespace {

using test::changed;
using Kind = ModuleStep::Kind;

// Two allocations with counters after each, a dump, and one free after which the dump itself stands.
std::string capture_text() {
    const std::string states(test::kStates);
    const std::string calls(test::kCalls);
    const std::size_t second = calls.find('\n') + 1;
    return "TEST pages_random n=2 seed=5\n" + std::string(test::kDump) + states + calls.substr(0, second) + states + calls.substr(second) +
           states + std::string(test::kDump) + "F 1 order=0 pfn=300 zone=DMA\n" + std::string(test::kDump) + "ENDTEST\n";
}

TEST(ModuleCapture, steps_come_in_the_order_of_the_file) {
    const std::string text = capture_text();
    const auto capture = parse_module_capture(text);
    ASSERT_TRUE(capture) << capture.error().message.key << " " << capture.error().line;
    EXPECT_EQ(capture->kind, "pages_random");
    EXPECT_EQ(capture->parameters, "n=2 seed=5");
    ASSERT_EQ(capture->steps.size(), 6U);
    const Kind kinds[] = {Kind::dump, Kind::alloc, Kind::alloc, Kind::dump, Kind::free, Kind::dump};
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(capture->steps[i].kind, kinds[i]);
    const ModuleStep& first = capture->steps[1];
    EXPECT_EQ(first.number, 0U);
    EXPECT_EQ(first.gfp, "GFP_KERNEL|__GFP_RECLAIMABLE");
    EXPECT_EQ(first.order, Order{3});
    EXPECT_EQ(first.pfn, Pfn{4104});
    EXPECT_EQ(first.zone, 1U);
    EXPECT_EQ(first.type, 2);
    EXPECT_EQ(first.line, 17U);
    EXPECT_EQ(capture->steps[4].number, 1U);
    EXPECT_EQ(capture->steps[4].pfn, Pfn{300});
    EXPECT_EQ(capture->count(Kind::alloc), 2U);
    EXPECT_EQ(capture->count(Kind::free), 1U);
}

TEST(ModuleCapture, counters_belong_to_the_call_or_to_the_dump_above_them) {
    const std::string text = capture_text();
    const auto capture = parse_module_capture(text);
    ASSERT_TRUE(capture);
    EXPECT_EQ(capture->dumps[0].states.size(), 2U);
    EXPECT_TRUE(capture->dumps[1].states.empty());
    EXPECT_EQ(capture->after(capture->steps[2]).size(), 2U);
    EXPECT_EQ(capture->after(capture->steps[2])[1].pcp_high, 407U);
    EXPECT_TRUE(capture->after(capture->steps[4]).empty());
}

TEST(ModuleCapture, a_failed_allocation_has_no_frame) {
    for (const char* failed : {"pfn=0 zone=- node=-1 mt=-1", "pfn=-1", "FAILED", "pfn=0"}) {
        const std::string text = changed(capture_text(), "pfn=4104 zone=DMA32 node=0 mt=2", failed);
        const auto capture = parse_module_capture(text);
        ASSERT_TRUE(capture) << failed << " " << capture.error().message.key;
        EXPECT_EQ(capture->steps[1].pfn, kNoPfn);
    }
}

TEST(ModuleCapture, what_the_module_does_not_print_is_refused_with_its_place) {
    struct Bad {
        const char* was;
        const char* is;
        const char* key;
        u32 line;
    };
    for (const Bad& bad : {
             Bad{"TEST pages_random n=2 seed=5\n", "", "capture.no_test", 1},
             Bad{"ENDTEST\n", "", "capture.no_endtest", 49},
             Bad{"ENDTEST\n", "ENDTEST\nENDTEST\n", "capture.line", 51},
             Bad{"pfn=4104 zone", "pfn=4105 zone", "capture.block_misaligned", 17},
             Bad{"pfn=4104 zone", "pfn=9600 zone", "capture.block_outside", 17},
             Bad{"zone=DMA32 node", "zone=Normal node", "capture.block_outside", 17},
             Bad{"node=0 mt=2", "node=0 mt", "capture.word", 17},
             Bad{"A 0 GFP", "A x GFP", "capture.number", 17},
             Bad{"order=3 pfn", "order=11 pfn", "capture.number", 17},
             Bad{"A 0 GFP_KERNEL|__GFP_RECLAIMABLE order=3", "A 0 GFP_KERN", "capture.word", 17},
             Bad{"F 1 order=0 pfn=300", "F 1 order=0 pfn=301", "capture.not_allocated", 36},
             Bad{"F 1 order=0", "F 7 order=0", "capture.not_allocated", 36},
             Bad{"\nPAGEBLOCKS n0 DMA start", "\nA 0 GFP_KERNEL order=0\n  s n0 DMA\nPAGEBLOCKS n0 DMA start", "capture.field_missing", 14},
             Bad{"FREELISTS before\n", "A 0 GFP_KERNEL order=0 pfn=1\nFREELISTS before\n", "capture.call_early", 2},
             Bad{"FREELISTS before\n", "  s n0 DMA free=1\nFREELISTS before\n", "capture.call_early", 2},
             Bad{"  s n0 DMA32 free=8 nr=0,0,0,1,0,0,0,0,0,0,0 pcp=0 high=407 batch=31 free_factor=0\n", "", "capture.states", 16},
             Bad{"  s n0 DMA free", "  s n0 DMA32 free", "capture.states", 15},
             Bad{"FL n0 DMA o0 t0: 289 17", "hello", "capture.line", 4},
         }) {
        const std::string text = changed(capture_text(), bad.was, bad.is);
        const auto capture = parse_module_capture(text);
        ASSERT_FALSE(capture) << bad.is;
        EXPECT_EQ(capture.error().message.key, bad.key) << bad.is;
        EXPECT_EQ(capture.error().line, bad.line) << bad.is;
    }
}

TEST(ModuleCapture, a_block_is_freed_once) {
    const std::string again = "F 1 order=0 pfn=300 zone=DMA\n";
    const auto capture = parse_module_capture(changed(capture_text(), again, again + again));
    ASSERT_FALSE(capture);
    EXPECT_EQ(capture.error().message.key, "capture.not_allocated");
    EXPECT_EQ(capture.error().line, 37U);
}

TEST(ModuleCapture, a_file_cut_off_anywhere_is_refused) {
    const std::string text = capture_text();
    for (std::size_t length = 0; length + 1 < text.size(); ++length) {
        EXPECT_FALSE(parse_module_capture(std::string_view(text).substr(0, length))) << length;
    }
}

TEST(ModuleCapture, dumps_of_other_zones_are_refused) {
    std::string text = capture_text();
    const std::size_t last = text.rfind("FREELISTS");
    const auto capture = parse_module_capture(text.substr(0, last) + changed(text.substr(last), "start_pfn=4096", "start_pfn=4097"));
    ASSERT_FALSE(capture);
    EXPECT_EQ(capture.error().message.key, "capture.other_zones");
}

TEST(ModuleCapture, the_calling_cpu_is_the_one_whose_page_sets_change) {
    const std::string two_cpus = changed(test::kDump, "PCP n0 DMA cpu0 list0", "PCPSET n0 DMA cpu1 count=4 high=13 batch=1\nPCP n0 DMA cpu1 list0");
    const std::string later = changed(two_cpus, "cpu1 list0: 300 301", "cpu1 list0: 301");
    const std::string text = "TEST pages_fifo\n" + two_cpus + "A 0 GFP_KERNEL order=0 pfn=300 zone=DMA node=0 mt=0\n" + later + "ENDTEST\n";
    const auto capture = parse_module_capture(text);
    ASSERT_TRUE(capture) << capture.error().message.key;
    EXPECT_EQ(capture->calling_cpu(), 1U);
}

}  // namespace
}  // namespace mmscope
