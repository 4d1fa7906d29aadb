#include "mm/buddy.h"

#include <bit>
#include <cassert>

namespace mmscope {

namespace {

bool is_mergeable(Migratetype type) { return type <= Migratetype::reclaimable; }  // not HighAtomic, CMA, Isolate

}  // namespace

void Buddy::insert(Pfn pfn, Order order, Migratetype type, Place place) {
    const u32 head = frames_.list_head(zone_.list(order, type));
    const u32 before = place == Place::head ? head : link_[head].prev;
    const u32 after = link_[before].next;
    link_[pfn.value] = {after, before};
    link_[before].next = pfn.value;
    link_[after].prev = pfn.value;
    state_[pfn.value] = frame_state::free_head(type, order);
    const u32 t = static_cast<u32>(type);
    ++zone_.area.count[order.value][t];
    zone_.area.nonempty[t] = static_cast<u16>(zone_.area.nonempty[t] | (1U << order.value));
}

void Buddy::remove(Pfn pfn, Order order, Migratetype type) {
    const FrameLink own = link_[pfn.value];
    link_[own.prev].next = own.next;
    link_[own.next].prev = own.prev;
    state_[pfn.value] = frame_state::free_tail(type);
    const u32 t = static_cast<u32>(type);
    const u32 left = --zone_.area.count[order.value][t];
    zone_.area.nonempty[t] = static_cast<u16>(zone_.area.nonempty[t] & ~(u32{left == 0} << order.value));
}

Pfn Buddy::rmqueue(Order order, Migratetype type) {
    Pfn pfn = rmqueue_smallest(order, type);
    if (pfn == kNoPfn) [[unlikely]] {
        if (profile_.fallback == Profile::Fallback::claim_then_steal) pfn = claim_or_steal(order, type);
        else if (fallback_6_1(order, type)) pfn = rmqueue_smallest(order, type);
        if (pfn == kNoPfn) return pfn;
    }
    zone_.free_pages -= order.frames();
    return pfn;
}

// __rmqueue_smallest: the head of the first list, from `order` up, that has one.
Pfn Buddy::rmqueue_smallest(Order order, Migratetype type) {
    const u32 fits = zone_.area.nonempty[static_cast<u32>(type)] >> order.value;
    if (fits == 0) {
        emit(TraceKind::list_empty, order.value, type, kNoPfn, kMaxPageOrder);
        return kNoPfn;
    }
    const Order found{static_cast<u8>(order.value + std::countr_zero(fits))};
    if (found != order) emit(TraceKind::list_empty, order.value, type, kNoPfn, found.value - 1U);
    const Pfn pfn = first_of(found, type);
    emit(TraceKind::take, found.value, type, pfn);
    remove(pfn, found, type);
    if (found != order) expand(pfn, found, order, type);
    return pfn;
}

// expand(): the block halves until it has the order wanted; each upper half goes to the head of its list.
void Buddy::expand(Pfn pfn, Order order, Order wanted, Migratetype type) {
    emit(TraceKind::expand, order.value, type, pfn, wanted.value);
    while (order > wanted) {
        --order.value;
        insert(pfn + order.frames(), order, type, Place::head);
    }
}

// A block larger than a pageblock is freed pageblock by pageblock, each with its own type, where the kernel
// keeps free pages on the list of their pageblock's type (split_large_buddy, 6.10 and later).
void Buddy::free_block(Pfn pfn, Order order) {
    const Order pageblock = frames_.pageblock_order();
    zone_.free_pages += order.frames();
    if (order > pageblock && profile_.free_by_pageblock) [[unlikely]] {
        emit(TraceKind::split_large, order.value, frames_.pageblock_type(pfn), pfn, pageblock.value);
        for (u32 at = 0; at < order.frames(); at += pageblock.frames()) free_one(pfn + at, pageblock, frames_.pageblock_type(pfn + at));
        return;
    }
    free_one(pfn, order, frames_.pageblock_type(pfn));
}

// __free_one_page. While the buddy is free as a whole: take it off its list and go on with both. Then the
// block goes to the head of its list, or to the tail if the block that it would next merge into is half free
// already (buddy_merge_likely): it is then handed out later and may become whole.
void Buddy::free_one(Pfn pfn, Order order, Migratetype type) {
    fill_block(state_ + pfn.value, order, frame_state::free_tail(type));
    frames_.mark_dirty(pfn);
    Pfn buddy{pfn.value ^ order.frames()};
    while (order.value < kMaxPageOrder) {
        buddy = {pfn.value ^ order.frames()};
        if (!is_free_block(buddy, order)) break;
        if (order >= frames_.pageblock_order() && !may_merge_pageblocks(buddy, type)) break;
        emit(TraceKind::merge, order.value, type, pfn, buddy.value);
        absorb(buddy, order, type);
        pfn.value &= buddy.value;
        ++order.value;
    }
    const Pfn combined{pfn.value & buddy.value};
    const Order higher{static_cast<u8>(order.value + 1)};
    const bool tail = higher.value < kMaxPageOrder && is_free_block({combined.value ^ higher.frames()}, higher);
    insert(pfn, order, type, tail ? Place::tail : Place::head);
    emit(TraceKind::list_add, order.value, type, pfn, tail);
}

// Buddies of different types merge only if no type is one that must stay apart.
bool Buddy::may_merge_pageblocks(Pfn buddy, Migratetype type) const {
    const Migratetype other = frames_.pageblock_type(buddy);
    return other == type || (is_mergeable(other) && is_mergeable(type));
}

// Takes a free buddy off its list and lets its frames read as `type`. From 6.10 on its pageblocks take the
// type too; before, a merged block may span two types.
void Buddy::absorb(Pfn buddy, Order order, Migratetype type) {
    const Migratetype listed = frame_state::migratetype(state_[buddy.value]);
    remove(buddy, order, listed);
    if (listed == type) [[likely]] {
        if (order < frames_.pageblock_order() || frames_.pageblock_type(buddy) == type) return;
    }
    fill_block(state_ + buddy.value, order, frame_state::free_tail(type));
    frames_.mark_dirty(buddy);
    if (order >= frames_.pageblock_order() && profile_.free_by_pageblock) {
        emit(TraceKind::relabel, order.value, type, buddy, static_cast<u32>(frames_.pageblock_type(buddy)));
        set_pageblock_types(buddy, order, type);
    }
}

void Buddy::set_pageblock_types(Pfn pfn, Order order, Migratetype type) {
    const u32 step = frames_.pageblock_order().frames();
    for (u32 at = 0; at < order.frames(); at += step) frames_.set_pageblock_type(pfn + at, type);
}

void Buddy::add_block(Pfn pfn, Order order, Migratetype type, Place place) {
    fill_block(state_ + pfn.value, order, frame_state::free_tail(type));
    frames_.mark_dirty(pfn);
    insert(pfn, order, type, place);
    zone_.free_pages += order.frames();
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
    const u32 head = frames_.list_head(zone_.list(order, type));
    for (u32 at = link_[head].next; at != head && most != 0; at = link_[at].next, --most) out->push_back({at});
}

}  // namespace mmscope
