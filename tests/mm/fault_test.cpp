// Accesses through the MMU: what a fault brings, what is shared and copied, and which signal ends a process.
#include "process_machine.h"

namespace mmscope {
namespace {

using test::kExec;
using test::kRead;
using test::kSharedAnonymous;
using test::kWrite;
using test::ProcessMachine;

TEST(Fault, a_promised_page_has_no_frame_before_it_is_touched) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u32 before = machine.mm(pid).resident();
    const u64 buffer = machine.map(pid, 64 * 1024);
    EXPECT_EQ(machine.mm(pid).resident(), before);
    EXPECT_TRUE(machine.entry(pid, buffer).is_none());
    EXPECT_EQ(machine.write(pid, buffer).faults, 1U);
    EXPECT_EQ(machine.mm(pid).resident(), before + 1);
    EXPECT_EQ(machine.write(pid, buffer + 100).faults, 0U);
    EXPECT_EQ(machine.write(pid, buffer + kPageSize).faults, 1U);
}

TEST(Fault, a_first_write_goes_through_miss_walk_fault_frame_and_entry_to_the_frame) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 buffer = machine.map(pid, 64 * 1024);
    machine.write(pid, buffer);  // the tables are there now
    machine.write(pid, buffer + kPageSize);
    using enum TraceKind;
    const std::vector<TraceKind> story = {mmu_access,    tlb_miss,   page_walk,   page_fault_user, find_vma,
                                          mm_page_alloc, clear_page, set_pte,     retry_access,    tlb_miss,
                                          page_walk,     tlb_fill,   access_frame};
    EXPECT_EQ(machine.story(), story) << "the walk begins at the PT: the PDE is cached";
    machine.write(pid, buffer + kPageSize);
    EXPECT_EQ(machine.story(), (std::vector<TraceKind>{mmu_access, tlb_hit, access_frame}));
}

TEST(Fault, a_read_of_an_untouched_page_maps_the_zero_page_and_a_write_then_takes_a_frame) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 buffer = machine.map(pid, kPageSize);
    const u32 before = machine.mm(pid).resident();
    EXPECT_EQ(machine.read(pid, buffer).pfn, machine.memory.processes().zero_page);
    EXPECT_EQ(machine.mm(pid).resident(), before);
    const AccessResult written = machine.write(pid, buffer);
    EXPECT_NE(written.pfn, machine.memory.processes().zero_page);
    EXPECT_EQ(machine.count(TraceKind::clear_page), 1U);
    EXPECT_EQ(machine.count(TraceKind::copy_page), 0U);
    EXPECT_EQ(machine.read(pid, buffer).pfn, written.pfn);
    EXPECT_EQ(machine.mm(pid).resident(), before + 1);
}

TEST(Fault, after_a_fork_both_read_one_frame_and_the_first_to_write_gets_a_copy) {
    ProcessMachine machine;
    const u32 parent = machine.fork();
    const u64 buffer = machine.map(parent, kPageSize);
    const Pfn shared = machine.write(parent, buffer).pfn;
    const u32 child = machine.fork(parent);
    EXPECT_EQ(machine.memory.frames().mapcount(shared), 2U);
    EXPECT_EQ(machine.read(child, buffer).pfn, shared);
    EXPECT_EQ(machine.mm(child).resident(), machine.mm(parent).resident());
    const AccessResult written = machine.write(child, buffer);
    EXPECT_NE(written.pfn, shared);
    EXPECT_EQ(machine.count(TraceKind::copy_page), 1U);
    EXPECT_EQ(machine.memory.frames().mapcount(shared), 1U);
    EXPECT_EQ(machine.write(parent, buffer).pfn, shared) << "now alone with it";
    EXPECT_EQ(machine.count(TraceKind::wp_page_reuse), 1U);
    EXPECT_EQ(machine.read(child, buffer).pfn, written.pfn);
}

TEST(Fault, a_forked_child_has_written_to_none_of_the_pages_that_it_shares) {
    ProcessMachine machine;
    const u32 parent = machine.fork();
    const u64 own = machine.map(parent, kPageSize);
    const u64 shared = machine.map(parent, kPageSize, kRead | kWrite, kSharedAnonymous);
    for (const u64 address : {own, shared}) machine.write(parent, address);
    const u32 child = machine.fork(parent);
    EXPECT_TRUE(machine.entry(parent, shared).has(entry_bit::kDirty));
    EXPECT_FALSE(machine.entry(child, shared).has(entry_bit::kDirty));
    EXPECT_TRUE(machine.entry(child, own).has(entry_bit::kDirty));
}

