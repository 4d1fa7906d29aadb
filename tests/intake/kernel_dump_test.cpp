#include "intake/kernel_dump.h"

#include <gtest/gtest.h>

#include "intake/capture_texts.h"

namespace mmscope {
namespace {

using test::changed;
using test::kDump;
using test::kStates;

TEST(KernelDump, zones_lists_page_sets_and_pageblocks_are_read) {
    const auto dumps = parse_kernel_dumps(std::string(kDump) + std::string(kStates));
    ASSERT_TRUE(dumps) << dumps.error().message.key;
    ASSERT_EQ(dumps->size(), 1U);
    const KernelDump& dump = dumps->front();
    EXPECT_EQ(dump.label, "before");
    EXPECT_EQ(dump.line, 1U);
    const DumpZone dma{0, "DMA", {1}, 4095, 3998, 3840, 22, 27, 32, 0, 0, 0, {0, 440, 440, 440}};
    const DumpZone dma32{0, "DMA32", {4096}, 5000, 5000, 4000, 6, 7, 8, 512, 0, 0, {0, 0, 0, 0}};
    EXPECT_EQ(dump.zones, (std::vector<DumpZone>{dma, dma32}));
    EXPECT_EQ(dump.lists, (std::vector<DumpList>{{0, {0}, 0, {{289}, {17}}}, {0, {10}, 1, {{1024}, {3072}}}, {1, {3}, 2, {{4104}}}}));
    ASSERT_EQ(dump.pcps.size(), 2U);
    EXPECT_EQ(dump.pcps[0].lists[0], (std::vector<Pfn>{{300}, {301}}));
    EXPECT_EQ(dump.pcps[0].lists[4], (std::vector<Pfn>{{304}}));
    EXPECT_EQ(dump.pcps[0].high, 13U);
    EXPECT_EQ(dump.pcps[1].batch, 31U);
    EXPECT_EQ(dump.blocks, (std::vector<DumpBlocks>{{0, {9}, "UMMMMMRH"}, {1, {9}, "UUUUUUUUMM"}}));
    ASSERT_EQ(dump.states.size(), 2U);
    EXPECT_EQ(dump.states[0].nr_free[10], 2U);
    EXPECT_EQ(dump.states[0].free_factor, 3U);
    EXPECT_FALSE(dump.states[0].high_min);
    EXPECT_EQ(dump.printing_cpu(), 0U);
}

TEST(KernelDump, a_list_is_found_and_an_empty_one_is_not) {
    const auto dumps = parse_kernel_dumps(kDump);
    ASSERT_TRUE(dumps);
    ASSERT_NE(dumps->front().list(1, {3}, 2), nullptr);
    EXPECT_EQ(dumps->front().list(1, {3}, 1), nullptr);
    EXPECT_EQ(dumps->front().pcp(1, 1), nullptr);
    EXPECT_FALSE(dumps->front().printing_cpu());
}

TEST(KernelDump, the_counters_of_newer_kernels_are_read) {
    const std::string text = std::string(kDump) + "  s n0 DMA free=8 nr=2,0,0,0,0,0,0,0,0,0,2 pcp=4 high=0 batch=1 free_count=26 "
                                                  "alloc_factor=1 high_min=220 high_max=480 anything_new=7\n";
    const auto dumps = parse_kernel_dumps(text);
    ASSERT_TRUE(dumps) << dumps.error().message.key;
    const ZoneState& state = dumps->front().states.at(0);
    EXPECT_FALSE(state.free_factor);
    EXPECT_EQ(state.free_count, 26U);
    EXPECT_EQ(state.alloc_factor, 1U);
    EXPECT_EQ(state.high_min, 220U);
    EXPECT_EQ(state.high_max, 480U);
}

TEST(KernelDump, several_dumps_follow_each_other_and_lines_may_end_in_crlf) {
    std::string text;
    for (const char c : std::string(kDump) + std::string(kDump)) text += c == '\n' ? "\r\n" : std::string(1, c);
    const auto dumps = parse_kernel_dumps(text);
    ASSERT_TRUE(dumps) << dumps.error().message.key;
    ASSERT_EQ(dumps->size(), 2U);
    EXPECT_EQ((*dumps)[1].line, 14U);
    EXPECT_EQ((*dumps)[1].blocks[1].letters, "UUUUUUUUMM");
}

TEST(KernelDump, order_and_type_of_a_per_cpu_list_follow_from_its_number) {
    EXPECT_EQ(pcp_list_order(2, {9}).value, 0);
    EXPECT_EQ(pcp_list_order(11, {9}).value, 3);
    EXPECT_EQ(pcp_list_order(12, {9}).value, 9);
    EXPECT_EQ(pcp_list_order(13, {10}).value, 10);
}

struct Bad {
    const char* was;
    const char* is;
    const char* key;
    u32 line;
    u32 column;
};

TEST(KernelDump, what_no_kernel_prints_is_refused_with_its_place) {
    for (const Bad& bad : {
             Bad{"289 17", "289 301", "capture.block_twice", 6, 28},
             Bad{"289 17", "289 289", "capture.block_twice", 3, 22},
             Bad{"289 17", "289 1500", "capture.block_twice", 4, 19},
             Bad{"list4: 304", "list4: 300", "capture.block_twice", 7, 24},
             Bad{"1024 3072", "1024 3073", "capture.block_misaligned", 4, 24},
             Bad{"list4: 304", "list4: 305", "capture.block_misaligned", 7, 24},
             Bad{"289 17", "289 0", "capture.block_outside", 3, 22},
             Bad{"289 17", "289 4096", "capture.block_outside", 3, 22},
             Bad{"o3 t2: 4104", "o10 t2: 9216", "capture.block_outside", 9, 21},
             Bad{"289 17", "289 4294967296", "capture.number", 3, 22},
             Bad{"289 17", "289 -1", "capture.number", 3, 22},
             Bad{"289 17", "289 1x", "capture.number", 3, 22},
             Bad{"o10 t1:", "o11 t1:", "capture.number", 4, 12},
             Bad{"o10 t1:", "o10 t6:", "capture.number", 4, 16},
             Bad{"o10 t1:", "o10 t1", "capture.line", 4, 1},
             Bad{"o10 t1:", "o0 t0:", "capture.list_twice", 4, 14},
             Bad{"list4:", "list14:", "capture.number", 7, 21},
             Bad{"list4:", "list0:", "capture.list_twice", 7, 17},
             Bad{"FL n0 DMA o0", "FL n0 Normal o0", "capture.zone_unknown", 3, 7},
             Bad{"FL n0 DMA o0", "FL n1 DMA o0", "capture.zone_unknown", 3, 7},
             Bad{"FL n0 DMA o0", "FL x0 DMA o0", "capture.word", 3, 4},
             Bad{" 289 17", "", "capture.list_empty", 3, 1},
             Bad{"ZONE n0 DMA32", "ZONE n0 DMA", "capture.zone_twice", 8, 9},
             Bad{"managed=3840", "managed=3999", "capture.zone_numbers", 2, 1},
             Bad{"wmark=22,27,32", "wmark=22,27,26", "capture.zone_numbers", 2, 1},
             Bad{"start_pfn=4096", "start_pfn=4294967295", "capture.zone_numbers", 8, 1},
             Bad{"wmark=22,27,32", "wmark=22,27", "capture.field_count", 2, 73},
             Bad{"wmark=22,27,32", "wmark=22,27,32,33", "capture.field_count", 2, 79},
             Bad{"present=3998", "present=", "capture.number", 2, 46},
             Bad{"present=3998 ", "", "capture.field_missing", 2, 1},
             Bad{"present=3998", "spanned=3998", "capture.field_twice", 2, 46},
             Bad{"present=3998", "present", "capture.field", 2, 38},
             Bad{"high=13 batch=1", "high=13 ba", "capture.field", 5, 36},
             Bad{"PCPSET n0 DMA cpu0", "PCPSET n0 DMA cpu1", "capture.no_page_set", 6, 1},
             Bad{"END\n", "", "capture.line", 11, 1},
             Bad{"END\n", "FREELISTS mid\n", "capture.no_end", 11, 1},
             Bad{"UMMMMMRH", "UMMMMMRX", "capture.block_letter", 12, 52},
             Bad{"UMMMMMRH", "UMMMMM", "capture.block_letters", 12, 1},
             Bad{"DMA start=1 ", "DMA start=2 ", "capture.block_letters", 12, 1},
             Bad{"FREELISTS before\n", "", "capture.line", 1, 1},
             Bad{"PCP n0 DMA cpu0 list0: 300 301\n", "PCP n0 DMPCP n0 DMA cpu0 list4: 304\n", "capture.zone_unknown", 6, 8},
         }) {
        const std::string text = changed(kDump, bad.was, bad.is);
        const auto dumps = parse_kernel_dumps(text);
        ASSERT_FALSE(dumps) << bad.is;
        EXPECT_EQ(dumps.error().message.key, bad.key) << bad.is;
        EXPECT_EQ(dumps.error().line, bad.line) << bad.is;
        EXPECT_EQ(dumps.error().column, bad.column) << bad.is;
    }
}

TEST(KernelDump, a_file_cut_off_anywhere_in_its_first_dump_is_refused) {
    const std::size_t end = kDump.find("END");
    for (std::size_t length = 0; length <= end; ++length) EXPECT_FALSE(parse_kernel_dumps(kDump.substr(0, length))) << length;
}

TEST(KernelDump, text_with_no_dump_in_it_is_refused) {
    const auto dumps = parse_kernel_dumps("\n\n");
    ASSERT_FALSE(dumps);
    EXPECT_EQ(dumps.error().message.key, "capture.no_dump");
}

}  // namespace
}  // namespace mmscope
