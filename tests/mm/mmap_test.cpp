// The system calls on a process's areas: where they go, what they answer, what is refused; tables, and malloc.
#include "process_machine.h"

namespace mmscope {
namespace {

using test::kExec;
using test::kPrivateAnonymous;
using test::kRead;
using test::kWrite;
using test::ProcessMachine;

TEST(Mmap, new_areas_go_below_the_old_ones_and_alike_ones_become_one) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const std::size_t before = machine.mm(pid).areas.size();
    const u64 first = machine.map(pid, 64 * 1024);
    EXPECT_EQ(first, machine.mm(pid).mmap_base - 64 * 1024);
    const u64 second = machine.map(pid, kPageSize);
    EXPECT_EQ(second, first - kPageSize);
    EXPECT_EQ(machine.mm(pid).areas.size(), before + 1);
    machine.map(pid, kPageSize, kRead);
    EXPECT_EQ(machine.mm(pid).areas.size(), before + 2);
}

TEST(Mmap, bad_requests_answer_what_the_kernel_answers) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const auto answer = [&](const MmapRequest& request) { return machine.mmap(pid, request); };
    const u32 fixed = kPrivateAnonymous | map_flag::kFixed;
    EXPECT_EQ(answer({0, 0, kRead, kPrivateAnonymous}), failed(Errno::einval));
    EXPECT_EQ(answer({0, u64{1} << 47, kRead, kPrivateAnonymous}), failed(Errno::enomem));
    EXPECT_EQ(answer({0, ~u64{0}, kRead, kPrivateAnonymous}), failed(Errno::enomem));
    EXPECT_EQ(answer({0x100800, kPageSize, kRead, fixed}), failed(Errno::einval));
    EXPECT_EQ(answer({0x1000, kPageSize, kRead, fixed}), failed(Errno::eperm));
    EXPECT_EQ(answer({0xffff888000000000ULL, kPageSize, kRead, fixed}), failed(Errno::enomem));
    EXPECT_EQ(answer({0, kPageSize, kRead, map_flag::kAnonymous}), failed(Errno::einval));
    EXPECT_EQ(answer({0, kPageSize, kRead, map_flag::kPrivate}), failed(Errno::ebadf)) << "neither file nor anonymous";
    EXPECT_EQ(answer({0, kPageSize, kRead, map_flag::kPrivate, machine.file(1), 100}), failed(Errno::einval));
    EXPECT_EQ(answer({0x100000, kPageSize, kRead, fixed}), 0x100000);
    EXPECT_EQ(answer({0x100000, kPageSize, kRead, kPrivateAnonymous | map_flag::kFixedNoReplace}),
              failed(Errno::eexist));
    EXPECT_EQ(machine.munmap(pid, 0x100800, kPageSize), failed(Errno::einval));
    EXPECT_EQ(machine.munmap(pid, 0x100000, 0), failed(Errno::einval));
    EXPECT_EQ(machine.mprotect(pid, 0x200000, kPageSize, kRead), failed(Errno::enomem));
    EXPECT_EQ(machine.mprotect(pid, 0x100000, kPageSize, 64), failed(Errno::einval));
}

//   0x100000  | a a a a |    mprotect the middle: | r | w w | r |    munmap one: | r | w |   | r |
TEST(Mmap, a_part_that_changes_is_split_off_and_joins_again) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 start = 0x100000;
    machine.mmap(pid, {start, 4 * kPageSize, kRead, kPrivateAnonymous | map_flag::kFixed});
    const std::size_t before = machine.mm(pid).areas.size();
    EXPECT_EQ(machine.mprotect(pid, start + kPageSize, 2 * kPageSize, kRead | kWrite), 0);
    EXPECT_EQ(machine.mm(pid).areas.size(), before + 2);
    EXPECT_EQ(machine.munmap(pid, start + 2 * kPageSize, kPageSize), 0);
    EXPECT_EQ(machine.mm(pid).areas.size(), before + 2);
    EXPECT_EQ(machine.mm(pid).total_vm, 33U + 3U);
}

TEST(Mmap, rights_taken_away_are_taken_out_of_the_entries_and_the_tlb) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 buffer = machine.map(pid, kPageSize);
    machine.write(pid, buffer);
    EXPECT_EQ(machine.mprotect(pid, buffer, kPageSize, kRead), 0);
    EXPECT_EQ(machine.count(TraceKind::tlb_flush), 1U);
    EXPECT_FALSE(machine.entry(pid, buffer).has(entry_bit::kWrite));
    EXPECT_EQ(machine.mprotect(pid, buffer, kPageSize, 0), 0);
    EXPECT_FALSE(machine.entry(pid, buffer).is_present());
    EXPECT_TRUE(machine.entry(pid, buffer).has_page());
}

