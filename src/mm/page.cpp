#include "mm/page.h"

#include <algorithm>
#include <bit>

namespace mmscope {

FrameTable::FrameTable(u32 frames, u32 lists, Order pageblock_order)
    : frames_((frames + (1U << kMaxPageOrder) - 1) & ~((1U << kMaxPageOrder) - 1)),
      pageblock_order_(pageblock_order),
      state_(frames_, frame_state::kAbsent),
      link_(frames_ + lists),
      block_type_(2 * (frames_ >> pageblock_order.value) + 1, static_cast<u8>(Migratetype::movable)),
      dirty_row_((frames_ >> kRowShift) + 1, 1) {
    std::fill(block_type_.begin() + pageblocks() + 1, block_type_.end(), u8{0});
    for (u32 list = 0; list < lists; ++list) link_[frames_ + list] = {frames_ + list, frames_ + list};
}

void FrameTable::mark_all_dirty() { std::fill(dirty_row_.begin(), dirty_row_.end(), u8{1}); }

void FrameTable::fill_states(Pfn first, u32 count, u8 state) {
    std::fill_n(state_.begin() + first.value, count, state);
    for (u32 row = first.value >> kRowShift; count != 0 && row <= (first.value + count - 1) >> kRowShift; ++row)
        dirty_row_[row] = 1;
}

// The head of a block is the nearest aligned frame below that is not a tail: every candidate in between lies
// inside the same block, so its state says "tail".
BlockRef FrameTable::block_of(Pfn pfn) const {
    const u8 state = state_[pfn.value];
    if (frame_state::is_reserved(state) || frame_state::is_absent(state)) return {};
    const bool free = frame_state::is_free(state);
    for (u8 order = 0; order <= kMaxPageOrder; ++order) {
        const Pfn head = block_start(pfn, {order});
        const u8 head_state = state_[head.value];
        if (free && frame_state::is_free_head(head_state)) return {head, frame_state::order(head_state), true};
        if (!free && frame_state::is_allocated_head(head_state)) return {head, used_order(head), false};
    }
    return {};
}

Order FrameTable::used_order(Pfn head) const {
    const u8 state = state_[head.value];
    if (!frame_state::is_on_pcp(state)) return allocation(head).order;
    u32 frames = 1;
    while (head.value + frames < frames_ && frames < (1U << kMaxPageOrder) &&
           state_[head.value + frames] == (state | frame_state::kTail))
        ++frames;
    return {static_cast<u8>(std::bit_width(frames) - 1)};
}

u32 FrameTable::folio_mapcount(Pfn head) const {
    u32 sum = entire_mapcount(head);
    for (u32 page = 0; page < folio_pages(head); ++page) sum += mapcount(head + page);
    return sum;
}

u32 FrameTable::mapped_pages(Pfn head) const {
    const bool is_entire = entire_mapcount(head) != 0;
    u32 sum = 0;
    for (u32 page = 0; page < folio_pages(head); ++page) sum += is_entire || mapcount(head + page) != 0 ? 1 : 0;
    return sum;
}

u64 FrameTable::bytes() const {
    return state_.size() + link_.size() * sizeof(FrameLink) + block_type_.size() + dirty_row_.size() +
           mark_.size() + (mapped_.size() + mapcount_.size() + swap_entry_.size()) * sizeof(u32);
}

}  // namespace mmscope
