#include <gtest/gtest.h>

#include <algorithm>

#include "procfs/alloc_failure_report.h"
#include "procfs/oom_report.h"
#include "procfs/proc_texts.h"
#include "procfs/report_texts.h"

namespace mmscope {
namespace {

using test::kClassicFailureText;
using test::kFailureText;
using test::kOomText;
using test::with;

Result<OomReport> oom(std::string_view text, std::vector<u32>* skipped = nullptr) {
    LogLines lines(text);
    lines.next();
    return parse_oom_report(lines, skipped);
}

Result<AllocFailureReport> failure(std::string_view text, std::vector<u32>* skipped = nullptr) {
    LogLines lines(text);
    lines.next();
    return parse_alloc_failure_report(lines, skipped);
}

// What a terminal adds to each line.
std::string stamped(const std::string& text, const std::string& prefix, const std::string& end) {
    std::string log;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t stop = text.find('\n', at);
        log += prefix + text.substr(at, stop - at) + end;
        at = stop + 1;
    }
    return log;
}

void expect_oom_error(const std::string& text, const std::string& key, u32 line, u32 column) {
    const auto report = oom(text);
    ASSERT_FALSE(report) << text;
    EXPECT_EQ(report.error().message.key, key);
    EXPECT_EQ(report.error().line, line) << key;
    EXPECT_EQ(report.error().column, column) << key;
}

TEST(MemInfo, a_zone_has_its_numbers_its_reserve_and_its_lists) {
    const auto report = failure(kFailureText);
    ASSERT_TRUE(report) << report.error().message.key;
    const MemInfo& info = report->mem_info;
    ASSERT_EQ(info.zones.size(), 2U);
    EXPECT_EQ(info.zones[1].of, (MemInfo::ZoneName{0, "DMA32"}));
    EXPECT_EQ(counter_or_zero(info.zones[1].counters, "min"), 66536U);
    EXPECT_EQ(counter_or_zero(info.zones[1].counters, "reserved_highatomic"), 10240U);
    EXPECT_EQ(find_counter(info.zones[1].counters, "zspages"), nullptr);
    EXPECT_EQ(info.zones[0].lowmem_reserve, (std::vector<u64>{0, 944, 944, 944, 944}));
    EXPECT_EQ(info.free_lists[1].orders[10], (MemInfo::Blocks{11, "M"}));
    EXPECT_EQ(info.free_lists[1].total, 54292U);
    EXPECT_TRUE(info.nodes[0].all_unreclaimable);
    EXPECT_EQ(info.totals[7][0], (MemInfo::Counter{"free", 14753}));
    EXPECT_EQ(info.machine.ram_pages, 262014U);
    EXPECT_EQ(info.machine.poisoned_pages, 0U);
    EXPECT_FALSE(info.machine.cma_pages);
}

TEST(OomReport, a_report_says_who_asked_who_was_weighed_and_who_was_killed) {
    const auto report = oom(kOomText);
    ASSERT_TRUE(report) << report.error().message.key;
    EXPECT_EQ(report->comm, "eat me (now)");
    EXPECT_EQ(report->gfp_mask.value, 0x140dcaU);
    EXPECT_EQ(report->caller->cpu, 1U);
    EXPECT_EQ(report->caller->comm, "eat me (now)");
    EXPECT_EQ(report->caller->version(), "6.12.117+deb12-cloud-amd64");
    EXPECT_EQ(report->caller->trace.size(), 4U);
    ASSERT_EQ(report->tasks.tasks.size(), 2U);
    EXPECT_EQ(report->tasks.tasks[0].name, "eat me (now)");
    EXPECT_EQ(report->tasks.tasks[1].name, "insmod, x");
    EXPECT_EQ(report->tasks.tasks[1].tgid, 150U);
    EXPECT_EQ(report->tasks.tasks[1].oom_score_adj, -500);
    EXPECT_EQ(report->summary.task, "eat me (now)");
    EXPECT_EQ(report->summary.pid, 149U);
    EXPECT_FALSE(report->summary.oom_memcg);
    EXPECT_EQ(report->victims[0].name, "eat me (now)");
    EXPECT_EQ(report->victims[0].anon_rss, 366592U);
}

TEST(OomReport, what_was_parsed_prints_itself_back) { EXPECT_EQ(print_oom_report(*oom(kOomText)), kOomText); }

TEST(OomReport, time_stamps_and_syslog_prefixes_are_left_out) {
    for (const std::string prefix :
         {"[    6.179883] ", "<4>[    6.179883] ", "[    6.179883][  T149] ",
          "Jan  1 00:00:01 host kernel: ", "2024-05-01T12:00:01+02:00 host kernel: [    6.179883] "}) {
        const auto report = oom(stamped(kOomText, prefix, "\r\n"));
        ASSERT_TRUE(report) << prefix << report.error().line << " " << report.error().message.key;
        EXPECT_EQ(print_oom_report(*report), kOomText) << prefix;
    }
}

TEST(OomReport, lines_that_rsyslog_joined_are_lines_again) {
    std::string text = kOomText;
    for (std::size_t at = text.find("\n active_file:"); at != std::string::npos; at = text.find("0\n ", at)) {
        const std::size_t end = text.find('\n', at);
        if (text[end + 1] != ' ') break;
        text.replace(end, 1, "#012");
    }
    ASSERT_NE(text.find("#012 free:"), std::string::npos);
    const auto report = oom(text);
    ASSERT_TRUE(report) << report.error().line << " " << report.error().message.key;
    EXPECT_EQ(*report, *oom(kOomText));
}

TEST(OomReport, lines_of_others_in_between_are_passed_over_and_reported) {
    std::string text = with(kOomText, "lowmem_reserve[]: 0 944", "eth0: link up\nlowmem_reserve[]: 0 944");
    text = with(text, "[    151]", "random: crng init done\n[    151]");
    std::vector<u32> skipped;
    const auto report = oom(text, &skipped);
    ASSERT_TRUE(report) << report.error().message.key;
    EXPECT_EQ(*report, *oom(kOomText));
    EXPECT_EQ(skipped, (std::vector<u32>{18, 36}));
}

TEST(OomReport, errors_name_the_line_and_the_column) {
    expect_oom_error(with(kOomText, "order=0", "order=none"), "proc.number_expected", 1, 103);
    expect_oom_error(with(kOomText, "min:1044kB", "min:1044MB"), "proc.text_expected", 17, 42);
    expect_oom_error(with(kOomText, "11*8kB", "11*16kB"), "proc.text_expected", 22, 30);
    expect_oom_error(with(kOomText, "262014", "99999999999999999999"), "proc.number_too_large", 28, 1);
    expect_oom_error(with(kOomText, "91784", "many"), "proc.number_expected", 34, 35);
    expect_oom_error(with(kOomText, "lowmem_reserve[]: 0 944 944 944 944\n", ""), "proc.report_cut_off", 18, 1);
    expect_oom_error(with(kOomText, "14241 pages reserved\n", ""), "proc.report_cut_off", 31, 1);
    expect_oom_error(kOomText.substr(0, kOomText.find("oom-kill:")), "proc.report_cut_off", 35, 1);
    expect_oom_error(kOomText.substr(0, kOomText.find("Out of memory")), "proc.report_cut_off", 36, 1);
}

TEST(OomReport, a_memory_cgroup_has_limits_and_counters_instead_of_mem_info) {
    const std::string memcg =
        "memory: usage 24576kB, limit 24576kB, failcnt 56\n"
        "swap: usage 0kB, limit 9007199254740988kB, failcnt 0\n"
        "Memory cgroup stats for /box of mine:\n"
        "anon 24952832\n"
        "file 0\n";
    std::string text = with(kOomText, test::kMemInfoText, memcg);
    text = with(text, "global_oom,task_memcg=/,", "oom_memcg=/box of mine,task_memcg=/box of mine,");
    text = with(text, "Out of memory: Killed", "Memory cgroup out of memory: Killed");
    const std::string first = text.substr(text.find("Memory cgroup out of memory:"));
    text += "Tasks in /box of mine are going to be killed due to memory.oom.group set\n" + with(first, "149", "151") +
            first;
    const auto report = oom(text + "oom_reaper: reaped process 149 (eat), now anon-rss:0kB\n");
    ASSERT_TRUE(report) << report.error().message.key;
    EXPECT_FALSE(report->mem_info);
    EXPECT_EQ(report->memcg->limits[0].limit, 24576U);
    EXPECT_EQ(report->memcg->path, "/box of mine");
    EXPECT_EQ(report->summary.oom_memcg, "/box of mine");
    EXPECT_EQ(report->group, "/box of mine");
    ASSERT_EQ(report->victims.size(), 3U);
    EXPECT_EQ(report->victims[1].pid, 151U);
    EXPECT_EQ(print_oom_report(*report), text);
}

TEST(AllocFailureReport, a_name_may_have_a_colon) {
    const auto report = failure(kFailureText);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->comm, "ins: mod");
    EXPECT_EQ(report->order, 4U);
    EXPECT_EQ(report->mode, (ReportedGfp{0x40820, "GFP_ATOMIC|__GFP_COMP"}));
    EXPECT_EQ(report->allowed->mems_allowed, "0");
    EXPECT_EQ(print_alloc_failure_report(*report), kFailureText);
}

