// Compaction: when it is tried, what it moves where, when it stops, and when it is put off.
#include "paged_machine.h"

namespace mmscope {
namespace {

using test::kKernelMask;
using test::kMovableMask;
using test::PagedMachine;

// One page of a file and two anonymous ones in turn over most of memory, then the anonymous ones unmapped: many free
// pages, no block.
struct Riddled {
    Riddled() { fill(); }
    void fill() {
        const u32 pages = machine.pages_above_low(400);
        kept = machine.file(pages / 3);
        const u32 area = machine.area(pages / 3 * 2);
        for (u32 index = 0; index < pages / 3; ++index) {
            machine.cache().touch(kept, index, 1, 1);
            machine.cache().touch(area, 2 * index, 2, 1);
        }
        machine.cache().unmap(area);
        machine.memory.drain_pages(std::nullopt, std::nullopt, machine.trace);
        const Gfp no_marks{gfp::kMovable | gfp::kMemalloc};
        for (u8 order = kMaxPageOrder; order >= 5; --order)
            while (machine.zone().area.has({order}, Migratetype::movable))
                ASSERT_NE(machine.alloc(no_marks, order), kNoPfn);
        ASSERT_EQ(machine.memory.check(), "");
    }
    PagedMachine machine;
    u32 kept = 0;
};

AllocRequest request(const PageAllocator& memory, Gfp mask, u8 order) { return memory.request_of(mask, {order}, 1, 0); }

TEST(Compaction, makes_blocks_out_of_scattered_free_pages) {
    Riddled riddled;
    PagedMachine& machine = riddled.machine;
    const u32 blocks_before = machine.zone().area.nr_free({9}) + machine.zone().area.nr_free({10});
    const u32 resident = machine.resident(riddled.kept);
    const u32 free = machine.zone().free_pages + machine.memory.pcp_count(machine.zone().position);
    EXPECT_NE(Compaction(machine.memory, 0, machine.trace).compact_all(), 0U);
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_GT(machine.zone().area.nr_free({9}) + machine.zone().area.nr_free({10}), blocks_before + 2);
    EXPECT_EQ(machine.resident(riddled.kept), resident);  // nothing is lost
    EXPECT_EQ(machine.zone().free_pages + machine.memory.pcp_count(machine.zone().position), free);
}

TEST(Compaction, moves_pages_up_and_leaves_free_blocks_below) {
    Riddled riddled;
    PagedMachine& machine = riddled.machine;
    machine.trace.begin();
    Compaction(machine.memory, 0, machine.trace).compact_all();
    u32 moves = 0;
    for (u32 at = 0; at < machine.trace.kept(); ++at) {
        const TraceEvent& event = machine.trace.kept_event(at);
        if (event.kind != TraceKind::migrate_page) continue;
        EXPECT_LT(event.pfn, event.a);
        ++moves;
    }
    EXPECT_NE(moves, 0U);
}

TEST(Compaction, gives_an_order_9_request_its_block_before_anything_is_reclaimed) {
    Riddled riddled;
    PagedMachine& machine = riddled.machine;
    ASSERT_FALSE(machine.zone().area.has({9}, Migratetype::movable));
    EXPECT_NE(machine.alloc(kMovableMask, 9), kNoPfn);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::pgsteal_direct), 0U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::compact_success), 1U);
    const auto story = machine.story(
        {TraceKind::mm_compaction_begin, TraceKind::mm_compaction_end, TraceKind::mm_vmscan_direct_reclaim_begin});
    EXPECT_EQ(story, (std::vector<TraceKind>{TraceKind::mm_compaction_begin, TraceKind::mm_compaction_end}));
}

TEST(Compaction, is_not_tried_where_free_pages_are_missing_rather_than_scattered) {
    PagedMachine machine;
    machine.touch(machine.area(machine.pages_above_low(300)));
    const AllocRequest wanted = request(machine.memory, kMovableMask, 9);
    EXPECT_FALSE(is_suitable_for_compaction(machine.zone(), machine.memory.profile(), {9}, wanted.highest_index));
    EXPECT_EQ(Compaction(machine.memory, 0, machine.trace)
                  .try_to_compact_pages(wanted, slow_flags(kMovableMask, {9}, machine.memory.profile()),
                                        CompactPriority::async),
              CompactResult::skipped);
}

TEST(Compaction, needs_io_to_be_allowed) {
    Riddled riddled;
    const Gfp no_io{gfp::kReclaim | gfp::kMovable};
    PageAllocator& memory = riddled.machine.memory;
    EXPECT_EQ(Compaction(memory, 0, riddled.machine.trace)
                  .try_to_compact_pages(request(memory, no_io, 9), slow_flags(no_io, {9}, memory.profile()),
                                        CompactPriority::async),
              CompactResult::skipped);
}

