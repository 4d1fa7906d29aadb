// The buddy allocator of one zone: free lists, split and coalesce, and borrowing from other migratetypes.
//
//   order 3  [0 1 2 3 4 5 6 7]          alloc order 1:  take the head of the smallest list that fits,
//   order 2  [0 1 2 3|4 5 6 7]                          give the lowest part, list the upper halves
//   order 1  [0 1|2 3|4 5 6 7]          free order 1:   while the buddy (pfn xor 2^order) is free too, merge
//
// List order is the kernel's own: heads and tails, LIFO and FIFO, as in Linux 6.12 (`__free_one_page`,
// `__rmqueue`) and, for the profiles 6.1 and 2.6, their older fallback routines (buddy_fallback.cpp). Buddy knows no
// watermark, no per-CPU list and no caller. Left out: CMA and page isolation are never asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mm/alloc_flags.h"
#include "mm/page.h"
#include "mm/trace.h"
#include "mm/zone.h"

namespace mmscope {

// How far a request may go when the lists of its own migratetype are empty.
struct FallbackRights {
    bool may_mix = true;       // without ALLOC_NOFRAGMENT: blocks smaller than a pageblock may be borrowed
    bool wakes_kswapd = true;  // ALLOC_KSWAPD: a boost of the marks is followed by kswapd
};

// The free lists of one migratetype in registers: what the loops of split and merge work on. The set of
// non-empty orders is kept in `nonempty` and belongs back into the zone (`store`) when the loop is done; a state
// byte may alias anything, so without this every store would make the compiler read everything anew.
class TypeLists {
public:
    TypeLists(FrameTable& frames, Zone& zone, Migratetype type)
        : nonempty(zone.area.nonempty[static_cast<u32>(type)]),
          state_(frames.states()),
          link_(frames.links()),
          count_(&zone.area.count[0][static_cast<u32>(type)]),
          stored_(&zone.area.nonempty[static_cast<u32>(type)]),
          first_head_(frames.list_head(zone.list({0}, type))),
          head_state_(frame_state::free_head(type, {0})) {}

    u32 nonempty;

    u32 head(u32 order) const { return first_head_ + order * kMigratetypes; }
    u32 first(u32 order) const { return link_[head(order)].next; }
    u32 pop(u32 order) {
        const u32 list = head(order);
        const u32 pfn = link_[list].next;
        const u32 after = link_[pfn].next;
        link_[list].next = after;
        link_[after].prev = list;
        count_out(order);
        return pfn;
    }
    void push_head(u32 pfn, u32 order) { link_in(pfn, order, head(order), link_[head(order)].next); }
    void push_tail(u32 pfn, u32 order) { link_in(pfn, order, link_[head(order)].prev, head(order)); }
    // Leaves the state as it is: the caller knows what the frame becomes.
    void unlink(u32 pfn, u32 order) {
        const FrameLink own = link_[pfn];
        link_[own.prev].next = own.next;
        link_[own.next].prev = own.prev;
        count_out(order);
    }
    bool is_listed(u32 pfn, u32 order) const { return state_[pfn] == (head_state_ | order); }
    void store() { *stored_ = static_cast<u16>(nonempty); }

private:
    void count_out(u32 order) {
        const u32 left = --count_[order * kMigratetypes];
        if (left == 0) nonempty &= ~(1U << order);
    }
    void link_in(u32 pfn, u32 order, u32 before, u32 after) {
        link_[pfn] = {after, before};
        link_[before].next = pfn;
        link_[after].prev = pfn;
        state_[pfn] = static_cast<u8>(head_state_ | order);
        ++count_[order * kMigratetypes];
        nonempty |= 1U << order;
    }

    u8* const state_;
    FrameLink* const link_;
    u32* const count_;
    u16* const stored_;
    const u32 first_head_;
    const u8 head_state_;
};

// A view that binds a zone to its frames; made for one call, cheap to make.
class Buddy {
public:
    // `free_diff`: where the CPU at work keeps its part of NR_FREE_PAGES; null: every change is folded at once.
    Buddy(FrameTable& frames, Zone& zone, const Profile& profile, Trace& trace, i32* free_diff = nullptr)
        : frames_(frames), zone_(zone), profile_(profile), trace_(trace), free_diff_(free_diff) {}

