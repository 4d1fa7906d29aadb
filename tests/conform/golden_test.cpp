// What a real kernel's buddy allocator did, frame by frame.
#include <gtest/gtest.h>

#include "base/prng.h"
#include "play/conform.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

// The beginning of ../shared/fixtures/samples/buddy-golden-6.12.txt: it must run without that folder too.
constexpr std::string_view kExcerpt =
    "GOLD init free=3808 L 5/0:120, 6/0:140, 7/0:180, 9/1:200, 10/1:400,800,c00, |mt 0 1 1 1 1 1 1 1\n"
    "GOLD a 8 0 400 free=3552 L 5/0:120, 6/0:140, 7/0:180, 8/0:500, 9/0:600, 9/1:200, 10/1:800,c00, |mt 0 1 0 0 1 1 1 1\n"
    "GOLD a 4 2 800 free=3536 L 4/2:810, 5/0:120, 5/2:820, 6/0:140, 6/2:840, 7/0:180, 7/2:880, 8/0:500, 8/2:900, 9/0:600, "
    "9/1:200, 9/2:a00, 10/1:c00, |mt 0 1 0 0 2 2 1 1\n"
    "GOLD a 10 0 c00 free=2512 L 4/2:810, 5/0:120, 5/2:820, 6/0:140, 6/2:840, 7/0:180, 7/2:880, 8/0:500, 8/2:900, 9/0:600, "
    "9/1:200, 9/2:a00, |mt 0 1 0 0 2 2 0 0\n"
    "GOLD f 4 0 800 free=2528 L 5/0:120, 6/0:140, 7/0:180, 8/0:500, 9/0:600, 9/1:200, 10/2:800, |mt 0 1 0 0 2 2 0 0\n"
    "GOLD end free=2528 L 5/0:120, 6/0:140, 7/0:180, 8/0:500, 9/0:600, 9/1:200, 10/2:800, |mt 0 1 0 0 2 2 0 0\n";

TEST(Golden, all_1500_events_are_as_the_kernels) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const auto report = conform(test::read_file(*shared / "fixtures" / "samples" / "buddy-golden-6.12.txt"), profile_6_12());
    ASSERT_TRUE(report);
    test::compared("events of the buddy system", report->agreed, report->events);
    EXPECT_EQ(report->events, 1500U);
    EXPECT_EQ(report->agreed, 1500U);
    if (!report->first_difference) return;
    for (const Message& line : describe(*report->first_difference)) ADD_FAILURE() << line.key;
}

TEST(Golden, the_excerpt_is_as_the_kernels) {
    const auto report = conform(kExcerpt, profile_6_12());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->events, 4U);
    EXPECT_EQ(report->agreed, 4U);
    EXPECT_TRUE(report->is_perfect());
}

TEST(Golden, after_a_difference_the_replay_goes_on_at_the_next_init) {
    std::string text(kExcerpt);
    text.replace(text.find("a 4 2 800"), 9, "a 4 2 810");
    const auto report = conform(text + std::string(kExcerpt), profile_6_12());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->events, 8U);
    EXPECT_EQ(report->agreed, 5U);
    ASSERT_TRUE(report->first_difference);
    EXPECT_EQ(report->first_difference->event.line, 3U);
    EXPECT_EQ(report->first_difference->pfn, 0x800U);
    const auto lines = describe(*report->first_difference);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].key, "conform.alloc");
    EXPECT_EQ(lines[1].key, "conform.frames");
}

TEST(Golden, a_changed_list_order_or_pageblock_type_is_a_difference) {
    std::string text(kExcerpt);
    text.replace(text.find("10/1:800,c00, |mt 0 1 0"), 23, "10/1:c00,800, |mt 0 1 1");
    const auto report = conform(text, profile_6_12());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->agreed, 0U);
    const auto lines = describe(*report->first_difference);
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_EQ(lines[1].key, "conform.list");
    EXPECT_EQ(lines[2].params[0].text, "0xc00 0x800");
    EXPECT_EQ(lines[3].params[0].text, "0x800 0xc00");
    EXPECT_EQ(lines[4].key, "conform.pageblocks");
}

TEST(Golden, text_in_another_format_is_refused) {
    const auto report = conform("Node 0, zone DMA 1 2 3\n", profile_6_12());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message.key, "conform.unknown_format");
}

TEST(Golden, lists_that_no_zone_can_have_are_refused) {
    for (const std::string_view lists : {"0/0:9,", "10/1:401,", "10/1:400, 9/1:400,", "3/0:20,"}) {
        const std::string text = "GOLD init free=1024 L " + std::string(lists) + " |mt 0 1 1 1 1 1 1 1\n";
        const auto report = conform(text, profile_6_12());
        ASSERT_FALSE(report) << lists;
        EXPECT_EQ(report.error().message.key, "conform.impossible_state") << lists;
        EXPECT_EQ(report.error().line, 1U);
    }
}

TEST(Golden, damaged_text_is_an_error_or_a_difference) {
    for (u64 seed = 1; seed <= 1000; ++seed) {
        Prng prng(seed);
        std::string text(kExcerpt);
        for (u32 damages = 1 + prng.below(3); damages != 0; --damages) {
            const std::size_t at = prng.below(static_cast<u32>(text.size()));
            if (prng.below(3) == 0) text.erase(at, 1 + prng.below(20));
            else text[at] = "0123456789abcdef/:, |\n"[prng.below(22)];
        }
        const auto report = conform(text, prng.below(2) == 0 ? profile_6_12() : profile_6_1());
        if (report) EXPECT_LE(report->agreed, report->events) << "seed " << seed;
        else EXPECT_FALSE(report.error().message.is_empty()) << "seed " << seed;
    }
}

TEST(Golden, the_kernels_version_is_read_from_the_files_name) {
    EXPECT_EQ(version_in_name("/a/b/buddy-golden-6.12.txt"), "6.12");
    EXPECT_EQ(version_in_name("buddy-golden-6.1.txt"), "6.1");
    EXPECT_EQ(version_in_name("golden_6.1"), "6.1");
    EXPECT_EQ(version_in_name("/6.12/golden.txt"), "");
}

}  // namespace
}  // namespace mmscope
