// Where a run stops: at a mark, a line, a pause, and what `break on` names.
#include <gtest/gtest.h>

#include "play/session.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using testing::kThreeSteps;
using testing::loaded;
using testing::seek;
using testing::work_to_the_end;

TEST(Stops, runs_until_a_mark) {
    Session session = loaded(kThreeSteps);
    session.run_until_mark("both");
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().step, 2U);
    seek(session, 3);
    session.run_until_mark("both");
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().step, 2U);
    session.run_until_mark("no such mark");
    EXPECT_FALSE(session.work(1000));
    EXPECT_EQ(session.snapshot().step, 2U);
}

TEST(Stops, runs_until_the_next_mark_of_that_name) {
    Session session =
        loaded("machine x86_64 { ram = 16M }\nrepeat 3 { p = alloc_page(GFP_KERNEL); mark \"turn\"; mark \"other\" }");
    for (u32 turn = 1; turn <= 3; ++turn) {
        session.run_until_mark("turn");
        work_to_the_end(session);
        EXPECT_EQ(session.snapshot().step, turn);
    }
    EXPECT_EQ(session.snapshot().state, RunState::finished);
}

TEST(Stops, a_mark_before_the_first_command_is_one) {
    Session session = loaded(
        "machine x86_64 { ram = 16M }\nmark \"boot\"\nrepeat 2 { p = alloc_page(GFP_KERNEL) }\nmark \"boot\"");
    const auto step_of_next = [&] {
        session.run_until_mark("boot");
        work_to_the_end(session);
        return session.snapshot().step;
    };
    EXPECT_EQ(step_of_next(), 0U);
    EXPECT_EQ(step_of_next(), 2U) << "it stops there once";
    EXPECT_EQ(step_of_next(), 0U) << "and there being none ahead, at the first one";
    seek(session, 1);
    EXPECT_EQ(step_of_next(), 2U);
    seek(session, 0);
    EXPECT_EQ(step_of_next(), 0U);
}

TEST(Stops, runs_until_a_line) {
    Session session = loaded(kThreeSteps);
    session.run_until_line(5);
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().line, 5U);
    EXPECT_EQ(session.snapshot().step, 2U);
    EXPECT_TRUE(session.marks().empty());
    session.run_until_line(3);
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().line, 3U);
    EXPECT_EQ(session.snapshot().step, 1U);
    session.run_until_line(1000);
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().state, RunState::finished);
    session.run_until_line(6);
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().line, 6U);
}

TEST(Stops, run_stops_at_a_pause_and_goes_on_behind_it) {
    Session session = loaded(
        "machine x86_64 { ram = 16M }\na = alloc_page(GFP_KERNEL)\npause\nb = alloc_page(GFP_KERNEL)\nc = "
        "alloc_page(GFP_KERNEL)");
    session.run();
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().step, 1U);
    EXPECT_EQ(session.snapshot().state, RunState::paused);
    session.run();
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().step, 3U);
}

TEST(Stops, run_breaks_on_a_failed_allocation) {
    Session session =
        loaded("machine x86_64 { ram = 16M }\nbreak on failure\nwhile true { p[] = alloc_pages(GFP_KERNEL, 10) }");
    session.run();
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().state, RunState::paused);
    EXPECT_EQ(session.evaluate("p[len(p) - 1]")->text, "NULL");
    EXPECT_NE(session.evaluate("p[0]")->text, "NULL");
}

TEST(Stops, run_breaks_on_a_fallback) {
    Session session = loaded(
        "machine x86_64 { ram = 16M }\nbreak on fallback\nalloc_page(GFP_USER | "
        "__GFP_MOVABLE)\nalloc_page(GFP_KERNEL)\nalloc_page(GFP_KERNEL)");
    session.run();
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().step, 2U);
    EXPECT_EQ(session.evaluate("events(\"mm_page_alloc_extfrag\")")->number, 1);
}

TEST(Stops, run_breaks_on_reclaim_and_on_the_oom_killer) {
    Session session = loaded(
        "machine x86_64 { ram = 64M }\nbreak on reclaim\nf = open(20000)\nfor i in 0..200 { touch(f, 256K, i * 256K) }");
    session.run();
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().state, RunState::paused);
    EXPECT_NE(session.evaluate("events(\"mm_vmscan_kswapd_wake\") + events(\"mm_vmscan_direct_reclaim_begin\")")->number, 0);
    Session killed =
        loaded("machine x86_64 { ram = 64M }\nbreak on oom\na = mmap(60M)\ntouch(a)\nalloc_page(GFP_KERNEL)");
    killed.run();
    work_to_the_end(killed);
    EXPECT_EQ(killed.snapshot().step, 2U);
    EXPECT_EQ(killed.evaluate("vmstat(\"oom_kill\")")->number, 1);
}

TEST(Stops, run_breaks_on_each_page_fault_of_a_process_and_not_on_a_hit) {
    Session session = loaded(
        "machine x86_64 { ram = 64M }\nsh = fork(init)\nbreak on fault\nas sh {\n  a = mmap(8K)\n  read(a)\n"
        "  write(a)\n  write(a)\n  write(a + 4K)\n}");
    const auto step_of_next = [&] {
        session.run();
        work_to_the_end(session);
        return session.snapshot().step;
    };
    EXPECT_EQ(step_of_next(), 3U) << "the zero page, read for the first time";
    EXPECT_EQ(step_of_next(), 4U) << "and written to: a page of its own";
    EXPECT_EQ(step_of_next(), 6U) << "the page beside it; step 5 hit";
    step_of_next();
    EXPECT_EQ(session.snapshot().state, RunState::finished);
}

}  // namespace
}  // namespace mmscope
