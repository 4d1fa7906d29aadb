#include "mm/compaction.h"

#include <algorithm>

#include "mm/fallback_rules.h"
#include "mm/page_cache.h"
#include "mm/vmscan.h"

namespace mmscope {

namespace {

constexpr u32 kClusterMax = kSwapClusterMax;  // COMPACT_CLUSTER_MAX: pages moved in one go
constexpr u8 kMostDeferShift = 6;
constexpr int kExtfragThreshold = 500;  // vm.extfrag_threshold

u32 zone_end(const Zone& zone) { return zone.start.value + zone.spanned; }

}  // namespace

bool is_suitable_for_compaction(const Zone& zone, const Profile& profile, Order order, u32 highest_index) {
    const u32 mark = zone.mark(order.value > kCostlyOrder ? Watermark::low : Watermark::min) + compact_gap(order);
    if (!zone_has_mark(zone, profile, {0}, mark, highest_index)) return false;
    if (order.value <= kCostlyOrder) return true;
    const int index = fragmentation_index(zone, order);
    return index < 0 || index > kExtfragThreshold;
}

void Compaction::reset_skips(FrameTable& frames, Zone& zone) {
    const u32 pageblock = frames.pageblock_order().frames();
    for (u32 pfn = block_start(zone.start, frames.pageblock_order()).value; pfn < zone_end(zone); pfn += pageblock)
        frames.set_skipped({pfn}, false);
    zone.compaction.migrate_pfn[0] = zone.compaction.migrate_pfn[1] = zone.start.value;
    zone.compaction.free_pfn = block_start({zone_end(zone) - 1}, frames.pageblock_order()).value;
    zone.compaction.flushes_skips = false;
}

// After each failure twice as many requests are turned away, up to 63 (compaction_deferred, defer_compaction).
bool Compaction::is_deferred(Zone& zone, Order order) {
    CompactionState& state = zone.compaction;
    const u32 limit = 1U << state.defer_shift;
    if (order.value < state.order_failed) return false;
    if (++state.considered >= limit) {
        state.considered = limit;
        return false;
    }
    trace_.emit(TraceKind::mm_compaction_deferred, zone.position, order.value, 0, kNoPfn.value, state.considered,
                limit);
    return true;
}

void Compaction::reset_deferral(Zone& zone, Order order, bool has_allocated) {
    CompactionState& state = zone.compaction;
    if (has_allocated) state.considered = state.defer_shift = 0;
    if (order.value >= state.order_failed) state.order_failed = static_cast<u8>(order.value + 1);
}

namespace {

void defer(Zone& zone, Order order) {
    CompactionState& state = zone.compaction;
    state.considered = 0;
    state.defer_shift = std::min<u8>(kMostDeferShift, static_cast<u8>(state.defer_shift + 1));
    state.order_failed = std::min(state.order_failed, order.value);
}

// Deferred as often as can be: now everything is looked at afresh.
bool is_restarting(const CompactionState& state, Order order) {
    return order.value >= state.order_failed && state.defer_shift == kMostDeferShift &&
           state.considered >= 1U << state.defer_shift;
}

}  // namespace

CompactResult Compaction::try_to_compact_pages(const AllocRequest& request, const AllocFlags& flags,
                                               CompactPriority priority) {
    if (!request.gfp.has(gfp::kIo)) return CompactResult::skipped;
    CompactResult best = CompactResult::skipped;
    for (const u8 position : memory_.zonelist(request.node, request.highest_index)) {
        Zone& zone = memory_.zones()[position];
        if (priority != CompactPriority::sync_full && is_deferred(zone, request.order)) {
            best = std::max(best, CompactResult::deferred);
            continue;
        }
        Control control;
        control.order = request.order;
        control.type = request.type;
        control.is_async = priority == CompactPriority::async;
        control.is_direct = true;
        control.is_whole_zone = control.ignores_marks = priority == CompactPriority::sync_full;
        control.highest_index = request.highest_index;
        CompactResult result = CompactResult::success;
        if (!test_watermark(zone, memory_.profile(), request, flags, zone.mark(flags.mark)).passes()) {
            const bool is_suitable =
                is_suitable_for_compaction(zone, memory_.profile(), request.order, request.highest_index);
            trace_.emit(TraceKind::mm_compaction_suitable, position, request.order.value, u32{is_suitable},
                        kNoPfn.value, zone.nr_free_pages,
                        static_cast<u32>(fragmentation_index(zone, request.order) + 1000));
            result = is_suitable ? compact_zone(zone, &control) : CompactResult::skipped;
        }
        best = std::max(best, result);
        if (result == CompactResult::success) {
            reset_deferral(zone, request.order, false);
            break;
        }
        const bool has_seen_all = result == CompactResult::complete || result == CompactResult::partial_skipped;
        if (!control.is_async && has_seen_all) defer(zone, request.order);
    }
    return best;
}

bool Compaction::would_be_suitable(const AllocRequest& request) const {
    for (const u8 position : memory_.zonelist(request.node, request.highest_index)) {
        Zone zone = memory_.zones()[position];  // a copy, with what reclaim could add
        zone.nr_free_pages += Reclaim::reclaimable_pages(memory_, zone) / request.order.value;
        if (is_suitable_for_compaction(zone, memory_.profile(), request.order, request.highest_index)) return true;
    }
    return false;
}

u32 Compaction::compact_all() {
    memory_.drain_pages(std::nullopt, std::nullopt, trace_);  // lru_add_drain_all
    u32 moved = 0;
    for (Zone& zone : memory_.zones()) {
        if (zone.managed == 0) continue;
        Control control;
        control.has_order = false;
        control.is_whole_zone = control.ignores_marks = true;
        compact_zone(zone, &control);
        moved += control.moved;
    }
    return moved;
}

// wakeup_kcompactd: only if there is something that it could do.
void Compaction::wake(u32 node, Order order, u32 highest_index) {
    if (order.value == 0) return;
    bool is_of_use = false;
    for (const Zone& zone : memory_.zones()) {
        if (zone.node != node || zone.index > highest_index || zone.managed == 0) continue;
        const bool has_block = zone_has_mark(zone, memory_.profile(), order, zone.mark(Watermark::min), highest_index);
        is_of_use |= !has_block && is_suitable_for_compaction(zone, memory_.profile(), order, highest_index);
    }
    if (!is_of_use) return;
    NodeData& data = memory_.node_data()[node];
    data.kcompactd_order = std::max(data.kcompactd_order, order);
    data.kcompactd_highest_index = std::max(data.kcompactd_highest_index, static_cast<u8>(highest_index));
}

void Compaction::run_kcompactd(u32 node) {
    NodeData& data = memory_.node_data()[node];
    Control asked;
    asked.order = data.kcompactd_order;
    asked.highest_index = data.kcompactd_highest_index;
    data.kcompactd_order = {0};
    data.kcompactd_highest_index = 0;
    memory_.count(VmCounter::compact_daemon_wake);
    trace_.emit(TraceKind::mm_compaction_kcompactd_wake, 0, asked.order.value, 0, kNoPfn.value, node);
    for (Zone& zone : memory_.zones()) {
        if (zone.node != node || zone.index > asked.highest_index || zone.managed == 0) continue;
        if (is_deferred(zone, asked.order)) continue;
        if (zone_has_mark(zone, memory_.profile(), asked.order, zone.mark(Watermark::min), asked.highest_index))
            continue;
        if (!is_suitable_for_compaction(zone, memory_.profile(), asked.order, asked.highest_index)) continue;
        Control control = asked;
        const CompactResult result = compact_zone(zone, &control);
        if (result == CompactResult::success) {
            reset_deferral(zone, asked.order, false);
        } else if (result == CompactResult::complete || result == CompactResult::partial_skipped) {
            memory_.drain_pages(zone.position, std::nullopt, trace_);
            defer(zone, asked.order);
        }
    }
}

// ---- one zone ----

void Compaction::place_scanners(Zone& zone, Control* control) const {
    CompactionState& state = zone.compaction;
    const u32 start = zone.start.value;
    const u32 last_block = block_start({zone_end(zone) - 1}, memory_.frames().pageblock_order()).value;
    if (control->is_whole_zone) {
        control->migrate_pfn = start;
        control->free_pfn = last_block;
        return;
    }
    u32& cached = state.migrate_pfn[control->is_async ? 0 : 1];
    if (state.free_pfn < start || state.free_pfn >= zone_end(zone)) state.free_pfn = last_block;
    if (cached < start || cached >= zone_end(zone)) state.migrate_pfn[0] = state.migrate_pfn[1] = start;
    control->free_pfn = state.free_pfn;
    control->migrate_pfn = cached;
    control->is_whole_zone = control->migrate_pfn <= start;
}

// Only at the end of a pageblock is it asked whether there is a block now (__compact_finished).
CompactResult Compaction::is_finished(Zone& zone, const Control& control) const {
    const FrameTable& frames = memory_.frames();
    const u32 pageblock = frames.pageblock_order().value;
    if (control.free_pfn >> pageblock <= control.migrate_pfn >> pageblock) {
        zone.compaction.migrate_pfn[0] = zone.compaction.migrate_pfn[1] = zone.start.value;
        zone.compaction.free_pfn = block_start({zone_end(zone) - 1}, frames.pageblock_order()).value;
        if (control.is_direct) zone.compaction.flushes_skips = true;
        return control.is_whole_zone ? CompactResult::complete : CompactResult::partial_skipped;
    }
    if (!control.has_order || (control.migrate_pfn & (frames.pageblock_order().frames() - 1)) != 0)
        return CompactResult::go_on;
    if (zone.area.has(control.order, control.type)) return CompactResult::success;
    for (Order order = control.order; order.value <= kMaxPageOrder; ++order.value) {
        if (!can_claim(order, control.type, frames.pageblock_order())) continue;
        if (find_fallback(zone.area, order, control.type) != kNoFallback) return CompactResult::success;
    }
    return CompactResult::go_on;
}

CompactResult Compaction::compact_zone(Zone& zone, Control* control) {
    if (control->has_order && is_restarting(zone.compaction, control->order)) reset_skips(memory_.frames(), zone);
    place_scanners(zone, control);
    control->search_order = control->order.value;
    control->first_free_pfn = control->free_pfn;
    const u32 order = control->has_order ? control->order.value : kNrPageOrders;
    trace_.emit_headline(TraceKind::mm_compaction_begin, zone.position, order, u32{control->is_async},
                         control->migrate_pfn, control->free_pfn);
    u32 last_migrated = 0;  // 0: nothing since the CPU's lists were emptied
    CompactResult result = CompactResult::go_on;
    while ((result = is_finished(zone, *control)) == CompactResult::go_on) {
        const Order pageblock = memory_.frames().pageblock_order();
        control->finishes_block = last_migrated != 0 && block_start({last_migrated}, pageblock) ==
                                                            block_start({control->migrate_pfn}, pageblock);
        if (isolate_migratepages(zone, control)) {
            const u32 block = block_start({control->migrate_pfn - 1}, pageblock).value;
            last_migrated = std::max(zone.start.value, block);
            if (!migrate(zone, control)) {
                result = is_finished(zone, *control);  // no frame to move to: the scanners have met
                break;
            }
        }
        if (control->has_order) drain_behind(zone, *control, &last_migrated);
    }
    release_targets(zone, control);
    trace_.emit_headline(TraceKind::mm_compaction_end, zone.position, order, static_cast<u32>(result),
                         control->migrate_pfn, control->free_pfn, control->moved);
    return result;
}

// Frames left behind lie on the CPU's list; once the scanner is past a block of the order they go back, so that
// they can merge.
void Compaction::drain_behind(Zone& zone, const Control& control, u32* last_migrated) {
    if (*last_migrated == 0 || *last_migrated >= block_start({control.migrate_pfn}, control.order).value) return;
    memory_.drain_pages(zone.position, cpu_, trace_);
    *last_migrated = 0;
}

void Compaction::cache_migrate_pfn(Zone& zone, const Control& control, u32 pfn) const {
    CompactionState& state = zone.compaction;
    state.migrate_pfn[0] = std::max(state.migrate_pfn[0], pfn);
    if (!control.is_async) state.migrate_pfn[1] = std::max(state.migrate_pfn[1], pfn);
}

// suitable_migration_source: an asynchronous run only empties pageblocks of the request's own type.
bool Compaction::is_source(Pfn block, const Control& control) const {
    if (!control.is_async || !control.is_direct) return true;
    const Migratetype type = memory_.frames().pageblock_type(block);
    return control.type == Migratetype::movable ? type == Migratetype::movable || type == Migratetype::cma
                                                : type == control.type;
}

// Goes on to the next pageblock worth looking at and takes 32 of its pages off their lists, then the rest. False: none.
bool Compaction::isolate_migratepages(Zone& zone, Control* control) {
    const FrameTable& frames = memory_.frames();
    const Order pageblock = frames.pageblock_order();
    u32 end = block_start({control->migrate_pfn}, pageblock).value + pageblock.frames();
    for (; end <= control->free_pfn; control->migrate_pfn = end, end += pageblock.frames()) {
        const Pfn block = block_start({control->migrate_pfn}, pageblock);
        const bool is_begin = control->migrate_pfn == block.value || control->migrate_pfn == zone.start.value;
        if (is_begin && !control->ignores_marks && frames.is_skipped(block)) continue;
        if (!is_source(block, *control)) {
            cache_migrate_pfn(zone, *control, end);
            continue;
        }
        isolate_migratepages_block(zone, control, end);
        break;
    }
    return !control->pages.empty();
}

// A page that cannot be moved spoils the whole block of the order for an asynchronous run: on to the next one.
void Compaction::isolate_migratepages_block(Zone& zone, Control* control, u32 end) {
    FrameTable& frames = memory_.frames();
    const bool skips_on_failure = control->is_async && control->is_direct;
    const u32 from = control->migrate_pfn;
    const u32 block = control->order.frames();
    u32 next_skip = block_start({from}, control->order).value + block;
    u32 pfn = from;
    while (pfn < end && (control->finishes_block || control->pages.size() < kClusterMax)) {
        if (skips_on_failure && pfn >= next_skip) {
            if (!control->pages.empty()) break;
            next_skip = block_start({pfn}, control->order).value + block;
        }
        const u8 state = frames.state({pfn});
        if (frame_state::is_on_lru(state) && !frames.is_huge({pfn})) {
            memory_.lru(zone.node).remove({pfn});
            control->pages.push_back({pfn});
        } else if (frame_state::is_free_head(state)) {
            pfn += frame_state::order(state).frames();
            continue;
        } else if (skips_on_failure) {
            LruLists lists = memory_.lru(zone.node);
            for (const Pfn page : control->pages) lists.add(page);  // putback_movable_pages
            control->pages.clear();
            pfn = frames.is_huge({pfn}) ? pfn + frames.folio_pages({pfn}) : next_skip;
            next_skip += block;
            continue;
        }
        pfn += frames.folio_pages({pfn});  // a huge page is as large as any block that could be made
    }
    pfn = std::min(pfn, end);
    memory_.count(VmCounter::compact_migrate_scanned, pfn - from);
    memory_.count(VmCounter::compact_isolated, control->pages.size());
    if (pfn == end && (control->pages.empty() || control->finishes_block)) {
        frames.set_skipped({from}, true);
        cache_migrate_pfn(zone, *control, pfn);
    }
    control->migrate_pfn = pfn;
    trace_.emit(TraceKind::mm_compaction_isolate_migratepages, zone.position, 0, 0, from, pfn,
                static_cast<u32>(control->pages.size()));
}

// False: there is no frame left to move a page to. What could not be moved goes back on its list.
bool Compaction::migrate(Zone& zone, Control* control) {
    PageCache cache(memory_, cpu_, trace_);
    const u32 wanted = static_cast<u32>(control->pages.size());
    u32 moved = 0;
    while (!control->pages.empty()) {
        const Pfn target = take_target(zone, control);
        if (target == kNoPfn) break;
        const Pfn page = control->pages.back();
        control->pages.pop_back();
        cache.replace(page, target);
        memory_.free_lru_page(page, cpu_, trace_);
        ++moved;
    }
    LruLists lists = memory_.lru(zone.node);
    for (const Pfn page : control->pages) lists.add(page);
    control->pages.clear();
    control->moved += moved;
    memory_.count(VmCounter::pgmigrate_success, moved);
    trace_.emit(TraceKind::mm_compaction_migratepages, zone.position, 0, 0, kNoPfn.value, moved, wanted - moved);
    return moved == wanted;
}

}  // namespace mmscope
