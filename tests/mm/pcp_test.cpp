// Each rule of the per-CPU lists that no capture tells apart, and the kernels' own examples: what a refill takes, what
// a free gives back, where `high` goes.
#include <gtest/gtest.h>

#include "one_cpu.h"

namespace mmscope::test {
namespace {

const Profile* const kModern[] = {&profile_6_1(), &profile_6_12(), &profile_7_2()};

// ---- which list, which block ----

TEST(PcpLists, hold_orders_0_to_3_and_huge_pages) {
    for (const Profile* profile : kModern)
        for (const Order pageblock : {Order{9}, Order{10}})  // 10: i386 without PAE
            for (u8 order = 0; order < kNrPageOrders; ++order)
                EXPECT_EQ(PcpLists::takes({order}, pageblock, *profile), order <= 3 || order == pageblock.value)
                    << profile->name << ' ' << u32{order};
}

TEST(PcpLists, keep_blocks_of_a_highatomic_pageblock_among_the_movable_ones) {
    for (const Profile* profile : kModern) {
        OneCpu cpu(*profile, 63, 1000);
        cpu.memory.frames().set_pageblock_type({OneCpu::kUsed}, kH);
        cpu.put(2);
        EXPECT_EQ(cpu.blocks(PcpLists::list_index({2}, kM)), std::vector<Pfn>{{OneCpu::kUsed}});
        EXPECT_EQ(cpu.drained_by([&] { cpu.lists().drain_all(); }), "1000/2H") << "but they go back to the reserve";
    }
}

TEST(PcpLists, give_what_was_freed_last_and_fetch_behind_it) {
    for (const Profile* profile : kModern) {
        OneCpu cpu(*profile, 7, 1000);
        cpu.stock();
        EXPECT_EQ(cpu.take(), Pfn{0x9000});
        cpu.put({0x9000}, 0);
        EXPECT_EQ(cpu.take(), Pfn{0x9000});
        EXPECT_EQ(cpu.take(), Pfn{0x9001});
    }
}

// ---- drain ----

// U: 1200 .. 1204, E: 1400, M: 1000, 1004, 1005 and the pair 1002.
void list_eleven(OneCpu& cpu) {
    cpu.memory.frames().set_pageblock_type({0x1200}, kU);
    cpu.memory.frames().set_pageblock_type({0x1400}, kE);
    for (const u32 pfn : {0x1200U, 0x1201U, 0x1202U, 0x1203U, 0x1204U, 0x1400U}) cpu.put(Pfn{pfn}, 0);
    cpu.put(Pfn{0x1002}, 1);
    for (const u32 pfn : {0x1000U, 0x1004U}) cpu.put(Pfn{pfn}, 0);
}

TEST(PcpDrain, empties_the_freed_pages_list_from_its_tail_then_the_next_and_may_exceed_its_quota) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12()}) {
        OneCpu cpu(*profile, 5, 11);
        list_eleven(cpu);
        EXPECT_EQ(cpu.drained_by([&] { cpu.put(Pfn{0x1005}, 0); }), "1000/0M 1004/0M 1005/0M 1400/0E 1002/1M");
    }
}

TEST(PcpDrain, of_seven_two_begins_anew_after_each_batch) {
    OneCpu cpu(profile_7_2(), 5, 11);
    list_eleven(cpu);
    EXPECT_EQ(cpu.drained_by([&] { cpu.put(Pfn{0x1005}, 0); }), "1000/0M 1004/0M 1005/0M 1400/0E 1002/1M 1200/0U")
        << "5 that became 6, and 1 more";
}

TEST(PcpDrain, goes_around_from_the_last_list_to_the_first) {
    for (const Profile* profile : kModern) {
        OneCpu cpu(*profile, 9, 18);
        cpu.memory.frames().set_pageblock_type({0x1200}, kU);
        cpu.memory.frames().set_pageblock_type({0x1400}, kE);
        for (u32 pfn = 0x1200; pfn < 0x120a; ++pfn) cpu.put(Pfn{pfn}, 0);
        EXPECT_EQ(cpu.drained_by([&] { cpu.put(Pfn{0x1400}, 3); }), "1400/3E 1200/0U") << profile->name;
    }
}

