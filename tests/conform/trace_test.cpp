// Lock step with page traces: from snapshot to snapshot the free frames are the kernel's.
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/capture_context.h"
#include "cli/source.h"
#include "play/conform_trace.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

// What one public capture comes to; a file that is missing or half read would make a number smaller.
struct Known {
    const char* folder;
    // Stretches and events; frames; allocations again.
    u32 stretches, allocations, failures, frees, kernel_free, bulk, by_compaction, predicted, wrong;
};
// Without reclaim and compaction no frame is another than the model's. With them the model may become better.
constexpr Known kKnown[] = {{"amd64-6.1-128M-frag", 6, 7253, 1, 5968, 23158, 0, 1038, 4503, 2749},
                            {"amd64-6.1-512M-trace-both", 1, 13102, 0, 13127, 90958, 72, 0, 13084, 0},
                            {"amd64-6.1-512M-trace-page", 1, 119649, 0, 120386, 96048, 796, 0, 119450, 0},
                            {"amd64-6.12-1G-trace-page", 1, 119571, 0, 120630, 228103, 1108, 0, 119414, 0},
                            {"amd64-6.12-256M-trace-reclaim-classic", 1, 265894, 183, 270013, 36245, 1248, 2126, 112386, 153081}};

std::string trace_in(const std::filesystem::path& folder) { return read_text_file((folder / "trace.txt.gz").string()).value_or(""); }

auto snapshots_in(const std::filesystem::path& folder) {
    return parse_kernel_dumps(read_text_file((folder / "capmod-snaps.txt.gz").string()).value_or(""));
}

TraceMachine machine_in(const std::filesystem::path& folder) {
    const auto context = find_capture_context((folder / "trace.txt.gz").string(), {});
    EXPECT_TRUE(context);
    return context ? TraceMachine{context->arch, context->profile, context->cpus} : TraceMachine{Arch::x86_64, &profile_6_1(), 1};
}

class Trace : public ::testing::TestWithParam<Known> {};

TEST_P(Trace, the_free_frames_at_every_snapshot_are_the_kernels) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const Known& known = GetParam();
    const auto folder = *shared / "fixtures" / "kernels" / known.folder;
    const std::string trace = trace_in(folder);
    const auto dumps = snapshots_in(folder);
    ASSERT_TRUE(dumps);
    TraceReplay replay(trace, *dumps, machine_in(folder));
    while (replay.run(100'000)) {}
    ASSERT_FALSE(replay.failure());
    const TraceReport& report = replay.report();
    EXPECT_TRUE(report.is_perfect(Arch::x86_64));
    EXPECT_EQ(replay.prediction().check(), "") << "also after every difference that was put right by force";
    const TraceCounts sum = report.total();
    test::compared("free frames at snapshots of traces", sum.agreed, sum.kernel_free);
    EXPECT_EQ(report.stretches.size(), known.stretches);
    EXPECT_EQ(sum.allocations, known.allocations);
    EXPECT_EQ(sum.failures, known.failures);
    EXPECT_EQ(sum.frees, known.frees);
    EXPECT_EQ(sum.kernel_free, known.kernel_free);
    EXPECT_EQ(sum.agreed, known.kernel_free);
    EXPECT_EQ(sum.taken_in_use, 0U);
    EXPECT_EQ(sum.bulk(), known.bulk);
    EXPECT_EQ(sum.bulk() % 4, 0U) << "kernel stacks have four frames each";
    EXPECT_EQ(sum.by_compaction, known.by_compaction);
    EXPECT_GE(sum.predicted, known.predicted);
    EXPECT_LE(sum.wrong(), known.wrong);
}

INSTANTIATE_TEST_SUITE_P(Captures, Trace, ::testing::ValuesIn(kKnown), [](const auto& capture) {
    std::string name = capture.param.folder;
    std::replace_if(name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; }, '_');
    return name;
});

TEST(TraceOfSlabs, says_that_no_page_event_was_recorded) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const auto folder = *shared / "fixtures" / "kernels" / "i386-686-1G-trace-slab";
    const auto dumps = snapshots_in(folder);
    ASSERT_TRUE(dumps);
    const auto report = conform_trace(trace_in(folder), *dumps, machine_in(folder));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message.key, "conform.trace_no_pages");
}

}  // namespace
}  // namespace mmscope
