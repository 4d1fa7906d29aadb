#include "mm/profile.h"

#include "mm/paging.h"

namespace mmscope {

namespace {

// The names and numbers of the types. Debian sets CONFIG_MEMORY_ISOLATION everywhere, CONFIG_CMA from 7 on.
constexpr PrintedMigratetype kTypes2_6[] = {{Migratetype::unmovable, 'U', "Unmovable"},
                                            {Migratetype::reclaimable, 'E', "Reclaimable"},
                                            {Migratetype::movable, 'M', "Movable"},
                                            {Migratetype::highatomic, 'R', "Reserve"},
                                            {Migratetype::isolate, 'I', "Isolate"}};
constexpr PrintedMigratetype kTypes6[] = {{Migratetype::unmovable, 'U', "Unmovable"},
                                          {Migratetype::movable, 'M', "Movable"},
                                          {Migratetype::reclaimable, 'E', "Reclaimable"},
                                          {Migratetype::highatomic, 'H', "HighAtomic"},
                                          {Migratetype::isolate, 'I', "Isolate"}};
constexpr PrintedMigratetype kTypes7[] = {{Migratetype::unmovable, 'U', "Unmovable"},
                                          {Migratetype::movable, 'M', "Movable"},
                                          {Migratetype::reclaimable, 'E', "Reclaimable"},
                                          {Migratetype::highatomic, 'H', "HighAtomic"},
                                          {Migratetype::cma, 'C', "CMA"},
                                          {Migratetype::isolate, 'I', "Isolate"}};

constexpr SlabProfile kClassicSlab{};
constexpr SlabProfile kSlub6_1{.kind = SlabProfile::Kind::cpu_slabs};
constexpr SlabProfile kSlub6_12{.kind = SlabProfile::Kind::cpu_slabs,
                                .order_rule = SlabProfile::OrderRule::more_waste,
                                .kmalloc_alignment = SlabProfile::KmallocAlignment::largest_divisor,
                                 .kmalloc_boot = SlabProfile::KmallocBoot::odd_sizes_first,
                                 .is_always_compound = true,
                                 .has_kmalloc_redzone = true,
                                 .reports_all_faults = true,
                                 .unlinks_left_over = true};
constexpr SlabProfile kSlub7_2{.kind = SlabProfile::Kind::sheaves,
                               .order_rule = SlabProfile::OrderRule::more_waste,
                               .kmalloc_alignment = SlabProfile::KmallocAlignment::largest_divisor,
                               .kmalloc_boot = SlabProfile::KmallocBoot::odd_sizes_first,
                               .is_always_compound = true,
                               .has_kmalloc_redzone = true,
                               .reports_all_faults = true,
                               .warns_of_bugs = true,
                               .leaks_wrong_cache = true,
                               .unlinks_left_over = true,
                               .kfree_keeps_pages = true};

// 2.6.32, as the classic texts teach it: HighMem begins at 896 MiB.
constexpr Profile k2_6 = {
    .name = "2.6",
    .version = 0x0206,
    .fallback = Profile::Fallback::largest_block,
    .uses_tail = false,
    .free_by_pageblock = false,
    .avoids_fragmentation = false,
    .has_highatomic = false,
    .highatomic_free_counts = false,
    .highatomic_refills_pcp = true,
    .non_block_is_harder = true,
    .movable_zone_is_high = false,
    .has_promo_watermark = false,
    .has_watermark_scale = false,
    .min_free_kbytes_max = 65536,
    .has_compaction = false,
    .anon_starts_active = true,
    .has_huge_size_flags = false,
    .hugetlb_is_movable = false,
    .hugetlb_dontneed = false,
    .hugetlb_keeps_reserve = false,
    .tells_why_not_replaced = false,
    .vfree_warns_twice = false,
    .has_thp = false,
    .has_workingset = false,
    .rotation_costs = false,
    .swap_in_maps_writable = false,
    .first_swap_priority = -1,
    .most_swappiness = 100,
    .oom_by_total_vm = true,
    .shmem_counts_after_alloc = false,
    .has_pcid = false,
    .counted_table_heights = 1,
    .counts_all_table_bytes = false,
    .pae_pmds_from_start = 3,
    .promises_what_is_free = true,
    .lazy_tlb_skips_flush = false,
    .flushes_ranges = false,
    .mprotect_gathers_flush = false,
    .mprotect_gives = Profile::MprotectGives::nothing,
    .mprotect_gives_back_promise = false,
    .has_fault_around = false,
    .has_classic_vmalloc = true,
    .kvmalloc_never_reclaims = false,
    .pkmap_starts = {0, 0xff800000, 0xffc00000},  // as small kernels have it: the fixed mappings grow with NR_CPUS
    .pcp_tuning = Profile::PcpTuning::fixed,
    .pcp_max_order = 0,
    .pcp_batch_span = 128,
    .fast_free_waits_for_high = false,
    .drains_in_batches = false,
    .gfp_table = Profile::GfpTable::classic,
    .has_gfp_atomic_bit = false,
    .has_kswapd_flag = false,
    .nowait_is_nowarn = false,
    .migratetypes_printed = kTypes2_6,
    .prints_pcp_range = false,
    .prints_highatomic = false,
    .slab = kClassicSlab,
    .highmem_starts = {0, 229376, 229376},
    .struct_page_sizes = {56, 40, 40},
};

// Each kernel after that: the one before it, and what has changed since.

constexpr Profile k6_1 = [] {
    Profile kernel = k2_6;
    kernel.name = "6.1";
    kernel.version = 0x0601;
    kernel.fallback = Profile::Fallback::single_routine;
    kernel.uses_tail = true;
    kernel.avoids_fragmentation = true;
    kernel.has_highatomic = true;
    kernel.non_block_is_harder = false;
    kernel.has_watermark_scale = true;
    kernel.min_free_kbytes_max = 262144;
    kernel.has_compaction = true;
    kernel.anon_starts_active = false;
    kernel.has_huge_size_flags = true;
    kernel.hugetlb_is_movable = true;
    kernel.hugetlb_dontneed = true;
    kernel.has_thp = true;
    kernel.has_workingset = true;
    kernel.first_swap_priority = -2;
    kernel.most_swappiness = 200;
    kernel.oom_by_total_vm = false;
    kernel.has_pcid = true;
    kernel.counted_table_heights = 2;
    kernel.counts_all_table_bytes = true;
    kernel.promises_what_is_free = false;
    kernel.lazy_tlb_skips_flush = true;
    kernel.flushes_ranges = true;
    kernel.mprotect_gathers_flush = true;
    kernel.mprotect_gives = Profile::MprotectGives::written;
    kernel.has_fault_around = true;
    kernel.has_classic_vmalloc = false;
    kernel.pkmap_starts[static_cast<u32>(Arch::x86_32)] = 0xfec00000;      // as in the captures
    kernel.pkmap_starts[static_cast<u32>(Arch::x86_32_pae)] = 0xff000000;
    kernel.pcp_tuning = Profile::PcpTuning::free_factor;
    kernel.pcp_max_order = 3;
    kernel.pcp_batch_span = 256;
    kernel.gfp_table = Profile::GfpTable::modern;
    kernel.has_gfp_atomic_bit = true;
    kernel.has_kswapd_flag = true;
    kernel.migratetypes_printed = kTypes6;
    kernel.highmem_starts[static_cast<u32>(Arch::x86_32)] = 224254;      // 876 MiB in the captures,
    kernel.highmem_starts[static_cast<u32>(Arch::x86_32_pae)] = 225278;  // 880 with PAE
    kernel.struct_page_sizes[static_cast<u32>(Arch::x86_64)] = 64;
    kernel.slab = kSlub6_1;
    return kernel;
}();

constexpr Profile k6_12 = [] {
    Profile kernel = k6_1;
    kernel.name = "6.12";
    kernel.version = 0x060c;
    kernel.hugetlb_keeps_reserve = true;
    kernel.vfree_warns_twice = true;
    kernel.tells_why_not_replaced = true;
    kernel.counted_table_heights = 3;
    kernel.shmem_counts_after_alloc = true;
    kernel.rotation_costs = true;
    kernel.swap_in_maps_writable = true;
    kernel.mprotect_gives = Profile::MprotectGives::all;
    kernel.mprotect_gives_back_promise = true;
    kernel.fallback = Profile::Fallback::claim_then_steal;
    kernel.free_by_pageblock = true;
    kernel.highatomic_free_counts = true;
    kernel.movable_zone_is_high = true;
    kernel.has_promo_watermark = true;
    kernel.pcp_tuning = Profile::PcpTuning::adaptive;
    kernel.has_gfp_atomic_bit = false;
    kernel.nowait_is_nowarn = true;
    kernel.slab = kSlub6_12;
    return kernel;
}();

constexpr Profile k7_2 = [] {
    Profile kernel = k6_12;
    kernel.name = "7.2";
    kernel.version = 0x0702;
    kernel.counted_table_heights = kMostTableLevels;
    kernel.pae_pmds_from_start = 4;
    kernel.highatomic_refills_pcp = false;
    kernel.fast_free_waits_for_high = true;
    kernel.drains_in_batches = true;
    kernel.kvmalloc_never_reclaims = true;
    kernel.gfp_table = Profile::GfpTable::by_bit;
    kernel.migratetypes_printed = kTypes7;
    kernel.prints_pcp_range = true;
    kernel.prints_highatomic = true;
    kernel.slab = kSlub7_2;
    return kernel;
}();

constexpr Profile kProfiles[] = {k2_6, k6_1, k6_12, k7_2};

// "6.12.107+deb13" -> 0x060c; 0 if the text does not start with MAJOR.MINOR.
u32 version_of(std::string_view text) {
    u32 parts[2] = {};
    std::size_t at = 0;
    for (u32& part : parts) {
        const std::size_t first = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && part < 256)
            part = part * 10 + static_cast<u32>(text[at++] - '0');
        if (at == first || part > 255) return 0;
        if (&part == &parts[0] && (at >= text.size() || text[at++] != '.')) return 0;
    }
    const bool ends_well = at == text.size() || text[at] == '.' || text[at] == '-' || text[at] == '+';
    return ends_well ? parts[0] * 256 + parts[1] : 0;
}

}  // namespace

const Profile& profile_2_6() { return kProfiles[0]; }
const Profile& profile_6_1() { return kProfiles[1]; }
const Profile& profile_6_12() { return kProfiles[2]; }
const Profile& profile_7_2() { return kProfiles[3]; }
std::span<const Profile> profiles() { return kProfiles; }

std::string profile_names() {
    std::string names;
    for (const Profile& profile : kProfiles) {
        if (!names.empty()) names += ", ";
        names += profile.name;
    }
    return names;
}

ProfileChoice profile_for(std::string_view text) {
    const u32 version = version_of(text);
    const Profile* newest = nullptr;
    for (const Profile& profile : kProfiles) {
        if (version == profile.version) return {&profile, true};
        if (profile.version < version) newest = &profile;
    }
    if (version > profile_6_12().version) return {newest, false};
    return {};  // older than 6.12: the allocators between these profiles are none of them
}

}  // namespace mmscope