TEST(AllocFailureReport, vmalloc_fails_in_its_own_words) {
    const std::string text =
        with(kFailureText, "page allocation failure: order:4", "vmalloc error: size 943718400, exceeds total pages");
    const auto report = failure(text);
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->order);
    EXPECT_EQ(report->vmalloc, "size 943718400, exceeds total pages");
    EXPECT_EQ(print_alloc_failure_report(*report), text);
}

TEST(AllocFailureReport, two_point_six_has_a_short_form_of_its_own) {
    const auto report = failure(kClassicFailureText);
    ASSERT_TRUE(report) << report.error().line << " " << report.error().message.key;
    EXPECT_EQ(report->mode, (ReportedGfp{0x20, ""}));
    EXPECT_FALSE(report->allowed);
    EXPECT_FALSE(report->caller->cpu);
    ASSERT_EQ(report->mem_info.cpu_lists.size(), 2U);
    EXPECT_EQ(report->mem_info.cpu_lists[1].cpus[0].high, 186U);
    EXPECT_EQ(report->mem_info.zones[1].all_unreclaimable, true);
    EXPECT_EQ(print_alloc_failure_report(*report), kClassicFailureText);
}

TEST(AllocFailureReport, a_report_ends_where_the_next_begins) {
    const std::string log = kFailureText + "random: crng init done\n" + kFailureText;
    LogLines lines(log);
    std::vector<u32> skipped;
    u32 reports = 0;
    while (lines.next()) {
        if (!is_alloc_failure_head(lines.text())) continue;
        EXPECT_TRUE(parse_alloc_failure_report(lines, &skipped));
        ++reports;
    }
    EXPECT_EQ(reports, 2U);
    EXPECT_TRUE(skipped.empty());
}

