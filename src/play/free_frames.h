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

    bool has_block(Pfn pfn, Order order) const;  // whether it lies in one of the dump's zones and is aligned
    // A block of has_block() leaves the set, or comes back; how many of its frames had done so already.
    u32 take(Pfn pfn, Order order) { return change(pfn, order, 0); }
    u32 give(Pfn pfn, Order order) { return change(pfn, order, 1); }
    u32 count() const;                                // frames in the set
    u32 count_also_in(const FreeFrames& other) const;  // of them those that `other`, of the same machine, has too

private:
    struct Span {
        Pfn start;
        Pfn end;
    };
    u32 change(Pfn pfn, Order order, u8 to);

    std::vector<Span> zones_;
    std::vector<u8> is_free_;  // by pfn, 0 or 1
};

}  // namespace mmscope
