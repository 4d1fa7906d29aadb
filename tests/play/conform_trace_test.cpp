#include "play/conform_trace.h"

#include <gtest/gtest.h>

#include <string>

namespace mmscope {
namespace {

const TraceMachine kMachine{Arch::x86_64, &profile_6_1(), 1};

// Frames 1024 to 1031 free on a list and 2048 on CPU 0's; the second snapshot has 1028 to 1031 and 2049 in their place.
std::string dump(const std::string& lists) {
    return "FREELISTS now\n"
           "ZONE n0 DMA start_pfn=1 spanned=4095 present=3998 managed=3840 wmark=2,4,6 boost=0 nr_free_highatomic_reserved=0 flags=0 "
           "lowmem_reserve=0,0,0,0,0\n" +
           lists + "END\nPAGEBLOCKS n0 DMA start=1 pageblock_order=9:UMUMUMMM\n";
}
const std::string kBefore = dump("FL n0 DMA o3 t0: 1024\nPCPSET n0 DMA cpu0 count=1 high=12 batch=1\nPCP n0 DMA cpu0 list0: 2048\n");
const std::string kAfter = dump("FL n0 DMA o2 t0: 1028\nPCPSET n0 DMA cpu0 count=1 high=12 batch=1\nPCP n0 DMA cpu0 list0: 2049\n");

std::string line(const std::string& event) { return "            init-1       [000] d..3.     9.832603: " + event + "\n"; }
std::string marker(const std::string& text) { return line("tracing_mark_write: " + text); }
std::string alloc(const std::string& pfn, u32 order) {
    return line("mm_page_alloc: page=1 pfn=" + pfn + " order=" + std::to_string(order) + " migratetype=0 gfp_flags=GFP_KERNEL");
}
std::string free(const std::string& pfn, u32 order) { return line("mm_page_free: page=1 pfn=" + pfn + " order=" + std::to_string(order)); }

const std::string kBegin = marker("CAP-SNAP-MOD-1") + marker("CAP-SNAP-MOD-1-END");
const std::string kEnd = marker("CAP-SNAP-MOD-2") + marker("CAP-SNAP-MOD-2-END");
const std::string kGood = alloc("0x400", 2) + alloc("0x800", 0) + free("0x801", 0);

Result<TraceReport> replay(const std::string& trace, const std::string& snapshots = kBefore + kAfter) {
    const auto dumps = parse_kernel_dumps(snapshots);
    if (!dumps) return dumps.error();
    auto report = conform_trace(trace, *dumps, kMachine);
    if (report)
        for (TraceStretch& stretch : report->stretches) stretch.from = stretch.to = {};  // the text does not outlive this
    return report;
}

TraceCounts counts_of(const std::string& events) {
    const auto report = replay(kBegin + events + kEnd);
    EXPECT_TRUE(report);
    return report ? report->total() : TraceCounts{};
}

TEST(ConformTrace, what_was_allocated_leaves_the_set_and_what_was_freed_comes_back) {
    const auto report = replay(kBegin + kGood + kEnd);
    ASSERT_TRUE(report);
    const TraceCounts sum = report->total();
    EXPECT_EQ(sum.allocations, 2U);
    EXPECT_EQ(sum.frees, 1U);
    EXPECT_EQ(sum.kernel_free, 5U);
    EXPECT_EQ(sum.agreed, 5U);
    EXPECT_EQ(sum.unseen(), 0U);
    EXPECT_TRUE(report->is_perfect(Arch::x86_32));
}

TEST(ConformTrace, events_outside_the_snapshots_and_those_that_move_frames_inside_the_set_change_nothing) {
    const std::string inside = line("mm_page_free_batched: page=1 pfn=0x400 order=0") + line("mm_page_pcpu_drain: page=1 pfn=0x900 order=0 migratetype=0") +
                               line("mm_page_alloc_zone_locked: page=1 pfn=0x404 order=0 migratetype=0 percpu_refill=1") +
                               line("mm_page_alloc: page=0 pfn=0x0 order=9 migratetype=0 gfp_flags=GFP_KERNEL") + marker("CAP-WORKLOAD-BEGIN");
    const auto report = replay(alloc("0x404", 2) + kBegin + kGood + inside + kEnd + alloc("0x404", 2));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->total().failures, 1U);
    EXPECT_TRUE(report->is_perfect(Arch::x86_32));
}

TEST(ConformTrace, a_free_of_what_was_never_allocated_is_accepted_and_counted) {
    const TraceCounts sum = counts_of(kGood + free("0x404", 1));
    EXPECT_EQ(sum.unseen_freed, 2U);
    EXPECT_EQ(sum.bulk(), 2U);
    EXPECT_EQ(sum.agreed, sum.kernel_free);
}

TEST(ConformTrace, a_frame_in_use_at_the_snapshot_without_an_event_is_excused_on_x86_64_alone) {
    const auto report = replay(kBegin + free("0x801", 0) + alloc("0x800", 0) + kEnd);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->total().unseen_kept, 4U);
    EXPECT_TRUE(report->is_perfect(Arch::x86_64));
    EXPECT_FALSE(report->is_perfect(Arch::x86_32));
    EXPECT_FALSE(report->is_perfect(Arch::x86_32_pae));
}

