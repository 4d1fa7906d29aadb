// TLBs of several CPUs and processes: who keeps what, and who must forget it.
#include "mm/tlb_flush.h"

#include <utility>

#include "mm/compaction.h"
#include "process_machine.h"

namespace mmscope {
namespace {

using test::kRead;
using test::ProcessMachine;

TEST(TlbFlush, a_process_that_comes_back_finds_its_translations) {
    ProcessMachine machine;
    const u32 one = machine.fork(), other = machine.fork();
    const u64 buffer = machine.map(one, kPageSize), same = machine.map(other, kPageSize);
    machine.write(one, buffer);
    machine.write(other, same);
    machine.write(one, buffer);
    EXPECT_EQ(machine.count(TraceKind::switch_mm), 1U);
    EXPECT_EQ(machine.count(TraceKind::tlb_hit), 1U);
    machine.write(other, same);
    EXPECT_EQ(machine.count(TraceKind::tlb_hit), 1U);
}

TEST(TlbFlush, the_seventh_process_takes_the_asid_of_the_first) {
    ProcessMachine machine;
    std::vector<u32> pids;
    for (u32 at = 0; at < 7; ++at) {
        pids.push_back(machine.fork());
        machine.write(pids.back(), machine.map(pids.back(), kPageSize));
    }
    const u64 first = machine.mm(pids[0]).mmap_base - kPageSize, last = machine.mm(pids[6]).mmap_base - kPageSize;
    machine.write(pids[6], last);
    EXPECT_EQ(machine.count(TraceKind::tlb_hit), 1U);
    machine.write(pids[0], first);
    EXPECT_EQ(machine.count(TraceKind::tlb_miss), 1U);
}

TEST(TlbFlush, without_pcid_every_change_of_process_flushes) {
    // Not before 4.14, and never on 32 bits.
    ProcessMachine narrow(Arch::x86_32), old(Arch::x86_64, 64, profile_2_6());
    for (ProcessMachine* machine : {&narrow, &old}) {
        const u32 one = machine->fork(), other = machine->fork();
        const u64 buffer = machine->map(one, kPageSize), same = machine->map(other, kPageSize);
        machine->write(one, buffer);
        machine->write(other, same);
        machine->write(one, buffer);
        EXPECT_EQ(machine->count(TraceKind::tlb_miss), 1U);
    }
}

TEST(TlbFlush, an_unmapped_page_is_shot_down_on_the_other_cpu_that_runs_the_process) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 buffer = machine.map(pid, 2 * kPageSize);
    machine.write(pid, buffer);
    machine.cpu = 1;
    machine.write(pid, buffer);
    machine.munmap(pid, buffer, kPageSize);
    EXPECT_EQ(machine.count(TraceKind::tlb_shootdown), 1U);
    EXPECT_EQ(machine.count(TraceKind::tlb_flush), 2U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::nr_tlb_remote_flush), 1U);
    machine.cpu = 0;
    EXPECT_EQ(machine.read(pid, buffer).signal, Signal::sigsegv);
}

TEST(TlbFlush, a_cpu_that_runs_another_process_is_not_asked_and_learns_later) {
    ProcessMachine machine;
    const u32 pid = machine.fork(), other = machine.fork();
    const u64 buffer = machine.map(pid, kPageSize), same = machine.map(other, kPageSize);
    machine.write(pid, buffer);
    machine.cpu = 1;
    machine.write(pid, buffer);
    machine.write(other, same);
    machine.cpu = 0;
    machine.mprotect(pid, buffer, kPageSize, kRead);
    EXPECT_EQ(machine.count(TraceKind::tlb_shootdown), 0U);
    machine.cpu = 1;
    EXPECT_EQ(machine.write(pid, buffer).signal, Signal::sigsegv);
}

TEST(TlbFlush, thirty_three_pages_go_one_by_one_and_thirty_four_all_at_once) {
    for (const u32 pages : {33U, 34U}) {
        ProcessMachine machine;
        const u32 pid = machine.fork();
        machine.map(pid, kPageSize, kRead);  // keeps the table
        const u64 buffer = machine.map(pid, pages * u64{kPageSize});
        machine.write(pid, buffer);
        machine.write(pid, buffer + (pages - 1) * kPageSize);
        machine.munmap(pid, buffer, pages * u64{kPageSize});
        EXPECT_EQ(machine.memory.vmstat(VmCounter::nr_tlb_local_flush_one), pages == 33 ? 33U : 0U);
        EXPECT_EQ(machine.memory.vmstat(VmCounter::nr_tlb_local_flush_all), pages == 33 ? 0U : 1U);
    }
}

