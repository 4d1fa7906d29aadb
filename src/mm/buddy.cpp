#include "mm/buddy.h"

#include <bit>
#include <cassert>

namespace mmscope {

namespace {

bool is_mergeable(Migratetype type) { return type <= Migratetype::reclaimable; }  // not HighAtomic, CMA, Isolate

}  // namespace

void Buddy::insert(Pfn pfn, Order order, Migratetype type, Place place) {
    TypeLists lists(frames_, zone_, type);
    if (place == Place::head)
        lists.push_head(pfn.value, order.value);
    else
        lists.push_tail(pfn.value, order.value);
    lists.store();
}

void Buddy::remove(Pfn pfn, Order order, Migratetype type) {
    TypeLists lists(frames_, zone_, type);
    lists.unlink(pfn.value, order.value);
    lists.store();
    frames_.states()[pfn.value] = frame_state::free_tail(type);
}

namespace {

// Where a request is answered from the lists of its own type: the head of the first list, from `order` up, that
// has a block, split down to `order`. Each upper half goes to the head of its list; the lowest part is given.
inline u32 take_smallest(TypeLists& lists, u32 order, u32 found) {
    const u32 pfn = lists.pop(found);
    while (found > order) {
        --found;
        lists.push_head(pfn + (1U << found), found);
    }
    lists.store();
    return pfn;
}

}  // namespace

void Buddy::isolate_free_block(Pfn pfn, Order order) {
    const Migratetype type = frame_state::migratetype(frames_.state(pfn));
    remove(pfn, order, type);
    count_free_pages(-static_cast<i32>(order.frames()));
    if (order.value + 1U >= frames_.pageblock_order().value && type <= Migratetype::reclaimable)
        set_pageblock_types(pfn, order, Migratetype::movable);  // the one that holds it, or all that it covers
    write_block(frames_.states() + pfn.value, order, frame_state::allocated_head(Migratetype::movable, Owner::kernel),
                frame_state::allocated_tail(Migratetype::movable, Owner::kernel));
    frames_.mark_dirty(pfn);
}

void Buddy::count_free_pages(i32 pages, u32 times) {
    zone_.free_pages += static_cast<u32>(pages) * times;
    if (free_diff_ == nullptr) {
        zone_.nr_free_pages += static_cast<u32>(pages) * times;
        return;
    }
    const i32 threshold = static_cast<i32>(zone_.stat_threshold);
    i32 diff = *free_diff_;
    i32 folded = 0;
    for (; times != 0; --times) {
        diff += pages;
        if (diff <= threshold && diff >= -threshold) continue;
        folded += diff;
        diff = 0;
    }
    *free_diff_ = diff;
    zone_.nr_free_pages += static_cast<u32>(folded);
}

Pfn Buddy::rmqueue(Order order, Migratetype type, const FallbackRights& rights) {
    bool steals = false;
    const Pfn pfn = rmqueue_next(order, type, rights, &steals);
    if (pfn != kNoPfn && !profile_.free_by_pageblock) count_free_pages(-static_cast<i32>(order.frames()));
    return pfn;
}

Pfn Buddy::rmqueue_next(Order order, Migratetype type, const FallbackRights& rights, bool* steals) {
    Pfn pfn = *steals ? kNoPfn : rmqueue_smallest(order, type);
    if (pfn != kNoPfn) [[likely]]
        return pfn;
    if (profile_.fallback == Profile::Fallback::largest_block) {
        pfn = fallback_2_6(order, type);
        return pfn != kNoPfn ? pfn : rmqueue_smallest(order, Migratetype::highatomic);  // Reserve, rather than fail
    }
    if (profile_.fallback == Profile::Fallback::single_routine)
        return fallback_6_1(order, type, rights) ? rmqueue_smallest(order, type) : kNoPfn;
    if (!*steals) pfn = claim(order, type, rights);
    if (pfn != kNoPfn || !rights.may_mix) return pfn;
    pfn = steal(order, type);
    *steals = pfn != kNoPfn;
    return pfn;
}

// The whole block goes, or its first `most` parts; what is left of it lies on lists that were empty, so that it
// makes no difference whether the parts were split off one by one.
u32 Buddy::rmqueue_run(Order order, Migratetype type, u32 most, Pfn* first) {
    TypeLists lists(frames_, zone_, type);
    const u32 fits = lists.nonempty >> order.value;
    if (fits == 0) return 0;
    const u32 found = static_cast<u32>(std::countr_zero(fits));
    const u32 pfn = lists.pop(order.value + found);
    emit(TraceKind::take, order.value + found, type, {pfn});
    const u32 parts = 1U << found;
    const u32 given = std::min(parts, most);
    for (u32 at = given; at < parts; at += at & (0U - at)) {
        const u32 size = static_cast<u32>(std::countr_zero(at));
        lists.push_head(pfn + (at << order.value), order.value + size);
    }
    lists.store();
    if (profile_.free_by_pageblock) count_free_pages(-static_cast<i32>(order.frames()), given);
    *first = {pfn};
    return given;
}

Pfn Buddy::rmqueue_listed(Order order, Migratetype type) {
    const Pfn pfn = rmqueue_smallest(order, type);
    if (pfn != kNoPfn && !profile_.free_by_pageblock) count_free_pages(-static_cast<i32>(order.frames()));
    return pfn;
}

// __rmqueue_smallest.
Pfn Buddy::rmqueue_smallest(Order order, Migratetype type) {
    TypeLists lists(frames_, zone_, type);
    const u32 fits = lists.nonempty >> order.value;
    if (fits == 0) [[unlikely]] {
        emit(TraceKind::list_empty, order.value, type, kNoPfn, kMaxPageOrder);
        return kNoPfn;
    }
    const u32 found = order.value + static_cast<u32>(std::countr_zero(fits));
    if (trace_.is_attached()) [[unlikely]] {
        if (found != order.value) emit(TraceKind::list_empty, order.value, type, kNoPfn, found - 1);
        emit(TraceKind::take, found, type, {lists.first(found)});
        if (found != order.value) emit(TraceKind::expand, found, type, {lists.first(found)}, order.value);
    }
    if (profile_.free_by_pageblock) count_free_pages(-static_cast<i32>(order.frames()));
    return {take_smallest(lists, order.value, found)};
}

// expand(): what rmqueue_smallest does to a block that is too large, for a block that is on no list.
void Buddy::expand(Pfn pfn, Order order, Order wanted, Migratetype type) {
    emit(TraceKind::expand, order.value, type, pfn, wanted.value);
    while (order > wanted) {
        --order.value;
        insert(pfn + order.frames(), order, type, Place::head);
    }
}

void Buddy::free_block(Pfn pfn, Order order, Migratetype type) {
    if (order > frames_.pageblock_order() && profile_.free_by_pageblock) [[unlikely]]
        return free_large(pfn, order);
    count_free_pages(static_cast<i32>(order.frames()));
    free_one(pfn, order, type);
}

// A block larger than a pageblock is freed pageblock by pageblock, each with its own type, where the kernel
// keeps free pages on the list of their pageblock's type (split_large_buddy, 6.10 and later).
void Buddy::free_large(Pfn pfn, Order order) {
    const Order pageblock = frames_.pageblock_order();
    emit(TraceKind::split_large, order.value, frames_.pageblock_type(pfn), pfn, pageblock.value);
    for (u32 at = 0; at < order.frames(); at += pageblock.frames()) {
        count_free_pages(static_cast<i32>(pageblock.frames()));
        free_one(pfn + at, pageblock, frames_.pageblock_type(pfn + at));
    }
}

// Whether a block of this order is free there, in this zone. The first test fails most often.
inline bool Buddy::is_free_block(u32 pfn, u32 order) const {
    return (frames_.state({pfn}) & 0x8f) == (frame_state::kFree | order) && pfn - zone_.start.value < zone_.spanned;
}

// __free_one_page. While the buddy is free as a whole: take it off its list and go on with both. The loop itself knows
// only buddies on the lists of `type`; a buddy on another list, or a whole pageblock, is for can_absorb to judge.
void Buddy::free_one(Pfn freed, Order freed_order, Migratetype type) {
    u8* const state = frames_.states();
    fill_block(state + freed.value, freed_order, frame_state::free_tail(type));
    frames_.mark_dirty(freed);
    const u32 pageblock = frames_.pageblock_order().value;
    const bool traced = trace_.is_attached();
    TypeLists lists(frames_, zone_, type);
    u32 pfn = freed.value;
    u32 order = freed_order.value;
    for (; order < kMaxPageOrder; ++order) {
        const u32 buddy = pfn ^ (1U << order);
        if (!is_free_block(buddy, order)) break;
        if (lists.is_listed(buddy, order) && order < pageblock) [[likely]] {
            lists.unlink(buddy, order);
            state[buddy] = frame_state::free_tail(type);
        } else {
            const Order small{static_cast<u8>(order)};
            if (!can_absorb({buddy}, small, type)) break;
            lists.store();
            absorb({buddy}, small, type);
            lists.nonempty = zone_.area.nonempty[static_cast<u32>(type)];
        }
        if (traced) emit(TraceKind::merge, order, type, {pfn}, buddy);
        pfn &= buddy;
    }
    const bool likely_merge = is_merge_likely(pfn, order);
    if (likely_merge)
        lists.push_tail(pfn, order);
    else
        lists.push_head(pfn, order);
    lists.store();
    if (traced) emit(TraceKind::list_add, order, type, {pfn}, likely_merge);
}

// buddy_merge_likely: the block that this one would next merge into is half free already. Then it goes to the tail of
// its list (since 2.6.35): it is handed out later and may become whole.
inline bool Buddy::is_merge_likely(u32 pfn, u32 order) const {
    const u32 higher = order + 1U;
    const u32 next = (pfn & ~(1U << order)) ^ (1U << higher);
    return profile_.uses_tail && higher < kMaxPageOrder && is_free_block(next, higher);
}

// Whether a free block of this order may merge with one of `type`. Whole pageblocks of different types merge
// only if neither type must stay apart, as Reserve of 2.6 need not.
bool Buddy::can_absorb(Pfn buddy, Order order, Migratetype type) const {
    if (order < frames_.pageblock_order() || !profile_.has_highatomic) return true;
    const Migratetype other = frames_.pageblock_type(buddy);
    return other == type || (is_mergeable(other) && is_mergeable(type));
}

// Takes a free buddy off its list and lets its frames read as `type`. From 6.10 on its pageblocks take the
// type too; before, a merged block may span two types.
void Buddy::absorb(Pfn buddy, Order order, Migratetype type) {
    const Migratetype listed = frame_state::migratetype(frames_.state(buddy));
    remove(buddy, order, listed);
    if (listed != type) {
        fill_block(frames_.states() + buddy.value, order, frame_state::free_tail(type));
        frames_.mark_dirty(buddy);
    }
    const bool covers_pageblocks = order >= frames_.pageblock_order();
    if (!covers_pageblocks || !profile_.free_by_pageblock || frames_.pageblock_type(buddy) == type) return;
    emit(TraceKind::relabel, order.value, type, buddy, static_cast<u32>(frames_.pageblock_type(buddy)));
    set_pageblock_types(buddy, order, type);
}

void Buddy::set_pageblock_types(Pfn pfn, Order order, Migratetype type) {
    const u32 step = frames_.pageblock_order().frames();
    for (u32 at = 0; at < order.frames(); at += step) frames_.set_pageblock_type(pfn + at, type);
}

void Buddy::add_block(Pfn pfn, Order order, Migratetype type, Place place) {
    fill_block(frames_.states() + pfn.value, order, frame_state::free_tail(type));
    frames_.mark_dirty(pfn);
    insert(pfn, order, type, place);
    count_free_pages(static_cast<i32>(order.frames()));
}

void Buddy::add_range(Pfn first, u32 frames) {
    while (frames != 0) {
        const u32 alignment = first.value == 0 ? kMaxPageOrder : static_cast<u32>(std::countr_zero(first.value));
        const u32 largest = static_cast<u32>(std::bit_width(frames)) - 1;
        const Order order{static_cast<u8>(std::min(std::min(alignment, largest), kMaxPageOrder))};
        add_block(first, order, Migratetype::movable, Place::tail);
        first = first + order.frames();
        frames -= order.frames();
    }
}

void Buddy::list_blocks(Order order, Migratetype type, u32 most, std::vector<Pfn>* out) const {
    const FrameLink* const link = frames_.links();
    const u32 head = frames_.list_head(zone_.list(order, type));
    for (u32 at = link[head].next; at != head && most != 0; at = link[at].next, --most) out->push_back({at});
}

}  // namespace mmscope