// Wherever a report is cut, the reader says so, at a line that is there, and neither crashes nor takes it for whole.
template <class Parse>
void expect_cut_anywhere_is_noticed(const std::string& text, std::size_t least, Parse parse) {
    const u32 lines = static_cast<u32>(std::count(text.begin(), text.end(), '\n'));
    for (std::size_t size = 1; size < least; ++size) {
        const auto report = parse(std::string_view(text).substr(0, size));
        ASSERT_FALSE(report) << size << ": " << text.substr(0, size).substr(size < 60 ? 0 : size - 60);
        EXPECT_GE(report.error().line, 1U) << size;
        EXPECT_LE(report.error().line, lines) << size;
        EXPECT_GE(report.error().column, 1U) << size;
        EXPECT_FALSE(report.error().message.is_empty()) << size;
    }
}

TEST(OomReport, text_cut_off_anywhere_never_passes_for_a_whole_report) {
    expect_cut_anywhere_is_noticed(kOomText, kOomText.size() - 2, [](std::string_view text) { return oom(text); });
}

TEST(AllocFailureReport, text_cut_off_anywhere_never_passes_for_a_whole_report) {
    const auto parse = [](std::string_view text) { return failure(text); };
    expect_cut_anywhere_is_noticed(kFailureText, kFailureText.find(" pages reserved") + 15, parse);
    expect_cut_anywhere_is_noticed(kClassicFailureText, kClassicFailureText.find(" pages reserved") + 15, parse);
}

// One byte after the other is damaged; whatever is read then, nothing breaks.
TEST(OomReport, a_damaged_byte_anywhere_is_read_or_refused) {
    for (const char damage : {'\0', ' ', ':', '9', '-', '\n', '\xff'}) {
        for (std::size_t at = 0; at < kOomText.size(); ++at) {
            std::string text = kOomText;
            text[at] = damage;
            const auto report = oom(text);
            if (!report)
                EXPECT_FALSE(report.error().message.is_empty());
            else
                EXPECT_FALSE(print_oom_report(*report).empty());
        }
    }
}

}  // namespace
}  // namespace mmscope
