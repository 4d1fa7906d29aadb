// The OOM killer: somebody has to go, so that the others can go on.
//
// It is asked when a request of order 0..3 that may not fail finds nothing that could be reclaimed. It picks the
// process with the most pages (badness): resident ones, those on swap and its page tables, init excepted. The script's
// own process has what its simple areas have. Pages are freed at once, as the oom_reaper does. If there is nobody left
// the kernel panics. Left out: oom_score_adj. (mm/oom_kill.c)
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// Whom it would choose; among equals the one that came first.
struct OomCandidate {
    u32 pages = 0;  // badness
    u32 pid = 0;    // 0: the script's own process
    bool is_there = false;
};
OomCandidate oom_candidate(const PageAllocator& memory);

// Kills it and frees its pages. Not is_there: nobody could be killed ("System is deadlocked on memory").
OomCandidate out_of_memory(PageAllocator& memory, const AllocRequest& request, Trace& trace);

}  // namespace mmscope
