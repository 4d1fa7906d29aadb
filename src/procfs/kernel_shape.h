// What decides which lines a kernel prints in /proc/meminfo, vmstat and zoneinfo: its version and its word size.
//
// `version` is major * 256 + minor, as in 0x060c. The distribution's kernels behind the fixtures are meant: those of 64
// bits have NUMA and the zones DMA32 and Device, those of 32 bits HighMem. What a kernel between two of the captured ones
// (6.1, 6.12, 7.2) prints is taken to be what the older of the two did, and 2.6 prints the lines of 6.1.
#pragma once

#include "base/types.h"

namespace mmscope {

struct KernelShape {
    u16 version = 0x060c;
    bool is_64_bit = true;
    bool has_pae = false;  // of 32 bits: three levels of page tables, huge pages of 2 MiB
};

}  // namespace mmscope
