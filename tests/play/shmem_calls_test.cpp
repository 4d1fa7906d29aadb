// Shared memory in scripts: shm_open, files of tmpfs, what /proc prints of them, and the way back.
#include <gtest/gtest.h>

#include "every_step.h"
#include "play/proc_memory.h"
#include "play/proc_text.h"
#include "play/process_files.h"

namespace mmscope {
namespace {

using testing::end_of;
using testing::expect_sentence;
using testing::run_script;
using testing::seek;
using testing::work_to_the_end;

const std::string kMachine = "machine x86_64 { ram = 64M; swap = 64M }\n";
const std::string kShared = kMachine +
                            "frame = shm_open(\"/frame\", 64K)\n"
                            "a = fork(init)\nb = fork(init)\n"
                            "as a { p = mmap(64K, PROT_READ|PROT_WRITE, MAP_SHARED, frame)\n w = write(p, 64K) }\n"
                            "as b { q = mmap(64K, PROT_READ|PROT_WRITE, MAP_SHARED, shm_open(\"/frame\"))\n"
                            "r = read(q) }\n";

TEST(ShmemCalls, two_processes_see_one_frame_until_the_name_and_the_last_area_are_gone) {
    EXPECT_EQ(end_of(kShared + "expect r == w\nexpect mapcount(w) == 2\nexpect vmstat(\"nr_shmem\") == 16\n"
                               "exit(a)\nas b { expect write(q) == w }\nexit(b)\n"
                               "expect vmstat(\"nr_shmem\") == 16\ndrop_caches(3)\nexpect vmstat(\"nr_shmem\") == 16\n"
                               "expect shm_unlink(\"/frame\") == 0\nexpect vmstat(\"nr_shmem\") == 0\n"
                               "expect shm_unlink(\"/frame\") == -2"),
              "");
    EXPECT_EQ(end_of(kShared + "shm_unlink(\"/frame\")\nexpect vmstat(\"nr_shmem\") == 16\n"
                               "expect shm_open(\"/frame\") == -2\nexit(a)\nexit(b)\nexpect vmstat(\"nr_shmem\") == 0"),
              "");
}

// mmap and exec have the file open while its last area goes.
TEST(ShmemCalls, a_call_that_takes_the_last_area_away_still_has_the_file) {
    const std::string alone = kMachine + "a = fork(init)\nas a { f = shm_open(\"/x\", 64K)\n"
                                         "p = mmap(64K, PROT_READ|PROT_WRITE, MAP_SHARED, f)\nw = write(p)\n"
                                         "shm_unlink(\"/x\")\n";
    EXPECT_EQ(end_of(alone + "q = mmap(64K, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, f, 0, p)\nexpect q == p\n"
                             "expect write(q) == w }\nexit(a)\nexpect vmstat(\"nr_shmem\") == 0"),
              "");
    EXPECT_EQ(end_of(alone + "exec(f) }\nas a { expect fetch(0x555555554000) == w }\nexit(a)\n"
                             "expect vmstat(\"nr_shmem\") == 0"),
              "");
    EXPECT_EQ(end_of(kMachine + "a = fork(init)\nf = shm_open(\"/x\", 64K)\nftruncate(f, 0)\nexpect exec(a, f) == -8"), "");
}

TEST(ShmemCalls, names_and_paths_mean_the_same_files) {
    EXPECT_EQ(end_of("f = shm_open(\"/x\", 8K)\npwrite(f, 8K)\ng = open(\"/dev/shm/x\")\nexpect f == g\n"
                     "expect touch(g) == 0\nexpect vmstat(\"nr_shmem\") == 2\nunlink(\"/dev/shm/x\")\n"
                     "expect vmstat(\"nr_shmem\") == 0\nt = open(\"/tmp/x\", 3)\npwrite(t, 4K)\n"
                     "expect vmstat(\"nr_shmem\") == 1\nexpect unlink(\"/tmp/x\") == 0"),
              "");
    EXPECT_EQ(end_of("expect shm_open(\"a/b\", 4K) == -22\nexpect shm_open(\"/\", 4K) == -22\n"
                     "touch(shm_open(\"///a\", 4K))\nexpect shm_unlink(\"/b\") == -2\n"
                     "expect open(\"/tmp/none\") == -2"),
              "");
    EXPECT_EQ(end_of("expect open(\"/tmp/" + std::string(256, 'a') + "\", 1) == -36\nexpect shm_open(\"" +
                     std::string(254, 'a') + "\", 4K) == -22"),
              "");
}

TEST(ShmemCalls, what_no_file_of_tmpfs_can_be_is_said) {
    EXPECT_EQ(end_of("open(\"/etc/passwd\", 1)"), "error.tmpfs_path");
    EXPECT_EQ(end_of("open(\"/tmp/a/b\", 1)"), "error.tmpfs_path");
    EXPECT_EQ(end_of("unlink(\"/tmp/\")"), "error.tmpfs_path");
    EXPECT_EQ(end_of("open(4, 4)"), "error.argument_count");
    EXPECT_EQ(end_of("shm_open(\"/a\", 0)"), "error.out_of_range");
    EXPECT_EQ(end_of("ftruncate(open(4), 0)"), "error.ftruncate_disk");
    EXPECT_EQ(end_of("f = shm_open(\"/a\", 4K)\nshm_unlink(\"/a\")\npwrite(f, 4K)"), "error.file_gone");
    EXPECT_EQ(end_of("f = shm_open(\"/a\", 4K)\nshm_unlink(\"/a\")\n"
                     "as init { mmap(4K, PROT_READ, MAP_SHARED, f) }"),
              "error.file_gone");
    EXPECT_EQ(end_of("f = shm_open(\"/a\", 4K)\npwrite(f, 8K)"), "error.touch_beyond");
}

TEST(ShmemCalls, a_hole_is_read_as_zeros_and_costs_nothing) {
    EXPECT_EQ(end_of("f = shm_open(\"/a\", 1M)\nbefore = vmstat(\"nr_file_pages\")\nexpect touch(f) == 0\n"
                     "expect events(\"shmem_read_hole\") == 256\nexpect vmstat(\"nr_file_pages\") == before\n"
                     "expect pwrite(f, 1, 4K) == 4096\nexpect vmstat(\"nr_file_pages\") == before + 1"),
              "");
}

TEST(ShmemCalls, a_tmpfs_ends_at_half_of_memory_for_writes_and_for_faults) {
    const std::string full = "machine x86_64 { ram = 32M }\nf = shm_open(\"/a\", 32M)\nn = pwrite(f, 32M)\n";
    EXPECT_EQ(end_of(full + "expect n > 4M && n < 16M\nexpect pwrite(f, 4K, n) == -28\n"
                            "expect vmstat(\"oom_kill\") == 0\np = fork(init)\nas p {\n"
                            "m = mmap(32M, PROT_READ|PROT_WRITE, MAP_SHARED, f)\nexpect write(m) != NULL\n"
                            "expect write(m + n) == NULL \"SIGBUS\"\n}"),
              "");
    EXPECT_EQ(end_of("machine x86_64 { ram = 32M }\nf = shm_open(\"/a\", 4K)\np = fork(init)\nas p {\n"
                     "m = mmap(8K, PROT_READ|PROT_WRITE, MAP_SHARED, f)\nftruncate(f, 8K)\n"
                     "expect write(m + 4K) != NULL\nftruncate(f, 4K)\nexpect write(m + 4K) == NULL\n}"),
              "");
}

TEST(ShmemCalls, the_files_of_proc_say_whose_it_is_and_where_it_counts) {
    Session session;
    ASSERT_FALSE(run_script(session, kShared + "z = fork(init)\nas z { s = mmap(8K, PROT_READ|PROT_WRITE,"
                                               " MAP_SHARED|MAP_ANONYMOUS)\n write(s, 8K) }"));
    const Machine& machine = *session.snapshot().machine;
    const MeminfoFile meminfo = meminfo_of(machine);
    EXPECT_EQ(meminfo.value("Shmem"), 72U);
    EXPECT_EQ(meminfo.value("Cached"), 72U);
    EXPECT_EQ(meminfo.value("Mapped"), 72U) << "a page counts once, however many map it";
    EXPECT_EQ(pid_status_of(machine.memory(), 2)[PidStatusField::RssShmem], 64U);
    EXPECT_NE(process_file_text(machine.memory(), "2/maps")->find(" 00:1a 1 "), std::string::npos);
    EXPECT_NE(process_file_text(machine.memory(), "2/maps")->find("/dev/shm/frame\n"), std::string::npos);
    EXPECT_NE(process_file_text(machine.memory(), "4/maps")->find("/dev/zero (deleted)\n"), std::string::npos);
    const std::string free = *proc_text(machine, "free");
    const std::size_t row = free.find("Mem:");
    EXPECT_NE(free.find(" 72 ", row), std::string::npos) << free;
    ASSERT_FALSE(run_script(session, kShared + "shm_unlink(\"/frame\")"));
    EXPECT_NE(process_file_text(session.snapshot().memory(), "3/maps")->find("/dev/shm/frame (deleted)\n"),
              std::string::npos);
}

TEST(ShmemCalls, what_is_in_tmpfs_is_promised_memory) {
    Session session;
    ASSERT_FALSE(run_script(session, kMachine + "f = shm_open(\"/a\", 1M)\npwrite(f, 40K)"));
    EXPECT_EQ(meminfo_of(*session.snapshot().machine).value("Committed_AS"), 40U);
}

const std::string kLong = "machine x86_64 { ram = 32M; cpus = 2; swap = 40M }\n"
                          "f = shm_open(\"/a\", 6M)\na = fork(init)\n"
                          "as a { m = mmap(6M, PROT_READ|PROT_WRITE, MAP_SHARED, f)\n touch(m, 3M) }\n"
                          "pwrite(f, 2M, 4M)\nb = fork(a)\ns = mmap(24M)\ntouch(s)\n"
                          "as b { write(m, 64K) }\ntouch(f)\nftruncate(f, 8M)\npwrite(f, 1M, 7M)\n"
                          "g = open(\"/tmp/x\", 100)\npwrite(g, 400K)\nexit(a)\nshm_unlink(\"/a\")\n"
                          "as b { read(m + 2M, 64K) }\nmunmap(s)\nftruncate(g, 4K)\nshm_open(\"/a\", 4K)\n"
                          "swapoff(0)\nexit(b)\nunlink(\"/tmp/x\")";

TEST(ShmemCalls, every_step_back_finds_the_same_machine) {
    Session session;
    ASSERT_FALSE(run_script(session, kLong));
    EXPECT_GT(session.snapshot().memory().vmstat(VmCounter::pswpin), 100U);
    testing::expect_the_same_on_the_way_back(session);
}

TEST(ShmemCalls, each_command_and_event_has_its_sentence) {
    for (const std::string& script :
         {kLong, kShared + "shm_open(\"//\", 4K)\nshm_open(\"/none\")\nshm_unlink(\"/frame\")",
          std::string("machine x86_64 { ram = 16M; kernel = \"2.6\" }\nf = shm_open(\"/a\", 16M)\npwrite(f, 16M)\n"
                      "pwrite(f, 4K, 12M)\nunlink(\"/dev/shm/a\")")}) {
        Session session;
        ASSERT_FALSE(run_script(session, script));
        const u32 last = session.snapshot().step;
        for (u32 step = 1; step <= last; ++step) {
            seek(session, step);
            for (const Message& message : session.narration(1000)) expect_sentence(message);
        }
    }
}

}  // namespace
}  // namespace mmscope
