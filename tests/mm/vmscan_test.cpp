// kswapd and direct reclaim: who wakes it, what goes first, when it stops, when it gives up.
#include "paged_machine.h"

namespace mmscope {
namespace {

using test::kAtomicMask;
using test::kKernelMask;
using test::PagedMachine;

// Fills memory with pages of a file until the low mark is near.
u32 fill(PagedMachine& machine) {
    const u32 file = machine.file(machine.zone().managed);
    machine.touch(file, 0, machine.pages_above_low(300));
    return file;
}

void wake_kswapd(PagedMachine& machine) {
    while (!machine.memory.node_data()[0].kswapd_is_awake) ASSERT_NE(machine.alloc(kKernelMask), kNoPfn);
}

TEST(Kswapd, is_woken_at_the_low_mark_and_works_up_to_the_high_mark) {
    PagedMachine machine;
    fill(machine);
    wake_kswapd(machine);
    EXPECT_LT(machine.zone().nr_free_pages, machine.zone().mark(Watermark::high));
    machine.run_daemons();
    EXPECT_FALSE(machine.memory.node_data()[0].kswapd_is_awake);
    EXPECT_GT(machine.zone().nr_free_pages, machine.zone().mark(Watermark::high));
    EXPECT_NE(machine.memory.vmstat(VmCounter::pgsteal_kswapd), 0U);
    EXPECT_FALSE(machine.zone().is_reclaim_active);
}

TEST(Kswapd, drops_the_pages_that_were_read_first) {
    PagedMachine machine;
    const u32 file = fill(machine);
    const u32 before = machine.resident(file);
    wake_kswapd(machine);
    machine.run_daemons();
    const u32 dropped = before - machine.resident(file);
    ASSERT_NE(dropped, 0U);
    for (u32 index = 0; index < dropped; ++index) EXPECT_EQ(machine.frame(file, index), kNoPfn) << index;
    EXPECT_NE(machine.frame(file, dropped), kNoPfn);
}

TEST(Kswapd, leaves_active_pages_alone_while_there_are_fewer_of_them) {
    PagedMachine machine;
    const u32 file = fill(machine);
    machine.touch(file, 0, 100);  // the oldest ones, a second time
    wake_kswapd(machine);
    machine.run_daemons();
    for (u32 index = 0; index < 100; ++index) EXPECT_NE(machine.frame(file, index), kNoPfn) << index;
    EXPECT_EQ(machine.frame(file, 100), kNoPfn);
}

TEST(Kswapd, moves_pages_to_the_inactive_list_when_most_are_active) {
    PagedMachine machine;
    const u32 file = fill(machine);
    machine.touch(file, 0, machine.resident(file));  // all of them, a second time
    EXPECT_EQ(machine.size(LruList::inactive_file), 0U);
    wake_kswapd(machine);
    machine.run_daemons();
    EXPECT_NE(machine.memory.vmstat(VmCounter::pgdeactivate), 0U);
    EXPECT_NE(machine.memory.vmstat(VmCounter::pgsteal_kswapd), 0U);
}

TEST(Kswapd, gives_a_node_up_after_sixteen_runs_that_freed_nothing) {
    PagedMachine machine;
    machine.touch(machine.area(machine.pages_above_low(300)));
    wake_kswapd(machine);
    machine.run_daemons();
    EXPECT_EQ(machine.memory.node_data()[0].kswapd_failures, kMostReclaimRetries);
    EXPECT_EQ(machine.count(TraceKind::kswapd_hopeless), 1U);
    machine.alloc(kKernelMask);
    EXPECT_FALSE(machine.memory.node_data()[0].kswapd_is_awake);  // hopeless: not woken again
}

TEST(Kswapd, is_not_woken_by_a_request_without_its_flag) {
    PagedMachine machine;
    fill(machine);
    for (u32 i = 0; i < 2000; ++i) machine.memory.alloc_pages({gfp::kDirectReclaim}, {0}, 1, 0, machine.trace);
    EXPECT_FALSE(machine.memory.node_data()[0].kswapd_is_awake);
    EXPECT_NE(machine.memory.vmstat(VmCounter::pgsteal_direct), 0U);
}

TEST(Kswapd, lowers_a_boost_once_it_has_worked_for_it) {
    PagedMachine machine(256);
    fill(machine);
    Zone& zone = machine.memory.zones()[machine.zone().position];
    zone.boost = 300;
    Reclaim(machine.memory, 0, machine.trace).wake_kswapd(zone, {0}, kKernelMask, zone.index);
    machine.run_daemons();
    EXPECT_EQ(machine.zone().boost, 0U);
    EXPECT_NE(machine.memory.vmstat(VmCounter::pgsteal_kswapd), 0U);
}

TEST(DirectReclaim, frees_pages_for_who_may_sleep) {
    PagedMachine machine;
    const u32 file = fill(machine);
    for (u32 i = 0; i < 3000; ++i)
        ASSERT_NE(machine.memory.alloc_pages(kKernelMask, {0}, 1, 0, machine.trace), kNoPfn) << i;
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_NE(machine.memory.vmstat(VmCounter::pgsteal_direct), 0U);
    EXPECT_NE(machine.memory.vmstat(VmCounter::allocstall_normal), 0U);
    EXPECT_LT(machine.resident(file), machine.zone().managed - 3000);
}

TEST(DirectReclaim, is_not_for_who_may_not_sleep) {
    PagedMachine machine;
    fill(machine);
    while (machine.memory.alloc_pages(kAtomicMask, {0}, 1, 0, machine.trace) != kNoPfn) {
    }
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_EQ(machine.memory.vmstat(VmCounter::pgsteal_direct), 0U);
    EXPECT_TRUE(machine.memory.node_data()[0].kswapd_is_awake);
}

TEST(DirectReclaim, looks_at_the_active_list_at_last_when_nothing_else_is_left) {
    PagedMachine machine;
    const u32 file = machine.file(200);
    machine.touch(file);
    machine.touch(file);
    ASSERT_EQ(machine.size(LruList::active_file), 200U);
    const AllocRequest request = machine.memory.request_of(kKernelMask, {0}, 1, 0);
    EXPECT_NE(Reclaim(machine.memory, 0, machine.trace).try_to_free_pages(request), 0U);
    EXPECT_EQ(machine.memory.check(), "");
}

}  // namespace
}  // namespace mmscope
