// The OOM killer: somebody has to go, so that the others can go on.
//
// It is asked when a request of order 0..3 that may not fail finds nothing that could be reclaimed. It picks the
// process with the most pages (badness), which here is the script's own, the only one that has memory; its anonymous
// pages are freed at once, as the oom_reaper does. If there is nobody left the kernel panics. (mm/oom_kill.c)
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// The script's process, as the kernel counts it: anonymous pages in memory. 0 pages: no process to kill.
struct OomCandidate {
    u32 pages = 0;
    bool is_there = false;
};
OomCandidate oom_candidate(const PageAllocator& memory);

// Kills it and frees its pages. False: nobody could be killed ("System is deadlocked on memory").
bool out_of_memory(PageAllocator& memory, const AllocRequest& request, Trace& trace);

}  // namespace mmscope
