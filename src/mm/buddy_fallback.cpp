// When the lists of the wanted migratetype are empty: borrowing from the other types, by the two algorithms.
//
//   Linux 6.12   claim: from the largest order down, take over a whole pageblock (or more) if enough of it is
//                free or alike; else steal: from the smallest order up, take one block and leave the type.
//   Linux 6.1    one routine: from the largest order down, the first block found is moved to the wanted list,
//                with its whole pageblock if that may be stolen; then the smallest fit is tried again.
//   Linux 2.6    from the largest order down, the first block found is split and given; what is left of it, and of
//                its pageblock, changes lists if the block is large.
#include "mm/buddy.h"
#include "mm/fallback_rules.h"

#include <algorithm>

namespace mmscope {

// To the tail, before 2.6.35 to the head.
void Buddy::move_to_list(Pfn pfn, Order order, Migratetype type) {
    remove(pfn, order, frame_state::migratetype(frames_.state(pfn)));
    fill_block(frames_.states() + pfn.value, order, frame_state::free_tail(type));
    frames_.mark_dirty(pfn);
    insert(pfn, order, type, profile_.uses_tail ? Place::tail : Place::head);
}

// move_freepages: every free block between start and end goes to the end of `type`'s list, ascending.
u32 Buddy::move_free(Pfn start, Pfn end, Migratetype type) {
    u32 moved = 0;
    for (Pfn pfn = start; pfn < end;) {
        const u8 state = frames_.state(pfn);
        if (!frame_state::is_free_head(state)) {
            pfn = pfn + 1;
            continue;
        }
        const Order order = frame_state::order(state);
        move_to_list(pfn, order, type);
        if (profile_.free_by_pageblock) {
            count_free_pages(-static_cast<i32>(order.frames()));
            count_free_pages(static_cast<i32>(order.frames()));
        }
        pfn = pfn + order.frames();
        moved += order.frames();
    }
    emit(TraceKind::move_freepages, frames_.pageblock_order().value, type, start, moved);
    return moved;
}

// ---- Linux 6.12 ----

Pfn Buddy::claim(Order order, Migratetype type, const FallbackRights& rights) {
    const Order least = least_fallback_order(order, rights.may_mix, frames_.pageblock_order());
    for (Order current{kMaxPageOrder};; --current.value) {
        const u32 from = find_fallback(zone_.area, current, type);
        if (from != kNoFallback) {
            if (!can_claim(current, type, frames_.pageblock_order())) break;
            const Migratetype other = static_cast<Migratetype>(from);
            const Pfn pfn = try_to_claim(first_of(current, other), current, order, type, other, rights);
            if (pfn != kNoPfn) return pfn;
        }
        if (current == least) break;
    }
    return kNoPfn;
}

Pfn Buddy::try_to_claim(Pfn block, Order block_order, Order order, Migratetype type, Migratetype from,
                        const FallbackRights& rights) {
    const Order pageblock = frames_.pageblock_order();
    if (block_order >= pageblock) return claim_whole(block, block_order, order, type, from);

    boost_watermark(rights);
    const Pfn start = block_start(block, pageblock);
    const Pfn end = start + pageblock.frames();
    if (!zone_.contains(start) || !zone_.contains({end.value - 1})) {  // the pageblock straddles the zone's edge
        emit(TraceKind::claim_failed, block_order.value, type, block, 0, pageblock.frames() / 2);
        return kNoPfn;
    }
    const u32 free = count_free(frames_, start, end);
    const u32 alike = free + alike_pages(frames_, type, from, start, end, free);
    if (alike < pageblock.frames() / 2) {
        emit(TraceKind::claim_failed, block_order.value, type, block, alike, pageblock.frames() / 2);
        return kNoPfn;
    }
    emit(TraceKind::claim, pageblock.value, type, start, static_cast<u32>(from), block_order.value);
    move_free(start, end, type);
    frames_.set_pageblock_type(start, type);
    const Pfn pfn = rmqueue_smallest(order, type);
    emit(TraceKind::mm_page_alloc_extfrag, order.value, type, pfn, block_order.value, static_cast<u32>(from));
    return pfn;
}

// A block of one or two pageblocks changes its type as it is; what is left of it stays with the new type.
Pfn Buddy::claim_whole(Pfn block, Order block_order, Order order, Migratetype type, Migratetype from) {
    emit(TraceKind::claim, block_order.value, type, block, static_cast<u32>(from), block_order.value);
    remove(block, block_order, from);
    set_pageblock_types(block, block_order, type);
    fill_block(frames_.states() + block.value, block_order, frame_state::free_tail(type));
    frames_.mark_dirty(block);
    count_free_pages(-static_cast<i32>(block_order.frames()));
    if (block_order != order) {
        expand(block, block_order, order, type);
        count_free_pages(static_cast<i32>(block_order.frames() - order.frames()));
    }
    emit(TraceKind::mm_page_alloc_extfrag, order.value, type, block, block_order.value, static_cast<u32>(from));
    return block;
}

// boost_watermark: mixing migratetypes is a sign that memory grows short of whole pageblocks; the marks rise, so
// that kswapd frees more than it otherwise would. Zones of fewer than four pageblocks are left alone.
void Buddy::boost_watermark(const FallbackRights& rights) {
    const u32 pageblock = frames_.pageblock_order().frames();
    if (!profile_.avoids_fragmentation || zone_.watermark_boost_factor == 0 || pageblock * 4 > zone_.managed) return;
    const u64 share = u64{zone_.watermark[static_cast<u32>(Watermark::high)]} * zone_.watermark_boost_factor / 10000;
    if (share == 0) return;
    const u32 most = std::max(pageblock, static_cast<u32>(share));
    zone_.boost = std::min(zone_.boost + pageblock, most);
    if (rights.wakes_kswapd) zone_.is_boosted = true;
    emit(TraceKind::boost_watermark, 0, Migratetype::unmovable, kNoPfn, zone_.boost, most);
}

std::optional<u32> Buddy::move_pageblock(Pfn pfn, Migratetype type) {
    if (profile_.fallback != Profile::Fallback::claim_then_steal) return move_pageblock_6_1(pfn, type);
    const Order pageblock = frames_.pageblock_order();
    const Pfn start = block_start(pfn, pageblock);
    if (!zone_.contains(start) || !zone_.contains({start.value + pageblock.frames() - 1})) return std::nullopt;
    return move_free(start, start + pageblock.frames(), type);
}

Pfn Buddy::steal(Order order, Migratetype type) {
    const auto from = smallest_fallback(zone_.area, order, type);
    if (!from) return kNoPfn;
    const Pfn pfn = first_of(from->order, from->type);
    emit(TraceKind::steal, from->order.value, from->type, pfn, static_cast<u32>(type));
    remove(pfn, from->order, from->type);
    if (from->order != order) expand(pfn, from->order, order, from->type);
    count_free_pages(-static_cast<i32>(order.frames()));
    emit(TraceKind::mm_page_alloc_extfrag, order.value, type, pfn, from->order.value, static_cast<u32>(from->type));
    return pfn;
}

// ---- Linux 6.1 ----

// True if something was moved to the lists of `type`.
bool Buddy::fallback_6_1(Order order, Migratetype type, const FallbackRights& rights) {
    const Order pageblock = frames_.pageblock_order();
    const auto from = fallback_of_6_1(zone_.area, order, type, rights.may_mix, pageblock);
    if (!from) return false;
    const Pfn block = first_of(from->order, from->type);
    emit(TraceKind::mm_page_alloc_extfrag, order.value, type, block, from->order.value, static_cast<u32>(from->type));
    steal_suitable_6_1(block, from->order, type, can_claim(from->order, type, pageblock), rights);
    return true;
}

// steal_suitable_fallback. The block moves alone if it covers pageblocks (they change type with it), if its
// pageblock must not be stolen, or if nothing else of the pageblock could be moved.
void Buddy::steal_suitable_6_1(Pfn block, Order block_order, Migratetype type, bool whole_pageblock,
                               const FallbackRights& rights) {
    const Order pageblock = frames_.pageblock_order();
    const Migratetype old_type = frames_.pageblock_type(block);
    const bool is_reserve = old_type == Migratetype::highatomic;
    if (block_order >= pageblock && !is_reserve) {
        emit(TraceKind::claim, block_order.value, type, block, static_cast<u32>(old_type), block_order.value);
        set_pageblock_types(block, block_order, type);
    }
    if (block_order < pageblock && !is_reserve) boost_watermark(rights);
    u32 moved = 0;
    if (block_order < pageblock && whole_pageblock && !is_reserve) moved = move_pageblock_6_1(block, type);
    if (moved == 0) {
        const bool is_claimed = block_order >= pageblock && !is_reserve;
        if (!is_claimed)
            emit(TraceKind::steal, block_order.value, frame_state::migratetype(frames_.state(block)), block,
                 static_cast<u32>(type));
        move_to_list(block, block_order, type);
        return;
    }
    const Pfn start = block_start(block, pageblock);
    const Pfn first = zone_.contains(start) ? start : block;
    const u32 alike = moved + alike_pages(frames_, type, old_type, first, start + pageblock.frames(), moved);
    if (alike >= pageblock.frames() / 2) {
        emit(TraceKind::claim, pageblock.value, type, block_start(block, pageblock), static_cast<u32>(old_type),
             block_order.value);
        frames_.set_pageblock_type(block, type);
    } else {
        emit(TraceKind::claim_failed, block_order.value, type, block, alike, pageblock.frames() / 2);
    }
}

// move_freepages_block: never across the zone's edges. Where the pageblock begins before the zone, from the
// block on; where it ends behind the zone, nothing.
u32 Buddy::move_pageblock_6_1(Pfn block, Migratetype type) {
    const Order pageblock = frames_.pageblock_order();
    const Pfn start = block_start(block, pageblock);
    const Pfn end = start + pageblock.frames();
    if (!zone_.contains({end.value - 1})) return 0;
    return move_free(zone_.contains(start) ? start : block, end, type);
}

// ---- Linux 2.6 ----

Pfn Buddy::fallback_2_6(Order order, Migratetype type) {
    const auto from = largest_fallback(zone_.area, order, type);
    if (!from) return kNoPfn;
    const Order found = from->order;
    const Pfn block = first_of(found, from->type);
    const bool changes_lists = bring_pageblock_2_6(block, found, type);
    if (!changes_lists) emit(TraceKind::steal, found.value, from->type, block, static_cast<u32>(type));
    remove(block, found, frame_state::migratetype(frames_.state(block)));
    if (found >= frames_.pageblock_order()) set_pageblock_types(block, found, type);
    if (found != order) expand(block, found, order, changes_lists ? type : from->type);
    emit(TraceKind::mm_page_alloc_extfrag, order.value, type, block, found.value, static_cast<u32>(from->type));
    return block;
}

// Whether a block is so large that all free blocks of its pageblock change to the lists of `type` with it. The
// pageblock does too if they are half of it.
bool Buddy::bring_pageblock_2_6(Pfn block, Order block_order, Migratetype type) {
    const Order pageblock = frames_.pageblock_order();
    if (!brings_pageblock_2_6(block_order, type, pageblock)) return false;
    const Migratetype old_type = frames_.pageblock_type(block);
    const u32 moved = move_pageblock_6_1(block, type);
    const u32 half = pageblock.frames() / 2;
    if (moved >= half) {
        emit(TraceKind::claim, std::max(block_order, pageblock).value, type, block_start(block, pageblock),
             static_cast<u32>(old_type), block_order.value);
        frames_.set_pageblock_type(block, type);
    } else {
        emit(TraceKind::claim_failed, block_order.value, type, block, moved, half);
    }
    return true;
}

}  // namespace mmscope
