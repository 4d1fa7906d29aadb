// Splitting, merging and the order of the lists, rule by rule.
#include <gtest/gtest.h>

#include "one_zone.h"

namespace mmscope::test {
namespace {

// 400          500          600                       800
// |--- given --|- order 8 --|-------- order 9 --------|
TEST(Buddy, a_split_gives_the_lowest_part_and_lists_the_upper_halves) {
    OneZone room(profile_6_12());
    room.put(0x400, 10, kM);
    EXPECT_EQ(room.alloc(8, kM), 0x400U);
    EXPECT_EQ(room.lists(), "8/M:500 9/M:600");
    EXPECT_EQ(room.free_pages(), 0x300U);
}

// 400  410  420  430  440        480 ...
// |1st-|2nd-|3rd-|    |          |
TEST(Buddy, blocks_carved_from_one_block_ascend) {
    OneZone room(profile_6_12());
    room.put(0x400, 10, kM);
    EXPECT_EQ(room.alloc(4, kM), 0x400U);
    EXPECT_EQ(room.lists(), "4/M:410 5/M:420 6/M:440 7/M:480 8/M:500 9/M:600");
    EXPECT_EQ(room.alloc(4, kM), 0x410U);
    EXPECT_EQ(room.alloc(4, kM), 0x420U);
    EXPECT_EQ(room.lists(), "4/M:430 6/M:440 7/M:480 8/M:500 9/M:600");
}

// 400        410   500     600
// |- ord 4 --|     |- ord 3 -|   smaller fits first, wherever it lies
TEST(Buddy, the_head_of_the_smallest_list_that_fits_is_taken) {
    OneZone room(profile_6_12());
    room.put(0x400, 4, kM);
    room.put(0x520, 3, kM);
    room.put(0x500, 3, kM);
    EXPECT_EQ(room.alloc(3, kM), 0x520U);
    EXPECT_EQ(room.alloc(2, kM), 0x500U);
    EXPECT_EQ(room.alloc(3, kM), 0x400U);
}

// 1 2   4     8   ...  80      100         200             400     ...  c00
// |0|-1-|--2--|- ... - |-- 7 --|---- 8 ----|------ 9 ------|---- 10 ----|
TEST(Buddy, boot_hands_over_the_largest_aligned_blocks_in_ascending_order) {
    OneZone room(profile_6_12());
    room.boot(1, 0xfff);
    EXPECT_EQ(room.lists(), "0/M:1 1/M:2 2/M:4 3/M:8 4/M:10 5/M:20 6/M:40 7/M:80 8/M:100 9/M:200 10/M:400,800,c00");
    EXPECT_EQ(room.pageblocks(), "MMMMMMMM");
}

TEST(Buddy, nothing_is_given_and_nothing_changes_when_no_list_has_a_block_of_the_order) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12()}) {
        OneZone room(*profile);
        room.put(0x400, 4, kM);
        EXPECT_EQ(room.alloc(5, kM), kNoPfn.value);
        EXPECT_EQ(room.alloc(5, kU), kNoPfn.value);
        EXPECT_EQ(room.lists(), "4/M:400");
    }
}

// Freeing.

// 400     404     408             410
// |- 2nd -|- 1st -|---- free -----|      both halves, then the parent's buddy
TEST(Buddy, freeing_both_halves_merges_as_far_as_the_buddies_are_free) {
    OneZone room(profile_6_12());
    room.put(0x408, 3, kM);
    room.free(0x404, 2);
    EXPECT_EQ(room.lists(), "2/M:404 3/M:408");
    room.free(0x400, 2);
    EXPECT_EQ(room.lists(), "4/M:400");
}

// 401      411      421
// |0|......|0|......|0|      alone: last in, first out
TEST(Buddy, a_block_that_cannot_merge_soon_goes_to_the_head) {
    OneZone room(profile_6_12());
    for (const u32 pfn : {0x401U, 0x411U, 0x421U}) room.free(pfn, 0);
    EXPECT_EQ(room.lists(), "0/M:421,411,401");
}

// 410 411 412     414
// |new|use|-free--|          411's return would make one block of four: keep 410 for that, at the tail
TEST(Buddy, a_block_whose_parent_has_a_free_buddy_goes_to_the_tail) {
    OneZone room(profile_6_12());
    room.put(0x501, 0, kM);
    room.put(0x412, 1, kM);
    room.free(0x410, 0);
    EXPECT_EQ(room.lists(), "0/M:501,410 1/M:412");
}

// 800        900        a00                    c00
// |-- new ---|-- use ---|-------- free --------|           order 8: tail
// |-- new (order 9) ----|---- use -------------|-- free order 10 --|   order 9: always head
TEST(Buddy, from_order_nine_on_blocks_go_to_the_head) {
    OneZone eight(profile_6_12());
    eight.put(0x500, 8, kM);
    eight.put(0xa00, 9, kM);
    eight.free(0x800, 8);
    EXPECT_EQ(eight.lists(), "8/M:500,800 9/M:a00");
    OneZone nine(profile_6_12());
    nine.put(0x200, 9, kM);
    nine.put(0xc00, 10, kM);
    nine.free(0x800, 9);
    EXPECT_EQ(nine.lists(), "9/M:800,200 10/M:c00");
}

// 1 | 2  3 |             fffff...   0 is outside the zone, and so is 1000
TEST(Buddy, a_block_does_not_merge_across_the_zones_edge) {
    OneZone room(profile_6_12());
    room.free(1, 0);
    EXPECT_EQ(room.lists(), "0/M:1");
    OneZone ragged(profile_6_12(), 0x400, 0x7fe);
    ragged.free(0x7fc, 1);
    EXPECT_EQ(ragged.lists(), "1/M:7fc");
}

// 400           600           800
// |--- U free --|--- M new ---|      whole pageblocks of two types
TEST(Buddy, pageblocks_of_two_types_merge_and_only_the_newer_kernel_relabels) {
    OneZone newer(profile_6_12());
    newer.label(0x400, kU);
    newer.put(0x400, 9, kU);
    newer.free(0x600, 9);
    EXPECT_EQ(newer.lists(), "10/M:400");
    EXPECT_EQ(newer.pageblocks(), "MMMMMMMM");
    OneZone older(profile_6_1());
    older.label(0x400, kU);
    older.put(0x400, 9, kU);
    older.free(0x600, 9);
    EXPECT_EQ(older.lists(), "10/M:400");
    EXPECT_EQ(older.pageblocks(), "MMUMMMMM");
}

// 400           600           800
// |--- H free --|--- M new ---|      a reserve stays apart
TEST(Buddy, highatomic_merges_with_no_other_type_at_pageblock_order) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12()}) {
        OneZone room(*profile);
        room.label(0x400, kH);
        room.put(0x400, 9, kH);
        room.free(0x600, 9);
        EXPECT_EQ(room.lists(), "9/M:600 9/H:400");
    }
}

// 400           600           800
// |----- H -----|----- M -----|      one allocated block of order 10
TEST(Buddy, a_freed_block_of_order_ten_is_two_pageblocks_in_the_newer_kernel_and_whole_in_the_older) {
    OneZone newer(profile_6_12());
    newer.label(0x400, kH);
    newer.free(0x400, 10);
    EXPECT_EQ(newer.lists(), "9/M:600 9/H:400");
    OneZone older(profile_6_1());
    older.label(0x400, kU);
    older.free(0x400, 10);
    EXPECT_EQ(older.lists(), "10/U:400");
    EXPECT_EQ(older.pageblocks(), "MMUMMMMM");
}

}  // namespace
}  // namespace mmscope::test