TEST(Fault, a_child_has_used_none_of_the_pages_that_it_inherits) {
    for (const Profile& profile : profiles()) {
        ProcessMachine machine(Arch::x86_64, 64, profile);
        const u32 parent = machine.fork();
        const u64 buffer = machine.map(parent, 2 * kPageSize);
        machine.write(parent, buffer);
        machine.read(parent, buffer + kPageSize);
        const u32 child = machine.fork(parent);
        for (const u64 page : {buffer, buffer + kPageSize}) {
            EXPECT_TRUE(machine.entry(parent, page).has(entry_bit::kAccessed));
            EXPECT_TRUE(machine.entry(child, page).is_present());
            EXPECT_FALSE(machine.entry(child, page).has(entry_bit::kAccessed)) << profile.name;
        }
    }
}

TEST(Fault, a_page_whose_other_owner_has_ended_is_written_to_where_it_is) {
    ProcessMachine machine;
    const u32 parent = machine.fork();
    const u64 buffer = machine.map(parent, kPageSize);
    const Pfn frame = machine.write(parent, buffer).pfn;
    const u32 child = machine.fork(parent);
    machine.exit(parent);
    EXPECT_EQ(machine.write(child, buffer).pfn, frame);
    EXPECT_EQ(machine.count(TraceKind::copy_page), 0U);
}

TEST(Fault, the_same_address_in_two_processes_is_two_frames) {
    ProcessMachine machine;
    const u32 one = machine.fork(), other = machine.fork();
    const u64 first = machine.map(one, kPageSize), second = machine.map(other, kPageSize);
    EXPECT_EQ(first, second);
    EXPECT_NE(machine.write(one, first).pfn, machine.write(other, second).pfn);
}

TEST(Fault, shared_anonymous_memory_stays_shared_after_a_fork) {
    ProcessMachine machine;
    const u32 parent = machine.fork();
    const u64 buffer = machine.map(parent, 2 * kPageSize, kRead | kWrite, kSharedAnonymous);
    const Pfn frame = machine.write(parent, buffer).pfn;
    const u32 child = machine.fork(parent);
    EXPECT_EQ(machine.write(child, buffer).pfn, frame);
    EXPECT_EQ(machine.rss(child, RssKind::shmem), 1U);
    machine.exit(parent);
    EXPECT_EQ(machine.read(child, buffer).pfn, frame);
    machine.exit(child);
    EXPECT_TRUE(frame_state::is_on_pcp(machine.memory.frames().state(frame)));
}

TEST(Fault, a_file_is_read_by_the_first_process_and_found_by_the_second) {
    ProcessMachine machine;
    const u32 library = machine.file(32);
    const u32 one = machine.fork(), other = machine.fork();
    const u64 in_one = machine.map_file(one, library, 32 * kPageSize, kRead | kExec);
    const u64 in_other = machine.map_file(other, library, 32 * kPageSize, kRead | kExec);
    const AccessResult major = machine.access(one, in_one + 5 * kPageSize, Access::fetch);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::pgmajfault), 1U);
    const AccessResult minor = machine.access(other, in_other + 5 * kPageSize, Access::fetch);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::pgmajfault), 1U);
    EXPECT_EQ(major.pfn, minor.pfn);
    EXPECT_EQ(machine.memory.frames().mapcount(major.pfn), 2U);
    const std::vector<MappedAt> mapped = ReverseMap(machine.memory, 0, machine.trace).mappings(major.pfn);
    ASSERT_EQ(mapped.size(), 2U);
    EXPECT_EQ(mapped[0].address, in_one + 5 * kPageSize);
    EXPECT_EQ(mapped[1].address, in_other + 5 * kPageSize);
}

TEST(Fault, a_read_maps_the_pages_of_the_file_around_it_that_are_in_memory) {
    ProcessMachine machine;
    const u32 file = machine.file(40);
    machine.touch_file(file);
    const u32 pid = machine.fork();
    const u64 start = machine.map_file(pid, file, 40 * kPageSize, kRead);
    machine.read(pid, start + 20 * kPageSize);
    EXPECT_EQ(machine.rss(pid, RssKind::file), 16U);
    EXPECT_EQ(machine.read(pid, (start + 20 * kPageSize) & ~u64{0xffff}).faults, 0U);
}

