// The LRU lists of a node: in which order reclaim looks at the pages of files and of anonymous memory.
//
//                   head: put here last                      tail: looked at first
//   inactive_file   [page]-[page]-[page]- ... -[page]-[page]   -> dropped, or to active_file if used again
//   active_file     [page]-[page]- ... -[page]                 -> to inactive_file when there are too few of those
//
// Pages of files and of anonymous memory stand on lists of their own. A page's list follows from its owner and its
// `active` flag. Sizes are in pages, a huge page counts all of
// its own; the zones count theirs (Zone::lru_size), a node's size is the sum. Left out: the
// unevictable list, the per-CPU batches in which the kernel moves pages from list to list, MGLRU's generations, memory
// cgroups. (mm/swap.c, include/linux/mm_inline.h)
#pragma once

#include <array>
#include <string>
#include <vector>

#include "mm/trace.h"
#include "mm/vmstat.h"
#include "mm/zone.h"

namespace mmscope {

constexpr LruList lru_list(bool is_file, bool is_active) {
    return static_cast<LruList>((is_file ? 2U : 0U) + (is_active ? 1U : 0U));
}
constexpr bool is_file_list(LruList list) { return list >= LruList::inactive_file; }
constexpr bool is_active_list(LruList list) { return (static_cast<u32>(list) & 1) != 0; }

// What a node has besides its zones (struct pglist_data): its lists and its two daemons.
struct NodeData {
    u32 first_list = 0;  // of kLruLists list heads in the FrameTable
    bool kswapd_is_awake = false;
    Order kswapd_order;           // the largest order that kswapd was woken for
    u8 kswapd_highest_index = 0;  // the highest zone that whoever woke it may use
    u8 kswapd_failures = 0;  // runs in a row that freed nothing; after kMostReclaimRetries it is not woken any more
    Order kcompactd_order;   // 0: asleep
    u8 kcompactd_highest_index = 0;
    // What reclaim remembers of both kinds of lists, anonymous memory [0] and files [1] (struct lruvec).
    std::array<u64, 2> cost{};  // anon_cost, file_cost: what taking pages off them has cost of late
    u64 nonresident_age = 0;    // pages evicted and activated so far: the clock of refault distances
    // workingset_refault, _activate, _restore; and how many were activated when the last reclaim ended.
    std::array<u64, 2> refaults{}, activations{}, restores{}, activations_seen{};
    std::array<u64, kNodeEventCount> events{};  // this node's share of kNodeEvents (mm/vmstat.h)
    // Huge pages of which a part is unmapped, the oldest first (deferred_split_queue), and what their shrinker has put off.
    std::vector<Pfn> split_queue;
    u64 split_put_off = 0;
};

// A view that binds one node's lists to the frames and zones; made for one call, cheap to make.
class LruLists {
public:
    LruLists(FrameTable& frames, std::vector<Zone>& zones, const NodeData& node)
        : frames_(frames), zones_(zones), node_(node) {}

    // A page of this node, whose state and MappedPage say where it belongs, goes to the head of its list.
    void add(Pfn pfn);
    // Off its list; the state stays.
    void remove(Pfn pfn);
    // A huge page on its list becomes single pages: the head keeps its place, the others, whose states and MappedPages
    // say so already, are put in front of it, the last one first (lru_add_page_tail).
    void split(Pfn head, u32 pages);
    // From wherever it is to the head of the active or the inactive list (folio_activate, deactivation).
    void move(Pfn pfn, bool is_active);
    // To the head of the list it is on.
    void rotate(Pfn pfn) { move(pfn, frames_.mapped(pfn).active); }

    Pfn tail(LruList list) const { return page(frames_.links()[head(list)].prev); }
    // The next one towards the head; kNoPfn at the end.
    Pfn before(Pfn pfn) const { return page(frames_.links()[pfn.value].prev); }

    LruList list_of(Pfn pfn) const {
        return lru_list(frame_state::owner(frames_.state(pfn)) == Owner::page_cache, frames_.mapped(pfn).active);
    }
    void list_pages(LruList list, u32 most, std::vector<Pfn>* out) const;  // head first
    // Links, states and flags agree; the pages by zone position are added to `sizes`. Empty, or a sentence.
    std::string check(std::vector<std::array<u32, kLruLists>>* sizes) const;

private:
    u32 head(LruList list) const { return frames_.list_head(node_.first_list + static_cast<u32>(list)); }
    Pfn page(u32 link) const { return link < frames_.frames() ? Pfn{link} : kNoPfn; }
    Zone& zone_of(Pfn pfn) const;

    FrameTable& frames_;
    std::vector<Zone>& zones_;
    const NodeData& node_;
};

}  // namespace mmscope
