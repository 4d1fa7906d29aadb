// What the kernel of a simulated machine logs about a request that failed.
#include "play/failure_report.h"

#include <gtest/gtest.h>

#include "play/script_testing.h"
#include "procfs/buddyinfo.h"
#include "procfs/zoneinfo.h"

namespace mmscope {
namespace {

using testing::run_script;
using testing::work_to_the_end;

std::string machine_line(const std::string& arch, const std::string& kernel, const std::string& more = "") {
    return "machine " + arch + " { ram = 64M; kernel = \"" + kernel + "\"" + more + " }\n";
}

// Takes everything there is in blocks of order 5.
const std::string kTakeAll = "repeat 800 { pages[] = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 5) }\n";

std::string log_after(const std::string& script) {
    Session session;
    const auto failed = run_script(session, script);
    EXPECT_FALSE(failed) << testing::place_and_key(*failed);
    return kernel_log(session);
}

AllocFailureReport report_in(const std::string& text) {
    LogLines lines(text);
    lines.next();
    auto report = parse_alloc_failure_report(lines);
    EXPECT_TRUE(report) << text;
    return report ? *std::move(report) : AllocFailureReport();
}

TEST(FailureReport, every_kernel_prints_one_that_its_own_reader_reads) {
    for (const std::string arch : {"x86_64", "x86_32", "x86_32_pae"}) {
        for (const std::string kernel : {"2.6", "6.1", "6.12", "7.2"}) {
            const std::string text =
                log_after(machine_line(arch, kernel) + kTakeAll + "p = alloc_pages(GFP_ATOMIC, 5)\n");
            const AllocFailureReport report = report_in(text);
            EXPECT_EQ(print_alloc_failure_report(report), text) << arch << " " << kernel;
            EXPECT_EQ(report.order, 5U);
            EXPECT_EQ(report.allowed.has_value(), kernel != "2.6");
            EXPECT_EQ(report.mem_info.nodes.size(), kernel == "2.6" ? 0U : 1U);
            EXPECT_EQ(report.mem_info.zones[0].of.node.has_value(), arch == "x86_64");
            EXPECT_EQ(report.mem_info.machine.cma_pages.has_value(), kernel == "7.2");
        }
    }
}

TEST(FailureReport, its_numbers_are_those_of_zoneinfo_and_buddyinfo) {
    Session session;
    const std::string more = "; cpus = 2; nodes = 1";
    const std::string script = machine_line("x86_64", "7.2", more) + "a = alloc_page(GFP_KERNEL)\n__free_page(a)\n" +
                               kTakeAll + "on cpu 1 { p = alloc_pages(GFP_ATOMIC, 5) }\n";
    ASSERT_FALSE(run_script(session, script));
    const MemInfo info = report_in(kernel_log(session)).mem_info;
    const ZoneInfo zoneinfo = *parse_zoneinfo(*session.proc_text("zoneinfo"));
    const BuddyInfo buddyinfo = *parse_buddyinfo(*session.proc_text("buddyinfo"));
    ASSERT_EQ(info.zones.size(), buddyinfo.rows.size());
    u64 on_cpu_lists = 0;
    for (u32 at = 0; at < info.zones.size(); ++at) {
        const ZoneInfo::Entry& zone = zoneinfo.zones[at];
        const MemInfo::Counters& counters = info.zones[at].counters;
        EXPECT_EQ(info.zones[at].of.zone, zone.zone);
        const std::pair<const char*, u64> pages[] = {{"free", zone.free},
                                                     {"boost", *zone.boost},
                                                     {"min", zone.min},
                                                     {"low", zone.low},
                                                     {"high", zone.high},
                                                     {"present", zone.present},
                                                     {"managed", zone.managed},
                                                     {"free_pcp", zone.pagesets[0].count + zone.pagesets[1].count},
                                                     {"local_pcp", zone.pagesets[1].count}};
        for (const auto& [name, count] : pages)
            EXPECT_EQ(counter_or_zero(counters, name), count * 4) << zone.zone << " " << name;
        on_cpu_lists += zone.pagesets[0].count + zone.pagesets[1].count;
        EXPECT_EQ(info.zones[at].lowmem_reserve, zone.protection);
        for (u32 order = 0; order < kNrPageOrders; ++order)
            EXPECT_EQ(info.free_lists[at].orders[order].count, buddyinfo.rows[at].count[order]);
        EXPECT_EQ(info.free_lists[at].total, buddyinfo.rows[at].free_pages() * 4);
    }
    EXPECT_GT(on_cpu_lists, 0U);
    EXPECT_EQ(counter_or_zero(info.totals.back(), "free_pcp"), on_cpu_lists);
}

TEST(FailureReport, letters_name_the_types_that_have_a_block) {
    const std::string text = log_after(machine_line("x86_64", "6.12") + kTakeAll + "p = alloc_pages(GFP_ATOMIC, 5)\n");
    for (const MemInfo::FreeLists& lists : report_in(text).mem_info.free_lists)
        for (const MemInfo::Blocks& blocks : lists.orders) EXPECT_EQ(blocks.types.empty(), blocks.count == 0) << text;
}

TEST(FailureReport, the_head_says_who_asked_and_for_what) {
    const std::string last = "on cpu 1 { p = alloc_pages(GFP_ATOMIC | __GFP_COMP, 5) }\n";
    const std::string text = log_after(machine_line("x86_64", "6.12", "; cpus = 2") + kTakeAll + last);
    EXPECT_TRUE(
        text.starts_with("script: page allocation failure: order:5, mode:0x40820(GFP_ATOMIC|__GFP_COMP), "
                         "nodemask=(null),cpuset=/,mems_allowed=0\n"
                         "CPU: 1 UID: 0 PID: 1 Comm: script Not tainted 6.12 #1\n"
                         "Mem-Info:\n"))
        << text;
    const std::string classic =
        log_after(machine_line("x86_32", "2.6") + kTakeAll + "p = alloc_pages(GFP_ATOMIC, 5)\n");
    EXPECT_TRUE(classic.starts_with("script: page allocation failure. order:5, mode:0x20\nPid: 1, comm: script "))
        << classic;
}

TEST(FailureReport, zones_above_the_request_are_left_out_since_6_1) {
    const std::string ask =
        "while alloc_pages(GFP_ATOMIC | GFP_DMA | __GFP_NOWARN, 5) != NULL {}\n"
        "p = alloc_pages(GFP_ATOMIC | GFP_DMA, 5)\n";
    EXPECT_EQ(report_in(log_after(machine_line("x86_64", "6.1") + ask)).mem_info.zones.size(), 1U);
    EXPECT_EQ(report_in(log_after(machine_line("x86_64", "2.6") + ask)).mem_info.zones.size(), 2U);
}

TEST(FailureReport, nothing_is_logged_where_the_kernel_is_silent) {
    const std::string machine = machine_line("x86_64", "6.12");
    EXPECT_EQ(log_after(machine), "");
    EXPECT_EQ(log_after(machine + "p = alloc_pages(GFP_KERNEL, 3)\n"), "");
    EXPECT_EQ(log_after(machine + kTakeAll + "p = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 5)\n"), "");
    EXPECT_EQ(log_after(machine + kTakeAll + "p = alloc_pages(GFP_ATOMIC, 5)\ndrain_all_pages()\n"), "");
}

TEST(FailureReport, a_step_back_and_forward_brings_the_same_report) {
    Session session;
    ASSERT_FALSE(run_script(session, machine_line("x86_64", "6.12") + kTakeAll + "p = alloc_pages(GFP_ATOMIC, 5)\n"));
    const std::string text = kernel_log(session);
    const u32 step = session.snapshot().step;
    session.seek(step - 1);
    work_to_the_end(session);
    EXPECT_EQ(kernel_log(session), "");
    session.seek(step);
    work_to_the_end(session);
    EXPECT_EQ(kernel_log(session), text);
    EXPECT_FALSE(text.empty());
}

}  // namespace
}  // namespace mmscope
