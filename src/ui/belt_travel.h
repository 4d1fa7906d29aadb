// Pages travelling on the LRU belts: from where they stood when the belts were last drawn to where they stand now.
//
// What travels is the difference of two moments of play/lru_view.h, so a step back travels as a step forward does, the
// other way round. During a run the belts are drawn as they are; what has changed since the last drawing travels once
// the machine is at rest. The next step cuts a journey short. With reduced motion nothing travels.
#pragma once

#include <optional>

#include "play/lru_view.h"
#include "ui/changes.h"

namespace mmscope {

class BeltTravel {
public:
    static constexpr double kLifetime = Changes::kLifetime;  // milliseconds

    // Begins a drawn frame.
    void observe(const Snapshot& snapshot, double now, Motion motion);
    // The belts of a node as they are to be drawn now, from a snapshot that was observed.
    const Belts& belts(const Snapshot& snapshot, u32 node, u32 most_of_head, u32 most_of_tail);
    // Another machine, or nobody sees the belts.
    void forget() { nodes_.clear(); }

    const std::vector<BeltMove>& moves(u32 node) const { return nodes_[node].moves; }
    double age() const;  // 0..1: where on their way they are; at 1 they have arrived
    bool is_moving(double now) const { return has_moves() && now - born_ < kLifetime; }

private:
    struct Node {
        std::optional<BeltsMoment> shown;
        u64 generation = 0;
        u32 most_of_head = 0, most_of_tail = 0;
        std::vector<BeltMove> moves;
    };
    bool has_moves() const;

    bool is_still_ = false;  // nothing sets out: a run, or reduced motion
    double now_ = 0;
    double born_ = 0;
    std::vector<Node> nodes_;
};

}  // namespace mmscope
