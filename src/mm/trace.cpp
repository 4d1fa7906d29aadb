#include "mm/trace.h"

#include <algorithm>
#include <cassert>

namespace mmscope {

u32 Trace::kept() const { return static_cast<u32>(std::min<u64>(size(), ring_.size())); }

const TraceEvent& Trace::kept_event(u32 index) const {
    assert(index < kept());
    return ring_[static_cast<u32>(total_ - kept() + index) & mask_];
}

}  // namespace mmscope
