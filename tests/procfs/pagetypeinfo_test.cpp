#include "procfs/pagetypeinfo.h"

#include <gtest/gtest.h>

#include "procfs/proc_texts.h"

namespace mmscope {
namespace {

using test::kPageTypeInfo;
using test::up_to;
using test::with;

void expect_error(const std::string& text, const std::string& key, u32 line) {
    const auto info = parse_pagetypeinfo(text);
    ASSERT_FALSE(info) << text;
    EXPECT_EQ(info.error().message.key, key) << text;
    EXPECT_EQ(info.error().line, line) << text;
}

TEST(PageTypeInfo, has_free_blocks_and_pageblocks_by_type) {
    const auto info = parse_pagetypeinfo(kPageTypeInfo);
    ASSERT_TRUE(info);
    ASSERT_EQ(info->sections.size(), 1U);
    const PageTypeInfo::Section& section = info->sections[0];
    EXPECT_EQ(section.pageblock_order, 9U);
    EXPECT_EQ(section.types, (std::vector<std::string>{"Unmovable", "Movable", "Reclaimable", "HighAtomic", "Isolate"}));
    ASSERT_EQ(section.rows.size(), 10U);
    EXPECT_EQ(section.rows[6].type, "Movable");
    EXPECT_EQ(section.rows[6].count[10].blocks, 229U);
    EXPECT_EQ(section.blocks[1].blocks, (std::vector<u64>{41, 461, 2, 0, 0}));
}

TEST(PageTypeInfo, what_was_parsed_prints_itself_back) {
    EXPECT_EQ(print_pagetypeinfo(*parse_pagetypeinfo(kPageTypeInfo)), kPageTypeInfo);
}

TEST(PageTypeInfo, a_list_not_counted_to_its_end_stays_so) {
    const std::string text = with(kPageTypeInfo, "Unmovable      0 ", "Unmovable >100000 ");
    const auto info = parse_pagetypeinfo(text);
    ASSERT_TRUE(info);
    EXPECT_TRUE(info->sections[0].rows[0].count[0].is_capped);
    EXPECT_EQ(info->sections[0].rows[0].count[0].blocks, 100000U);
    EXPECT_EQ(print_pagetypeinfo(*info), text);
}

TEST(PageTypeInfo, the_table_of_mixed_blocks_is_kept) {
    const std::string text = kPageTypeInfo +
                             "\nNumber of mixed blocks    Unmovable      Movable  Reclaimable   HighAtomic      Isolate \n"
                             "Node 0, zone      DMA            0            1            0            0            0 \n";
    const auto info = parse_pagetypeinfo(text);
    ASSERT_TRUE(info);
    ASSERT_EQ(info->sections[0].mixed.size(), 1U);
    EXPECT_EQ(info->sections[0].mixed[0].blocks[1], 1U);
    EXPECT_EQ(*parse_pagetypeinfo(print_pagetypeinfo(*info)), *info);
}

TEST(PageTypeInfo, each_node_has_a_section) {
    std::string second = kPageTypeInfo;
    for (std::size_t at = 0; (at = second.find("Node    0", at)) != std::string::npos;) second.replace(at, 9, "Node    1");
    for (std::size_t at = 0; (at = second.find("Node 0", at)) != std::string::npos;) second.replace(at, 6, "Node 1");
    const auto info = parse_pagetypeinfo(kPageTypeInfo + second);
    ASSERT_TRUE(info);
    ASSERT_EQ(info->sections.size(), 2U);
    EXPECT_EQ(info->sections[1].blocks[0].node, 1U);
    EXPECT_EQ(print_pagetypeinfo(*info), kPageTypeInfo + second);
}

TEST(PageTypeInfo, errors_name_the_line) {
    expect_error("", "proc.no_zone", 1);
    expect_error(up_to(kPageTypeInfo, "Pages per block:  512\n"), "proc.truncated", 2);
    expect_error(up_to(kPageTypeInfo, "Isolate      0"), "proc.columns", 9);
    expect_error(up_to(kPageTypeInfo, "HighAtomic      Isolate \n"), "proc.truncated", 16);
    expect_error(up_to(kPageTypeInfo, "Node 0, zone      DMA            1"), "proc.columns", 17);
    expect_error(with(kPageTypeInfo, "Node 0, zone    DMA32", "Node 0, zone   Normal"), "proc.truncated", 18);
    expect_error(with(kPageTypeInfo, "    229", "   >229x"), "proc.number_expected", 11);
    expect_error(with(kPageTypeInfo, "type      Movable", "type    Unmovable"), "proc.zone_twice", 6);
    expect_error(kPageTypeInfo + kPageTypeInfo, "proc.zone_twice", 23);
    expect_error(kPageTypeInfo.substr(kPageTypeInfo.find("Free")), "proc.no_pageblock_order", 2);
    expect_error(with(kPageTypeInfo, "Pages", std::string(1, '\x01')), "proc.binary", 2);
}

}  // namespace
}  // namespace mmscope
