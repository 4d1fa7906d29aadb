#include "play/lock_step.h"

#include <gtest/gtest.h>

#include <string>

#include "lock_step_testing.h"

namespace mmscope {
namespace {

using testing::dump;
using testing::line;
using Part = LockStep::Part;
using State = LockStep::State;

// Frames 1024 to 1031 free; the second snapshot has the upper half of them.
const std::string kSnapshots = dump("FL n0 DMA o3 t0: 1024\n") + dump("FL n0 DMA o2 t0: 1028\n");
const std::string kOtherSnapshots = dump("FL n0 DMA o3 t0: 1024\n") + dump("FL n0 DMA o2 t0: 1024\n");

const std::string kTrace = line("tracing_mark_write: CAP-SNAP-MOD-1") +
                           line("mm_page_alloc: page=1 pfn=0x400 order=2 migratetype=0 gfp_flags=GFP_KERNEL") +
                           line("tracing_mark_write: CAP-SNAP-MOD-2");

// One allocation of order 2 that splits a block; the counters of `factors` follow it.
std::string module_file(const std::string& factors) {
    return "TEST pages_basic\n" + dump("FL n0 DMA o3 t0: 1024\n") +
           "A 0 GFP_KERNEL order=2 pfn=1024 zone=DMA node=0 mt=0\n"
           "  s n0 DMA free=4 nr=0,0,1,0,0,0,0,0,0,0,0 pcp=0 high=12 batch=1 " +
           factors + "\nENDTEST\n";
}
const std::string kModule = module_file("free_factor=0");

const std::string kGolden =
    "GOLD init free=3840 L 8/0:100, 9/1:200, 10/1:400,800,c00, |mt 0 1 1 1 1 1 1 1\n"
    "GOLD a 8 0 100 free=3584 L 9/1:200, 10/1:400,800,c00, |mt 0 1 1 1 1 1 1 1\n";
const std::string kUname = "Linux (none) 6.1.0-50-amd64 #1 SMP x86_64 GNU/Linux\n";
const std::string kUname686 = "Linux (none) 6.1.0-50-686 #1 SMP i686 GNU/Linux\n";

std::vector<Part> take(LockStep& lock_step, const std::vector<std::string>& texts) {
    std::vector<CaptureFile> files;
    for (const std::string& text : texts) files.push_back({"file" + std::to_string(files.size()) + ".txt", text});
    return lock_step.take(std::move(files));
}

u32 work_to_the_end(LockStep& lock_step) {
    u32 slices = 1;
    while (lock_step.work(1)) ++slices;
    return slices;
}

TEST(LockStep, a_trace_and_its_snapshots_come_together_in_any_order) {
    for (const auto& files : {std::vector{kTrace, kSnapshots}, std::vector{kSnapshots, kTrace}}) {
        LockStep lock_step;
        EXPECT_EQ(take(lock_step, files)[0], files[0] == kTrace ? Part::trace : Part::snapshots);
        EXPECT_EQ(lock_step.state(), State::running);
        EXPECT_EQ(lock_step.kind(), Part::trace);
        EXPECT_GT(work_to_the_end(lock_step), 2U);
        ASSERT_EQ(lock_step.state(), State::finished);
        EXPECT_EQ(lock_step.outcome().tally_key, std::string("conform.trace_tally"));
        EXPECT_EQ(lock_step.outcome().agreed, 4U);
        EXPECT_TRUE(lock_step.outcome().is_perfect);
        EXPECT_EQ(lock_step.bytes_read(), kTrace.size());
    }
}

TEST(LockStep, or_one_after_the_other_and_until_then_it_says_what_is_missing) {
    LockStep lock_step;
    take(lock_step, {kTrace});
    EXPECT_EQ(lock_step.state(), State::waiting);
    EXPECT_EQ(lock_step.missing().key, "lockstep.needs_snapshots");
    EXPECT_FALSE(lock_step.work(1));
    take(lock_step, {kSnapshots});
    work_to_the_end(lock_step);
    EXPECT_EQ(lock_step.state(), State::finished);

    LockStep other;
    take(other, {kSnapshots});
    EXPECT_EQ(other.missing().key, "lockstep.needs_trace");
}

TEST(LockStep, wrong_snapshots_are_replaced_by_the_right_ones) {
    LockStep lock_step;
    take(lock_step, {kTrace, kSnapshots + dump("")});
    work_to_the_end(lock_step);
    ASSERT_EQ(lock_step.state(), State::failed);
    EXPECT_EQ(lock_step.failure().message.key, "conform.trace_markers");
    take(lock_step, {"FREELISTS torn\n"});
    ASSERT_EQ(lock_step.state(), State::failed);
    EXPECT_EQ(lock_step.failed_part(), Part::snapshots);
    take(lock_step, {kSnapshots});
    work_to_the_end(lock_step);
    EXPECT_EQ(lock_step.state(), State::finished);
}

TEST(LockStep, after_a_whole_capture_the_next_one_begins) {
    LockStep lock_step;
    take(lock_step, {kTrace, kSnapshots, kUname686});
    work_to_the_end(lock_step);
    take(lock_step, {kTrace});
    EXPECT_EQ(lock_step.missing().key, "lockstep.needs_snapshots");
    EXPECT_FALSE(lock_step.has(Part::uname));
    take(lock_step, {kModule});
    EXPECT_FALSE(lock_step.has(Part::trace));
    EXPECT_EQ(lock_step.kind(), Part::module_capture);
}

TEST(LockStep, stopped_it_stays_where_it_is_and_can_begin_again) {
    LockStep lock_step;
    take(lock_step, {kTrace, kSnapshots});
    EXPECT_TRUE(lock_step.work(1));
    lock_step.stop();
    EXPECT_EQ(lock_step.state(), State::stopped);
    EXPECT_FALSE(lock_step.work(1));
    EXPECT_GT(lock_step.bytes_read(), 0U);
    EXPECT_LT(lock_step.bytes_read(), lock_step.bytes_total());
    lock_step.restart();
    EXPECT_EQ(lock_step.bytes_read(), 0U);
    work_to_the_end(lock_step);
    EXPECT_EQ(lock_step.state(), State::finished);
}

TEST(LockStep, a_difference_is_an_outcome_and_no_failure) {
    LockStep lock_step;
    take(lock_step, {kTrace, kOtherSnapshots});
    work_to_the_end(lock_step);
    ASSERT_EQ(lock_step.state(), State::finished);
    EXPECT_EQ(lock_step.outcome().agreed, 0U);
    EXPECT_FALSE(lock_step.outcome().is_perfect);
}

TEST(LockStep, a_module_capture_shows_its_machine_itself) {
    LockStep lock_step;
    take(lock_step, {kModule});
    EXPECT_EQ(lock_step.machine().kernel, "6.1");
    EXPECT_TRUE(lock_step.machine().is_shown);
    EXPECT_EQ(lock_step.machine().cpus, 2U);
    take(lock_step, {module_file("free_count=0 alloc_factor=0 high_min=12 high_max=30")});
    EXPECT_EQ(lock_step.machine().profile, &profile_6_12());
    work_to_the_end(lock_step);
    ASSERT_EQ(lock_step.state(), State::finished);
    EXPECT_EQ(lock_step.outcome().agreed, 1U);
    EXPECT_EQ(lock_step.outcome().tally_key, std::string("conform.calls"));
}

TEST(LockStep, the_files_beside_it_and_a_choice_say_more) {
    LockStep lock_step;
    EXPECT_EQ(take(lock_step, {kUname, kModule}), (std::vector{Part::uname, Part::module_capture}));
    EXPECT_EQ(lock_step.machine().kernel, "6.1.0-50-amd64");
    EXPECT_FALSE(lock_step.machine().is_shown);
    lock_step.choose_kernel("7.2");
    EXPECT_EQ(lock_step.machine().profile, &profile_7_2());
    EXPECT_EQ(lock_step.state(), State::running);
    take(lock_step, {kModule});
    EXPECT_EQ(lock_step.machine().kernel, "6.1");
}

TEST(LockStep, a_kernel_that_nothing_names_or_nobody_models_is_asked_for) {
    LockStep lock_step;
    take(lock_step, {kGolden});
    EXPECT_EQ(lock_step.state(), State::waiting);
    EXPECT_EQ(lock_step.missing().key, "lockstep.which_kernel");
    take(lock_step, {"Linux (none) 2.4.37-5-amd64 #1 SMP x86_64 GNU/Linux\n"});
    EXPECT_EQ(lock_step.missing().key, "conform.unknown_kernel");
    lock_step.choose_kernel("6.12");
    work_to_the_end(lock_step);
    ASSERT_EQ(lock_step.state(), State::finished);
    EXPECT_EQ(lock_step.outcome().agreed, 1U);
    lock_step.take({{"buddy-golden-6.1.txt", kGolden}});
    EXPECT_EQ(lock_step.machine().profile, &profile_6_1());
}

TEST(LockStep, what_is_no_part_of_a_capture_is_left_alone) {
    LockStep lock_step;
    EXPECT_EQ(take(lock_step, {"Dear kernel,\n", kUname, ""}), (std::vector{Part::none, Part::none, Part::none}));
    EXPECT_EQ(lock_step.state(), State::empty);
    EXPECT_EQ(take(lock_step, {kModule, kTrace, kModule, std::string(64, '\0')}),
              (std::vector{Part::module_capture, Part::none, Part::none, Part::none}));
    work_to_the_end(lock_step);
    take(lock_step, {"Dear kernel,\n"});
    EXPECT_EQ(lock_step.state(), State::finished);
}

TEST(LockStep, a_capture_that_is_cut_off_is_a_failure_with_its_line) {
    LockStep lock_step;
    take(lock_step, {kModule.substr(0, kModule.find("ENDTEST"))});
    ASSERT_EQ(lock_step.state(), State::failed);
    EXPECT_EQ(lock_step.failure().message.key, "capture.no_endtest");
    EXPECT_EQ(lock_step.failed_part(), Part::module_capture);
}

TEST(LockStep, what_is_forgotten_is_gone) {
    LockStep lock_step;
    take(lock_step, {kTrace, kSnapshots});
    lock_step.forget();
    EXPECT_EQ(lock_step.state(), State::empty);
    EXPECT_EQ(lock_step.kind(), Part::none);
    EXPECT_FALSE(lock_step.work(1));
    lock_step.restart();
    EXPECT_EQ(lock_step.state(), State::empty);
}

TEST(CaptureMachine, zones_tell_the_architecture) {
    KernelDump dump;
    dump.zones.resize(3);
    dump.zones[0].name = "DMA";
    dump.zones[1].name = "Normal";
    dump.zones[2].name = "HighMem";
    EXPECT_EQ(shown_arch(dump), Arch::x86_32);
    dump.blocks = {{0, {9}, "U"}};
    EXPECT_EQ(shown_arch(dump), Arch::x86_32_pae);
    dump.zones[1].name = "DMA32";
    EXPECT_EQ(shown_arch(dump), Arch::x86_64);
}

}  // namespace
}  // namespace mmscope
