// The frames of a slab, as both slab allocators ask for them and mark them.
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// What of a caller's mask reaches the page allocator (GFP_RECLAIM_MASK | GFP_CONSTRAINT_MASK): how it may be served.
inline constexpr u32 kSlabPassedOn = gfp::kReclaim | gfp::kHigh | gfp::kIo | gfp::kFs | gfp::kAtomic | gfp::kNowarn |
                                     gfp::kRetryMayfail | gfp::kNofail | gfp::kNoretry | gfp::kMemalloc |
                                     gfp::kNomemalloc | gfp::kHardwall | gfp::kThisnode;

// An allocated block is slabs' from here on (__SetPageSlab).
inline void own_as_slab(PageAllocator& memory, Pfn pfn, Order order) {
    FrameTable& frames = memory.frames();
    const Migratetype type = frame_state::migratetype(frames.state(pfn));
    write_block(frames.states() + pfn.value, order, frame_state::allocated_head(type, Owner::slab),
                frame_state::allocated_tail(type, Owner::slab));
}

}  // namespace mmscope
