// Slab caches and kmalloc sizes of real kernels, row by row, as `mmscope-cli conform` compares them.
#include <gtest/gtest.h>

#include <cstdio>

#include "base/prng.h"
#include "cli/capture_context.h"
#include "cli/source.h"
#include "intake/slab_table.h"
#include "play/conform_slab.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

using Path = std::filesystem::path;

std::string describe(const Outcome& outcome) {
    std::string text;
    for (const Remark& remark : outcome.remarks) {
        for (const Message& sentence : remark.sentences) {
            text += std::to_string(remark.line);
            for (const MessageParam& param : sentence.params) text += " " + param.text;
            text += "\n";
        }
    }
    return text;
}

// Compares the files below fixtures/kernels that `takes` picks; how many rows there were.
template <class Takes>
u32 expect_equal_rows(const Path& shared, const char* what, Takes takes) {
    u32 rows = 0, all = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(shared / "fixtures" / "kernels")) {
        const std::string name = entry.path().filename().string();
        if (!entry.is_regular_file() || !takes(name)) continue;
        SCOPED_TRACE(entry.path().string());
        const auto context = find_capture_context(entry.path().string(), {});
        EXPECT_TRUE(context);
        const std::string text = read_text_file(entry.path().string()).value_or("");
        EXPECT_TRUE(is_slab_capture(text));
        if (!context) continue;
        const auto outcome = conform_slab(text, *context->profile, context->arch, context->cpus);
        EXPECT_TRUE(outcome);
        if (!outcome) continue;
        EXPECT_EQ(describe(*outcome), "");
        EXPECT_EQ(outcome->agreed, outcome->total);
        EXPECT_TRUE(outcome->is_perfect);
        rows += outcome->agreed;
        all += outcome->total;
    }
    test::compared(what, rows, all);
    return rows;
}

TEST(SlabTables, every_cache_of_every_kernel_is_laid_out_by_the_rules) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    EXPECT_GE(expect_equal_rows(*shared, "caches of kernels", [](const std::string& name) { return name == "slab.tsv"; }), 4850U);
}

TEST(SlabTables, every_cache_that_the_module_made_is_laid_out_by_the_rules) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const auto takes = [](const std::string& name) { return name.starts_with("caches-") && name.ends_with(".tsv"); };
    EXPECT_GE(expect_equal_rows(*shared, "caches of the capture module", takes), 12504U);
}

TEST(KsizeRanges, every_size_is_rounded_up_as_the_kernels_did) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    EXPECT_GE(expect_equal_rows(*shared, "ranges of ksize", [](const std::string& name) { return name == "ksize.txt"; }), 385U);
}

constexpr std::string_view kTable =
    "name\tobject_size\tslab_size\talign\torder\tobjs_per_slab\tcpu_partial\tmin_partial\tsheaf_capacity\thwcache_"
    "align\r\n"
    ":A-0000192\t184\t192\t64\t0\t21\t120\t5\t-\t1\r\n"
    "\n"
    "kmalloc-96\t96\t96\t32\t0\t42\t120\t5\t-\t0\n"
    "cap-rcu-8\t8\t16\t8\t0\t256\t120\t5\t-\t0\n";

TEST(SlabTable, equal_rows_are_counted_and_others_say_what_differs) {
    const auto good = conform_slab(kTable, profile_6_12(), Arch::x86_64, 1);
    ASSERT_TRUE(good);
    EXPECT_EQ(good->agreed, 3U);
    EXPECT_TRUE(good->is_perfect);
    const auto older = conform_slab(kTable, profile_6_1(), Arch::x86_64, 1);
    ASSERT_TRUE(older);
    EXPECT_EQ(describe(*older), "4 kmalloc-96 align 32 8\n");
    EXPECT_EQ(older->agreed, 2U);
    EXPECT_FALSE(older->is_perfect);
}

TEST(SlabTable, a_size_or_an_alignment_that_no_cache_has_is_a_difference) {
    for (const char* numbers : {"0\t192\t64", "4294967295\t192\t64", "184\t192\t4294967295", "184\t192\t24"}) {
        std::string text(kTable);
        text.replace(text.find("184\t192\t64"), 10, numbers);
        const auto outcome = conform_slab(text, profile_6_12(), Arch::x86_64, 1);
        ASSERT_TRUE(outcome);
        EXPECT_EQ(outcome->agreed, 2U) << numbers;
    }
}

