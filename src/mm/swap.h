// Swap: pages of anonymous memory on a device, and the way there and back.
//
//   frame --add_to_swap--> frame and slot (swap cache) --entries replaced, written--> slot --fault, read--> swap cache
//
// A private page of processes keeps its slot when it comes back, as long as nobody writes to it: then it can be dropped
// again without being written. The slot is given up when no page table entry means it any more and the page is
// written to, unmapped, or swap is more than half full. Pages of shared memory and of the script's own process give it
// up at once. The device is as fast as memory: a page is written when reclaim wants to free it, and read when a fault
// wants it, one by one. Left out: write-back that takes time, read-ahead (page_cluster is 0), zswap, swap files with
// holes. (mm/swapfile.c, mm/swap_state.c, mm/page_io.c)
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// A view that binds swap to a machine's memory; made for one call, cheap to make.
class Swap {
public:
    Swap(PageAllocator& memory, u32 cpu, Trace& trace) : memory_(memory), cpu_(cpu), trace_(trace) {}

    // swapon: a device of so many bytes, whose first page is the header. The area's number; -EINVAL: no page fits;
    // -EPERM: there are as many areas as may be; -ENOMEM: more slots than the model keeps.
    i64 swapon(u64 bytes, std::optional<i32> priority, u32 call);
    // swapoff: everything comes back into memory, then the area is gone. 0; -EINVAL: there is no such area; -ENOMEM: it
    // does not fit. In Linux the OOM killer would end whoever called swapoff, and the area stay in use, as here.
    i64 swapoff(u32 area, u32 call);

    // A page, off its list, gets a slot and is in the swap cache. False: there is none left.
    bool add_to_swap(Pfn pfn);
    // The page goes to its slot (swap_writepage).
    void write_page(Pfn pfn);
    // The page leaves the swap cache; `word` stands in its slot instead, which is free if no entry means it.
    void delete_from_cache(Pfn pfn, u32 word);
    // Gives up the slot of a page in the swap cache if no entry means it (folio_free_swap). False: it is still meant.
    bool free_swap(Pfn pfn);
    // One entry fewer; a page that only the swap cache kept is freed with the slot (free_swap_and_cache).
    void put_entry(SwapEntry entry);
    // Reads a slot into a new page of the swap cache, on its LRU list, that will be page `index` of the window
    // `mapping` (read_swap_cache_async). kNoPfn: out of memory, or whoever wanted it was killed meanwhile.
    Pfn read_in(SwapEntry entry, u32 mapping, u32 index, u32 call, Gfp more);
    // What every reading counts and tells; `pfn` is the new page, which has its MappedPage.
    void read_page(SwapEntry entry, Pfn pfn);
    // Whether reclaim may take anonymous pages at all (can_reclaim_anon_pages).
    static bool has_room(const PageAllocator& memory) { return memory.swap().free() != 0; }

private:
    bool empty_mappings(u32 area, u32 call);
    bool empty_processes(u32 area, u32 call);
    bool unuse_entry(u32 mm, u64 address, u32 call);
    void forget_cache(u32 area);

    PageAllocator& memory_;
    u32 cpu_;
    Trace& trace_;
};

}  // namespace mmscope
