// Who makes room in a zone: what gauges and the table of zones say.
#include "play/reclaim_view.h"

#include <gtest/gtest.h>

#include "script_testing.h"

namespace mmscope {
namespace {

const std::string kSmall = "machine x86_64 { ram = 64M; watermark_boost_factor = 0 }\n";
// kswapd is woken by the last command, and finds pages of the file to drop.
const std::string kShort = kSmall +
                           "f = open(20000)\nat = 0\n"
                           "while events(\"wakeup_kswapd\") == 0 { touch(f, 64K, at)\n at = at + 64K }\n";

ReclaimState state_in(const Snapshot& snapshot, ZoneType type) {
    return reclaim_state(snapshot, *snapshot.memory().find_zone(type, 0));
}

TEST(ReclaimState, is_asleep_as_long_as_there_is_room) {
    Session session;
    ASSERT_FALSE(testing::run_script(session, kSmall + "a = alloc_page(GFP_KERNEL)\n"));
    EXPECT_EQ(state_in(session.snapshot(), ZoneType::dma32), ReclaimState::asleep);
    EXPECT_EQ(state_in(Session().snapshot(), ZoneType::dma32), ReclaimState::asleep);
}

TEST(ReclaimState, says_of_one_command_that_kswapd_ran_in_all_zones_of_its_node) {
    Session session;
    ASSERT_FALSE(testing::run_script(session, kShort));
    EXPECT_EQ(state_in(session.snapshot(), ZoneType::dma32), ReclaimState::ran);
    EXPECT_EQ(state_in(session.snapshot(), ZoneType::dma), ReclaimState::ran);
    const u32 last = session.snapshot().step;
    testing::seek(session, last - 1);
    EXPECT_EQ(state_in(session.snapshot(), ZoneType::dma32), ReclaimState::asleep);
    testing::seek(session, last);
    EXPECT_EQ(state_in(session.snapshot(), ZoneType::dma32), ReclaimState::ran);
}

TEST(ReclaimState, is_awake_inside_the_step_that_woke_it) {
    Session session;
    ASSERT_FALSE(testing::run_script(session, kShort));
    bool was_asleep = false, was_awake = false;
    for (u32 event = 1; event <= session.events() && !was_awake; ++event) {
        session.look_at(event);
        const ReclaimState state = state_in(session.snapshot(), ZoneType::dma32);
        was_awake |= state == ReclaimState::awake;
        was_asleep |= state == ReclaimState::asleep;
        EXPECT_NE(state, ReclaimState::ran) << event;
    }
    EXPECT_TRUE(was_asleep);
    EXPECT_TRUE(was_awake);
}

TEST(ReclaimState, says_direct_reclaim_of_the_zones_that_the_request_may_use) {
    const auto run_short_of = [](Session& session, const std::string& flags) {
        ASSERT_FALSE(testing::run_script(session, kSmall +
                                                      "while events(\"mm_vmscan_direct_reclaim_begin\") == 0 {\n"
                                                      "  p[] = alloc_page(" +
                                                      flags + ")\n}\n"));
    };
    Session session;
    run_short_of(session, "GFP_KERNEL|__GFP_NORETRY");
    EXPECT_EQ(state_in(session.snapshot(), ZoneType::dma32), ReclaimState::direct);
    EXPECT_EQ(state_in(session.snapshot(), ZoneType::dma), ReclaimState::direct);
    run_short_of(session, "GFP_KERNEL|GFP_DMA");
    EXPECT_EQ(state_in(session.snapshot(), ZoneType::dma), ReclaimState::direct);
    EXPECT_NE(state_in(session.snapshot(), ZoneType::dma32), ReclaimState::direct);
}

TEST(ReclaimState, says_so_where_kswapd_is_not_woken_any_more) {
    Session session;
    ASSERT_FALSE(testing::run_script(session, kSmall + "while events(\"kswapd_hopeless\") == 0 {\n"
                                                       "  p[] = alloc_page(GFP_NOWAIT)\n}\n"));
    EXPECT_EQ(state_in(session.snapshot(), ZoneType::dma32), ReclaimState::hopeless);
}

}  // namespace
}  // namespace mmscope
