// The HighAtomic reserve: pageblocks kept for requests of order > 0 that cannot wait.
#include <algorithm>
#include <bit>

#include "mm/page_alloc.h"

namespace mmscope {

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
    u32 pages = pageblock;
    if (profile_->highatomic_free_counts && order >= frames_.pageblock_order()) {  // nothing is left to be moved
        pages = order.frames();
        for (u32 at = 0; at < pages; at += pageblock) frames_.set_pageblock_type(pfn + at, Migratetype::highatomic);
    } else {
        Trace nobody;
        Buddy lists(frames_, zone, *profile_, nobody, &pcp(zone.position, cpu).free_diff);
        const bool is_moved = lists.move_pageblock(pfn, Migratetype::highatomic).has_value();
        if (!is_moved && profile_->highatomic_free_counts) return;
        frames_.set_pageblock_type(pfn, Migratetype::highatomic);
    }
    zone.nr_reserved_highatomic += pages;
    trace.emit(TraceKind::reserve_highatomic, zone.position, order.value, static_cast<u32>(Migratetype::highatomic),
               pfn.value, zone.nr_reserved_highatomic);
}

// The other way round: a pageblock of the reserve becomes one of the request's type. The last one only by force.
bool PageAllocator::unreserve_highatomic_pageblock(const AllocRequest& request, ByForce by_force, Trace& trace) {
    const u32 pageblock = frames_.pageblock_order().frames();
    const u32 type = static_cast<u32>(Migratetype::highatomic);
    for (const u8 position : zonelist(request.node, request.highest_index)) {
        Zone& zone = zones_[position];
        if (by_force == ByForce::no && zone.nr_reserved_highatomic <= pageblock) continue;
        if (zone.area.nonempty[type] == 0) continue;
        const u8 order = static_cast<u8>(std::countr_zero(zone.area.nonempty[type]));
        const Pfn pfn{frames_.links()[frames_.list_head(zone.list({order}, Migratetype::highatomic))].next};
        zone.nr_reserved_highatomic -= std::min(pageblock, zone.nr_reserved_highatomic);
        Trace nobody;
        Buddy lists(frames_, zone, *profile_, nobody, &pcp(position, request.cpu).free_diff);
        const std::optional<u32> moved = lists.move_pageblock(pfn, request.type);
        if (!moved && profile_->highatomic_free_counts) continue;
        for (u32 at = 0; at < Order{order}.frames(); at += pageblock) frames_.set_pageblock_type(pfn + at, request.type);
        trace.emit(TraceKind::unreserve_highatomic, position, request.order.value, static_cast<u32>(request.type),
                   pfn.value, zone.nr_reserved_highatomic);
        if (moved.value_or(0) != 0) return true;
    }
    return false;
}

}  // namespace mmscope
