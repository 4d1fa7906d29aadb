// Swap areas and slots by themselves: order, priorities, counts, what makes a slot free.
#include <gtest/gtest.h>

#include "mm/swap_space.h"

namespace mmscope {
namespace {

constexpr i32 kFirstDefault = -2;

// A page takes the next slot.
SwapEntry take(SwapSpace& space, u32 pfn) {
    Pfn stale = kNoPfn;
    const SwapEntry entry = space.take({pfn}, &stale);
    EXPECT_EQ(space.check(), "");
    return entry;
}

// And only its one entry is left.
SwapEntry fill(SwapSpace& space, u32 pfn) {
    const SwapEntry entry = take(space, pfn);
    if (entry.is_none()) return entry;
    space.duplicate(entry);
    space.uncache(entry, kNoPfn.value);
    return entry;
}

TEST(SwapSpace, gives_slots_in_order_behind_the_header) {
    SwapSpace space;
    EXPECT_EQ(space.add(4, {}, kFirstDefault, 0), 0U);
    for (u32 slot = 1; slot <= 4; ++slot) EXPECT_EQ(fill(space, 100 + slot), SwapEntry::of(0, slot));
    EXPECT_TRUE(fill(space, 200).is_none());
    EXPECT_EQ(space.total(), 4U);
    EXPECT_EQ(space.free(), 0U);
}

TEST(SwapSpace, goes_on_behind_the_last_slot_before_it_looks_at_the_lowest_again) {
    SwapSpace space;
    space.add(4, {}, kFirstDefault, 0);
    for (u32 i = 0; i < 3; ++i) fill(space, 100 + i);
    space.put(SwapEntry::of(0, 1));
    EXPECT_EQ(fill(space, 110), SwapEntry::of(0, 4));
    EXPECT_EQ(fill(space, 111), SwapEntry::of(0, 1));
}

TEST(SwapSpace, asks_areas_by_priority_and_equal_ones_in_turn) {
    SwapSpace space;
    space.add(2, 5, kFirstDefault, 0);
    space.add(2, 5, kFirstDefault, 0);
    space.add(1, 9, kFirstDefault, 0);
    const u32 areas[] = {2, 0, 1, 0, 1};
    for (const u32 area : areas) EXPECT_EQ(fill(space, 100).area(), area);
    EXPECT_TRUE(fill(space, 100).is_none());
}

TEST(SwapSpace, gives_areas_without_a_priority_lower_and_lower_ones) {
    SwapSpace space;
    space.add(2, {}, kFirstDefault, 0);
    space.add(2, {}, kFirstDefault, 0);
    EXPECT_EQ(space.areas()[0].priority, -2);
    EXPECT_EQ(space.areas()[1].priority, -3);
}

TEST(SwapSpace, areas_behind_a_removed_one_close_the_gap_in_the_priorities) {
    SwapSpace space;
    space.add(2, 7, kFirstDefault, 0);
    for (u32 area = 1; area <= 3; ++area) space.add(2, {}, kFirstDefault, 0);
    space.begin_removal(1);
    EXPECT_EQ(space.check(), "");
    space.remove(1);
    EXPECT_EQ(space.areas()[0].priority, 7);
    EXPECT_EQ(space.areas()[2].priority, -2);
    EXPECT_EQ(space.areas()[3].priority, -3);
    EXPECT_EQ(space.add(2, {}, kFirstDefault, 0), 1U);
    EXPECT_EQ(space.areas()[1].priority, -4);
    space.begin_removal(0);
    space.remove(0);
    EXPECT_EQ(space.areas()[2].priority, -2) << "one with a priority of its own leaves no gap";
}

TEST(SwapSpace, a_removal_that_fails_leaves_two_areas_with_the_same_priority) {
    SwapSpace space;
    for (u32 area = 0; area < 2; ++area) space.add(2, {}, kFirstDefault, 0);
    space.begin_removal(0);
    EXPECT_EQ(space.total(), 2U);
    space.cancel_removal(0);
    EXPECT_EQ(space.check(), "");
    EXPECT_EQ(space.areas()[0].priority, -2);
    EXPECT_EQ(space.areas()[1].priority, -2);
    EXPECT_EQ(fill(space, 100).area(), 1U);
}

TEST(SwapSpace, keeps_a_slot_while_an_entry_or_the_swap_cache_uses_it) {
    SwapSpace space;
    space.add(4, {}, kFirstDefault, 0);
    const SwapEntry entry = take(space, 100);
    space.duplicate(entry);
    space.put(entry);
    EXPECT_EQ(space.areas()[0].used, 1U);  // by the swap cache
    EXPECT_EQ(space.cached(entry), Pfn{100});
    space.uncache(entry, kNoPfn.value);
    EXPECT_EQ(space.areas()[0].used, 0U);
    EXPECT_EQ(space.check(), "");
}

TEST(SwapSpace, more_than_half_full_names_pages_that_only_keep_a_slot) {
    SwapSpace space;
    space.add(4, {}, kFirstDefault, 0);
    take(space, 100);
    fill(space, 101);
    fill(space, 102);
    fill(space, 103);
    Pfn stale = kNoPfn;
    EXPECT_TRUE(space.take({200}, &stale).is_none());
    EXPECT_EQ(stale, Pfn{100});
    space.uncache(SwapEntry::of(0, 1), kNoPfn.value);
    EXPECT_EQ(fill(space, 200), SwapEntry::of(0, 1));
}

TEST(SwapSpace, gives_the_number_of_an_area_that_went_to_the_next_one) {
    SwapSpace space;
    space.add(4, {}, kFirstDefault, 0);
    space.add(6, {}, kFirstDefault, 0);
    const SwapEntry kept = [&] {
        for (u32 i = 0; i < 4; ++i) fill(space, 100 + i);
        return fill(space, 200);
    }();
    EXPECT_EQ(kept.area(), 1U);
    for (u32 slot = 1; slot <= 4; ++slot) space.put(SwapEntry::of(0, slot));
    space.remove(0);
    EXPECT_EQ(space.check(), "");
    EXPECT_EQ(space.count(kept), 1U);
    EXPECT_EQ(space.add(3, {}, kFirstDefault, 0), 0U);
    EXPECT_EQ(space.check(), "");
}

TEST(SwapSpace, has_room_for_so_many_areas_and_slots) {
    SwapSpace space;
    for (u32 i = 0; i < kMostSwapAreas; ++i) space.add(1, {}, kFirstDefault, 0);
    EXPECT_FALSE(space.has_number());
    EXPECT_FALSE(space.has_room(kMostSwapSlots));
}

}  // namespace
}  // namespace mmscope
