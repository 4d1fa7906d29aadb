// What differs between kernels, as data.
//
// A profile is chosen by the version in `machine { kernel = "6.12" }` or by the text that was imported. Only
// the versions whose page allocator is modelled have one: 2.6 as the classic texts teach it (2.6.32), 6.1, 6.12
// and 7.2. After 6.12 a kernel between two profiles runs by the older one's rules, and says so (`profile_for`).
//
// Not here, because it never differs: the size of a per-CPU batch. 7.2 writes min(managed / 4096, 64) where the
// kernels before it wrote min(managed / 1024, 256) / 4; only 2.6 stops at a smaller number (`pcp_batch_span`).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/types.h"
#include "mm/page.h"
#include "mm/slab_profile.h"

namespace mmscope {

enum class Arch : u8 { x86_64, x86_32, x86_32_pae };
inline constexpr const char* kArchNames[] = {"x86_64", "x86_32", "x86_32_pae"};
inline constexpr u32 kArchs = 3;

// How the kernel numbers and prints a migratetype: its number is its place in Profile::migratetypes_printed.
struct PrintedMigratetype {
    Migratetype type;
    char letter;            // of the kernel's logs
    std::string_view name;  // of /proc/pagetypeinfo
};

struct Profile {
    enum class Fallback : u8 { single_routine, claim_then_steal };  // __rmqueue_fallback until 6.9; later two routines
    enum class PcpTuning : u8 { fixed, free_factor, adaptive };     // 2.6; 6.1; 6.7 and later, where `high` itself moves
    // Values and names of allocation flags: 2.6's; those of 5.0 and later; the same, printed in the order of their bits.
    enum class GfpTable : u8 { classic, modern, by_bit };

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
    bool pcp_remembers_type;           // a frame leaves a per-CPU list for the type it entered with (before 6.10)
    bool counts_each_block;            // a refill takes its blocks off NR_FREE_PAGES one by one (6.10 and later)
    bool highatomic_free_counts;       // the watermark test leaves out HighAtomic's free pages; 6.1: the whole reserve
    bool has_gfp_atomic_bit;           // __GFP_ATOMIC 0x200 (6.2 and earlier)
    bool nowait_is_nowarn;             // GFP_NOWAIT includes __GFP_NOWARN
    GfpTable gfp_table;
    bool has_kswapd_flag;              // __GFP_KSWAPD_RECLAIM; without it (4.3 and earlier) every request wakes kswapd

    // Per-CPU lists.
    u8 pcp_max_order;                  // the largest order below huge pages that goes through them
    bool has_pcp_thp_lists;            // two more lists, for huge pages
    u16 pcp_batch_span;                // pages that four batches are at most: 512 KiB in 2.6, 1 MiB later
    u8 pcp_high_batches;               // high = this many batches; 0: from the low watermark (5.13 and later)
    bool fast_free_waits_for_high;     // many frees in a row count after batch + high_min / 2 pages, not after batch (7.2)
    bool drains_in_batches;            // a drain of many pages starts again at the freed page's list after each batch (7.2)
    bool highatomic_refills_pcp;       // a request with a right to the HighAtomic reserve may refill a list (until 6.12)

    // Migratetypes and reserves.
    std::span<const PrintedMigratetype> migratetypes_printed;  // in the order of /proc/pagetypeinfo
    bool has_highatomic;               // the HighAtomic reserve; in 2.6 Reserve, filled at boot, stands in its place
    bool prints_highatomic;            // zoneinfo has reserved_highatomic: and free_highatomic: (7.2)
    bool has_watermark_boost;          // 5.0 and later
    bool has_watermark_scale;          // low and high: at least managed * watermark_scale_factor / 10000 apart (4.6 and later)
    u32 min_free_kbytes_max;           // where the square-root rule stops
    bool raises_min_free_for_thp;      // khugepaged raises min_free_kbytes

    SlabProfile slab;                  // mm/slab_profile.h

    // By architecture.
    u32 highmem_starts[kArchs];        // pfn; where the kernel's linear map ends; 0: no HighMem
    u8 struct_page_sizes[kArchs];      // bytes
    u32 highmem_start(Arch arch) const { return highmem_starts[static_cast<u32>(arch)]; }
    u32 struct_page_bytes(Arch arch) const { return struct_page_sizes[static_cast<u32>(arch)]; }
};

// The profile whose rules a kernel of this version runs by; null if no profile's rules are its own and it is older
// than 6.12. `text` is a version such as "2.6.32", "6.12", "6.12.107+deb13-amd64".
struct ProfileChoice {
    const Profile* profile = nullptr;
    bool is_exact = false;  // false: a newer kernel, run by the rules of `profile`
};
ProfileChoice profile_for(std::string_view text);

const Profile& profile_2_6();
const Profile& profile_6_1();
const Profile& profile_6_12();
const Profile& profile_7_2();
std::span<const Profile> profiles();  // all of them, the oldest first
std::string profile_names();          // "2.6, 6.1, 6.12, 7.2"

}  // namespace mmscope