// Flushes so far: of single pages, and of everything.
std::pair<u64, u64> flushes(const ProcessMachine& machine) {
    return {machine.memory.vmstat(VmCounter::nr_tlb_local_flush_one),
            machine.memory.vmstat(VmCounter::nr_tlb_local_flush_all)};
}

TEST(TlbFlush, what_is_flushed_reaches_from_the_first_page_that_changed_to_the_last) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12()}) {
        ProcessMachine machine(Arch::x86_64, 64, *profile);
        const u32 pid = machine.fork();
        machine.map(pid, kPageSize, kRead);  // keeps the table
        const u64 bytes = 256 * kPageSize, buffer = machine.map(pid, bytes);
        machine.write(pid, buffer + 16 * kPageSize);
        machine.write(pid, buffer + 18 * kPageSize);
        auto [one, all] = flushes(machine);
        machine.mprotect(pid, buffer, bytes, kRead);
        EXPECT_EQ(flushes(machine), std::pair(one + 3, all));
        machine.mprotect(pid, buffer, bytes, 0);
        EXPECT_EQ(flushes(machine), std::pair(one + 6, all));
        machine.mprotect(pid, buffer, bytes, kRead);
        EXPECT_EQ(flushes(machine), std::pair(one + 6, all)) << "no TLB holds what nobody could use";
        machine.read(pid, buffer + 17 * kPageSize);
        machine.munmap(pid, buffer, bytes);
        EXPECT_EQ(flushes(machine), std::pair(one + 9, all));
    }
}

TEST(TlbFlush, a_table_that_goes_is_flushed_with_the_pages_that_it_mapped) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 bytes = 4 * kPageSize, buffer = machine.map(pid, bytes);
    machine.write(pid, buffer);
    const auto [one, all] = flushes(machine);
    machine.munmap(pid, buffer, bytes);
    EXPECT_EQ(flushes(machine), std::pair(one, all + 1)) << "from the first address of the table on";
    EXPECT_EQ(machine.count(TraceKind::tlb_flush), 1U);
}

TEST(TlbFlush, several_areas_that_go_at_once_are_flushed_at_once) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    machine.map(pid, kPageSize, kRead);  // keeps the table
    const u64 buffer = machine.map(pid, 4 * kPageSize);
    machine.mprotect(pid, buffer, kPageSize, kRead);
    machine.read(pid, buffer);
    machine.write(pid, buffer + 3 * kPageSize);
    machine.munmap(pid, buffer, 4 * kPageSize);
    EXPECT_EQ(machine.count(TraceKind::munmap_area), 2U);
    EXPECT_EQ(machine.count(TraceKind::tlb_flush), 1U);
}

TEST(TlbFlush, pages_of_a_file_that_were_written_to_are_flushed_table_by_table) {
    ProcessMachine machine;
    const u32 file = machine.file(1024), pid = machine.fork();
    const u64 start = machine.map_file(pid, file, 1024 * kPageSize, kRead | test::kWrite, map_flag::kShared);
    const u64 second = (start & ~u64{0x1fffff}) + 0x200000;
    machine.write(pid, second - kPageSize);
    machine.write(pid, second);
    machine.munmap(pid, start, 1024 * kPageSize);
    EXPECT_EQ(machine.count(TraceKind::tlb_flush), 3U) << "each table's, and that of the tables themselves";
}

TEST(TlbFlush, before_3_7_everything_is_flushed_but_for_single_pages_of_faults) {
    ProcessMachine machine(Arch::x86_64, 64, profile_2_6());
    const u32 pid = machine.fork();
    machine.map(pid, kPageSize, kRead);
    const u64 buffer = machine.map(pid, kPageSize);
    machine.write(pid, buffer);
    auto [one, all] = flushes(machine);
    machine.mprotect(pid, buffer, kPageSize, kRead);
    EXPECT_EQ(flushes(machine), std::pair(one, all + 1));
    machine.mprotect(pid, buffer, kPageSize, 0);
    machine.mprotect(pid, buffer, kPageSize, kRead | test::kWrite);
    EXPECT_EQ(flushes(machine), std::pair(one, all + 3)) << "also where nothing was to be forgotten";
    machine.fork(pid);
    EXPECT_EQ(flushes(machine), std::pair(one, all + 4));
    machine.write(pid, buffer);
    EXPECT_EQ(flushes(machine), std::pair(one + 1, all + 4));
    machine.munmap(pid, buffer, kPageSize);
    EXPECT_EQ(flushes(machine), std::pair(one + 1, all + 5));
}

