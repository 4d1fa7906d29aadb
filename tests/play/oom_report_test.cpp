// The OOM killer's report of a simulated machine: its own reader reads it, and its numbers are the machine's.
#include "play/oom_report_of.h"

#include <gtest/gtest.h>

#include "play/failure_report.h"
#include "play/report_explanation.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using testing::loaded;
using testing::seek;
using testing::work_to_the_end;

std::string script_for(const std::string& arch, const std::string& kernel) {
    return "machine " + arch + " { ram = 64M; kernel = \"" + kernel + "\"; cpus = 2; overcommit_memory = 1 }\nsh = fork(init)\n"
           "other = fork(init)\nas other { b = mmap(2M)\n touch(b, 1M) }\noom_score_adj(other, -300)\n"
           "on cpu 1 { as sh { a = mmap(30M)\n touch(a, 30M)\n c = mmap(30M)\n touch(c, 30M) } }\n";
}

// Stands behind the command that needed a kill.
Session killed(const std::string& script) {
    Session session = loaded(script);
    session.run();
    work_to_the_end(session);
    EXPECT_FALSE(session.failure());
    EXPECT_TRUE(has_kernel_log(session));
    return session;
}

OomReport report_in(const std::string& text) {
    LogLines lines(text);
    lines.next();
    auto report = parse_oom_report(lines);
    EXPECT_TRUE(report) << text;
    return report ? *std::move(report) : OomReport();
}

TEST(OomReport, every_kernel_prints_one_that_its_own_reader_reads) {
    for (const std::string arch : {"x86_64", "x86_32", "x86_32_pae"}) {
        for (const std::string kernel : {"6.1", "6.12", "7.2"}) {
            const Session session = killed(script_for(arch, kernel));
            const std::string text = kernel_log(session);
            const OomReport report = report_in(text);
            EXPECT_EQ(print_oom_report(report), text) << arch << " " << kernel;
            EXPECT_EQ(report.tasks.has_rss_parts, kernel != "6.1");
        }
    }
}

TEST(OomReport, it_begins_and_ends_as_the_kernel_s_do) {
    const std::string text = kernel_log(killed(script_for("x86_64", "6.12")));
    EXPECT_TRUE(text.starts_with("process invoked oom-killer: gfp_mask=0x")) << text;
    EXPECT_NE(text.find(", order=0, oom_score_adj=0\nCPU: 1 UID: 0 PID: 2 Comm: process Not tainted 6.12 #1\nMem-Info:\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("\noom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
                        "task_memcg=/,task=process,pid=2,uid=0\nOut of memory: Killed process 2 (process) total-vm:"),
              std::string::npos)
        << text;
}

