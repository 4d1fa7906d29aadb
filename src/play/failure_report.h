// "page allocation failure" of a simulated machine, and what its slab caches found wrong: what its kernel would have
// logged about the last command.
//
// Filled from the machine as the command left it: zones, marks with their boost, reserves, per-CPU counts, free lists
// with their letters; printed in the form of the machine's kernel (2.6, 6.1, 6.12, 7.2). The caller is the task
// "script", pid 1; there is no call trace. As in the kernel nothing is logged for __GFP_NOWARN, nor for GFP_DMA on a
// machine whose DMA zone has no pages. Left out: that the kernel writes at most one report in ten seconds, and 2.6's
// counts of shared and non-shared pages. (warn_alloc, show_mem)
#pragma once

#include <optional>
#include <string>

#include "mm/trace.h"
#include "procfs/alloc_failure_report.h"

namespace mmscope {

class Machine;
class PageAllocator;
class Session;
struct Zone;

// Pages of a zone that reclaim could look at. This is the one place where reclaim's numbers enter the report.
struct ReclaimCounts {
    u64 active_anon = 0, inactive_anon = 0, active_file = 0, inactive_file = 0;
    u64 unevictable = 0;
    u64 isolated_anon = 0, isolated_file = 0;
};
ReclaimCounts reclaim_counts(const Zone& zone);
// Whether kswapd has given up on a node (kswapd_failures).
bool is_all_unreclaimable(const PageAllocator& memory, u32 node);

// `trace` has the events of the last command, `cpu` is where it ran. Nothing if its kernel logged nothing.
std::optional<AllocFailureReport> failure_report_of(const Machine& machine, const Trace& trace, u32 cpu);

// What the kernel logged about a session's last command, '' if nothing: also what slab_debug found in it
// (procfs/slab_report.h); and whether that is anything, which the page's engine asks, so that the printing need not be
// part of it.
std::string kernel_log(const Session& session);
bool has_kernel_log(const Session& session);

}  // namespace mmscope