// Faults of a write to the first page of an area after mprotect took the right away and gave it back. `what` is done to
// the area before.
template <class What>
u32 faults_after_mprotect(const Profile& profile, u32 flags, What what) {
    ProcessMachine machine(Arch::x86_64, 64, profile);
    const u32 pid = machine.fork();
    const u64 buffer = machine.map(pid, kPageSize, kRead | kWrite, flags);
    what(machine, pid, buffer);
    machine.mprotect(pid, buffer, kPageSize, kRead);
    EXPECT_FALSE(machine.entry(pid, buffer).has(entry_bit::kWrite));
    machine.mprotect(pid, buffer, kPageSize, kRead | kWrite);
    return machine.write(pid, buffer).faults;
}

TEST(Mmap, the_right_to_write_comes_back_at_once_to_pages_that_nobody_else_has) {
    const auto write = [](ProcessMachine& machine, u32 pid, u64 buffer) { machine.write(pid, buffer); };
    const auto read = [](ProcessMachine& machine, u32 pid, u64 buffer) { machine.read(pid, buffer); };
    const auto share = [](ProcessMachine& machine, u32 pid, u64 buffer) {
        machine.write(pid, buffer);
        machine.exit(machine.fork(pid));
    };
    for (const Profile& profile : profiles()) {
        const bool gives = profile.mprotect_gives != Profile::MprotectGives::nothing;
        EXPECT_EQ(faults_after_mprotect(profile, kPrivateAnonymous, write), gives ? 0U : 1U) << profile.name;
        EXPECT_EQ(faults_after_mprotect(profile, kPrivateAnonymous, read), 1U) << "of the zero page, " << profile.name;
        EXPECT_EQ(faults_after_mprotect(profile, kPrivateAnonymous, share), 1U) << "only a fault looks, " << profile.name;
        EXPECT_EQ(faults_after_mprotect(profile, test::kSharedAnonymous, write), 0U) << profile.name;
        EXPECT_EQ(faults_after_mprotect(profile, test::kSharedAnonymous, read), 0U) << profile.name;
    }
}

TEST(Mmap, of_a_file_only_what_is_dirty_can_be_written_to_at_once_again) {
    for (const Profile& profile : profiles()) {
        ProcessMachine machine(Arch::x86_64, 64, profile);
        const u32 file = machine.file(2), pid = machine.fork();
        const u64 start = machine.map_file(pid, file, 2 * kPageSize, kRead | kWrite, map_flag::kShared);
        machine.write(pid, start);
        machine.read(pid, start + kPageSize);
        machine.mprotect(pid, start, 2 * kPageSize, kRead);
        machine.mprotect(pid, start, 2 * kPageSize, kRead | kWrite);
        EXPECT_EQ(machine.write(pid, start).faults, 0U) << profile.name;
        EXPECT_EQ(machine.write(pid, start + kPageSize).faults, 1U) << profile.name;
    }
}

TEST(Mmap, shared_anonymous_memory_is_promised_once_for_all_who_map_it) {
    ProcessMachine machine;
    const u64 before = committed_pages(machine.memory);
    const u32 pid = machine.fork();
    const u64 own = committed_pages(machine.memory) - before;
    const u64 buffer = machine.map(pid, 8 * kPageSize, kRead, test::kSharedAnonymous);
    EXPECT_FALSE(machine.mm(pid).area_of(buffer)->has(vm_flag::kAccount));
    EXPECT_EQ(committed_pages(machine.memory), before + own + 8);
    const u32 child = machine.fork(pid);
    EXPECT_EQ(committed_pages(machine.memory), before + 2 * own + 8);
    machine.munmap(pid, buffer, 8 * kPageSize);
    EXPECT_EQ(committed_pages(machine.memory), before + 2 * own + 8);
    machine.exit(child);
    EXPECT_EQ(committed_pages(machine.memory), before + own);
}

TEST(Mmap, memory_without_pages_that_nobody_may_write_to_is_promised_no_more) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12()}) {
        const bool gives_back = profile->mprotect_gives_back_promise;
        ProcessMachine machine(Arch::x86_64, 64, *profile);
        const u32 pid = machine.fork();
        const u64 before = committed_pages(machine.memory);
        const u64 buffer = machine.map(pid, 8 * kPageSize);
        machine.mprotect(pid, buffer, 8 * kPageSize, kRead);
        EXPECT_EQ(committed_pages(machine.memory), before + (gives_back ? 0 : 8));
        machine.mprotect(pid, buffer, 8 * kPageSize, kRead | kWrite);
        EXPECT_EQ(committed_pages(machine.memory), before + 8);
        machine.write(pid, buffer);
        machine.mprotect(pid, buffer, 8 * kPageSize, kRead);
        EXPECT_EQ(committed_pages(machine.memory), before + 8) << "it has pages";
    }
}

