// Lock step with page traces: from snapshot to snapshot the free frames are the kernel's.
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/source.h"
#include "play/conform_trace.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

// What one public capture comes to; a file that is missing or half read would make a number smaller.
struct Known {
    const char* folder;
    u32 stretches, allocations, failures, frees, kernel_free, bulk, by_compaction;
};
constexpr Known kKnown[] = {{"amd64-6.1-128M-frag", 6, 7253, 1, 5968, 23158, 0, 1038},
                            {"amd64-6.1-512M-trace-both", 1, 13102, 0, 13127, 90958, 72, 0},
                            {"amd64-6.1-512M-trace-page", 1, 119649, 0, 120386, 96048, 796, 0},
                            {"amd64-6.12-1G-trace-page", 1, 119571, 0, 120630, 228103, 1108, 0},
                            {"amd64-6.12-256M-trace-reclaim-classic", 1, 265894, 183, 270013, 36245, 1248, 2126}};

class Trace : public ::testing::TestWithParam<Known> {};

TEST_P(Trace, the_free_frames_at_every_snapshot_are_the_kernels) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const Known& known = GetParam();
    const auto folder = *shared / "fixtures" / "kernels" / known.folder;
    const std::string trace = read_text_file((folder / "trace.txt.gz").string()).value_or("");
    const auto dumps = parse_kernel_dumps(read_text_file((folder / "capmod-snaps.txt.gz").string()).value_or(""));
    ASSERT_TRUE(dumps);
    const auto report = conform_trace(trace, *dumps);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->is_perfect(Arch::x86_64));
    const TraceCounts sum = report->total();
    EXPECT_EQ(report->stretches.size(), known.stretches);
    EXPECT_EQ(sum.allocations, known.allocations);
    EXPECT_EQ(sum.failures, known.failures);
    EXPECT_EQ(sum.frees, known.frees);
    EXPECT_EQ(sum.kernel_free, known.kernel_free);
    EXPECT_EQ(sum.agreed, known.kernel_free);
    EXPECT_EQ(sum.taken_in_use, 0U);
    EXPECT_EQ(sum.bulk(), known.bulk);
    EXPECT_EQ(sum.bulk() % 4, 0U) << "kernel stacks have four frames each";
    EXPECT_EQ(sum.by_compaction, known.by_compaction);
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
    const std::string trace = read_text_file((folder / "trace.txt.gz").string()).value_or("");
    const auto dumps = parse_kernel_dumps(read_text_file((folder / "capmod-snaps.txt.gz").string()).value_or(""));
    ASSERT_TRUE(dumps);
    const auto report = conform_trace(trace, *dumps);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message.key, "conform.trace_no_pages");
}

}  // namespace
}  // namespace mmscope
