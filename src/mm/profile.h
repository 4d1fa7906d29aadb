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
    // Which private pages that were taken the right to write get it back from mprotect, without another fault: none; those
    // that were written to and are nobody else's (6.0); all that are nobody else's, huge ones too (6.2).
    enum class MprotectGives : u8 { nothing, written, all };
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
    bool has_huge_size_flags;          // MAP_HUGE_2MB, MAP_HUGE_1GB (3.8): before, one size reaches processes
    bool hugetlb_is_movable;           // pools take their pages from movable memory too
    bool hugetlb_dontneed;             // MADV_DONTNEED takes pages of hugetlb memory (5.18),
    bool hugetlb_keeps_reserve;        // which stay reserved for their area (6.9)
    bool tells_why_not_replaced;       // MAP_FIXED over what cannot be unmapped answers as munmap would (6.12)
    bool vfree_warns_twice;            // of an address inside a page: that it is bad, and that no area is there (6.3)
    bool has_thp;                      // transparent huge pages (2.6.38); khugepaged raises min_free_kbytes for them
    bool has_workingset;               // shadows of evicted pages (3.15, of anonymous ones 5.9)
    bool rotation_costs;               // pages that were looked at in vain count for the balance (6.2)
    bool swap_in_maps_writable;        // a page that only one process has, also after a read (6.11)
    i32 first_swap_priority;           // of an area that was given none
    u8 most_swappiness;                // 200 since 5.8
    bool oom_by_total_vm;              // the OOM killer weighs what a process has mapped (until 2.6.35)
    bool shmem_counts_after_alloc;     // a page of tmpfs has its frame before the mount's limit is asked (6.7)
    bool has_pcid;                     // ASIDs on 64 bits (4.14); before, each change of process flushes the TLB
    u8 counted_table_heights;          // page tables of so many heights count as NR_PAGETABLE: PTE pages alone until 5.9,
                                       // the PMD's too; the PUD's (6.7), never the topmost
                                       // ones; all of them, those too (6.14)
    bool counts_all_table_bytes;       // VmPTE and pgtables_bytes have tables of every height; before 4.15 PTE pages alone
    u8 pae_pmds_from_start;            // PMD tables that a new process has with PAE: those of its own 3 GiB; since 6.16
                                       // the kernel's too (PREALLOCATED_PMDS)
    bool promises_what_is_free;        // overcommit_memory 0 and 2 as they were before 5.2 and 3.10 (commit_room)
    bool lazy_tlb_skips_flush;         // a CPU in lazy TLB mode is not asked to flush (4.20); before, it leaves when asked
    bool flushes_ranges;               // a flush of several pages knows which (3.7); before, the whole TLB is flushed
    bool mprotect_gathers_flush;       // mprotect flushes what it changed of what a TLB may hold, once (5.19)
    MprotectGives mprotect_gives;
    bool mprotect_gives_back_promise;  // of anonymous memory without pages that nobody may write to any more (after 6.1)
    bool has_fault_around;             // a read fault maps the pages of the file around it (3.15)

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
