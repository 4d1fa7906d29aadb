#include "play/frame_set.h"

#include <algorithm>

namespace mmscope {

void FrameSet::settle() {
    std::sort(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) { return a.first < b.first; });
    std::vector<Run> apart;
    for (const Run& run : runs_) {
        if (!apart.empty() && run.first <= apart.back().end)
            apart.back().end = std::max(apart.back().end, run.end);
        else
            apart.push_back({run.first, run.end, 0});
    }
    u32 counted = 0;
    for (Run& run : apart) {
        run.before = counted;
        counted += run.end - run.first;
    }
    runs_ = std::move(apart);
}

u32 FrameSet::before(u32 pfn) const {
    const auto next = std::partition_point(runs_.begin(), runs_.end(), [pfn](const Run& run) { return run.first < pfn; });
    if (next == runs_.begin()) return 0;
    const Run& run = *(next - 1);
    return run.before + std::min(pfn, run.end) - run.first;
}

}  // namespace mmscope
