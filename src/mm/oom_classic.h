// The OOM killer of 2.6.32, before it was written anew (2.6.36): a process weighs what it has mapped, used or not.
//
//   points = total_vm, and of each child a half of its total_vm and 1     pages
//            / 4 for CAP_SYS_ADMIN, / 4 for CAP_SYS_RAWIO                  all here are root's and have both
//            << oom_adj, >> -oom_adj                                       -17 .. 15; -17: is never killed
//
// The heaviest is chosen, among equals the oldest, and killed is its oldest child that may be. Processes that have run
// long weigh less there: by the square root of their CPU time in units of 8 seconds and the fourth root of their age
// in units of 1024 seconds, of which the model keeps neither; nor is anybody nice, which doubles. oom_adj is taken from
// oom_score_adj, which came later, as the kernels that had both showed it. (badness, select_bad_process,
// oom_kill_process)
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

inline constexpr i32 kOomDisable = -17;
inline constexpr i32 kOomAdjustMax = 15;

// oom_adj, -17 .. 15, for an oom_score_adj of -1000 .. 1000.
i32 classic_oom_adj(i32 oom_score_adj);
// 0 for one that is never killed.
u64 classic_badness(const PageAllocator& memory, const WeighedTask& task);
// The oldest child of a process that may be killed; 0: none. The script's own process (0) has no children.
u32 classic_child_to_kill(const PageAllocator& memory, u32 pid);

}  // namespace mmscope
