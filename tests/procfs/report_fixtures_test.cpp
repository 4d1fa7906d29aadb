// Every report that a real kernel wrote prints itself back, line for line, without its time stamps.
#include <gtest/gtest.h>

#include <algorithm>

#include "procfs/alloc_failure_report.h"
#include "procfs/mem_info_layout.h"
#include "procfs/oom_report.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

std::vector<std::filesystem::path> report_files(const std::filesystem::path& shared) {
    std::vector<std::filesystem::path> files;
    for (const char* name : {"oom-report.txt", "paf-all.txt"})
        for (const auto& path : test::files_named(shared / "fixtures" / "kernels", name)) files.push_back(path);
    for (const char* name : {"oom-report-510.txt", "oom-report-612.txt", "page-alloc-failure-612.txt"})
        files.push_back(shared / "fixtures" / "samples" / name);
    return files;
}

// The lines of a log without "[   12.345678] ".
std::vector<std::string> plain_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string line = text.substr(at, end - at);
        if (line.starts_with('[')) line.erase(0, line.find(']') + 2);
        lines.push_back(line);
        at = end + 1;
    }
    return lines;
}

// Of the lines from `head` on (from 1), as many as `printed` has, leaving out those passed over.
std::string original(const std::vector<std::string>& lines, u32 head, const std::string& printed,
                     const std::vector<u32>& skipped) {
    std::string text;
    auto left = std::count(printed.begin(), printed.end(), '\n');
    for (u32 line = head; left > 0 && line <= lines.size(); ++line) {
        if (std::find(skipped.begin(), skipped.end(), line) != skipped.end()) continue;
        text += lines[line - 1] + "\n";
        --left;
    }
    return text;
}

// Reports of the file that printed themselves back.
u32 check_file(const std::filesystem::path& path) {
    const std::string text = test::read_file(path);
    const std::vector<std::string> lines = plain_lines(text);
    u32 reports = 0;
    for (LogLines log(text); log.next();) {
        const u32 head = log.line();
        std::vector<u32> skipped;
        std::string printed;
        if (is_oom_head(log.text())) {
            const auto report = parse_oom_report(log, &skipped);
            EXPECT_TRUE(report) << path << ":" << report.error().line << " " << report.error().message.key;
            if (!report) continue;
            printed = print_oom_report(*report);
        } else if (is_alloc_failure_head(log.text())) {
            const auto report = parse_alloc_failure_report(log, &skipped);
            EXPECT_TRUE(report) << path << ":" << report.error().line << " " << report.error().message.key;
            if (!report) continue;
            printed = print_alloc_failure_report(*report);
        } else {
            continue;
        }
        EXPECT_EQ(printed, original(lines, head, printed, skipped)) << path << ":" << head;
        EXPECT_TRUE(skipped.empty()) << path << ":" << head;
        ++reports;
    }
    return reports;
}

TEST(ReportFixtures, every_report_prints_itself_back) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 reports = 0;
    for (const auto& path : report_files(*shared)) {
        const u32 in_file = check_file(path);
        EXPECT_GT(in_file, 0U) << path;
        reports += in_file;
    }
    EXPECT_EQ(reports, 40U);
}

TEST(ReportFixtures, the_victim_is_the_task_with_the_most_badness) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 weighed = 0, equal = 0;
    for (const auto& path : report_files(*shared)) {
        const std::string text = test::read_file(path);
        for (LogLines log(text); log.next();) {
            if (!is_oom_head(log.text())) continue;
            const auto report = parse_oom_report(log);
            ASSERT_TRUE(report) << path;
            if (!report->mem_info) continue;
            const RamAndSwap& machine = report->mem_info->machine;
            const u64 total_pages = machine.ram_pages - machine.reserved_pages + machine.total_swap / 4;
            std::optional<i64> most;
            for (const OomTask& task : report->tasks.tasks) most = std::max(most, oom_badness(task, total_pages));
            for (const OomTask& task : report->tasks.tasks) {
                if (task.pid != report->summary.pid) continue;
                EXPECT_EQ(oom_badness(task, total_pages), most) << path;
                equal += oom_badness(task, total_pages) == most ? 1 : 0;
            }
            ++weighed;
        }
    }
    test::compared("victims of the OOM killer", equal, weighed);
    EXPECT_GE(weighed, 10U);
}

std::vector<std::string> names(const MemInfo::Counters& counters) {
    std::vector<std::string> all;
    for (const MemInfo::Counter& counter : counters) all.push_back(counter.name);
    return all;
}

u16 version_number(std::string_view text) {
    const std::size_t point = text.find('.');
    return static_cast<u16>(std::stoi(std::string(text)) * 256 + std::stoi(std::string(text.substr(point + 1))));
}

void expect_layout(const MemInfo& info, u16 version) {
    const std::vector<MemInfo::Counters> totals = blank_totals(version);
    ASSERT_EQ(info.totals.size(), totals.size());
    for (u32 line = 0; line < totals.size(); ++line) EXPECT_EQ(names(info.totals[line]), names(totals[line]));
    for (const MemInfo::Node& node : info.nodes) {
        EXPECT_EQ(names(node.counters), names(blank_node(version).counters));
        EXPECT_EQ(names(node.behind), names(blank_node(version).behind));
        EXPECT_EQ(node.blank_before_thp, blank_node(version).blank_before_thp);
    }
    for (const MemInfo::Zone& zone : info.zones) EXPECT_EQ(names(zone.counters), names(blank_zone(version).counters));
    EXPECT_EQ(info.machine.swap_cache.has_value(), has_swap_cache_line(version));
}

TEST(ReportFixtures, the_lines_of_each_kernel_have_the_counters_of_its_layout) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    std::vector<u16> versions;
    for (const auto& path : report_files(*shared)) {
        SCOPED_TRACE(path);
        const std::string text = test::read_file(path);
        for (LogLines log(text); log.next();) {
            if (!is_alloc_failure_head(log.text()) && !is_oom_head(log.text())) continue;
            const auto caller = parse_report_caller(log, {kMemInfoLine, kMemcgUsageSign});
            ASSERT_TRUE(caller && caller->has_value());
            const u16 version = version_number((*caller)->version());
            EXPECT_EQ((*caller)->uid.has_value(), has_uid_in_cpu_line(version));
            log.next();
            if (log.text() != kMemInfoLine) continue;
            const auto info = parse_mem_info(log);
            ASSERT_TRUE(info);
            expect_layout(*info, version);
            if (std::find(versions.begin(), versions.end(), version) == versions.end()) versions.push_back(version);
        }
    }
    std::sort(versions.begin(), versions.end());
    EXPECT_EQ(versions, (std::vector<u16>{0x050a, 0x0601, 0x060c, 0x0702}));
}

}  // namespace
}  // namespace mmscope