TEST(Compaction, is_put_off_longer_after_each_failure) {
    Riddled riddled;
    PageAllocator& memory = riddled.machine.memory;
    Zone& zone = memory.zones()[riddled.machine.zone().position];
    zone.compaction.defer_shift = 2;
    zone.compaction.order_failed = 9;
    const AllocRequest wanted = request(memory, kMovableMask, 9);
    const AllocFlags flags = slow_flags(kMovableMask, {9}, memory.profile());
    Compaction compaction(memory, 0, riddled.machine.trace);
    for (u32 attempt = 1; attempt < 4; ++attempt)
        EXPECT_EQ(compaction.try_to_compact_pages(wanted, flags, CompactPriority::async), CompactResult::deferred)
            << attempt;
    EXPECT_EQ(compaction.try_to_compact_pages(wanted, flags, CompactPriority::async), CompactResult::success);
    Compaction::reset_deferral(zone, {9}, true);
    EXPECT_EQ(zone.compaction.defer_shift, 0U);
    EXPECT_EQ(zone.compaction.order_failed, 10U);
}

TEST(Compaction, cannot_move_what_the_kernel_uses_itself) {
    PagedMachine machine;
    std::vector<Pfn> held;
    while (machine.zone().nr_free_pages > machine.zone().mark(Watermark::high) + 300)
        held.push_back(machine.memory.alloc_pages(kKernelMask, {0}, 1, 0, machine.trace));
    for (size_t at = 0; at < held.size(); at += 2) machine.free(held[at]);
    machine.memory.drain_pages(std::nullopt, std::nullopt, machine.trace);
    EXPECT_EQ(Compaction(machine.memory, 0, machine.trace).compact_all(), 0U);
    EXPECT_EQ(machine.memory.check(), "");
    const Gfp no_marks{gfp::kMovable | gfp::kMemalloc};
    while (machine.alloc(no_marks, 9) != kNoPfn) {
    }
    EXPECT_EQ(machine.alloc(kMovableMask, 9), kNoPfn);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::pgmigrate_success), 0U);
    EXPECT_NE(machine.count(TraceKind::mm_compaction_end), 0U);
}

TEST(Compaction, an_asynchronous_run_empties_only_pageblocks_of_the_requests_type) {
    Riddled riddled;
    PageAllocator& memory = riddled.machine.memory;
    const AllocRequest wanted = request(memory, kKernelMask, 9);
    const AllocFlags flags = slow_flags(kKernelMask, {9}, memory.profile());
    riddled.machine.trace.begin();
    Compaction(memory, 0, riddled.machine.trace).try_to_compact_pages(wanted, flags, CompactPriority::async);
    EXPECT_EQ(riddled.machine.count(TraceKind::migrate_page), 0U);  // all pageblocks are Movable
}

TEST(Compaction, the_scanners_go_on_where_they_stopped) {
    Riddled riddled;
    PagedMachine& machine = riddled.machine;
    ASSERT_NE(machine.alloc(kMovableMask, 9), kNoPfn);
    const CompactionState after_first = machine.zone().compaction;
    EXPECT_GT(after_first.migrate_pfn[0], machine.zone().start.value);
    EXPECT_LT(after_first.free_pfn, machine.zone().start.value + machine.zone().spanned);
    if (machine.zone().area.has({9}, Migratetype::movable)) return;
    machine.alloc(kMovableMask, 9);
    for (u32 at = 0; at < machine.trace.kept(); ++at) {
        const TraceEvent& event = machine.trace.kept_event(at);
        if (event.kind != TraceKind::mm_compaction_begin) continue;
        EXPECT_GE(event.pfn, after_first.migrate_pfn[0]);
        return;
    }
}

TEST(HalfTest, counts_pages_that_can_be_moved_as_foreign_to_kernel_pages) {
    // More than half of a pageblock in movable pages: an Unmovable request may not take it over.
    PagedMachine machine(256);
    const u32 file = machine.file(machine.zone().managed);
    machine.touch(file, 0, machine.zone().free_pages - 2000);
    machine.memory.drain_pages(std::nullopt, std::nullopt, machine.trace);
    std::vector<Migratetype> before;
    const FrameTable& frames = machine.memory.frames();
    for (u32 pfn = 0; pfn < frames.frames(); pfn += 512) before.push_back(frames.pageblock_type({pfn}));
    for (u32 i = 0; i < 200; ++i) machine.alloc({gfp::kKernel | gfp::kNoretry}, 0);
    for (u32 block = 0; block < before.size(); ++block) {
        if (frames.pageblock_type({block * 512}) == before[block]) continue;
        u32 movable = 0;
        for (u32 at = 0; at < 512; ++at) movable += frame_state::is_on_lru(frames.state({block * 512 + at}));
        EXPECT_LE(movable, 256U) << block;
    }
}

}  // namespace
}  // namespace mmscope
