#include "play/lru_view.h"

#include <gtest/gtest.h>

#include <algorithm>

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

// ---- from one moment to the next ----

using Part = BeltPlace::Part;

BeltsMoment moment_at(Session& session, u32 step, u32 head = 10, u32 tail = 10) {
    testing::seek(session, step);
    return belts_moment(session.snapshot(), 0, head, tail);
}

// By the pages' places in their file.
std::vector<std::string> told(const Session& session, const std::vector<BeltMove>& moves) {
    const auto place = [](const BeltPlace& at) {
        constexpr const char* kParts[] = {"off", "head ", "tail ", "hidden "};
        const std::string cell = at.part == Part::head || at.part == Part::tail ? std::to_string(at.cell) : "";
        const std::string name(kLruListNames[static_cast<u32>(at.list)]);
        const std::string list = at.part == Part::off ? "" : " of " + name;
        return kParts[static_cast<u32>(at.part)] + cell + list;
    };
    std::vector<std::string> lines;
    for (const BeltMove& move : moves)
        lines.push_back(std::to_string(session.snapshot().memory().frames().mapped(move.page.pfn).index) + ": " +
                        place(move.from) + " > " + place(move.to));
    std::sort(lines.begin(), lines.end());
    return lines;
}

TEST(BeltMoves, of_pages_that_come_begin_off_the_lists_and_push_the_others_on) {
    Session session = testing::loaded(testing::on_16_mib("f = open(4)\ntouch(f, 8K)\ntouch(f, 4K, 8K)"));
    const BeltsMoment before = moment_at(session, 2), after = moment_at(session, 3);
    EXPECT_EQ(told(session, belt_moves(before, after)),
              (std::vector<std::string>{"0: head 1 of inactive_file > head 2 of inactive_file",
                                        "1: head 0 of inactive_file > head 1 of inactive_file",
                                        "2: off > head 0 of inactive_file"}));
    EXPECT_TRUE(belt_moves(after, after).empty());
}

TEST(BeltMoves, of_an_activated_page_lead_from_list_to_list_and_back_again_the_other_way_round) {
    Session session = testing::loaded(testing::on_16_mib("f = open(2)\ntouch(f)\ntouch(f, 4K)"));
    const BeltsMoment before = moment_at(session, 2), after = moment_at(session, 3);
    EXPECT_EQ(told(session, belt_moves(before, after)),
              (std::vector<std::string>{"0: head 1 of inactive_file > head 0 of active_file"}));
    EXPECT_EQ(told(session, belt_moves(after, before)),
              (std::vector<std::string>{"0: head 0 of active_file > head 1 of inactive_file"}));
}

TEST(BeltMoves, of_evicted_pages_end_off_the_lists) {
    Session session = testing::loaded(testing::on_16_mib("f = open(2)\ntouch(f)\ndrop_caches()"));
    const std::vector<BeltMove> moves = belt_moves(moment_at(session, 2), moment_at(session, 3));
    ASSERT_EQ(moves.size(), 2U);
    for (const BeltMove& move : moves) {
        EXPECT_EQ(move.from.part, Part::head);
        EXPECT_EQ(move.to.part, Part::off);
    }
}

TEST(BeltMoves, of_a_long_list_tell_what_comes_out_of_its_middle_from_what_comes_from_outside) {
    Session session = testing::loaded(testing::on_16_mib("f = open(100)\ntouch(f, 396K)\ntouch(f, 4K, 396K)"));
    const BeltsMoment before = moment_at(session, 2, 2, 3), after = moment_at(session, 3, 2, 3);
    EXPECT_EQ(told(session, belt_moves(before, after)),
              (std::vector<std::string>{"97: head 1 of inactive_file > hidden  of inactive_file",
                                        "98: head 0 of inactive_file > head 1 of inactive_file",
                                        "99: off > head 0 of inactive_file"}));
    EXPECT_EQ(told(session, belt_moves(after, before)),
              (std::vector<std::string>{"97: hidden  of inactive_file > head 1 of inactive_file",
                                        "98: head 1 of inactive_file > head 0 of inactive_file",
                                        "99: head 0 of inactive_file > off"}));
}

// A process maps a file, whose pages reclaim finds used once and puts back to the head (second chance), and grows.
TEST(BeltMoves, explain_every_step_of_reclaim_forward_and_back) {
    Session session;
    ASSERT_FALSE(run_script(session, "machine x86_64 { ram = 64M; swap = 64M; watermark_boost_factor = 0 }\n"
                                     "f = open(3000)\np = fork(init)\n"
                                     "as p { c = mmap(12000K, PROT_READ, MAP_SHARED, f)\n touch(c, 12000K)\n"
                                     " m = mmap(60M)\n at = 0\n"
                                     " repeat 50 { touch(m + at, 1M)\n read(m)\n at = at + 1M } }"));
    const u32 last = session.snapshot().step;
    BeltsMoment before = moment_at(session, 4, 20, 40);
    u32 rotated = 0, changed_list = 0, gone = 0, come = 0;
    for (u32 step = 5; step <= last; ++step) {
        BeltsMoment after = moment_at(session, step, 20, 40);
        const std::vector<BeltMove> forward = belt_moves(before, after), back = belt_moves(after, before);
        ASSERT_EQ(forward.size(), back.size()) << step;
        for (const BeltMove& move : forward) {
            const auto is_its = [&](const BeltMove& other) {
                return other.page.pfn == move.page.pfn && other.from == move.to && other.to == move.from;
            };
            ASSERT_TRUE(std::any_of(back.begin(), back.end(), is_its)) << step << ", frame " << move.page.pfn.value;
            const bool stays = move.from.part != Part::off && move.to.part != Part::off;
            rotated += move.from.part == Part::tail && move.to.part == Part::head && move.from.list == move.to.list;
            changed_list += stays && move.from.list != move.to.list;
            gone += move.to.part == Part::off;
            come += move.from.part == Part::off;
        }
        before = std::move(after);
    }
    EXPECT_GT(rotated, 0U);
    EXPECT_GT(changed_list, 0U);
    EXPECT_GT(gone, 0U);
    EXPECT_GT(come, 0U);
}

}  // namespace
}  // namespace mmscope
