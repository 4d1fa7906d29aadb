// Dirty pages: who makes them, who writes them, and what reclaim does about them.
#include "mm/writeback.h"

#include "paged_machine.h"
#include "process_machine.h"

namespace mmscope {
namespace {

using test::PagedMachine;
using test::ProcessMachine;

u64 dirty(const PageAllocator& memory) { return memory.vmstat(VmCounter::nr_dirty); }

TEST(Writeback, BeginsWithAWriteAndEndsWithSync) {
    PagedMachine machine;
    const u32 file = machine.file(100);
    EXPECT_EQ(machine.cache().write(file, 10, 5, 1).brought_in, 5U);
    EXPECT_EQ(dirty(machine.memory), 5U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::pgpgin), 0U) << "whole pages are not read before they are written";
    machine.cache().write(file, 12, 1, 2);
    EXPECT_EQ(dirty(machine.memory), 5U) << "it was dirty already";
    EXPECT_EQ(Writeback(machine.memory, 0, machine.trace).sync(), 5U);
    EXPECT_EQ(dirty(machine.memory), 0U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::nr_dirtied), 5U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::nr_written), 5U);
    EXPECT_EQ(machine.memory.vmstat(VmCounter::pgpgout), 20U) << "KiB";
    EXPECT_EQ(machine.resident(file), 5U) << "clean, and still in memory";
    EXPECT_EQ(machine.memory.check(), "");
}

TEST(Writeback, LimitsAreSharesOfWhatCouldBeDirtied) {
    PagedMachine machine;
    const u64 there = dirtyable_pages(machine.memory);
    EXPECT_EQ(there, machine.zone().nr_free_pages - machine.zone().mark(Watermark::high) + 1U);
    const Writeback::Limits limits = Writeback(machine.memory, 0, machine.trace).limits();
    EXPECT_EQ(limits.limit, 819 * there / 4096) << "20 percent, as the kernel rounds";
    EXPECT_EQ(limits.background, 409 * there / 4096);
    VmSysctl sysctl = machine.memory.sysctl();
    sysctl.dirty_background_ratio = 30;
    machine.memory.write_sysctl(SysctlName::dirty_background_ratio, sysctl);
    EXPECT_EQ(Writeback(machine.memory, 0, machine.trace).limits().background, limits.limit / 2);
}

TEST(Writeback, StartsAboveTheBackgroundLimitAndStopsThere) {
    PagedMachine machine;
    const u32 file = machine.file(8000);
    const u64 background = Writeback(machine.memory, 0, machine.trace).limits().background;
    machine.cache().write(file, 0, static_cast<u32>(background) + 100, 1);
    EXPECT_LE(dirty(machine.memory), background);
    EXPECT_GE(machine.memory.vmstat(VmCounter::nr_written), 99U);
}

TEST(Writeback, LetsWritersWaitWhereTheFlusherMayNotRunBeside) {
    PagedMachine machine;
    const u32 file = machine.file(8000);
    Writeback writeback(machine.memory, 0, machine.trace);
    machine.trace.begin();
    // Nobody goes back to user mode between these writes.
    for (u32 index = 0; index < 8000; ++index) {
        const Pfn pfn = machine.cache().get_page(file, index, 1);
        writeback.mark_dirty(pfn);
        writeback.balance();
        ASSERT_LE(dirty(machine.memory), writeback.limits().wait() + 1);
    }
    EXPECT_NE(machine.count(TraceKind::balance_dirty_pages), 0U);
}

TEST(Writeback, WritesWhatIsOld) {
    PagedMachine machine;
    MappingTable& table = machine.memory.mapping_table();
    const u32 old_file = machine.file(10), young_file = machine.file(10);
    Writeback writeback(machine.memory, 0, machine.trace);
    machine.cache().write(old_file, 0, 4, 1);
    table.seconds = 20;
    machine.cache().write(young_file, 0, 3, 2);
    writeback.write_expired();
    EXPECT_EQ(dirty(machine.memory), 7U);
    table.seconds = 35;
    writeback.write_expired();
    EXPECT_EQ(dirty(machine.memory), 3U);
    table.seconds = 55;
    writeback.write_expired();
    EXPECT_EQ(dirty(machine.memory), 0U);
}

TEST(Writeback, IsNotReclaimsWork) {
    PagedMachine machine;
    const u32 file = machine.file(64);
    machine.cache().write(file, 0, 64, 1);
    const AllocRequest request = machine.memory.request_of(test::kKernelMask, {0}, 1, 0);
    machine.trace.begin();
    EXPECT_EQ(Reclaim(machine.memory, 0, machine.trace).try_to_free_pages(request), 0U);
    EXPECT_EQ(machine.resident(file), 64U);
    EXPECT_GT(machine.size(LruList::active_file), 0U) << "out of reclaim's way";
    EXPECT_GE(machine.memory.vmstat(VmCounter::nr_vmscan_immediate_reclaim), 64U) << "each of them, and some again";
    machine.run_daemons();
    EXPECT_EQ(dirty(machine.memory), 0U) << "reclaim has woken the flusher";
    EXPECT_NE(Reclaim(machine.memory, 0, machine.trace).try_to_free_pages(request), 0U);
    EXPECT_EQ(machine.memory.check(), "");
}

TEST(Writeback, LeavesDirtyPagesInTheCacheWhenCachesAreDropped) {
    PagedMachine machine;
    const u32 file = machine.file(20);
    machine.touch(file);
    machine.cache().write(file, 5, 2, 1);
    EXPECT_EQ(machine.cache().drop_caches(), 18U);
    EXPECT_EQ(machine.resident(file), 2U);
    Writeback(machine.memory, 0, machine.trace).sync();
    EXPECT_EQ(machine.cache().drop_caches(), 2U);
}

TEST(Writeback, NoticesTheNextWriteThroughASharedMappingAgain) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u32 file = machine.file(4);
    const u64 at = machine.map_file(pid, file, 4 * kPageSize, test::kRead | test::kWrite, map_flag::kShared);
    Mmu mmu(machine.memory, 0, 1, machine.trace);
    EXPECT_EQ(mmu.access(pid, at, Access::read).faults, 1U);
    EXPECT_EQ(dirty(machine.memory), 0U);
    EXPECT_EQ(mmu.access(pid, at, Access::write).faults, 1U);
    EXPECT_EQ(dirty(machine.memory), 1U);
    EXPECT_EQ(mmu.access(pid, at, Access::write).faults, 0U);
    Writeback(machine.memory, 0, machine.trace).sync();
    EXPECT_EQ(dirty(machine.memory), 0U);
    EXPECT_EQ(mmu.access(pid, at, Access::read).faults, 0U) << "reading goes on";
    EXPECT_EQ(mmu.access(pid, at, Access::write).faults, 1U) << "the entry had lost W, and the TLB was told";
    EXPECT_EQ(dirty(machine.memory), 1U);
    machine.exit(pid);
    EXPECT_EQ(dirty(machine.memory), 1U) << "the file stays dirty when nobody maps it any more";
}

TEST(Writeback, HasNothingToDoWithPrivateCopies) {
    ProcessMachine machine;
    const u32 pid = machine.fork();
    const u32 file = machine.file(4);
    const u64 at = machine.map_file(pid, file, 4 * kPageSize, test::kRead | test::kWrite);
    Mmu(machine.memory, 0, 1, machine.trace).access(pid, at, Access::write);
    EXPECT_EQ(dirty(machine.memory), 0U);
}

}  // namespace
}  // namespace mmscope
