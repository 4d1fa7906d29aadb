// From which other migratetype a request borrows, and what of a pageblock it may take over.
//
// Both who does it (buddy_fallback.cpp) and who only asks what would be done (would_alloc.cpp) decide by these.
#pragma once

#include <optional>

#include "mm/page.h"
#include "mm/zone.h"

namespace mmscope {

inline constexpr u32 kNoFallback = 0xff;

// The first fallback type that has a block of this order (fallbacks[]: U -> E, M; M -> E, U; E -> U, M); kNoFallback if
// there is none. HighAtomic, CMA and Isolate borrow nothing.
inline u32 find_fallback(const FreeArea& area, Order order, Migratetype type) {
    constexpr Migratetype kFallbacks[3][2] = {
        {Migratetype::reclaimable, Migratetype::movable},
        {Migratetype::reclaimable, Migratetype::unmovable},
        {Migratetype::unmovable, Migratetype::movable},
    };
    if (type > Migratetype::reclaimable) return kNoFallback;
    for (const Migratetype other : kFallbacks[static_cast<u32>(type)])
        if (area.count[order.value][static_cast<u32>(other)] != 0) return static_cast<u32>(other);
    return kNoFallback;
}

// The list of another type from whose head a request borrows.
struct FallbackList {
    Order order;
    Migratetype type;
};

// From the largest order down to `least`.
inline std::optional<FallbackList> largest_fallback(const FreeArea& area, Order least, Migratetype type) {
    for (Order order{kMaxPageOrder};; --order.value) {
        const u32 from = find_fallback(area, order, type);
        if (from != kNoFallback) return FallbackList{order, static_cast<Migratetype>(from)};
        if (order == least) return std::nullopt;
    }
}

// From the smallest order that fits up.
inline std::optional<FallbackList> smallest_fallback(const FreeArea& area, Order order, Migratetype type) {
    for (; order.value <= kMaxPageOrder; ++order.value) {
        const u32 from = find_fallback(area, order, type);
        if (from != kNoFallback) return FallbackList{order, static_cast<Migratetype>(from)};
    }
    return std::nullopt;
}

// Without the right to mix migratetypes only whole pageblocks are taken over (ALLOC_NOFRAGMENT).
inline Order least_fallback_order(Order order, bool may_mix, Order pageblock) {
    return may_mix || pageblock < order ? order : pageblock;
}

// Whether a block of this order may bring its whole pageblock along (should_try_claim_block; 6.1: can_steal_fallback).
inline bool can_claim(Order block_order, Migratetype type, Order pageblock) {
    return block_order >= pageblock || block_order.value >= pageblock.value / 2 || type == Migratetype::unmovable ||
           type == Migratetype::reclaimable;
}

// 6.1: a Movable request that finds only blocks too small to bring their pageblock along takes the smallest that fits,
// to break as little as possible.
inline std::optional<FallbackList> fallback_of_6_1(const FreeArea& area, Order order, Migratetype type, bool may_mix,
                                                   Order pageblock) {
    const auto found = largest_fallback(area, least_fallback_order(order, may_mix, pageblock), type);
    const bool breaks_little = found && type == Migratetype::movable && !can_claim(found->order, type, pageblock);
    return breaks_little ? smallest_fallback(area, order, type) : found;
}

// 2.6: whether the free blocks of the pageblock change lists with a block of this order. Unmovable is not so greedy.
inline bool brings_pageblock_2_6(Order block_order, Migratetype type, Order pageblock) {
    return block_order.value >= pageblock.value / 2 || type == Migratetype::reclaimable;
}

// Pages between the two that can be moved away: those of files and of anonymous memory.
inline u32 count_movable(const FrameTable& frames, Pfn start, Pfn end) {
    u32 sum = 0;
    for (; start < end; start = start + 1) {
        const u8 state = frames.state(start);
        sum += frame_state::is_on_lru(state) || frame_state::is_huge_tail(state) ? 1 : 0;
    }
    return sum;
}

// Pages of a pageblock that suit `type` besides the `free` ones: for Movable those that can be moved; if Movable pages
// are taken over, everything else in use, because what cannot be moved was misplaced there.
inline u32 alike_pages(const FrameTable& frames, Migratetype type, Migratetype old_type, Pfn start, Pfn end, u32 free) {
    if (type == Migratetype::movable) return count_movable(frames, start, end);
    if (old_type != Migratetype::movable) return 0;
    return frames.pageblock_order().frames() - free - count_movable(frames, start, end);
}

// Pages in the free blocks that begin between the two.
inline u32 count_free(const FrameTable& frames, Pfn start, Pfn end) {
    u32 sum = 0;
    while (start < end) {
        const u8 state = frames.state(start);
        const u32 step = frame_state::is_free_head(state) ? frame_state::order(state).frames() : 1;
        if (frame_state::is_free_head(state)) sum += step;
        start = start + step;
    }
    return sum;
}

}  // namespace mmscope