TEST(TlbFlush, a_fork_flushes_its_parent_also_if_nothing_was_left_to_protect) {
    for (const Profile& profile : profiles()) {
        ProcessMachine machine(Arch::x86_64, 64, profile);
        const u32 pid = machine.fork();
        const u64 buffer = machine.map(pid, kPageSize);
        machine.write(pid, buffer);
        machine.fork(pid);
        machine.read(pid, buffer);
        const auto [one, all] = flushes(machine);
        machine.fork(pid);
        EXPECT_EQ(flushes(machine), std::pair(one, all + 1)) << profile.name;
        machine.read(pid, buffer);
        EXPECT_EQ(machine.count(TraceKind::tlb_miss), 1U) << profile.name;
    }
}

TEST(TlbFlush, a_copied_page_is_forgotten_by_all_who_run_the_process) {
    ProcessMachine machine;
    const u32 parent = machine.fork();
    const u64 buffer = machine.map(parent, kPageSize);
    machine.write(parent, buffer);
    machine.fork(parent);
    machine.cpu = 1;
    machine.read(parent, buffer);
    machine.cpu = 0;
    machine.write(parent, buffer);
    EXPECT_EQ(machine.count(TraceKind::copy_page), 1U);
    EXPECT_EQ(machine.count(TraceKind::tlb_shootdown), 1U);
}

TEST(TlbFlush, reclaim_takes_pages_out_of_page_tables_that_are_not_used_any_more) {
    ProcessMachine machine;
    const u32 data = machine.file(2000);
    machine.touch_file(data);
    const u32 pid = machine.fork();
    const u64 read = machine.map_file(pid, data, 2000 * u64{kPageSize}, kRead);
    for (u32 page = 0; page < 2000; page += 16) machine.read(pid, read + page * u64{kPageSize});
    const u32 mapped = machine.rss(pid, RssKind::file);
    const u32 free = machine.memory.zones()[1].free_pages;
    for (u32 round = 0; round < 8; ++round) {
        const u32 eater = machine.file(free - free / 8);
        machine.touch_file(eater);
        machine.touch_file(eater);
    }
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_LT(machine.rss(pid, RssKind::file), mapped);
}

TEST(TlbFlush, compaction_moves_mapped_pages_and_their_entries_follow) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 buffer = machine.map(pid, 400 * u64{kPageSize});
    for (u32 page = 0; page < 200; ++page) machine.write(pid, buffer + page * u64{kPageSize});
    machine.touch_file(machine.file(6000));  // between them, so that one half lies low
    for (u32 page = 200; page < 400; ++page) machine.write(pid, buffer + page * u64{kPageSize});
    PageCache(machine.memory, 0, machine.trace).drop_caches();
    const u32 child = machine.fork(pid);
    for (u32 page = 0; page < 400; page += 2) machine.calls(pid).madvise(buffer + page * u64{kPageSize}, kPageSize, 4);
    machine.exit(child);
    const u32 rss = machine.mm(pid).resident();
    machine.trace.begin();
    Compaction(machine.memory, 0, machine.trace).compact_all();
    EXPECT_NE(machine.count(TraceKind::migrate_page), 0U);
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_EQ(machine.mm(pid).resident(), rss);
    for (u32 page = 1; page < 400; page += 2) EXPECT_EQ(machine.read(pid, buffer + page * u64{kPageSize}).faults, 0U);
}

// Two CPUs have the page tables of one process loaded, and CPU 0 has gone over to a kernel thread.
struct LazyMachine : ProcessMachine {
    explicit LazyMachine(const Profile& profile = profile_6_12(), u64 address = 0)
        : ProcessMachine(Arch::x86_64, 64, profile), pid(fork()) {
        const u32 flags = test::kPrivateAnonymous | (address == 0 ? 0 : map_flag::kFixed);
        buffer = static_cast<u64>(mmap(pid, {address, 2 * kPageSize, kRead | test::kWrite, flags}));
        write(pid, buffer);
        TlbFlush(memory, 0, trace).enter_lazy_tlb();
        cpu = 1;
        write(pid, buffer);
    }
    u32 mm_place() const { return memory.processes().processes[pid - 1].mm; }
    const CpuTlb& on(u32 number) const { return memory.processes().cpus[number]; }

