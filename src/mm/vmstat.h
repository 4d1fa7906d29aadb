// Event counters of /proc/vmstat, declared once, with the kernel's names. Units: pages; numa_*: allocations.
//
// The zones count (zone.h) and PageAllocator::vmstat sums up. With no memory policy in play, a hit is always
// local and a miss always other and foreign.
#pragma once

#include <string_view>

#include "base/types.h"

namespace mmscope {

#define MMSCOPE_VMSTAT(X)                                                                                              \
    X(pgalloc_dma) X(pgalloc_dma32) X(pgalloc_normal) X(pgalloc_high) X(pgalloc_movable) X(pgalloc_device)             \
    X(pgfree) X(numa_hit) X(numa_miss) X(numa_foreign) X(numa_local) X(numa_other)

enum class VmCounter : u8 {
#define MMSCOPE_X(name) name,
    MMSCOPE_VMSTAT(MMSCOPE_X)
#undef MMSCOPE_X
};

inline constexpr std::string_view kVmCounterNames[] = {
#define MMSCOPE_X(name) #name,
    MMSCOPE_VMSTAT(MMSCOPE_X)
#undef MMSCOPE_X
};
inline constexpr u32 kVmCounters = sizeof(kVmCounterNames) / sizeof(kVmCounterNames[0]);

}  // namespace mmscope
