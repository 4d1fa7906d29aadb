// Which zone gives, and what the choice leaves behind: rules that no capture tells apart. NOFRAGMENT, the tests before
// the per-CPU lists, BELOW_HIGH, the HighAtomic reserve.
#include <gtest/gtest.h>

#include "mm/page_alloc.h"
#include "one_zone.h"

namespace mmscope::test {
namespace {

constexpr Gfp kKernel{gfp::kKernel};
constexpr Gfp kAtomic{gfp::kHigh | gfp::kKswapdReclaim};
const Profile* const kModern[] = {&profile_6_1(), &profile_6_12(), &profile_7_2()};
const Profile* const kAdaptive[] = {&profile_6_12(), &profile_7_2()};
constexpr u32 kDma32 = 1, kNormal = 2;  // positions

// DMA 200 .. fff, DMA32 1000 .. 2fff, Normal 3000 .. 4fff: all Movable and in use, no marks, no reserves.
class ThreeZones {
public:
    explicit ThreeZones(const Profile& profile) : memory(Arch::x86_64, profile, layout(), 1), trace(1U << 16) {
        for (Zone& zone : memory.zones()) zone.pcp_batch = 1, zone.pcp_high = zone.pcp_high_max = 100;
    }
    void list(u32 pfn, u8 order, Migratetype type) {
        memory.frames().set_pageblock_type({pfn}, type);
        memory.buddy(memory.zone_of({pfn})->position, trace).add_block({pfn}, {order}, type, Buddy::Place::tail);
    }
    Pfn alloc(Gfp mask, u8 order) { return memory.alloc_pages(mask, {order}, ++calls_, 0, trace); }
    Zone& zone(u32 position) { return memory.zones()[position]; }
    void set_mark(u32 position, Watermark which, u32 pages) {
        zone(position).watermark[static_cast<u32>(which)] = pages;
    }
    u64 events(TraceKind kind) const { return trace.counts()[static_cast<u32>(kind)]; }

