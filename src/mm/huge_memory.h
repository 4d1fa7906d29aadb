// Transparent huge pages: private anonymous memory that comes in blocks which one entry of the PD maps.
//
//   fault          PD [ leaf, PS ]---------------> [ head | 511 tails ]   one block, one page of an LRU list
//                        '-- an empty PT waits beside it
//   entry split    PD [ table ]--> PT [ 512 entries ]--> [ head | 511 tails ]   still one block
//   page split     PD [ table ]--> PT [ 512 entries ]--> 512 pages, each on its LRU list
//
// A block is 2 MiB: order 9, and order 10 on 32 bits without PAE, which is pageblock_order() everywhere. Whoever works on
// a part of it (munmap, mprotect, madvise, a copy on write) has the entry split, for which the table that waits is
// filled; that fails never and frees nothing. The frames come apart only when the last page of the block is unmapped, or
// when reclaim splits the page: before it swaps it, and if a part of it has no mapping any more (the split queue). Faults
// that read get one huge page of zeroes that all share, which is freed under pressure when no process uses it any more.
// Left out: khugepaged, which makes huge pages of pages that are there already; huge pages of files and of shared memory;
// sizes in between (mTHP, 6.8); swapping one as a whole, which needs clusters of slots; `defrag` is its default, madvise.
// A part unmapped is looked for once per call, as 6.9 and later do, in every kernel. (mm/huge_memory.c)
#pragma once

#include "mm/page_table.h"

namespace mmscope {

// A view that binds huge pages to a machine's memory; made for one call, cheap to make.
class HugePages {
public:
    HugePages(PageAllocator& memory, u32 cpu, Trace& trace) : memory_(memory), cpu_(cpu), trace_(trace) {}

    // Whether a fault in the area may bring one: the setting, and what madvise said of it (hugepage_vma_check).
    static bool is_wanted(const PageAllocator& memory, const Vma& area);
    // Whether all that one leaf would map lies in the area (transhuge_vma_suitable).
    static bool fits(const PagingMode& mode, const Vma& area, u64 address);
    // The first byte of what a leaf maps that maps the address.
    static u64 start_of(const PagingMode& mode, u64 address) { return address & ~(mode.span(1) - 1); }
    // What a fault there asks the page allocator for: no reclaim, but where madvise wants it (vma_thp_gfp_mask).
    static Gfp mask(const PageAllocator& memory, const Vma& area);
    // Whether reads get the huge page of zeroes (use_zero_page): where huge pages were switched off at boot, they do not.
    static bool has_zero_page(const PageAllocator& memory) { return !is_small_for_thp(memory.zones()); }
    // It, made for the first process that needs it; kNoPfn: out of memory.
    Pfn zero_page(u32 mm, u32 call);

    // Single entries take the place of the leaf that maps the address, if one does (__split_huge_pmd).
    void split_pmd(u32 mm, u64 address);
    // The same unless the leaf begins right there.
    void split_pmd_at(u32 mm, u64 address);
    // The leaf goes, and the table that waits beside it; `entry` is what stands there (zap_huge_pmd). The page stays.
    void zap_pmd(u32 mm, u64 address, EntryPlace place, PageEntry entry);
    // Some of its pages are unmapped now: freed if all are, else put on the split queue (deferred_split_folio).
    void settle(Pfn head);
    // 512 pages of it (split_huge_page). Those that nobody maps are freed. On its LRU list, the others are put there too;
    // off it, they are all off, and it is the caller who knows of them.
    enum class Place : u8 { on_list, isolated };
    void split_page(Pfn head, Place place);
    // What reclaim takes besides pages of the LRU lists: the split queue, and the page of zeroes (shrink_slab).
    void shrink(u32 node, u32 priority);

private:
    void fill_table(u32 mm, u32 slot, PageEntry leaf);
    void split_mappings(Pfn head);
    void become_single(Pfn head);
    void leave_queue(Pfn head);
    u64 shrink_queue(u32 node, u64 most);
    u64 shrink_zero_page();
    std::vector<Pfn>& queue_of(Pfn head) { return memory_.node_data()[memory_.zone_of(head)->node].split_queue; }

    PageAllocator& memory_;
    u32 cpu_;
    Trace& trace_;
};

// Huge pages, their marks, counts and queues agree. Empty, or a sentence.
std::string check_huge_pages(const PageAllocator& memory);

}  // namespace mmscope
