// oom_score_adj, oom_score and oom_victim in scripts, ps, and the files of a process that speak of the OOM killer.
#include <gtest/gtest.h>

#include "play/process_files.h"
#include "play/terminal.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using testing::loaded;
using testing::outcome;
using testing::run_script;
using testing::seek;
using testing::work_to_the_end;

const std::string kTwo = "machine x86_64 { ram = 64M; overcommit_memory = 1 }\nsh = fork(init)\nother = fork(init)\n";
// Takes more than there is: one in another process must go.
const std::string kHog = "as sh { a = mmap(30M)\n touch(a, 30M)\n b = mmap(30M)\n touch(b, 30M) }\n";

TEST(OomCalls, a_script_protects_a_process_and_another_is_killed) {
    Session session;
    const std::string protects = "expect oom_victim == NULL\nas other { c = mmap(4M)\n touch(c, 4M) }\n"
                                 "expect oom_score_adj(sh, -1000) == 0\nexpect oom_score(sh) == 0\n";
    EXPECT_EQ(outcome(session, kTwo + protects + kHog), "12:2 error.oom_panic") << "and then nobody is left";
    EXPECT_EQ(session.evaluate("oom_victim == other")->text, "true");
    EXPECT_EQ(session.evaluate("vmstat(\"oom_kill\")")->text, "1");
    EXPECT_EQ(outcome(kTwo + kHog + "expect oom_victim == sh\nexpect vmstat(\"oom_kill\") == 1"), "");
    EXPECT_EQ(outcome(kTwo + "oom_score_adj(other, 1000)\noom_score_adj(sh, -100)\n" + kHog + "expect vmstat(\"oom_kill\") == 2\n"
                             "expect oom_victim == sh"),
              "")
        << "the one with 1000 goes first, and it was not enough";
}

TEST(OomCalls, with_panic_on_oom_the_kernel_stops_and_kills_nobody) {
    Session session;
    EXPECT_EQ(outcome(session, kTwo + "sysctl panic_on_oom = 1\n" + kHog), "8:2 error.panic_on_oom");
    EXPECT_EQ(session.evaluate("oom_victim")->text, "NULL");
    EXPECT_EQ(session.evaluate("vmstat(\"oom_kill\")")->text, "0");
    EXPECT_EQ(outcome(kTwo + "sysctl panic_on_oom = 3\n"), "4:1 error.out_of_range");
}

const std::string kClassic = "machine x86_64 { ram = 64M; kernel = \"2.6\"; overcommit_memory = 1 }\n";

TEST(OomCalls, kernel_2_6_weighs_what_is_mapped_and_not_what_is_in_memory) {
    EXPECT_EQ(outcome(kClassic + "sh = fork(init)\nother = fork(init)\nas other { c = mmap(1G) }\n" + kHog +
                      "expect oom_victim == sh\nexpect vmstat(\"oom_kill\") == 2"),
              "")
        << "the other one goes first, and that was not enough";
    EXPECT_EQ(outcome(kClassic + "sh = fork(init)\nother = fork(init)\nas other { c = mmap(32M) }\n"
                      "expect oom_score(other) == (8192 + 33) / 16\noom_score_adj(other, -1000)\n"
                      "expect oom_score(other) == 0\noom_score_adj(other, 300)\n"
                      "expect oom_score(other) == (8192 + 33) / 16 * 32\noom_score_adj(other, -300)\n"
                      "expect oom_score(other) == (8192 + 33) / 16 / 32\nchild = fork(sh)\n"
                      "expect oom_score(sh) == (33 + 33 / 2 + 1) / 16"),
              "");
}

TEST(OomCalls, kernel_2_6_kills_a_child_in_the_place_of_its_parent) {
    Session session;
    ASSERT_FALSE(run_script(session, kClassic + "sh = fork(init)\nmaster = fork(init)\nas master { c = mmap(1G) }\n"
                                     "first = fork(master)\nas first { munmap(c, 1G)\n d = mmap(24M)\n"
                                     " touch(d, 24M) }\n"
                                     "second = fork(master)\nas sh { a = mmap(16M)\n touch(a, 16M) }\n"));
    EXPECT_EQ(session.evaluate("oom_victim == first")->text, "true");
}

