// The slow path in the kernel's order, and its ends: failure, the OOM killer, panic, a request that never returns.
#include "base/prng.h"
#include "paged_machine.h"

namespace mmscope {
namespace {

using test::kAtomicMask;
using test::kKernelMask;
using test::kMovableMask;
using test::PagedMachine;

void exhaust(PagedMachine& machine, u32 left) { machine.touch(machine.area(machine.pages_above_low(left))); }

TEST(SlowPath, asks_for_order_0_by_reclaim_then_the_oom_killer) {
    PagedMachine machine;
    exhaust(machine, 300);
    Pfn pfn{0};
    do {
        pfn = machine.alloc(kKernelMask);
        ASSERT_NE(pfn, kNoPfn);
    } while (machine.count(TraceKind::out_of_memory) == 0);
    const auto story = machine.story({TraceKind::slowpath, TraceKind::mm_vmscan_direct_reclaim_begin,
                                      TraceKind::reclaim_retry_zone, TraceKind::out_of_memory, TraceKind::mark_victim});
    EXPECT_EQ(story, (std::vector<TraceKind>{TraceKind::slowpath, TraceKind::mm_vmscan_direct_reclaim_begin,
                                             TraceKind::reclaim_retry_zone, TraceKind::out_of_memory,
                                             TraceKind::mark_victim}));
    EXPECT_EQ(machine.size(LruList::inactive_anon), 0U);
    EXPECT_NE(machine.memory.mapping_table().killed_by, 0U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::oom_kill), 1U);
}

TEST(SlowPath, panics_when_nobody_is_left_to_kill) {
    PagedMachine machine;
    u32 given = 0;
    while (machine.memory.alloc_pages(kKernelMask, {0}, 1, 0, machine.trace) != kNoPfn) ++given;
    EXPECT_EQ(machine.memory.deadlock(), Deadlock::panic);
    EXPECT_GT(given, machine.zone().managed / 2);
    EXPECT_EQ(machine.memory.check(), "");
}

TEST(SlowPath, gives_a_large_block_up_after_one_round) {
    PagedMachine machine;
    exhaust(machine, 300);
    EXPECT_EQ(machine.alloc(kKernelMask, 10), kNoPfn);
    EXPECT_EQ(machine.count(TraceKind::out_of_memory), 0U);
    EXPECT_EQ(machine.count(TraceKind::mm_vmscan_direct_reclaim_begin), 1U);
    EXPECT_EQ(machine.memory.deadlock(), Deadlock::none);
}

TEST(SlowPath, never_kills_for_norretry_retry_mayfail_or_a_low_zone) {
    for (const u32 extra :
         {u32{gfp::kNoretry}, u32{gfp::kRetryMayfail}, u32{gfp::kThisnode}, u32{gfp::kDma}, u32{gfp::kDma32}}) {
        PagedMachine machine;
        const u32 area = machine.area(100);
        machine.touch(area);
        while (machine.memory.alloc_pages({kKernelMask.bits | extra}, {0}, 1, 0, machine.trace) != kNoPfn) {
        }
        EXPECT_EQ(machine.resident(area), 100U) << std::hex << extra;
        EXPECT_EQ(machine.memory.deadlock(), Deadlock::none) << std::hex << extra;
    }
}

TEST(SlowPath, never_returns_to_who_may_not_fail_once_nothing_is_left) {
    PagedMachine machine;
    while (machine.memory.alloc_pages({gfp::kMemalloc}, {0}, 1, 0, machine.trace) != kNoPfn) {
    }
    EXPECT_EQ(machine.alloc({gfp::kReclaim | gfp::kNofail | gfp::kNoretry}), kNoPfn);
    EXPECT_EQ(machine.memory.deadlock(), Deadlock::endless);
}

TEST(SlowPath, lets_who_may_not_fail_have_half_of_min) {
    PagedMachine machine;
    while (machine.memory.alloc_pages({kKernelMask.bits | gfp::kNoretry}, {0}, 1, 0, machine.trace) != kNoPfn) {
    }
    EXPECT_NE(machine.alloc({kKernelMask.bits | gfp::kNoretry | gfp::kNofail}), kNoPfn);
}

TEST(SlowPath, gives_the_highatomic_reserve_up_rather_than_kill) {
    PagedMachine machine(512);
    exhaust(machine, 3000);
    while (machine.zone().nr_reserved_highatomic < 1024 &&
           machine.memory.alloc_pages(kAtomicMask, {3}, 1, 0, machine.trace) != kNoPfn) {
    }
    ASSERT_NE(machine.zone().nr_reserved_highatomic, 0U);
    while (machine.count(TraceKind::unreserve_highatomic) == 0) ASSERT_NE(machine.alloc(kKernelMask), kNoPfn);
    EXPECT_EQ(machine.count(TraceKind::out_of_memory), 0U);
}

// Everything at once, in waves, on every profile; after each command all must fit together.
TEST(SlowPath, keeps_everything_together_under_random_pressure) {
    for (const Profile& profile : profiles()) {
        for (u64 seed = 1; seed <= 2; ++seed) {
            PagedMachine machine(48, profile);
            Prng random(seed);
            std::vector<std::pair<Pfn, u8>> held;
            std::vector<u32> mappings;
            for (u32 step = 0; step < 300 && machine.memory.deadlock() == Deadlock::none; ++step) {
                machine.trace.begin();
                const u32 dice = random.below(10);
                if (dice < 2 && mappings.size() < 60) {
                    mappings.push_back(random.below(2) == 0 ? machine.file(1 + random.below(3000))
                                                            : machine.area(1 + random.below(1500)));
                } else if (dice < 5 && !mappings.empty()) {
                    const u32 mapping = mappings[random.below(static_cast<u32>(mappings.size()))];
                    const Mapping& of = machine.memory.mapping_table().mappings[mapping];
                    const u32 first = random.below(of.pages);
                    if (!of.is_gone)
                        machine.cache().touch(mapping, first, 1 + random.below(of.pages - first), step + 1);
                } else if (dice == 5 && !held.empty()) {
                    const u32 which = random.below(static_cast<u32>(held.size()));
                    machine.free(held[which].first, held[which].second);
                    held.erase(held.begin() + which);
                } else if (dice == 6 && !mappings.empty() && random.below(4) == 0) {
                    const u32 mapping = mappings[random.below(static_cast<u32>(mappings.size()))];
                    if (!machine.memory.mapping_table().mappings[mapping].is_gone) machine.cache().unmap(mapping);
                } else if (dice == 7 && random.below(8) == 0) {
                    if (profile.has_compaction) Compaction(machine.memory, 0, machine.trace).compact_all();
                } else {
                    const Gfp masks[] = {kKernelMask, kMovableMask, kAtomicMask, {gfp::kKernel | gfp::kNoretry}};
                    const u8 order = static_cast<u8>(random.below(3) == 0 ? random.below(kNrPageOrders) : 0);
                    const Pfn pfn =
                        machine.memory.alloc_pages(masks[random.below(4)], {order}, step + 1, 0, machine.trace);
                    if (pfn != kNoPfn) held.push_back({pfn, order});
                    if (random.below(2) == 0) machine.memory.run_daemons(0, machine.trace);
                }
                ASSERT_EQ(machine.memory.check(), "") << profile.name << ", seed " << seed << ", step " << step;
            }
        }
    }
}

}  // namespace
}  // namespace mmscope