    // __rmqueue: a block of `order` for `type`, or kNoPfn. Its frames still read as free tails: whoever takes
    // the block writes their states and marks them dirty.
    Pfn rmqueue(Order order, Migratetype type, const FallbackRights& rights = {});
    // One block of a refill, which keeps *steals from block to block: after a steal nothing else is tried (6.12).
    // Where the profile counts a refill at once, the caller does.
    Pfn rmqueue_next(Order order, Migratetype type, const FallbackRights& rights, bool* steals);
    // As many blocks as rmqueue_next would give one after another out of the first list that fits, at most `most`:
    // *first and those right behind it. 0: the lists of `type` are empty.
    u32 rmqueue_run(Order order, Migratetype type, u32 most, Pfn* first);
    // A block straight from the lists of one type, without fallback; kNoPfn if they are empty.
    Pfn rmqueue_listed(Order order, Migratetype type);
    // free_one_page: puts an allocated block back, merging as far as it goes. Writes all states.
    void free_block(Pfn pfn, Order order) { free_block(pfn, order, frames_.pageblock_type(pfn)); }
    void free_block(Pfn pfn, Order order, Migratetype type);  // `type` instead of the pageblock's own (6.1's lists)
    // __isolate_free_page: a free block leaves the lists for nobody's use; its frames read as allocated. One that is half
    // a pageblock or more makes its pageblocks Movable.
    void isolate_free_block(Pfn pfn, Order order);
    // __mod_zone_page_state(NR_FREE_PAGES), so many times in a row: the CPU's difference is folded once it exceeds the
    // zone's threshold.
    void count_free_pages(i32 pages, u32 times = 1);
    // move_freepages_block: all free blocks of the pageblock change to the lists of `type`; how many pages. From
    // 6.10 on nothing if the pageblock is not whole in this zone; before, see move_pageblock_6_1.
    std::optional<u32> move_pageblock(Pfn pfn, Migratetype type);

    // Puts a block that belongs to nobody on a list as it is (boot, import, tests): no merging.
    enum class Place : u8 { head, tail };
    void add_block(Pfn pfn, Order order, Migratetype type, Place place);
    // Free memory as memblock hands it over at boot: the largest aligned blocks, ascending, Movable, at the tail.
    void add_range(Pfn first, u32 frames);

    // The blocks of a list, head first, appended to `out` (at most `most`).
    void list_blocks(Order order, Migratetype type, u32 most, std::vector<Pfn>* out) const;

    // Lists, counts, states and pageblocks agree: empty, or a sentence that says where they don't.
    std::string check() const;

private:
    Pfn rmqueue_smallest(Order order, Migratetype type);
    void free_large(Pfn pfn, Order order);
    void boost_watermark(const FallbackRights& rights);
    void expand(Pfn pfn, Order order, Order wanted, Migratetype type);
    void free_one(Pfn pfn, Order order, Migratetype type);
    bool is_free_block(u32 pfn, u32 order) const;
    bool is_merge_likely(u32 pfn, u32 order) const;
    bool can_absorb(Pfn buddy, Order order, Migratetype type) const;
    void absorb(Pfn buddy, Order order, Migratetype type);

    // Fallback, buddy_fallback.cpp.
    Pfn claim(Order order, Migratetype type, const FallbackRights& rights);  // 6.12: __rmqueue_claim, __rmqueue_steal
    Pfn try_to_claim(Pfn block, Order block_order, Order order, Migratetype type, Migratetype from,
                     const FallbackRights& rights);
    Pfn claim_whole(Pfn block, Order block_order, Order order, Migratetype type, Migratetype from);
    Pfn steal(Order order, Migratetype type);
    bool fallback_6_1(Order order, Migratetype type, const FallbackRights& rights);  // 6.1: __rmqueue_fallback
    void steal_suitable_6_1(Pfn block, Order block_order, Migratetype type, bool whole_pageblock,
                            const FallbackRights& rights);
    u32 move_pageblock_6_1(Pfn block, Migratetype type);
    Pfn fallback_2_6(Order order, Migratetype type);  // 2.6: __rmqueue_fallback
    bool bring_pageblock_2_6(Pfn block, Order block_order, Migratetype type);

    void insert(Pfn pfn, Order order, Migratetype type, Place place);
    void remove(Pfn pfn, Order order, Migratetype type);
    void move_to_list(Pfn pfn, Order order, Migratetype type);
    u32 move_free(Pfn start, Pfn end, Migratetype type);
    void set_pageblock_types(Pfn pfn, Order order, Migratetype type);
    Pfn first_of(Order order, Migratetype type) const {
        return {frames_.links()[frames_.list_head(zone_.list(order, type))].next};
    }
    void emit(TraceKind kind, u32 order, Migratetype type, Pfn pfn, u32 a = 0, u32 b = 0) {
        trace_.emit(kind, zone_.position, order, static_cast<u32>(type), pfn.value, a, b);
    }

    FrameTable& frames_;
    Zone& zone_;
    const Profile& profile_;
    Trace& trace_;
    i32* free_diff_;
};

}  // namespace mmscope
