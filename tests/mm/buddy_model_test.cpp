// Random commands on the engine's buddy allocator and on the naive one: after every one of them the frame returned,
// every list in its order, every pageblock's type and the free pages are equal, and check() finds nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "buddy_pair.h"
#include "shared_folder.h"

namespace mmscope::test {
namespace {

enum class Orders : u8 { zero, halving, uniform, large };
constexpr Orders kOrders[] = {Orders::zero, Orders::halving, Orders::uniform, Orders::large};

// Waves: takes blocks, mostly of one type, until the zones are full, then gives back a random part of them; so the next
// wave finds the lists of its own type empty and pageblocks of others half free.
class Waves {
public:
    Waves(const Pair& pair, Orders orders, u64 seed)
        : pair_(pair), random_(seed), orders_(orders), next_id_(pair.first_id()) {}

    Step next() {
        turn();
        const bool allocs = pair_.held().empty() || random_.below(10) < (rising_ ? 8U : 1U);
        if (!allocs)
            return {Step::Kind::free, 0, 0, {}, pair_.held()[random_.below(static_cast<u32>(pair_.held().size()))].id};
        return {Step::Kind::alloc, static_cast<u8>(random_.below(pair_.zones())), order(), type(), next_id_++};
    }

private:
    void turn() {
        failures_ = pair_.has_failed() ? failures_ + 1 : 0;
        if (rising_ && failures_ > 6) {
            rising_ = false;
            target_ = pair_.held_pages() / 100 * random_.below(96);
        } else if (!rising_ && pair_.held_pages() <= target_) {
            rising_ = true;
            failures_ = 0;
            favourite_ = static_cast<Migratetype>(random_.below(3));
        }
    }
    Migratetype type() { return random_.below(5) != 0 ? favourite_ : static_cast<Migratetype>(random_.below(3)); }
    u8 order() {
        if (orders_ == Orders::zero) return 0;
        if (orders_ == Orders::uniform) return static_cast<u8>(random_.below(kNrPageOrders));
        if (orders_ == Orders::large) return static_cast<u8>(7 + random_.below(4));
        u8 order = 0;
        while (order < kMaxPageOrder && random_.below(2) == 0) ++order;
        return order;
    }

