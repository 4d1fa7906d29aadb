// Swap in scripts: the machine's key, swapon, swapoff, swappiness, what /proc prints of it, and the way back.
#include <gtest/gtest.h>

#include "play/proc_memory.h"
#include "play/proc_text.h"
#include "play/process_files.h"
#include "script_testing.h"
#include "sentences.h"

namespace mmscope {
namespace {

using testing::end_of;
using testing::run_script;
using testing::work_to_the_end;

const std::string kSmall = "machine x86_64 { ram = 64M; swap = 64M }\n";
// A process whose memory is larger than what is left.
const std::string kCrowded = kSmall +
                             "a = fork(init)\nas a { old = mmap(20M)\n touch(old, 20M) }\n"
                             "b = fork(init)\nas b { new = mmap(40M)\n touch(new, 40M) }\n";

TEST(SwapCalls, a_machine_with_swap_survives_what_kills_without) {
    EXPECT_EQ(end_of(kCrowded + "expect vmstat(\"oom_kill\") == 0\nexpect vmstat(\"pswpout\") > 2000\n"
                                "as a { read(old) }\nexpect vmstat(\"pswpin\") > 0\nexpect vmstat(\"pgmajfault\") > 0"),
              "");
    EXPECT_EQ(end_of("machine x86_64 { ram = 64M }\na = mmap(80M)\nexpect touch(a) == -12"), "");
    EXPECT_EQ(end_of("machine x86_64 { ram = 64M; swap = 64M }\na = mmap(80M)\nexpect touch(a) == 20480\n"
                     "expect touch(a, 4K) == 1"),
              "");
}

// amd64-6.12-256M-trace-reclaim-classic: pswpin 116 of pgpgin 464 more, pswpout 362 and one page of a file of pgpgout 1452.
TEST(SwapCalls, the_traffic_of_swap_is_that_of_disks_too) {
    EXPECT_EQ(end_of(kCrowded + "as a { read(old) }\nexpect vmstat(\"pswpin\") > 0\nexpect vmstat(\"pswpout\") > 0\n"
                                "expect vmstat(\"pgpgin\") == 4 * vmstat(\"pswpin\")\n"
                                "expect vmstat(\"pgpgout\") == 4 * vmstat(\"pswpout\")\n"
                                "expect vmstat(\"nr_written\") == vmstat(\"pswpout\")"),
              "");
}

TEST(SwapCalls, what_swapoff_brings_back_is_still_its_owners_alone) {
    EXPECT_EQ(end_of("machine x86_64 { ram = 64M; swap = 128M }\np = fork(init)\nq = fork(init)\n"
                     "as p { a = mmap(4K)\n write(a) }\nas q { b = mmap(60M)\n touch(b, 60M)\n touch(b, 60M) }\nexit(q)\n"
                     "expect vmstat(\"pswpout\") > 0\nswapoff(0)\nas p { mprotect(a, 4K, PROT_READ)\n"
                     "mprotect(a, 4K, PROT_READ|PROT_WRITE)\n w = write(a) }\nexpect vmstat(\"pgreuse\") == 0"),
              "");
}

TEST(SwapCalls, swapon_answers_the_number_of_the_area_and_swapoff_takes_it) {
    EXPECT_EQ(end_of("machine x86_64 { ram = 64M }\nexpect swapon(1M) == 0\nexpect swapon(1M, 5) == 1\n"
                     "expect swapoff(0) == 0\nexpect swapoff(0) == -22\nexpect swapon(8K) == 0\n"
                     "expect swapon(4K) == -22"),
              "");
    EXPECT_EQ(end_of(kCrowded + "expect swapoff(0) == -12 \"it does not fit\"\nexit(b)\nexpect swapoff(0) == 0"), "");
}

TEST(SwapCalls, what_no_area_and_no_swappiness_can_be_is_said) {
    EXPECT_EQ(end_of("machine x86_64 { swap = 4K }"), "error.swap_too_small");
    EXPECT_EQ(end_of("machine x86_64 { swap = 32G }"), "error.out_of_range");
    EXPECT_EQ(end_of("swapon(32G)"), "error.out_of_range");
    EXPECT_EQ(end_of("swapon(1M, 40000)"), "error.out_of_range");
    EXPECT_EQ(end_of("swapon(NULL)"), "error.argument_number");
    EXPECT_EQ(end_of("swapoff(99)"), "error.out_of_range");
    EXPECT_EQ(end_of("sysctl swappiness = 201"), "error.out_of_range");
    EXPECT_EQ(end_of("sysctl swappiness = 200"), "");
    EXPECT_EQ(end_of("machine x86_64 { kernel = \"2.6\" }\nsysctl swappiness = 101"), "error.out_of_range");
    EXPECT_EQ(end_of("machine x86_64 { kernel = \"2.6\"; swappiness = 101 }"), "error.out_of_range");
}

TEST(SwapCalls, the_files_of_proc_say_the_same) {
    Session session;
    ASSERT_FALSE(run_script(session, kCrowded));
    const Machine& machine = *session.snapshot().machine;
    const SwapSpace& space = machine.memory().swap();
    const u64 used = u64{space.total() - space.free()} * 4;
    const MeminfoFile meminfo = meminfo_of(machine);
    EXPECT_EQ(meminfo.value("SwapTotal"), 65532U);
    EXPECT_EQ(meminfo.value("SwapFree"), 65532 - used);
    EXPECT_GT(meminfo.value("CommitLimit"), 65532U);
    const SwapsFile swaps = swaps_of(machine);
    ASSERT_EQ(swaps.areas.size(), 1U);
    EXPECT_EQ(swaps.areas[0], (SwapsFile::Area{"/dev/swap0", false, 65532, used, -2}));
    u64 of_processes = 0;
    for (const u32 pid : {1U, 2U, 3U}) of_processes += pid_status_of(machine.memory(), pid)[PidStatusField::VmSwap];
    EXPECT_GE(of_processes + meminfo.value("SwapCached"), used);  // pages that fork shares count for each
    const std::string status = *proc_text(machine, "free");
    EXPECT_NE(status.find("Swap:"), std::string::npos);
    EXPECT_NE(status.find(std::to_string(65532 - used)), std::string::npos);
    EXPECT_EQ(*proc_text(machine, "swaps"), print_swaps(swaps));
    u64 of_areas = 0;
    for (const PidMaps::Area& area : pid_maps_of(machine.memory(), 2, MapsDetail::smaps).areas)
        for (const PidMaps::Field& field : area.fields) of_areas += field.name == "Swap" ? field.value : 0;
    EXPECT_EQ(of_areas, pid_status_of(machine.memory(), 2)[PidStatusField::VmSwap]);
}

TEST(SwapCalls, every_step_back_finds_the_same_machine) {
    Session session;
    ASSERT_FALSE(run_script(session, "machine x86_64 { ram = 32M; cpus = 2; swap = 40M }\n"
                                     "f = open(2000)\na = fork(init)\nas a { m = mmap(8M)\n touch(m, 8M) }\n"
                                     "b = fork(a)\ns = mmap(16M)\n"
                                     "for i in 0..8 { touch(s, 2M, i * 2M)\n touch(f, 1M, i * 512K)\n"
                                     "as b { write(m + i * 256K, 256K) }\n"
                                     "on cpu 1 { as a { read(m + i * 512K, 64K) } } }\n"
                                     "extra = swapon(4M, 3)\ntouch(s)\nas a { touch(m, 8M) }\nswapoff(extra)\n"
                                     "munmap(s)\nexit(b)\nas a { touch(m, 8M) }\ndrop_caches()"));
    std::vector<u64> hashes;
    const u32 last = session.snapshot().step;
    EXPECT_GT(session.snapshot().memory().vmstat(VmCounter::pswpin), 100U);
    for (u32 step = 0; step <= last; ++step) {
        session.seek(step);
        work_to_the_end(session);
        hashes.push_back(session.state_hash());
        EXPECT_EQ(session.snapshot().machine->check(), "");
    }
    for (u32 step = last; step > 0; --step) {
        session.seek(step - 1);
        work_to_the_end(session);
        EXPECT_EQ(session.state_hash(), hashes[step - 1]) << step;
    }
}

}  // namespace
}  // namespace mmscope
