// What the reports in a simulated machine's log have in common: the Mem-Info block, the request, and who made it, each in
// the form of the machine's kernel (2.6, 6.1, 6.12, 7.2).
//
// The block is filled from a moment of the machine (mm/memory_moment.h): zones, marks with their boost, reserves, per-CPU
// counts, free lists with their letters. The script itself is the task "script", pid 1; there is no call trace. Left
// out: what of slabs, page tables and mapped pages lies on which of several nodes; 2.6's counts of shared and non-shared
// pages. (show_mem)
#pragma once

#include "mm/page_alloc.h"
#include "procfs/mem_info.h"
#include "procfs/report_caller.h"

namespace mmscope {

class Machine;

// Pages of a zone that reclaim could look at. This is the one place where reclaim's numbers enter the block.
struct ReclaimCounts {
    u64 active_anon = 0, inactive_anon = 0, active_file = 0, inactive_file = 0;
    u64 unevictable = 0;
    u64 isolated_anon = 0, isolated_file = 0;
};
ReclaimCounts reclaim_counts(const Zone& zone);
// Whether kswapd had given up on a node (kswapd_failures).
bool is_all_unreclaimable(const MemoryMoment& moment, u32 node);

// For a request that could use zones up to `highest_index`, made on `cpu`.
MemInfo mem_info_of(const PageAllocator& memory, const MemoryMoment& moment, u32 highest_index, u32 cpu);

inline constexpr u32 kScriptTask = 0;  // where a pid is asked for: the script itself
u32 shown_pid(u32 pid);
std::string task_name(u32 pid);
// In a kernel as tainted as it was before the last command; or with other taints (procfs/kernel_warning.h).
ReportCaller caller_of(const Machine& machine, u32 pid, u32 cpu);
ReportCaller caller_of(const Machine& machine, u32 pid, u32 cpu, u32 taints);
ReportedGfp reported_gfp(const Profile& profile, Gfp mask);
AllowedMemory allowed_memory_of(const PageAllocator& memory);

}  // namespace mmscope
