// What a memory cgroup uses: in the place of Mem-Info when a cgroup's limit, not the machine, is what has run out
// (mem_cgroup_print_oom_meminfo).
//
//   memory: usage 24576kB, limit 24576kB, failcnt 56
//   swap: usage 0kB, limit 9007199254740988kB, failcnt 0
//   Memory cgroup stats for /box:
//   anon 24952832
//
// Usage and limits are in kB, the counters below in bytes or in events, as memory.stat has them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "procfs/mem_info.h"

namespace mmscope {

struct MemcgUsage {
    struct Limit {
        std::string of;            // "memory", "swap"; of cgroup v1 "memory+swap", "kmem"
        u64 usage = 0, limit = 0;  // kB
        u64 failcnt = 0;
        friend bool operator==(const Limit&, const Limit&) = default;
    };
    std::vector<Limit> limits;
    std::string path;
    MemInfo::Counters counters;
    friend bool operator==(const MemcgUsage&, const MemcgUsage&) = default;
};

inline constexpr std::string_view kMemcgUsageSign = "memory: usage ";

// Reads the block at whose first line `lines` stands, and stops behind it.
Result<MemcgUsage> parse_memcg_usage(LogLines& lines, std::vector<u32>* skipped = nullptr);
void print_memcg_usage(const MemcgUsage& usage, std::string* out);

}  // namespace mmscope
