#include "process_table.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "clock.h"
#include "mm/fault.h"
#include "mm/fork.h"
#include "mm/mmap.h"
#include "mm/page_cache.h"
#include "mm/vmscan.h"

namespace bench {

using namespace mmscope;

namespace {

constexpr u32 kFrames = 262144;  // 1 GiB
constexpr u32 kFaults = 100'000;
constexpr u32 kForkPages = 10'000;
constexpr u32 kMillion = 1'000'000;
constexpr u32 kReadWrite = prot::kRead | prot::kWrite;

// A machine with one process besides init.
struct Machine {
    PageAllocator memory;
    Trace& trace;
    u32 pid = 0;

    Machine(const Profile& profile, Trace& of) : memory(Arch::x86_64, profile, kFrames, 1, 1), trace(of) {
        control().start_init(*read_tlb_geometry("skylake"));
        pid = static_cast<u32>(control().fork(kInitPid));
    }
    ProcessControl control() { return ProcessControl(memory, 0, 1, trace); }
    u64 map(u32 pages) {
        const MmapRequest request{0, u64{pages} * kPageSize, kReadWrite, map_flag::kPrivate | map_flag::kAnonymous};
        return static_cast<u64>(ProcessMemory(memory, pid, 0, 1, trace).mmap(request));
    }
    void write(u64 start, u32 pages) {
        Mmu mmu(memory, 0, 1, trace);
        for (u32 at = 0; at < pages; ++at) mmu.access(pid, start + u64{at} * kPageSize, Access::write);
    }
};

double hit(Machine& machine) {
    const u64 start = machine.map(1);
    machine.write(start, 1);
    Mmu mmu(machine.memory, 0, 1, machine.trace);
    const double begin = nanoseconds();
    for (u32 at = 0; at < kMillion; ++at) mmu.access(machine.pid, start + (at & 0xff8), Access::read);
    return (nanoseconds() - begin) / kMillion;
}

double fault(Machine& machine) {
    const u64 start = machine.map(kFaults);
    const double begin = nanoseconds();
    machine.write(start, kFaults);
    return (nanoseconds() - begin) / kFaults;
}

double fork(Machine& machine) {
    const u64 start = machine.map(kForkPages);
    machine.write(start, kForkPages);
    const double begin = nanoseconds();
    machine.control().fork(machine.pid);
    return (nanoseconds() - begin) / kForkPages;
}

double reclaim(Machine& machine) {
    PageCache cache(machine.memory, 0, machine.trace);
    const u32 file = cache.add(MappingKind::file, kFaults + kFaults / 10, 1);
    cache.touch(file, 0, kFaults + kFaults / 10, 1);
    const AllocRequest request = machine.memory.request_of({gfp::kKernel}, {0}, 1, 0);
    u32 freed = 0;
    const double begin = nanoseconds();
    while (freed < kFaults) {
        const u32 now = Reclaim(machine.memory, 0, machine.trace).try_to_free_pages(request);
        if (now == 0) break;
        freed += now;
    }
    return (nanoseconds() - begin) / freed;
}

}  // namespace

void print_process_table(u32 rounds, std::string_view only, const Profile& profile) {
    Trace off;
    Trace on(1U << 12);
    std::printf("processes, kernel %.*s\n", static_cast<int>(profile.name.size()), profile.name.data());
    std::printf("  %-10s %10s %10s   ns, median of %u\n", "what", "trace off", "trace on", rounds);
    const auto median = [&](Trace& trace, double (*run)(Machine&)) {
        std::vector<double> times;
        for (u32 round = 0; round < rounds; ++round) {
            Machine machine(profile, trace);
            times.push_back(run(machine));
        }
        std::sort(times.begin(), times.end());
        return times[times.size() / 2];
    };
    const auto row = [&](std::string_view name, double (*run)(Machine&)) {
        if (!only.empty() && only != name) return;
        const double without = median(off, run);
        const double with = median(on, run);
        std::printf("  %-10.*s %10.2f %10.2f\n", static_cast<int>(name.size()), name.data(), without, with);
        std::fflush(stdout);
    };
    row("hit", hit);
    row("fault", fault);
    row("fork", fork);
    row("reclaim", reclaim);
}

}  // namespace bench
