// What differs between kernels, as data.
//
// A profile is chosen by the version in `machine { kernel = "6.12" }` or by the text that was imported. Only
// the versions whose page allocator is modelled have one: 2.6 as the classic texts teach it (2.6.32), 6.1, 6.12
// and 7.2. After 6.12 a kernel between two profiles runs by the older one's rules, and says so (`profile_for`).
//
// Of the size of a per-CPU batch only the upper end is here, which is smaller in 2.6 (`pcp_batch_span`): 7.2 writes
// min(managed / 4096, 64) where 6.1 and 6.12 write min(managed / 1024, 256) / 4, and that is the same number.
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
    // How a request borrows from other migratetypes: the largest block as it is (2.6); one routine that moves blocks
    // first (6.1); two routines.
    enum class Fallback : u8 { largest_block, single_routine, claim_then_steal };
    enum class PcpTuning : u8 { fixed, free_factor, adaptive };  // 2.6; 6.1; 6.7 and later, where `high` itself moves
    // Values and names of allocation flags: 2.6's; those of 5.0 and later; these, printed in the order of their bits.
    enum class GfpTable : u8 { classic, modern, by_bit };

    std::string_view name;             // "6.12"
    u16 version;                       // major * 256 + minor: 0x060c

    // Free lists and reserves.
    Fallback fallback;
    bool uses_tail;                    // blocks that may soon merge or have changed their type go to the tail (2.6.35)
    bool free_by_pageblock;            // a free page is on the list of its pageblock's type, and counted as it comes or
                                       // goes (6.10); before, lists remember types, and a refill is counted at once
    bool avoids_fragmentation;         // watermark boost, ALLOC_NOFRAGMENT (5.0)
    bool has_highatomic;               // the HighAtomic reserve (4.4). Before: Reserve, filled at boot, and a watermark
                                       // test that wants a half of the mark in blocks of each order more
    bool highatomic_free_counts;       // the watermark test leaves out HighAtomic's free pages; 6.1: the whole reserve
    bool highatomic_refills_pcp;       // a request with a right to that reserve may refill a list (until 6.12)
    bool non_block_is_harder;          // a quarter of the mark is open to all who cannot wait, not only to __GFP_HIGH

    // Watermarks.
    bool movable_zone_is_high;         // ZONE_MOVABLE counts as highmem in the watermark formula on 64 bits
    bool has_promo_watermark;          // WMARK_PROMO is set and printed
    bool has_watermark_scale;          // low and high: at least managed * watermark_scale_factor / 10000 apart (4.6)
    u32 min_free_kbytes_max;           // where the square-root rule stops
    bool has_compaction;               // 2.6.35 and later
    bool anon_starts_active;           // a fresh anonymous page stands on the active list (5.8 and earlier)
    bool has_thp;                      // transparent huge pages (2.6.38); khugepaged raises min_free_kbytes for them
    bool has_workingset;               // shadows of evicted pages (3.15, of anonymous ones 5.9)
    bool rotation_costs;               // pages that were looked at in vain count for the balance (6.2)
    bool swap_in_maps_writable;        // a page that only one process has, also after a read (6.11)
    i32 first_swap_priority;           // of an area that was given none
    u8 most_swappiness;                // 200 since 5.8
    bool oom_by_total_vm;              // the OOM killer weighs what a process has mapped (until 2.6.35)
    bool shmem_counts_after_alloc;     // a page of tmpfs has its frame before the mount's limit is asked (6.7)
    bool has_pcid;                     // ASIDs on 64 bits (4.14); before, each change of process flushes the TLB
    bool lazy_tlb_skips_flush;         // a CPU in lazy TLB mode is not asked to flush (4.20); before, it leaves when asked

    // vmalloc.
    bool has_classic_vmalloc;          // vfree() wants the start of an area (3.11: any page of it); VmallocUsed counts
                                       // guard pages, VmallocChunk is the largest hole (4.4); unpurged areas are not
                                       // listed (4.13)
    bool kvmalloc_never_reclaims;      // kmalloc is tried without direct reclaim (6.15); vmalloc is asked for those who
                                       // may not sleep too (6.19)
    u32 pkmap_starts[kArchs];          // address of the first slot of kmap; 0: no HighMem

    // Per-CPU lists.
    PcpTuning pcp_tuning;              // how many frames a list fetches, keeps (fixed: six batches) and gives back
    u8 pcp_max_order;                  // the largest order through them, but for huge pages; 0: nor these
    u16 pcp_batch_span;                // pages that four batches are at most: 512 KiB in 2.6, 1 MiB later
    bool fast_free_waits_for_high;     // many frees in a row count after batch + high_min / 2 pages, not a batch (7.2)
    bool drains_in_batches;            // a drain starts again at the freed page's list after each batch (7.2)

    // Flags and texts.
    GfpTable gfp_table;
    bool has_gfp_atomic_bit;           // __GFP_ATOMIC 0x200 (6.2 and earlier)
    bool has_kswapd_flag;              // __GFP_KSWAPD_RECLAIM (4.4); without it every request wakes kswapd
    bool nowait_is_nowarn;             // GFP_NOWAIT includes __GFP_NOWARN
    std::span<const PrintedMigratetype> migratetypes_printed;  // in the order of /proc/pagetypeinfo
    bool prints_pcp_range;             // zoneinfo has high_min: and high_max: (7.2)
    bool prints_highatomic;            // zoneinfo has reserved_highatomic: and free_highatomic: (7.2)

    SlabProfile slab;                  // mm/slab_profile.h

    // By architecture.
    u32 highmem_starts[kArchs];        // pfn; where the kernel's linear map ends; 0: no HighMem
    u8 struct_page_sizes[kArchs];      // bytes
    bool has_pcp_high_range() const { return pcp_tuning == PcpTuning::adaptive; }  // high_min .. high_max
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
