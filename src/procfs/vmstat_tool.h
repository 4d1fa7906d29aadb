// `vmstat` of procps 4: one row of columns about processes, memory, swap, block devices and the CPU.
//
//   procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----
//    r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st
//    1  0      0 348852      4  44968    0    0  4902     0  200  588  7 50 42  0  0
//
// Memory is KiB at this moment; si, so, bi, bo are KiB a second, in and cs are events a second, the CPU's columns are
// percent. The first row of a real vmstat is the average since boot, the others are differences. All rounded.
#pragma once

#include <string>

#include "procfs/meminfo_file.h"
#include "procfs/vmstat_file.h"

namespace mmscope {

// What vmstat takes from /proc/stat. Times are ticks of 1/100 s, all CPUs together.
struct CpuActivity {
    u64 running = 0, blocked = 0;              // processes now
    u64 interrupts = 0, context_switches = 0;  // since boot
    u64 user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
    u64 guest = 0;  // also in user
    u64 boot_time = 0;  // seconds since 1970
    u64 forks = 0;      // since boot
};

// The three files at one moment.
struct VmstatMoment {
    MeminfoFile memory;
    VmstatFile counters;
    CpuActivity activity;
};

struct VmstatRow {
    u64 running = 0, blocked = 0;
    u64 swapped = 0, free = 0, buffers = 0, cache = 0, inactive = 0, active = 0;
    u64 swap_in = 0, swap_out = 0, blocks_in = 0, blocks_out = 0;
    u64 interrupts = 0, context_switches = 0;
    u64 user = 0, system = 0, idle = 0, iowait = 0, stolen = 0, guest = 0;
};

// The average since boot, as the ticks of all CPUs count it: on two CPUs half of what a second really had. Where no
// tick has passed, one has, and it was idle.
VmstatRow vmstat_since_boot(const VmstatMoment& now);
// What happened in between, over so many seconds (at least 1). A counter that went back counts as still.
VmstatRow vmstat_between(const VmstatMoment& before, const VmstatMoment& now, u64 seconds);

struct VmstatOptions {
    bool shows_active = false;  // -a: inact and active instead of buff and cache
    bool is_wide = false;       // -w
};

std::string vmstat_heading(const VmstatOptions& options);
std::string print_vmstat_row(const VmstatRow& row, const VmstatOptions& options);
// -s: everything that it knows since boot, a number and its name a line.
std::string print_vmstat_sums(const VmstatMoment& now);

}  // namespace mmscope
