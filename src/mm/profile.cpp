#include "mm/profile.h"

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
                                .is_always_compound = true};
constexpr SlabProfile kSlub7_2{.kind = SlabProfile::Kind::sheaves,
                               .order_rule = SlabProfile::OrderRule::more_waste,
                               .kmalloc_alignment = SlabProfile::KmallocAlignment::largest_divisor,
                               .is_always_compound = true};

// The oldest first. HighMem begins at 896 MiB in the classic texts, at 876 MiB (880 with PAE) in the captures of 6.1.
constexpr Profile kProfiles[] = {
    {
        .name = "2.6",
        .version = 0x0206,
        .fallback = Profile::Fallback::single_routine,
        .free_by_pageblock = false,
        .movable_zone_is_high = false,
        .has_promo_watermark = false,
        .has_pcp_high_range = false,
        .prints_pcp_range = false,
        .pcp_tuning = Profile::PcpTuning::fixed,
        .pcp_thp_is_pageblock = false,
        .pcp_remembers_type = false,
        .counts_each_block = false,
        .highatomic_free_counts = false,
        .has_gfp_atomic_bit = false,
        .nowait_is_nowarn = false,
        .gfp_table = Profile::GfpTable::classic,
        .has_kswapd_flag = false,
        .pcp_max_order = 0,
        .has_pcp_thp_lists = false,
        .pcp_batch_span = 128,
        .pcp_high_batches = 6,
        .fast_free_waits_for_high = false,
        .drains_in_batches = false,
        .highatomic_refills_pcp = false,
        .migratetypes_printed = kTypes2_6,
        .has_highatomic = false,
        .prints_highatomic = false,
        .has_watermark_boost = false,
        .has_watermark_scale = false,
        .min_free_kbytes_max = 65536,
        .raises_min_free_for_thp = false,
        .slab = kClassicSlab,
        .highmem_starts = {0, 229376, 229376},
        .struct_page_sizes = {56, 40, 40},
    },
    {
        .name = "6.1",
        .version = 0x0601,
        .fallback = Profile::Fallback::single_routine,
        .free_by_pageblock = false,
        .movable_zone_is_high = false,
        .has_promo_watermark = false,
        .has_pcp_high_range = false,
        .prints_pcp_range = false,
        .pcp_tuning = Profile::PcpTuning::free_factor,
        .pcp_thp_is_pageblock = true,
        .pcp_remembers_type = true,
        .counts_each_block = false,
        .highatomic_free_counts = false,
        .has_gfp_atomic_bit = true,
        .nowait_is_nowarn = false,
        .gfp_table = Profile::GfpTable::modern,
        .has_kswapd_flag = true,
        .pcp_max_order = 3,
        .has_pcp_thp_lists = true,
        .pcp_batch_span = 256,
        .pcp_high_batches = 0,
        .fast_free_waits_for_high = false,
        .drains_in_batches = false,
        .highatomic_refills_pcp = true,
        .migratetypes_printed = kTypes6,
        .has_highatomic = true,
        .prints_highatomic = false,
        .has_watermark_boost = true,
        .has_watermark_scale = true,
        .min_free_kbytes_max = 262144,
        .raises_min_free_for_thp = true,
        .slab = kSlub6_1,
        .highmem_starts = {0, 224254, 225278},
        .struct_page_sizes = {64, 40, 40},
    },
    {
        .name = "6.12",
        .version = 0x060c,
        .fallback = Profile::Fallback::claim_then_steal,
        .free_by_pageblock = true,
        .movable_zone_is_high = true,
        .has_promo_watermark = true,
        .has_pcp_high_range = true,
        .prints_pcp_range = false,
        .pcp_tuning = Profile::PcpTuning::adaptive,
        .pcp_thp_is_pageblock = false,
        .pcp_remembers_type = false,
        .counts_each_block = true,
        .highatomic_free_counts = true,
        .has_gfp_atomic_bit = false,
        .nowait_is_nowarn = true,
        .gfp_table = Profile::GfpTable::modern,
        .has_kswapd_flag = true,
        .pcp_max_order = 3,
        .has_pcp_thp_lists = true,
        .pcp_batch_span = 256,
        .pcp_high_batches = 0,
        .fast_free_waits_for_high = false,
        .drains_in_batches = false,
        .highatomic_refills_pcp = true,
        .migratetypes_printed = kTypes6,
        .has_highatomic = true,
        .prints_highatomic = false,
        .has_watermark_boost = true,
        .has_watermark_scale = true,
        .min_free_kbytes_max = 262144,
        .raises_min_free_for_thp = true,
        .slab = kSlub6_12,
        .highmem_starts = {0, 224254, 225278},
        .struct_page_sizes = {64, 40, 40},
    },
    {
        .name = "7.2",
        .version = 0x0702,
        .fallback = Profile::Fallback::claim_then_steal,
        .free_by_pageblock = true,
        .movable_zone_is_high = true,
        .has_promo_watermark = true,
        .has_pcp_high_range = true,
        .prints_pcp_range = true,
        .pcp_tuning = Profile::PcpTuning::adaptive,
        .pcp_thp_is_pageblock = false,
        .pcp_remembers_type = false,
        .counts_each_block = true,
        .highatomic_free_counts = true,
        .has_gfp_atomic_bit = false,
        .nowait_is_nowarn = true,
        .gfp_table = Profile::GfpTable::by_bit,
        .has_kswapd_flag = true,
        .pcp_max_order = 3,
        .has_pcp_thp_lists = true,
        .pcp_batch_span = 256,
        .pcp_high_batches = 0,
        .fast_free_waits_for_high = true,
        .drains_in_batches = true,
        .highatomic_refills_pcp = false,
        .migratetypes_printed = kTypes7,
        .has_highatomic = true,
        .prints_highatomic = true,
        .has_watermark_boost = true,
        .has_watermark_scale = true,
        .min_free_kbytes_max = 262144,
        .raises_min_free_for_thp = true,
        .slab = kSlub7_2,
        .highmem_starts = {0, 224254, 225278},
        .struct_page_sizes = {64, 40, 40},
    },
};

// "6.12.107+deb13" -> 0x060c; 0 if the text does not start with MAJOR.MINOR.
u32 version_of(std::string_view text) {
    u32 parts[2] = {};
    std::size_t at = 0;
    for (u32& part : parts) {
        const std::size_t first = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && part < 256) part = part * 10 + static_cast<u32>(text[at++] - '0');
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
