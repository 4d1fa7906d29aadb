// "page allocation failure": what the kernel logs when a request that may fail has failed (warn_alloc, 2.6 to 7.2).
//
//   insmod: page allocation failure: order:0, mode:0x820(GFP_ATOMIC), nodemask=(null),cpuset=/,mems_allowed=0
//   CPU: 0 UID: 0 PID: 151 Comm: insmod Not tainted 6.12.117+deb12-cloud-amd64 #1
//   Mem-Info:
//   ...
//
// vmalloc writes the same report with its own words in the place of the order. 2.6 writes
// "eat: page allocation failure. order:4, mode:0x20" and nothing about nodes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "procfs/mem_info.h"
#include "procfs/report_caller.h"

namespace mmscope {

struct AllocFailureReport {
    std::string comm;
    std::optional<u32> order;  // of a page allocation
    std::string vmalloc;       // "size 943718400, exceeds total pages", if it is vmalloc's
    ReportedGfp mode;
    std::optional<AllowedMemory> allowed;  // not in 2.6
    std::optional<ReportCaller> caller;
    MemInfo mem_info;
    friend bool operator==(const AllocFailureReport&, const AllocFailureReport&) = default;
};

// Reads the report at whose first line `lines` stands, and stops behind it.
Result<AllocFailureReport> parse_alloc_failure_report(LogLines& lines, std::vector<u32>* skipped = nullptr);
bool is_alloc_failure_head(std::string_view line);
// Without time stamps.
std::string print_alloc_failure_report(const AllocFailureReport& report);

}  // namespace mmscope
