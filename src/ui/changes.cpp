#include "ui/changes.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mmscope {

std::vector<Changes::Lists> Changes::lists_of(const Snapshot& snapshot) {
    const std::vector<Zone>& zones = snapshot.memory().zones();
    std::vector<Lists> lists(zones.size());
    for (size_t i = 0; i < zones.size(); ++i) {
        static_assert(sizeof lists[0].count == sizeof zones[0].area.count);
        std::memcpy(lists[i].count, zones[i].area.count, sizeof lists[i].count);
    }
    return lists;
}

bool Changes::observe(const Snapshot& snapshot, double now, Motion motion) {
    motion_ = motion;
    const bool began_at_rest = std::exchange(was_at_rest_, snapshot.state != RunState::running);
    if (snapshot.generation == generation_) return false;
    generation_ = snapshot.generation;
    const bool moved = snapshot.step != step_;
    if (!moved) return false;
    std::vector<Lists> lists = lists_of(snapshot);
    if (began_at_rest) before_ = std::move(shown_);
    if (before_.size() != lists.size() || snapshot.step == 0) before_.clear();
    shown_ = std::move(lists);
    step_ = snapshot.step;
    born_ = now;
    blocks_.clear();
    if (snapshot.trace != nullptr && snapshot.step != 0) read_trace(*snapshot.trace);
    return true;
}

// The pieces of one command: the block that was taken (or stolen, or claimed from) and what was given of it; the block
// that came back and what it was listed as after its merges.
void Changes::read_trace(const Trace& trace) {
    BlockChange change;
    bool is_open = false;
    for (u32 i = 0; i < trace.kept() && blocks_.size() < kMost; ++i) {
        const TraceEvent& event = trace.kept_event(i);
        const Order order{event.order};
        switch (event.kind) {
            case TraceKind::take:
            case TraceKind::expand:
            case TraceKind::steal:
                if (!is_open || change.kind != BlockChange::Kind::given || order > change.from_order) {
                    change = {BlockChange::Kind::given, {event.pfn}, order, {event.pfn}, order};
                }
                is_open = true;
                break;
            case TraceKind::mm_page_alloc:
                if (event.pfn == kNoPfn.value) break;
                if (!is_open || change.from != Pfn{event.pfn} || change.from_order < order) {
                    change = {BlockChange::Kind::given, {event.pfn}, order, {event.pfn}, order};
                }
                change.to_order = order;
                blocks_.push_back(change);
                is_open = false;
                break;
            case TraceKind::mm_page_free:
                change = {BlockChange::Kind::returned, {event.pfn}, order, {event.pfn}, order};
                is_open = true;
                break;
            case TraceKind::list_add:
                if (!is_open || change.kind != BlockChange::Kind::returned) break;
                change.to = {event.pfn};
                change.to_order = order;
                blocks_.push_back(change);
                is_open = false;
                break;
            default:
                break;
        }
    }
}

i64 Changes::of_list(u8 zone, Order order, Migratetype type) const {
    if (zone >= before_.size() || zone >= shown_.size()) return 0;
    const u32 t = static_cast<u32>(type);
    return i64{shown_[zone].count[order.value][t]} - i64{before_[zone].count[order.value][t]};
}

bool Changes::touched(u8 zone) const {
    return zone < before_.size() && std::memcmp(&shown_[zone], &before_[zone], sizeof(Lists)) != 0;
}

double Changes::age(double now) const {
    if (motion_ == Motion::reduced) return 1;
    return std::clamp((now - born_) / kLifetime, 0.0, 1.0);
}

}  // namespace mmscope
