// A machine with processes for tests: 64 MiB, two CPUs; every call is followed by check().
#pragma once

#include <gtest/gtest.h>

#include "mm/address_event.h"
#include "mm/fault.h"
#include "mm/fork.h"
#include "mm/mmap.h"
#include "mm/page_cache.h"
#include "mm/rmap.h"

namespace mmscope::test {

inline constexpr u32 kRead = prot::kRead, kWrite = prot::kWrite, kExec = prot::kExec;
inline constexpr u32 kPrivateAnonymous = map_flag::kPrivate | map_flag::kAnonymous;
inline constexpr u32 kSharedAnonymous = map_flag::kShared | map_flag::kAnonymous;

class ProcessMachine {
public:
    explicit ProcessMachine(Arch arch = Arch::x86_64, u32 mebibytes = 64, const Profile& profile = profile_6_12())
        : memory(arch, profile, mebibytes * 256, 1, 2), trace(1U << 16) {
        EXPECT_TRUE(control().start_init(*read_tlb_geometry("skylake")));
        EXPECT_EQ(memory.check(), "");
    }

    u32 fork(u32 parent = kInitPid) {
        const i64 pid = begin(parent).fork(parent);
        EXPECT_EQ(memory.check(), "");
        EXPECT_GT(pid, 0);
        return static_cast<u32>(pid);
    }
    void exit(u32 pid) {
        begin(pid).exit(pid, Signal::none);
        EXPECT_EQ(memory.check(), "");
    }
    i64 exec(u32 pid, u32 file) {
        const i64 result = begin(pid).exec(pid, file);
        EXPECT_EQ(memory.check(), "");
        return result;
    }
    u32 file(u32 pages) { return PageCache(memory, cpu, trace).add(MappingKind::file, pages, ++call); }
    void touch_file(u32 file) {
        PageCache(memory, cpu, trace).touch(file, 0, memory.mapping_table().mappings[file].pages, ++call);
    }

    i64 mmap(u32 pid, const MmapRequest& request) {
        return checked([&] { return calls(pid).mmap(request); });
    }
    u64 map(u32 pid, u64 bytes, u32 protection = kRead | kWrite, u32 flags = kPrivateAnonymous) {
        const i64 address = mmap(pid, {0, bytes, protection, flags});
        EXPECT_GT(address, 0);
        return static_cast<u64>(address);
    }
    u64 map_file(u32 pid, u32 number, u64 bytes, u32 protection, u32 flags = map_flag::kPrivate) {
        return static_cast<u64>(mmap(pid, {0, bytes, protection, flags, number}));
    }
    i64 munmap(u32 pid, u64 address, u64 bytes) {
        return checked([&] { return calls(pid).munmap(address, bytes); });
    }
    i64 mprotect(u32 pid, u64 address, u64 bytes, u32 protection) {
        return checked([&] { return calls(pid).mprotect(address, bytes, protection); });
    }
    i64 brk(u32 pid, u64 address) {
        return checked([&] { return calls(pid).brk(address); });
    }
    AccessResult access(u32 pid, u64 address, Access access) {
        memory.processes().current = pid;
        trace.begin();
        const AccessResult result = Mmu(memory, cpu, ++call, trace).access(pid, address, access);
        EXPECT_EQ(memory.check(), "");
        return result;
    }
    AccessResult read(u32 pid, u64 address) { return access(pid, address, Access::read); }
    AccessResult write(u32 pid, u64 address) { return access(pid, address, Access::write); }

    const Mm& mm(u32 pid) const { return memory.processes().mm(pid); }
    u32 rss(u32 pid, RssKind kind) const { return mm(pid).rss[static_cast<u32>(kind)]; }
    u32 count(TraceKind kind) const {
        u32 sum = 0;
        for (u32 at = 0; at < trace.kept(); ++at) sum += trace.kept_event(at).kind == kind;
        return sum;
    }
    // Kinds of the last call's events that are not the page allocator's.
    std::vector<TraceKind> story() const {
        std::vector<TraceKind> kinds;
        for (u32 at = 0; at < trace.kept(); ++at) {
            const TraceKind kind = trace.kept_event(at).kind;
            if (kind >= TraceKind::mmu_access || kind == TraceKind::mm_page_alloc) kinds.push_back(kind);
        }
        return kinds;
    }
    PageTables tables(u32 pid) { return PageTables(memory, memory.processes().processes[pid - 1].mm, cpu, trace); }
    PageEntry entry(u32 pid, u64 address) {
        const std::optional<EntryPlace> place = tables(pid).find(address);
        return place ? tables(pid).read(*place) : PageEntry();
    }
    ProcessMemory calls(u32 pid) { return ProcessMemory(memory, pid, cpu, ++call, trace); }
    ProcessControl control() { return ProcessControl(memory, cpu, ++call, trace); }
    u32 used_frames() const {
        u32 used = 0;
        for (const Zone& zone : memory.zones())
            used += zone.managed - zone.free_pages - memory.pcp_count(zone.position);
        return used;
    }

    PageAllocator memory;
    Trace trace;
    u32 cpu = 0;
    u32 call = 0;

private:
    ProcessControl begin(u32 pid) {
        memory.processes().current = pid;
        trace.begin();
        return control();
    }
    template <class Call>
    i64 checked(Call made) {
        trace.begin();
        const i64 result = made();
        EXPECT_EQ(memory.check(), "");
        return result;
    }
};

}  // namespace mmscope::test
