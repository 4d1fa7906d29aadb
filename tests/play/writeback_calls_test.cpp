// pwrite, sync and the flusher in scripts, and what the tools print of dirty pages.
#include <gtest/gtest.h>

#include "play/proc_text.h"
#include "script_testing.h"
#include "sentences.h"

namespace mmscope {
namespace {

using testing::end_of;
using testing::run_script;
using testing::seek;

const std::string kSmall = "machine x86_64 { ram = 64M }\nf = open(1000)\n";

TEST(DirtyPages, AreWrittenToStayUntilTheyAreSynced) {
    EXPECT_EQ(end_of(kSmall + "expect pwrite(f, 40K) == 40K\nexpect vmstat(\"nr_dirty\") == 10\n"
                              "drop_caches()\nexpect vmstat(\"nr_inactive_file\") == 10\n"
                              "expect sync() == 10\nexpect vmstat(\"nr_dirty\") == 0"),
              "");
    EXPECT_EQ(end_of(kSmall + "pwrite(f, 4K, 999 * 4K)\nexpect vmstat(\"nr_dirtied\") == 1"), "");
    EXPECT_EQ(end_of(kSmall + "pwrite(f, 8K, 999 * 4K)"), "error.touch_beyond");
    EXPECT_EQ(end_of(kSmall + "pwrite(5, 8K)"), "error.argument_file");
    EXPECT_EQ(end_of(kSmall + "pwrite(f, 0)"), "error.out_of_range");
}

TEST(DirtyPages, AreWrittenByTheFlusherAfterThirtySeconds) {
    EXPECT_EQ(end_of(kSmall + "pwrite(f, 40K)\ntick(30)\nexpect vmstat(\"nr_dirty\") == 10\ntick(5)\n"
                              "expect vmstat(\"nr_dirty\") == 0\nexpect vmstat(\"nr_written\") == 10"),
              "");
    EXPECT_EQ(end_of(kSmall + "sysctl dirty_expire_centisecs = 500\npwrite(f, 40K)\ntick(10)\n"
                              "expect vmstat(\"nr_dirty\") == 0"),
              "");
    EXPECT_EQ(end_of(kSmall + "sysctl dirty_writeback_centisecs = 0\npwrite(f, 40K)\ntick(100)\n"
                              "expect vmstat(\"nr_dirty\") == 10"),
              "");
    EXPECT_EQ(end_of(kSmall + "sysctl dirty_ratio = 101"), "error.out_of_range");
}

TEST(DirtyPages, AreNoticedAgainAlsoIfTheFlusherComesToThemAtOnce) {
    EXPECT_EQ(end_of("machine x86_64 { ram = 64M; dirty_background_ratio = 0; dirty_ratio = 0 }\nf = open(16)\n"
                     "sh = fork(init)\nas sh { m = mmap(64K, PROT_READ|PROT_WRITE, MAP_SHARED, f)\n write(m, 1)\n"
                     "n = vmstat(\"pgfault\")\n write(m, 1)\n expect vmstat(\"pgfault\") == n + 1 }"),
              "");
}

TEST(DirtyPages, DoNotBringTheKillerWhileTheyCanBeWritten) {
    EXPECT_EQ(end_of("machine x86_64 { ram = 128M; dirty_background_ratio = 80; dirty_ratio = 90 }\nlog = open(8192)\n"
                     "pwrite(log, 24M)\np = fork(init)\n"
                     "as p { m = mmap(90M)\n touch(m, (free_pages_in(DMA32) + free_pages_in(DMA)) * 4K + 8M) }\n"
                     "expect vmstat(\"oom_kill\") == 0\nexpect vmstat(\"nr_written\") > 0"),
              "");
}

TEST(DirtyPages, StandInTheFilesOfProc) {
    Session session;
    ASSERT_FALSE(run_script(session, kSmall + "pwrite(f, 40K)"));
    const Machine& machine = *session.snapshot().machine;
    EXPECT_NE(proc_text(machine, "meminfo")->find("Dirty:                40 kB"), std::string::npos);
    EXPECT_NE(proc_text(machine, "vmstat")->find("nr_dirty 10\n"), std::string::npos);
    EXPECT_NE(proc_text(machine, "zoneinfo")->find("nr_zone_write_pending 10\n"), std::string::npos);
}

TEST(DirtyPages, AreAsTheyWereAfterGoingBack) {
    Session session;
    ASSERT_FALSE(run_script(session, kSmall +
                                         "repeat 30 { pwrite(f, 4K * random(1, 20), 4K * random(0, 900))\n"
                                         "if random(0, 3) == 0 { sync() }\n tick(random(1, 9)) }\n"));
    const u32 last = session.snapshot().step;
    std::vector<u64> hashes;
    for (u32 step = 0; step <= last; ++step) {
        seek(session, step);
        hashes.push_back(session.snapshot().machine->state_hash());
    }
    for (u32 step = last + 1; step-- != 0;) {
        seek(session, step);
        EXPECT_EQ(session.snapshot().machine->state_hash(), hashes[step]) << step;
    }
}

}  // namespace
}  // namespace mmscope