TEST(Fault, before_3_15_a_read_maps_one_page_of_a_file) {
    ProcessMachine machine(Arch::x86_64, 64, profile_2_6());
    const u32 file = machine.file(40);
    machine.touch_file(file);
    const u32 pid = machine.fork();
    machine.read(pid, machine.map_file(pid, file, 40 * kPageSize, kRead));
    EXPECT_EQ(machine.rss(pid, RssKind::file), 1U);
}

TEST(Fault, shared_memory_around_a_read_may_be_written_to_at_once) {
    ProcessMachine machine;
    const u32 parent = machine.fork();
    const u64 buffer = machine.map(parent, 2 * kPageSize, kRead | kWrite, kSharedAnonymous);
    machine.write(parent, buffer);
    machine.write(parent, buffer + kPageSize);
    const u32 child = machine.fork(parent);
    machine.read(child, buffer);
    EXPECT_EQ(machine.rss(child, RssKind::shmem), 2U);
    EXPECT_EQ(machine.write(child, buffer + kPageSize).faults, 0U);
}

TEST(Fault, a_copy_that_replaces_a_page_makes_a_process_no_larger) {
    ProcessMachine machine;
    const u32 parent = machine.fork();
    const u64 buffer = machine.map(parent, kPageSize);
    machine.write(parent, buffer);
    machine.fork(parent);
    const u32 most = machine.mm(parent).most_rss;
    machine.write(parent, buffer);
    EXPECT_EQ(machine.count(TraceKind::copy_page), 1U);
    EXPECT_EQ(machine.mm(parent).most_rss, most);
    EXPECT_EQ(machine.mm(parent).most_rss, machine.mm(parent).resident());
}

TEST(Fault, a_page_that_is_written_to_where_it_is_counts_as_used_again) {
    ProcessMachine machine;
    const u32 parent = machine.fork();
    const u64 buffer = machine.map(parent, kPageSize);
    machine.write(parent, buffer);
    machine.exit(machine.fork(parent));
    machine.write(parent, buffer);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::pgreuse), 1U);
}

TEST(Fault, a_page_of_a_file_that_a_fault_brings_in_is_used_by_its_entry_alone) {
    ProcessMachine machine;
    const u32 file = machine.file(2);
    const u32 pid = machine.fork();
    const u64 start = machine.map_file(pid, file, 2 * kPageSize, kRead);
    const Pfn page = machine.read(pid, start).pfn;
    EXPECT_TRUE(machine.entry(pid, start).has(entry_bit::kAccessed));
    EXPECT_FALSE(machine.memory.frames().mapped(page).referenced);
    machine.munmap(pid, start, 2 * kPageSize);
    EXPECT_TRUE(machine.memory.frames().mapped(page).referenced) << "what the entry knew";
    const u32 other = machine.file(1);
    machine.touch_file(other);
    EXPECT_TRUE(machine.memory.frames().mapped(machine.memory.mapping_table().page(other, 0)).referenced);
}

TEST(Fault, a_private_write_to_a_file_copies_the_page_and_a_shared_one_does_not) {
    ProcessMachine machine;
    const u32 file = machine.file(2);
    const u32 pid = machine.fork();
    const u64 own = machine.map_file(pid, file, 2 * kPageSize, kRead | kWrite);
    const u64 shared = machine.map_file(pid, file, 2 * kPageSize, kRead | kWrite, map_flag::kShared);
    const Pfn page = machine.read(pid, own).pfn;
    const Pfn copy = machine.write(pid, own).pfn;
    EXPECT_NE(copy, page);
    EXPECT_EQ(machine.write(pid, shared).pfn, page);
    EXPECT_EQ(machine.rss(pid, RssKind::file), 1U);
}

