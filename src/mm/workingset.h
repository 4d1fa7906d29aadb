// Refaults: whether a page that comes back was taken away too early.
//
//   evicted at age 100        ... other pages are evicted or activated ...        refault at age 160: distance 60
//
// A page that is evicted leaves a shadow where it was looked for: its node and the node's age, which grows with each
// eviction and activation. If it is wanted again, the difference of ages is how much longer the inactive list would
// have had to be to keep it; if the active pages are no fewer than that, they may be the staler ones, and the page goes
// to the active list at once. Pages that were active before say so (PG_workingset): that they are read again is what
// the other kind of pages is scanned for instead. Pages of files, and where there is swap anonymous ones. Left out: the
// shadows' own memory and its shrinker, memory cgroups. (mm/workingset.c)
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// A view; made for one call, cheap to make.
class Workingset {
public:
    Workingset(PageAllocator& memory, Trace& trace) : memory_(memory), trace_(trace) {}

    // The word that a page, off its list, leaves behind (workingset_eviction); kNoPfn: the kernel has no shadows.
    u32 evict(Pfn pfn);
    // A page comes back to where `word` stands; its MappedPage says so if it is to be active (workingset_refault).
    void refault(Pfn pfn, u32 word);
    // The page was used a second time (workingset_activation).
    void activated(Pfn pfn) { ++node_of(pfn).nonresident_age; }
    // lru_note_cost: pages written or read again, and pages that were looked at in vain.
    void note_cost(u32 node, bool is_file, u32 io, u32 rotated);

private:
    NodeData& node_of(Pfn pfn) { return memory_.node_data()[memory_.zone_of(pfn)->node]; }
    bool is_file(Pfn pfn) const {
        return frame_state::owner(memory_.frames().state(pfn)) == Owner::page_cache;
    }
    u64 size_to_keep_for(u32 node, bool is_file) const;

    PageAllocator& memory_;
    Trace& trace_;
};

}  // namespace mmscope
