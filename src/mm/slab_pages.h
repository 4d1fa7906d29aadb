// From a frame to the slab in it, as struct page gives it to the kernel (`virt_to_slab`): a table of two levels.
//
//   directory   one entry for each 512 frames   -> a chunk, or none
//   chunk       one number for each frame        -> whatever lies there, or kNothing
//
// Slabs crowd in few pageblocks, so a machine of 64 GiB needs no number for each of its frames. A chunk is taken when
// the first number is written into it and stays.
#pragma once

#include <vector>

#include "base/types.h"

namespace mmscope {

class SlabPages {
public:
    static constexpr u32 kNothing = 0xffffffffU;

    SlabPages() = default;
    explicit SlabPages(u32 frames) : directory_((frames >> kShift) + 1, kNothing) {}

    u32 find(Pfn pfn) const {
        const u32 row = pfn.value >> kShift;
        if (row >= directory_.size() || directory_[row] == kNothing) [[unlikely]] return kNothing;
        return chunks_[directory_[row] + (pfn.value & kMask)];
    }
    void set(Pfn first, u32 frames, u32 number) {
        for (u32 at = 0; at < frames; ++at) entry(first + at) = number;
    }
    // Its arrays, for who saves it (SlabAllocator::for_each_array).
    template <class Self, class Use>
    static void for_each_array(Self& self, Use&& use) {
        use(self.directory_);
        use(self.chunks_);
    }
    u64 bytes() const { return (directory_.size() + chunks_.size()) * sizeof(u32); }

private:
    static constexpr u32 kShift = 9;
    static constexpr u32 kMask = (1U << kShift) - 1;

    u32& entry(Pfn pfn) {
        u32& chunk = directory_[pfn.value >> kShift];
        if (chunk == kNothing) {
            chunk = static_cast<u32>(chunks_.size());
            chunks_.resize(chunks_.size() + kMask + 1, kNothing);
        }
        return chunks_[chunk + (pfn.value & kMask)];
    }

    std::vector<u32> directory_;
    std::vector<u32> chunks_;
};

}  // namespace mmscope
