#include "ui/selection.h"

namespace mmscope {

void Selection::select(const Thing& thing) {
    if (thing == selected_) return;
    selected_ = thing;
    if (thing.is(Thing::Kind::none) || (place_ > 0 && walk_[place_ - 1] == thing)) return;
    walk_.resize(place_);
    if (walk_.size() == kMost) walk_.erase(walk_.begin());
    walk_.push_back(thing);
    place_ = walk_.size();
}

void Selection::forget() { *this = Selection(); }

bool Selection::back() {
    if (selected_.is(Thing::Kind::none) && place_ > 0) {
        selected_ = walk_[place_ - 1];  // what was let go comes first
        return true;
    }
    if (place_ < 2) return false;
    selected_ = walk_[--place_ - 1];
    return true;
}

bool Selection::forward() {
    if (place_ >= walk_.size()) return false;
    selected_ = walk_[place_++];
    return true;
}

bool Hover::settle() {
    const bool changed = !(now_ == next_);
    now_ = next_;
    next_ = {};
    return changed;
}

}  // namespace mmscope