TEST(Fault, rights_and_areas_decide_which_signal_ends_a_process) {
    const auto end_by = [](u32 protection, Access access, u64 offset) {
        ProcessMachine machine;
        const u32 pid = machine.fork();
        const u64 area = machine.map(pid, kPageSize, protection);
        const AccessResult result = machine.access(pid, area + offset, access);
        u32 code = 0;
        for (u32 at = 0; at < machine.trace.kept(); ++at)
            if (machine.trace.kept_event(at).kind == TraceKind::signal_generate)
                code = machine.trace.kept_event(at).zone;
        EXPECT_EQ(machine.memory.processes().is_alive(pid), result.signal == Signal::none);
        return std::pair(static_cast<u32>(result.signal), code);
    };
    EXPECT_EQ(end_by(kRead, Access::write, 0), std::pair(11U, 2U));
    EXPECT_EQ(end_by(0, Access::read, 0), std::pair(11U, 2U));
    EXPECT_EQ(end_by(kRead | kWrite, Access::fetch, 0), std::pair(11U, 2U));
    EXPECT_EQ(end_by(kRead | kExec, Access::fetch, 0), std::pair(0U, 0U));
    EXPECT_EQ(end_by(kRead, Access::read, ~u64{1U << 30}), std::pair(11U, 1U)) << "no area";
    EXPECT_EQ(end_by(kRead, Access::read, u64{1} << 62), std::pair(11U, 0x80U)) << "not canonical";
}

TEST(Fault, the_error_code_says_what_was_wrong) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 area = machine.map(pid, kPageSize, kRead);
    const auto code = [&] {
        for (u32 at = 0; at < machine.trace.kept(); ++at)
            if (machine.trace.kept_event(at).kind == TraceKind::page_fault_user) return machine.trace.kept_event(at).b;
        return 0U;
    };
    machine.read(pid, area);
    EXPECT_EQ(code(), fault_code::kUser);
    machine.write(pid, area);
    EXPECT_EQ(code(), fault_code::kUser | fault_code::kWrite | fault_code::kProtection);
    const u32 other = machine.fork();
    machine.write(other, 0xffff888000000000ULL);
    EXPECT_EQ(code(), fault_code::kUser | fault_code::kWrite | fault_code::kProtection) << "the kernel's half";
}

TEST(Fault, an_access_beyond_the_end_of_a_file_is_a_bus_error) {
    ProcessMachine machine;
    const u32 file = machine.file(1);
    const u32 pid = machine.fork();
    const u64 area = machine.map_file(pid, file, 4 * kPageSize, kRead);
    EXPECT_EQ(machine.read(pid, area).signal, Signal::none);
    EXPECT_EQ(machine.read(pid, area + kPageSize).signal, Signal::sigbus);
}

TEST(Fault, a_stack_grows_to_eight_mebibytes_and_no_further) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u64 top = machine.mm(pid).start_stack;
    EXPECT_EQ(machine.write(pid, top - (u64{1} << 20)).signal, Signal::none);
    EXPECT_EQ(machine.count(TraceKind::expand_stack), 1U);
    EXPECT_EQ(machine.mm(pid).areas.back().start, top - (u64{1} << 20));
    EXPECT_EQ(machine.write(pid, top - (u64{8} << 20) - 1).signal, Signal::sigsegv);
}

TEST(Fault, on_32_bits_without_pae_whatever_can_be_read_can_be_run) {
    ProcessMachine machine(Arch::x86_32);
    const u32 pid = machine.fork();
    const u64 area = machine.map(pid, kPageSize, kRead | kWrite);
    EXPECT_EQ(machine.access(pid, area, Access::fetch).signal, Signal::none);
    ProcessMachine pae(Arch::x86_32_pae);
    const u32 other = pae.fork();
    EXPECT_EQ(pae.access(other, pae.map(other, kPageSize), Access::fetch).signal, Signal::sigsegv);
}

TEST(Fault, a_process_that_eats_all_memory_is_killed_and_the_others_live) {
    ProcessMachine machine;
    const u32 quiet = machine.fork();
    const u32 hungry = machine.fork();
    const u32 half = 30U << 20;
    machine.map(hungry, half);
    const u64 area = machine.map(hungry, half);  // they lie side by side
    machine.memory.processes().current = hungry;
    AccessResult last;
    for (u64 at = area; last.signal == Signal::none && !last.is_out_of_memory; at += kPageSize)
        last = Mmu(machine.memory, 0, ++machine.call, machine.trace).access(hungry, at, Access::write);
    EXPECT_EQ(machine.memory.check(), "");
    EXPECT_EQ(last.signal, Signal::sigkill);
    EXPECT_FALSE(machine.memory.processes().is_alive(hungry));
    EXPECT_TRUE(machine.memory.processes().is_alive(quiet));
    EXPECT_EQ(machine.memory.deadlock(), Deadlock::none);
}

}  // namespace
}  // namespace mmscope
