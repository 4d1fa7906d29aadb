#include "play/lru_view.h"

#include <gtest/gtest.h>

#include "script_testing.h"

namespace mmscope {
namespace {

using testing::run_script;

constexpr u32 kInactiveFile = static_cast<u32>(LruList::inactive_file), kActiveFile = static_cast<u32>(LruList::active_file);

std::vector<u32> indices(const Snapshot& snapshot, const std::vector<BeltPage>& pages) {
    std::vector<u32> indices;
    for (const BeltPage& page : pages) indices.push_back(snapshot.memory().frames().mapped(page.pfn).index);
    return indices;
}

TEST(LruBelts, BeginWithWhatCameLast) {
    Session session;
    ASSERT_FALSE(run_script(session, testing::on_16_mib("f = open(4)\ntouch(f)")));
    const auto belts = lru_belts(session.snapshot(), 0, 10, 10);
    EXPECT_EQ(belts[kInactiveFile].pages, 4U);
    EXPECT_EQ(indices(session.snapshot(), belts[kInactiveFile].head), (std::vector<u32>{3, 2, 1, 0}));
    EXPECT_TRUE(belts[kInactiveFile].tail.empty());
    EXPECT_TRUE(belts[kInactiveFile].head[0].has_come);
}

TEST(LruBelts, ShowBothEndsOfALongList) {
    Session session;
    ASSERT_FALSE(run_script(session, testing::on_16_mib("f = open(100)\ntouch(f)\ng = open(1)")));
    const Belt belt = lru_belts(session.snapshot(), 0, 2, 3)[kInactiveFile];
    EXPECT_EQ(belt.pages, 100U);
    EXPECT_EQ(indices(session.snapshot(), belt.head), (std::vector<u32>{99, 98}));
    EXPECT_EQ(indices(session.snapshot(), belt.tail), (std::vector<u32>{2, 1, 0})) << "the tail last";
    EXPECT_FALSE(belt.head[0].has_come) << "it came with the command before";
}

TEST(LruBelts, MarkWhatTheLastCommandMovedToAnotherList) {
    Session session;
    ASSERT_FALSE(run_script(session, testing::on_16_mib("f = open(4)\ntouch(f)\ntouch(f, 4096, 8192)")));
    const auto belts = lru_belts(session.snapshot(), 0, 10, 10);
    ASSERT_EQ(belts[kActiveFile].pages, 1U);
    EXPECT_TRUE(belts[kActiveFile].head[0].has_come);
    EXPECT_FALSE(belts[kInactiveFile].head[0].has_come);
}

TEST(LruBelts, KnowPagesThatProcessesMap) {
    Session session;
    ASSERT_FALSE(run_script(session, testing::on_16_mib("p = fork(init)\nas p { m = mmap(4096)\n write(m) }")));
    const auto belts = lru_belts(session.snapshot(), 0, 10, 10);
    const Belt& anonymous = belts[static_cast<u32>(LruList::inactive_anon)];
    ASSERT_FALSE(anonymous.head.empty());
    EXPECT_TRUE(anonymous.head[0].is_mapped);
    EXPECT_TRUE(anonymous.head[0].has_come);
}

}  // namespace
}  // namespace mmscope
