#include "intake/page_trace.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mmscope {
namespace {

using Kind = PageTraceEvent::Kind;

std::string line(const std::string& event) { return "            init-1       [000] d..3.     9.832603: " + event + "\n"; }

PageTraceEvent read_one(const std::string& text) {
    PageTraceReader reader(text);
    const auto event = reader.next();
    EXPECT_TRUE(event) << text;
    EXPECT_EQ(reader.torn(), 0U) << text;
    return event.value_or(PageTraceEvent{});
}

TEST(PageTrace, an_allocation_has_frame_order_type_and_flags) {
    const std::string text = line("mm_page_alloc: page=000000006c4e4fee pfn=0x1ff20 order=1 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_ZERO");
    const PageTraceEvent event = read_one(text);
    EXPECT_EQ(event.kind, Kind::alloc);
    EXPECT_EQ(event.pfn, Pfn{0x1ff20});
    EXPECT_EQ(event.order, Order{1});
    EXPECT_EQ(event.type, 2);
    EXPECT_EQ(event.gfp, "GFP_KERNEL|__GFP_ZERO");
    EXPECT_EQ(event.task, "init");
    EXPECT_EQ(event.pid, 1U);
    EXPECT_EQ(event.cpu, 0U);
    EXPECT_EQ(event.flags, "d..3.");
    EXPECT_EQ(event.timestamp, "9.832603");
    EXPECT_EQ(event.line, 1U);
}

TEST(PageTrace, a_failed_allocation_has_no_frame) {
    const std::string text = line("mm_page_alloc: page=0000000000000000 pfn=0x0 order=9 migratetype=1 gfp_flags=GFP_KERNEL");
    EXPECT_EQ(read_one(text).pfn, kNoPfn);
}

TEST(PageTrace, frames_were_decimal_before_5_16) {
    EXPECT_EQ(read_one(line("mm_page_free: page=00000000c5a886fd pfn=16918 order=0")).pfn, Pfn{16918});
}

TEST(PageTrace, every_page_event_is_known) {
    EXPECT_EQ(read_one(line("mm_page_free: page=1 pfn=0x545f order=3")).order, Order{3});
    EXPECT_EQ(read_one(line("mm_page_free_batched: page=1 pfn=0x545f order=0")).kind, Kind::free_batched);
    EXPECT_TRUE(read_one(line("mm_page_alloc_zone_locked: page=1 pfn=0x4216 order=0 migratetype=1 percpu_refill=1")).percpu_refill);
    EXPECT_EQ(read_one(line("mm_page_pcpu_drain: page=1 pfn=0x62e3 order=0 migratetype=1")).kind, Kind::pcpu_drain);
    const PageTraceEvent event = read_one(line("mm_page_alloc_extfrag: page=1 pfn=0x6500 alloc_order=1 fallback_order=8 pageblock_order=9 "
                                               "alloc_migratetype=0 fallback_migratetype=2 fragmenting=1 change_ownership=1"));
    EXPECT_EQ(event.kind, Kind::alloc_extfrag);
    EXPECT_EQ(event.order, Order{1});
    EXPECT_EQ(event.fallback_order, Order{8});
    EXPECT_EQ(event.pageblock_order, Order{9});
    EXPECT_EQ(event.fallback_type, 2);
    EXPECT_TRUE(event.fragmenting);
    EXPECT_TRUE(event.change_ownership);
}

TEST(PageTrace, what_compaction_took_and_moved_is_known_by_its_number) {
    for (const char* name : {"mm_compaction_isolate_freepages", "mm_compaction_fast_isolate_freepages"}) {
        const PageTraceEvent taken = read_one(line(std::string(name) + ": range=(0x7e00 ~ 0x7f9c) nr_scanned=412 nr_taken=32"));
        EXPECT_EQ(taken.kind, Kind::isolated);
        EXPECT_EQ(taken.frames, 32U);
    }
    const PageTraceEvent event = read_one(line("mm_compaction_migratepages: nr_migrated=303 nr_failed=15"));
    EXPECT_EQ(event.kind, Kind::migrated);
    EXPECT_EQ(event.frames, 303U);
}

TEST(PageTrace, a_marker_is_what_was_written) {
    const std::string text = line("tracing_mark_write: CAP-SNAP-MOD-1");
    EXPECT_EQ(read_one(text).marker, "CAP-SNAP-MOD-1");
}

TEST(PageTrace, a_task_may_be_called_anything) {
    const std::string text = " a [001] b: c-17-4242    [012] ..s1. 12345.678901: mm_page_free: page=1 pfn=0x10 order=0\n";
    const PageTraceEvent event = read_one(text);
    EXPECT_EQ(event.pid, 4242U);
    EXPECT_EQ(event.task, "a [001] b: c-17");
    EXPECT_EQ(event.cpu, 12U);
}

TEST(PageTrace, other_events_comments_and_lost_ones_are_counted_and_passed_over) {
    const std::string text = "# tracer: nop\n#\n" + line("kfree: call_site=f+0x1/0x2 ptr=0000000000000000") + "CPU:1 [LOST 123 EVENTS]\n\n" +
                             line("mm_page_free: page=1 pfn=0x10 order=0") + line("mm_compaction_end: zone_start=0x1");
    PageTraceReader reader(text);
    const auto event = reader.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->line, 6U);
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.others(), 2U);
    EXPECT_EQ(reader.lost(), 123U);
    EXPECT_EQ(reader.torn(), 0U);
}

