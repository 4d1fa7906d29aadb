// The two lines about memory of `top` (procps 4), from /proc/meminfo.
//
//   MiB Mem :    455.4 total,    340.7 free,    110.8 used,     43.9 buff/cache
//   MiB Swap:    256.0 total,    256.0 free,      0.0 used.    344.6 avail Mem
//
// `avail Mem` stands on the line of swap because there was room, and is not about swap. Amounts as `free` has them.
#pragma once

#include <string>

#include "procfs/meminfo_file.h"

namespace mmscope {

std::string print_top_memory(const MeminfoFile& meminfo);

}  // namespace mmscope
