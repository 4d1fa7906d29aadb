#include "ui/belt_travel.h"

#include <algorithm>

namespace mmscope {

void BeltTravel::observe(const Snapshot& snapshot, double now, Motion motion) {
    now_ = now;
    is_still_ = motion == Motion::reduced || snapshot.state == RunState::running;
    if (!is_still_) return;
    for (Node& node : nodes_) node.moves.clear();
}

const Belts& BeltTravel::belts(const Snapshot& snapshot, u32 number, u32 most_of_head, u32 most_of_tail) {
    if (number >= nodes_.size()) nodes_.resize(number + 1);
    Node& node = nodes_[number];
    const bool is_as_wide = node.most_of_head == most_of_head && node.most_of_tail == most_of_tail;
    if (node.shown && is_as_wide && node.generation == snapshot.generation) return node.shown->belts;
    BeltsMoment moment = belts_moment(snapshot, number, most_of_head, most_of_tail);
    std::vector<BeltMove> moves;
    if (node.shown && is_as_wide && !is_still_) moves = belt_moves(*node.shown, moment);
    if (!moves.empty()) born_ = now_;
    // What did not change lets those who are on their way go on.
    if (!moves.empty() || !is_as_wide) node.moves = std::move(moves);
    node = {std::move(moment), snapshot.generation, most_of_head, most_of_tail, std::move(node.moves)};
    return node.shown->belts;
}

double BeltTravel::age() const { return std::clamp((now_ - born_) / kLifetime, 0.0, 1.0); }

bool BeltTravel::has_moves() const {
    return std::any_of(nodes_.begin(), nodes_.end(), [](const Node& node) { return !node.moves.empty(); });
}

}  // namespace mmscope
