// Event counters of /proc/vmstat, declared once, with the kernel's names. Units: pages; numa_*: allocations.
//
// Of pages handed out and taken back the zones count (zone.h), the first ones below are sums over them, and so are the
// nr_* gauges of lists; nr_anon_pages .. nr_page_table_pages and nr_swapcached say what pages are (node_page_state),
// nr_anon_transparent_hugepages counts huge pages that are mapped whole,
// workingset_* are the nodes'; those of slabs and the others are counted where they happen (PageAllocator::count). With
// no memory policy in play, a hit is always local and a miss always other and foreign.
//
//   nr_file_pages    pages of files, shared memory (shmem), the swap cache       nr_shmem   those of shared memory alone
//   nr_mapped        pages of files and of shared memory that a process maps    nr_anon_pages   private ones, mapped
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
    X(compact_stall) X(compact_fail) X(compact_success) X(compact_daemon_wake)                                         \
    X(nr_anon_pages) X(nr_mapped) X(nr_file_pages) X(nr_shmem) X(nr_page_table_pages)                                  \
    X(pgfault) X(pgmajfault) X(pgreuse) X(nr_tlb_remote_flush) X(nr_tlb_remote_flush_received) X(nr_tlb_local_flush_all)          \
    X(nr_tlb_local_flush_one) X(nr_dirtied) X(nr_written) X(pgpgin) X(pgpgout) X(nr_vmscan_immediate_reclaim)            \
    X(nr_dirty) X(nr_dirty_threshold) X(nr_dirty_background_threshold)                                                                       \
    X(pswpin) X(pswpout) X(nr_vmscan_write) X(pgscan_anon) X(pgscan_file) X(pgsteal_anon) X(pgsteal_file)              \
    X(nr_swapcached) X(workingset_refault_anon) X(workingset_refault_file) X(workingset_activate_anon)                 \
    X(workingset_activate_file) X(workingset_restore_anon) X(workingset_restore_file)                                  \
    X(nr_anon_transparent_hugepages) X(thp_fault_alloc) X(thp_fault_fallback) X(thp_split_page)                        \
    X(thp_deferred_split_page) X(thp_split_pmd) X(thp_zero_page_alloc) X(thp_zero_page_alloc_failed)                   \
    X(thp_swpout_fallback) X(htlb_buddy_alloc_success) X(htlb_buddy_alloc_fail)

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
// Those of them that Linux counts node by node; zoneinfo has the last nine since 7.2.
inline constexpr VmCounter kNodeEvents[] = {
    VmCounter::nr_vmscan_write, VmCounter::nr_vmscan_immediate_reclaim, VmCounter::nr_dirtied, VmCounter::nr_written,
    VmCounter::pgrefill, VmCounter::pgscan_kswapd, VmCounter::pgscan_direct, VmCounter::pgscan_anon,
    VmCounter::pgscan_file, VmCounter::pgsteal_kswapd, VmCounter::pgsteal_direct, VmCounter::pgsteal_anon,
    VmCounter::pgsteal_file};
inline constexpr u32 kNodeEventCount = sizeof(kNodeEvents) / sizeof(kNodeEvents[0]);

inline constexpr u32 kVmCounters = sizeof(kVmCounterNames) / sizeof(kVmCounterNames[0]);

}  // namespace mmscope
