#include "play/placement.h"

#include <algorithm>
#include <bit>

#include "play/region_pool.h"

namespace mmscope {
namespace {

using TypeList = std::array<u8, kMigratetypes>;
constexpr TypeList kInOrder = {0, 1, 2, 3, 4, 5};

// What an attempt may do. The first one is strict; each that fails says how the next should differ.
struct Rules {
    TypeList turns = kInOrder;  // which type takes its pageblocks first
    TypeList home = kInOrder;   // in pageblocks of which type the blocks of each type lie
    bool table = true;          // no type takes more pageblocks than the table says
};

// The plan, in five lines:
// 1. cut the managed frames into the largest aligned regions; whole pageblocks are for any type, edges too;
// 2. blocks of whole pageblocks come first: each takes pageblocks for its type, as long as the table has some;
// 3. every type takes as many more pageblocks as its smaller blocks need (RegionPool::holds);
// 4. what the table has left is dealt out among the other pageblocks;
// 5. smaller blocks, largest first, take any region of their type that is large enough: the rest is in use.
class Attempt {
public:
    // Everything referred to must outlive the attempt.
    Attempt(const ZoneLayout& zone, Order pageblock, const ZoneDemand& demand, const SharedPageblocks& shared,
            Prng prng, const Rules& rules);

    bool run();
    // Why run() failed: kMigratetypes stands for "no type of pageblocks would help".
    u32 failed_type() const { return failed_type_; }
    Order failed_order() const { return failed_order_; }
    ZonePlan take_plan();

private:
    struct Pageblock {
        bool sampled = false;
        bool decided = false;
        u8 type = static_cast<u8>(Migratetype::movable);
        std::vector<PlacedBlock> regions;  // an edge: less than a pageblock
    };

    u32 number(Pfn pfn) const { return (pfn.value >> pageblock_.value) - first_; }
    void cut_regions();
    void cut_range(Pfn first, u32 frames);
    void read_table();
    bool place_whole_pageblocks(Order order);
    bool place_pageblock(u32 type, u32 left, Pfn* pfn);
    Pfn take_half_of_pair(u32 type);
    bool take_neighbour(u32 type, Pfn* pfn);
    Pfn take_whole();
    u32 choose_edge(u32 home, const RegionPool::Demand& demand, bool* is_enough) const;
    bool take_pageblocks(u32 home);
    bool decide(u32 at, u32 type);
    Pfn draw(std::vector<Pfn>* from);
    void deal_out_rest();
    bool place_small(Order order);
    RegionPool::Demand small_demand(u32 home) const;
    bool fail(u32 type, Order order);

