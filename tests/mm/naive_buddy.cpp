#include "naive_buddy.h"

#include <algorithm>

namespace mmscope::test {

namespace {

using Type = Migratetype;

bool is_mergeable(Type type) { return type == Type::unmovable || type == Type::movable || type == Type::reclaimable; }

// U -> E, M;  M -> E, U;  E -> U, M.
std::array<Type, 2> fallbacks_of(Type type) {
    if (type == Type::unmovable) return {Type::reclaimable, Type::movable};
    if (type == Type::movable) return {Type::reclaimable, Type::unmovable};
    return {Type::unmovable, Type::movable};
}

u32 frames_of(u32 order) { return 1U << order; }

}  // namespace

NaiveBuddy::NaiveBuddy(Kernel kernel, u32 pageblock_order, u32 frames)
    : kernel_(kernel), pageblock_order_(pageblock_order), pageblock_((frames >> pageblock_order) + 1, Type::movable) {}

u32 NaiveBuddy::add_zone(u32 first, u32 end) {
    zone_.emplace_back();
    zone_.back().first = first;
    zone_.back().end = end;
    return zones() - 1;
}

void NaiveBuddy::put(u32 zone, u32 pfn, u32 order, Type type) { list_at_tail(zone_[zone], pfn, order, type); }

void NaiveBuddy::add_range(u32 zone, u32 first, u32 frames) {
    const u32 end = first + frames;
    while (first < end) {
        u32 order = kMaxPageOrder;
        while (first % frames_of(order) != 0 || first + frames_of(order) > end) --order;
        put(zone, first, order, Type::movable);
        first += frames_of(order);
    }
}

u32 NaiveBuddy::free_pages(u32 zone) const {
    u32 sum = 0;
    for (const auto& [pfn, block] : zone_[zone].free) sum += frames_of(block.order);
    return sum;
}

// Lists.

bool NaiveBuddy::is_free(const Zone& zone, u32 pfn, u32 order) const {
    const auto found = zone.free.find(pfn);
    return found != zone.free.end() && found->second.order == order;
}

void NaiveBuddy::list_at_head(Zone& zone, u32 pfn, u32 order, Type type) {
    zone.list[order][static_cast<u32>(type)].push_front(pfn);
    zone.free[pfn] = {order, type};
}

void NaiveBuddy::list_at_tail(Zone& zone, u32 pfn, u32 order, Type type) {
    zone.list[order][static_cast<u32>(type)].push_back(pfn);
    zone.free[pfn] = {order, type};
}

void NaiveBuddy::unlist(Zone& zone, u32 pfn) {
    const Block block = zone.free.at(pfn);
    std::erase(zone.list[block.order][static_cast<u32>(block.list)], pfn);
    zone.free.erase(pfn);
}

// Every free block of the range, ascending, goes to the tail, also one that is on a list of `type` already.
u32 NaiveBuddy::move_all(Zone& zone, u32 first, u32 end, Type type) {
    u32 pages = 0;
    for (u32 pfn = first; pfn < end; ++pfn) {
        const auto found = zone.free.find(pfn);
        if (found == zone.free.end()) continue;
        const u32 order = found->second.order;
        unlist(zone, pfn);
        list_at_tail(zone, pfn, order, type);
        pages += frames_of(order);
    }
    return pages;
}

void NaiveBuddy::relabel(u32 pfn, u32 order, Type type) {
    for (u32 at = pfn; at < pfn + frames_of(order); at += frames_of(pageblock_order_)) type_of(at) = type;
}

// Allocation.

std::optional<u32> NaiveBuddy::alloc(u32 zone_number, u32 order, Type type) {
    Zone& zone = zone_[zone_number];
    std::optional<u32> pfn = smallest_fit(zone, order, type);
    if (kernel_ == Kernel::v6_12) {
        if (!pfn) pfn = claim_6_12(zone, order, type);
        if (!pfn) pfn = steal_6_12(zone, order, type);
    } else {
        while (!pfn && fallback_6_1(zone, order, type)) pfn = smallest_fit(zone, order, type);
    }
    if (pfn) allocated_[*pfn] = order;
    else count(Rule::nothing_found);
    return pfn;
}

std::optional<u32> NaiveBuddy::smallest_fit(Zone& zone, u32 order, Type type) {
    for (u32 at = order; at <= kMaxPageOrder; ++at) {
        if (!has_blocks(zone, at, type)) continue;
        const u32 pfn = zone.list[at][static_cast<u32>(type)].front();
        count(type_of(pfn) == type ? Rule::smallest_fit : Rule::list_of_another_type);
        return split(zone, pfn, at, order, type);
    }
    return std::nullopt;
}

// Gives the lowest part; the upper halves go to the heads of the lists of `rest`.
u32 NaiveBuddy::split(Zone& zone, u32 pfn, u32 block_order, u32 order, Type rest) {
    unlist(zone, pfn);
    while (block_order > order) {
        count(Rule::split);
        --block_order;
        list_at_head(zone, pfn + frames_of(block_order), block_order, rest);
    }
    return pfn;
}

std::optional<Type> NaiveBuddy::fallback_type(const Zone& zone, u32 order, Type type) const {
    for (const Type other : fallbacks_of(type))
        if (has_blocks(zone, order, other)) return other;
    return std::nullopt;
}

bool NaiveBuddy::can_claim(u32 block_order, Type type) const {
    if (block_order >= pageblock_order_ / 2) return true;
    return type == Type::unmovable || type == Type::reclaimable;
}

std::optional<u32> NaiveBuddy::claim_6_12(Zone& zone, u32 order, Type type) {
    for (u32 at = kNrPageOrders; at-- > order;) {
        const std::optional<Type> from = fallback_type(zone, at, type);
        if (!from) continue;
        if (!can_claim(at, type)) {
            count(Rule::claim_not_allowed);
            break;
        }
        const u32 pfn = zone.list[at][static_cast<u32>(*from)].front();
        if (at >= pageblock_order_) {
            count(Rule::claim_of_whole_pageblocks);
            relabel(pfn, at, type);
            return split(zone, pfn, at, order, type);
        }
        if (claim_pageblock_6_12(zone, pfn, type)) return smallest_fit(zone, order, type);
    }
    return std::nullopt;
}

// The pageblock becomes `type` if at least half of it is free or alike.
bool NaiveBuddy::claim_pageblock_6_12(Zone& zone, u32 pfn, Type type) {
    const u32 size = frames_of(pageblock_order_);
    const u32 first = pfn - pfn % size;
    if (first < zone.first || first + size > zone.end) {
        count(Rule::claim_at_zone_edge);
        return false;
    }
    u32 pages = 0;
    for (const auto& [at, block] : zone.free)
        if (at >= first && at < first + size) pages += frames_of(block.order);
    const u32 alike = type != Type::movable && type_of(pfn) == Type::movable ? size - pages : 0;
    if (pages + alike < size / 2) {
        count(Rule::claim_below_half);
        return false;
    }
    count(Rule::claim_of_most_of_a_pageblock);
    move_all(zone, first, first + size, type);
    type_of(pfn) = type;
    return true;
}

std::optional<u32> NaiveBuddy::steal_6_12(Zone& zone, u32 order, Type type) {
    for (u32 at = order; at <= kMaxPageOrder; ++at) {
        const std::optional<Type> from = fallback_type(zone, at, type);
        if (!from) continue;
        count(Rule::steal);
        return split(zone, zone.list[at][static_cast<u32>(*from)].front(), at, order, *from);
    }
    return std::nullopt;
}

// Moves something to the lists of `type`, so that the smallest fit succeeds; false if no other type has anything.
bool NaiveBuddy::fallback_6_1(Zone& zone, u32 order, Type type) {
    u32 at = kNrPageOrders;
    std::optional<Type> from;
    while (!from && at > order) from = fallback_type(zone, --at, type);
    if (!from) return false;
    if (type == Type::movable && !can_claim(at, type) && at > order) {
        count(Rule::smallest_first);
        at = order;
        while (!(from = fallback_type(zone, at, type))) ++at;
    }
    move_6_1(zone, zone.list[at][static_cast<u32>(*from)].front(), at, type, can_claim(at, type));
    return true;
}

void NaiveBuddy::move_6_1(Zone& zone, u32 pfn, u32 block_order, Type type, bool whole_pageblock) {
    if (block_order >= pageblock_order_) {
        count(Rule::move_of_a_large_block);
        relabel(pfn, block_order, type);
    } else if (whole_pageblock && move_pageblock_6_1(zone, pfn, type)) {
        return;
    } else {
        count(Rule::move_of_one_block);
    }
    unlist(zone, pfn);
    list_at_tail(zone, pfn, block_order, type);
}

// False if the pageblock's end is outside the zone: then nothing has moved. If its start is outside, what lies before
// `pfn` stays where it is, and the half test knows nothing of it.
bool NaiveBuddy::move_pageblock_6_1(Zone& zone, u32 pfn, Type type) {
    const u32 size = frames_of(pageblock_order_);
    u32 first = pfn - pfn % size;
    const u32 end = first + size;
    if (first < zone.first) {
        count(Rule::move_at_zone_start);
        first = pfn;
    }
    if (end > zone.end) {
        count(Rule::move_at_zone_end);
        return false;
    }
    const u32 pages = move_all(zone, first, end, type);
    const u32 alike = type != Type::movable && type_of(pfn) == Type::movable ? size - pages : 0;
    const bool most = pages + alike >= size / 2;
    count(most ? Rule::move_and_relabel : Rule::move_without_relabel);
    if (most) type_of(pfn) = type;
    return true;
}

// Freeing.

bool NaiveBuddy::free(u32 pfn, u32 order) {
    const auto found = allocated_.find(pfn);
    if (found == allocated_.end() || found->second != order) return false;
    allocated_.erase(found);
    Zone& zone =
        *std::find_if(zone_.begin(), zone_.end(), [&](const Zone& z) { return pfn >= z.first && pfn < z.end; });
    if (order > pageblock_order_ && type_of(pfn) != type_of(pfn + frames_of(order) - 1))
        count(Rule::freed_block_of_two_types);
    if (kernel_ == Kernel::v6_1 || order <= pageblock_order_) {
        free_one(zone, pfn, order, type_of(pfn));
        return true;
    }
    count(Rule::free_by_pageblock);
    for (u32 at = pfn; at < pfn + frames_of(order); at += frames_of(pageblock_order_))
        free_one(zone, at, pageblock_order_, type_of(at));
    return true;
}

void NaiveBuddy::free_one(Zone& zone, u32 pfn, u32 order, Type type) {
    while (order < kMaxPageOrder) {
        const u32 buddy = pfn ^ frames_of(order);
        if (!is_free(zone, buddy, order) || !may_merge(buddy, order, type)) break;
        count(Rule::merge);
        unlist(zone, buddy);
        pfn = std::min(pfn, buddy);
        ++order;
    }
    // A merge is likely soon if the block that the parent would merge with is free already.
    const u32 parent = pfn - pfn % frames_of(order + 1);
    const bool likely = order < kMaxPageOrder - 1 && is_free(zone, parent ^ frames_of(order + 1), order + 1);
    if (likely) {
        count(Rule::insert_at_tail);
        list_at_tail(zone, pfn, order, type);
    } else {
        list_at_head(zone, pfn, order, type);
    }
}

// Whole pageblocks of different types merge only if both are U, M or E; since 6.10 the buddy takes the freed type.
bool NaiveBuddy::may_merge(u32 buddy, u32 order, Type type) {
    if (order < pageblock_order_ || type_of(buddy) == type) return true;
    if (!is_mergeable(type) || !is_mergeable(type_of(buddy))) {
        count(Rule::no_merge_with_highatomic);
        return false;
    }
    count(Rule::merge_of_two_types);
    if (kernel_ == Kernel::v6_12) relabel(buddy, order, type);
    return true;
}

}  // namespace mmscope::test
