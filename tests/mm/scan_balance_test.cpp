// How reclaim divides what it looks at between anonymous memory and files.
#include <gtest/gtest.h>

#include "mm/scan_balance.h"

namespace mmscope {
namespace {

ScanBasis basis() {
    ScanBasis basis;
    basis.sizes = {4096, 4096, 4096, 4096};
    basis.priority = 2;
    basis.can_swap = true;
    return basis;
}

using Pages = std::array<u32, kLruLists>;

TEST(ScanBalance, without_swap_only_files_are_looked_at) {
    ScanBasis without = basis();
    without.can_swap = false;
    EXPECT_EQ(scan_targets(without).balance, ScanBalance::file);
    EXPECT_EQ(scan_targets(without).pages, (Pages{0, 0, 1024, 1024}));
}

TEST(ScanBalance, swappiness_0_leaves_anonymous_memory_no_part_even_at_the_end) {
    ScanBasis never = basis();
    never.swappiness = 0;
    never.priority = 0;
    EXPECT_EQ(scan_targets(never).balance, ScanBalance::fract);
    EXPECT_EQ(scan_targets(never).pages[0] + scan_targets(never).pages[1], 0U);
    never.file_is_tiny = true;
    EXPECT_EQ(scan_targets(never).balance, ScanBalance::anon) << "better swap than OOM";
}

TEST(ScanBalance, at_priority_0_both_kinds_are_looked_at_alike) {
    ScanBasis last = basis();
    last.priority = 0;
    EXPECT_EQ(scan_targets(last).balance, ScanBalance::equal);
    EXPECT_EQ(scan_targets(last).pages, (Pages{4096, 4096, 4096, 4096}));
}

TEST(ScanBalance, hardly_any_files_leave_anonymous_memory_alone_to_be_looked_at) {
    ScanBasis tiny = basis();
    tiny.file_is_tiny = tiny.trims_cache = true;
    EXPECT_EQ(scan_targets(tiny).balance, ScanBalance::anon);
    EXPECT_EQ(scan_targets(tiny).pages, (Pages{1024, 1024, 0, 0}));
}

TEST(ScanBalance, plenty_of_inactive_files_spare_anonymous_memory) {
    ScanBasis plenty = basis();
    plenty.trims_cache = true;
    EXPECT_EQ(scan_targets(plenty).balance, ScanBalance::file);
}

TEST(ScanBalance, swappiness_60_is_three_parts_of_ten_while_nothing_has_cost_anything) {
    const ScanTargets targets = scan_targets(basis());
    EXPECT_EQ(targets.balance, ScanBalance::fract);
    EXPECT_EQ(targets.fraction, (std::array<u64, 2>{60, 140}));
    EXPECT_EQ(targets.pages, (Pages{307, 307, 716, 716}));
}

TEST(ScanBalance, what_has_cost_more_is_looked_at_less) {
    ScanBasis dear = basis();
    dear.swappiness = 100;
    dear.cost = {300, 0};  // of anonymous pages
    // anon_cost 600, file_cost 300: 100 * 901 / 601 and 100 * 901 / 301
    EXPECT_EQ(scan_targets(dear).fraction, (std::array<u64, 2>{149, 299}));
}

TEST(ScanBalance, once_there_is_enough_the_other_kind_is_brought_level) {
    const Pages targets{100, 0, 1000, 1000};
    Pages left{50, 0, 936, 936};  // half of the anonymous pages are through
    EXPECT_TRUE(scale_down(targets, &left));
    // 50 * 100 / 101 = 49 % are left there, so 51 % of 1000 are wanted, 64 of which are through.
    EXPECT_EQ(left, (Pages{0, 0, 446, 446}));
    left = {0, 0, 40, 0};
    EXPECT_FALSE(scale_down(targets, &left));
}

}  // namespace
}  // namespace mmscope
