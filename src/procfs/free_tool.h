// `free` of procps 4: total, used and available memory in columns, from /proc/meminfo.
//
//                  total        used        free      shared  buff/cache   available
//   Mem:          466372      113464      348852       31720       44916      352908
//   Swap:         262140           0      262140
//
// used is total less available, so the columns do not add up to total; buff/cache is Buffers + Cached + SReclaimable.
// Older versions and BusyBox reckon otherwise. Left out: -v, -L, the repetition of -s and -c, and units beyond GiB.
#pragma once

#include <string>

#include "procfs/meminfo_file.h"

namespace mmscope {

// What procps makes of a meminfo, in KiB; top and vmstat show the same.
struct MemoryUse {
    u64 total = 0, used = 0, free = 0, shared = 0;
    u64 buffers = 0;
    u64 cache = 0;  // Cached + SReclaimable
    u64 available = 0;
    u64 low_total = 0, low_free = 0, high_total = 0, high_free = 0;  // without HighMem all is low
    u64 swap_total = 0, swap_used = 0, swap_free = 0;
};

MemoryUse memory_use(const MeminfoFile& meminfo);

struct FreeOptions {
    enum class Unit : u8 { bytes, kibi, mebi, gibi, human };
    Unit unit = Unit::kibi;
    bool is_si = false;      // --si: powers of 1000
    bool is_wide = false;    // -w: buffers and cache apart
    bool has_zones = false;  // -l: low and high memory
    bool has_total = false;  // -t
};

std::string print_free(const MeminfoFile& meminfo, const FreeOptions& options = {});
// An amount as -h writes it: "0B", "1.2Gi", "110Mi"; with powers of 1000 "116M". At most three characters of number.
std::string human_size(u64 kib, bool is_si);

}  // namespace mmscope
