// The OOM killer: somebody has to go, so that the others can go on.
//
// It is asked when a request of order 0..3 that may not fail finds nothing that could be reclaimed. It weighs every
// process but init: the pages that it has in memory, its swap entries, the frames of its page tables, and to that a
// thousandth of all memory for each point of its oom_score_adj; the greatest sum goes, and -1000 never does. The
// script's own process has what its simple areas have. Pages are freed at once, as the oom_reaper does. If there is
// nobody left the kernel panics, and with panic_on_oom before it looks for anybody. 2.6 weighs otherwise
// (mm/oom_classic.h). Left out: memory cgroups, cpusets. (mm/oom_kill.c)
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// Whom it would choose; among equals the one that came last, as in oom_evaluate_task.
struct OomCandidate {
    u32 pages = 0;
    u32 pid = 0;  // 0: the script's own process
    bool is_there = false;
};
OomCandidate oom_candidate(const PageAllocator& memory);

// Kills it and frees its pages. Not is_there: nobody could be killed ("System is deadlocked on memory"), or nobody
// should be (panic_on_oom).
OomCandidate out_of_memory(PageAllocator& memory, const AllocRequest& request, Trace& trace);

// All that may be killed, the oldest first.
std::vector<WeighedTask> weighed_tasks(const PageAllocator& memory);
// RAM and swap, in pages: what oom_score_adj is a share of.
u64 oom_total_pages(const PageAllocator& memory);
// oom_badness(): nothing for one that is never killed.
std::optional<i64> oom_badness(const WeighedTask& task, u64 total_pages);
// /proc/PID/oom_score of a process that lives: 667 for one that weighs nothing, 0 for one that is never killed; in 2.6
// its points themselves.
u32 oom_score(const PageAllocator& memory, u32 pid);
// A write to /proc/PID/oom_score_adj: 0, or -EINVAL beyond -1000 to 1000. fork() hands it on.
i64 set_oom_score_adj(PageAllocator& memory, u32 pid, i64 value, Trace& trace);

}  // namespace mmscope
