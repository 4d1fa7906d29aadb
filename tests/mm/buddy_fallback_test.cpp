// Borrowing from other migratetypes, rule by rule: claim and steal of Linux 6.12, the single routine of 6.1.
#include <gtest/gtest.h>

#include "one_zone.h"

namespace mmscope::test {
namespace {

// 800  810  820   840     880         900             a00                 c00
// |give|-4--|--5--|---6---|-----7-----|------8--------|--------9----------|    both pageblocks become E
TEST(BuddyClaim, a_claim_of_an_order_ten_block_relabels_two_pageblocks_and_lists_the_rest_on_the_new_type) {
    OneZone room(profile_6_12());
    room.put(0x800, 10, kM);
    EXPECT_EQ(room.alloc(4, kE), 0x800U);
    EXPECT_EQ(room.lists(), "4/E:810 5/E:820 6/E:840 7/E:880 8/E:900 9/E:a00");
    EXPECT_EQ(room.pageblocks(), "MMMMEEMM");
}

TEST(BuddyClaim, the_older_kernel_does_the_same_with_whole_pageblocks) {
    OneZone room(profile_6_1());
    room.put(0x800, 10, kM);
    EXPECT_EQ(room.alloc(4, kE), 0x800U);
    EXPECT_EQ(room.lists(), "4/E:810 5/E:820 6/E:840 7/E:880 8/E:900 9/E:a00");
    EXPECT_EQ(room.pageblocks(), "MMMMEEMM");
}

// U asks E first, M asks E first, E asks U first.
TEST(BuddyClaim, types_are_asked_in_the_order_of_the_kernels_table) {
    constexpr Migratetype kTypes[] = {kU, kM, kE};
    constexpr u32 kPlaces[] = {0x400, 0xc00, 0x800};  // of U's, M's and E's only block
    constexpr u32 kExpected[] = {0x800, 0x800, 0x400};
    for (u32 wanted = 0; wanted < 3; ++wanted) {
        OneZone room(profile_6_12());
        for (u32 other = 0; other < 3; ++other) {
            if (other == wanted) continue;
            room.label(kPlaces[other], kTypes[other]);
            room.label(kPlaces[other] + 0x200, kTypes[other]);
            room.put(kPlaces[other], 10, kTypes[other]);
        }
        EXPECT_EQ(room.alloc(10, kTypes[wanted]), kExpected[wanted]) << kMigratetypeLetters[wanted];
    }
}

// 400    420       440       460     500           540           600
// |.use..|free 5 M-|free 5 M-|.use...|--free 6 M---|....use......|    U asks: free + what a Movable page may become =
// all
TEST(BuddyClaim, a_partial_claim_moves_free_blocks_in_ascending_order_to_the_tail) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12()}) {
        OneZone room(*profile);
        room.put(0x460, 5, kM);
        room.put(0x420, 5, kM);
        room.put(0x500, 6, kM);
        EXPECT_EQ(room.alloc(6, kU), 0x500U);
        EXPECT_EQ(room.lists(), "5/U:420,460");
        EXPECT_EQ(room.pageblocks(), "MMUMMMMM");
    }
}

// 400     420     440       500   504                  600
// |.use...|-free--|...use...|free-|........use.........|    U: 36 pages free, 256 needed, and M is not alike
TEST(BuddyClaim, a_pageblock_less_than_half_free_is_not_claimed_and_a_steal_leaves_the_remainder_with_its_type) {
    OneZone room(profile_6_12());
    room.label(0x400, kU);
    room.put(0x420, 5, kU);
    room.put(0x500, 2, kU);
    EXPECT_EQ(room.alloc(0, kM), 0x500U);
    EXPECT_EQ(room.lists(), "0/U:501 1/U:502 5/U:420");
    EXPECT_EQ(room.pageblocks(), "MMUMMMMM");
}

// 400     480          500                     600
// |--use--|---free 7---|-------free 8-----------   128 + 256 >= 256
TEST(BuddyClaim, movable_claims_a_pageblock_that_is_half_free) {
    OneZone room(profile_6_12());
    room.label(0x400, kE);
    room.put(0x480, 7, kE);
    room.put(0x500, 8, kE);
    EXPECT_EQ(room.alloc(3, kM), 0x480U);
    EXPECT_EQ(room.lists(), "3/M:488 4/M:490 5/M:4a0 6/M:4c0 8/M:500");
    EXPECT_EQ(room.pageblocks(), "MMMMMMMM");
}

// Exactly 256 pages are half a pageblock; 255 and 128 are not.
TEST(BuddyClaim, half_a_pageblock_is_enough) {
    OneZone half(profile_6_12());
    half.label(0x400, kU);
    half.put(0x500, 8, kU);
    EXPECT_EQ(half.alloc(0, kM), 0x500U);
    EXPECT_EQ(half.pageblocks(), "MMMMMMMM");
    OneZone less(profile_6_12());
    less.label(0x400, kU);
    less.put(0x580, 7, kU);
    EXPECT_EQ(less.alloc(0, kM), 0x580U);
    EXPECT_EQ(less.pageblocks(), "MMUMMMMM");
}