TEST(Mmap, a_hint_is_rounded_down_and_at_least_the_lowest_address) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const auto placed = [&](u64 hint) {
        const i64 address = machine.mmap(pid, {hint, kPageSize, kRead, kPrivateAnonymous});
        machine.munmap(pid, static_cast<u64>(address), kPageSize);
        return static_cast<u64>(address);
    };
    EXPECT_EQ(placed(0x100fff), 0x100000U);
    EXPECT_EQ(placed(0x1000), kLeastMapAddress);
    EXPECT_EQ(placed(0xfff), placed(0));
}

TEST(Mmap, with_five_levels_only_a_hint_leads_above_the_window_of_four) {
    Mm mm = empty_mm(paging_mode(Arch::x86_64, FiveLevels::yes));
    EXPECT_EQ(mm.map_window(), (u64{1} << 47) - kPageSize);
    const u64 half = u64{1} << 46, more = u64{3} << 45, above = u64{1} << 50;
    Vma area;
    area.start = *mm.unmapped_area(more, 0);
    area.end = area.start + more;
    EXPECT_LT(area.end, u64{1} << 47);
    mm.insert(area);
    EXPECT_EQ(mm.unmapped_area(half, 0), std::nullopt);
    EXPECT_GT(*mm.unmapped_area(half, above), u64{1} << 47);
}

TEST(Mmap, the_tables_go_with_the_last_area_that_they_serve) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u32 tables = machine.mm(pid).table_pages();
    const u32 used = machine.used_frames();
    const u64 low = 0x40000000, next = low + (u64{2} << 20);
    const u32 flags = kPrivateAnonymous | map_flag::kFixed;
    machine.mmap(pid, {low, kPageSize, kRead | kWrite, flags});
    machine.mmap(pid, {next, kPageSize, kRead | kWrite, flags});
    machine.write(pid, low);
    machine.write(pid, next);
    EXPECT_EQ(machine.mm(pid).table_pages(), tables + 4) << "a PDPT, a PD and two PTs";
    machine.munmap(pid, low, kPageSize);
    EXPECT_EQ(machine.mm(pid).table_pages(), tables + 3);
    machine.munmap(pid, next, kPageSize);
    EXPECT_EQ(machine.mm(pid).table_pages(), tables);
    EXPECT_EQ(machine.used_frames(), used);
}

TEST(Mmap, everything_comes_back_when_a_process_ends) {
    ProcessMachine machine;
    const u32 used = machine.used_frames();
    const u32 parent = machine.fork();
    const u64 buffer = machine.map(parent, 100 * kPageSize);
    for (u32 page = 0; page < 100; ++page) machine.write(parent, buffer + page * u64{kPageSize});
    const u32 child = machine.fork(parent);
    for (u32 page = 0; page < 50; ++page) machine.write(child, buffer + page * u64{kPageSize});
    machine.exit(child);
    machine.exit(parent);
    EXPECT_EQ(machine.used_frames(), used);
}

TEST(Mmap, the_heap_grows_and_shrinks_by_brk) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 start = machine.mm(pid).start_brk;
    EXPECT_EQ(machine.brk(pid, 0), static_cast<i64>(start));
    EXPECT_EQ(machine.brk(pid, start + 5000), static_cast<i64>(start + 5000));
    EXPECT_EQ(machine.mm(pid).area_of(start)->pages(), 2U);
    EXPECT_EQ(machine.brk(pid, start + 100), static_cast<i64>(start + 100));
    EXPECT_EQ(machine.mm(pid).area_of(start)->pages(), 1U);
    EXPECT_EQ(machine.brk(pid, u64{1} << 50), static_cast<i64>(start + 100)) << "what cannot be changes nothing";
}

TEST(Mmap, overcommit_refuses_by_its_mode) {
    const auto may_have = [](u32 mode, u64 mebibytes) {
        ProcessMachine machine(Arch::x86_64, 128);
        const u32 pid = machine.fork();
        VmSysctl sysctl = machine.memory.sysctl();
        sysctl.overcommit_memory = mode;
        machine.memory.write_sysctl(SysctlName::overcommit_memory, sysctl);
        return machine.mmap(pid, {0, mebibytes << 20, kRead | kWrite, kPrivateAnonymous}) > 0;
    };
    EXPECT_TRUE(may_have(0, 60));
    EXPECT_FALSE(may_have(0, 200));
    EXPECT_TRUE(may_have(1, 200));
    EXPECT_FALSE(may_have(2, 60)) << "half of memory, less the reserves";
    EXPECT_TRUE(may_have(2, 20));
}