TEST(OomReport, the_tasks_are_the_processes_as_they_were_and_the_greatest_is_the_victim) {
    const Session session = killed(script_for("x86_64", "6.12"));
    const OomReport report = report_in(kernel_log(session));
    ASSERT_EQ(report.tasks.tasks.size(), 2U) << "init is not weighed";
    const OomTask &sh = report.tasks.tasks[0], &other = report.tasks.tasks[1];
    const Mm& mm = session.snapshot().memory().processes().mm(3);
    EXPECT_EQ(other.pid, 3U);
    EXPECT_EQ(other.oom_score_adj, -300);
    EXPECT_EQ(other.total_vm, mm.total_vm);
    EXPECT_EQ(other.rss, mm.resident());
    EXPECT_EQ(other.rss_anon + other.rss_file + other.rss_shmem, other.rss);
    EXPECT_EQ(other.pgtables_bytes, u64{mm.table_pages()} * kPageSize);
    EXPECT_GT(sh.rss, 8'000U);
    EXPECT_EQ(sh.total_vm, 60U * 256 + 33);
    u64 total = 0;
    for (const Zone& zone : session.snapshot().memory().zones()) total += zone.managed;
    EXPECT_GT(*oom_badness(sh, total), *oom_badness(other, total));
    ASSERT_EQ(report.victims.size(), 1U);
    EXPECT_EQ(report.victims[0].pid, sh.pid);
    EXPECT_EQ(report.victims[0].total_vm, sh.total_vm * 4);
    EXPECT_EQ(report.victims[0].anon_rss, sh.rss_anon * 4);
    EXPECT_EQ(report.victims[0].pgtables, sh.pgtables_bytes / 1024);
}

TEST(OomReport, memory_is_shown_as_it_was_before_the_victim_s_came_back) {
    const Session session = killed(script_for("x86_64", "6.12"));
    const MemInfo info = *report_in(kernel_log(session)).mem_info;
    u64 anon = 0, free = 0, free_now = 0;
    for (const MemInfo::Zone& zone : info.zones) free += counter_or_zero(zone.counters, "free") / 4;
    for (const MemInfo::Counters& line : info.totals)
        anon += counter_or_zero(line, "active_anon") + counter_or_zero(line, "inactive_anon");
    for (const Zone& zone : session.snapshot().memory().zones()) free_now += zone.nr_free_pages;
    EXPECT_LT(free, 2000U);
    EXPECT_GT(anon, 8'000U);
    EXPECT_GT(free_now, free + 8'000U);
    EXPECT_GT(counter_or_zero(info.totals[4], "pagetables"), 20U);
}

TEST(OomReport, shared_memory_is_told_as_such_and_is_page_cache) {
    const Session session = killed(
        "machine x86_64 { ram = 64M; kernel = \"6.12\"; overcommit_memory = 1 }\nsh = fork(init)\n"
        "as sh { s = mmap(2M, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS)\n touch(s, 1M)\n"
        " a = mmap(60M)\n touch(a, 60M) }\n");
    const OomReport report = report_in(kernel_log(session));
    u64 shmem = 0;
    for (const MemInfo::Counters& line : report.mem_info->totals) shmem += counter_or_zero(line, "shmem");
    EXPECT_EQ(shmem, 256U);
    ASSERT_EQ(report.mem_info->nodes.size(), 1U);
    EXPECT_EQ(counter_or_zero(report.mem_info->nodes[0].counters, "shmem"), 1024U);
    EXPECT_GE(report.mem_info->machine.pagecache_pages, 256U);
    EXPECT_EQ(report.tasks.tasks[0].rss_shmem, 256U);
    EXPECT_EQ(report.victims[0].shmem_rss, 1024U);
}

TEST(OomReport, the_explanation_of_a_real_kernel_s_report_understands_ours) {
    const ExplainedReports explained = explain_reports(kernel_log(killed(script_for("x86_64", "6.1"))));
    ASSERT_EQ(explained.reports.size(), 1U);
    EXPECT_FALSE(explained.problem);
    EXPECT_EQ(explained.reports[0].sentences[0].key, "report.oom");
    bool has_victim = false;
    for (const Message& sentence : explained.reports[0].sentences) has_victim |= sentence.key == "report.killed";
    EXPECT_TRUE(has_victim);
}

TEST(OomReport, behind_the_tenth_kill_of_a_command_only_the_victims_are_named) {
    std::string script = "machine x86_64 { ram = 64M; kernel = \"6.12\"; overcommit_memory = 1 }\nrepeat 12 {\n child = fork(init)\n"
                         " oom_score_adj(child, 1000)\n}\nsh = fork(init)\noom_score_adj(sh, -999)\n"
                         "as sh { a = mmap(30M)\n touch(a, 30M)\n c = mmap(30M)\n touch(c, 30M) }\n";
    const std::string text = kernel_log(killed(script));
    const auto count = [&](const std::string& sign) {
        u32 sum = 0;
        for (std::size_t at = text.find(sign); at != std::string::npos; at = text.find(sign, at + 1)) ++sum;
        return sum;
    };
    EXPECT_EQ(count("invoked oom-killer"), 10U);
    EXPECT_EQ(count("Out of memory: Killed process"), 13U);
}

// Runs into a panic, and stands behind the command that met it.
std::string log_of_panic(const std::string& keys, const std::string& protection) {
    Session session = loaded("machine x86_64 { ram = 64M; overcommit_memory = 1; " + keys + " }\nsh = fork(init)\n" +
                             protection + "as sh { a = mmap(30M)\n touch(a, 30M)\n c = mmap(30M)\n touch(c, 30M) }\n");
    session.run();
    work_to_the_end(session);
    EXPECT_TRUE(session.failure());
    return kernel_log(session);
}

TEST(OomReport, a_panic_ends_it_where_nobody_can_be_killed) {
    const std::string text = log_of_panic("kernel = \"6.12\"", "oom_score_adj(sh, -1000)\n");
    EXPECT_TRUE(text.starts_with("process invoked oom-killer: ")) << text;
    EXPECT_TRUE(text.ends_with("\nOut of memory and no killable processes...\n"
                               "Kernel panic - not syncing: System is deadlocked on memory\n"
                               "---[ end Kernel panic - not syncing: System is deadlocked on memory ]---\n"))
        << text;
    EXPECT_EQ(print_oom_report(report_in(text)), text);
    bool is_said = false;
    const ExplainedReports explained = explain_reports(text);
    ASSERT_EQ(explained.reports.size(), 1U);
    for (const Message& sentence : explained.reports[0].sentences) is_said |= sentence.key == "report.panic";
    EXPECT_TRUE(is_said);
}

TEST(OomReport, panic_on_oom_is_named_in_the_kernel_s_words) {
    const std::string system_wide = log_of_panic("kernel = \"6.1\"; panic_on_oom = 1", "");
    EXPECT_NE(system_wide.find("\nKernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled\n"),
              std::string::npos);
    EXPECT_EQ(system_wide.find("no killable"), std::string::npos);
    EXPECT_EQ(print_oom_report(report_in(system_wide)), system_wide);
    EXPECT_NE(log_of_panic("panic_on_oom = 2", "").find("compulsory panic_on_oom is enabled"), std::string::npos);
}

TEST(OomReport, kernel_2_6_logs_two_lines_of_a_kill_and_one_of_a_panic) {
    const std::string script = "machine x86_64 { ram = 64M; kernel = \"2.6\"; overcommit_memory = 1 }\n"
                               "sh = fork(init)\n"
                               "as sh { a = mmap(90M)\n touch(a, 90M) }\n";
    EXPECT_EQ(kernel_log(killed(script)),
              "Out of memory: kill process 2 (process) score " + std::to_string((90 * 256 + 33) / 16) +
                  " or a child\nKilled process 2 (process)\n");
    EXPECT_EQ(log_of_panic("kernel = \"2.6\"", "oom_score_adj(sh, -1000)\n"),
              "Kernel panic - not syncing: Out of memory and no killable processes...\n");
    EXPECT_EQ(log_of_panic("kernel = \"2.6\"; panic_on_oom = 1", ""),
              "Kernel panic - not syncing: out of memory. panic_on_oom is selected\n");
}

TEST(OomReport, the_next_command_has_none_and_a_step_back_brings_it_again) {
    Session session = loaded(script_for("x86_64", "6.12") + "p = alloc_page(GFP_KERNEL)\n");
    session.run();
    work_to_the_end(session);
    const u32 last = session.snapshot().step;
    EXPECT_FALSE(has_kernel_log(session));
    seek(session, last - 1);
    const std::string text = kernel_log(session);
    EXPECT_TRUE(text.starts_with("process invoked oom-killer: ")) << text;
    seek(session, 2);
    seek(session, last - 1);
    EXPECT_EQ(kernel_log(session), text);
}

TEST(OomReport, the_script_s_own_areas_are_a_task_as_well) {
    const Session session = killed("machine x86_64 { ram = 64M }\na = mmap(80M)\ntouch(a, 80M)\n");
    const OomReport report = report_in(kernel_log(session));
    ASSERT_EQ(report.tasks.tasks.size(), 1U);
    EXPECT_EQ(report.tasks.tasks[0].name, "script");
    EXPECT_EQ(report.tasks.tasks[0].total_vm, 80U * 256);
    EXPECT_EQ(report.victims[0].pid, 1U);
}

TEST(OomReport, kernel_2_6_logs_none_here) {
    Session session = loaded("machine x86_32 { ram = 64M; kernel = \"2.6\" }\na = mmap(80M)\ntouch(a, 80M)\n");
    session.run();
    work_to_the_end(session);
    EXPECT_GT(session.snapshot().memory().processes().oom_kills.size(), 0U);
    EXPECT_EQ(kernel_log(session).find("oom-killer"), std::string::npos);
}

}  // namespace
}  // namespace mmscope