    PageAllocator memory;
    Trace trace;

private:
    static std::vector<ZoneLayout> layout() {
        constexpr u32 kStarts[] = {0x200, 0x1000, 0x3000, 0x5000};
        constexpr ZoneType kTypes[] = {ZoneType::dma, ZoneType::dma32, ZoneType::normal};
        std::vector<ZoneLayout> zones;
        for (u8 index = 0; index < 3; ++index) {
            ZoneLayout zone;
            zone.type = kTypes[index];
            zone.index = index;
            zone.start = {kStarts[index]};
            zone.spanned = kStarts[index + 1] - kStarts[index];
            zone.present = {{zone.start, zone.spanned}};
            zones.push_back(zone);
        }
        return zones;
    }
    u32 calls_ = 0;
};

// ---- NOFRAGMENT ----

bool starts_unfragmented(Arch arch, const Profile& profile, u32 gibibytes, Gfp mask) {
    const PageAllocator memory(arch, profile, u64{gibibytes} << 18, 1, 1);
    return memory.fast_flags(memory.request_of(mask, {0}, 1, 0)).nofragment;
}

TEST(Nofragment, is_for_requests_that_normal_of_a_kernel_with_dma32_would_serve_first) {
    for (const Profile* profile : kModern) {
        EXPECT_TRUE(starts_unfragmented(Arch::x86_64, *profile, 6, kKernel));
        EXPECT_TRUE(starts_unfragmented(Arch::x86_64, *profile, 6, {gfp::kKernel | gfp::kHighmem | gfp::kMovable}));
        EXPECT_FALSE(starts_unfragmented(Arch::x86_64, *profile, 6, {gfp::kKernel | gfp::kDma32}));
        EXPECT_FALSE(starts_unfragmented(Arch::x86_64, *profile, 1, kKernel)) << "Normal is empty";
        EXPECT_FALSE(starts_unfragmented(Arch::x86_32, *profile, 1, kKernel));
        EXPECT_FALSE(starts_unfragmented(Arch::x86_32_pae, *profile, 1, kKernel));
        EXPECT_FALSE(slow_flags(kKernel, {0}, *profile).nofragment);
    }
}

TEST(Nofragment, came_after_two_six) {
    EXPECT_FALSE(starts_unfragmented(Arch::x86_64, profile_2_6(), 6, kKernel));
    ThreeZones machine(profile_2_6());
    machine.list(0x3000, 8, kM);
    machine.list(0x1000, 4, kU);
    EXPECT_EQ(machine.alloc(kKernel, 4), Pfn{0x3000});
}

TEST(Nofragment, takes_a_lower_zone_before_normal_mixes_migratetypes) {
    for (const Profile* profile : kModern)
        for (const u8 order : std::initializer_list<u8>{0, 4}) {
            ThreeZones machine(*profile);
            machine.list(0x3000, 8, kM);
            machine.list(0x1000, 8, kM);
            machine.list(0x400, 4, kU);
            machine.list(0x600, 4, kU);
            EXPECT_EQ(machine.alloc(kKernel, order), Pfn{0x400}) << "DMA32 would have to mix too";
            EXPECT_EQ(machine.events(TraceKind::nofragment_retry), 0U);
        }
}

TEST(Nofragment, ends_when_no_zone_can_and_all_are_asked_again) {
    for (const Profile* profile : kModern) {
        ThreeZones machine(*profile);
        machine.list(0x3000, 8, kM);
        machine.list(0x1000, 8, kM);
        EXPECT_EQ(machine.alloc(kKernel, 4), Pfn{0x3000});
        EXPECT_EQ(machine.events(TraceKind::nofragment_retry), 1U);
    }
}

TEST(Nofragment, allows_to_claim_a_whole_pageblock) {
    for (const Profile* profile : kModern) {
        ThreeZones machine(*profile);
        machine.list(0x3000, 9, kM);
        machine.list(0x1000, 4, kU);
        EXPECT_EQ(machine.alloc(kKernel, 4), Pfn{0x3000});
        EXPECT_EQ(machine.memory.frames().pageblock_type({0x3000}), kU);
    }
}

TEST(Nofragment, allows_what_lies_on_the_cpus_list) {
    for (const Profile* profile : kModern) {
        ThreeZones machine(*profile);
        machine.list(0x3000, 8, kM);
        machine.list(0x1000, 4, kU);
        machine.memory.pcp_lists(kNormal, 0, machine.trace).add_block({0x3200}, PcpLists::list_index({0}, kU), kU);
        EXPECT_EQ(machine.alloc(kKernel, 0), Pfn{0x3200});
        EXPECT_EQ(machine.alloc(kKernel, 0), Pfn{0x1000}) << "the list is empty, and filling it would mix";
    }
}

// ---- the marks come before the lists ----

TEST(ZoneChoice, passes_over_a_zone_below_its_mark_though_the_cpus_list_has_a_page_of_it) {
    for (const Profile* profile : kModern) {
        ThreeZones machine(*profile);
        machine.memory.pcp_lists(kNormal, 0, machine.trace).add_block({0x3200}, PcpLists::list_index({0}, kU), kU);
        machine.set_mark(kNormal, Watermark::low, 1);
        machine.list(0x1000, 4, kU);
        EXPECT_EQ(machine.alloc(kKernel, 0), Pfn{0x1000});
    }
}

TEST(BelowHigh, is_noted_when_too_few_pages_are_free) {
    for (const Profile* profile : kModern) {
        ThreeZones machine(*profile);
        machine.list(0x3000, 9, kU);
        machine.set_mark(kNormal, Watermark::high, 512);
        EXPECT_NE(machine.alloc(kKernel, 0), kNoPfn);
        EXPECT_EQ(machine.zone(kNormal).is_below_high, profile != &profile_6_1());
    }
}

TEST(BelowHigh, is_noted_when_only_the_reserve_against_higher_requests_is_missing) {
    for (const Profile* profile : kAdaptive) {
        ThreeZones machine(*profile);
        machine.list(0x1000, 9, kU);
        machine.set_mark(kDma32, Watermark::high, 100);
        machine.zone(kDma32).lowmem_reserve[2] = 450;
        EXPECT_NE(machine.alloc({gfp::kKernel | gfp::kDma32}, 0), kNoPfn);
        EXPECT_FALSE(machine.zone(kDma32).is_below_high);
        EXPECT_NE(machine.alloc(kKernel, 0), kNoPfn);
        EXPECT_TRUE(machine.zone(kDma32).is_below_high);
    }
}

TEST(BelowHigh, is_noted_for_want_of_a_block) {
    for (const Profile* profile : kAdaptive) {
        ThreeZones machine(*profile);
        for (u32 pfn = 0x1000; pfn < 0x1200; pfn += 2) machine.list(pfn, 0, kU);
        EXPECT_NE(machine.alloc(kKernel, 0), kNoPfn);
        EXPECT_FALSE(machine.zone(kDma32).is_below_high);
        EXPECT_EQ(machine.alloc(kKernel, 1), kNoPfn);
        EXPECT_TRUE(machine.zone(kDma32).is_below_high);
    }
}

TEST(BelowHigh, stays_noted_and_is_not_asked_about_again_however_much_is_free) {
    for (const Profile* profile : kAdaptive) {
        ThreeZones machine(*profile);
        machine.list(0x3000, 4, kU);
        machine.set_mark(kNormal, Watermark::high, 512);
        machine.alloc(kKernel, 0);
        machine.list(0x3400, 10, kU);
        for (u32 call = 0; call < 3; ++call) EXPECT_NE(machine.alloc(kKernel, 0), kNoPfn);
        EXPECT_TRUE(machine.zone(kNormal).is_below_high);
        EXPECT_EQ(machine.events(TraceKind::zone_below_high), 1U);
    }
}

// ---- the HighAtomic reserve ----

// One zone whose low mark no request can pass, so that every GFP_ATOMIC one may reach into the reserve.
class InNeed {
public:
    InNeed(const Profile& profile, u32 first, u32 frames)
        : memory(Arch::x86_64, profile, one_zone(first, first + frames), 1) {
        Zone& zone = memory.zones()[0];
        zone.pcp_batch = 16, zone.pcp_high = zone.pcp_high_max = 1000;
        zone.watermark[static_cast<u32>(Watermark::low)] = zone.watermark[static_cast<u32>(Watermark::high)] = 1U << 30;
        zone.watermark_boost_factor = 0;
    }
    void list(u32 pfn, u8 order, Migratetype type) {
        memory.frames().set_pageblock_type({pfn}, type);
        memory.buddy(0, nobody).add_block({pfn}, {order}, type, Buddy::Place::tail);
    }
    Pfn alloc(u8 order) { return memory.alloc_pages(kAtomic, {order}, ++calls_, 0, nobody); }
    const Zone& zone() const { return memory.zones()[0]; }
    u32 blocks(u8 order, Migratetype type) const { return zone().area.count[order][static_cast<u32>(type)]; }
    Migratetype type(u32 pfn) const { return memory.frames().pageblock_type({pfn}); }

