// Which frames of a machine nobody uses: those on the free lists and those on the per-CPU lists, together.
//
// The set alone, one byte a frame, without order or list: what a trace's allocations and frees change and what two
// snapshots of a kernel can be compared by. Counts are frames of 4 KiB.
#pragma once

#include <vector>

#include "intake/kernel_dump.h"

namespace mmscope {

class FreeFrames {
public:
    FreeFrames() = default;
    explicit FreeFrames(const KernelDump& dump);

    bool has_frames(Pfn pfn, Order order) const;  // whether the whole block lies in zones of the dump
    // The block of has_frames() leaves the set, or comes back; how many of its frames had done so already.
    u32 take(Pfn pfn, Order order) { return change(pfn, order, kUsed); }
    u32 give(Pfn pfn, Order order) { return change(pfn, order, kFree); }
    u32 count() const;                                // frames in the set
    u32 count_also_in(const FreeFrames& other) const;  // of them those that `other`, of the same machine, has too

private:
    enum : u8 { kOutside, kUsed, kFree };
    u32 change(Pfn pfn, Order order, u8 to);

    std::vector<u8> frames_;  // by pfn
};

}  // namespace mmscope
