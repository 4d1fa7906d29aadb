// What slabtop -o of procps-ng 4 prints of /proc/slabinfo: sums, then the caches with the most objects first.
//
//     OBJS ACTIVE  USE OBJ SIZE  SLABS OBJ/SLAB CACHE SIZE NAME
//    15498  15498 100%    0.19K    738       21      2952K dentry
//
// A cache is active if it has a slab; caches with as many objects stay in the order of slabinfo. Only printed: a
// person's screen is no source of a machine.
#pragma once

#include <string>

#include "procfs/slabinfo.h"

namespace mmscope {

std::string print_slabtop(const SlabInfo& info);

}  // namespace mmscope