// __vm_enough_memory before 5.2: what could be free, not what there is; a 32nd of it is root's.
TEST(Mmap, before_5_2_overcommit_asks_what_could_be_free) {
    for (const Profile* profile : {&profile_2_6(), &profile_6_12()}) {
        ProcessMachine machine(Arch::x86_64, 128, *profile);
        const bool is_old = profile->promises_what_is_free;
        const u32 pid = machine.fork();
        const u64 buffer = machine.map(pid, 80 << 20);
        machine.memory.processes().current = pid;
        for (u64 at = 0; at < 80 << 20; at += kPageSize)
            Mmu(machine.memory, 0, ++machine.call, machine.trace).access(pid, buffer + at, Access::write);
        const MmapRequest half{0, 60 << 20, kRead | kWrite, kPrivateAnonymous};
        EXPECT_EQ(machine.mmap(pid, half) > 0, !is_old) << profile->name;
        VmSysctl sysctl = machine.memory.sysctl();
        sysctl.overcommit_memory = 2;
        sysctl.overcommit_ratio = 150;
        machine.memory.write_sysctl(SysctlName::overcommit_memory, sysctl);
        const u64 used = committed_pages(machine.memory), total_vm = machine.mm(pid).total_vm;
        const u64 limit = commit_limit(machine.memory);
        const u64 room = limit - limit / 32 - used - total_vm / 32 - 1;
        EXPECT_EQ(commit_room(machine.memory, 1, machine.mm(pid).total_vm) == room, is_old) << profile->name;
    }
}

TEST(Mmap, a_program_has_code_data_bss_heap_and_a_stack) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u32 program = machine.file(8);
    EXPECT_EQ(machine.exec(pid, program), 0);
    const std::vector<Vma>& areas = machine.mm(pid).areas;
    ASSERT_EQ(areas.size(), 4U);
    EXPECT_EQ(area_rights(areas[0].flags), "r-xp");
    EXPECT_EQ(areas[0].pages(), 6U);
    EXPECT_EQ(area_rights(areas[1].flags), "rw-p");
    EXPECT_EQ(areas[1].pgoff, 6U);
    EXPECT_TRUE(areas[2].is_anonymous());
    EXPECT_EQ(machine.mm(pid).start_brk, areas[2].end);
    EXPECT_EQ(areas[3].pages(), 33U);
    EXPECT_EQ(machine.mm(pid).resident(), 1U) << "the arguments";
    EXPECT_EQ(machine.access(pid, areas[0].start, Access::fetch).signal, Signal::none);
    EXPECT_EQ(machine.write(pid, areas[0].start).signal, Signal::sigsegv) << "code is protected";
}

TEST(Mmap, malloc_takes_small_requests_from_the_heap_and_large_ones_from_areas) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 small = machine.calls(pid).malloc(100), next = machine.calls(pid).malloc(100);
    EXPECT_EQ(small, machine.mm(pid).start_brk + 16);
    EXPECT_EQ(next, small + 112);
    EXPECT_EQ(machine.mm(pid).resident(), 1U) << "nothing is touched";
    const u64 large = machine.calls(pid).malloc(1 << 20);
    EXPECT_EQ(large % kPageSize, 16U);
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_TRUE(machine.calls(pid).free(small));
    EXPECT_EQ(machine.calls(pid).malloc(50), small) << "the best fit";
    EXPECT_TRUE(machine.calls(pid).free(large));
    EXPECT_FALSE(machine.calls(pid).free(large));
    EXPECT_EQ(machine.mm(pid).area_of(large), nullptr);
    EXPECT_EQ(machine.memory.check(), "");
}

TEST(Mmap, memory_that_is_not_needed_is_touched_anew_after_madvise) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 buffer = machine.map(pid, 4 * kPageSize);
    machine.write(pid, buffer);
    EXPECT_EQ(machine.calls(pid).madvise(buffer, 4 * kPageSize, advice::kDontNeed), 0);
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_EQ(machine.mm(pid).resident(), 1U);
    EXPECT_EQ(machine.calls(pid).madvise(buffer, 8 * kPageSize, advice::kDontNeed), failed(Errno::enomem));
    EXPECT_EQ(machine.calls(pid).madvise(buffer, kPageSize, 77), failed(Errno::einval));
    EXPECT_EQ(machine.write(pid, buffer).faults, 1U);
}

}  // namespace
}  // namespace mmscope
