#include "mm/profile.h"

namespace mmscope {

namespace {

constexpr Profile kProfile6_1 = {
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
    .pcp_drains_by_batch = false,
    .pcp_fast_free_is_late = false,
    .pcp_remembers_type = true,
    .counts_each_block = false,
    .highatomic_free_counts = false,
    .has_gfp_atomic_bit = true,
    .nowait_is_nowarn = false,
};

constexpr Profile kProfile6_12 = {
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
    .pcp_drains_by_batch = false,
    .pcp_fast_free_is_late = false,
    .pcp_remembers_type = false,
    .counts_each_block = true,
    .highatomic_free_counts = true,
    .has_gfp_atomic_bit = false,
    .nowait_is_nowarn = true,
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

const Profile& profile_6_1() { return kProfile6_1; }
const Profile& profile_6_12() { return kProfile6_12; }

ProfileChoice profile_for(std::string_view text) {
    const u32 version = version_of(text);
    if (version == kProfile6_1.version) return {&kProfile6_1, true};
    if (version == kProfile6_12.version) return {&kProfile6_12, true};
    if (version > kProfile6_12.version) return {&kProfile6_12, false};
    return {};  // older than 6.12 and not 6.1: its allocator is neither of the two
}

}  // namespace mmscope
