// What differs between kernels, as data.
//
// A profile is chosen by the version in `machine { kernel = "6.12" }` or by the text that was imported. Only
// the versions whose page allocator is modelled have one; a newer kernel runs by the rules of the newest
// profile that is not newer than it, and says so (`profile_for`).
#pragma once

#include <string_view>

#include "base/types.h"

namespace mmscope {

enum class Arch : u8 { x86_64, x86_32, x86_32_pae };
inline constexpr const char* kArchNames[] = {"x86_64", "x86_32", "x86_32_pae"};

struct Profile {
    enum class Fallback : u8 { single_routine, claim_then_steal };  // __rmqueue_fallback until 6.9; later two routines
    enum class PcpTuning : u8 { free_factor, adaptive };            // 6.1; 6.7 and later, where `high` itself moves

    std::string_view name;             // "6.12"
    u16 version;                       // major * 256 + minor: 0x060c
    Fallback fallback;
    bool free_by_pageblock;            // free pages stay on the list of their own pageblock's type (6.10 and later)
    bool movable_zone_is_high;         // ZONE_MOVABLE counts as highmem in the watermark formula on 64 bits
    bool has_promo_watermark;          // WMARK_PROMO is set and printed
    bool has_pcp_high_range;           // pcp high is tuned between high_min and high_max (6.7 and later)
    bool prints_pcp_range;             // zoneinfo has high_min: and high_max: (7.2)
    PcpTuning pcp_tuning;              // how many frames a per-CPU list fetches, keeps and gives back
    bool pcp_thp_is_pageblock;         // the two THP lists hold blocks of pageblock_order (6.1); else of order 9
    bool pcp_drains_by_batch;          // 7.2: a quota goes back in portions, each beginning at the freed frame's list
    bool pcp_fast_free_is_late;        // 7.2: the short cut of orders 1..3 waits for half of high_min more
    bool pcp_remembers_type;           // a frame leaves a per-CPU list for the type it entered with (before 6.10)
    bool counts_each_block;            // a refill takes its blocks off NR_FREE_PAGES one by one (6.10 and later)
    bool highatomic_free_counts;       // the watermark test leaves out HighAtomic's free pages; 6.1: the whole reserve
    bool has_gfp_atomic_bit;           // __GFP_ATOMIC 0x200 (6.2 and earlier)
    bool nowait_is_nowarn;             // GFP_NOWAIT includes __GFP_NOWARN
};

// The profile whose rules a kernel of this version runs by; null if it is older than every profile.
// `text` is a version such as "6.12", "6.12.107+deb13-amd64".
struct ProfileChoice {
    const Profile* profile = nullptr;
    bool is_exact = false;  // false: a newer kernel, run by the rules of `profile`
};
ProfileChoice profile_for(std::string_view text);

const Profile& profile_6_1();
const Profile& profile_6_12();

}  // namespace mmscope
