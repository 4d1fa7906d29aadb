#include "procfs/zoneinfo.h"

#include <gtest/gtest.h>

#include "procfs/proc_texts.h"

namespace mmscope {
namespace {

using test::kZoneInfo;
using test::up_to;
using test::with;

void expect_error(const std::string& text, const std::string& key, u32 line) {
    const auto info = parse_zoneinfo(text);
    ASSERT_FALSE(info) << text;
    EXPECT_EQ(info.error().message.key, key) << text;
    EXPECT_EQ(info.error().line, line) << text;
}

TEST(ZoneInfo, a_zone_has_marks_sizes_counters_and_pagesets) {
    const auto info = parse_zoneinfo(kZoneInfo);
    ASSERT_TRUE(info);
    ASSERT_EQ(info->zones.size(), 5U);
    const ZoneInfo::Entry& zone = info->zones[1];
    EXPECT_EQ(zone.zone, "DMA32");
    EXPECT_EQ(zone.free, 235524U);
    EXPECT_EQ(zone.boost, 0U);
    EXPECT_EQ(zone.min, 11087U);
    EXPECT_EQ(zone.high, 16629U);
    EXPECT_EQ(zone.promo, 19400U);
    EXPECT_EQ(zone.managed, 243297U);
    EXPECT_EQ(zone.start_pfn, 4096U);
    EXPECT_EQ(info->zones[0].protection, (std::vector<u64>{0, 942, 942, 942, 942}));
    EXPECT_TRUE(info->zones[0].has_node_stats);
    EXPECT_EQ(info->zones[0].node_stats[1], (ZoneInfo::Counter{"nr_mapped", 417}));
    EXPECT_FALSE(zone.has_node_stats);
    ASSERT_EQ(zone.pagesets.size(), 1U);
    EXPECT_EQ(zone.pagesets[0].high, 15213U);
    EXPECT_EQ(zone.pagesets[0].stat_threshold, 8U);
    EXPECT_FALSE(info->zones[4].is_populated());
}

TEST(ZoneInfo, what_was_parsed_prints_itself_back) { EXPECT_EQ(print_zoneinfo(*parse_zoneinfo(kZoneInfo)), kZoneInfo); }

TEST(ZoneInfo, kernels_without_boost_and_promo_print_none) {
    std::string text;
    for (std::size_t at = 0; at < kZoneInfo.size();) {
        const std::string line = kZoneInfo.substr(at, kZoneInfo.find('\n', at) + 1 - at);
        if (line.find("boost") == std::string::npos && line.find("promo") == std::string::npos) text += line;
        at += line.size();
    }
    const auto info = parse_zoneinfo(text);
    ASSERT_TRUE(info);
    EXPECT_FALSE(info->zones[0].boost);
    EXPECT_EQ(print_zoneinfo(*info), text);
}

TEST(ZoneInfo, a_kernel_with_high_min_aligns_its_pagesets_otherwise) {
    const std::string text = with(with(kZoneInfo, "count: 0\n              high:  0\n              batch: 1\n",
                                       "count:    0\n              high:     0\n              batch:    1\n"
                                       "              high_min: 107\n              high_max: 480\n"),
                                  "start_pfn:           1\n", "start_pfn:           1\n  reserved_highatomic: 0\n  free_highatomic:     0\n");
    const auto info = parse_zoneinfo(text);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->zones[0].pagesets[0].high_min, 107U);
    EXPECT_EQ(info->zones[0].free_highatomic, 0U);
    EXPECT_EQ(print_zoneinfo(*info), text);
}

TEST(ZoneInfo, foreign_lines_are_passed_over_and_reported) {
    std::vector<u32> skipped;
    const auto info = parse_zoneinfo("$ cat /proc/zoneinfo\n\n" + with(kZoneInfo, "  pagesets\n", "some words of another program\n  pagesets\n") +
                                     "$ cat /proc/vmstat\nnr_free_pages 12\n", 1, &skipped);
    ASSERT_TRUE(info);
    EXPECT_EQ(*info, *parse_zoneinfo(kZoneInfo));
    EXPECT_EQ(skipped, (std::vector<u32>{1, 20, 87, 88}));
}

TEST(ZoneInfo, crlf_and_timestamps_do_no_harm) {
    std::string text;
    for (const char c : "\n" + kZoneInfo) {
        if (c == '\n') text += "\r\n[   12.345678] ";
        else text += c;
    }
    const auto info = parse_zoneinfo(text);
    ASSERT_TRUE(info);
    EXPECT_EQ(*info, *parse_zoneinfo(kZoneInfo));
}

TEST(ZoneInfo, errors_name_the_line) {
    expect_error("", "proc.no_zone", 1);
    expect_error("nr_free_pages 12\n", "proc.no_zone", 1);
    expect_error(with(kZoneInfo, "  start_pfn:           1\n", ""), "proc.zone_incomplete", 25);
    expect_error(with(kZoneInfo, "        spanned  4095\n", ""), "proc.zone_incomplete", 25);
    expect_error(with(kZoneInfo, "managed  3840", "managed  many"), "proc.number_expected", 13);
    expect_error(with(kZoneInfo, "managed  3840", "managed"), "proc.number_missing", 13);
    expect_error(with(kZoneInfo, "nr_mapped    417", "nr_mapped    ~"), "proc.number_expected", 4);
    expect_error(with(kZoneInfo, "3840", "18446744073709551616"), "proc.number_too_large", 13);
    expect_error(with(kZoneInfo, "942)", "94"), "proc.zone_incomplete", 15);
    expect_error(with(kZoneInfo, "batch: 1", "batch: one"), "proc.number_expected", 22);
    expect_error(kZoneInfo + kZoneInfo, "proc.zone_twice", 84);
    expect_error(with(kZoneInfo, "4095", std::string(1, '\0')), "proc.binary", 11);
}

TEST(ZoneInfo, text_cut_off_anywhere_never_passes_for_a_whole_machine) {
    const auto whole = parse_zoneinfo(kZoneInfo);
    for (std::size_t size = 0; size + 2 < kZoneInfo.size(); ++size) {
        const auto info = parse_zoneinfo(std::string_view(kZoneInfo).substr(0, size));
        EXPECT_FALSE(info) << size;
    }
    EXPECT_TRUE(parse_zoneinfo(std::string_view(kZoneInfo).substr(0, kZoneInfo.size() - 1)));
}

TEST(ZoneInfo, a_node_without_all_its_zones_is_cut_off) {
    const std::string text = up_to(kZoneInfo, "start_pfn:           4096\n");
    const auto info = parse_zoneinfo(text);
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().message.key, "proc.zones_missing");
}

}  // namespace
}  // namespace mmscope
