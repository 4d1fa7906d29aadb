#include "procfs/vmstat_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "procfs/counter_names.h"

namespace mmscope {
namespace {

const std::string kVmstat = "nr_free_pages 107057\npgalloc_dma32 11909\npgfree 119619\n";

void expect_error(const std::string& text, const std::string& key, u32 line, u32 column) {
    const auto file = parse_vmstat(text);
    ASSERT_FALSE(file) << text;
    EXPECT_EQ(file.error().message.key, key) << text;
    EXPECT_EQ(file.error().line, line) << text;
    EXPECT_EQ(file.error().column, column) << text;
}

bool prints(const KernelShape& kernel, std::string_view name) {
    const CounterNames names = vmstat_names(kernel);
    return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(VmstatFile, a_line_is_a_name_and_a_number) {
    const auto file = parse_vmstat(kVmstat);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->value("pgalloc_dma32"), 11909U);
    EXPECT_EQ(file->find("pgfault"), std::nullopt);
    EXPECT_EQ(print_vmstat(*file), kVmstat);
}

TEST(VmstatFile, lines_of_others_are_passed_over) {
    std::vector<u32> skipped;
    const auto file =
        parse_vmstat("$ cat vmstat\n<6>[    1.234567] pgfree 5\r\nhello there\n\nPGFREE 6\n", 1, &skipped);
    ASSERT_TRUE(file);
    EXPECT_EQ(print_vmstat(*file), "pgfree 5\n");
    EXPECT_EQ(skipped, (std::vector<u32>{1, 3, 5}));
}

TEST(VmstatFile, errors_name_the_line_and_the_column) {
    expect_error("", "proc.no_counter", 1, 1);
    expect_error("pgfree 1\npgfree 1\n", "proc.counter_twice", 2, 1);
    expect_error("pgfree 1\npgfault 1x\n", "proc.number_expected", 2, 9);
    expect_error("pgfree 99999999999999999999\n", "proc.number_too_large", 1, 8);
}

TEST(CounterNames, reclaim_is_counted_by_node_from_7_2_on) {
    const CounterNames node_6_12 = node_counter_names({0x060c, true, false});
    const CounterNames node_7_2 = node_counter_names({0x0702, true, false});
    EXPECT_EQ(std::count(node_6_12.begin(), node_6_12.end(), "pgscan_kswapd"), 0);
    EXPECT_EQ(std::count(node_7_2.begin(), node_7_2.end(), "pgscan_kswapd"), 1);
    EXPECT_TRUE(prints({0x060c, true, false}, "pgscan_kswapd"));
}

TEST(CounterNames, the_zones_of_an_architecture_have_their_events) {
    EXPECT_TRUE(prints({0x0601, false, false}, "pgalloc_high"));
    EXPECT_FALSE(prints({0x0601, false, false}, "pgalloc_dma32"));
    EXPECT_TRUE(prints({0x0601, true, false}, "pgalloc_dma32"));
    EXPECT_FALSE(prints({0x0601, true, false}, "pgalloc_high"));
}

}  // namespace
}  // namespace mmscope
