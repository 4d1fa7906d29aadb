// "X invoked oom-killer" of a simulated machine: what its kernel would have logged about the last command's kills.
//
// Filled from what the killer remembers of each (mm/oom_kill.h): the tasks and the memory as they were when it chose.
// Tasks are named as `ps` names them, all of user 0; the script's own process is "script", pid 1. Caches are listed
// where slab holds more than the LRU lists, as they stand after the command. Printed in the forms of 6.1, 6.12 and 7.2;
// of 2.6 only who was killed, without the report before it. Left out: what a panic says of the stack, cpusets, memory
// cgroups. (dump_header)
#pragma once

#include <string>

#include "mm/page_alloc.h"
#include "procfs/oom_report.h"

namespace mmscope {

class Machine;

// Whether command number `call` made the kernel log a kill.
bool has_oom_log(const PageAllocator& memory, u32 call);
// The reports of the last command that needed any, and behind the tenth who was killed.
std::string oom_log(const Machine& machine);
// One kill, or panic, that is remembered in full.
OomReport oom_report_of(const Machine& machine, const OomKill& kill);

}  // namespace mmscope
