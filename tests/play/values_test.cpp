// What expressions are worth: operators as in C, names of the kernel, and the calls that look at the machine.

#include <gtest/gtest.h>

#include "script_testing.h"

namespace mmscope {
namespace {

using testing::outcome;
using testing::value_after;
using testing::value_of;

TEST(Values, operators_have_the_precedence_of_c) {
    EXPECT_EQ(value_of("1 + 2 * 3"), "7");
    EXPECT_EQ(value_of("(1 + 2) * 3"), "9");
    EXPECT_EQ(value_of("1 << 2 + 1"), "8");
    EXPECT_EQ(value_of("7 & 3 == 3"), "error.operands");  // 7 & (3 == 3), as in C
    EXPECT_EQ(value_of("1 | 6 ^ 2 & 3"), "5");
    EXPECT_EQ(value_of("10 - 3 - 2"), "5");
    EXPECT_EQ(value_of("-7 / 2"), "-3");
    EXPECT_EQ(value_of("-7 % 2"), "-1");
    EXPECT_EQ(value_of("~0 - -1"), "0");
    EXPECT_EQ(value_of("1 < 2 == true"), "true");
    EXPECT_EQ(value_of("0 || 2 && 0"), "false");
    EXPECT_EQ(value_of("!0"), "true");
    EXPECT_EQ(value_of("-8 >> 1"), "-4");
    EXPECT_EQ(value_of("1 <= 0 || 3 >= 3"), "true");
}

TEST(Values, the_right_side_is_not_looked_at_when_the_left_decides) {
    EXPECT_EQ(value_of("false && 1 / 0"), "false");
    EXPECT_EQ(value_of("true || 1 / 0"), "true");
    EXPECT_EQ(value_of("true && 1 / 0"), "error.division_by_zero");
}

TEST(Values, overflow_is_an_error_and_never_wraps) {
    EXPECT_EQ(value_of("9223372036854775807 + 1"), "error.overflow");
    EXPECT_EQ(value_of("-9223372036854775807 - 2"), "error.overflow");
    EXPECT_EQ(value_of("4G * 4G"), "error.overflow");
    EXPECT_EQ(value_of("(-9223372036854775807 - 1) / -1"), "error.overflow");
    EXPECT_EQ(value_of("-(-9223372036854775807 - 1)"), "error.overflow");
    EXPECT_EQ(value_of("1 << 63"), "error.overflow");
    EXPECT_EQ(value_of("1 << 62"), "4611686018427387904");
    EXPECT_EQ(value_of("1 << 64"), "error.bad_shift");
    EXPECT_EQ(value_of("1 >> -1"), "error.bad_shift");
    EXPECT_EQ(value_of("7 % 0"), "error.division_by_zero");
}

TEST(Values, flags_join_and_print_as_the_kernel_names_them) {
    EXPECT_EQ(value_of("GFP_KERNEL | __GFP_COMP"), "GFP_KERNEL|__GFP_COMP");
    EXPECT_EQ(value_of("GFP_KERNEL & ~__GFP_IO"), "GFP_NOIO|__GFP_FS");
    EXPECT_EQ(value_of("GFP_KERNEL | 1"), "error.operands");
    EXPECT_EQ(value_of("__GFP_WAIT"), "GFP_NOIO");  // what GFP_NOIO has been since 4.4
}

TEST(Values, names_of_zones_and_types_are_values) {
    EXPECT_EQ(value_of("DMA32"), "DMA32");
    EXPECT_EQ(value_of("Normal@1"), "Normal@1");
    EXPECT_EQ(value_of("Reclaimable"), "Reclaimable");
    EXPECT_EQ(value_of("DMA == DMA@0"), "true");
    EXPECT_EQ(value_of("DMA == Normal"), "false");
    EXPECT_EQ(value_of("NULL == NULL"), "true");
    EXPECT_EQ(value_of("DMA && true"), "error.no_condition");
    EXPECT_EQ(value_of("\"a\" == \"a\""), "true");
    EXPECT_EQ(value_of("\"a\" == 1"), "error.operands");
    const std::string mapped = "sh = fork(init)\nas sh { a = mmap(4K)\n b = mmap(0) }\n";
    EXPECT_EQ(value_after(mapped, "a == -12"), "false");
    EXPECT_EQ(value_after(mapped, "a != -12 && -4095 != a && b == -22"), "true");
    EXPECT_EQ(value_after(mapped, "a == 4096"), "error.operands");
    EXPECT_EQ(value_after(mapped, "a == -4096"), "error.operands");
}

TEST(Values, lists_grow_are_copied_and_are_emptied) {
    EXPECT_EQ(value_after("repeat 3 { x[] = len(x) }", "x[2]"), "2");
    EXPECT_EQ(value_after("x[] = 1; y = x; y[] = 2", "len(x) * 10 + len(y)"), "12");
    EXPECT_EQ(value_after("x[] = 1; x = []; x[] = 5; x[0] = 6", "x[0]"), "6");
    EXPECT_EQ(value_after("x[] = 1", "x"), "list of 1");
    EXPECT_EQ(value_after("x[] = 1", "x[1]"), "error.no_item");
    EXPECT_EQ(value_after("x[] = 1", "x[-1]"), "error.no_item");
    EXPECT_EQ(value_after("x[] = 1", "x == x"), "error.operands");
    EXPECT_EQ(value_after("x = 1", "x[0]"), "error.not_a_list");
}

TEST(Values, loops_count_as_they_say) {
    EXPECT_EQ(value_after("n = 0; for i in 2..5 { n = n * 10 + i }", "n"), "234");
    EXPECT_EQ(value_after("n = 0; for i in 5..2 { n = 1 }", "n"), "0");
    EXPECT_EQ(value_after("n = 0; repeat 0 { n = 1 }", "n"), "0");
    EXPECT_EQ(value_after("x[] = 4; x[] = 5; n = 0; for i in x { n = n * 10 + i }", "n"), "45");
    EXPECT_EQ(value_after("x[] = 1; for i in x { if i < 5 { x[] = i + 1 } }", "len(x)"), "5");
    EXPECT_EQ(value_after("n = 0; while n < 7 { n = n + 2 }", "n"), "8");
    EXPECT_EQ(value_after("n = 0; for i in 0..3 { for j in 0..i { n = n + 1 } }", "n"), "3");
}

TEST(Values, conditions_choose_one_branch) {
    constexpr std::string_view kScript = "if x == 1 { y = 10 } else if x == 2 { y = 20 }\nelse { y = 30 }";
    EXPECT_EQ(value_after("x = 1; " + std::string(kScript), "y"), "10");
    EXPECT_EQ(value_after("x = 2; " + std::string(kScript), "y"), "20");
    EXPECT_EQ(value_after("x = 3; " + std::string(kScript), "y"), "30");
}

TEST(Values, a_page_is_a_condition_and_null_is_none) {
    EXPECT_EQ(value_after("p = alloc_page(GFP_KERNEL); y = 0; if p { y = 1 }", "y"), "1");
    EXPECT_EQ(value_after("p = alloc_pages(GFP_KERNEL | __GFP_DMA, 10); q = NULL", "q || !p"), "false");
    EXPECT_EQ(value_after("p = alloc_page(GFP_KERNEL)", "p == NULL"), "false");
    EXPECT_EQ(value_after("p = alloc_pages(GFP_KERNEL, 1)", "p + 1 != p"), "true");
}

TEST(Values, random_draws_from_the_machines_generator) {
    const std::string first = value_after("x = random(1, 1000000)", "x");
    EXPECT_EQ(value_after("x = random(1, 1000000)", "x"), first);
    EXPECT_EQ(value_after("x = random(4, 4)", "x"), "4");
}

TEST(Looking, sees_the_block_that_a_page_belongs_to) {
    constexpr std::string_view kScript = "p = alloc_pages(GFP_KERNEL | __GFP_COMP, 3); q = alloc_pages(GFP_KERNEL, 1)";
    EXPECT_EQ(value_after(kScript, "order_of(p + 5)"), "3");
    EXPECT_EQ(value_after(kScript, "pfn(p + 5) - pfn(p)"), "5");
    EXPECT_EQ(value_after(kScript, "flags(p)"), "head");
    EXPECT_EQ(value_after(kScript, "flags(p + 7)"), "tail");
    EXPECT_EQ(value_after(kScript, "flags(q)"), "0");
    EXPECT_EQ(value_after(kScript, "refcount(p) * 10 + refcount(p + 1)"), "10");
    EXPECT_EQ(value_after(kScript, "mapcount(p)"), "0");
    EXPECT_EQ(value_after(kScript, "zone(p)"), "DMA");
    EXPECT_EQ(value_after(kScript, "flags(pfn_to_page(1))"), "reserved");
    EXPECT_EQ(value_after(kScript, "flags(pfn_to_page(0))"), "0");
}

TEST(Looking, sees_a_frame_on_a_cpus_list_as_nobodys) {
    constexpr std::string_view kScript = "p = alloc_page(GFP_KERNEL); q = alloc_page(GFP_KERNEL); n = pfn(p); __free_page(p)";
    EXPECT_EQ(value_after(kScript, "flags(pfn_to_page(n))"), "0");
    EXPECT_EQ(value_after(kScript, "refcount(pfn_to_page(n))"), "0");
}

TEST(Looking, sees_free_blocks_and_marks) {
    EXPECT_EQ(value_of("nr_free(DMA, 10)"), value_of("nr_free(DMA, 10, Movable)"));
    EXPECT_EQ(value_of("nr_free(DMA, 10, Unmovable)"), "0");
    EXPECT_EQ(value_of("watermark(DMA, min) < watermark(DMA, low) && watermark(DMA, low) < watermark(DMA, high)"), "true");
    EXPECT_EQ(value_after("p = alloc_pages(GFP_KERNEL, 5)", "nr_free(DMA, 5) >= 1"), "true");
    EXPECT_EQ(value_after("b = free_pages_in(DMA); p = alloc_pages(GFP_KERNEL, 5)", "b - free_pages_in(DMA)"), "32");
    EXPECT_EQ(value_of("fragmentation_index(DMA, 0)"), "-1000");
    EXPECT_EQ(value_of("unusable_index(DMA, 0)"), "0");
    EXPECT_EQ(value_of("nr_free(Normal, 0)"), "0");
    EXPECT_EQ(value_of("nr_free(HighMem, 0)"), "error.no_zone");
    EXPECT_EQ(value_of("nr_free(DMA@1, 0)"), "error.no_zone");
    EXPECT_EQ(value_of("nr_free(DMA, 11)"), "error.no_such_order");
}

TEST(Looking, counts_what_happened) {
    constexpr std::string_view kScript = "p = alloc_pages(GFP_KERNEL, 4); __free_pages(p, 4)";
    EXPECT_EQ(value_after(kScript, "ops"), "2");
    EXPECT_EQ(value_after(kScript, "events(\"mm_page_alloc\")"), "1");
    EXPECT_EQ(value_after(kScript, "events(\"expand\") > 0 && events(\"merge\") > 0"), "true");
    EXPECT_EQ(value_after(kScript, "vmstat(\"pgalloc_dma\")"), "16");
    EXPECT_EQ(value_after(kScript, "vmstat(\"pgfree\")"), "16");
    EXPECT_EQ(value_after(kScript, "vmstat(\"pgfre\")"), "error.unknown_counter");
    EXPECT_EQ(value_after(kScript, "events(\"no such thing at all\")"), "error.unknown_counter_plain");
}

TEST(Looking, addresses_lie_in_the_direct_map) {
    EXPECT_EQ(value_after("p = alloc_page(GFP_KERNEL | __GFP_ZERO)", "page_address(pfn_to_page(0x100))"),
              "0xffff888000100000");
    EXPECT_EQ(value_after("a = __get_free_pages(GFP_KERNEL, 0); free_pages(a, 0)", "a + 4096 == a"), "false");
    EXPECT_EQ(outcome("machine x86_32 { ram = 1G }\n"
                      "expect page_address(pfn_to_page(0x100)) + 0 != NULL\n"
                      "h = alloc_page(GFP_KERNEL | __GFP_HIGHMEM)\n"
                      "expect zone(h) == HighMem\n"
                      "expect page_address(h) == NULL\n"
                      "a = __get_free_page(GFP_KERNEL | __GFP_HIGHMEM)\n"
                      "expect a != NULL\n"
                      "free_page(a)"),
              "");
}

TEST(Questions, change_nothing) {
    EXPECT_EQ(value_of("alloc_page(GFP_KERNEL)"), "error.question_changes");
    EXPECT_EQ(value_of("random(1, 2)"), "error.question_changes");
    EXPECT_EQ(value_of("1 +"), "error.value_expected");
    EXPECT_EQ(value_of("1 2"), "error.line_end_expected");
    EXPECT_EQ(value_of(""), "error.value_expected");
    EXPECT_EQ(value_of("nothing"), "error.unknown_name_plain");
    EXPECT_EQ(value_after("if false { late = 1 }", "late"), "error.no_value_yet");
}

TEST(Questions, say_whether_the_answer_is_a_number) {
    Session session;
    ASSERT_TRUE(session.load("").empty());
    EXPECT_TRUE(session.evaluate("1 + 1")->is_number);
    EXPECT_EQ(session.evaluate("1 + 1")->number, 2);
    EXPECT_FALSE(session.evaluate("true")->is_number);
    EXPECT_EQ(session.evaluate("\"text\"")->text, "text");
}

}  // namespace
}  // namespace mmscope
