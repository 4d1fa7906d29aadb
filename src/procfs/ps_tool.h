// What `ps` (procps 4) prints of the processes of a machine: what of its columns is about memory, and who they are.
//
//     PID  PPID %MEM    VSZ   RSS COMMAND
//       1     0  0.2    132     4 init
//
// VSZ and RSS are KiB, %MEM is RSS in percent of MemTotal, cut off behind a tenth; OOM and OOMADJ are the process's
// oom_score and oom_score_adj. A text wider than its column pushes the next one, which takes back of its own blanks what
// it can. The width of a pid is that of a kernel whose pid_max is 32768. Left out: everything about time, terminals and
// users.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace mmscope {

struct PsProcess {
    u32 pid = 0;
    u32 parent = 0;
    u64 vsz = 0;  // KiB
    u64 rss = 0;
    u32 oom_score = 0;
    i32 oom_score_adj = 0;
    std::string name;
};

enum class PsColumn : u8 { pid, ppid, percent_mem, vsz, rss, oom, oomadj, comm };
inline constexpr u32 kPsColumns = 8;
inline constexpr std::string_view kPsColumnNames[] = {"pid", "ppid", "%mem", "vsz", "rss", "oom", "oomadj", "comm"};
static_assert(std::size(kPsColumnNames) == kPsColumns);
inline constexpr PsColumn kUsualPsColumns[] = {PsColumn::pid, PsColumn::ppid, PsColumn::percent_mem,
                                               PsColumn::vsz, PsColumn::rss,  PsColumn::comm};

std::string print_ps(std::span<const PsProcess> processes, std::span<const PsColumn> columns, u64 mem_total_kib);

}  // namespace mmscope
