// What differs between kernels: which versions have rules of their own, and the facts of each.
#include "mm/profile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

namespace mmscope {
namespace {

std::string letters(const Profile& profile) {
    std::string text;
    for (const PrintedMigratetype& type : profile.migratetypes_printed) text += type.letter;
    return text;
}

std::string names(const Profile& profile) {
    std::string text;
    for (const PrintedMigratetype& type : profile.migratetypes_printed) text += std::string(type.name) + " ";
    return text;
}

TEST(Profile, each_modelled_version_runs_by_its_own_rules) {
    for (const auto& [text, profile] : std::vector<std::pair<const char*, const Profile*>>{
             {"2.6", &profile_2_6()}, {"2.6.32", &profile_2_6()}, {"2.6.32-5-amd64", &profile_2_6()},
             {"6.1", &profile_6_1()}, {"6.1.176", &profile_6_1()}, {"6.12.107+deb13-amd64", &profile_6_12()},
             {"7.2", &profile_7_2()}, {"7.2.13+deb14-amd64", &profile_7_2()}}) {
        EXPECT_EQ(profile_for(text).profile, profile) << text;
        EXPECT_TRUE(profile_for(text).is_exact) << text;
    }
}

TEST(Profile, a_newer_kernel_runs_by_the_newest_rules_that_are_not_newer) {
    for (const auto& [text, profile] : std::vector<std::pair<const char*, const Profile*>>{
             {"6.13", &profile_6_12()}, {"7.0", &profile_6_12()}, {"7.3", &profile_7_2()}, {"12.0", &profile_7_2()}}) {
        EXPECT_EQ(profile_for(text).profile, profile) << text;
        EXPECT_FALSE(profile_for(text).is_exact) << text;
    }
}

TEST(Profile, an_older_kernel_whose_allocator_is_not_modelled_has_none) {
    for (const char* text : {"2.4.37", "3.10", "4.19", "5.10", "6.0", "6.2", "6.11", "2.60x", "2", "", "new"})
        EXPECT_EQ(profile_for(text).profile, nullptr) << text;
}

TEST(Profile, profiles_stand_from_the_oldest_to_the_newest) {
    const std::span<const Profile> all = profiles();
    ASSERT_EQ(all.size(), 4U);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const Profile& a, const Profile& b) { return a.version < b.version; }));
    for (const Profile& profile : all) EXPECT_EQ(profile_for(profile.name).profile, &profile);
    EXPECT_EQ(profile_names(), "2.6, 6.1, 6.12, 7.2");
}

TEST(Profile, migratetypes_are_numbered_and_named_as_each_kernel_prints_them) {
    EXPECT_EQ(letters(profile_2_6()), "UEMRI");
    EXPECT_EQ(letters(profile_6_1()), "UMEHI");
    EXPECT_EQ(letters(profile_6_12()), "UMEHI");
    EXPECT_EQ(letters(profile_7_2()), "UMEHCI");
    EXPECT_EQ(names(profile_2_6()), "Unmovable Reclaimable Movable Reserve Isolate ");
    EXPECT_EQ(names(profile_7_2()), "Unmovable Movable Reclaimable HighAtomic CMA Isolate ");
}

TEST(Profile, two_six_is_the_kernel_of_the_classic_texts) {
    const Profile& classic = profile_2_6();
    EXPECT_EQ(classic.highmem_start(Arch::x86_32), 896U << 8) << "896 MiB";
    EXPECT_EQ(classic.highmem_start(Arch::x86_64), 0U);
    EXPECT_EQ(classic.struct_page_bytes(Arch::x86_32), 40U);
    EXPECT_EQ((u64{4} << 30) / 4096 * classic.struct_page_bytes(Arch::x86_32), u64{40} << 20) << "40 MiB of 4 GiB";
    EXPECT_EQ(classic.pcp_max_order, 0U);
    EXPECT_EQ(classic.min_free_kbytes_max, 65536U);
    EXPECT_FALSE(classic.has_highatomic || classic.has_watermark_scale || classic.avoids_fragmentation ||
                 classic.has_thp);
}

// zone_batchsize(): the largest 2^n - 1 not above one and a half times the quarter.
u32 batch(u32 pages) { return pages == 0 ? 1 : std::max(std::bit_floor(pages + pages / 2) - 1, 1U); }

TEST(Profile, the_batch_of_seven_two_is_the_batch_of_the_kernels_before_it) {
    for (u32 managed = 0; managed < 1U << 20; managed += 1 + managed / 512)
        ASSERT_EQ(batch(std::min(managed / 4096, 64U)), batch(std::min(managed / 1024, u32{profile_6_12().pcp_batch_span}) / 4)) << managed;
    EXPECT_EQ(batch(profile_6_12().pcp_batch_span / 4), 63U);
    EXPECT_EQ(batch(profile_2_6().pcp_batch_span / 4), 31U) << "high: 186, batch: 31 in an old zoneinfo";
}

TEST(Profile, seven_two_has_the_allocator_of_six_twelve_but_for_its_per_cpu_lists_and_texts) {
    const Profile& older = profile_6_12();
    const Profile& newer = profile_7_2();
    EXPECT_EQ(newer.fallback, older.fallback);
    EXPECT_EQ(newer.free_by_pageblock, older.free_by_pageblock);
    EXPECT_EQ(newer.has_pcp_high_range(), older.has_pcp_high_range());
    EXPECT_TRUE(newer.fast_free_waits_for_high && newer.drains_in_batches && !newer.highatomic_refills_pcp && newer.prints_pcp_range);
    EXPECT_FALSE(older.fast_free_waits_for_high || older.drains_in_batches || !older.highatomic_refills_pcp || older.prints_pcp_range);
}

}  // namespace
}  // namespace mmscope
