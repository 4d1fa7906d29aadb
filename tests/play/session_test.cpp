#include "play/session.h"

#include <gtest/gtest.h>

#include "script_testing.h"

namespace mmscope {
namespace {

using testing::kThreeSteps;
using testing::loaded;
using testing::outcome;
using testing::seek;
using testing::work_to_the_end;

TEST(Session, stands_at_step_0_after_loading_with_the_first_command_next) {
    Session session = loaded(kThreeSteps);
    const Snapshot snapshot = session.snapshot();
    EXPECT_EQ(snapshot.step, 0U);
    EXPECT_EQ(snapshot.line, 2U);
    EXPECT_EQ(snapshot.state, RunState::paused);
    EXPECT_EQ(snapshot.trace->size(), 0U);
}

TEST(Session, a_position_is_right_before_the_next_command) {
    Session session = loaded(kThreeSteps);
    seek(session, 1);
    EXPECT_EQ(session.snapshot().line, 4U);
    EXPECT_EQ(session.evaluate("n")->text, "1");
    EXPECT_TRUE(session.evaluate("nr_free(DMA, 3) >= 1 && a != NULL")->text == "true");
    seek(session, 2);
    ASSERT_EQ(session.marks().size(), 1U);
    EXPECT_EQ(session.marks()[0].step, 2U);
    EXPECT_EQ(session.marks()[0].line, 5U);
    EXPECT_TRUE(session.notes().empty());
}

TEST(Session, seeking_past_the_end_stops_at_the_end) {
    Session session = loaded(kThreeSteps);
    seek(session, 1000);
    EXPECT_EQ(session.snapshot().step, 3U);
    EXPECT_EQ(session.snapshot().state, RunState::finished);
    EXPECT_EQ(session.snapshot().line, 0U);
    EXPECT_EQ(session.notes().size(), 1U);
    seek(session, 1000);
    EXPECT_EQ(session.snapshot().step, 3U);
}

TEST(Session, going_back_shows_the_events_of_the_command_that_led_there) {
    Session session = loaded(kThreeSteps);
    seek(session, 1);
    const u64 events = session.snapshot().trace->size();
    const std::vector<Message> told = session.narration(100);
    seek(session, 3);
    seek(session, 1);
    EXPECT_GT(events, 2U);
    EXPECT_EQ(session.snapshot().trace->size(), events);
    ASSERT_EQ(session.narration(100).size(), told.size());
    EXPECT_EQ(session.narration(100)[0].key, "command.alloc");
    EXPECT_EQ(session.narration(1).size(), 1U);
    EXPECT_EQ(session.snapshot().last_step, 3U);
    EXPECT_EQ(session.marks().size(), 1U);
    seek(session, 0);
    EXPECT_TRUE(session.narration(100).empty());
}

TEST(Session, marks_are_said_once_however_often_one_goes_back) {
    Session session = loaded(kThreeSteps);
    for (u32 round = 0; round < 3; ++round) {
        seek(session, 3);
        seek(session, 0);
    }
    EXPECT_EQ(session.marks().size(), 1U);
    EXPECT_EQ(session.notes().size(), 1U);
}

TEST(Session, an_endless_loop_gives_back_control_and_stops) {
    Session session = loaded("while true { }");
    session.run();
    EXPECT_TRUE(session.work(1000));
    EXPECT_EQ(session.snapshot().state, RunState::running);
    session.stop();
    EXPECT_FALSE(session.work(1000));
    EXPECT_EQ(session.snapshot().state, RunState::paused);
}

TEST(Session, a_script_stopped_in_a_loop_goes_on_where_it_was) {
    constexpr std::string_view kLoop =
        "machine x86_64 { ram = 16M }\nn = 0\nrepeat 100 { n = n + 1; p[] = alloc_page(GFP_KERNEL) }";
    Session session = loaded(kLoop);
    session.run();
    EXPECT_TRUE(session.work(77));
    session.stop();
    EXPECT_LT(session.snapshot().step, 100U);
    session.run();
    while (session.work(1)) {
    }
    EXPECT_EQ(session.snapshot().step, 100U);
    EXPECT_EQ(session.evaluate("n")->number, 100);
    Session other = loaded(kLoop);
    seek(other, 100);
    EXPECT_EQ(session.state_hash(), other.state_hash());
}

TEST(Session, the_budget_counts_statements_and_turns) {
    Session session =
        loaded("machine x86_64 { ram = 16M }\nalloc_page(GFP_KERNEL)\nrepeat 10 { a = 1 }\nalloc_page(GFP_KERNEL)");
    session.seek(1);
    u32 slices = 0;
    while (session.work(1)) ++slices;
    EXPECT_EQ(slices, 21U);  // ten statements, ten turns, and the statement behind the loop
    EXPECT_EQ(session.snapshot().line, 4U);
}

TEST(Session, copying_a_long_list_costs_budget_too) {
    Session session = loaded(
        "machine x86_64 { ram = 16M }\nrepeat 1024 { x[] = 1 }\nalloc_page(GFP_KERNEL)\nrepeat 10 { y = x "
        "}\nalloc_page(GFP_KERNEL)");
    session.seek(0);
    work_to_the_end(session);
    session.seek(1);
    u32 slices = 0;
    while (session.work(5)) ++slices;
    EXPECT_GE(slices, 10U);
}

TEST(Session, a_failed_allocation_is_null_and_the_script_goes_on) {
    EXPECT_EQ(outcome("machine x86_64 { ram = 16M }\nrepeat 20 { p[] = alloc_pages(GFP_KERNEL, 10) }\nexpect p[19] == "
                      "NULL\nfree_pages(NULL, 10)"),
              "");
}

TEST(Session, failing_leaves_the_step_before_and_going_back_takes_the_failure_away) {
    Session session =
        loaded("machine x86_64 { ram = 16M }\np = alloc_page(GFP_KERNEL)\nexpect false \"on purpose\"\n__free_page(p)");
    session.run();
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().state, RunState::failed);
    EXPECT_EQ(session.snapshot().step, 1U);
    EXPECT_EQ(session.snapshot().line, 3U);
    ASSERT_TRUE(session.failure().has_value());
    EXPECT_EQ(session.failure()->line, 3U);
    seek(session, 0);
    EXPECT_FALSE(session.failure().has_value());
    seek(session, 2);
    EXPECT_TRUE(session.failure().has_value());
    session.run();
    EXPECT_FALSE(session.work(1000));
}

TEST(Session, bounds_stop_the_run_at_their_line) {
    SessionLimits limits;
    limits.commands = 50;
    limits.items = 20;
    limits.marks = 10;
    EXPECT_EQ(
        outcome("machine x86_64 { ram = 16M }\nwhile true {\n p = alloc_page(GFP_KERNEL); __free_page(p) }", limits),
        "3:6 error.bound_commands");
    EXPECT_EQ(outcome("while true { x[] = 1 }", limits), "1:14 error.bound_items");
    EXPECT_EQ(outcome("repeat 11 { x[] = 1 }\ny = x", limits), "2:1 error.bound_items");
    EXPECT_EQ(outcome("repeat 15 { x[] = 1 }\nx = []\nrepeat 15 { x[] = 1 }", limits), "");
    EXPECT_EQ(outcome("while true { mark \"again\" }", limits), "1:14 error.bound_marks");
    EXPECT_EQ(outcome(std::string(256 * 1024 + 1, ' ')), "0:0 error.bound_source");
}

TEST(Session, nesting_is_bounded) {
    const auto nested = [](u32 depth) {
        std::string source = "a = 0\n";
        for (u32 at = 0; at < depth; ++at) source += "if true { ";
        source += "a = 1";
        for (u32 at = 0; at < depth; ++at) source += " }";
        return source;
    };
    EXPECT_EQ(outcome(nested(31)), "");
    EXPECT_EQ(outcome(nested(32)), "2:325 error.bound_nesting");
    EXPECT_EQ(outcome("a = " + std::string(31, '(') + "1" + std::string(31, ')')), "");
    EXPECT_EQ(outcome("a = " + std::string(100'000, '(')), "1:37 error.bound_nesting");
    EXPECT_EQ(outcome("a = " + std::string(100'000, '-') + "1"), "1:36 error.bound_nesting");
}

TEST(Session, code_on_a_cpu_allocates_from_its_node) {
    EXPECT_EQ(outcome("machine x86_64 { ram = 64M; cpus = 2; nodes = 2 }\n"
                      "a = alloc_page(GFP_KERNEL)\n"
                      "on cpu 1 { b = alloc_page(GFP_KERNEL); on cpu 0 { c = alloc_page(GFP_KERNEL) }; d = "
                      "alloc_page(GFP_KERNEL) }\n"
                      "e = alloc_page(GFP_KERNEL)\n"
                      "expect zone(a) != zone(b) && zone(c) == zone(a) && zone(d) == zone(b) && zone(e) == zone(a)"),
              "");
}

TEST(Session, a_fraction_fixes_the_per_cpu_lists_until_it_is_taken_back) {
    Session session = loaded(
        "machine x86_64 { ram = 1G; cpus = 2 }\nsysctl percpu_pagelist_high_fraction = 8\nsysctl "
        "min_free_kbytes = 16384\nsysctl percpu_pagelist_high_fraction = 0");
    const auto zone = [&] { return *session.snapshot().memory().find_zone(ZoneType::dma32, 0); };
    const u32 by_low_mark = zone().pcp_high;
    seek(session, 1);
    EXPECT_EQ(zone().pcp_high, zone().managed / 8 / 2);
    EXPECT_EQ(zone().pcp_high_max, zone().pcp_high);
    seek(session, 2);
    EXPECT_EQ(zone().pcp_high, zone().managed / 8 / 2) << "the marks change, the fraction stays";
    seek(session, 3);
    EXPECT_EQ(zone().pcp_high, zone().mark(Watermark::low) / 2);
    seek(session, 0);
    EXPECT_EQ(zone().pcp_high, by_low_mark);
}

TEST(Session, frames_freed_wait_on_the_cpus_list_until_it_is_drained) {
    constexpr std::string_view kScript =
        "machine x86_64 { ram = 64M; cpus = 2 }\n"
        "on cpu 1 { a = alloc_page(GFP_KERNEL); __free_page(a) }\n"
        "drain_local_pages()\n"
        "drain_all_pages(DMA)\n"
        "drain_all_pages()";
    Session session = loaded(kScript);
    const auto listed = [&](u32 step) {
        seek(session, step);
        const PageAllocator& memory = session.snapshot().memory();
        u32 pages = 0;
        for (u32 zone = 0; zone < memory.zones().size(); ++zone) pages += memory.pcp_count(zone);
        return pages;
    };
    EXPECT_GT(listed(2), 0U);
    EXPECT_EQ(listed(3), listed(2)) << "the frames are on the other CPU's list";
    EXPECT_EQ(listed(4), listed(2)) << "and of zone DMA32";
    EXPECT_EQ(listed(5), 0U);
    EXPECT_GT(listed(4), 0U);
}

TEST(Session, a_second_lets_the_cpus_lists_shrink_to_where_they_stand) {
    Session session = loaded("machine x86_64 { ram = 1G }\nrepeat 3000 { p[] = alloc_page(GFP_KERNEL) }\n"
                             "for page in p { __free_page(page) }\ntick(60)");
    seek(session, 6000);
    const u32 zone = session.snapshot().memory().find_zone(ZoneType::dma32, 0)->position;
    const u32 high = session.snapshot().memory().pcp(zone, 0).high;
    EXPECT_GT(high, session.snapshot().memory().zones()[zone].pcp_high);
    seek(session, 6001);
    EXPECT_LT(session.snapshot().memory().pcp(zone, 0).high, high);
    EXPECT_EQ(session.snapshot().memory().pcp(zone, 0).free_diff, 0);
}

TEST(Session, a_sysctl_is_a_command) {
    Session session = loaded(
        "machine x86_64 { ram = 64M; min_free_kbytes = 400 }\nsysctl min_free_kbytes = 800\nsysctl "
        "lowmem_reserve_ratio = \"1 1 1 0 0\"");
    const i64 before = session.evaluate("watermark(DMA32, min)")->number;
    seek(session, 1);
    EXPECT_GT(session.evaluate("watermark(DMA32, min)")->number, before);
    EXPECT_EQ(session.snapshot().line, 3U);
    EXPECT_EQ(session.narration(9)[0].key, "command.sysctl_marks");
    seek(session, 0);
    EXPECT_EQ(session.evaluate("watermark(DMA32, min)")->number, before);
    seek(session, 2);
    EXPECT_EQ(session.snapshot().memory().sysctl().lowmem_reserve_ratio[0], 1U);
}

TEST(Session, calls_in_an_expression_are_steps_of_their_own) {
    Session session = loaded("machine x86_64 { ram = 16M }\nd = pfn(alloc_page(GFP_KERNEL)) - pfn(alloc_page(GFP_KERNEL))");
    seek(session, 1);
    EXPECT_EQ(session.snapshot().state, RunState::paused);
    seek(session, 2);
    EXPECT_EQ(session.evaluate("d * d")->number, 1);
}

TEST(Session, describes_a_frame_with_the_call_that_owns_it) {
    Session session = loaded("machine x86_64 { ram = 16M }\nrepeat 2 { p[] = alloc_pages(GFP_KERNEL | __GFP_COMP, 2) }\n"
                             "a = alloc_page(GFP_KERNEL); b = alloc_page(GFP_KERNEL)");
    session.run();
    work_to_the_end(session);
    const Snapshot snapshot = session.snapshot();
    const Pfn second{static_cast<u32>(session.evaluate("pfn(p[1])")->number)};
    const FrameInfo info = describe_frame(snapshot, second + 3);
    EXPECT_EQ(info.block.head, second);
    EXPECT_EQ(info.flags, "tail");
    EXPECT_EQ(info.refcount, 0);
    EXPECT_EQ(info.allocation.call, 2U);
    EXPECT_EQ(info.call_line, 2U);
    EXPECT_EQ(info.call_text, "alloc_pages(GFP_KERNEL | __GFP_COMP, 2)");
    EXPECT_EQ(describe_frame(snapshot, second).refcount, 1);
    EXPECT_EQ(describe_frame(snapshot, second).flags, "head");
    const Pfn single{static_cast<u32>(session.evaluate("pfn(a)")->number)};
    EXPECT_EQ(describe_frame(snapshot, single).call_text, "a = alloc_page(GFP_KERNEL); b = alloc_page(GFP_KERNEL)");
    EXPECT_EQ(describe_frame(snapshot, {0}).flags, "0");
    EXPECT_EQ(describe_frame(snapshot, {1}).flags, "reserved");
    EXPECT_EQ(describe_frame(snapshot, {0xffffff}).zone, nullptr);
}

TEST(Session, a_newer_kernel_runs_by_older_rules_and_says_so) {
    Session session = loaded("machine x86_64 { ram = 16M; kernel = \"7.0\" }");
    ASSERT_EQ(session.machine_notes().size(), 1U);
    EXPECT_EQ(session.machine_notes()[0].key, "note.newer_kernel");
    for (const std::string kernel : {"2.6", "6.1", "6.12", "7.2"})
        EXPECT_TRUE(loaded("machine x86_64 { ram = 16M; kernel = \"" + kernel + "\" }").machine_notes().empty()) << kernel;
}

TEST(Session, a_machine_too_small_for_huge_pages_says_that_it_booted_without) {
    const std::string asks = "; transparent_hugepage = \"always\" }\n";
    Session session = loaded("machine x86_64 { ram = 128M" + asks + "sysctl transparent_hugepage = \"always\"\n"
                             "sh = fork(init)\nas sh { a = mmap(4M)\n touch(a, 4M) }\n"
                             "expect vmstat(\"thp_fault_alloc\") > 0\n");
    ASSERT_EQ(session.machine_notes().size(), 1U);
    EXPECT_EQ(session.machine_notes()[0].key, "note.too_small_for_thp");
    session.run();
    work_to_the_end(session);
    EXPECT_FALSE(session.failure()) << "the sysctl counts all the same";
    EXPECT_TRUE(loaded("machine x86_64 { ram = 1G" + asks).machine_notes().empty());
    EXPECT_TRUE(loaded("machine x86_64 { ram = 128M }\n").machine_notes().empty());
    EXPECT_TRUE(loaded("machine x86_64 { ram = 128M; transparent_hugepage = \"never\" }\n").machine_notes().empty());
}

TEST(Session, the_generation_changes_with_everything_that_can_be_seen) {
    Session session = loaded(kThreeSteps);
    u64 last = session.snapshot().generation;
    const auto has_changed = [&] { return std::exchange(last, session.snapshot().generation) != last; };
    session.run();
    EXPECT_TRUE(has_changed());
    session.work(1);
    EXPECT_TRUE(has_changed());
    session.stop();
    EXPECT_TRUE(has_changed());
    EXPECT_FALSE(has_changed());
    ASSERT_TRUE(session.load("").empty());
    EXPECT_TRUE(has_changed());
}

TEST(Session, prints_proc_files_and_knows_no_others) {
    Session session = loaded("machine x86_64 { ram = 16M }");
    EXPECT_EQ(session.proc_text("buddyinfo")->substr(0, 17), "Node 0, zone     ");
    EXPECT_TRUE(session.proc_text("zoneinfo").has_value());
    EXPECT_TRUE(session.proc_text("pagetypeinfo").has_value());
    EXPECT_EQ(session.proc_text("meminfo")->substr(0, 9), "MemTotal:");
    EXPECT_EQ(session.proc_text("vmstat")->substr(0, 14), "nr_free_pages ");
    EXPECT_FALSE(session.proc_text("cpuinfo").has_value());
}

}  // namespace
}  // namespace mmscope
