// Reclaim: taking pages away from those who need them least.
//
// Two ways lead here. kswapd, one a node, is woken when a zone falls to its low mark and works until one zone of the
// node is above its high mark; who cannot wait for it reclaims 32 pages himself (direct reclaim). Both go over the LRU
// lists from the tail, a 4,096th of a list at first, twice as much each time that this was not enough, down to all of
// it. What is found is a page of a file that was not used twice: if it is clean it is dropped, a dirty one is the
// flusher's to write (writeback.h); if processes map it, they are asked whether they used it, and it is taken out of
// their page tables first. Anonymous pages are swapped out where there is swap (pageout.h), and nobody looks at them
// where there is none; how many of each kind are looked at is scan_balance.h's. This is the classic algorithm of 5.x
// and 6.x; left out: MGLRU, which Debian's 6.12 uses instead, slab caches, memory cgroups, and that kswapd runs beside
// the others: here it runs when the code that woke it sleeps or is done. (mm/vmscan.c)
#pragma once

#include <array>

#include "mm/page_alloc.h"
#include "mm/scan_balance.h"

namespace mmscope {

inline constexpr u32 kSwapClusterMax = 32;      // pages looked at in one go, and what a direct reclaimer wants
inline constexpr u32 kFirstPriority = 12;       // DEF_PRIORITY: lists are scanned by size >> priority
inline constexpr u32 kMostReclaimRetries = 16;  // MAX_RECLAIM_RETRIES

// A view that binds reclaim to a machine's memory; made for one call, cheap to make.
class Reclaim {
public:
    Reclaim(PageAllocator& memory, u32 cpu, Trace& trace) : memory_(memory), cpu_(cpu), trace_(trace) {}

    // Direct reclaim (try_to_free_pages): the pages freed; 1 if compaction has enough to work with; 0: no progress.
    u32 try_to_free_pages(const AllocRequest& request);
    // wakeup_kswapd: of the zone's node, unless it is awake, has enough, or cannot help any more. `gfp` and
    // `highest_index` are the request's.
    void wake_kswapd(const Zone& zone, Order order, Gfp gfp, u32 highest_index);
    // On each node of the request's zonelist once (wake_all_kswapds).
    void wake_all_kswapds(const AllocRequest& request);
    // kswapd of a node: from waking up to falling asleep again.
    void run_kswapd(u32 node);
    // Whether some zone up to `highest_index` has its high mark and a block of the order (pgdat_balanced).
    bool is_balanced(u32 node, Order order, u32 highest_index) const;
    // Pages that reclaim could take from a zone (zone_reclaimable_pages).
    static u32 reclaimable_pages(const PageAllocator& memory, const Zone& zone);

private:
    struct Scan {  // struct scan_control
        Order order;
        u32 highest_index = 0;
        u32 wanted = kSwapClusterMax;
        u32 priority = kFirstPriority;
        bool is_kswapd = false;
        bool may_swap = true;                  // __GFP_IO
        std::array<bool, 2> may_deactivate{};  // anonymous pages, files
        bool forces_deactivation = false;
        bool skipped_deactivation = false;
        bool compaction_is_ready = false;
        u32 scanned = 0;
        u32 reclaimed = 0;
    };

    void run_woken_flusher();
    void shrink_zones(const AllocRequest& request, Scan* scan);
    void shrink_node(u32 node, Scan* scan);
    ScanTargets targets_of(u32 node, const Scan& scan);
    bool file_is_tiny(u32 node, const Scan& scan) const;
    void end_scan(u32 node);
    u32 shrink_lists(u32 node, Scan* scan);
    u32 shrink_list(u32 node, LruList list, u32 pages, Scan* scan);
    u32 shrink_inactive_list(u32 node, LruList list, u32 pages, Scan* scan);
    void shrink_active_list(u32 node, LruList list, u32 pages, const Scan& scan);
    bool inactive_is_low(u32 node, bool is_file) const;
    bool should_continue(u32 node, u32 reclaimed, const Scan& scan) const;
    bool is_ready_for_compaction(const Zone& zone, const Scan& scan) const;
    u32 eligible_pages(u32 node, LruList list, u32 highest_index) const;
    u32 pages_in(const std::vector<Pfn>& folios) const;
    // Up to `pages` pages off the tail of a list, in that order; those of higher zones go to its head. A huge page counts
    // as all of its own, and ends the run.
    std::vector<Pfn> isolate(u32 node, LruList list, u32 pages, u32 highest_index);
    Order balance(u32 node, Order order, u32 highest_index);  // balance_pgdat
    void set_reclaim_active(u32 node, u32 highest_index, bool is_active);
    u32 lower_boosts(u32 node, const std::vector<u32>& boosts);
    bool is_throttled(u32 node) const;
    bool may_sleep(u32 node, Order order, u32 highest_index);
    template <class Use>
    void for_each_zone(u32 node, u32 highest_index, Use use) const {
        for (const Zone& zone : memory_.zones())
            if (zone.node == node && zone.index <= highest_index && zone.managed != 0) use(zone);
    }

    PageAllocator& memory_;
    u32 cpu_;
    Trace& trace_;
};

}  // namespace mmscope
