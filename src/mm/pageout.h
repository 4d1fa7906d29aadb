// What becomes of one page that reclaim has taken off the tail of an inactive list.
//
//   used since the last look? --twice--> active list     --once--> head of the inactive list, one more round
//   '-no-> a file's page: out of the page tables, dropped (dirty: active list, the flusher writes it); a shadow stays
//          shared memory: out of the page tables; nobody has written to it: dropped; else to swap, as what follows
//          anonymous: into the swap cache (no slot: active list), swap entries into the page tables, written unless the
//          slot has the same contents already, freed
//
// Before 5.9 an anonymous page that was used at all went to the active list. Left out:
// pages under write-back, locked pages, lazyfree, demotion, swapping a huge page as a whole. (shrink_folio_list in mm/vmscan.c)
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// A view; made for one batch, cheap to make.
class PageOut {
public:
    PageOut(PageAllocator& memory, u32 cpu, Trace& trace) : memory_(memory), cpu_(cpu), trace_(trace) {}

    enum class Fate : u8 { freed, kept, activated };
    // The page is off its list; unless it is freed its MappedPage says to which it belongs. `may_swap`: who asks may
    // start input and output (__GFP_IO). A huge page that is to be swapped is split first: its other pages are added to
    // `next`, the first of them last.
    Fate shrink(Pfn pfn, bool may_swap, std::vector<Pfn>* next);
    u32 written() const { return written_; }  // pages so far
    u32 dirty() const { return dirty_; }      // pages of files so far that were

private:
    Fate check_references(Pfn pfn);
    Fate activate(Pfn pfn);
    Fate swap_out(Pfn pfn);
    bool split(Pfn head, std::vector<Pfn>* next);
    Fate leave_dirty(Pfn pfn);
    bool is_clean_shmem(Pfn pfn);

    PageAllocator& memory_;
    u32 cpu_;
    Trace& trace_;
    u32 written_ = 0;
    u32 dirty_ = 0;
};

}  // namespace mmscope