// M may not claim for a block below order 4, and the largest it may is tried first: the search stops there.
TEST(BuddyClaim, a_small_block_is_stolen_for_movable_and_claimed_for_unmovable) {
    OneZone stolen(profile_6_12());
    stolen.label(0x400, kU);
    stolen.put(0x500, 3, kU);
    EXPECT_EQ(stolen.alloc(0, kM), 0x500U);
    EXPECT_EQ(stolen.lists(), "0/U:501 1/U:502 2/U:504");
    OneZone claimed(profile_6_12());
    claimed.put(0x500, 3, kM);
    EXPECT_EQ(claimed.alloc(0, kU), 0x500U);
    EXPECT_EQ(claimed.lists(), "0/U:501 1/U:502 2/U:504");
    EXPECT_EQ(claimed.pageblocks(), "MMUMMMMM");
}

TEST(BuddyClaim, highatomic_blocks_are_never_borrowed) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12()}) {
        OneZone room(*profile);
        room.label(0x400, kH);
        room.put(0x400, 9, kH);
        for (const Migratetype type : {kU, kM, kE}) EXPECT_EQ(room.alloc(0, type), kNoPfn.value);
    }
}

// 0 1     120     140        180 188         200
// |.|.use.|-5 M---|---6 M----|3 M|....use....|    the pageblock begins before the zone does
TEST(BuddyClaim, a_pageblock_that_begins_before_the_zone_cannot_be_claimed) {
    OneZone room(profile_6_12());
    room.put(0x120, 5, kM);
    room.put(0x140, 6, kM);
    room.put(0x180, 3, kM);
    EXPECT_EQ(room.alloc(0, kU), 0x180U);
    EXPECT_EQ(room.lists(), "0/M:181 1/M:182 2/M:184 5/M:120 6/M:140");
    EXPECT_EQ(room.pageblocks(), "MMMMMMMM");
}

TEST(BuddyFallback61, in_a_pageblock_that_begins_before_the_zone_what_lies_from_the_block_on_moves) {
    OneZone room(profile_6_1());
    room.put(0x120, 5, kM);
    room.put(0x140, 6, kM);
    room.put(0x180, 3, kM);
    EXPECT_EQ(room.alloc(0, kU), 0x180U);
    EXPECT_EQ(room.lists(), "0/U:181 1/U:182 2/U:184 5/M:120 6/U:140");
    EXPECT_EQ(room.pageblocks(), "UMMMMMMM");
}

// 600     620     640   660   6c8
// |.use...|-5 M---|.use.|-3 M-|      the pageblock ends after the zone does
TEST(BuddyFallback61, in_a_pageblock_that_ends_after_the_zone_only_the_block_moves) {
    OneZone room(profile_6_1(), 0x400, 0x6c8);
    room.put(0x620, 5, kM);
    room.put(0x660, 3, kM);
    EXPECT_EQ(room.alloc(0, kU), 0x620U);
    EXPECT_EQ(room.lists(), "0/U:621 1/U:622 2/U:624 3/U:628 3/M:660 4/U:630");
    EXPECT_EQ(room.pageblocks(), "MMMM");
}

// A U pageblock with 36 pages free: all of them go to Movable's lists, and the pageblock stays U.
TEST(BuddyFallback61, all_free_blocks_of_a_claimable_pageblock_move_even_if_it_keeps_its_type) {
    OneZone room(profile_6_1());
    room.label(0x400, kU);
    room.put(0x420, 5, kU);
    room.put(0x500, 2, kU);
    EXPECT_EQ(room.alloc(0, kM), 0x500U);
    EXPECT_EQ(room.lists(), "0/M:501 1/M:502 5/M:420");
    EXPECT_EQ(room.pageblocks(), "MMUMMMMM");
    room.free(0x500, 0);
    EXPECT_EQ(room.lists(), "2/U:500 5/M:420") << "a freed block goes to the list of its pageblock's type";
}

// 500   504   508 |  520  528       order 3 is found first, but it is larger than asked and not claimable
TEST(BuddyFallback61, movable_takes_the_smallest_block_where_it_may_not_claim) {
    OneZone room(profile_6_1());
    room.label(0x400, kU);
    room.put(0x500, 3, kU);
    room.put(0x520, 2, kU);
    EXPECT_EQ(room.alloc(1, kM), 0x520U);
    EXPECT_EQ(room.lists(), "1/M:522 3/U:500") << "the rest of the block went with it";
    EXPECT_EQ(room.pageblocks(), "MMUMMMMM");
}

// 400           600           800
// |----- U -----|----- M -----|      one free block on the list of the half that was freed last
TEST(BuddyFallback61, a_block_of_two_types_is_split_on_the_list_it_stands_on) {
    OneZone room(profile_6_1());
    room.label(0x400, kU);
    room.put(0x600, 9, kM);
    room.free(0x400, 9);
    EXPECT_EQ(room.lists(), "10/U:400");
    EXPECT_EQ(room.alloc(8, kU), 0x400U);
    EXPECT_EQ(room.lists(), "8/U:500 9/U:600");
    EXPECT_EQ(room.pageblocks(), "MMUMMMMM");
}

// 400 440    500 520     E's blocks of order 5 in the pageblock are on its list already: they go to the tail again
TEST(BuddyFallback61, a_moved_pageblock_takes_blocks_that_are_on_the_right_list_to_its_tail) {
    OneZone room(profile_6_1());
    room.put(0x420, 5, kE);
    room.put(0x820, 5, kE);
    room.put(0x440, 6, kM);
    EXPECT_EQ(room.alloc(6, kE), 0x440U);
    EXPECT_EQ(room.lists(), "5/E:820,420");
    EXPECT_EQ(room.pageblocks(), "MMEMMMMM");
}

}  // namespace
}  // namespace mmscope::test
