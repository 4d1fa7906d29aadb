// Any state that a buddy allocator can be in can be counted, and whatever was counted can be placed again.
#include "play/placement.h"

#include <gtest/gtest.h>

#include <bit>

#include "mm/page_alloc.h"

namespace mmscope {
namespace {

// A state of a machine after random calls, so that its counts are known to be possible.
PageAllocator random_machine(const Profile& profile, Arch arch, u64 seed) {
    Prng prng(seed);
    const u64 frames = 16384 + prng.below(65536);
    PageAllocator memory(arch, profile, frames, 1, 1);
    Trace nobody;
    std::vector<std::pair<Pfn, Order>> held;
    const u32 calls = 200 + prng.below(4000);
    for (u32 call = 1; call <= calls; ++call) {
        if (prng.below(3) != 0 || held.empty()) {
            const u32 bits[] = {gfp::kKernel, gfp::kKernel | gfp::kMovable | gfp::kHighmem, gfp::kKernel | gfp::kReclaimable, gfp::kKernel | gfp::kDma};
            const Order order{static_cast<u8>(std::countr_zero(prng.below(1U << 11) | 1024U))};
            const Pfn pfn = memory.alloc_pages({bits[prng.below(4)]}, order, call, 0, nobody);
            if (pfn != kNoPfn) held.emplace_back(pfn, order);
        } else {
            std::swap(held[prng.below(static_cast<u32>(held.size()))], held.back());
            memory.free_pages(held.back().first, held.back().second, 0, nobody);
            held.pop_back();
        }
    }
    return memory;
}

ZoneDemand demand_of(const PageAllocator& memory, const Zone& zone, const ZoneLayout& layout) {
    ZoneDemand demand;
    demand.pageblocks.emplace();
    for (u32 order = 0; order < kNrPageOrders; ++order)
        for (u32 type = 0; type < kMigratetypes; ++type) demand.free_blocks[order][type] = zone.area.count[order][type];
    const FrameTable& frames = memory.frames();
    for (u32 block = 0; block < frames.pageblocks(); ++block) {
        if (!is_sampled(layout, frames.pageblock_order(), block)) continue;
        ++(*demand.pageblocks)[frames.pageblock_types()[block]];
    }
    return demand;
}

// Everything that a plan promises, checked without the code that made it.
void expect_plan(const ZoneLayout& layout, Order pageblock, const ZoneDemand& demand, const ZonePlan& plan, bool own_pageblocks) {
    std::vector<u8> owner(layout.start.value + layout.spanned, 0);  // 1: managed and not yet given
    u32 managed = 0;
    for (const FrameRange range : layout.present)
        for (u32 i = 0; i < range.frames; ++i) owner[range.start.value + i] = 1;
    for (const FrameRange range : layout.reserved)
        for (u32 i = 0; i < range.frames; ++i) owner[range.start.value + i] = 0;
    for (const u8 one : owner) managed += one;
    std::array<ZoneDemand::ByType, kNrPageOrders> counted{};
    std::vector<u8> free_order(owner.size() + 1024, 0xff);
    std::vector<u8> block_type((owner.size() >> pageblock.value) + 1, 0xff);
    for (const auto& [block, type] : plan.pageblocks) block_type[block] = static_cast<u8>(type);
    const auto take = [&](const PlacedBlock& block) {
        EXPECT_EQ(block.pfn.value % block.order.frames(), 0U);
        for (u32 i = 0; i < block.order.frames(); ++i) {
            ASSERT_EQ(owner[block.pfn.value + i], 1) << block.pfn.value;
            owner[block.pfn.value + i] = 2;
        }
        managed -= block.order.frames();
        for (u32 at = block.pfn.value; own_pageblocks && at < block.pfn.value + block.order.frames(); at += pageblock.frames()) {
            EXPECT_EQ(block_type[at >> pageblock.value], static_cast<u8>(block.type));
        }
    };
    for (const PlacedBlock& block : plan.free) {
        take(block);
        ++counted[block.order.value][static_cast<u32>(block.type)];
        free_order[block.pfn.value] = block.order.value;
    }
    for (const PlacedBlock& block : plan.used) take(block);
    EXPECT_EQ(managed, 0U);
    EXPECT_EQ(counted, demand.free_blocks);
    for (const PlacedBlock& block : plan.free) {
        const u32 buddy = block.pfn.value ^ block.order.frames();
        const bool twin = block.order.value < kMaxPageOrder && buddy < free_order.size() && free_order[buddy] == block.order.value;
        EXPECT_FALSE(twin && block_type[block.pfn.value >> pageblock.value] == block_type[buddy >> pageblock.value]) << buddy;
    }
}

void place_random_machines(const Profile& profile, Arch arch, u64 seeds) {
    for (u64 seed = 1; seed <= seeds; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        const PageAllocator memory = random_machine(profile, arch, seed);
        const std::vector<ZoneLayout> layout = machine_layout(arch, memory.present_pages() + 1 + 97 + 35, 1);
        for (const Zone& zone : memory.zones()) {
            if (!zone.is_populated()) continue;
            ASSERT_EQ(layout[zone.position].spanned, zone.spanned);
            const ZoneDemand demand = demand_of(memory, zone, layout[zone.position]);
            const Order pageblock = memory.frames().pageblock_order();
            const auto plan = plan_zone(layout[zone.position], pageblock, demand, profile, {}, Prng(seed));
            ASSERT_TRUE(plan) << zone.name() << " order " << static_cast<u32>(plan.error().value);
            EXPECT_TRUE(plan->keeps_table) << zone.name();
            expect_plan(layout[zone.position], pageblock, demand, *plan, profile.free_by_pageblock);
            if (testing::Test::HasFailure()) return;
        }
    }
}

TEST(Placement, whatever_6_12_can_leave_can_be_placed) { place_random_machines(profile_6_12(), Arch::x86_64, 200); }
TEST(Placement, whatever_6_1_can_leave_can_be_placed) { place_random_machines(profile_6_1(), Arch::x86_64, 200); }
TEST(Placement, whatever_32_bits_can_leave_can_be_placed) {
    place_random_machines(profile_6_1(), Arch::x86_32, 100);
    place_random_machines(profile_6_12(), Arch::x86_32_pae, 100);
}

TEST(Placement, a_zone_that_is_free_as_far_as_buddies_allow_is_filled) {
    // One order-10 region, of which everything but one frame is free: there is only one shape for that.
    ZoneLayout zone;
    zone.type = ZoneType::normal;
    zone.start = {4096};
    zone.spanned = 1024;
    zone.present = {{{4096}, 1024}};
    ZoneDemand demand;
    for (u32 order = 0; order < 10; ++order) demand.free_blocks[order][1] = 1;
    demand.pageblocks = ZoneDemand::ByType{0, 2};
    const auto plan = plan_zone(zone, {9}, demand, profile_6_12(), {}, Prng(3));
    ASSERT_TRUE(plan);
    expect_plan(zone, {9}, demand, *plan, true);
    ASSERT_EQ(plan->used.size(), 1U);
    EXPECT_EQ(plan->used[0].order.value, 0U);
    demand.free_blocks[0][1] = 2;
    const auto too_much = plan_zone(zone, {9}, demand, profile_6_12(), {}, Prng(3));
    ASSERT_FALSE(too_much);
    EXPECT_EQ(too_much.error().value, 0U);
}

TEST(Placement, free_neighbours_of_types_that_never_merge_are_used_when_there_is_no_other_room) {
    ZoneLayout zone;
    zone.type = ZoneType::normal;
    zone.start = {4096};
    zone.spanned = 2048;
    zone.present = {{{4096}, 2048}};
    ZoneDemand demand;
    demand.free_blocks[9] = {2, 0, 0, 2};
    demand.pageblocks = ZoneDemand::ByType{2, 0, 0, 2};
    const auto plan = plan_zone(zone, {9}, demand, profile_6_12(), {}, Prng(1));
    ASSERT_TRUE(plan);
    expect_plan(zone, {9}, demand, *plan, true);
    EXPECT_TRUE(plan->used.empty());
}

}  // namespace
}  // namespace mmscope
