// Swapping out and in: what goes, what it leaves behind, what a fault brings back, and what fork, mprotect, munmap and
// exit make of entries that mean slots.
#include "process_machine.h"

#include "mm/oom.h"
#include "mm/pageout.h"
#include "mm/swap.h"
#include "mm/vmscan.h"

namespace mmscope {
namespace {

using test::kRead;
using test::kSharedAnonymous;
using test::kWrite;
using test::ProcessMachine;

constexpr u64 kPages = 32;

// A machine with 8 MiB of swap and a process with some pages that it has written.
class SwapMachine : public ProcessMachine {
public:
    explicit SwapMachine(Arch arch = Arch::x86_64, const Profile& profile = profile_6_12())
        : ProcessMachine(arch, 64, profile) {
        EXPECT_EQ(swap().swapon(u64{8} << 20, {}, ++call), 0);
        EXPECT_EQ(memory.check(), "");
        pid = fork();
        base = map(pid, kPages * kPageSize);
        for (u64 page = 0; page < kPages; ++page) write(pid, at(page));
    }
    u64 at(u64 page) const { return base + page * kPageSize; }
    Swap swap() { return Swap(memory, cpu, trace); }
    // Looks at all anonymous pages: the first time the accessed bits go, the second time the pages.
    void reclaim() {
        trace.begin();
        VmSysctl sysctl = memory.sysctl();
        sysctl.swappiness = 100;
        memory.set_sysctl(sysctl);
        const Gfp mask{gfp::kKernel | gfp::kHighmem | gfp::kMovable};
        const AllocRequest request = memory.request_of(mask, {0}, ++call, cpu);
        for (u32 round = 0; round < 40; ++round) Reclaim(memory, cpu, trace).try_to_free_pages(request);
        EXPECT_EQ(memory.check(), "");
    }
    PageOut::Fate shrink(Pfn pfn) {
        memory.lru(0).remove(pfn);
        std::vector<Pfn> next;
        const PageOut::Fate fate = PageOut(memory, cpu, trace).shrink(pfn, true, &next);
        EXPECT_TRUE(next.empty());
        if (fate != PageOut::Fate::freed) memory.lru(0).add(pfn);
        return fate;
    }
    bool is_swapped(u32 of, u64 page) { return entry(of, at(page)).is_swap(); }
    u64 counted(VmCounter counter) const { return memory.vmstat(counter); }
    u32 used() const { return memory.swap().total() - memory.swap().free(); }