    const Pair& pair_;
    Prng random_;
    Orders orders_;
    u32 next_id_;
    u32 failures_ = 0;
    u32 target_ = 0;
    bool rising_ = true;
    Migratetype favourite_ = Migratetype::movable;
};

struct Tally {
    u64 steps = 0;
    RuleCounts used{};
};

// Empty, or the shortest script that tells engine and model apart.
std::string run(const Scene& scene, Orders orders, u32 steps, Tally* tally) {
    Pair pair(scene);
    Waves waves(pair, orders, scene.seed);
    std::vector<Step> script;
    for (u32 count = 0; count < steps; ++count) {
        script.push_back(waves.next());
        if (!pair.apply(script.back()).empty()) return shortest_difference(scene, script);
    }
    tally->steps += steps;
    for (u32 rule = 0; rule < kRules; ++rule) tally->used[rule] += pair.used()[rule];
    return "";
}

Tally expect_equal(const Profile& profile, Kernel kernel) {
    Tally tally;
    u64 seed = 1;
    for (const Place& place : model_places())
        for (const Start start : {Start::boot, Start::shattered})
            for (const Orders orders : kOrders) {
                const Scene scene{&place, &profile, kernel, start, seed++};
                EXPECT_EQ(run(scene, orders, 1200, &tally), "");
            }
    testing::Test::RecordProperty("commands", std::to_string(tally.steps));
    return tally;
}

void expect_used(const Tally& tally, std::initializer_list<Rule> never) {
    for (u32 rule = 0; rule < kRules; ++rule) {
        const bool is_never = std::find(never.begin(), never.end(), static_cast<Rule>(rule)) != never.end();
        EXPECT_EQ(tally.used[rule] == 0, is_never) << kRuleNames[rule];
    }
}

TEST(BuddyModel, six_twelve_does_what_the_naive_model_does_and_every_rule_is_met) {
    const Tally tally = expect_equal(profile_6_12(), Kernel::v6_12);
    expect_used(tally, {Rule::move_of_a_large_block, Rule::move_of_one_block, Rule::move_and_relabel,
                        Rule::move_without_relabel, Rule::smallest_first, Rule::move_at_zone_start,
                        Rule::move_at_zone_end, Rule::list_of_another_type});
}

TEST(BuddyModel, six_one_does_what_the_naive_model_does_and_every_rule_is_met) {
    const Tally tally = expect_equal(profile_6_1(), Kernel::v6_1);
    expect_used(tally, {Rule::free_by_pageblock, Rule::claim_of_whole_pageblocks, Rule::claim_of_most_of_a_pageblock,
                        Rule::claim_below_half, Rule::claim_at_zone_edge, Rule::claim_not_allowed, Rule::steal});
}

TEST(BuddyModel, a_model_of_the_other_kernel_is_told_apart_by_a_short_script) {
    Tally tally;
    const std::vector<Place> places = model_places();
    const Scene scene{&places[1], &profile_6_1(), Kernel::v6_12, Start::boot, 7};
    const std::string difference = run(scene, Orders::uniform, 1200, &tally);
    EXPECT_NE(difference.find("seed 7"), std::string::npos);
    EXPECT_NE(difference.find("engine"), std::string::npos);
    EXPECT_LT(std::count(difference.begin(), difference.end(), '\n'), 40) << difference;
}

// The golden file: `GOLD a ORDER TYPE PFN free=N L o/t:pfn,pfn, ... |mt t t t t t t t`.
std::string state_text(const NaiveBuddy& model) {
    std::ostringstream text;
    text << "free=" << model.free_pages(0) << " L " << std::hex;
    for (u32 order = 0; order < kNrPageOrders; ++order)
        for (u32 type = 0; type < kMigratetypes; ++type) {
            const NaiveBuddy::FreeList& list = model.list(0, order, static_cast<Migratetype>(type));
            if (list.empty()) continue;
            text << std::dec << order << '/' << type << ':' << std::hex;
            for (const u32 pfn : list) text << pfn << ',';
            text << ' ';
        }
    text << "|mt";
    for (u32 block = 0; block < 8; ++block) text << ' ' << static_cast<u32>(model.pageblocks()[block]);
    return text.str();
}

NaiveBuddy golden_state(const std::string& state) {
    NaiveBuddy model(Kernel::v6_12, 9, 0x1000);
    model.add_zone(1, 0x1000);
    std::istringstream lists(state.substr(state.find(" L ") + 3));
    std::string word;
    while (lists >> word && word != "|mt") {
        const u32 order = static_cast<u32>(std::stoul(word));
        const u32 type = static_cast<u32>(std::stoul(word.substr(word.find('/') + 1)));
        std::istringstream blocks(word.substr(word.find(':') + 1));
        for (std::string pfn; std::getline(blocks, pfn, ',');)
            model.put(0, static_cast<u32>(std::stoul(pfn, nullptr, 16)), order, static_cast<Migratetype>(type));
    }
    for (u32 block = 0, type = 0; lists >> type; ++block) model.set_pageblock(block * 512, static_cast<Migratetype>(type));
    return model;
}

TEST(BuddyModel, the_naive_model_does_what_the_kernel_did_in_the_golden_file) {
    const auto shared = shared_folder();
    if (!shared) return;
    std::ifstream file(*shared / "fixtures" / "samples" / "buddy-golden-6.12.txt");
    NaiveBuddy model(Kernel::v6_12, 9, 0x1000);
    u32 events = 0;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string gold, kind;
        u32 order = 0, type = 0, pfn = 0;
        words >> gold >> kind;
        if (kind == "init") model = golden_state(line.substr(10));
        if (kind != "a" && kind != "f") continue;
        words >> order >> type >> std::hex >> pfn;
        if (kind == "a") ASSERT_EQ(model.alloc(0, order, static_cast<Migratetype>(type)).value_or(0), pfn) << line;
        else ASSERT_TRUE(model.free(pfn, order)) << line;
        ASSERT_EQ(state_text(model), line.substr(line.find("free="))) << line;
        ++events;
    }
    EXPECT_EQ(events, 1500U);
}

}  // namespace
}  // namespace mmscope::test