TEST(SlabTable, says_where_it_cannot_be_read) {
    const std::pair<const char*, Diagnostic> wrongs[] = {
        {"\t21\t", {2, 25, 1, Message("conform.slab_number")}},
        {"\tcpu_partial", {1, 1, 0, Message("conform.slab_column")}},
    };
    for (const auto& [what, expected] : wrongs) {
        std::string text(kTable);
        text.replace(text.find(what), std::string(what).size(), what[1] == '2' ? "\tx\t" : "\tgpu_partial");
        const auto rows = parse_slab_table(text);
        ASSERT_FALSE(rows);
        EXPECT_EQ(rows.error().line, expected.line);
        EXPECT_EQ(rows.error().column, expected.column);
        EXPECT_EQ(rows.error().message.key, expected.message.key);
    }
    const auto cut = parse_slab_table(kTable.substr(0, kTable.size() - 4));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().line, 5U);
    EXPECT_EQ(cut.error().message.key, "conform.slab_row");
}

TEST(SlabTable, a_cut_row_agrees_with_nothing_and_the_others_are_judged) {
    const auto whole = conform_slab(kTable, profile_7_2(), Arch::x86_64, 1);
    const auto cut = conform_slab(kTable.substr(0, kTable.size() - 4), profile_7_2(), Arch::x86_64, 1);
    ASSERT_TRUE(whole && cut);
    EXPECT_EQ(cut->total, whole->total);
    ASSERT_FALSE(cut->remarks.empty());
    EXPECT_EQ(cut->remarks.back().line, 5U);
    EXPECT_EQ(cut->remarks.back().sentences[0].key, "conform.slab_row");
    EXPECT_FALSE(cut->is_perfect);
}

TEST(KsizeRange, a_cut_file_and_a_wrong_line_are_told_and_the_rest_is_judged) {
    const auto outcome =
        conform_slab("TEST ksize\nK GFP_KERNEL 65..97 -> 96\nENDTEST\n", profile_6_12(), Arch::x86_64, 1);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(describe(*outcome), "2 GFP_KERNEL 97 96 128\n");
    const auto cut = conform_slab("TEST ksize\nK big 9 -> 16\n", profile_6_12(), Arch::x86_64, 1);
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->agreed, 1U);
    EXPECT_FALSE(cut->is_perfect);
    EXPECT_EQ(cut->remarks.at(0).sentences[0].key, "capture.no_endtest");
    const auto wrong = conform_slab("TEST ksize\nK big 9..8 -> 16\nK big 9 -> 16\nENDTEST", profile_6_12(), Arch::x86_64, 1);
    ASSERT_TRUE(wrong);
    EXPECT_EQ(wrong->remarks.at(0).line, 2U);
    EXPECT_EQ(wrong->agreed, 1U);
}

TEST(SlabTable, damaged_text_is_an_error_or_a_report) {
    const std::string ksize = "TEST ksize\nK GFP_KERNEL 65..96 -> 96\nK big 4194305 -> 0 FAIL\nENDTEST\n";
    for (u64 seed = 1; seed <= 500; ++seed) {
        Prng prng(seed);
        std::string text(prng.below(2) == 0 ? std::string(kTable) : ksize);
        const std::size_t first = text.find('\n');
        for (u32 damages = 1 + prng.below(3); damages != 0; --damages) {
            const std::size_t at = first + prng.below(static_cast<u32>(text.size() - first));
            if (prng.below(3) == 0)
                text.erase(at, 1 + prng.below(20));
            else
                text[at] = "0123456789\t :.->\nKc"[prng.below(19)];
        }
        const auto outcome = conform_slab(text, profile_7_2(), Arch::x86_64, 1);
        if (outcome)
            EXPECT_EQ(outcome->agreed + outcome->remarks.size(), outcome->total) << "seed " << seed;
        else
            EXPECT_FALSE(outcome.error().message.is_empty()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace mmscope
