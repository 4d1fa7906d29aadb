// Shared memory: files in tmpfs and what processes share without a name.
#include "shared_machine.h"

namespace mmscope {
namespace {

using test::kPath;
using test::kRead;
using test::kWrite;
using test::SharedMachine;

TEST(Shmem, two_processes_that_map_one_file_have_one_frame) {
    SharedMachine machine;
    const u32 file = machine.open(4);
    const u32 a = machine.fork(), b = machine.fork();
    const u64 in_a = machine.map_shared(a, file, 4 * kPageSize), in_b = machine.map_shared(b, file, 4 * kPageSize);
    const Pfn written = machine.write(a, in_a + kPageSize).pfn;
    EXPECT_EQ(machine.read(b, in_b + kPageSize).pfn, written);
    EXPECT_EQ(machine.write(b, in_b + kPageSize).pfn, written);
    EXPECT_EQ(machine.memory.frames().mapcount(written), 2U);
    EXPECT_EQ(machine.rss(a, RssKind::shmem), 1U);
    EXPECT_EQ(machine.rss(b, RssKind::shmem), 1U);
    EXPECT_EQ(machine.state(VmCounter::nr_shmem), 1U);
    EXPECT_EQ(machine.state(VmCounter::nr_file_pages), 1U);
    EXPECT_EQ(machine.state(VmCounter::nr_mapped), 1U);
    EXPECT_EQ(machine.state(VmCounter::nr_inactive_anon), machine.state(VmCounter::nr_anon_pages) + 1);
}

TEST(Shmem, a_page_is_asked_for_as_a_movable_one_of_user_space) {
    const Gfp mask = PageCache::mask(MappingKind::shmem, profile_6_12());
    EXPECT_EQ(mask.bits & ~gfp::kComp, gfp::kKernel | gfp::kHardwall | gfp::kHighmem | gfp::kMovable);
    EXPECT_FALSE(PageCache::mask(MappingKind::shmem, profile_2_6()).has(gfp::kComp));
}

TEST(Shmem, reading_a_hole_makes_no_page_and_writing_does) {
    SharedMachine machine;
    const u32 file = machine.open(4);
    const u32 used = machine.used_frames();
    EXPECT_EQ(machine.pread(file, 0, 4).brought_in, 0U);
    EXPECT_EQ(machine.count(TraceKind::shmem_read_hole), 4U);
    EXPECT_EQ(machine.used_frames(), used);
    EXPECT_EQ(machine.pwrite(file, 1, 2).brought_in, 2U);
    EXPECT_EQ(machine.pread(file, 0, 4).touched, 4U);
    EXPECT_EQ(machine.count(TraceKind::shmem_read_hole), 2U);
    EXPECT_EQ(machine.mapping(file).resident, 2U);
    EXPECT_EQ(machine.state(VmCounter::nr_mapped), 0U);
    EXPECT_EQ(machine.state(VmCounter::nr_dirty), 0U) << "no disk waits for it";
}

TEST(Shmem, a_file_survives_its_processes_and_leaves_with_its_name) {
    SharedMachine machine;
    const u32 file = machine.open(8);
    const u32 used = machine.used_frames();
    const u32 writer = machine.fork();
    const u64 address = machine.map_shared(writer, file, 8 * kPageSize);
    for (u32 page = 0; page < 8; ++page) machine.write(writer, address + page * kPageSize);
    machine.exit(writer);
    EXPECT_EQ(machine.mapping(file).resident, 8U);
    EXPECT_EQ(machine.used_frames(), used + 8);
    PageCache(machine.memory, 0, machine.trace).drop_caches();
    EXPECT_EQ(machine.mapping(file).resident, 8U) << "there is nowhere to read it from again";
    EXPECT_EQ(machine.unlink(), 0);
    EXPECT_EQ(machine.used_frames(), used);
    EXPECT_TRUE(machine.mapping(file).is_gone);
    EXPECT_EQ(machine.unlink(), failed(Errno::enoent));
}

TEST(Shmem, who_maps_an_unlinked_file_keeps_it) {
    SharedMachine machine;
    const u32 file = machine.open(2);
    const u32 pid = machine.fork();
    const u64 address = machine.map_shared(pid, file, 2 * kPageSize);
    machine.write(pid, address);
    EXPECT_EQ(machine.unlink(), 0);
    EXPECT_EQ(shmem_name(machine.memory.mapping_table(), file), kPath + " (deleted)");
    EXPECT_EQ(machine.mapping(file).resident, 1U);
    const u32 second = machine.open(1);
    EXPECT_NE(second, file) << "the name is free for another file";
    machine.munmap(pid, address, 2 * kPageSize);
    EXPECT_TRUE(machine.mapping(file).is_gone);
    EXPECT_FALSE(machine.mapping(second).is_gone);
}

TEST(Shmem, drop_caches_takes_what_nobody_ever_wrote_to) {
    SharedMachine machine;
    const u32 file = machine.open(2);
    const u32 pid = machine.fork();
    const u64 address = machine.map_shared(pid, file, 2 * kPageSize);
    machine.read(pid, address);
    machine.write(pid, address + kPageSize);
    machine.munmap(pid, address, 2 * kPageSize);
    EXPECT_EQ(machine.mapping(file).resident, 2U);
    EXPECT_EQ(PageCache(machine.memory, 0, machine.trace).drop_caches(), 1U);
    EXPECT_EQ(machine.memory.mapping_table().page(file, 0), kNoPfn);
    EXPECT_EQ(machine.memory.check(), "");
}

TEST(Shmem, a_file_goes_to_swap_and_each_way_back_finds_it) {
    SharedMachine machine;
    ASSERT_EQ(Swap(machine.memory, 0, machine.trace).swapon(u64{16} << 20, {}, 1), 0);
    const u32 file = machine.open(64);
    const u32 pid = machine.fork();
    const u64 address = machine.map_shared(pid, file, 64 * kPageSize);
    machine.pwrite(file, 0, 64);
    machine.read(pid, address);
    machine.swap_out();
    ASSERT_EQ(machine.mapping(file).swapped, 64U);
    EXPECT_EQ(machine.rss(pid, RssKind::shmem), 0U);
    EXPECT_TRUE(machine.entry(pid, address).is_none()) << "the file knows the slot, the page table nothing";
    EXPECT_EQ(tmpfs_used(machine.memory, kTmpfsMounts[0]), 64U);
    const u64 major = machine.state(VmCounter::pgmajfault);
    EXPECT_NE(machine.read(pid, address).pfn, kNoPfn);
    EXPECT_EQ(machine.state(VmCounter::pgmajfault), major + 1);
    EXPECT_EQ(machine.pread(file, 1, 1).brought_in, 1U);
    EXPECT_EQ(machine.pwrite(file, 2, 1).brought_in, 1U);
    EXPECT_EQ(machine.state(VmCounter::pgmajfault), major + 1) << "read() and write() are no faults";
    EXPECT_EQ(Swap(machine.memory, 0, machine.trace).swapoff(0, ++machine.call), 0);
    EXPECT_EQ(machine.mapping(file).swapped, 0U);
    EXPECT_EQ(machine.mapping(file).resident, 64U);
    EXPECT_EQ(machine.memory.check(), "");
}

TEST(Shmem, unlinking_gives_slots_back) {
    SharedMachine machine;
    ASSERT_EQ(Swap(machine.memory, 0, machine.trace).swapon(u64{1} << 20, {}, 1), 0);
    machine.pwrite(machine.open(32), 0, 32);
    machine.swap_out();
    EXPECT_LT(machine.memory.swap().free(), machine.memory.swap().total());
    machine.unlink();
    const u32 of_init = machine.mm(kInitPid).swap_entries;  // its stack
    EXPECT_EQ(machine.memory.swap().free() + of_init, machine.memory.swap().total());
}

TEST(Shmem, half_of_memory_is_the_limit_of_a_mount) {
    for (const Profile& profile : profiles()) {
        SharedMachine machine(Arch::x86_64, 16, profile);
        const u32 limit = static_cast<u32>(tmpfs_limit(machine.memory));
        const u32 file = machine.open(limit + 8), other = machine.open(4, "/tmp/other");
        const TouchResult result = machine.pwrite(file, 0, limit + 8);
        EXPECT_TRUE(result.is_full) << profile.name;
        EXPECT_FALSE(result.is_out_of_memory);
        EXPECT_EQ(result.touched, limit);
        EXPECT_EQ(machine.count(TraceKind::shmem_full), 1U);
        const bool had_frame = profile.version > 0x0607;
        EXPECT_EQ(machine.count(TraceKind::mm_page_alloc), limit + (had_frame ? 1 : 0)) << profile.name;
        EXPECT_EQ(committed_pages(machine.memory) - machine.memory.processes().committed, limit);
        EXPECT_EQ(machine.pwrite(other, 0, 4).touched, 4U) << "/tmp is another mount";
        const u32 pid = machine.fork();
        const u64 address = machine.map_shared(pid, file, u64{limit + 8} * kPageSize);
        EXPECT_EQ(machine.write(pid, address).signal, Signal::none) << "that page is there";
        EXPECT_EQ(machine.read(pid, address + u64{limit} * kPageSize).signal, Signal::sigbus);
        machine.unlink();
        EXPECT_EQ(machine.pwrite(machine.open(8), 0, 8).touched, 8U);
    }
}

TEST(Shmem, nothing_may_be_promised_beyond_the_commit_limit) {
    SharedMachine machine;
    VmSysctl sysctl = machine.memory.sysctl();
    sysctl.overcommit_memory = 2;
    sysctl.overcommit_ratio = 10;
    machine.memory.set_sysctl(sysctl);
    const TouchResult result = machine.pwrite(machine.open(4096), 0, 4096);
    EXPECT_TRUE(result.is_full);
    EXPECT_LT(result.touched, tmpfs_limit(machine.memory));
    EXPECT_LE(committed_pages(machine.memory), commit_limit(machine.memory));
}

TEST(Shmem, truncating_drops_what_lies_behind_also_private_copies) {
    SharedMachine machine;
    const u32 file = machine.open(8);
    const u32 a = machine.fork(), b = machine.fork();
    const u64 shared = machine.map_shared(a, file, 8 * kPageSize);
    const u64 own = machine.map_file(b, file, 8 * kPageSize, kRead | kWrite);
    for (u32 page = 0; page < 8; ++page) {
        machine.write(a, shared + page * kPageSize);
        machine.read(b, own + page * kPageSize);
        machine.write(b, own + page * kPageSize);
    }
    EXPECT_EQ(machine.rss(b, RssKind::shmem), 0U);
    machine.truncate(file, 3);
    EXPECT_EQ(machine.mapping(file).resident, 3U);
    EXPECT_EQ(machine.rss(a, RssKind::shmem), 3U);
    EXPECT_TRUE(machine.entry(b, own + 5 * kPageSize).is_none());
    EXPECT_EQ(machine.write(a, shared + 3 * kPageSize).signal, Signal::sigbus);
}

TEST(Shmem, a_file_that_grows_keeps_its_pages_and_has_a_hole_behind) {
    SharedMachine machine;
    const u32 file = machine.open(2), other = machine.open(2, "/tmp/other");
    machine.pwrite(file, 0, 2);
    machine.pwrite(other, 0, 2);
    const Pfn first = machine.memory.mapping_table().page(file, 0);
    machine.truncate(file, 100);
    EXPECT_EQ(machine.memory.mapping_table().page(file, 0), first);
    EXPECT_EQ(machine.pread(file, 0, 100).touched, 100U);
    EXPECT_EQ(machine.count(TraceKind::shmem_read_hole), 98U);
    const Shmem::Opened again = machine.shmem().open(kPath, 1);
    EXPECT_EQ(again.mapping, file);
    EXPECT_FALSE(again.is_new);
    EXPECT_EQ(machine.mapping(file).resident, 1U);
    EXPECT_EQ(machine.memory.check(), "");
}

TEST(Shmem, a_write_marks_a_page_as_used_and_a_second_one_makes_it_active) {
    SharedMachine machine;
    const u32 file = machine.open(1);
    machine.pwrite(file, 0, 1);
    const Pfn pfn = machine.memory.mapping_table().page(file, 0);
    EXPECT_TRUE(machine.memory.frames().mapped(pfn).referenced);
    EXPECT_FALSE(machine.memory.frames().mapped(pfn).active);
    machine.pwrite(file, 0, 1);
    EXPECT_TRUE(machine.memory.frames().mapped(pfn).active);
    SharedMachine old(Arch::x86_64, 64, profile_2_6());
    const u32 classic = old.open(1);
    old.pwrite(classic, 0, 1);
    EXPECT_TRUE(old.memory.frames().mapped(old.memory.mapping_table().page(classic, 0)).active);
}

TEST(Shmem, check_finds_a_file_that_is_kept_for_nobody) {
    SharedMachine machine;
    const u32 file = machine.open(2);
    machine.memory.mapping_table().tmpfs[0].is_linked = false;
    EXPECT_EQ(machine.memory.check(),
              "shared memory is gone and can be reached, or is kept for nobody (" + std::to_string(file) + ")");
}

TEST(Shmem, without_a_process_its_pages_are_cache_all_the_same) {
    PageAllocator memory(Arch::x86_64, profile_6_12(), 64 * 256, 1, 1);
    Trace trace;
    Shmem shmem(memory, 0, 1, trace);
    const u32 file = static_cast<u32>(shmem.open(kPath, 16).mapping);
    shmem.write(file, 0, 16);
    EXPECT_EQ(memory.vmstat(VmCounter::nr_shmem), 16U);
    EXPECT_EQ(memory.vmstat(VmCounter::nr_file_pages), 16U);
    EXPECT_EQ(memory.vmstat(VmCounter::nr_anon_pages), 0U);
    EXPECT_EQ(memory.check(), "");
}

}  // namespace
}  // namespace mmscope
