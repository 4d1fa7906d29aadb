// Whom the OOM killer chooses: the rule of oom_badness, held against a naive one, and what it remembers of a kill.
#include "base/prng.h"
#include "mm/oom.h"
#include "process_machine.h"

namespace mmscope {
namespace {

using test::ProcessMachine;

void touch(ProcessMachine& machine, u32 pid, u32 pages) {
    const u64 area = machine.map(pid, u64{pages} * kPageSize);
    Mmu mmu(machine.memory, machine.cpu, ++machine.call, machine.trace);
    for (u32 page = 0; page < pages; ++page) mmu.access(pid, area + u64{page} * kPageSize, Access::write);
}

i64 adjust(ProcessMachine& machine, u32 pid, i64 value) {
    machine.trace.begin();
    return set_oom_score_adj(machine.memory, pid, value, machine.trace);
}

OomCandidate kill(ProcessMachine& machine) {
    machine.trace.begin();
    const AllocRequest request = machine.memory.request_of({gfp::kKernel}, {0}, ++machine.call, 0);
    const OomCandidate victim = out_of_memory(machine.memory, request, machine.trace);
    EXPECT_EQ(machine.memory.check(), "");
    return victim;
}

TEST(Oom, the_process_with_the_most_pages_goes) {
    ProcessMachine machine;
    const u32 small = machine.fork(), large = machine.fork();
    touch(machine, small, 10);
    touch(machine, large, 20);
    const u32 pages = machine.mm(large).resident() + machine.mm(large).table_pages();
    const OomCandidate victim = kill(machine);
    EXPECT_EQ(victim.pid, large);
    EXPECT_EQ(victim.pages, pages);
    EXPECT_FALSE(machine.memory.processes().is_alive(large));
    EXPECT_EQ(kill(machine).pid, small);
    EXPECT_FALSE(kill(machine).is_there) << "init is never killed";
}

TEST(Oom, a_point_of_oom_score_adj_is_a_thousandth_of_all_memory) {
    ProcessMachine machine;
    const u32 small = machine.fork(), large = machine.fork();
    touch(machine, small, 10);
    touch(machine, large, 40);
    const u32 thousandth = static_cast<u32>(oom_total_pages(machine.memory) / 1000);
    ASSERT_GT(thousandth, 5U);
    ASSERT_LT(thousandth, 25U);
    EXPECT_EQ(adjust(machine, small, 1), 0);
    EXPECT_EQ(oom_candidate(machine.memory).pid, large);
    EXPECT_EQ(adjust(machine, small, 8), 0);
    EXPECT_EQ(oom_candidate(machine.memory).pid, small);
    EXPECT_EQ(adjust(machine, large, 1000), 0);
    EXPECT_EQ(oom_candidate(machine.memory).pid, large);
}

TEST(Oom, who_has_minus_1000_is_never_killed) {
    ProcessMachine machine;
    const u32 child = machine.fork();
    touch(machine, child, 10);
    EXPECT_EQ(adjust(machine, child, -1000), 0);
    EXPECT_FALSE(kill(machine).is_there);
    EXPECT_EQ(oom_score(machine.memory, child), 0U);
    EXPECT_EQ(adjust(machine, child, -999), 0);
    EXPECT_EQ(oom_candidate(machine.memory).pid, child);
}

TEST(Oom, an_adjustment_is_handed_on_by_fork_and_bounded) {
    ProcessMachine machine;
    const u32 parent = machine.fork();
    EXPECT_EQ(adjust(machine, parent, 250), 0);
    EXPECT_EQ(machine.memory.processes().find(machine.fork(parent))->oom_score_adj, 250);
    EXPECT_EQ(adjust(machine, parent, 1001), failed(Errno::einval));
    EXPECT_EQ(adjust(machine, parent, -1001), failed(Errno::einval));
    EXPECT_EQ(machine.memory.processes().find(parent)->oom_score_adj, 250);
}

TEST(Oom, the_score_is_two_thirds_of_a_thousand_and_the_share) {
    ProcessMachine machine;
    const u32 child = machine.fork();
    const u32 idle = oom_score(machine.memory, child);
    EXPECT_TRUE(idle == 666 || idle == 667) << idle;
    EXPECT_EQ(oom_score(machine.memory, kInitPid), 0U);
    const u32 total = static_cast<u32>(oom_total_pages(machine.memory));
    for (const i32 adj : {-999, -300, 1, 500, 1000}) {
        adjust(machine, child, adj);
        const double pages = machine.mm(child).resident() + machine.mm(child).table_pages() + adj * (total / 1000 * 1.0);
        EXPECT_NEAR(oom_score(machine.memory, child), (1000 + pages * 1000 / total) * 2 / 3, 1.5) << adj;
    }
}

TEST(Oom, of_equals_the_last_one_goes) {
    ProcessMachine machine;
    machine.fork();
    const u32 last = machine.fork();
    EXPECT_EQ(oom_candidate(machine.memory).pid, last);
}

TEST(Oom, a_naive_rule_chooses_the_same) {
    constexpr u32 kSeed = 20260;
    Prng prng(kSeed);
    for (u32 round = 0; round < 8; ++round) {
        ProcessMachine machine;
        std::vector<u32> pids;
        for (u32 one = 0; one < 6; ++one) {
            pids.push_back(machine.fork());
            touch(machine, pids.back(), 1 + prng.below(40));
            adjust(machine, pids.back(), i64{prng.below(9)} - 4);
            if (prng.below(8) == 0) adjust(machine, pids.back(), -1000);
        }
        u64 managed = 0;
        for (const Zone& zone : machine.memory.zones()) managed += zone.managed;
        u32 expected = 0;
        i64 most = 0;
        for (const u32 pid : pids) {
            const i64 adj = machine.memory.processes().find(pid)->oom_score_adj;
            const i64 points = i64{machine.mm(pid).resident()} + machine.mm(pid).table_pages() +
                               adj * static_cast<i64>(managed / 1000);
            if (adj == -1000 || (expected != 0 && points < most)) continue;
            expected = pid;
            most = points;
        }
        EXPECT_EQ(oom_candidate(machine.memory).pid, expected) << "seed " << kSeed << ", round " << round;
    }
}

TEST(Oom, a_kill_is_remembered_as_it_was_decided) {
    ProcessMachine machine;
    const u32 small = machine.fork(), large = machine.fork();
    touch(machine, large, 20);
    adjust(machine, small, -5);
    const std::vector<WeighedTask> before = weighed_tasks(machine.memory);
    const u32 free = machine.memory.zones()[1].nr_free_pages;
    kill(machine);
    const std::vector<OomKill>& kills = machine.memory.processes().oom_kills;
    ASSERT_EQ(kills.size(), 1U);
    EXPECT_EQ(kills[0].call, machine.call);
    ASSERT_EQ(kills[0].tasks.size(), before.size());
    EXPECT_EQ(kills[0].tasks[0].oom_score_adj, -5);
    EXPECT_EQ(kills[0].tasks[kills[0].victim].pid, large);
    EXPECT_EQ(kills[0].tasks[kills[0].victim].pages(), before[1].pages());
    ASSERT_TRUE(kills[0].moment);
    EXPECT_EQ(kills[0].moment->zones[1].nr_free_pages, free);
    kill(machine);
    ASSERT_EQ(kills.size(), 1U) << "another command's kill takes its place";
    EXPECT_EQ(kills[0].tasks[0].pid, small);
}

TEST(Oom, of_many_kills_of_one_command_the_first_ten_are_remembered_in_full) {
    ProcessMachine machine;
    for (u32 one = 0; one < 12; ++one) machine.fork();
    const AllocRequest request = machine.memory.request_of({gfp::kKernel}, {0}, ++machine.call, 0);
    for (u32 one = 0; one < 12; ++one) out_of_memory(machine.memory, request, machine.trace);
    const std::vector<OomKill>& kills = machine.memory.processes().oom_kills;
    ASSERT_EQ(kills.size(), 12U);
    for (u32 at = 0; at < 12; ++at) {
        EXPECT_EQ(kills[at].moment.has_value(), at < kMostOomReports);
        EXPECT_EQ(kills[at].tasks[kills[at].victim].pid, 13 - at);
    }
}

}  // namespace
}  // namespace mmscope