    PageAllocator memory;
    Trace nobody;

private:
    u32 calls_ = 0;
};

u32 reserved_of(const Profile& profile, u32 managed) {
    InNeed machine(profile, 0x1000, managed);
    machine.memory.buddy(0, machine.nobody).add_range({0x1000}, managed);
    for (u32 call = 0; call < 300; ++call) EXPECT_NE(machine.alloc(4), kNoPfn);
    return machine.zone().nr_reserved_highatomic;
}

TEST(Highatomic, is_a_hundredth_of_the_zone_rounded_up_to_pageblocks_and_nothing_in_a_small_zone) {
    for (const Profile* profile : kAdaptive) {
        EXPECT_EQ(reserved_of(*profile, 51199), 0U);
        EXPECT_EQ(reserved_of(*profile, 51200), 512U);
        EXPECT_EQ(reserved_of(*profile, 60000), 1024U);
    }
}

TEST(Highatomic, of_six_one_grows_until_it_has_a_hundredth_of_the_zone_and_a_pageblock) {
    EXPECT_EQ(reserved_of(profile_6_1(), 51199), 1024U) << "512 is less than 511 + 512";
    EXPECT_EQ(reserved_of(profile_6_1(), 51200), 1024U);
    EXPECT_EQ(reserved_of(profile_6_1(), 60000), 1536U) << "1,024 is less than 600 + 512";
}

TEST(Highatomic, is_made_of_no_pageblock_that_straddles_the_zones_edge) {
    for (const Profile* profile : kAdaptive) {
        InNeed machine(*profile, 0x1080, 60000);
        machine.list(0x1100, 4, kM);
        EXPECT_EQ(machine.alloc(4), Pfn{0x1100});
        EXPECT_EQ(machine.zone().nr_reserved_highatomic, 0U);
        EXPECT_EQ(machine.type(0x1100), kM);
    }
}

TEST(Highatomic, of_six_one_takes_of_the_zones_first_pageblock_what_lies_behind_the_page) {
    InNeed machine(profile_6_1(), 0x1080, 60000);
    machine.list(0x1100, 4, kM);
    machine.list(0x10a0, 4, kM);
    machine.list(0x1180, 4, kM);
    EXPECT_EQ(machine.alloc(4), Pfn{0x1100});
    EXPECT_EQ(machine.zone().nr_reserved_highatomic, 512U);
    EXPECT_EQ(machine.type(0x1100), kH);
    EXPECT_EQ(machine.blocks(4, kH), 1U);
    EXPECT_EQ(machine.blocks(4, kM), 1U);
    EXPECT_EQ(machine.alloc(4), Pfn{0x1180}) << "from the reserve";
}

TEST(Highatomic, of_six_one_takes_nothing_but_the_name_of_a_pageblock_that_ends_behind_the_zone) {
    InNeed machine(profile_6_1(), 0x1000, 0xf100);
    machine.list(0x10000, 4, kM);
    machine.list(0x10020, 4, kM);
    EXPECT_EQ(machine.alloc(4), Pfn{0x10000});
    EXPECT_EQ(machine.zone().nr_reserved_highatomic, 512U);
    EXPECT_EQ(machine.type(0x10000), kH);
    EXPECT_EQ(machine.blocks(4, kM), 1U);
}

TEST(Highatomic, of_six_one_gets_the_first_pageblock_of_a_larger_block) {
    InNeed machine(profile_6_1(), 0x1000, 60000);
    machine.list(0x1400, 10, kM);
    EXPECT_EQ(machine.alloc(10), Pfn{0x1400});
    EXPECT_EQ(machine.zone().nr_reserved_highatomic, 512U);
    EXPECT_EQ(machine.type(0x1400), kH);
    EXPECT_EQ(machine.type(0x1600), kU) << "as it was claimed";
}

TEST(Highatomic, gives_a_single_page_to_who_cannot_wait_when_no_list_can_be_filled) {
    for (const Profile* profile : kModern) {
        InNeed machine(*profile, 0x1000, 60000);
        machine.list(0x1000, 4, kH);
        EXPECT_EQ(machine.alloc(0), Pfn{0x1000});
    }
}

TEST(Highatomic, comes_before_a_refill_in_seven_two_and_behind_it_in_the_kernels_before) {
    for (const Profile* profile : kModern) {
        InNeed machine(*profile, 0x1000, 60000);
        machine.list(0x1000, 4, kH);
        machine.list(0x1200, 8, kU);
        EXPECT_EQ(machine.alloc(1), profile == &profile_7_2() ? Pfn{0x1000} : Pfn{0x1200}) << profile->name;
        EXPECT_EQ(machine.memory.pcp(0, 0).count, profile == &profile_7_2() ? 0U : 14U);
    }
}

// ---- boosted marks ----

// After a request for one page of `type`, when only one block of another type is free.
u32 boost_after(const Profile& profile, u8 order, Migratetype from, Migratetype type, bool wakes = true) {
    InNeed machine(profile, 0x1000, 0x4000);
    Zone& zone = machine.memory.zones()[0];
    zone.watermark[static_cast<u32>(Watermark::high)] = 1000;
    zone.watermark_boost_factor = 15000;
    machine.list(0x1000, order, from);
    EXPECT_NE(machine.memory.buddy(0, machine.nobody).rmqueue({0}, type, {true, wakes}), kNoPfn);
    EXPECT_EQ(zone.is_boosted, wakes && zone.boost != 0);
    return zone.boost;
}

TEST(Boost, comes_with_each_fallback_of_six_one_to_less_than_a_pageblock) {
    EXPECT_EQ(boost_after(profile_6_1(), 0, kU, kM), 512U) << "may not be claimed";
    EXPECT_EQ(boost_after(profile_6_1(), 4, kU, kM), 512U);
    EXPECT_EQ(boost_after(profile_6_1(), 4, kM, kU, false), 512U);
    EXPECT_EQ(boost_after(profile_6_1(), 9, kM, kU), 0U);
}

TEST(Boost, comes_with_each_attempt_to_claim_later_also_with_one_that_fails) {
    for (const Profile* profile : kAdaptive) {
        EXPECT_EQ(boost_after(*profile, 0, kU, kM), 0U) << "stolen without an attempt";
        EXPECT_EQ(boost_after(*profile, 4, kU, kM), 512U) << "less than half is free: stolen";
        EXPECT_EQ(boost_after(*profile, 4, kM, kU, false), 512U);
        EXPECT_EQ(boost_after(*profile, 9, kM, kU), 0U);
    }
}

TEST(Boost, is_told_to_kswapd_at_the_end_of_the_same_request) {
    for (const Profile* profile : kModern) {
        ThreeZones machine(*profile);
        machine.set_mark(kDma32, Watermark::high, 1000);
        machine.list(0x1000, 8, kM);
        machine.list(0x1200, 4, kU);
        EXPECT_NE(machine.alloc(kKernel, 5), kNoPfn);
        EXPECT_EQ(machine.zone(kDma32).boost, 512U);
        EXPECT_FALSE(machine.zone(kDma32).is_boosted);
    }
}

}  // namespace
}  // namespace mmscope::test