TEST(ConformTrace, what_compaction_took_is_excused_everywhere_once_its_events_say_so) {
    const std::string taken = line("mm_compaction_isolate_freepages: range=(0x400 ~ 0x404) nr_scanned=4 nr_taken=4");
    const std::string moved = line("mm_compaction_migratepages: nr_migrated=3 nr_failed=0");
    for (const std::string& events : {taken + moved, taken, moved + moved}) {
        const auto report = replay(kBegin + events + free("0x801", 0) + alloc("0x800", 0) + kEnd);
        ASSERT_TRUE(report);
        EXPECT_EQ(report->total().by_compaction, 4U);
        EXPECT_EQ(report->total().bulk(), 0U);
        EXPECT_TRUE(report->is_perfect(Arch::x86_32));
    }
    const auto fewer = replay(kBegin + moved + free("0x801", 0) + alloc("0x800", 0) + kEnd);
    ASSERT_TRUE(fewer);
    EXPECT_FALSE(fewer->is_perfect(Arch::x86_32));
}

TEST(ConformTrace, a_frame_free_in_the_kernel_and_not_here_is_never_excused) {
    const auto report = replay(kBegin + kGood + alloc("0x404", 0) + kEnd);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->total().agreed, 4U);
    EXPECT_FALSE(report->is_perfect(Arch::x86_64));
}

TEST(ConformTrace, an_allocation_of_what_is_in_use_is_said_with_its_line) {
    const auto report = replay(kBegin + alloc("0x402", 1) + alloc("0x400", 2) + alloc("0x800", 0) + free("0x801", 0) + kEnd);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->total().taken_in_use, 2U);
    EXPECT_EQ(report->first_in_use.line, 4U);
    EXPECT_EQ(report->first_in_use.message.key, "conform.trace_in_use");
    EXPECT_FALSE(report->is_perfect(Arch::x86_64));
}

TEST(ConformTrace, a_torn_line_or_a_lost_event_spoils_it_even_where_the_frames_agree) {
    const auto torn = replay(kBegin + kGood + "            init-1       [000\n" + kEnd);
    ASSERT_TRUE(torn);
    EXPECT_EQ(torn->first_torn.line, 6U);
    EXPECT_FALSE(torn->is_perfect(Arch::x86_64));
    const auto lost = replay(kBegin + kGood + "CPU:0 [LOST 7 EVENTS]\n" + kEnd);
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->lost, 7U);
    EXPECT_FALSE(lost->is_perfect(Arch::x86_64));
}

