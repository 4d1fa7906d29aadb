// A set of frames as runs of neighbours: what a number counts, the pages of a file, the slabs of a cache.
#pragma once

#include <vector>

#include "mm/page.h"

namespace mmscope {

class FrameSet {
public:
    // In any order, and more than once. Nothing is asked of the set before settle().
    void add(Pfn first, u32 frames = 1) {
        if (!runs_.empty() && runs_.back().end == first.value)
            runs_.back().end += frames;
        else if (frames != 0)
            runs_.push_back({first.value, first.value + frames, 0});
    }
    void settle();

    u32 size() const { return before(~0U); }
    // Of `frames` frames from `first` on, those that are in the set.
    u32 count(Pfn first, u32 frames) const { return before(first.value + frames) - before(first.value); }
    bool has(Pfn pfn) const { return count(pfn, 1) == 1; }

private:
    struct Run {
        u32 first = 0;
        u32 end = 0;     // excluded
        u32 before = 0;  // frames of the set in front of the run
    };
    u32 before(u32 pfn) const;  // frames of the set whose numbers are smaller

    std::vector<Run> runs_;  // after settle(): ascending, apart from each other
};

}  // namespace mmscope
