// Linux's buddy allocator once more, as plainly as it can be said: what the engine is compared with.
//
// Written from the reference pages alone (linux-mm.md section 2, page-allocator-exact.md sections A and D), without
// a look at the engine's: lists are deques of frame numbers, head first; what is free and what is allocated stand in
// maps. Nothing here is quick. It knows zones that share a pageblock, both fallback algorithms, and no per-CPU list,
// no watermark; no page is on the LRU. Every rule counts how often it was used, so that a test can tell whether its
// random commands reached it.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "mm/page.h"

namespace mmscope::test {

enum class Kernel : u8 { v6_1, v6_12 };

#define MMSCOPE_NAIVE_RULES(X)                                                                                       \
    X(smallest_fit) X(split) X(merge) X(merge_of_two_types) X(no_merge_with_highatomic) X(insert_at_tail)             \
    X(free_by_pageblock) X(nothing_found)                                                                            \
    X(claim_of_whole_pageblocks) X(claim_of_most_of_a_pageblock) X(claim_below_half) X(claim_at_zone_edge)           \
    X(claim_not_allowed) X(steal)                                                                                    \
    X(move_of_a_large_block) X(move_of_one_block) X(move_and_relabel) X(move_without_relabel) X(smallest_first)      \
    X(move_at_zone_start) X(move_at_zone_end) X(list_of_another_type) X(freed_block_of_two_types)

enum class Rule : u8 {
#define MMSCOPE_X(name) name,
    MMSCOPE_NAIVE_RULES(MMSCOPE_X)
#undef MMSCOPE_X
};
inline constexpr std::string_view kRuleNames[] = {
#define MMSCOPE_X(name) #name,
    MMSCOPE_NAIVE_RULES(MMSCOPE_X)
#undef MMSCOPE_X
};
inline constexpr u32 kRules = sizeof(kRuleNames) / sizeof(kRuleNames[0]);
using RuleCounts = std::array<u64, kRules>;

class NaiveBuddy {
public:
    using FreeList = std::deque<u32>;  // first frames of blocks, head first

    // All pageblocks are Movable and nothing is free or allocated.
    NaiveBuddy(Kernel kernel, u32 pageblock_order, u32 frames);
    // Frames first .. end - 1; returns the zone's number.
    u32 add_zone(u32 first, u32 end);

    // Boot: the largest aligned blocks of the range, ascending, at the tail of the Movable lists.
    void add_range(u32 zone, u32 first, u32 frames);
    // A free block as it is, at the tail of its list; a block in use.
    void put(u32 zone, u32 pfn, u32 order, Migratetype type);
    void own(u32 pfn, u32 order) { allocated_[pfn] = order; }
    void set_pageblock(u32 pfn, Migratetype type) { type_of(pfn) = type; }

    std::optional<u32> alloc(u32 zone, u32 order, Migratetype type);
    // False, and nothing done, if no such block is allocated.
    bool free(u32 pfn, u32 order);

    u32 zones() const { return static_cast<u32>(zone_.size()); }
    const FreeList& list(u32 zone, u32 order, Migratetype type) const {
        return zone_[zone].list[order][static_cast<u32>(type)];
    }
    const std::vector<Migratetype>& pageblocks() const { return pageblock_; }
    u32 free_pages(u32 zone) const;
    const RuleCounts& used() const { return used_; }

private:
    struct Block {
        u32 order;
        Migratetype list;
    };
    struct Zone {
        u32 first;
        u32 end;
        FreeList list[kNrPageOrders][kMigratetypes];
        std::map<u32, Block> free;
    };

    // Without SPARSEMEM each zone has a table of its own: the second zone's part of a shared pageblock stands last.
    Migratetype& type_of(u32 pfn) {
        const bool is_upper = zone_.size() == 2 && pfn >= zone_[1].first && pfn >> pageblock_order_ == (zone_[1].first - 1) >> pageblock_order_;
        return is_upper ? pageblock_.back() : pageblock_[pfn >> pageblock_order_];
    }
    bool is_free(const Zone& zone, u32 pfn, u32 order) const;
    bool has_blocks(const Zone& zone, u32 order, Migratetype type) const {
        return !zone.list[order][static_cast<u32>(type)].empty();
    }
    void list_at_head(Zone& zone, u32 pfn, u32 order, Migratetype type);
    void list_at_tail(Zone& zone, u32 pfn, u32 order, Migratetype type);
    void unlist(Zone& zone, u32 pfn);
    u32 move_all(Zone& zone, u32 first, u32 end, Migratetype type);
    void relabel(u32 pfn, u32 order, Migratetype type);

    std::optional<u32> smallest_fit(Zone& zone, u32 order, Migratetype type);
    u32 split(Zone& zone, u32 pfn, u32 block_order, u32 order, Migratetype rest);
    std::optional<Migratetype> fallback_type(const Zone& zone, u32 order, Migratetype type) const;
    bool can_claim(u32 block_order, Migratetype type) const;

    std::optional<u32> claim_6_12(Zone& zone, u32 order, Migratetype type);
    bool claim_pageblock_6_12(Zone& zone, u32 pfn, Migratetype type);
    std::optional<u32> steal_6_12(Zone& zone, u32 order, Migratetype type);
    bool fallback_6_1(Zone& zone, u32 order, Migratetype type);
    void move_6_1(Zone& zone, u32 pfn, u32 block_order, Migratetype type, bool whole_pageblock);
    bool move_pageblock_6_1(Zone& zone, u32 pfn, Migratetype type);
    void free_one(Zone& zone, u32 pfn, u32 order, Migratetype type);
    bool may_merge(u32 buddy, u32 order, Migratetype type);
    void count(Rule rule) { ++used_[static_cast<u32>(rule)]; }

    Kernel kernel_;
    u32 pageblock_order_;
    std::vector<Migratetype> pageblock_;
    std::vector<Zone> zone_;
    std::map<u32, u32> allocated_;  // first frame to order
    RuleCounts used_{};
};

}  // namespace mmscope::test