    u32 pid = 0;
    u64 base = 0;
};

TEST(Swap, takes_pages_of_a_process_that_it_does_not_use) {
    SwapMachine machine;
    const u32 rss = machine.rss(machine.pid, RssKind::anon);
    machine.reclaim();
    for (u64 page = 0; page < kPages; ++page) EXPECT_TRUE(machine.is_swapped(machine.pid, page)) << page;
    EXPECT_EQ(machine.mm(machine.pid).swap_entries + machine.rss(machine.pid, RssKind::anon), rss);
    EXPECT_EQ(machine.counted(VmCounter::pswpout), machine.used());
    EXPECT_EQ(machine.counted(VmCounter::pgsteal_anon), machine.used());
    EXPECT_EQ(machine.counted(VmCounter::nr_swapcached), 0U);
}

TEST(Swap, comes_back_with_a_major_fault_that_gives_up_the_slot_to_a_writer) {
    SwapMachine machine;
    machine.reclaim();
    const u32 used = machine.used();
    EXPECT_EQ(machine.write(machine.pid, machine.at(3)).faults, 1U);
    EXPECT_EQ(machine.counted(VmCounter::pgmajfault), 1U);
    EXPECT_EQ(machine.counted(VmCounter::pswpin), 1U);
    EXPECT_TRUE(machine.entry(machine.pid, machine.at(3)).has(entry_bit::kWrite));
    EXPECT_EQ(machine.used(), used - 1);
}

TEST(Swap, keeps_the_slot_of_a_page_that_is_only_read_and_drops_it_unwritten) {
    SwapMachine machine;
    machine.reclaim();
    const u32 used = machine.used();
    machine.read(machine.pid, machine.at(3));
    EXPECT_EQ(machine.used(), used);
    EXPECT_EQ(machine.counted(VmCounter::nr_swapcached), 1U);
    const u64 written = machine.counted(VmCounter::pswpout);
    machine.reclaim();
    EXPECT_TRUE(machine.is_swapped(machine.pid, 3));
    EXPECT_EQ(machine.counted(VmCounter::pswpout), written);
}

TEST(Swap, writes_a_page_again_that_was_written_to_after_it_came_back) {
    SwapMachine machine;
    machine.reclaim();
    machine.read(machine.pid, machine.at(3));
    machine.write(machine.pid, machine.at(3));  // 6.12 maps it writable at once: no fault, the D bit alone
    const u64 written = machine.counted(VmCounter::pswpout);
    machine.reclaim();
    EXPECT_TRUE(machine.is_swapped(machine.pid, 3));
    EXPECT_EQ(machine.counted(VmCounter::pswpout), written + 1);
}

TEST(Swap, before_6_11_a_read_maps_the_page_read_only) {
    SwapMachine machine(Arch::x86_64, profile_6_1());
    machine.reclaim();
    machine.read(machine.pid, machine.at(3));
    EXPECT_FALSE(machine.entry(machine.pid, machine.at(3)).has(entry_bit::kWrite));
    EXPECT_EQ(machine.write(machine.pid, machine.at(3)).faults, 1U);
    EXPECT_EQ(machine.counted(VmCounter::nr_swapcached), 0U);
}

TEST(Swap, a_child_shares_the_slots_and_finds_the_page_in_the_swap_cache) {
    SwapMachine machine;
    machine.reclaim();
    const u32 used = machine.used();
    const u32 child = machine.fork(machine.pid);
    EXPECT_EQ(machine.used(), used);
    EXPECT_TRUE(machine.is_swapped(child, 5));
    machine.read(machine.pid, machine.at(5));
    EXPECT_EQ(machine.counted(VmCounter::pgmajfault), 1U);
    machine.read(child, machine.at(5));
    EXPECT_EQ(machine.counted(VmCounter::pgmajfault), 1U);  // a minor one
    EXPECT_EQ(machine.entry(child, machine.at(5)).pfn(), machine.entry(machine.pid, machine.at(5)).pfn());
    EXPECT_FALSE(machine.entry(child, machine.at(5)).has(entry_bit::kWrite));
}

TEST(Swap, a_write_to_a_page_whose_slot_another_process_means_makes_a_copy) {
    SwapMachine machine;
    machine.reclaim();
    const u32 child = machine.fork(machine.pid);
    machine.write(child, machine.at(5));
    EXPECT_TRUE(machine.entry(child, machine.at(5)).has(entry_bit::kWrite));
    EXPECT_TRUE(machine.is_swapped(machine.pid, 5));
    EXPECT_EQ(machine.count(TraceKind::copy_page), 1U);
    machine.read(machine.pid, machine.at(5));
    EXPECT_EQ(machine.counted(VmCounter::pgmajfault), 1U);  // the page itself stayed in the swap cache
    EXPECT_NE(machine.entry(child, machine.at(5)).pfn(), machine.entry(machine.pid, machine.at(5)).pfn());
}

TEST(Swap, munmap_and_exit_free_the_slots) {
    SwapMachine machine;
    const u32 child = machine.fork(machine.pid);
    machine.reclaim();
    const u32 used = machine.used();
    machine.munmap(machine.pid, machine.at(0), 8 * kPageSize);
    EXPECT_EQ(machine.used(), used);  // the child means them too
    machine.exit(child);
    EXPECT_EQ(machine.used(), used - 8);
    machine.exit(machine.pid);
    machine.reclaim();
    EXPECT_LE(machine.used(), 1U);  // init's stack
}

TEST(Swap, mprotect_leaves_entries_that_mean_slots) {
    SwapMachine machine;
    machine.reclaim();
    machine.mprotect(machine.pid, machine.at(0), kPages * kPageSize, kRead);
    EXPECT_TRUE(machine.is_swapped(machine.pid, 1));
    machine.read(machine.pid, machine.at(1));
    EXPECT_FALSE(machine.entry(machine.pid, machine.at(1)).has(entry_bit::kWrite));
}

TEST(Swap, entries_fit_all_three_kinds_of_page_tables) {
    for (const Arch arch : {Arch::x86_64, Arch::x86_32, Arch::x86_32_pae}) {
        SwapMachine machine(arch);
        machine.reclaim();
        const PagingMode mode = machine.memory.processes().mode;
        for (u64 page = 0; page < kPages; ++page) {
            const PageEntry entry = machine.entry(machine.pid, machine.at(page));
            ASSERT_TRUE(entry.is_swap());
            EXPECT_FALSE(mode.swap_of(entry).is_none());
            EXPECT_TRUE(entry.has(mode.swap_exclusive()));
        }
        machine.read(machine.pid, machine.at(0));
        EXPECT_TRUE(machine.entry(machine.pid, machine.at(0)).has_page());
    }
}

TEST(Swap, shared_memory_keeps_its_slots_in_its_mapping) {
    SwapMachine machine;
    const u64 shared = machine.map(machine.pid, 4 * kPageSize, kRead | kWrite, kSharedAnonymous);
    for (u64 page = 0; page < 4; ++page) machine.write(machine.pid, shared + page * kPageSize);
    machine.reclaim();
    EXPECT_TRUE(machine.entry(machine.pid, shared).is_none());
    const u32 used = machine.used();
    machine.read(machine.pid, shared);
    EXPECT_EQ(machine.used(), used - 1);
    machine.munmap(machine.pid, shared, 4 * kPageSize);
    EXPECT_EQ(machine.used(), used - 4);
}

TEST(Swap, shared_memory_that_nobody_has_written_to_needs_no_slot) {
    SwapMachine machine;
    const u64 shared = machine.map(machine.pid, 4 * kPageSize, kRead | kWrite, kSharedAnonymous);
    for (u64 page = 0; page < 4; ++page) machine.read(machine.pid, shared + page * kPageSize);
    machine.write(machine.pid, shared + kPageSize);
    const Pfn clean = machine.entry(machine.pid, shared).pfn();
    const Pfn written = machine.entry(machine.pid, shared + kPageSize).pfn();
    for (const Pfn pfn : {clean, written}) EXPECT_EQ(machine.shrink(pfn), PageOut::Fate::kept) << "used just now";
    const u32 used = machine.used();
    EXPECT_EQ(machine.shrink(clean), PageOut::Fate::freed);
    EXPECT_EQ(machine.used(), used);
    EXPECT_EQ(machine.shrink(written), PageOut::Fate::freed);
    EXPECT_EQ(machine.used(), used + 1);
    machine.read(machine.pid, shared + kPageSize);  // dirty still, though only read
    const Pfn again = machine.entry(machine.pid, shared + kPageSize).pfn();
    EXPECT_EQ(machine.shrink(again), PageOut::Fate::kept);
    EXPECT_EQ(machine.shrink(again), PageOut::Fate::freed);
    EXPECT_EQ(machine.used(), used + 1);
}

TEST(Swap, a_page_that_was_used_once_stays_a_round_and_one_used_twice_becomes_active) {
    SwapMachine machine;
    const Pfn once = machine.entry(machine.pid, machine.at(0)).pfn();
    const Pfn twice = machine.entry(machine.pid, machine.at(1)).pfn();
    EXPECT_EQ(machine.shrink(once), PageOut::Fate::kept);
    EXPECT_EQ(machine.shrink(twice), PageOut::Fate::kept);
    machine.cpu = 1;  // whose TLB does not know the page: its walk sets the A bit again
    machine.read(machine.pid, machine.at(1));
    EXPECT_EQ(machine.shrink(twice), PageOut::Fate::activated);
    EXPECT_EQ(machine.shrink(once), PageOut::Fate::freed);
    EXPECT_TRUE(machine.is_swapped(machine.pid, 0));
    EXPECT_EQ(machine.memory.check(), "");
}

TEST(Swap, without_swappiness_anonymous_memory_is_swapped_only_where_files_are_hardly_there) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 address = machine.map(pid, kPageSize);
    machine.write(pid, address);
    Swap(machine.memory, 0, machine.trace).swapon(u64{8} << 20, {}, 1);
    VmSysctl sysctl = machine.memory.sysctl();
    sysctl.swappiness = 0;
    machine.memory.set_sysctl(sysctl);
    const AllocRequest request = machine.memory.request_of({gfp::kKernel}, {0}, 1, 0);
    const u32 file = machine.file(9000);
    machine.touch_file(file);
    for (u32 round = 0; round < 40; ++round) Reclaim(machine.memory, 0, machine.trace).try_to_free_pages(request);
    EXPECT_TRUE(machine.entry(pid, address).has_page());
}

TEST(Swap, a_request_that_may_not_start_io_swaps_nothing) {
    SwapMachine machine;
    const AllocRequest request = machine.memory.request_of({gfp::kReclaim}, {0}, 1, 0);
    for (u32 round = 0; round < 10; ++round)
        EXPECT_EQ(Reclaim(machine.memory, 0, machine.trace).try_to_free_pages(request), 0U);
    EXPECT_EQ(machine.used(), 0U);
}

TEST(Swap, pages_on_swap_count_for_the_oom_killer) {
    SwapMachine machine;
    const OomCandidate before = oom_candidate(machine.memory);
    machine.reclaim();
    const OomCandidate after = oom_candidate(machine.memory);
    EXPECT_EQ(before.pid, after.pid);
    EXPECT_EQ(before.pages, after.pages);
}

TEST(Swapoff, brings_everything_back) {
    SwapMachine machine;
    const u64 shared = machine.map(machine.pid, 4 * kPageSize, kRead | kWrite, kSharedAnonymous);
    for (u64 page = 0; page < 4; ++page) machine.write(machine.pid, shared + page * kPageSize);
    machine.reclaim();
    machine.read(machine.pid, machine.at(2));  // one of them is in the swap cache
    EXPECT_EQ(machine.swap().swapoff(0, ++machine.call), 0);
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_EQ(machine.memory.swap().total(), 0U);
    EXPECT_EQ(machine.mm(machine.pid).swap_entries, 0U);
    for (u64 page = 0; page < kPages; ++page) EXPECT_TRUE(machine.entry(machine.pid, machine.at(page)).has_page());
    EXPECT_EQ(machine.swap().swapoff(0, ++machine.call), failed(Errno::einval));
}

TEST(Swapoff, fails_if_too_much_is_swapped_out_and_kills_nobody) {
    SwapMachine machine;
    machine.reclaim();
    while (machine.memory.alloc_pages({gfp::kKernel | gfp::kNoretry}, {0}, 1, 0, machine.trace) != kNoPfn) {
    }
    const u32 used = machine.used();
    ASSERT_NE(used, 0U);
    EXPECT_EQ(machine.swap().swapoff(0, ++machine.call), failed(Errno::enomem));
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_TRUE(machine.memory.processes().is_alive(machine.pid));
    EXPECT_NE(machine.memory.swap().total(), 0U);
    EXPECT_EQ(machine.counted(VmCounter::oom_kill), 0U);
}

TEST(Swapon, refuses_what_the_kernel_refuses) {
    ProcessMachine machine;
    Swap swap(machine.memory, 0, machine.trace);
    EXPECT_EQ(swap.swapon(kPageSize, {}, 1), failed(Errno::einval));  // nothing behind the header
    for (u32 area = 0; area < kMostSwapAreas; ++area) EXPECT_EQ(swap.swapon(8 * kPageSize, {}, 1), area);
    EXPECT_EQ(swap.swapon(8 * kPageSize, {}, 1), failed(Errno::eperm));
    EXPECT_EQ(machine.memory.check(), "");
}

TEST(Workingset, a_page_that_comes_back_is_active_at_once_if_it_was_not_away_for_long) {
    SwapMachine machine;
    const u32 file = machine.file(20000);
    PageCache cache(machine.memory, 0, machine.trace);
    cache.touch(file, 0, 20000, 1);  // more than there is: the first ones go again
    ASSERT_EQ(machine.memory.mapping_table().page(file, 0), kNoPfn);
    for (const u32 index : {0U, 6000U}) {
        const u64 refaults = machine.counted(VmCounter::workingset_refault_file);
        const u64 activated = machine.counted(VmCounter::workingset_activate_file);
        if (cache.touch(file, index, 1, 1).brought_in == 0) continue;
        EXPECT_EQ(machine.counted(VmCounter::workingset_refault_file), refaults + 1);
        const Pfn pfn = machine.memory.mapping_table().page(file, index);
        EXPECT_EQ(machine.memory.frames().mapped(pfn).active,
                  machine.counted(VmCounter::workingset_activate_file) == activated + 1);
    }
    EXPECT_EQ(machine.memory.check(), "");
}

}  // namespace
}  // namespace mmscope
