// /proc/meminfo and /proc/vmstat of a simulated machine, and the terms of its MemAvailable.
//
// Gauges are zoneinfo's, summed, and those that mm/vmstat counts for the whole machine; events are mm/vmstat's, under
// the kernel's names. An imported machine adds to the gauges what its zoneinfo had before the script began; its events
// count from there. All that the model has no counter for is 0: in meminfo Buffers, zswap, Committed_AS,
// VmallocUsed (before 7.2), Percpu, HardwareCorrupted, all lines of huge pages but AnonHugePages and Hugepagesize, of CMA, of the direct
// map; in vmstat every name that MMSCOPE_VMSTAT lacks and zoneinfo has as 0, with the dirty thresholds among them.
#pragma once

#include "mm/page_alloc.h"
#include "procfs/mem_available.h"
#include "procfs/meminfo_file.h"
#include "procfs/swaps_file.h"
#include "procfs/vmstat_file.h"
#include "procfs/vmstat_tool.h"

namespace mmscope {

class Machine;

MeminfoFile meminfo_of(const Machine& machine);
VmstatFile vmstat_of(const Machine& machine);
// The areas in the order in which they were added, named /dev/swap0 by their numbers.
SwapsFile swaps_of(const Machine& machine);
MemAvailable mem_available_of(const Machine& machine);

// What `vmstat` looks at. Nothing here takes CPU time: the only process that runs is vmstat itself, and the machine
// has been idle for one second since boot, so a counter's rate is its value.
VmstatMoment vmstat_moment_of(const Machine& machine);
// The same as it was when the events of `counted` had been counted: gauges are those of now.
VmstatMoment vmstat_moment_of(const Machine& machine, const PageAllocator::Counted& counted);

}  // namespace mmscope