    u32 pid = 0;
    u64 buffer = 0;
};

TEST(TlbFlush, a_lazy_cpu_is_not_asked_and_flushes_when_its_process_is_back) {
    LazyMachine machine;
    EXPECT_TRUE(machine.on(0).is_lazy);
    machine.mprotect(machine.pid, machine.buffer, kPageSize, kRead);
    EXPECT_EQ(machine.count(TraceKind::tlb_shootdown), 0U);
    EXPECT_EQ(machine.count(TraceKind::tlb_lazy_skipped), 1U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::nr_tlb_remote_flush), 1U) << "it is in mm_cpumask";
    EXPECT_EQ(machine.memory.vmstat(VmCounter::nr_tlb_remote_flush_received), 0U);
    machine.cpu = 0;
    EXPECT_EQ(machine.write(machine.pid, machine.buffer).signal, Signal::sigsegv);
    EXPECT_EQ(machine.count(TraceKind::leave_lazy_tlb), 1U);
    EXPECT_EQ(machine.count(TraceKind::switch_mm), 0U);
}

TEST(TlbFlush, a_process_that_is_back_on_a_lazy_cpu_keeps_its_translations_if_nothing_has_changed) {
    LazyMachine machine;
    machine.cpu = 0;
    machine.write(machine.pid, machine.buffer);
    EXPECT_EQ(machine.count(TraceKind::leave_lazy_tlb), 1U);
    EXPECT_EQ(machine.count(TraceKind::tlb_hit), 1U);
    EXPECT_FALSE(machine.on(0).is_lazy);
}

TEST(TlbFlush, a_lazy_cpu_is_asked_where_page_tables_are_freed_and_leaves_them) {
    LazyMachine machine(profile_6_12(), u64{1} << 40);
    machine.munmap(machine.pid, machine.buffer, 2 * kPageSize);
    EXPECT_EQ(machine.count(TraceKind::tlb_leave_mm), 1U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::nr_tlb_remote_flush_received), 1U);
    EXPECT_EQ(machine.on(0).loaded_mm, kNoMm);
    machine.cpu = 0;
    EXPECT_EQ(machine.read(machine.pid, machine.buffer).signal, Signal::sigsegv);
}

TEST(TlbFlush, a_lazy_cpu_that_flushes_alone_changes_to_the_kernel_s_tables) {
    LazyMachine machine;
    machine.cpu = 1;
    const u32 other = machine.fork();
    machine.write(other, machine.map(other, kPageSize));
    machine.trace.begin();
    TlbFlush(machine.memory, 0, machine.trace).flush_page(machine.mm_place(), machine.buffer);
    EXPECT_EQ(machine.count(TraceKind::tlb_leave_mm), 1U);
    EXPECT_EQ(machine.on(0).loaded_mm, kNoMm);
}

TEST(TlbFlush, before_4_20_a_lazy_cpu_is_asked_once_and_then_no_more) {
    LazyMachine machine(profile_2_6());
    machine.mprotect(machine.pid, machine.buffer, kPageSize, kRead);
    EXPECT_EQ(machine.count(TraceKind::tlb_leave_mm), 1U);
    machine.mprotect(machine.pid, machine.buffer, kPageSize, kRead | test::kWrite);
    machine.mprotect(machine.pid, machine.buffer, kPageSize, kRead);
    EXPECT_EQ(machine.count(TraceKind::tlb_leave_mm), 0U);
    machine.cpu = 0;
    EXPECT_EQ(machine.write(machine.pid, machine.buffer).signal, Signal::sigsegv);
}

TEST(TlbFlush, a_kernel_thread_hands_the_cpu_back_to_whom_it_had_interrupted) {
    LazyMachine machine;
    {
        const KernelThread kswapd(machine.memory, 1, machine.trace);
        EXPECT_TRUE(machine.on(1).is_lazy);
        TlbFlush(machine.memory, 0, machine.trace).leave_mm(machine.mm_place());
    }
    EXPECT_EQ(machine.on(1).loaded_mm, machine.mm_place());
    EXPECT_FALSE(machine.on(1).is_lazy);
}

}  // namespace
}  // namespace mmscope
