#include "mm/trace.h"

#include <algorithm>
#include <cassert>

namespace mmscope {

u32 Trace::kept() const { return static_cast<u32>(std::min<u64>(size(), ring_.size())); }

const TraceEvent& Trace::kept_event(u32 index) const {
    assert(index < kept());
    return ring_[static_cast<u32>(total_ - kept() + index) & mask_];
}

void Trace::keep_headline() {
    const Headline one{size() - 1, kept_event(kept() - 1)};
    const auto is_alike = [&](const Headline& other) { return other.event.kind == one.event.kind; };
    if (std::count_if(headlines_.begin(), headlines_.end(), is_alike) == kMostHeadlines)
        headlines_.erase(std::find_if(headlines_.begin(), headlines_.end(), is_alike));
    headlines_.push_back(one);
}

}  // namespace mmscope
