// /proc/slabinfo and slabtop: what is printed, read back and refused.
#include "procfs/slabinfo.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "procfs/slabtop.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

const std::string kHead =
    "slabinfo - version: 2.1\n"
    "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> "
    "<sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n";
const std::string kNode =
    "maple_node            96    128    256   16    1 : tunables    0    0    0 : slabdata      8      8      0\n";
const std::string kDma =
    "size-128(DMA)          0      0    128   30    1 : tunables  120   60    8 : slabdata      0      0      0\n";

void expect_error(const std::string& text, const std::string& key, u32 line, u32 column) {
    const auto info = parse_slabinfo(text);
    ASSERT_FALSE(info) << text;
    EXPECT_EQ(info.error().message.key, key) << text;
    EXPECT_EQ(info.error().line, line) << text;
    EXPECT_EQ(info.error().column, column) << text;
}

TEST(SlabInfo, a_row_has_a_name_and_eleven_numbers) {
    const auto info = parse_slabinfo(kHead + kNode + kDma);
    ASSERT_TRUE(info);
    ASSERT_EQ(info->rows.size(), 2U);
    EXPECT_EQ(info->rows[0], (SlabInfo::Row{"maple_node", 96, 128, 256, 16, 1, 0, 0, 0, 8, 8, 0}));
    EXPECT_EQ(info->rows[1].name, "size-128(DMA)") << "SLAB's names have brackets";
    EXPECT_EQ(info->rows[1].sharedfactor, 8U);
    EXPECT_EQ(print_slabinfo(*info), kHead + kNode + kDma);
}

TEST(SlabInfo, a_long_name_shifts_its_columns) {
    SlabInfo info;
    info.rows.push_back({"request_sock_subflow_v6", 0, 0, 296, 13, 1, 0, 0, 0, 0, 0, 0});
    EXPECT_EQ(print_slabinfo(info),
              kHead +
                  "request_sock_subflow_v6      0      0    296   13    1 : tunables    0    0    "
                  "0 : slabdata      0      0      0\n");
}

TEST(SlabInfo, prompts_and_log_prefixes_do_no_harm) {
    std::vector<u32> skipped;
    const auto info =
        parse_slabinfo("# cat /proc/slabinfo\n" + kHead + "\n<6>[    1.234567] " + kNode + "$ exit\n", 1, &skipped);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->rows.size(), 1U);
    EXPECT_EQ(skipped, std::vector<u32>{6});
}

TEST(SlabInfo, a_row_that_no_cache_can_have_is_refused) {
    const auto row = [](const std::string& counts, const std::string& slabs) {
        return kHead + "thing " + counts + " : tunables 0 0 0 : slabdata " + slabs + "\n";
    };
    for (const char* const layout : {"0 0 256 16 3", "0 0 256 17 1", "0 0 0 16 1", "0 0 256 0 1", "0 0 8 1 2048",
                                     "0 0 256 16 0", "0 0 1 40000 16"})
        expect_error(row(layout, "0 0 0"), "proc.slab_layout", 3, 1);
    expect_error(row("17 16 256 16 1", "1 1 0"), "proc.slab_counts", 3, 1);
    expect_error(row("16 17 256 16 1", "1 1 0"), "proc.slab_counts", 3, 1);
    EXPECT_TRUE(parse_slabinfo(row("16 24 256 16 2", "2 2 0"))) << "one slab is of the smaller order";
}

TEST(SlabInfo, errors_name_the_line_and_the_column) {
    expect_error("", "proc.no_cache", 1, 1);
    expect_error(kHead, "proc.no_cache", 1, 1);
    expect_error("slabinfo - version: 2.0\n" + kNode, "proc.slabinfo_version", 1, 21);
    expect_error("slabinfo - version: 1.1\nkmem_cache 59 78 100 2 2 1\n", "proc.slabinfo_version", 1, 21);
    expect_error("slabinfo - version: 2.1 (statistics)\n" + kNode, "proc.slabinfo_statistics", 1, 25);
    expect_error(kHead + "maple_node 96 128 25x 16 1 : tunables 0 0 0 : slabdata 8 8 0\n", "proc.number_expected", 3,
                 19);
}

TEST(SlabInfo, a_missing_column_is_named_where_it_is_missed) {
    const auto row = [](const std::string& text) { return kHead + "thing " + text + "\n"; };
    expect_error(row("96 128 256 16 1"), "proc.slabinfo_cut", 3, 22);
    expect_error(row("96 128 256 16 : tunables 0 0 0 : slabdata 8 8 0"), "proc.slabinfo_column", 3, 21);
    expect_error(row("96 128 256 16 1 : tunables 0 0 : slabdata 8 8 0"), "proc.slabinfo_column", 3, 38);
    expect_error(row("96 128 256 16 1 : slabdata 8 8 0"), "proc.slabinfo_column", 3, 25);
    expect_error(row("96 128 256 16 1 9 : tunables 0 0 0 : slabdata 8 8 0"), "proc.slabinfo_column", 3, 23);
    expect_error(row("96 128 256 16 1 : tunables 0 0 0 : slabdata 8 8"), "proc.slabinfo_cut", 3, 54);
    expect_error(row("96 128 256 16 1 : tunables 0 0 0 : slabdata 8 8 0 : globalstat 1"), "proc.slabinfo_more", 3, 57);
    expect_error("kmem_cache 59 78 100 2 2 1\n", "proc.slabinfo_column", 1, 26);
    const auto cut = parse_slabinfo(row("96 128"));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().message.params.at(1).text, "<objsize>");
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

// The kernel went on between slabtop's look and ours: a line or two differ, by numbers alone.
TEST(SlabTop, prints_what_slabtop_printed_of_the_same_slabinfo) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const auto folder = *shared / "fixtures" / "kernels" / "amd64-6.1-512M-procps" / "procps";
    const auto info = parse_slabinfo(test::read_file(folder / "slabtop.slabinfo"));
    ASSERT_TRUE(info);
    const std::vector<std::string> theirs = lines_of(test::read_file(folder / "slabtop.txt"));
    const std::vector<std::string> ours = lines_of(print_slabtop(*info));
    ASSERT_EQ(ours.size(), theirs.size());
    u32 different = 0;
    for (std::size_t at = 0; at < ours.size(); ++at) {
        EXPECT_EQ(ours[at].size(), theirs[at].size()) << ours[at];
        different += ours[at] != theirs[at] ? 1 : 0;
    }
    EXPECT_LE(different, 3U) << "the sums of objects and sizes, and maple_node";
}

TEST(SlabTop, no_cache_at_all_is_nothing_used) {
    EXPECT_EQ(lines_of(print_slabtop({}))[0], " Active / Total Objects (% used)    : 0 / 0 (0.0%)");
}

}  // namespace
}  // namespace mmscope
