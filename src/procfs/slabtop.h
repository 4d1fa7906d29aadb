// What slabtop -o of procps-ng 4 prints of /proc/slabinfo: sums, then the caches, those with the most objects first.
//
//     OBJS ACTIVE  USE OBJ SIZE  SLABS OBJ/SLAB CACHE SIZE NAME
//    15498  15498 100%    0.19K    738       21      2952K dentry
//
// A cache is active if it has a slab. Another column may sort (-s), from its largest number down, names from A on;
// equal caches stay in the order of slabinfo. Only printed: a person's screen is no source of a machine.
#pragma once

#include <string>
#include <string_view>

#include "procfs/slabinfo.h"

namespace mmscope {

enum class SlabtopSort : u8 {
    active_objects, objects_per_slab, cache_size, slabs, name, objects, pages_per_slab, object_size, use, active_slabs
};
inline constexpr std::string_view kSlabtopLetters = "abclnopsuv";  // of -s, in the order of SlabtopSort

std::string print_slabtop(const SlabInfo& info, SlabtopSort sort = SlabtopSort::objects);

}  // namespace mmscope
