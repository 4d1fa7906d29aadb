// How much the per-CPU lists of Linux 6.12 and 7.2 fetch and give back, and where `high` goes: rules that no capture
// tells apart, and examples that kernels gave.
#include <gtest/gtest.h>

#include "one_cpu.h"

namespace mmscope::test {
namespace {

const Profile* const kAdaptive[] = {&profile_6_12(), &profile_7_2()};

// ---- refills ----

// 1 GiB: batch 63, high_min 13,858.
TEST(PcpRefill, doubles_with_each_one_while_nothing_is_freed_and_high_grows_by_it) {
    for (const Profile* profile : kAdaptive) {
        OneCpu cpu(*profile, 63, 13858, 30000);
        std::string high;
        cpu.stock();
        for (const u32 calls : {1, 63, 126, 252, 504, 1008}) {
            cpu.refills_of(calls);
            high += std::to_string(cpu.pages().high) + ' ';
        }
        EXPECT_EQ(high, "13921 14047 14299 14803 15811 17827 ");
        OneCpu again(*profile, 63, 13858, 30000);
        EXPECT_EQ(again.stock().refills_of(3970), "0:63 63:126 189:252 441:504 945:1008 1953:2016 3969:2016");
    }
}

TEST(PcpRefill, a_free_halves_the_factor) {
    OneCpu cpu(profile_6_12(), 7, 1000);
    cpu.pages().alloc_factor = 5;
    cpu.put();
    EXPECT_EQ(cpu.pages().alloc_factor, 2);
    cpu.put(9);
    EXPECT_EQ(cpu.pages().alloc_factor, 1);
}

TEST(PcpRefill, of_a_zone_with_batch_one_doubles_too_but_only_for_single_pages) {
    for (const Profile* profile : kAdaptive) {
        OneCpu cpu(*profile, 1, 100, 1000);
        EXPECT_EQ(cpu.stock().refills_of(64), "0:1 1:2 3:4 7:8 15:16 31:32 63:32");
        for (const u8 order : std::initializer_list<u8>{1, 3, 9}) {
            cpu.take(order);
            EXPECT_EQ(cpu.fetched(), 1U << order);
        }
    }
}

TEST(PcpRefill, of_larger_blocks_takes_a_batch_but_two_at_least_and_moves_no_factor) {
    OneCpu cpu(profile_6_12(), 63, 1000, 5000);
    cpu.stock();
    cpu.pages().alloc_factor = 3;
    for (const u8 order : std::initializer_list<u8>{1, 2, 3, 9}) {
        cpu.take(order);
        EXPECT_EQ(cpu.fetched() >> order, order == 9 ? 2U : 63U >> order);
    }
    EXPECT_EQ(cpu.pages().alloc_factor, 3);
    EXPECT_EQ(cpu.pages().high, 1000U + 4 * 63) << "high grows by a batch with each of them";
}

TEST(PcpRefill, leaves_room_for_a_batch_under_high) {
    OneCpu cpu(profile_6_12(), 63, 300);  // high_min is high_max: high stays
    EXPECT_EQ(cpu.stock().refills_of(400), "0:63 63:126 189:237") << "237 = 300 - 0 - 63, not 252";
    EXPECT_EQ(cpu.pages().alloc_factor, 2);
    EXPECT_EQ(cpu.pages().high, 300U);
    OneCpu small(profile_6_12(), 63, 100);
    EXPECT_EQ(small.stock().refills_of(130), "0:63 63:63 126:63") << "a batch in any case";
    OneCpu tiny(profile_6_12(), 63, 62);
    EXPECT_EQ(tiny.stock().refills_of(2), "0:1 1:1") << "one page if high is less than a batch";
}

TEST(PcpRefill, counts_what_other_lists_hold_against_high) {
    OneCpu cpu(profile_6_12(), 63, 300);
    cpu.memory.frames().set_pageblock_type({OneCpu::kUsed}, kE);
    cpu.drains_of(150);
    cpu.pages().alloc_factor = 2;
    cpu.stock().take();
    EXPECT_EQ(cpu.fetched(), 300U - 150 - 63);
}

TEST(PcpRefill, lets_high_grow_though_nothing_comes_but_not_past_high_max_nor_below_the_high_mark) {
    OneCpu cpu(profile_6_12(), 63, 1000, 1100);
    EXPECT_EQ(cpu.take(), kNoPfn);
    EXPECT_EQ(cpu.pages().high, 1063U);
    cpu.take();
    EXPECT_EQ(cpu.pages().high, 1100U);
    cpu.pages().high = 1000;
    cpu.zone().is_below_high = true;
    cpu.take();
    EXPECT_EQ(cpu.pages().high, 1000U);
}

TEST(PcpRefill, that_is_refused_moves_the_tuning_all_the_same) {
    OneCpu cpu(profile_7_2(), 63, 1000, 5000);
    cpu.pages().free_count = 40;
    EXPECT_EQ(cpu.stock().take(2, kM, false), kNoPfn);
    EXPECT_EQ(cpu.pages().high, 1063U);
    EXPECT_EQ(cpu.pages().free_count, 20U);
}

// An Unmovable list of order 4: first a block that must be stolen, then sixteen of a pageblock that could be claimed.
TEST(PcpRefill, goes_on_stealing_once_it_has_stolen) {
    for (const Profile* profile : kAdaptive) {
        OneCpu cpu(*profile, 16, 1000);
        Trace nobody;
        const auto list = [&](u32 pfn) { cpu.memory.buddy(0, nobody).add_block({pfn}, {4}, kU, Buddy::Place::tail); };
        for (const u32 pageblock : {0x1200U, 0x1400U}) cpu.memory.frames().set_pageblock_type({pageblock}, kU);
        list(0x1200);
        for (u32 pfn = 0x1400; pfn < 0x1600; pfn += 32) list(pfn);
        EXPECT_EQ(cpu.take(3), Pfn{0x1200});
        EXPECT_EQ(cpu.blocks(PcpLists::list_index({3}, kM)), std::vector<Pfn>{{0x1208}});
        EXPECT_EQ(cpu.memory.frames().pageblock_type({0x1400}), kU);
        EXPECT_EQ(cpu.memory.buddy(0, nobody).rmqueue({3}, kM), Pfn{0x1400}) << "the next request claims it";
        EXPECT_EQ(cpu.memory.frames().pageblock_type({0x1400}), kM);
    }
}

// ---- frees ----

TEST(PcpFree, an_allocation_halves_what_was_freed_of_late_also_when_the_list_has_a_page) {
    OneCpu cpu(profile_6_12(), 7, 1000);
    cpu.drains_of(20);
    EXPECT_EQ(cpu.pages().free_count, 20U);
    cpu.take();
    EXPECT_EQ(cpu.pages().free_count, 10U);
}

TEST(PcpFree, counts_what_was_freed_of_late_up_to_32_batches) {
    OneCpu cpu(profile_6_12(), 2, 4000);
    cpu.drains_of(63);
    cpu.put(3);
    EXPECT_EQ(cpu.pages().free_count, 71U) << "63 is less than 64";
    cpu.put();
    EXPECT_EQ(cpu.pages().free_count, 71U);
}

TEST(PcpFree, gives_back_as_many_as_were_freed_of_late_and_leaves_a_batch) {
    OneCpu cpu(profile_6_12(), 7, 100);
    cpu.pages().free_count = 0;
    EXPECT_EQ(cpu.drains_of(250), "100:93 193:93") << "93 = 100 - 7 caps what was freed of late";
    OneCpu calm(profile_6_12(), 7, 100);
    calm.drains_of(99);
    calm.pages().free_count = 3;
    calm.put();
    EXPECT_EQ(calm.drained(), 7U) << "a batch at least";
}

TEST(PcpFree, gives_one_page_back_where_high_is_less_than_a_batch) {
    OneCpu cpu(profile_6_12(), 31, 20);
    EXPECT_EQ(cpu.drains_of(22), "20:1 21:1 22:1");
}

TEST(PcpFree, high_rises_to_hold_a_burst_and_the_drain_is_measured_by_the_old_one) {
    for (const Profile* profile : kAdaptive) {
        OneCpu cpu(*profile, 7, 28, 1000);
        EXPECT_EQ(cpu.drains_of(28), "28:21");
        EXPECT_EQ(cpu.pages().high, 35U) << "28 freed and a batch";
        EXPECT_EQ(cpu.drains_of(28), "28:28");
        EXPECT_EQ(cpu.pages().high, 63U);
        EXPECT_EQ(cpu.drains_of(56), "56:56");
        EXPECT_EQ(cpu.pages().high, 119U);
        cpu.pages().high = cpu.zone().pcp_high_max = 120;
        EXPECT_EQ(cpu.drains_of(113), "113:113");
        EXPECT_EQ(cpu.pages().high, 120U) << "high_max";
    }
}

// What is freed of late must reach a batch, in 7.2 a batch and half of high_min (7 + 28 / 2).
TEST(PcpFree, a_burst_of_orders_1_to_3_empties_the_lists_and_lowers_high) {
    for (const Profile* profile : kAdaptive) {
        const u32 enough = profile == &profile_6_12() ? 7 : 21;
        OneCpu cpu(*profile, 7, 28, 1000);
        cpu.drains_of(enough - 3);
        cpu.put(1);
        EXPECT_EQ(cpu.drained(), 0U) << "free_count " << enough - 3;
        cpu.put(1);
        EXPECT_EQ(cpu.drained(), 0U) << "free_count " << enough - 1;
        cpu.pages().high = 500;
        cpu.put(1);
        EXPECT_EQ(cpu.pages().count, 0U) << "free_count " << enough + 1;
        EXPECT_EQ(cpu.pages().high, 500U - 32 * 7);
        cpu.pages().high = 30;
        cpu.drains_of(10);
        cpu.put(1);
        cpu.put(1);
        EXPECT_EQ(cpu.pages().count, 0U);
        EXPECT_EQ(cpu.pages().high, 28U) << "high_min";
    }
}

TEST(PcpFree, a_burst_is_broken_by_single_and_huge_pages_and_by_lists_with_less_than_a_batch) {
    for (const u8 between : std::initializer_list<u8>{0, 9}) {
        OneCpu cpu(profile_6_12(), 7, 2000, 3000);
        cpu.drains_of(7);
        cpu.put(1);
        cpu.put(between);
        cpu.put(1);
        EXPECT_EQ(cpu.drained(), 0U);
    }
    OneCpu cpu(profile_6_12(), 7, 2000, 3000);
    cpu.pages().free_count = 100;
    cpu.put(1);
    cpu.put(1);
    cpu.put(1);
    EXPECT_EQ(cpu.drained(), 0U) << "6 pages";
    cpu.put(1);
    EXPECT_EQ(cpu.drained(), 8U);
}

TEST(PcpFree, a_burst_gives_32_batches_at_most) {
    OneCpu cpu(profile_6_12(), 2, 2000, 3000);
    cpu.drains_of(100);
    cpu.put(1);
    cpu.put(1);
    EXPECT_EQ(cpu.drained(), 64U);
}

// 7.2 takes 2 pages at a time from the freed block's list on, and a block of 4 is more than a portion.
TEST(PcpFree, a_burst_of_seven_two_goes_in_portions_that_may_each_exceed_theirs) {
    OneCpu older(profile_6_12(), 2, 2000, 3000);
    OneCpu newer(profile_7_2(), 2, 2000, 3000);
    for (OneCpu* cpu : {&older, &newer}) {
        for (u32 block = 0; block < 40; ++block) {
            cpu->put(2);
            cpu->put(0);
        }
        cpu->pages().free_count = 2000;
        cpu->put(2);
        cpu->put(2);
    }
    EXPECT_EQ(older.drained(), 64U);
    EXPECT_EQ(newer.drained(), 128U) << "32 portions of one block";
}

// ---- below the high mark ----

TEST(PcpBelowHigh, high_sinks_by_what_was_freed_of_late_and_what_is_above_high_min_goes) {
    for (const Profile* profile : kAdaptive) {
        OneCpu cpu(*profile, 7, 28, 1000);
        cpu.zone().watermark[static_cast<u32>(Watermark::high)] = 1000;
        cpu.zone().is_below_high = true;
        cpu.pages().high = 500;
        EXPECT_EQ(cpu.drains_of(10), "");
        EXPECT_EQ(cpu.pages().high, 500U - 7 * 7 - (8 + 9 + 10)) << "by a batch at least with each free";
        EXPECT_EQ(cpu.drains_of(39), "18:21 39:21") << "28 pages are on the lists, and a batch of them stays";
        EXPECT_EQ(cpu.pages().high, 28U);
    }
}

TEST(PcpBelowHigh, ends_with_a_drain_after_which_the_high_mark_and_movables_reserve_hold_without_highatomic) {
    for (const Profile* profile : kAdaptive) {
        OneCpu cpu(*profile, 7, 28, 1000);
        Trace nobody;
        Zone& zone = cpu.zone();
        cpu.memory.frames().set_pageblock_type({0x8e00}, kH);
        cpu.memory.buddy(0, nobody).add_block({0x8e00}, {4}, kH, Buddy::Place::tail);
        cpu.stock();
        zone.boost = 20;
        zone.lowmem_reserve[3] = 30;  // of ZONE_MOVABLE
        zone.watermark[static_cast<u32>(Watermark::high)] = zone.nr_free_pages - 16 - zone.boost - 30 + 21;
        zone.is_below_high = true;
        EXPECT_EQ(cpu.drains_of(28), "28:21");
        EXPECT_TRUE(zone.is_below_high) << "exactly the mark is not enough";
        EXPECT_EQ(cpu.drains_of(21), "21:21");
        EXPECT_FALSE(zone.is_below_high);
        zone.is_below_high = true;
        EXPECT_EQ(cpu.drains_of(20), "");
        EXPECT_TRUE(zone.is_below_high) << "without a drain nobody looks";
    }
}

// ---- decay ----

TEST(PcpDecay, lowers_high_by_an_eighth_and_gives_back_what_is_above_it_from_the_first_list_on) {
    for (const Profile* profile : kAdaptive) {
        OneCpu cpu(*profile, 63, 700, 2000);
        cpu.memory.frames().set_pageblock_type({OneCpu::kUsed}, kU);
        cpu.pages().high = 1302;
        for (u32 block = 0; block < 1280; ++block) cpu.put();
        cpu.pages().high = 1302;
        cpu.lists().decay();
        EXPECT_EQ(cpu.pages().high, 1140U);
        EXPECT_EQ(cpu.pages().count, 1140U);
        EXPECT_EQ(cpu.blocks(PcpLists::list_index({0}, kU)).size(), 512U - 140);
    }
}

TEST(PcpDecay, stops_at_high_min_and_gives_32_batches_back_at_most_if_high_is_far_above) {
    OneCpu cpu(profile_6_12(), 7, 100, 4000);
    cpu.pages().high = 110;
    cpu.lists().decay();
    EXPECT_EQ(cpu.pages().high, 100U);
    cpu.pages().high = 3000;
    EXPECT_EQ(cpu.drains_of(2999), "");
    cpu.lists().decay();
    EXPECT_EQ(cpu.pages().high, 2999U - 32 * 7);
    EXPECT_EQ(cpu.pages().count, 2999U - 32 * 7);
}

// Portions of a batch, each from the first list on: a block may exceed its portion.
TEST(PcpDecay, goes_in_portions_of_a_batch) {
    for (const Profile* profile : kAdaptive) {
        OneCpu cpu(*profile, 2, 8, 1000);
        cpu.pages().high = 24;
        for (u32 block = 0; block < 5; ++block) cpu.put(2), cpu.pages().was_high_order = false;
        cpu.pages().high = 16;
        cpu.lists().decay();
        EXPECT_EQ(cpu.pages().high, 14U);
        EXPECT_EQ(cpu.pages().count, 20U - 3 * 4) << "3 portions of 2, of which each is a block of 4";
    }
}

}  // namespace
}  // namespace mmscope::test
