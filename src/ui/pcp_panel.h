// The per-CPU lists of one zone: for each CPU its counters and the blocks on its lists, which no longer count as free.
//
//     CPU 0   count 63  high 126  batch 63  high_min 252  high_max 3,968  free_count 0  alloc_factor 1
//     [0U  12] [0M  51] [0E   .] [1U   .] ...      order and migratetype of a list, blocks on it, their share as a bar
//
// struct per_cpu_pages; which counters there are is the profile's. A press on a list opens its blocks.
#pragma once

#include "ui/panel.h"

namespace mmscope {

MMSCOPE_LATER void pcp_panel(PanelContext& context);

// The counters of one CPU's lists as the kernel names them, those that this kernel has.
struct NamedNumber {
    const char* name;
    i64 number;
};
std::vector<NamedNumber> pcp_numbers(const PageAllocator& memory, const Zone& zone, u32 cpu);

}  // namespace mmscope
