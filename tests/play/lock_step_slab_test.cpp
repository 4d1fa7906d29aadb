// The slab allocator's captures in lock step, as the page takes them: tables, object files, traces.
#include <gtest/gtest.h>

#include "lock_step_testing.h"
#include "play/lock_step.h"

namespace mmscope {
namespace {

using testing::dump;
using testing::line;
using Part = LockStep::Part;
using State = LockStep::State;

const std::string kTable =
    "name\tobject_size\tslab_size\talign\torder\tobjs_per_slab\tcpu_partial\tmin_partial\thwcache_align\talias_names\n"
    "pid\t100\t128\t64\t0\t32\t120\t5\t1\t-\n";
const std::string kWrongTable =
    "name\tobject_size\tslab_size\talign\torder\tobjs_per_slab\tcpu_partial\tmin_partial\thwcache_align\talias_names\n"
    "pid\t100\t136\t64\t0\t30\t120\t5\t1\t-\n";
const std::string kUname = "Linux (none) 6.1.0-50-amd64 #1 SMP x86_64 GNU/Linux\n";
const std::string kObjects = "OC size=64 align=8\n";

const std::string kMarkers[] = {line("tracing_mark_write: CAP-SNAP-MOD-1"), line("tracing_mark_write: CAP-SNAP-MOD-2")};
const std::string kPage = line("mm_page_alloc: page=1 pfn=0x400 order=2 migratetype=0 gfp_flags=GFP_KERNEL");
const std::string kSlabCalls =
    line("kmalloc: call_site=f+0x1/0x2 ptr=0000000000000001 bytes_req=100 bytes_alloc=128 gfp_flags=GFP_KERNEL node=-1 accounted=false") +
    line("kmem_cache_alloc: call_site=g+0x1/0x2 ptr=0000000000000002 bytes_req=100 bytes_alloc=128 gfp_flags=GFP_KERNEL node=-1 accounted=true");
const std::string kBoth = kMarkers[0] + kPage + kSlabCalls + kMarkers[1];

const std::string kSnapshots = dump("FL n0 DMA o3 t0: 1024\n") + dump("FL n0 DMA o2 t0: 1028\n");

std::vector<Part> take(LockStep& lock_step, const std::vector<std::string>& texts) {
    std::vector<CaptureFile> files;
    for (const std::string& text : texts) files.push_back({"file" + std::to_string(files.size()) + ".txt", text});
    const std::vector<Part> parts = lock_step.take(std::move(files));
    while (lock_step.work(100)) {
    }
    return parts;
}

std::string tally(const LockStep& lock_step) {
    const Outcome& outcome = lock_step.outcome();
    return std::to_string(outcome.agreed) + " of " + std::to_string(outcome.total) + " " + outcome.tally_key;
}

TEST(SlabLockStep, a_table_of_caches_is_compared_row_by_row) {
    LockStep lock_step;
    EXPECT_EQ(take(lock_step, {kTable, kUname}), (std::vector{Part::slab_rows, Part::uname}));
    ASSERT_EQ(lock_step.state(), State::finished);
    EXPECT_EQ(lock_step.kind(), Part::slab_rows);
    EXPECT_EQ(tally(lock_step), "1 of 1 conform.rows");
    EXPECT_TRUE(lock_step.outcome().is_perfect);
    take(lock_step, {kWrongTable, kUname});
    EXPECT_EQ(tally(lock_step), "0 of 1 conform.rows");
    ASSERT_FALSE(lock_step.outcome().remarks.empty());
    EXPECT_EQ(lock_step.outcome().remarks[0].line, 2U);
}

TEST(SlabLockStep, a_table_alone_waits_for_its_kernel) {
    LockStep lock_step;
    take(lock_step, {kTable});
    EXPECT_EQ(lock_step.state(), State::waiting);
    EXPECT_EQ(lock_step.missing().key, "lockstep.which_kernel");
    lock_step.choose_kernel("6.12");
    lock_step.work(1);
    EXPECT_EQ(tally(lock_step), "1 of 1 conform.rows");
}

TEST(SlabLockStep, counters_wait_for_their_objects) {
    LockStep lock_step;
    EXPECT_EQ(take(lock_step, {"ST torn\n", kUname})[0], Part::object_states);
    EXPECT_EQ(lock_step.missing().key, "lockstep.needs_objects");
    EXPECT_EQ(take(lock_step, {kObjects})[0], Part::objects);
    EXPECT_EQ(lock_step.kind(), Part::objects);
    EXPECT_EQ(lock_step.state(), State::failed) << "both are read";
    EXPECT_EQ(lock_step.failed_part(), Part::object_states);
}

TEST(SlabLockStep, a_slab_trace_is_foretold_call_by_call) {
    LockStep lock_step;
    take(lock_step, {kSlabCalls, kTable, kUname});
    ASSERT_EQ(lock_step.state(), State::finished);
    EXPECT_TRUE(lock_step.is_of_slabs_alone());
    EXPECT_TRUE(lock_step.has(Part::slab_rows)) << "its caches, and no capture of its own";
    EXPECT_EQ(lock_step.outcome().agreed, 2U);
    EXPECT_EQ(lock_step.outcome().total, 2U);
    EXPECT_TRUE(lock_step.outcome().remarks.empty());
}

TEST(SlabLockStep, its_table_may_come_later_and_another_table_is_another_capture) {
    LockStep lock_step;
    take(lock_step, {kSlabCalls, kUname});
    ASSERT_EQ(lock_step.state(), State::finished);
    take(lock_step, {kTable});
    EXPECT_EQ(lock_step.kind(), Part::trace);
    EXPECT_TRUE(lock_step.has(Part::slab_rows));
    take(lock_step, {kTable, kUname});
    EXPECT_EQ(lock_step.kind(), Part::slab_rows);
}

TEST(SlabLockStep, a_trace_of_both_without_snapshots_plays_its_slab_calls_and_says_so) {
    LockStep lock_step;
    take(lock_step, {kBoth, kTable, kUname});
    ASSERT_EQ(lock_step.state(), State::finished);
    EXPECT_EQ(lock_step.outcome().total, 2U);
    ASSERT_EQ(lock_step.outcome().remarks.size(), 1U);
    EXPECT_EQ(lock_step.outcome().remarks[0].sentences[0].key, "conform.slab_calls_alone");
    take(lock_step, {kSnapshots});
    ASSERT_EQ(lock_step.state(), State::finished);
    EXPECT_FALSE(lock_step.is_of_slabs_alone());
    EXPECT_EQ(lock_step.outcome().total, 2U);
    bool has_pages = false;
    for (const Remark& remark : lock_step.outcome().remarks)
        has_pages |= remark.sentences[0].key == "conform.trace_tally";
    EXPECT_TRUE(has_pages) << "the frames, then the calls";
}

}  // namespace
}  // namespace mmscope
