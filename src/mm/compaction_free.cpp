// The free scanner of compaction: from the zone's end downwards, free blocks are taken off the buddy lists as targets.
//
// Before it looks through pageblocks frame by frame it searches the free lists for a block in the top quarter of what
// lies between the scanners, and takes the highest one of the top half if there is none (fast_isolate_freepages).
#include <algorithm>

#include "mm/compaction.h"
#include "mm/vmscan.h"

namespace mmscope {

// suitable_migration_target: Movable pageblocks that are not free as a whole.
bool Compaction::is_target(Pfn block, const Control& control) const {
    const FrameTable& frames = memory_.frames();
    const u8 state = frames.state(block);
    if (frame_state::is_free_head(state) && frame_state::order(state) >= frames.pageblock_order()) return false;
    const Migratetype type = frames.pageblock_type(block);
    return control.ignores_marks || type == Migratetype::movable || type == Migratetype::cma;
}

// A free block becomes a target, unless that would go into the reserve below min, which is not there for moving pages
// about (__isolate_free_page).
bool Compaction::isolate_target(Zone& zone, Control* control, Pfn pfn, Order order) {
    const u32 mark = zone.watermark[static_cast<u32>(Watermark::min)] + order.frames();
    if (!zone_has_mark(zone, memory_.profile(), {0}, mark, 0)) return false;
    Trace nobody;
    Buddy lists(memory_.frames(), zone, memory_.profile(), nobody, &memory_.pcp(zone.position, cpu_).free_diff);
    lists.isolate_free_block(pfn, order);
    control->targets[order.value].push_back(pfn);
    control->target_pages += order.frames();
    memory_.count(VmCounter::compact_isolated, order.frames());
    return true;
}

// Takes free blocks between *pfn and `end`, ascending, until there are as many pages as are to be moved. An
// asynchronous run looks at every `stride`-th frame only until it finds something.
u32 Compaction::isolate_freepages_block(Zone& zone, Control* control, u32* pfn, u32 end, u32 stride) {
    const FrameTable& frames = memory_.frames();
    const u32 from = *pfn;
    u32 isolated = 0;
    while (*pfn < end) {
        const u8 state = frames.state({*pfn});
        if (!frame_state::is_free_head(state)) {
            *pfn += stride;
            continue;
        }
        const Order order = frame_state::order(state);
        if (!isolate_target(zone, control, {*pfn}, order)) break;
        *pfn += order.frames();
        isolated += order.frames();
        stride = 1;
        if (control->pages.size() <= control->target_pages) break;
    }
    *pfn = std::min(*pfn, end);
    memory_.count(VmCounter::compact_free_scanned, *pfn - from);
    trace_.emit(TraceKind::mm_compaction_isolate_freepages, zone.position, 0, 0, from, *pfn, isolated);
    return isolated;
}

// One Movable list from its tail: a block in the top quarter at once, else the highest in the top half. The list is
// turned so that the next search begins behind what this one saw.
Pfn Compaction::search_free_list(Zone& zone, const Control& control, Order order, u32* limit, u32* highest) {
    FrameLink* const link = memory_.frames().links();
    const Order pageblock = memory_.frames().pageblock_order();
    const u32 distance = control.free_pfn - control.migrate_pfn;
    const u32 preferred = block_start({control.free_pfn - (distance >> 2)}, pageblock).value;
    const u32 least = block_start({control.free_pfn - (distance >> 1)}, pageblock).value;
    const u32 head = memory_.frames().list_head(zone.list(order, Migratetype::movable));
    u32 found = kNoPfn.value, last = head, high = 0;
    u32 scanned = 0;
    for (u32 pfn = link[head].prev; pfn != head && found == kNoPfn.value; pfn = link[pfn].prev) {
        ++scanned;
        last = pfn;
        if (pfn >= *highest) *highest = std::max(block_start({pfn}, pageblock).value, zone.start.value);
        if (pfn >= preferred) {
            found = pfn;
        } else if (pfn >= least && pfn > high) {
            high = pfn;
            *limit >>= 1;
        }
        if (scanned >= *limit) break;
    }
    if (found == kNoPfn.value && high != 0) last = found = high;
    memory_.count(VmCounter::compact_free_scanned, scanned);
    if (scanned >= *limit) *limit = std::max(1U, *limit >> 1);
    if (last == head || link[head].next == last) return {found};
    link[link[head].prev].next = link[head].next;  // the list's head moves in front of `last`
    link[link[head].next].prev = link[head].prev;
    link[head] = {last, link[last].prev};
    link[link[last].prev].next = head;
    link[last].prev = head;
    return {found};
}

// True if there are targets now.
bool Compaction::search_free_lists(Zone& zone, Control* control) {
    if (!control->has_order || control->order.value == 0 || control->free_pfn <= control->migrate_pfn) return false;
    const bool is_start = control->free_pfn >= control->first_free_pfn;
    const u32 narrowed = (kSwapClusterMax >> std::min(5U, control->failed_searches)) + 1;
    u32 limit = is_start ? memory_.frames().pageblock_order().frames() >> 1 : std::max(1U, narrowed >> 1);
    u32 highest = 0;
    control->search_order = std::min(control->order.value - 1, control->search_order);
    Pfn found = kNoPfn;
    for (i32 order = control->search_order; found == kNoPfn && order >= 0;) {
        const Order of{static_cast<u8>(order)};
        if (zone.area.nr_free(of) != 0) {
            found = search_free_list(zone, *control, of, &limit, &highest);
            if (found != kNoPfn && !isolate_target(zone, control, found, of)) found = kNoPfn;
            if (found != kNoPfn) control->search_order = order;
        }
        order = next_search_order(control, order);
    }
    if (found == kNoPfn) {
        ++control->failed_searches;
        const u32 half = control->free_pfn - ((control->free_pfn - control->migrate_pfn) >> 1);
        const u32 least = block_start({half}, memory_.frames().pageblock_order()).value;
        if (is_start && highest >= least)
            control->free_pfn = highest;
        else if (is_start && control->is_direct)
            control->free_pfn = std::max(least, zone.start.value);
        return false;
    }
    control->failed_searches = 0;
    isolate_around(zone, control, found);
    return true;
}

// Down from order to order, round once.
i32 Compaction::next_search_order(Control* control, i32 order) {
    --order;
    if (order < 0) order = control->order.value - 1;
    if (order != control->search_order) return order;
    if (--control->search_order < 0) control->search_order = control->order.value - 1;
    return -1;
}

// The rest of a target's pageblock, but not in a hurry (fast_isolate_around).
void Compaction::isolate_around(Zone& zone, Control* control, Pfn pfn) {
    if (control->target_pages >= control->pages.size() || (control->is_async && control->is_direct)) return;
    FrameTable& frames = memory_.frames();
    const Pfn block = block_start(pfn, frames.pageblock_order());
    const u32 end = std::min(block.value + frames.pageblock_order().frames(), zone.start.value + zone.spanned);
    u32 at = std::max(block.value, zone.start.value);
    isolate_freepages_block(zone, control, &at, end, 1);
    if (at == end) frames.set_skipped(block, true);
}

void Compaction::isolate_freepages(Zone& zone, Control* control) {
    if (search_free_lists(zone, control)) return;
    FrameTable& frames = memory_.frames();
    const u32 pageblock = frames.pageblock_order().frames();
    const u32 zone_end = zone.start.value + zone.spanned;
    const u32 lowest = block_start({control->migrate_pfn}, frames.pageblock_order()).value + pageblock;
    u32 stride = control->is_async ? kSwapClusterMax : 1;
    u32 at = control->free_pfn;
    u32 block = block_start({at}, frames.pageblock_order()).value;
    for (; block >= lowest && block >= zone.start.value; block -= pageblock, at = block) {
        if (!is_target({block}, *control)) continue;
        if (!control->ignores_marks && frames.is_skipped({block})) continue;
        const u32 end = std::min(block + pageblock, zone_end);
        const u32 isolated = isolate_freepages_block(zone, control, &at, end, stride);
        if (at == end) {
            frames.set_skipped({block}, true);
            zone.compaction.free_pfn = std::min(zone.compaction.free_pfn, block);
        }
        if (control->target_pages >= control->pages.size()) {
            if (at >= end) at = block - pageblock;
            break;
        }
        if (at < end) break;
        stride = isolated != 0 ? 1 : std::min(kSwapClusterMax, stride << 1);
    }
    control->free_pfn = at;
}

// The first block of the least order is split as far as needed; upper halves stay (compaction_alloc).
Pfn Compaction::take_target(Zone& zone, Control* control) {
    if (control->target_pages == 0) isolate_freepages(zone, control);
    if (control->target_pages == 0) return kNoPfn;
    u32 order = 0;
    while (control->targets[order].empty()) ++order;
    const Pfn pfn = control->targets[order].front();
    control->targets[order].erase(control->targets[order].begin());
    while (order-- != 0) control->targets[order].insert(control->targets[order].begin(), pfn + (1U << order));
    --control->target_pages;
    return pfn;
}

// What was not needed goes back, and the free scanner with it (release_free_list).
void Compaction::release_targets(Zone& zone, Control* control) {
    u32 highest = 0;
    for (u8 order = 0; order < kNrPageOrders; ++order) {
        for (const Pfn pfn : control->targets[order]) {
            highest = std::max(highest, pfn.value);
            memory_.free_isolated(pfn, {order}, cpu_, trace_);
        }
        control->targets[order].clear();
    }
    if (control->target_pages == 0) return;
    control->target_pages = 0;
    const u32 block = block_start({highest}, memory_.frames().pageblock_order()).value;
    zone.compaction.free_pfn = std::max(zone.compaction.free_pfn, block);
}

}  // namespace mmscope
