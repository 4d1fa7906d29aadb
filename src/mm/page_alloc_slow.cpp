// __alloc_pages_slowpath: what is tried when no zone stands above its low mark, in the kernel's order.
//
//   1. kswapd is woken on every node of the zonelist
//   2. all zones again, against min, with the reserves that the flags open
//   3. __GFP_MEMALLOC: all zones without any mark
//   4. give up: NULL, and a failure report unless __GFP_NOWARN
//
// Left out for now, between 3 and 4: direct reclaim, direct compaction and the OOM killer. A caller that could wait
// for them fails here.
#include "mm/page_alloc.h"

#include <algorithm>

namespace mmscope {

AllocFlags slow_flags(Gfp mask, Order order, const Profile& profile) {
    AllocFlags flags;
    flags.mark = Watermark::min;
    flags.min_reserve = mask.has(gfp::kHigh);
    flags.kswapd = mask.has(gfp::kKswapdReclaim) || !profile.has_kswapd_flag;
    flags.cold = mask.has(gfp::kCold);
    if (mask.has(gfp::kDirectReclaim)) return flags;
    flags.non_block = !mask.has(gfp::kNomemalloc);
    flags.highatomic = profile.has_highatomic && flags.non_block && flags.min_reserve && order.value != 0;
    return flags;
}

void PageAllocator::wakeup_kswapd(const Zone& zone, Order order, Trace& trace) {
    trace.emit(TraceKind::wakeup_kswapd, zone.position, order.value, 0, kNoPfn.value);
}

// wake_all_kswapds: once for each node, by its highest zone in the list.
void PageAllocator::wake_kswapds(const AllocRequest& request, Trace& trace) {
    u32 last_node = nodes_;
    for (const u8 position : zonelist(request.node, request.highest_index)) {
        const Zone& zone = zones_[position];
        if (zone.node != last_node) wakeup_kswapd(zone, request.order, trace);
        last_node = zone.node;
    }
}

Pfn PageAllocator::alloc_pages_slowpath(const AllocRequest& request, Trace& trace) {
    const AllocFlags flags = slow_flags(request.gfp, request.order, *profile_);
    const u32 type = static_cast<u32>(request.type);
    trace.emit(TraceKind::slowpath, 0, request.order.value, type, kNoPfn.value, request.gfp.bits);
    if (flags.kswapd) wake_kswapds(request, trace);
    Pfn pfn = get_page_from_freelist(request, flags, trace);
    if (pfn == kNoPfn && request.gfp.has(gfp::kMemalloc) && !request.gfp.has(gfp::kNomemalloc)) {
        pfn = get_page_from_freelist(request, without_marks(flags), trace);
    }
    if (pfn == kNoPfn)
        trace.emit(TraceKind::page_alloc_failure, 0, request.order.value, type, kNoPfn.value, request.gfp.bits);
    return pfn;
}

// A pageblock that just served an order > 0 request in need becomes a reserve for the next ones: up to 1 % of the
// zone, rounded as each version rounds it.
void PageAllocator::reserve_highatomic_pageblock(Zone& zone, Pfn pfn, Order order, u32 cpu, Trace& trace) {
    const u32 pageblock = frames_.pageblock_order().frames();
    const u32 share = zone.managed / 100;
    u32 most = share + pageblock;
    if (profile_->highatomic_free_counts) {
        if (share < pageblock) return;
        most = (share + pageblock - 1) / pageblock * pageblock;
    }
    if (zone.nr_reserved_highatomic >= most || frames_.pageblock_type(pfn) > Migratetype::reclaimable) return;
    Trace nobody;
    Buddy lists(frames_, zone, *profile_, nobody, &pcp(zone.position, cpu).free_diff);
    const bool moved = lists.move_pageblock(pfn, Migratetype::highatomic).has_value();
    if (!moved && profile_->highatomic_free_counts) return;
    frames_.set_pageblock_type(pfn, Migratetype::highatomic);
    zone.nr_reserved_highatomic += profile_->highatomic_free_counts ? std::max(pageblock, order.frames()) : pageblock;
    trace.emit(TraceKind::reserve_highatomic, zone.position, order.value, static_cast<u32>(Migratetype::highatomic),
               pfn.value, zone.nr_reserved_highatomic);
}

}  // namespace mmscope
