#include "procfs/buddyinfo.h"

#include <gtest/gtest.h>

#include "procfs/proc_texts.h"

namespace mmscope {
namespace {

using test::kBuddyInfo;
using test::with;

void expect_error(const std::string& text, const std::string& key, u32 line, u32 column) {
    const auto info = parse_buddyinfo(text);
    ASSERT_FALSE(info) << text;
    EXPECT_EQ(info.error().message.key, key) << text;
    EXPECT_EQ(info.error().line, line) << text;
    EXPECT_EQ(info.error().column, column) << text;
}

TEST(BuddyInfo, rows_have_a_node_a_zone_and_eleven_counts) {
    const auto info = parse_buddyinfo(kBuddyInfo);
    ASSERT_TRUE(info);
    ASSERT_EQ(info->rows.size(), 2U);
    EXPECT_EQ(info->rows[1].node, 0U);
    EXPECT_EQ(info->rows[1].zone, "DMA32");
    EXPECT_EQ(info->rows[1].count[1], 3U);
    EXPECT_EQ(info->rows[1].count[10], 229U);
    EXPECT_EQ(info->rows[0].free_pages(), 3808U);
}

TEST(BuddyInfo, what_was_parsed_prints_itself_back) { EXPECT_EQ(print_buddyinfo(*parse_buddyinfo(kBuddyInfo)), kBuddyInfo); }

TEST(BuddyInfo, a_count_wider_than_its_column_grows_it) {
    BuddyInfo info;
    info.rows.push_back({12, "Normal", {1234567}});
    EXPECT_EQ(print_buddyinfo(info), "Node 12, zone   Normal 1234567      0      0      0      0      0      0      0      0      0      0 \n");
    EXPECT_EQ(*parse_buddyinfo(print_buddyinfo(info)), info);
}

TEST(BuddyInfo, prompts_blank_lines_crlf_tabs_and_log_prefixes_do_no_harm) {
    const std::string text =
        "\r\n\n[me@host ~]$ cat /proc/buddyinfo\r\n"
        "<6>[   12.345678] Node 0, zone\tDMA 0 0 0 0 0 1 1 1 0 1 3\r\n"
        "2024-05-01T12:00:00.5+02:00 host kernel: Node 0, zone    DMA32  2 3 1 1 1 1 1 1 1 1\t229   \r\n\r\n$ \r\n";
    std::vector<u32> skipped;
    const auto info = parse_buddyinfo(text, 1, &skipped);
    ASSERT_TRUE(info);
    EXPECT_EQ(*info, *parse_buddyinfo(kBuddyInfo));
    EXPECT_EQ(skipped, (std::vector<u32>{3, 7}));
}

TEST(BuddyInfo, errors_name_the_line_and_the_column) {
    expect_error("", "proc.no_zone", 1, 1);
    expect_error("$ cat /proc/buddyinfo\n", "proc.no_zone", 1, 1);
    expect_error(kBuddyInfo.substr(0, 60), "proc.columns", 1, 1);
    expect_error(with(kBuddyInfo, "229 \n", "229 1\n"), "proc.columns", 2, 1);
    expect_error(with(kBuddyInfo, "   229", "   2x9"), "proc.number_expected", 2, 96);
    expect_error(with(kBuddyInfo, "   229", "    -1"), "proc.number_expected", 2, 97);
    expect_error(with(kBuddyInfo, "   229", " 99999999999999999999"), "proc.number_too_large", 2, 94);
    expect_error(kBuddyInfo + kBuddyInfo, "proc.zone_twice", 3, 1);
    expect_error(with(kBuddyInfo, "DMA32 ", std::string("DMA32\0", 6)), "proc.binary", 2, 22);
    expect_error("\x7f" "ELF", "proc.binary", 1, 1);
}

TEST(BuddyInfo, lines_count_from_where_the_text_was_cut_out) {
    const auto info = parse_buddyinfo("\nNode 0, zone DMA 1\n", 10);
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().line, 11U);
}

}  // namespace
}  // namespace mmscope
