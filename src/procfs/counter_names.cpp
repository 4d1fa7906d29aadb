#include "procfs/counter_names.h"

namespace mmscope {
namespace {

// `since` is the first captured kernel that has a counter, `before` the first that has it no more.
enum class Width : u8 { both, only_32, only_64 };
struct Name {
    std::string_view name;
    u16 since = 0;
    Width width = Width::both;
    u16 before = 0xffff;
};

constexpr Name kZoneCounters[] = {
    {"nr_free_pages"}, {"nr_free_pages_blocks", 0x0702}, {"nr_zone_inactive_anon"}, {"nr_zone_active_anon"},
    {"nr_zone_inactive_file"}, {"nr_zone_active_file"}, {"nr_zone_unevictable"}, {"nr_zone_write_pending"},
    {"nr_mlock"}, {"nr_bounce", 0, Width::both, 0x0702}, {"nr_zspages"}, {"nr_free_cma"},
    {"nr_unaccepted", 0x060c}, {"numa_hit", 0, Width::only_64}, {"numa_miss", 0, Width::only_64},
    {"numa_foreign", 0, Width::only_64}, {"numa_interleave", 0, Width::only_64}, {"numa_local", 0, Width::only_64},
    {"numa_other", 0, Width::only_64},
};

constexpr Name kNodeCounters[] = {
    {"nr_inactive_anon"}, {"nr_active_anon"}, {"nr_inactive_file"}, {"nr_active_file"}, {"nr_unevictable"},
    {"nr_slab_reclaimable"}, {"nr_slab_unreclaimable"}, {"nr_isolated_anon"}, {"nr_isolated_file"},
    {"workingset_nodes"}, {"workingset_refault_anon"}, {"workingset_refault_file"}, {"workingset_activate_anon"},
    {"workingset_activate_file"}, {"workingset_restore_anon"}, {"workingset_restore_file"},
    {"workingset_nodereclaim"}, {"nr_anon_pages"}, {"nr_mapped"}, {"nr_file_pages"}, {"nr_dirty"},
    {"nr_writeback"}, {"nr_writeback_temp", 0, Width::both, 0x0702}, {"nr_shmem"}, {"nr_shmem_hugepages"},
    {"nr_shmem_pmdmapped"}, {"nr_file_hugepages"}, {"nr_file_pmdmapped"}, {"nr_anon_transparent_hugepages"},
    {"nr_vmscan_write"}, {"nr_vmscan_immediate_reclaim"}, {"nr_dirtied"}, {"nr_written"}, {"nr_throttled_written"},
    {"nr_kernel_misc_reclaimable"}, {"nr_foll_pin_acquired"}, {"nr_foll_pin_released"}, {"nr_vmalloc", 0x0702},
    {"nr_kernel_stack"}, {"nr_page_table_pages"}, {"nr_sec_page_table_pages"}, {"nr_iommu_pages", 0x060c},
    {"nr_swapcached"}, {"pgpromote_success", 0, Width::only_64}, {"pgpromote_candidate", 0, Width::only_64},
    {"pgpromote_candidate_nrl", 0x0702, Width::only_64}, {"pgdemote_kswapd", 0x060c, Width::only_64},
    {"pgdemote_direct", 0x060c, Width::only_64}, {"pgdemote_khugepaged", 0x060c, Width::only_64},
    {"pgdemote_proactive", 0x0702, Width::only_64}, {"pgsteal_kswapd", 0x0702}, {"pgsteal_direct", 0x0702},
    {"pgsteal_khugepaged", 0x0702}, {"pgsteal_proactive", 0x0702}, {"pgsteal_anon", 0x0702},
    {"pgsteal_file", 0x0702}, {"pgscan_kswapd", 0x0702}, {"pgscan_direct", 0x0702}, {"pgscan_khugepaged", 0x0702},
    {"pgscan_proactive", 0x0702}, {"pgscan_anon", 0x0702}, {"pgscan_file", 0x0702}, {"pgrefill", 0x0702},
    {"nr_hugetlb", 0x0702}, {"nr_balloon_pages", 0x0702}, {"nr_kernel_file_pages", 0x0702},
    {"nr_gpu_active", 0x0702}, {"nr_gpu_reclaim", 0x0702},
};

// Behind the counters of zones and nodes: thresholds, then events.
constexpr Name kMachineCounters[] = {
    {"nr_dirty_threshold"}, {"nr_dirty_background_threshold"}, {"nr_memmap_pages", 0x060c},
    {"nr_memmap_boot_pages", 0x060c}, {"pgpgin"}, {"pgpgout"}, {"pswpin"}, {"pswpout"}, {"pgalloc_dma"},
    {"pgalloc_dma32", 0, Width::only_64}, {"pgalloc_normal"}, {"pgalloc_high", 0, Width::only_32},
    {"pgalloc_movable"}, {"pgalloc_device", 0, Width::only_64}, {"allocstall_dma"},
    {"allocstall_dma32", 0, Width::only_64}, {"allocstall_normal"}, {"allocstall_high", 0, Width::only_32},
    {"allocstall_movable"}, {"allocstall_device", 0, Width::only_64}, {"pgskip_dma"},
    {"pgskip_dma32", 0, Width::only_64}, {"pgskip_normal"}, {"pgskip_high", 0, Width::only_32}, {"pgskip_movable"},
    {"pgskip_device", 0, Width::only_64}, {"pgfree"}, {"pgactivate"}, {"pgdeactivate"}, {"pglazyfree"},
    {"pgfault"}, {"pgmajfault"}, {"pglazyfreed"}, {"pgrefill", 0, Width::both, 0x0702}, {"pgreuse"},
    {"pgsteal_kswapd", 0, Width::both, 0x0702}, {"pgsteal_direct", 0, Width::both, 0x0702},
    {"pgdemote_kswapd", 0, Width::both, 0x060c}, {"pgdemote_direct", 0, Width::both, 0x060c},
    {"pgsteal_khugepaged", 0x060c, Width::both, 0x0702}, {"pgscan_kswapd", 0, Width::both, 0x0702},
    {"pgscan_direct", 0, Width::both, 0x0702}, {"pgscan_khugepaged", 0x060c, Width::both, 0x0702},
    {"pgscan_direct_throttle"}, {"pgscan_anon", 0, Width::both, 0x0702}, {"pgscan_file", 0, Width::both, 0x0702},
    {"pgsteal_anon", 0, Width::both, 0x0702}, {"pgsteal_file", 0, Width::both, 0x0702},
    {"zone_reclaim_success", 0x060c, Width::only_64}, {"zone_reclaim_failed", 0, Width::only_64}, {"pginodesteal"},
    {"slabs_scanned"}, {"kswapd_inodesteal"}, {"kswapd_low_wmark_hit_quickly"}, {"kswapd_high_wmark_hit_quickly"},
    {"pageoutrun"}, {"pgrotated"}, {"drop_pagecache"}, {"drop_slab"}, {"oom_kill"},
    {"numa_pte_updates", 0, Width::only_64}, {"numa_huge_pte_updates", 0, Width::only_64},
    {"numa_hint_faults", 0, Width::only_64}, {"numa_hint_faults_local", 0, Width::only_64},
    {"numa_pages_migrated", 0, Width::only_64}, {"pgmigrate_success"}, {"pgmigrate_fail"},
    {"thp_migration_success"}, {"thp_migration_fail"}, {"thp_migration_split"}, {"compact_migrate_scanned"},
    {"compact_free_scanned"}, {"compact_isolated"}, {"compact_stall"}, {"compact_fail"}, {"compact_success"},
    {"compact_daemon_wake"}, {"compact_daemon_migrate_scanned"}, {"compact_daemon_free_scanned"},
    {"htlb_buddy_alloc_success"}, {"htlb_buddy_alloc_fail"}, {"cma_alloc_success", 0x0702},
    {"cma_alloc_fail", 0x0702}, {"unevictable_pgs_culled"}, {"unevictable_pgs_scanned"},
    {"unevictable_pgs_rescued"}, {"unevictable_pgs_mlocked"}, {"unevictable_pgs_munlocked"},
    {"unevictable_pgs_cleared"}, {"unevictable_pgs_stranded"}, {"thp_fault_alloc"}, {"thp_fault_fallback"},
    {"thp_fault_fallback_charge"}, {"thp_collapse_alloc"}, {"thp_collapse_alloc_failed"}, {"thp_file_alloc"},
    {"thp_file_fallback"}, {"thp_file_fallback_charge"}, {"thp_file_mapped"}, {"thp_split_page"},
    {"thp_split_page_failed"}, {"thp_deferred_split_page"}, {"thp_underused_split_page", 0x060c},
    {"thp_split_pmd"}, {"thp_scan_exceed_none_pte"}, {"thp_scan_exceed_swap_pte"}, {"thp_scan_exceed_share_pte"},
    {"thp_split_pud", 0, Width::only_64}, {"thp_zero_page_alloc"}, {"thp_zero_page_alloc_failed"}, {"thp_swpout"},
    {"thp_swpout_fallback"}, {"balloon_inflate"}, {"balloon_deflate"}, {"balloon_migrate"}, {"swap_ra"},
    {"swap_ra_hit"}, {"swpin_zero", 0x060c}, {"swpout_zero", 0x060c}, {"ksm_swpin_copy"}, {"cow_ksm"}, {"zswpin"},
    {"zswpout"}, {"zswpwb", 0x060c}, {"direct_map_level2_splits"}, {"direct_map_level3_splits"},
    {"direct_map_level2_collapses", 0x0702}, {"direct_map_level3_collapses", 0x0702}, {"nr_unstable"},
};

template <std::size_t count>
void add(const Name (&table)[count], const KernelShape& kernel, CounterNames* names) {
    const Width width = kernel.is_64_bit ? Width::only_64 : Width::only_32;
    for (const Name& name : table) {
        const bool is_there = kernel.version >= name.since && kernel.version < name.before;
        if (is_there && (name.width == Width::both || name.width == width)) names->push_back(name.name);
    }
}

}  // namespace

CounterNames zone_counter_names(const KernelShape& kernel) {
    CounterNames names;
    add(kZoneCounters, kernel, &names);
    return names;
}

CounterNames node_counter_names(const KernelShape& kernel) {
    CounterNames names;
    add(kNodeCounters, kernel, &names);
    return names;
}

CounterNames vmstat_names(const KernelShape& kernel) {
    CounterNames names;
    add(kZoneCounters, kernel, &names);
    add(kNodeCounters, kernel, &names);
    add(kMachineCounters, kernel, &names);
    return names;
}

}  // namespace mmscope