TEST(OomCalls, the_script_s_own_process_can_be_the_victim) {
    EXPECT_EQ(outcome(kTwo + "a = mmap(80M)\ntouch(a, 80M)\nexpect oom_victim != NULL\nexpect oom_victim != sh\n"
                             "expect oom_victim != other"),
              "");
}

TEST(OomCalls, what_is_out_of_bounds_is_refused_as_the_kernel_s_file_does) {
    EXPECT_EQ(outcome(kTwo + "expect oom_score_adj(sh, 1001) == -22\nexpect oom_score_adj(sh, -1001) == -22\n"
                             "as sh { expect oom_score_adj(500) == 0 }\nexpect oom_score(sh) > oom_score(other)"),
              "");
    EXPECT_EQ(outcome(kTwo + "oom_score_adj(5)"), "4:1 error.process_needed");
    EXPECT_EQ(outcome(kTwo + "exit(sh)\nx = oom_score(sh)"), "5:5 error.process_ended");
    EXPECT_EQ(outcome(kTwo + "oom_score_adj(sh)"), "4:1 error.argument_count");
}

TEST(OomCalls, the_files_of_a_process_say_what_the_killer_makes_of_it) {
    Session session;
    ASSERT_FALSE(run_script(session, kTwo + "oom_score_adj(sh, -500)\nchild = fork(sh)\noom_score_adj(other, -1000)"));
    EXPECT_EQ(session.proc_text("2/oom_score_adj"), "-500\n");
    EXPECT_EQ(session.proc_text("4/oom_score_adj"), "-500\n");
    EXPECT_EQ(session.proc_text("3/oom_score"), "0\n");
    EXPECT_EQ(session.proc_text("1/oom_score"), "0\n");
    EXPECT_EQ(session.proc_text("2/oom_score"), session.evaluate("oom_score(sh)")->text + "\n");
    EXPECT_EQ(*run_command_line(session.snapshot(), "cat /proc/2/oom_score_adj"), "-500\n");
}

TEST(OomCalls, back_restores_the_adjustment_and_the_victim) {
    Session session = loaded(kTwo + "oom_score_adj(sh, 7)\n" + kHog + "oom_score_adj(other, 9)\n");
    std::vector<u64> hashes;
    for (u32 step = 0; step <= 8; ++step) {
        seek(session, step);
        hashes.push_back(session.state_hash());
    }
    EXPECT_NE(hashes[2], hashes[3]);
    for (u32 step = 9; step-- > 0;) {
        seek(session, step);
        EXPECT_EQ(session.state_hash(), hashes[step]) << step;
        EXPECT_EQ(session.evaluate("oom_victim")->text == "NULL", step < 7) << step;
    }
}

TEST(Ps, lists_who_lives_with_the_numbers_of_status) {
    Session session;
    ASSERT_FALSE(run_script(session, kTwo + "as sh { a = mmap(1M)\n touch(a, 64K) }\nexit(other)"));
    const std::vector<PsProcess> rows = ps_processes_of(session.snapshot().memory());
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].pid, 2U);
    EXPECT_EQ(rows[1].parent, 1U);
    const PidStatus status = pid_status_of(session.snapshot().memory(), 2);
    EXPECT_EQ(rows[1].vsz, status[PidStatusField::VmSize]);
    EXPECT_EQ(rows[1].rss, status[PidStatusField::VmRSS]);
    const std::string text = *session.proc_text("ps");
    EXPECT_TRUE(text.starts_with("  PID  PPID %MEM    VSZ   RSS COMMAND\n    1     0  0.0 ")) << text;
    EXPECT_TRUE(text.ends_with(" process\n")) << text;
    for (const std::string line : {"ps", "ps aux", "ps -e", "ps -e -o pid,ppid,%mem,vsz,rss,comm"})
        EXPECT_EQ(*run_command_line(session.snapshot(), line), text) << line;
    EXPECT_EQ(*run_command_line(session.snapshot(), "ps -eo pid,oom,oomadj | grep 2"),
              "    2  " + session.evaluate("oom_score(sh)")->text + "     0\n");
    EXPECT_EQ(run_command_line(session.snapshot(), "ps -o user").error().key, "terminal.unknown_option");
    EXPECT_EQ(run_command_line(session.snapshot(), "ps -o").error().key, "terminal.unknown_option");
}

}  // namespace
}  // namespace mmscope
