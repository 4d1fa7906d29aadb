// The names of the counters that kernels print, in their order: of a zone, of a node, of the whole machine.
//
// zoneinfo prints a zone's and a node's; /proc/vmstat prints the sums of both over the machine, in that order, and behind
// them thresholds and events. The lists are those of the captured kernels, line by line (mm/vmstat.c: vmstat_text).
#pragma once

#include <string_view>
#include <vector>

#include "procfs/kernel_shape.h"

namespace mmscope {

using CounterNames = std::vector<std::string_view>;

CounterNames zone_counter_names(const KernelShape& kernel);
CounterNames node_counter_names(const KernelShape& kernel);
CounterNames vmstat_names(const KernelShape& kernel);

}  // namespace mmscope
