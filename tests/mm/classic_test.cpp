// The page allocator of Linux 2.6.32: borrowing, Reserve, the watermark test, hot and cold per-CPU lists.
#include <gtest/gtest.h>

#include "one_cpu.h"
#include "one_zone.h"

namespace mmscope::test {
namespace {

constexpr u64 kMiB = 256;  // frames

// ---- free lists ----

TEST(BuddyClassic, every_freed_block_goes_to_the_head) {
    OneZone zone(profile_2_6());
    zone.put(0x12, 1, kM);
    zone.put(0x20, 0, kM);
    zone.free(0x10, 0);
    EXPECT_EQ(zone.lists(), "0/M:10,20 1/M:12") << "later it waits at the tail, since it may merge with 12";
}

TEST(BuddyClassic, a_small_block_is_borrowed_alone_and_its_remainder_stays) {
    OneZone zone(profile_2_6());
    zone.put(0x200, 3, kM);
    zone.put(0x300, 7, kM);
    zone.label(0x400, kU);
    EXPECT_EQ(zone.alloc(8, kE), kNoPfn.value);
    EXPECT_EQ(zone.alloc(7, kM), 0x300U);
    EXPECT_EQ(zone.alloc(0, kU), 0x200U);
    EXPECT_EQ(zone.lists(), "0/M:201 1/M:202 2/M:204") << "Unmovable is not greedy";
}

TEST(BuddyClassic, reclaimable_takes_the_free_blocks_of_the_pageblock_along_to_the_head_of_its_lists) {
    OneZone zone(profile_2_6());
    zone.put(0x200, 3, kM);
    zone.put(0x220, 0, kM);
    zone.put(0x230, 0, kM);
    zone.put(0x600, 0, kM);
    EXPECT_EQ(zone.alloc(2, kE), 0x200U);
    EXPECT_EQ(zone.lists(), "0/M:600 0/E:230,220 2/E:204");
    EXPECT_EQ(zone.pageblocks(), "MMMMMMMM");
}

TEST(BuddyClassic, a_pageblock_changes_its_type_if_half_of_it_is_free_whatever_is_in_use) {
    for (const u32 blocks : {3U, 4U}) {
        OneZone zone(profile_2_6());
        for (u32 block = 0; block < blocks; ++block) zone.put(0x200 + block * 128, 6, kM);
        EXPECT_EQ(zone.alloc(6, kU), 0x200U);
        EXPECT_EQ(zone.pageblocks(), blocks == 4 ? "MUMMMMMM" : "MMMMMMMM") << "256 of 512";
        EXPECT_EQ(zone.lists(), blocks == 4 ? "6/U:380,300,280" : "6/U:300,280");
    }
}

TEST(BuddyClassic, a_block_of_two_pageblocks_brings_both) {
    OneZone zone(profile_2_6());
    zone.put(0x400, 10, kM);
    EXPECT_EQ(zone.alloc(9, kU), 0x400U);
    EXPECT_EQ(zone.pageblocks(), "MMUUMMMM");
    EXPECT_EQ(zone.lists(), "9/U:600");
}

TEST(BuddyClassic, reserve_comes_last_for_everybody_and_keeps_its_type) {
    OneZone zone(profile_2_6());
    zone.label(0x200, kH);
    zone.put(0x200, 4, kH);
    zone.put(0x400, 0, kU);
    EXPECT_EQ(zone.alloc(0, kM), 0x400U);
    EXPECT_EQ(zone.alloc(3, kM), 0x200U);
    EXPECT_EQ(zone.lists(), "3/H:208");
}

TEST(BuddyClassic, pageblocks_merge_whatever_their_types) {
    OneZone zone(profile_2_6());
    zone.label(0x600, kH);
    zone.put(0x600, 9, kH);
    zone.free(0x400, 9);
    EXPECT_EQ(zone.lists(), "10/M:400");
}

// ---- Reserve ----

std::string pageblocks_of(const PageAllocator& memory, ZoneType type, u32 count) {
    const Zone& zone = *memory.find_zone(type, 0);
    const u32 first = zone.start.value >> memory.frames().pageblock_order().value;
    std::string text;
    for (u32 block = first; block < first + count; ++block)
        text += kMigratetypeLetters[memory.frames().pageblock_types()[block]];
    return text;
}

TEST(Reserve, is_filled_at_boot_with_as_many_pageblocks_as_hold_min_but_two_at_most) {
    PageAllocator memory(Arch::x86_64, profile_2_6(), 1024 * kMiB, 1, 1);
    EXPECT_EQ(pageblocks_of(memory, ZoneType::dma, 4), "MHMM") << "the first one has reserved frames";
    EXPECT_GT(memory.find_zone(ZoneType::dma32, 0)->watermark[0], 512U);
    EXPECT_EQ(pageblocks_of(memory, ZoneType::dma32, 4), "HHMM");
    EXPECT_EQ(memory.find_zone(ZoneType::dma32, 0)->area.pages(kH), 1024U);
    EXPECT_EQ(memory.check(), "");
    const PageAllocator later(Arch::x86_64, profile_6_1(), 1024 * kMiB, 1, 1);
    EXPECT_EQ(pageblocks_of(later, ZoneType::dma32, 4), "MMMM");
}

TEST(Reserve, follows_min_free_kbytes) {
    PageAllocator memory(Arch::x86_64, profile_2_6(), 1024 * kMiB, 1, 1);
    VmSysctl sysctl = memory.sysctl();
    sysctl.min_free_kbytes = 1024;
    memory.write_sysctl(SysctlName::min_free_kbytes, sysctl);
    EXPECT_EQ(pageblocks_of(memory, ZoneType::dma32, 4), "HMMM");
    EXPECT_EQ(memory.find_zone(ZoneType::dma32, 0)->area.pages(kH), 1024U) << "a block of both stays where it is";
    sysctl.min_free_kbytes = 65536;
    memory.write_sysctl(SysctlName::min_free_kbytes, sysctl);
    EXPECT_EQ(pageblocks_of(memory, ZoneType::dma32, 4), "HHMM");
    EXPECT_EQ(memory.check(), "");
}

// ---- the watermark test ----

// 100 single pages, 20 pairs, 5 blocks of four: 160 pages, 60 in pairs or larger, 20 in fours.
TEST(WatermarkClassic, leaves_out_smaller_blocks_and_halves_the_mark_order_by_order) {
    Zone zone;
    zone.nr_free_pages = 160;
    zone.area.count[0][1] = 100;
    zone.area.count[1][1] = 20;
    zone.area.count[2][1] = 5;
    const auto passes = [&](u8 order, u32 mark, u32 reserve) {
        AllocRequest request;
        request.order = {order};
        zone.lowmem_reserve[0] = reserve;
        return test_watermark(zone, profile_2_6(), request, {}, mark).passes();
    };
    EXPECT_TRUE(passes(0, 159, 0));
    EXPECT_FALSE(passes(0, 160, 0));
    EXPECT_TRUE(passes(1, 117, 0)) << "159 - 100 = 59 > 117 / 2";
    EXPECT_FALSE(passes(1, 118, 0)) << "59 is not more than 59";
    EXPECT_TRUE(passes(2, 67, 0)) << "157 - 100 - 40 = 17 > 67 / 2 / 2";
    EXPECT_FALSE(passes(2, 68, 0));
    EXPECT_TRUE(passes(2, 67, 89)) << "lowmem_reserve counts once, before: 157 > 67 + 89";
    EXPECT_FALSE(passes(2, 67, 90));
}

TEST(WatermarkClassic, opens_a_quarter_to_whoever_cannot_wait) {
    const auto left = [](const Profile& profile, bool high) {
        AllocFlags flags;
        flags.min_reserve = high;
        flags.non_block = true;
        return weigh_watermark(profile, 0, {0}, 0, 1000, flags, 0).limit();
    };
    EXPECT_EQ(left(profile_2_6(), false), 750);
    EXPECT_EQ(left(profile_2_6(), true), 375);
    EXPECT_EQ(left(profile_6_1(), false), 1000);
    EXPECT_EQ(left(profile_6_1(), true), 375);
}

TEST(WatermarkClassic, says_that_the_blocks_are_too_small) {
    PageAllocator memory(Arch::x86_64, profile_2_6(), one_zone(0x1000, 0x2000), 1);
    Trace trace(1U << 10);
    for (u32 pfn = 0x1000; pfn < 0x1200; pfn += 2) memory.buddy(0, trace).add_block({pfn}, {0}, kM, Buddy::Place::tail);
    memory.buddy(0, trace).add_block({0x1400}, {1}, kM, Buddy::Place::tail);
    memory.zones()[0].watermark[static_cast<u32>(Watermark::low)] = 4;
    trace.begin();
    EXPECT_NE(memory.alloc_pages({gfp::kKernel}, {1}, 1, 0, trace), kNoPfn) << "min is 0";
    EXPECT_EQ(trace.counts()[static_cast<u32>(TraceKind::zone_small_blocks)], 1U) << "2 - 1 is not more than 4 / 2";
    EXPECT_EQ(trace.counts()[static_cast<u32>(TraceKind::zone_no_block)], 0U);
}

// ---- per-CPU lists ----

TEST(PcpClassic, hold_single_pages_fetch_a_batch_and_give_one_back_at_high) {
    OneCpu cpu(profile_2_6(), 31, 186);
    EXPECT_FALSE(PcpLists::takes({1}, {9}, profile_2_6()));
    EXPECT_FALSE(PcpLists::takes({9}, {9}, profile_2_6()));
    EXPECT_EQ(cpu.stock().refills_of(63), "0:31 31:31 62:31");
    OneCpu full(profile_2_6(), 31, 186);
    EXPECT_EQ(full.drains_of(250), "186:31 217:31 248:31");
}

TEST(PcpClassic, a_cold_request_takes_the_first_page_of_the_filling_at_the_tail) {
    OneCpu cpu(profile_2_6(), 4, 24);
    AllocFlags cold;
    cold.cold = true;
    cpu.stock();
    EXPECT_EQ(cpu.take(0, kM, true, cold), Pfn{0x9000});
    EXPECT_EQ(cpu.blocks(PcpLists::list_index({0}, kM)), (std::vector<Pfn>{{0x9003}, {0x9002}, {0x9001}}));
    cpu.put(Pfn{0x9000}, 0);
    EXPECT_EQ(cpu.take(0, kM, true, cold), Pfn{0x9001});
    EXPECT_EQ(cpu.take(), Pfn{0x9000}) << "hot";
}

// Types in the order of 2.6: Unmovable, Reclaimable, Movable. An empty list's turn adds to the next one's.
TEST(PcpClassic, a_drain_takes_from_the_lists_in_turn_from_reclaimable_on) {
    OneCpu cpu(profile_2_6(), 6, 8);
    cpu.memory.frames().set_pageblock_type({0x1200}, kU);
    cpu.memory.frames().set_pageblock_type({0x1400}, kE);
    for (const u32 pfn : {0x1200U, 0x1201U, 0x1202U, 0x1400U, 0x1000U, 0x1001U, 0x1002U}) cpu.put(Pfn{pfn}, 0);
    EXPECT_EQ(cpu.drained_by([&] { cpu.put(Pfn{0x1003}, 0); }), "1400/0E 1000/0M 1200/0U 1001/0M 1002/0M 1201/0U");
}

TEST(PcpClassic, a_drain_frees_to_the_type_that_a_page_came_with) {
    OneCpu cpu(profile_2_6(), 1, 1000);
    cpu.put();
    cpu.memory.frames().set_pageblock_type({OneCpu::kUsed}, kU);
    EXPECT_EQ(cpu.drained_by([&] { cpu.lists().drain_all(); }), "1000/0M");
}

}  // namespace
}  // namespace mmscope::test
