// Why a real kernel could not give, said with the numbers of its own report.
#include "play/report_explanation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "procfs/proc_texts.h"
#include "procfs/report_texts.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

using test::kClassicFailureText;
using test::kFailureText;
using test::kOomText;
using test::with;

std::vector<std::string> keys(const ExplainedReport& report) {
    std::vector<std::string> all;
    for (const Message& sentence : report.sentences) all.push_back(sentence.key);
    return all;
}

std::vector<std::string> keys(const std::string& text) {
    const ExplainedReports all = explain_reports(text);
    EXPECT_FALSE(all.problem) << all.problem->message.key;
    return all.reports.empty() ? std::vector<std::string>() : keys(all.reports[0]);
}

bool has(const std::vector<std::string>& all, const std::string& key) {
    return std::find(all.begin(), all.end(), key) != all.end();
}

// The value of a parameter of the first sentence with this key.
std::string value(const std::string& text, const std::string& key, const std::string& param) {
    for (const ExplainedReport& report : explain_reports(text).reports) {
        for (const Message& sentence : report.sentences) {
            if (sentence.key != key) continue;
            for (const MessageParam& one : sentence.params)
                if (one.name == param)
                    return one.kind == MessageParam::Kind::text ? one.text : std::to_string(one.number);
        }
    }
    return "";
}

TEST(ReportExplanation, each_zone_is_tested_with_the_rights_of_the_request) {
    const std::string tight = with(kFailureText, "free:54272kB", "free:25000kB");
    EXPECT_EQ(value(tight, "prospect.below_mark", "test"),
              "NR_FREE_PAGES 6,250 - 15 = 6,235 <= min 16,634 - 8,317 - 2,079 = 6,238");
    EXPECT_TRUE(has(keys(with(tight, "free:4740kB", "free:4200kB")), "report.shortage"));
}

TEST(ReportExplanation, lowmem_reserve_counts_against_those_who_could_have_gone_higher) {
    const std::string text = with(kOomText, "free:54272kB", "free:66536kB");
    EXPECT_EQ(value(text, "prospect.below_mark", "test"), "NR_FREE_PAGES 16,634 <= min 16,634");
    EXPECT_EQ(value(with(text, "DMA32 free:66536kB", "DMA32 free:66540kB"), "prospect.below_mark", "test"),
              "NR_FREE_PAGES 1,185 <= min 261 + lowmem_reserve 944 = 1,205");
}

TEST(ReportExplanation, pages_enough_but_no_block_is_fragmentation) {
    std::string text = with(kFailureText, "order:4, mode:0x40820(GFP_ATOMIC|__GFP_COMP)",
                            "order:10, mode:0x40cc0(GFP_KERNEL|__GFP_COMP)");
    text = with(with(text, "free:54272kB", "free:94272kB"), "11*4096kB (M)", "0*4096kB");
    EXPECT_TRUE(has(keys(text), "report.fragmentation"));
    EXPECT_EQ(value(text, "prospect.no_block", "zone"), "DMA32");
    EXPECT_EQ(value(text, "report.fragmentation", "mebibytes"), "92");
}

TEST(ReportExplanation, a_zone_that_passes_is_said_to_pass) {
    const std::vector<std::string> all = keys(with(kFailureText, "free:54272kB", "free:94272kB"));
    EXPECT_TRUE(has(all, "report.could_give"));
    EXPECT_TRUE(has(all, "report.could_give_why"));
}

TEST(ReportExplanation, the_largest_task_the_victim_and_swap_are_named) {
    EXPECT_EQ(value(kOomText, "report.largest", "name"), "eat me (now)");
    EXPECT_EQ(value(kOomText, "report.largest", "memory"), "358");
    EXPECT_EQ(value(kOomText, "report.killed", "points"), "91973");
    EXPECT_TRUE(has(keys(kOomText), "report.no_swap"));
    const std::string with_swap =
        with(with(kOomText, "Free swap  = 0kB", "Free swap  = 3072kB"), "Total swap = 0kB", "Total swap = 1048576kB");
    EXPECT_TRUE(has(keys(with_swap), "report.swap_full"));
    EXPECT_TRUE(has(keys(with(with_swap, "3072kB", "524288kB")), "report.swap"));
}

TEST(ReportExplanation, memory_that_nobody_counts_is_told) {
    EXPECT_EQ(value(kOomText, "report.uncounted", "all"), "967");
    EXPECT_EQ(value(kOomText, "report.uncounted", "mebibytes"), "523");
}

TEST(ReportExplanation, a_kill_by_hand_needs_no_shortage) {
    const std::vector<std::string> all = keys(with(kOomText, "order=0", "order=-1"));
    EXPECT_EQ(all[0], "report.by_hand");
    EXPECT_FALSE(has(all, "report.shortage"));
}

TEST(ReportExplanation, rules_of_a_neighbour_are_owned_up_to) {
    EXPECT_FALSE(has(keys(kFailureText), "report.rules"));
    EXPECT_EQ(value(with(kFailureText, "6.12.117+deb12-cloud-amd64", "5.10.0-32-cloud-amd64"), "report.rules", "rules"),
              "6.1");
}

TEST(ReportExplanation, two_point_six_is_explained_too) {
    const std::vector<std::string> all = keys(kClassicFailureText);
    EXPECT_TRUE(has(all, "report.shortage"));
    EXPECT_EQ(value(kClassicFailureText, "report.failure", "gfp"), "GFP_ATOMIC");
}

TEST(ReportExplanation, a_faulty_report_is_a_problem_beside_those_that_are_whole) {
    const ExplainedReports all = explain_reports(kFailureText + kOomText.substr(0, kOomText.size() / 2));
    EXPECT_EQ(all.reports.size(), 1U);
    ASSERT_TRUE(all.problem);
    EXPECT_GT(all.problem->line, 30U);
    EXPECT_EQ(explain_reports("Node 0, zone DMA\n").problem->message.key, "report.none");
}

TEST(ReportExplanation, no_zone_of_a_captured_report_could_have_given) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 shortages = 0, fragmented = 0;
    for (const char* name : {"oom-report.txt", "paf-all.txt"}) {
        for (const auto& path : test::files_named(*shared / "fixtures" / "kernels", name)) {
            const ExplainedReports all = explain_reports(test::read_file(path));
            EXPECT_FALSE(all.problem) << path;
            for (const ExplainedReport& report : all.reports) {
                EXPECT_FALSE(has(keys(report), "report.could_give")) << path << ":" << report.line;
                shortages += has(keys(report), "report.shortage");
                fragmented += has(keys(report), "report.fragmentation");
            }
        }
    }
    EXPECT_GE(shortages, 20U);
    EXPECT_GE(fragmented, 3U);
}

}  // namespace
}  // namespace mmscope