TEST(ConformTrace, as_many_markers_as_dumps_are_needed_and_two_at_least) {
    for (const std::string& trace : {kGood, kBegin + kGood, kBegin + kGood + kEnd + kEnd}) {
        const auto report = replay(trace);
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().message.key, "conform.trace_markers");
    }
    const auto one = replay(kBegin + kGood, kBefore);
    ASSERT_FALSE(one);
    EXPECT_EQ(one.error().message.key, "conform.trace_markers");
}

TEST(ConformTrace, a_trace_without_allocations_and_frees_cannot_be_replayed) {
    const auto report = replay(kBegin + line("kfree: call_site=f ptr=0") + kEnd);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message.key, "conform.trace_no_pages");
}

TEST(ConformTrace, snapshots_of_another_machine_are_told_by_blocks_that_none_of_their_zones_can_have) {
    for (const std::string& event : {alloc("0x1000", 0), free("0xffe", 2), free("0xfffffff0", 3), alloc("0x401", 1)}) {
        const auto report = replay(kBegin + event + kEnd);
        ASSERT_FALSE(report) << event;
        EXPECT_EQ(report.error().message.key, "conform.trace_outside");
        EXPECT_EQ(report.error().line, 3U);
    }
}

TEST(ConformTrace, snapshots_of_another_machine_are_told_by_a_zone_that_this_one_lacks) {
    std::string snapshots = kBefore + kAfter;
    for (std::size_t at = snapshots.find("DMA"); at != std::string::npos; at = snapshots.find("DMA", at + 7)) snapshots.replace(at, 3, "HighMem");
    const auto report = replay(kBegin + kGood + kEnd, snapshots);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message.key, "conform.no_such_zone");
}

TEST(ConformTrace, the_model_makes_each_call_too_and_what_it_gives_is_counted) {
    const TraceCounts sum = counts_of(kGood);
    EXPECT_EQ(sum.predicted, 2U);
    const TraceCounts others = counts_of(alloc("0x800", 0) + alloc("0x404", 2));
    EXPECT_EQ(others.predicted, 1U);
    EXPECT_EQ(others.allocations, 2U);
}

TEST(ConformTrace, each_stretch_begins_with_the_kernels_own_set) {
    const std::string trace = marker("CAP-S0-start") + alloc("0x404", 0) + marker("CAP-S1-filled") + marker("CAP-S1-filled-END") + kGood + marker("CAP-S2-holes");
    const auto dumps = parse_kernel_dumps(kBefore + kBefore + kAfter);
    ASSERT_TRUE(dumps);
    const auto report = conform_trace(trace, *dumps, kMachine);
    ASSERT_TRUE(report);
    ASSERT_EQ(report->stretches.size(), 2U);
    EXPECT_EQ(report->stretches[0].counts.agreed, 8U);
    EXPECT_EQ(report->stretches[0].counts.kernel_free, 9U);
    EXPECT_EQ(report->stretches[1].from, "CAP-S1-filled");
    EXPECT_EQ(report->stretches[1].to, "CAP-S2-holes");
    EXPECT_EQ(report->stretches[1].counts.agreed, 5U);
}

TEST(ConformTrace, a_replay_in_slices_comes_to_the_same_and_says_how_far_it_is) {
    const std::string trace = kBegin + kGood + kEnd;
    const auto dumps = parse_kernel_dumps(kBefore + kAfter);
    ASSERT_TRUE(dumps);
    TraceReplay replay(trace, *dumps, kMachine);
    EXPECT_EQ(replay.bytes_read(), 0U);
    u32 slices = 0;
    u64 before = 0;
    while (replay.run(1)) {
        ++slices;
        EXPECT_GT(replay.bytes_read(), before);
        before = replay.bytes_read();
    }
    EXPECT_EQ(slices, 7U);
    EXPECT_EQ(replay.bytes_read(), replay.bytes_total());
    EXPECT_FALSE(replay.failure());
    EXPECT_TRUE(replay.report().is_perfect(Arch::x86_32));
}

}  // namespace
}  // namespace mmscope
