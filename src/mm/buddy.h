// The buddy allocator of one zone: free lists, split and coalesce, and borrowing from other migratetypes.
//
//   order 3  [0 1 2 3 4 5 6 7]          alloc order 1:  take the head of the smallest list that fits,
//   order 2  [0 1 2 3|4 5 6 7]                          give the lowest part, list the upper halves
//   order 1  [0 1|2 3|4 5 6 7]          free order 1:   while the buddy (pfn xor 2^order) is free too, merge
//
// List order is the kernel's own: heads and tails, LIFO and FIFO, as in Linux 6.12 (`__free_one_page`,
// `__rmqueue`) and, for the profile 6.1, its older single fallback routine. Buddy knows no watermark, no
// per-CPU list and no caller; pages on the LRU do not exist yet, so a pageblock has no movable pages in use.
#pragma once

#include <string>

#include "mm/page.h"
#include "mm/trace.h"
#include "mm/zone.h"

namespace mmscope {

// A view that binds a zone to its frames; made for one call, cheap to make.
class Buddy {
public:
    Buddy(FrameTable& frames, Zone& zone, const Profile& profile, Trace& trace)
        : frames_(frames), zone_(zone), profile_(profile), trace_(trace) {}

    // __rmqueue: a block of `order` for `type`, or kNoPfn. The frames' states are the caller's to write
    // (take_ownership); until then they still read as free tails.
    Pfn rmqueue(Order order, Migratetype type);
    // free_one_page: puts a block back, merging. Every frame of it must be allocated (not checked here).
    void free_block(Pfn pfn, Order order);

    // Puts a block that belongs to nobody on a list as it is: boot, import, tests. No merging.
    enum class Place : u8 { head, tail };
    void add_block(Pfn pfn, Order order, Migratetype type, Place place);

    // The blocks of a list, head first, appended to `out` (at most `most`).
    void list_blocks(Order order, Migratetype type, u32 most, std::vector<Pfn>* out) const;

    // Free lists, counts, states and pageblocks agree: empty, or a sentence that says where they don't.
    std::string check() const;

private:
    struct Claim;
    Pfn rmqueue_smallest(Order order, Migratetype type);
    Pfn claim_or_steal(Order order, Migratetype type);               // 6.12
    Pfn try_to_claim_block(Pfn block, Order block_order, Order order, Migratetype type, Migratetype from);
    Pfn steal_block(Order order, Migratetype type);
    bool fallback_6_1(Order order, Migratetype type);                // moves something to `type`; then retry
    void steal_suitable_6_1(Pfn block, Order block_order, Migratetype type, Migratetype from, bool whole_block);
    void free_one(Pfn pfn, Order order, Migratetype type);
    void expand(Pfn pfn, Order order, Order wanted, Migratetype type);
    void insert(Pfn pfn, Order order, Migratetype type, Place place);
    void remove(Pfn pfn, Order order, Migratetype type);
    void move_to_list(Pfn pfn, Order order, Migratetype type);
    u32 count_free(Pfn start, Pfn end) const;
    u32 move_free(Pfn start, Pfn end, Migratetype type);
    void relabel(Pfn pfn, Order order, Migratetype type);
    bool has_free_buddy(Pfn buddy, Order order) const;
    Pfn list_first(Order order, Migratetype type) const;
    Migratetype first_fallback(Order order, Migratetype type, bool* found) const;

    FrameTable& frames_;
    Zone& zone_;
    const Profile& profile_;
    Trace& trace_;
};

}  // namespace mmscope
