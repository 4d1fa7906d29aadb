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

TEST(Gfp, what_is_printed_means_the_same_mask_when_read) {
    u32 count = 0;
    const std::string_view* names = gfp_names(&count);
    for (const Profile* profile : {&profile_6_1(), &profile_6_12()})
        for (u32 at = 0; at < count; ++at)
            for (u32 other = 0; other < count; ++other) {
                const u32 bits = value(names[at], *profile) | value(names[other], *profile);
                const std::string printed = text(bits, *profile);
                u32 read = 0;
                for (std::size_t first = 0; first <= printed.size();) {
                    const std::size_t end = std::min(printed.find('|', first), printed.size());
                    read |= value(printed.substr(first, end - first), *profile);
                    first = end + 1;
                }
                ASSERT_EQ(read, bits) << printed;
            }
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
