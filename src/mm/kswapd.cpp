// kswapd, the page daemon of a node: from being woken to falling asleep.
//
//   asleep --(a zone at its low mark)--> balance: scan, more and more of the lists --(a zone above high)--> asleep
//                                           |                                             wakes kcompactd for a block
//                                           +--(16 runs that freed nothing)--> hopeless: not woken until somebody frees
#include <algorithm>

#include "mm/compaction.h"
#include "mm/vmscan.h"

namespace mmscope {

bool Reclaim::is_balanced(u32 node, Order order, u32 highest_index) const {
    bool has_zone = false;
    bool is_enough = false;
    for_each_zone(node, highest_index, [&](const Zone& zone) {
        has_zone = true;
        is_enough |= zone_has_mark(zone, memory_.profile(), order, zone.mark(Watermark::high), highest_index);
    });
    return is_enough || !has_zone;
}

// A node whose kswapd cannot help any more, or that has enough, is left alone; for a block kcompactd may help.
void Reclaim::wake_kswapd(const Zone& zone, Order order, Gfp gfp, u32 highest_index) {
    NodeData& node = memory_.node_data()[zone.node];
    node.kswapd_highest_index = std::max(node.kswapd_highest_index, static_cast<u8>(highest_index));
    node.kswapd_order = std::max(node.kswapd_order, order);
    if (node.kswapd_is_awake) return;
    bool is_boosted = false;
    for_each_zone(zone.node, highest_index, [&](const Zone& other) { is_boosted |= other.boost != 0; });
    const bool is_hopeless = node.kswapd_failures >= kMostReclaimRetries;
    if (is_hopeless || (!is_boosted && is_balanced(zone.node, order, highest_index))) {
        if (!gfp.has(gfp::kDirectReclaim)) Compaction(memory_, cpu_, trace_).wake(zone.node, order, highest_index);
        return;
    }
    node.kswapd_is_awake = true;
    trace_.emit(TraceKind::wakeup_kswapd, zone.position, order.value, 0, kNoPfn.value);
}

void Reclaim::wake_all_kswapds(const AllocRequest& request) {
    u32 last_node = memory_.nodes();
    for (const u8 position : memory_.zonelist(request.node, request.highest_index)) {
        const Zone& zone = memory_.zones()[position];
        if (zone.node != last_node) wake_kswapd(zone, request.order, request.gfp, request.highest_index);
        last_node = zone.node;
    }
}

void Reclaim::set_reclaim_active(u32 node, u32 highest_index, bool is_active) {
    for (Zone& zone : memory_.zones())
        if (zone.node == node && zone.index <= highest_index && zone.managed != 0) zone.is_reclaim_active = is_active;
}

// Boosts have served their turn once kswapd has worked for them. Their sum before.
u32 Reclaim::lower_boosts(u32 node, const std::vector<u32>& boosts) {
    u32 sum = 0;
    for (Zone& zone : memory_.zones()) {
        if (zone.node != node) continue;
        sum += boosts[zone.position];
        zone.boost -= std::min(zone.boost, boosts[zone.position]);
    }
    return sum;
}

// balance_pgdat. Returns the order that it still had in mind at the end: 0 once enough was freed for compaction.
Order Reclaim::balance(u32 node, Order order, u32 highest_index) {
    memory_.count(VmCounter::pageoutrun);
    std::vector<u32> boosts(memory_.zones().size());
    u32 for_boost = 0;
    for_each_zone(node, highest_index, [&](const Zone& zone) { for_boost += boosts[zone.position] = zone.boost; });
    Scan scan;
    scan.is_kswapd = true;
    scan.order = order;
    scan.highest_index = highest_index;
    set_reclaim_active(node, highest_index, true);
    bool is_balanced_now = false;
    while (scan.priority >= 1) {
        is_balanced_now = is_balanced(node, scan.order, highest_index);
        if (!is_balanced_now && for_boost != 0) {  // first the marks themselves, then what the boost asks for
            for_boost = 0;
            scan.priority = kFirstPriority;
            continue;
        }
        if (for_boost == 0 && is_balanced_now) break;
        bool raises_priority = for_boost == 0 || scan.priority != kFirstPriority - 2;
        const u32 before = scan.reclaimed;
        const u32 scanned_before = scan.scanned;
        scan.wanted = 0;
        for_each_zone(node, highest_index,
                      [&](const Zone& zone) { scan.wanted += std::max(zone.mark(Watermark::high), kSwapClusterMax); });
        shrink_node(node, &scan);
        if (scan.order.value != 0 && scan.reclaimed >= compact_gap(scan.order)) scan.order = {0};
        if (scan.scanned - scanned_before >= scan.wanted) raises_priority = false;
        const u32 reclaimed = scan.reclaimed - before;
        if (for_boost != 0 && reclaimed == 0) break;
        for_boost -= std::min(for_boost, reclaimed);
        if (raises_priority || reclaimed == 0) --scan.priority;
    }
    NodeData& data = memory_.node_data()[node];
    if (scan.reclaimed == 0 && !is_balanced_now && scan.priority < 1 && ++data.kswapd_failures == kMostReclaimRetries)
        trace_.emit_headline(TraceKind::kswapd_hopeless, 0, order.value, 0, kNoPfn.value, kMostReclaimRetries, node);
    end_scan(node);
    set_reclaim_active(node, highest_index, false);
    if (lower_boosts(node, boosts) != 0)
        Compaction(memory_, cpu_, trace_).wake(node, memory_.frames().pageblock_order(), highest_index);
    return scan.order;
}

// Whether who wants to reclaim himself has to wait for kswapd first, because the reserve below min is half gone
// (allow_direct_reclaim, the other way round).
bool Reclaim::is_throttled(u32 node) const {
    if (memory_.node_data()[node].kswapd_failures >= kMostReclaimRetries) return false;
    u64 reserve = 0, free = 0;
    for (const Zone& zone : memory_.zones()) {
        if (zone.node != node || zone.type > ZoneType::normal || zone.managed == 0 ||
            reclaimable_pages(memory_, zone) == 0)
            continue;
        reserve += zone.mark(Watermark::min);
        free += zone.nr_free_pages;
    }
    return reserve != 0 && free <= reserve / 2;
}

// prepare_kswapd_sleep: nothing more to do, or nothing more that would help.
bool Reclaim::may_sleep(u32 node, Order order, u32 highest_index) {
    return memory_.node_data()[node].kswapd_failures >= kMostReclaimRetries || is_balanced(node, order, highest_index);
}

void Reclaim::run_kswapd(u32 node) {
    NodeData& data = memory_.node_data()[node];
    const Order order = data.kswapd_order;
    const u32 highest_index = data.kswapd_highest_index;
    trace_.emit_headline(TraceKind::mm_vmscan_kswapd_wake, 0, order.value, 0, kNoPfn.value, node);
    Order left = order;
    do {
        left = balance(node, left, highest_index);
        run_woken_flusher();
    } while (!may_sleep(node, left, highest_index));
    data.kswapd_is_awake = false;
    data.kswapd_order = {0};
    data.kswapd_highest_index = 0;
    for (Zone& zone : memory_.zones()) {
        if (zone.node != node || !zone.compaction.flushes_skips) continue;
        Compaction::reset_skips(memory_.frames(), zone);
    }
    trace_.emit_headline(TraceKind::mm_vmscan_kswapd_sleep, 0, 0, 0, kNoPfn.value, node);
    Compaction(memory_, cpu_, trace_).wake(node, order, highest_index);
}

}  // namespace mmscope
