// The reverse map: which processes map a frame, and where.
//
// Nothing is stored for it but the count of mappings. A page of a file knows its file and its place there, and every
// area of that file tells the address; a private page knows the address that it has in every process that shares it,
// because fork copies areas to where they were. So the areas are asked, and the page tables confirm. (mm/rmap.c)
#pragma once

#include "mm/page_table.h"

namespace mmscope {

struct MappedAt {
    u32 mm = 0;       // place in ProcessTable::mms
    u64 address = 0;  // of the page
    EntryPlace place;
    PageEntry entry;
    u32 height = 0;  // 1: the leaf of a huge page
};

// As what the page of a process counts (mm_counter).
RssKind rss_kind(const PageAllocator& memory, Pfn pfn);

// A view; made for one call, cheap to make.
class ReverseMap {
public:
    ReverseMap(PageAllocator& memory, u32 cpu, Trace& trace) : memory_(memory), cpu_(cpu), trace_(trace) {}

    // In the order of processes and addresses; of a huge page's head all that map any of it.
    std::vector<MappedAt> mappings(Pfn pfn) const;
    // Entries that were used since they were last asked (folio_referenced): their A bits are cleared, and no TLB is
    // told, as on x86. Of a huge page those of one area count as one. `is_executable`: an area maps it to run.
    struct Referenced {
        u32 entries = 0;
        bool is_executable = false;
    };
    Referenced clear_referenced(Pfn pfn);
    // Nobody maps the page any more; the next access is a fault (try_to_unmap). The page is off its LRU list. Of a
    // private page every entry means the slot `swap` instead, and counts there. True: one of them was dirty.
    bool unmap(Pfn pfn, SwapEntry swap);
    // The entries lose W and D: the next write to the page is a fault again (page_mkclean).
    void make_clean(Pfn pfn);
    // Every entry of the old page points to the new one, with the same rights (migrate_folio and
    // remove_migration_ptes).
    void move(Pfn old_page, Pfn new_page);

private:
    PageAllocator& memory_;
    u32 cpu_;
    Trace& trace_;
};

}  // namespace mmscope
