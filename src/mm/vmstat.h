// Event counters of /proc/vmstat, declared once, with the kernel's names. Units: pages; numa_*: allocations.
//
// Of pages handed out and taken back the zones count (zone.h), the first ones below are sums over them, and so are the
// nr_* gauges but for those of slabs; the others are counted where they happen (PageAllocator::count). With no memory
// policy in play, a hit is always local and a miss always other and foreign.
#pragma once

#include <string_view>

#include "base/types.h"

namespace mmscope {

#define MMSCOPE_VMSTAT(X)                                                                                              \
    X(pgalloc_dma) X(pgalloc_dma32) X(pgalloc_normal) X(pgalloc_high) X(pgalloc_movable) X(pgalloc_device)             \
    X(pgfree) X(numa_hit) X(numa_miss) X(numa_foreign) X(numa_local) X(numa_other)                                     \
    X(nr_free_pages) X(nr_inactive_anon) X(nr_active_anon) X(nr_inactive_file) X(nr_active_file)                       \
    X(pgactivate) X(pgdeactivate) X(pgrefill) X(pgscan_kswapd) X(pgscan_direct) X(pgsteal_kswapd) X(pgsteal_direct)    \
    X(allocstall_dma) X(allocstall_dma32) X(allocstall_normal) X(allocstall_movable) X(pageoutrun) X(drop_pagecache)   \
    X(nr_slab_reclaimable) X(nr_slab_unreclaimable)                                                                    \
    X(oom_kill) X(pgmigrate_success) X(compact_migrate_scanned) X(compact_free_scanned) X(compact_isolated)            \
    X(compact_stall) X(compact_fail) X(compact_success) X(compact_daemon_wake)

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
