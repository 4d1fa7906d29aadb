// /proc/swaps: columns, tabs, and what is no such file.
#include <gtest/gtest.h>

#include "procfs/swaps_file.h"

namespace mmscope {
namespace {

const std::string kText =
    "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
    "/dev/vda2                               partition\t1048572\t\t20480\t\t-2\n"
    "/swapfile                               file\t\t16777212\t0\t\t5\n";

TEST(Swaps, prints_what_it_reads) {
    const auto file = parse_swaps(kText);
    ASSERT_TRUE(file);
    ASSERT_EQ(file->areas.size(), 2U);
    EXPECT_EQ(file->areas[0], (SwapsFile::Area{"/dev/vda2", false, 1048572, 20480, -2}));
    EXPECT_EQ(file->areas[1], (SwapsFile::Area{"/swapfile", true, 16777212, 0, 5}));
    EXPECT_EQ(print_swaps(*file), kText);
}

TEST(Swaps, without_an_area_there_is_the_heading_alone) {
    EXPECT_EQ(print_swaps({}), "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    EXPECT_TRUE(parse_swaps(print_swaps({}))->areas.empty());
}

TEST(Swaps, says_where_a_line_is_none_of_them) {
    const auto short_line = parse_swaps("Filename Type\n/dev/vda2 partition 12\n");
    ASSERT_FALSE(short_line);
    EXPECT_EQ(short_line.error().message.key, "proc.columns");
    EXPECT_EQ(short_line.error().line, 2U);
    EXPECT_FALSE(parse_swaps("/dev/vda2 partition 12 x 3\n"));
    EXPECT_FALSE(parse_swaps("/dev/vda2 partition 12 12 --3\n"));
}

}  // namespace
}  // namespace mmscope