    const ZoneLayout& zone_;
    const Order pageblock_;
    const ZoneDemand& demand_;
    const Rules& rules_;
    Prng prng_;
    u32 first_;  // number of the zone's first pageblock in the machine
    std::vector<Pageblock> blocks_;
    std::vector<u32> edges_;    // pageblocks of which only a part is managed, or part of the zone
    std::vector<Pfn> pairs_;    // free regions of two pageblocks (where a pageblock is half a largest block)
    std::vector<Pfn> singles_;  // whole undecided pageblocks that may become one free block
    std::vector<PlacedBlock> rests_;  // whole undecided pageblocks whose buddy is free, with the buddy's type
    std::array<RegionPool, kMigratetypes> pools_;
    std::array<i64, kMigratetypes> budget_{};
    ZonePlan plan_;
    bool shared_fits_ = true;
    u32 failed_type_ = kMigratetypes;
    Order failed_order_;
};

Attempt::Attempt(const ZoneLayout& zone, Order pageblock, const ZoneDemand& demand, const SharedPageblocks& shared,
                 Prng prng, const Rules& rules)
    : zone_(zone), pageblock_(pageblock), demand_(demand), rules_(rules), prng_(prng),
      first_(zone.start.value >> pageblock.value),
      blocks_(((zone.start.value + zone.spanned - 1) >> pageblock.value) - first_ + 1) {
    for (u32 at = 0; at < blocks_.size(); ++at) blocks_[at].sampled = is_sampled(zone, pageblock, first_ + at);
    read_table();
    cut_regions();
    for (u32 at = 0; at < blocks_.size(); ++at) {
        if (!blocks_[at].regions.empty()) edges_.push_back(at);
    }
    for (const auto& [block, type] : shared) {
        if (block >= first_ && block - first_ < blocks_.size())
            shared_fits_ &= decide(block - first_, static_cast<u32>(type));
    }
}

void Attempt::read_table() {
    if (demand_.pageblocks) {
        for (u32 type = 0; type < kMigratetypes; ++type) budget_[type] = (*demand_.pageblocks)[type];
        return;
    }
    for (const Pageblock& block : blocks_) budget_[static_cast<u32>(Migratetype::movable)] += block.sampled ? 1 : 0;
}

void Attempt::cut_regions() {
    for (const FrameRange present : zone_.present) {
        Pfn at = present.start;
        const Pfn end = present.start + present.frames;
        for (const FrameRange reserved : zone_.reserved) {
            if (reserved.start < at || reserved.start >= end) continue;
            cut_range(at, reserved.start - at);
            at = reserved.start + reserved.frames;
        }
        cut_range(at, end - at);
    }
}

void Attempt::cut_range(Pfn first, u32 frames) {
    while (frames != 0) {
        const u32 alignment = first.value == 0 ? kMaxPageOrder : static_cast<u32>(std::countr_zero(first.value));
        const u32 largest = static_cast<u32>(std::bit_width(frames)) - 1;
        const Order order{static_cast<u8>(std::min({alignment, largest, kMaxPageOrder}))};
        if (order < pageblock_) blocks_[number(first)].regions.push_back({first, order, Migratetype::movable});
        else (order > pageblock_ ? pairs_ : singles_).push_back(first);
        first = first + order.frames();
        frames -= order.frames();
    }
}

bool Attempt::fail(u32 type, Order order) {
    failed_type_ = type;
    failed_order_ = order;
    return false;
}

Pfn Attempt::draw(std::vector<Pfn>* from) {
    std::swap((*from)[prng_.below(static_cast<u32>(from->size()))], from->back());
    const Pfn pfn = from->back();
    from->pop_back();
    return pfn;
}

// Gives a pageblock its type; false if the table has none left of that type.
bool Attempt::decide(u32 at, u32 type) {
    Pageblock& block = blocks_[at];
    if (rules_.table && block.sampled && budget_[type] <= 0) return false;
    if (block.sampled) --budget_[type];
    block.decided = true;
    block.type = static_cast<u8>(type);
    for (const PlacedBlock& region : block.regions)
        pools_[type].add(region.pfn, region.order, RegionPool::May::be_whole);
    block.regions.clear();
    return true;
}

Pfn Attempt::take_half_of_pair(u32 type) {
    const Pfn pair = draw(&pairs_);
    const u32 upper = prng_.below(2);
    const u32 half = pageblock_.frames();
    rests_.push_back({pair + (1 - upper) * half, pageblock_, static_cast<Migratetype>(type)});
    return pair + upper * half;
}

// A pageblock beside a free one of a type that never merges with `type`, so that both may be free.
bool Attempt::take_neighbour(u32 type, Pfn* pfn) {
    const auto is_special = [](u32 one) { return one > static_cast<u32>(Migratetype::reclaimable); };
    for (PlacedBlock& rest : rests_) {
        const u32 buddy = static_cast<u32>(rest.type);
        if (buddy == type || (!is_special(buddy) && !is_special(type))) continue;
        *pfn = rest.pfn;
        std::swap(rest, rests_.back());
        rests_.pop_back();
        return true;
    }
    return false;
}

// A pageblock for a free block of that size: a single one, or half of a pair, whose other half then stays in
// use at least in part. `left`: how many such blocks this type still needs, this one included.
bool Attempt::place_pageblock(u32 type, u32 left, Pfn* pfn) {
    const u32 choices = static_cast<u32>(singles_.size() + pairs_.size());
    if (choices < left && take_neighbour(type, pfn)) return true;
    if (choices == 0) return false;
    *pfn = prng_.below(choices) < singles_.size() ? draw(&singles_) : take_half_of_pair(type);
    return true;
}

bool Attempt::place_whole_pageblocks(Order order) {
    for (u32 type = 0; type < kMigratetypes; ++type) {
        const u32 home = rules_.home[type];
        for (u32 left = demand_.free_blocks[order.value][type]; left != 0; --left) {
            Pfn pfn;
            if (order > pageblock_) {
                if (pairs_.empty()) return fail(kMigratetypes, order);
                pfn = draw(&pairs_);
                if (!decide(number(pfn), home) || !decide(number(pfn) + 1, home)) return fail(type, order);
            } else {
                if (!place_pageblock(type, left, &pfn)) return fail(kMigratetypes, order);
                if (!decide(number(pfn), home)) return fail(type, order);
            }
            plan_.free.push_back({pfn, order, static_cast<Migratetype>(type)});
        }
    }
    return true;
}

RegionPool::Demand Attempt::small_demand(u32 home) const {
    RegionPool::Demand demand{};
    for (u32 order = 0; order < pageblock_.value; ++order)
        for (u32 type = 0; type < kMigratetypes; ++type)
            if (rules_.home[type] == home) demand[order] += demand_.free_blocks[order][type];
    return demand;
}

// An edge of the zone that gives `home` enough together with what it has (the smallest), else the largest one;
// blocks_.size() if there is none.
u32 Attempt::choose_edge(u32 home, const RegionPool::Demand& demand, bool* is_enough) const {
    u32 best = static_cast<u32>(blocks_.size());
    u32 best_frames = 0;
    *is_enough = false;
    for (const u32 at : edges_) {
        const Pageblock& block = blocks_[at];
        if (block.decided || (rules_.table && block.sampled && budget_[home] <= 0)) continue;
        RegionPool trial = pools_[home];
        u32 frames = 0;
        for (const PlacedBlock& region : block.regions) {
            trial.add(region.pfn, region.order, RegionPool::May::be_whole);
            frames += region.order.frames();
        }
        Order ignored;
        const bool enough = trial.holds(demand, &ignored);
        const bool is_better = enough != *is_enough ? enough : (enough ? frames < best_frames : frames > best_frames);
        if (best != blocks_.size() && !is_better) continue;
        best = at;
        best_frames = frames;
        *is_enough = enough;
    }
    return best;
}

// A whole pageblock to be cut up: best one that cannot be free as a whole any more.
Pfn Attempt::take_whole() {
    if (!rests_.empty()) {
        std::swap(rests_[prng_.below(static_cast<u32>(rests_.size()))], rests_.back());
        const Pfn pfn = rests_.back().pfn;
        rests_.pop_back();
        return pfn;
    }
    return singles_.empty() ? take_half_of_pair(0) : draw(&singles_);
}

// Takes an edge that is enough, else whole pageblocks, else the largest edges, until there is room.
bool Attempt::take_pageblocks(u32 home) {
    const RegionPool::Demand demand = small_demand(home);
    Order short_order;
    while (!pools_[home].holds(demand, &short_order)) {
        bool is_enough = false;
        const u32 edge = choose_edge(home, demand, &is_enough);
        const bool has_budget = !rules_.table || budget_[home] > 0;
        const bool has_whole = has_budget && !(rests_.empty() && singles_.empty() && pairs_.empty());
        if (is_enough || (!has_whole && edge != blocks_.size())) {
            decide(edge, home);
            continue;
        }
        if (!has_whole) return fail(home, short_order);
        const Pfn pfn = take_whole();
        decide(number(pfn), home);
        pools_[home].add(pfn, pageblock_, RegionPool::May::be_split);
    }
    return true;
}

// The types that the table has left, in the seed's order, to the pageblocks that nobody needed.
void Attempt::deal_out_rest() {
    std::vector<u8> types;
    for (u32 type = 0; type < kMigratetypes; ++type) {
        for (i64 left = budget_[type]; left > 0 && types.size() < blocks_.size(); --left)
            types.push_back(static_cast<u8>(type));
    }
    for (u32 left = static_cast<u32>(types.size()); left > 1; --left)
        std::swap(types[left - 1], types[prng_.below(left)]);
    for (u32 at = 0; at < blocks_.size(); ++at) {
        if (blocks_[at].decided) continue;
        const bool has_type = blocks_[at].sampled && !types.empty();
        const u32 type = has_type ? types.back() : static_cast<u32>(Migratetype::movable);
        if (has_type) types.pop_back();
        budget_[type] = std::max<i64>(budget_[type], 1);  // beyond the table: Movable
        decide(at, type);
    }
    const auto give = [&](Pfn pfn) {
        pools_[blocks_[number(pfn)].type].add(pfn, pageblock_, RegionPool::May::be_split);
    };
    for (const Pfn pfn : singles_) give(pfn);
    for (const PlacedBlock& rest : rests_) give(rest.pfn);
    for (const Pfn pfn : pairs_) {
        give(pfn);
        give(pfn + pageblock_.frames());
    }
}

bool Attempt::place_small(Order order) {
    for (u32 type = 0; type < kMigratetypes; ++type) {
        for (u32 left = demand_.free_blocks[order.value][type]; left != 0; --left) {
            const Pfn pfn = pools_[rules_.home[type]].take(order, &prng_);
            if (pfn == kNoPfn) return fail(type, order);
            plan_.free.push_back({pfn, order, static_cast<Migratetype>(type)});
        }
    }
    return true;
}

bool Attempt::run() {
    if (!shared_fits_) return fail(kMigratetypes, {0});
    for (u8 order = kMaxPageOrder; order >= pageblock_.value; --order) {
        if (!place_whole_pageblocks({order})) return false;
    }
    for (const u8 type : rules_.turns) {
        if (rules_.home[type] == type && !take_pageblocks(type)) return false;
    }
    deal_out_rest();
    for (u8 order = pageblock_.value; order-- > 0;) {
        if (!place_small({order})) return false;
    }
    return true;
}

ZonePlan Attempt::take_plan() {
    ZoneDemand::ByType counted{};
    for (u32 at = 0; at < blocks_.size(); ++at) {
        plan_.pageblocks.emplace_back(first_ + at, static_cast<Migratetype>(blocks_[at].type));
        counted[blocks_[at].type] += blocks_[at].sampled ? 1 : 0;
    }
    plan_.keeps_table = !demand_.pageblocks || *demand_.pageblocks == counted;
    for (u32 type = 0; type < kMigratetypes; ++type) {
        pools_[type].for_each([&](Pfn pfn, Order order) {
            plan_.used.push_back({pfn, order, static_cast<Migratetype>(type)});
        });
    }
    std::sort(plan_.free.begin(), plan_.free.end(),
              [](const PlacedBlock& a, const PlacedBlock& b) { return a.pfn < b.pfn; });
    return std::move(plan_);
}

// The type with the most pageblocks, `type` apart: the one most likely to have room for others.
u8 roomiest(const ZoneDemand& demand, u32 type) {
    u32 best = type == static_cast<u32>(Migratetype::movable) ? 0 : static_cast<u32>(Migratetype::movable);
    for (u32 other = 0; demand.pageblocks && other < kMigratetypes; ++other) {
        if (other != type && (*demand.pageblocks)[other] > (*demand.pageblocks)[best]) best = other;
    }
    return static_cast<u8>(best);
}

}  // namespace

bool is_sampled(const ZoneLayout& zone, Order pageblock_order, u32 pageblock) {
    const u32 first = pageblock << pageblock_order.value;
    const u32 offset = zone.start.value & (pageblock_order.frames() - 1);
    const Pfn sample{first + offset};
    if (sample < zone.start || sample - zone.start >= zone.spanned) return false;
    return std::any_of(zone.present.begin(), zone.present.end(), [&](const FrameRange& range) {
        return sample >= range.start && sample - range.start < range.frames;
    });
}

Result<ZonePlan, Order> plan_zone(const ZoneLayout& zone, Order pageblock_order, const ZoneDemand& demand,
                                  const Profile& profile, const SharedPageblocks& shared, Prng prng) {
    Rules rules;
    u32 hurried = 0;  // types that have been moved to the front
    for (;;) {
        Attempt attempt(zone, pageblock_order, demand, shared, prng, rules);
        if (attempt.run()) return attempt.take_plan();
        const u32 failed = attempt.failed_type();
        if (failed < kMigratetypes && (hurried & (1U << failed)) == 0) {
            const auto at = std::find(rules.turns.begin(), rules.turns.end(), static_cast<u8>(failed));
            std::rotate(rules.turns.begin(), at, at + 1);
            hurried |= 1U << failed;
            continue;
        }
        const bool may_move =
            rules.table && failed < kMigratetypes && rules.home[failed] == failed && !profile.free_by_pageblock;
        const u8 host = may_move ? rules.home[roomiest(demand, failed)] : static_cast<u8>(failed);
        if (host != failed) {
            std::replace(rules.home.begin(), rules.home.end(), static_cast<u8>(failed), host);
        } else if (rules.table) {
            rules = Rules{.table = false};
            hurried = 0;
        } else {
            return attempt.failed_order();
        }
    }
}

}  // namespace mmscope