TEST(PageTrace, a_torn_line_is_counted_and_the_next_one_read) {
    const std::string good = line("mm_page_alloc: page=1 pfn=0x10 order=0 migratetype=0 gfp_flags=GFP_KERNEL");
    const std::vector<std::string> torn{
        line("mm_page_alloc: page=1 pfn=0x10 order=0 migratetype=0"),
        line("mm_page_alloc: page=1 pfn=0x10 order=0 migratetype=0 gfp_flags="),
        line("mm_page_alloc: page=1 pfn=0x10 order=1"),
        line("mm_page_alloc: page=1 pfn=0x1g order=0 migratetype=0 gfp_flags=GFP_KERNEL"),
        line("mm_page_alloc: page=1 pfn=0x123456789 order=0 migratetype=0 gfp_flags=GFP_KERNEL"),
        line("mm_page_free: page=1 pfn=0x10 order=11"),
        line("mm_page_free: page=1 pfn=0x0 order=0"),
        line("mm_page_free: page=1 pfn="),
        line("mm_page_fr"),
        "hello\n",
        "            init-1       [000\n",
        "            init-1       [000] d..3.\n",
        "            init       [000] d..3.     9.832603: mm_page_free: page=1 pfn=0x10 order=0\n",
        "            init-1       [000] d..3.     9832603: mm_page_free: page=1 pfn=0x10 order=0\n",
    };
    for (const std::string& bad : torn) {
        const std::string text = "#\n" + bad + bad + good;
        PageTraceReader reader(text);
        const auto event = reader.next();
        ASSERT_TRUE(event) << bad;
        EXPECT_EQ(event->line, 4U) << bad;
        EXPECT_EQ(reader.torn(), 2U) << bad;
        EXPECT_EQ(reader.first_torn().line, 2U) << bad;
        EXPECT_EQ(reader.first_torn().message.key, "capture.torn") << bad;
    }
}

TEST(PageTrace, a_line_cut_off_anywhere_gives_no_event_or_the_whole_one) {
    const std::string text = line("mm_page_pcpu_drain: page=00000000e91c9dac pfn=0x62e3 order=0 migratetype=1");
    for (std::size_t length = 0; length + 1 < text.size(); ++length) {
        PageTraceReader reader(std::string_view(text).substr(0, length));
        EXPECT_FALSE(reader.next()) << length;
    }
}

}  // namespace
}  // namespace mmscope