TEST(PcpDrain, of_six_one_frees_to_the_type_that_a_page_came_with_later_to_its_pageblocks) {
    for (const Profile* profile : kModern) {
        OneCpu cpu(*profile, 1, 1000);
        cpu.put();
        cpu.memory.frames().set_pageblock_type({OneCpu::kUsed}, kU);
        EXPECT_EQ(cpu.drained_by([&] { cpu.lists().drain_all(); }), profile == &profile_6_1() ? "1000/0M" : "1000/0U");
    }
}

// ---- Linux 6.1 ----

TEST(PcpRefill61, takes_a_batch_but_never_fewer_than_two_blocks) {
    const auto fetched = [](u32 batch, u8 order) {
        OneCpu cpu(profile_6_1(), batch, 4 * batch);
        cpu.stock().take(order);
        return cpu.fetched() >> order;
    };
    EXPECT_EQ(fetched(31, 0), 31U);
    EXPECT_EQ(fetched(31, 1), 15U);
    EXPECT_EQ(fetched(31, 3), 3U);
    EXPECT_EQ(fetched(7, 3), 2U);
    EXPECT_EQ(fetched(63, 9), 2U);
}

TEST(PcpRefill61, of_a_zone_with_batch_one_takes_one_block_of_any_order) {
    for (const u8 order : std::initializer_list<u8>{0, 1, 3, 9}) {
        OneCpu cpu(profile_6_1(), 1, 4);
        cpu.stock().take(order);
        EXPECT_EQ(cpu.fetched(), 1U << order);
    }
}

// 512 MiB: high 816, batch 31. 278 pages are on the lists when 2,000 are freed in a row.
TEST(PcpFree61, drains_double_and_leave_a_batch) {
    OneCpu cpu(profile_6_1(), 31, 816);
    EXPECT_EQ(cpu.drains_of(278), "");
    EXPECT_EQ(cpu.drains_of(2000), "538:31 569:62 631:124 755:248 1003:496 1499:785");
}

TEST(PcpFree61, an_allocation_halves_the_factor_also_when_the_list_has_a_page) {
    OneCpu cpu(profile_6_1(), 7, 28);
    cpu.put();
    cpu.pages().free_factor = 5;
    EXPECT_NE(cpu.take(), kNoPfn);
    EXPECT_EQ(cpu.pages().free_factor, 2);
    EXPECT_EQ(cpu.take(), kNoPfn) << "nothing there, nothing to fetch";
    EXPECT_EQ(cpu.pages().free_factor, 1);
}

TEST(PcpFree61, blocks_of_orders_1_to_3_empty_the_lists_once_a_drain_has_doubled) {
    for (const u8 order : std::initializer_list<u8>{1, 2, 3}) {
        OneCpu cpu(profile_6_1(), 7, 100);
        cpu.drains_of(20);
        cpu.put(order);
        EXPECT_EQ(cpu.drained(), 0U);
        cpu.pages().free_factor = 1;
        cpu.put(order);
        EXPECT_EQ(cpu.pages().count, 0U);
        EXPECT_EQ(cpu.pages().free_factor, 1);
    }
    OneCpu cpu(profile_6_1(), 7, 1000);
    cpu.pages().free_factor = 1;
    cpu.put(0);
    cpu.put(9);
    EXPECT_EQ(cpu.pages().count, 513U) << "neither single pages nor huge ones do";
}

TEST(PcpFree61, gives_one_page_back_where_high_is_less_than_a_batch) {
    OneCpu cpu(profile_6_1(), 31, 20);
    EXPECT_EQ(cpu.drains_of(22), "20:1 21:1 22:1");
}

TEST(PcpFree61, does_not_decay) {
    OneCpu cpu(profile_6_1(), 7, 28);
    cpu.drains_of(27);
    cpu.lists().decay();
    EXPECT_EQ(cpu.pages().count, 27U);
}

}  // namespace
}  // namespace mmscope::test
