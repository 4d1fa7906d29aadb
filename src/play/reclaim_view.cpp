#include "play/reclaim_view.h"

#include <algorithm>

#include "mm/vmscan.h"

namespace mmscope {

namespace {

// Whether a request with these flags may get its pages from the zone (first_zones_zonelist).
bool may_use(const PageAllocator& memory, Gfp gfp, const Zone& zone) {
    const std::vector<ZoneType>& types = zone_types(memory.arch());
    const auto highest = std::find(types.begin(), types.end(), gfp_zone(gfp, memory.arch()));
    return zone.index <= static_cast<u32>(highest - types.begin());
}

}  // namespace

ReclaimState reclaim_state(const Snapshot& snapshot, const Zone& zone) {
    const PageAllocator& memory = snapshot.memory();
    const auto did = [&](const auto& is_it) {
        if (snapshot.trace == nullptr) return false;
        const std::vector<Trace::Headline>& lines = snapshot.trace->headlines();
        return std::any_of(lines.begin(), lines.end(), [&](const Trace::Headline& line) { return is_it(line.event); });
    };
    const auto is_direct = [&](const TraceEvent& event) {
        return event.kind == TraceKind::mm_vmscan_direct_reclaim_begin && may_use(memory, {event.a}, zone);
    };
    const auto is_kswapd = [&](const TraceEvent& event) {
        return event.kind == TraceKind::mm_vmscan_kswapd_wake && event.a == zone.node;
    };
    if (did(is_direct)) return ReclaimState::direct;
    const NodeData& node = memory.node_data()[zone.node];
    if (node.kswapd_is_awake) return ReclaimState::awake;
    if (node.kswapd_failures >= kMostReclaimRetries) return ReclaimState::hopeless;
    return did(is_kswapd) ? ReclaimState::ran : ReclaimState::asleep;
}

}  // namespace mmscope
