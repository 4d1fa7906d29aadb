#include "ui/scanners.h"

#include <algorithm>
#include <cmath>

namespace mmscope {

void Scanners::observe(const Snapshot& snapshot, double now, Motion motion) {
    motion_ = motion;
    if (snapshot.generation == generation_) return;
    generation_ = snapshot.generation;
    if (snapshot.step == step_) return;
    step_ = snapshot.step;
    born_ = now;
    steps_.clear();
    moves_.clear();
    remembered_.clear();
    moved_ = snapshot.did(VmCounter::pgmigrate_success);
    if (snapshot.step == 0) return;
    if (snapshot.trace != nullptr) read_trace(*snapshot.trace, snapshot.memory().frames().pageblock_order());
    remember(snapshot.memory());
}

// The free scanner looks into a pageblock upwards but goes from one to the next downwards: its place is the pageblock.
void Scanners::read_trace(const Trace& trace, Order pageblock) {
    std::vector<Place> now;
    const auto place = [&](u8 zone) -> Place& {
        for (Place& known : now)
            if (known.zone == zone) return known;
        now.push_back({zone, kNoPfn, kNoPfn, false});
        return now.back();
    };
    for (u32 i = 0; i < trace.kept(); ++i) {
        const TraceEvent& event = trace.kept_event(i);
        Sweep sweep;
        switch (event.kind) {
            case TraceKind::mm_compaction_begin:
            case TraceKind::mm_compaction_end:
                place(event.zone).migrate = {event.pfn};
                place(event.zone).free = {event.a};
                break;
            case TraceKind::mm_compaction_isolate_migratepages:
                place(event.zone).migrate = {event.a};
                sweep = {false, event.pfn, event.a};
                break;
            case TraceKind::mm_compaction_isolate_freepages:
                place(event.zone).free = block_start({event.pfn}, pageblock);
                sweep = {true, event.pfn, event.a};
                break;
            case TraceKind::migrate_page:
                if (moves_.size() < kMostMoves)
                    moves_.push_back({{event.pfn}, {event.a}, static_cast<u32>(steps_.size())});
                continue;
            default:
                continue;
        }
        steps_.push_back({place(event.zone), sweep});
    }
}

// Scanners that stand at the ends of their zone have nothing to go on from.
void Scanners::remember(const PageAllocator& memory) {
    const Order pageblock = memory.frames().pageblock_order();
    for (const Zone& zone : memory.zones()) {
        const CompactionState& state = zone.compaction;
        if (state.free_pfn == 0 || zone.managed == 0) continue;
        const bool has_run_now = std::any_of(steps_.begin(), steps_.end(),
                                             [&](const Step& step) { return step.place.zone == zone.position; });
        const u32 last = block_start({zone.start.value + zone.spanned - 1}, pageblock).value;
        if (has_run_now || (state.migrate_pfn[0] <= zone.start.value && state.free_pfn >= last)) continue;
        remembered_.push_back({zone.position, {state.migrate_pfn[0]}, {state.free_pfn}, true});
    }
}

size_t Scanners::shown_steps(double now) const {
    if (motion_ == Motion::reduced) return steps_.size();
    const double share = std::clamp((now - born_) / kLifetime, 0.0, 1.0);
    return static_cast<size_t>(std::ceil(share * static_cast<double>(steps_.size())));
}

std::vector<Scanners::Place> Scanners::places(double now) const {
    std::vector<Place> places = remembered_;
    const size_t shown = shown_steps(now);
    for (size_t i = 0; i < shown; ++i) {
        const Place& place = steps_[i].place;
        const auto known =
            std::find_if(places.begin(), places.end(), [&](const Place& other) { return other.zone == place.zone; });
        if (known == places.end()) {
            places.push_back(place);
        } else {
            *known = place;
        }
    }
    return places;
}

std::vector<Scanners::Sweep> Scanners::sweeps(double now) const {
    std::vector<Sweep> sweeps;
    const size_t shown = shown_steps(now);
    for (size_t i = 0; i < shown; ++i)
        if (steps_[i].sweep.end > steps_[i].sweep.first) sweeps.push_back(steps_[i].sweep);
    return sweeps;
}

std::vector<Scanners::Move> Scanners::moves(double now) const {
    const size_t shown = shown_steps(now);
    const auto end =
        std::partition_point(moves_.begin(), moves_.end(), [&](const Move& move) { return move.step <= shown; });
    return {moves_.begin(), shown == 0 ? moves_.begin() : end};
}

const Scanners::Move* Scanners::move_of(Pfn pfn) const {
    const auto found = std::find_if(moves_.rbegin(), moves_.rend(),
                                    [&](const Move& move) { return move.from == pfn || move.to == pfn; });
    return found == moves_.rend() ? nullptr : &*found;
}

}  // namespace mmscope
