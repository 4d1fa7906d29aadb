// Allocation flags: values and names as the kernels print them (linux-mm.md, section 3).
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "mm/gfp.h"

namespace mmscope {
namespace {

u32 value(std::string_view name, const Profile& profile = profile_6_12()) {
    const std::optional<Gfp> mask = gfp_from_name(name, profile);
    EXPECT_TRUE(mask) << name;
    return mask ? mask->bits : 0;
}
std::string text(u32 bits, const Profile& profile = profile_6_12()) { return gfp_to_text({bits}, profile); }

TEST(Gfp, bits_have_the_values_of_the_kernel) {
    const std::pair<const char*, u32> bits[] = {
        {"__GFP_DMA", 0x1}, {"__GFP_HIGHMEM", 0x2}, {"__GFP_DMA32", 0x4}, {"__GFP_MOVABLE", 0x8},
        {"__GFP_RECLAIMABLE", 0x10}, {"__GFP_HIGH", 0x20}, {"__GFP_IO", 0x40}, {"__GFP_FS", 0x80}, {"__GFP_ZERO", 0x100},
        {"__GFP_ATOMIC", 0x200}, {"__GFP_DIRECT_RECLAIM", 0x400}, {"__GFP_KSWAPD_RECLAIM", 0x800},
        {"__GFP_RECLAIM", 0xc00}, {"__GFP_WRITE", 0x1000}, {"__GFP_NOWARN", 0x2000}, {"__GFP_RETRY_MAYFAIL", 0x4000},
        {"__GFP_NOFAIL", 0x8000}, {"__GFP_NORETRY", 0x10000}, {"__GFP_MEMALLOC", 0x20000}, {"__GFP_COMP", 0x40000},
        {"__GFP_NOMEMALLOC", 0x80000}, {"__GFP_HARDWALL", 0x100000}, {"__GFP_THISNODE", 0x200000},
        {"__GFP_ACCOUNT", 0x400000}};
    for (const auto& [name, bit] : bits) EXPECT_EQ(value(name), bit) << name;
}

TEST(Gfp, composites_have_the_values_of_the_kernel) {
    const std::pair<const char*, u32> masks[] = {
        {"GFP_KERNEL", 0xcc0}, {"GFP_KERNEL_ACCOUNT", 0x400cc0}, {"GFP_ATOMIC", 0x820}, {"GFP_NOWAIT", 0x2800},
        {"GFP_NOIO", 0xc00}, {"GFP_NOFS", 0xc40}, {"GFP_USER", 0x100cc0}, {"GFP_DMA", 0x1}, {"GFP_DMA32", 0x4},
        {"GFP_HIGHUSER", 0x100cc2},
        {"GFP_HIGHUSER_MOVABLE", 0x100cca}, {"GFP_TRANSHUGE_LIGHT", 0x1c20ca}, {"GFP_TRANSHUGE", 0x1c24ca}};
    for (const auto& [name, mask] : masks) EXPECT_EQ(value(name), mask) << name;
}

TEST(Gfp, atomic_and_nowait_differ_in_six_one) {
    EXPECT_EQ(value("GFP_ATOMIC", profile_6_1()), 0xa20U);
    EXPECT_EQ(value("GFP_NOWAIT", profile_6_1()), 0x800U);
    EXPECT_EQ(value("GFP_KERNEL", profile_6_1()), 0xcc0U);
}

TEST(Gfp, names_of_the_2_6_era_mean_what_they_meant) {
    EXPECT_EQ(value("__GFP_WAIT"), gfp::kReclaim);
    EXPECT_EQ(value("__GFP_REPEAT"), gfp::kRetryMayfail);
    EXPECT_EQ(value("GFP_TEMPORARY"), 0xcd0U);
    EXPECT_TRUE(gfp_from_name("__GFP_COLD", profile_6_12()));
    EXPECT_TRUE(gfp_from_name("__GFP_NO_GROW", profile_6_12()));
}

TEST(Gfp, an_unknown_name_is_nothing) {
    for (const char* name : {"", "GFP_", "gfp_kernel", "GFP_KERNEL ", "GFP_KERNE", "__GFP_WAITING"})
        EXPECT_FALSE(gfp_from_name(name, profile_6_12())) << name;
}

TEST(Gfp, every_listed_name_is_known) {
    u32 count = 0;
    const std::string_view* names = gfp_names(&count);
    EXPECT_GT(count, 40U);
    for (u32 at = 0; at < count; ++at) EXPECT_TRUE(gfp_from_name(names[at], profile_6_12())) << names[at];
}

// Each pair was printed by a 6.1 or 6.12 kernel: in an out-of-memory report, a failed allocation's or a trace.
TEST(Gfp, masks_are_printed_as_the_kernel_prints_them) {
    const std::pair<u32, const char*> printed[] = {
        {0xcc0, "GFP_KERNEL"},
        {0x140dca, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO"},
        {0x10cc2, "GFP_KERNEL|__GFP_HIGHMEM|__GFP_NORETRY"},
        {0x4cc0, "GFP_KERNEL|__GFP_RETRY_MAYFAIL"},
        {0xcc1, "GFP_KERNEL|GFP_DMA"},
        {0xcc4, "GFP_KERNEL|GFP_DMA32"},
        {0x40820, "GFP_ATOMIC|__GFP_COMP"},
        {0x500cc2, "GFP_HIGHUSER|__GFP_ACCOUNT"},
        {0x152c40, "GFP_NOFS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_HARDWALL"},
        {0x440dc0, "GFP_KERNEL_ACCOUNT|__GFP_COMP|__GFP_ZERO"},
        {0xd20c0, "__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC"},
        {0x52cd0, "GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE"},
        {0x3460ca | gfp::kReclaim, "GFP_HIGHUSER_MOVABLE|__GFP_NOWARN|__GFP_RETRY_MAYFAIL|__GFP_COMP|__GFP_THISNODE"}};
    for (const auto& [bits, expected] : printed) EXPECT_EQ(text(bits), expected) << std::hex << bits;
    EXPECT_EQ(text(0xa20, profile_6_1()), "GFP_ATOMIC");
    EXPECT_EQ(text(0xa21, profile_6_1()), "GFP_ATOMIC|GFP_DMA");
    EXPECT_EQ(text(0x402800, profile_6_1()), "GFP_NOWAIT|__GFP_NOWARN|__GFP_ACCOUNT");
    EXPECT_EQ(text(0x40820, profile_6_1()), "GFP_NOWAIT|__GFP_HIGH|__GFP_COMP") << "GFP_ATOMIC has 0x200 there";
}

TEST(Gfp, seven_two_prints_single_flags_in_the_order_of_their_bits) {
    EXPECT_EQ(text(0x140dca, profile_7_2()), "GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP");
    EXPECT_EQ(text(0xcc1, profile_7_2()), "GFP_KERNEL|GFP_DMA");
    EXPECT_EQ(text(0x52c40, profile_7_2()), "GFP_NOFS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP");
    EXPECT_EQ(text(0x2820, profile_7_2()), "GFP_ATOMIC|__GFP_NOWARN");
    EXPECT_EQ(text(0x100c02, profile_7_2()), "GFP_NOIO|__GFP_HIGHMEM|__GFP_HARDWALL");
}

TEST(Gfp, an_empty_mask_is_none_and_in_two_six_it_is_nowait) {
    EXPECT_EQ(text(0), "none");
    EXPECT_EQ(text(0, profile_7_2()), "none");
    EXPECT_EQ(text(0, profile_2_6()), "GFP_NOWAIT");
    EXPECT_EQ(text(0x3000cc0), "GFP_KERNEL|0x3000000") << "bits without a name are a number";
}

TEST(Gfp, two_six_is_told_in_its_own_names) {
    const auto classic = [](u32 bits) { return text(bits, profile_2_6()); };
    EXPECT_EQ(classic(value("GFP_ATOMIC", profile_2_6())), "GFP_ATOMIC");
    EXPECT_EQ(classic(gfp::kReclaim | gfp::kFs), "GFP_NOIO|__GFP_FS");
    EXPECT_EQ(classic(gfp::kKernel | gfp::kReclaimable), "GFP_TEMPORARY");
    EXPECT_EQ(classic(gfp::kKernel | gfp::kCold | gfp::kRetryMayfail), "GFP_KERNEL|__GFP_COLD|__GFP_REPEAT");
    EXPECT_EQ(classic(gfp::kKernel | gfp::kAccount), "GFP_KERNEL|__GFP_ACCOUNT") << "a flag that came later";
}

// The values that the classic texts and linux-mm.md 3.3 give.
TEST(Gfp, values_of_two_six) {
    const std::pair<const char*, u32> masks[] = {
        {"GFP_KERNEL", 0xd0}, {"GFP_ATOMIC", 0x20}, {"GFP_NOFS", 0x50}, {"GFP_NOIO", 0x10}, {"GFP_USER", 0x200d0},
        {"GFP_NOWAIT", 0}, {"GFP_HIGHUSER", 0x200d2}, {"GFP_HIGHUSER_MOVABLE", 0x200da}, {"GFP_TEMPORARY", 0x800d0},
        {"GFP_DMA", 0x1}, {"GFP_DMA32", 0x4}, {"__GFP_WAIT", 0x10}, {"__GFP_COLD", 0x100}, {"__GFP_NOWARN", 0x200},
        {"__GFP_REPEAT", 0x400}, {"__GFP_NOFAIL", 0x800}, {"__GFP_NORETRY", 0x1000}, {"__GFP_NO_GROW", 0x2000},
        {"__GFP_COMP", 0x4000}, {"__GFP_ZERO", 0x8000}, {"__GFP_NOMEMALLOC", 0x10000}, {"__GFP_HARDWALL", 0x20000},
        {"__GFP_THISNODE", 0x40000}, {"__GFP_RECLAIMABLE", 0x80000}, {"__GFP_MOVABLE", 0x8}};
    for (const auto& [name, number] : masks) {
        const Gfp mask{value(name, profile_2_6())};
        EXPECT_EQ(gfp_value(mask, profile_2_6()), number) << name;
        const GfpReading reading = gfp_from_value(number, profile_2_6());
        EXPECT_EQ(reading.mask, mask) << name;
        EXPECT_TRUE(reading.is_whole()) << name;
    }
    EXPECT_EQ(gfp_from_value(0x1000d0, profile_2_6()).mask.bits, gfp::kKernel | gfp::kMovable) << "where 2.6.24 had it";
}

TEST(Gfp, a_value_means_what_its_kernel_meant_by_it) {
    EXPECT_EQ(gfp_value({value("GFP_ATOMIC", profile_6_1())}, profile_6_1()), 0xa20U);
    EXPECT_EQ(gfp_value({value("GFP_ATOMIC")}, profile_6_12()), 0x820U);
    EXPECT_EQ(gfp_value({value("GFP_NOWAIT", profile_7_2())}, profile_7_2()), 0x2800U);
    EXPECT_EQ(gfp_value({gfp::kKernel | gfp::kCold | gfp::kNoGrow}, profile_6_12()), 0xcc0U) << "no bits of a later kernel";
    EXPECT_EQ(gfp_value({gfp::kKernel | gfp::kMemalloc}, profile_2_6()), 0xd0U) << "2.6 has no __GFP_MEMALLOC";
}

TEST(Gfp, bits_that_a_kernel_does_not_have_are_reported) {
    EXPECT_EQ(gfp_from_value(0x200, profile_6_12()).unknown_bits, 0x200U) << "__GFP_ATOMIC is gone";
    EXPECT_EQ(gfp_from_value(0xa20, profile_6_1()).unknown_bits, 0U);
    EXPECT_EQ(gfp_from_value(0x1000cc0, profile_6_12()).unknown_bits, 0x1000000U);
    EXPECT_EQ(gfp_from_value(0x1000cc0, profile_6_12()).mask.bits, gfp::kKernel);
    EXPECT_EQ(gfp_from_value(0x2000d0, profile_2_6()).unknown_bits, 0x200000U);
}

TEST(Gfp, text_is_read_and_what_is_no_flag_is_named) {
    EXPECT_EQ(gfp_from_text("GFP_KERNEL_ACCOUNT|__GFP_COMP|__GFP_ZERO", profile_6_12()).mask.bits, 0x440dc0U);
    EXPECT_EQ(gfp_from_text("none", profile_6_12()).mask.bits, 0U);
    EXPECT_TRUE(gfp_from_text("none", profile_6_12()).is_whole());
    EXPECT_EQ(gfp_from_text("GFP_KERNEL|0x3000000", profile_6_12()).unknown_bits, 0x3000000U);
    EXPECT_EQ(gfp_from_text("GFP_KERNEL|__GFP_NOFALL|x", profile_6_12()).unknown_name, "__GFP_NOFALL");
    for (const char* bad : {"", "|", "GFP_KERNEL|", "0x", "0xg", "0x1ffffffff", "GFP_KERNEL __GFP_COMP"})
        EXPECT_FALSE(gfp_from_text(bad, profile_6_12()).is_whole()) << bad;
}

TEST(Gfp, what_is_printed_means_the_same_mask_when_read) {
    u32 count = 0;
    const std::string_view* names = gfp_names(&count);
    for (const Profile& profile : profiles())
        for (u32 at = 0; at < count; ++at)
            for (u32 other = 0; other < count; ++other) {
                const u32 bits = value(names[at], profile) | value(names[other], profile);
                const GfpReading reading = gfp_from_text(text(bits, profile), profile);
                ASSERT_TRUE(reading.is_whole()) << text(bits, profile);
                ASSERT_EQ(reading.mask.bits, bits) << text(bits, profile);
            }
}

TEST(Gfp, a_value_read_and_printed_is_the_same_value) {
    for (const Profile& profile : profiles())
        for (u32 bit = 1; bit != 0; bit <<= 1)
            for (u32 other = bit; other != 0; other <<= 1) {
                const u32 number = bit | other;
                if (profile.gfp_table == Profile::GfpTable::classic && (number & 0x100000) != 0) continue;  // read only
                const GfpReading reading = gfp_from_value(number, profile);
                ASSERT_EQ(gfp_value(reading.mask, profile) | reading.unknown_bits, number) << profile.name;
            }
}

bool warns(GfpWarning warning, u32 bits, u8 order, const Profile& profile = profile_6_12()) {
    return (gfp_warnings({bits}, {order}, profile) >> static_cast<u32>(warning) & 1) != 0;
}

TEST(GfpWarning, nofail_needs_a_caller_that_may_sleep) {
    EXPECT_TRUE(warns(GfpWarning::nofail_without_reclaim, value("GFP_ATOMIC") | gfp::kNofail, 0));
    EXPECT_FALSE(warns(GfpWarning::nofail_without_reclaim, gfp::kKernel | gfp::kNofail, 0));
    EXPECT_FALSE(warns(GfpWarning::nofail_without_reclaim, value("GFP_ATOMIC"), 0));
    EXPECT_FALSE(warns(GfpWarning::nofail_without_reclaim, gfp::kHigh | gfp::kNofail, 0, profile_2_6())) << "2.6 says nothing";
}

TEST(GfpWarning, nofail_beyond_order_1_is_warned_about_until_six_twelve) {
    EXPECT_TRUE(warns(GfpWarning::nofail_large_order, gfp::kKernel | gfp::kNofail, 2));
    EXPECT_FALSE(warns(GfpWarning::nofail_large_order, gfp::kKernel | gfp::kNofail, 1));
    EXPECT_FALSE(warns(GfpWarning::nofail_large_order, gfp::kKernel, 2));
    EXPECT_TRUE(warns(GfpWarning::nofail_large_order, gfp::kKernel | gfp::kNofail, 2, profile_2_6()));
    EXPECT_FALSE(warns(GfpWarning::nofail_large_order, gfp::kKernel | gfp::kNofail, 2, profile_7_2()));
}

TEST(GfpWarning, an_atomic_request_that_may_sleep_contradicts_itself_in_six_one) {
    const u32 both = value("GFP_ATOMIC", profile_6_1()) | gfp::kDirectReclaim;
    EXPECT_TRUE(warns(GfpWarning::atomic_may_sleep, both, 0, profile_6_1()));
    EXPECT_FALSE(warns(GfpWarning::atomic_may_sleep, both, 0, profile_6_12()));
}

TEST(GfpWarning, an_order_beyond_10_is_warned_about_unless_nowarn) {
    EXPECT_TRUE(warns(GfpWarning::order_too_large, gfp::kKernel, 11));
    EXPECT_FALSE(warns(GfpWarning::order_too_large, gfp::kKernel, 10));
    EXPECT_FALSE(warns(GfpWarning::order_too_large, gfp::kKernel | gfp::kNowarn, 11));
}

TEST(Gfp, two_zones_or_two_mobilities_at_once_are_illegal) {
    for (const u32 legal : {0U, 1U, 2U, 4U, 8U, 9U, 0xaU, 0xcU})
        EXPECT_EQ(gfp_fault({legal | gfp::kKernel}), GfpFault::none) << legal;
    for (const u32 illegal : {3U, 5U, 6U, 7U, 0xbU, 0xdU, 0xeU, 0xfU})
        EXPECT_EQ(gfp_fault({illegal | gfp::kKernel}), GfpFault::two_zones) << illegal;
    EXPECT_EQ(gfp_fault({gfp::kKernel | gfp::kMovable | gfp::kReclaimable}), GfpFault::movable_and_reclaimable);
}

TEST(GfpZone, is_the_highest_zone_that_the_low_bits_allow) {
    const std::pair<u32, ZoneType> on_64_bits[] = {
        {0, ZoneType::normal}, {1, ZoneType::dma}, {2, ZoneType::normal}, {4, ZoneType::dma32},
        {8, ZoneType::normal}, {9, ZoneType::dma}, {0xa, ZoneType::movable}, {0xc, ZoneType::dma32}};
    for (const auto& [bits, zone] : on_64_bits) EXPECT_EQ(gfp_zone({bits | gfp::kKernel}, Arch::x86_64), zone) << bits;
    EXPECT_EQ(gfp_zone({0x100cca}, Arch::x86_64), ZoneType::movable);
    EXPECT_EQ(gfp_zone({0x100cc2}, Arch::x86_64), ZoneType::normal);
}

TEST(GfpZone, on_32_bits_has_highmem_and_no_dma32) {
    for (const Arch arch : {Arch::x86_32, Arch::x86_32_pae}) {
        EXPECT_EQ(gfp_zone({0x100cc2}, arch), ZoneType::highmem);
        EXPECT_EQ(gfp_zone({0xcc4}, arch), ZoneType::normal);
        EXPECT_EQ(gfp_zone({0xcc1}, arch), ZoneType::dma);
        EXPECT_EQ(gfp_zone({0x100cca}, arch), ZoneType::movable);
    }
}

TEST(GfpMigratetype, follows_the_mobility_bits) {
    EXPECT_EQ(gfp_migratetype({gfp::kKernel}), Migratetype::unmovable);
    EXPECT_EQ(gfp_migratetype({gfp::kKernel | gfp::kMovable}), Migratetype::movable);
    EXPECT_EQ(gfp_migratetype({gfp::kKernel | gfp::kReclaimable}), Migratetype::reclaimable);
}

}  // namespace
}  // namespace mmscope
