#include "mm/pcp.h"

#include <algorithm>

namespace mmscope {

namespace {

u32 clamp_quota(u32 quota, u32 least, u32 most) { return std::min(std::max(quota, least), most); }

}  // namespace

Pfn PcpLists::take(Order order, Migratetype type, const AllocFlags& flags, bool refills) {
    const u32 list = list_index(order, type);
    const bool must_refill = is_empty(list);
    if (must_refill && !refills) refill_blocks(order);  // 7.2: a refill that is refused moves the tuning all the same
    if (must_refill && (!refills || refill(order, type, flags) == 0)) {
        slow_down();
        return kNoPfn;
    }
    const FrameLink ends = frames_.links()[head(list)];
    const Pfn pfn{flags.cold ? ends.prev : ends.next};
    unlink(pfn, order);
    emit_take(pfn, order, type, flags.cold);
    return pfn;
}

// ---- how much to fetch ----

// 2.6: a batch. 6.1: a batch, but never fewer than two blocks. 6.7 and later (nr_pcp_alloc): refills of order 0 double
// as long as nothing is freed in between, and `high` grows with them while memory is plentiful.
u32 PcpLists::refill_blocks(Order order) {
    const u32 batch = zone_.pcp_batch;
    if (profile_.pcp_tuning == Profile::PcpTuning::fixed) return batch;
    if (profile_.pcp_tuning == Profile::PcpTuning::free_factor)
        return batch == 1 ? 1 : std::max(batch >> order.value, 2U);
    u32 high = pages_.high = clamped_high();
    if (high < batch) return 1;
    u32 base = order.value != 0 ? batch : batch << pages_.alloc_factor;
    if (zone_.pcp_high != zone_.pcp_high_max && !zone_.is_below_high)
        pages_.high = high = std::min(high + base, zone_.pcp_high_max);
    if (order.value == 0) {
        const i64 room = i64{high} - pages_.count - batch;
        const u32 most = static_cast<u32>(std::max<i64>(room, batch));
        if (base <= most && pages_.alloc_factor < kMostBatchShift) ++pages_.alloc_factor;
        base = std::min(base, most);
    }
    return base > 1 ? std::max(base >> order.value, 2U) : base;
}

// rmqueue_bulk: the blocks go to the tail in the order in which the buddy system gives them; for a cold request each
// before the last, so that the first is the one at the tail, which it takes.
u32 PcpLists::refill(Order order, Migratetype type, const AllocFlags& flags) {
    const u32 wanted = refill_blocks(order);
    const FallbackRights rights{!flags.nofragment, flags.kswapd};
    u32 got = 0;
    bool steals = false;
    while (got < wanted) {
        Pfn pfn = kNoPfn;
        u32 blocks = 0;
        if (!steals) blocks = buddy().rmqueue_run(order, type, wanted - got, &pfn);
        if (blocks == 0) {
            pfn = buddy().rmqueue_next(order, type, rights, &steals);
            blocks = pfn != kNoPfn;
        }
        if (blocks == 0) break;
        if (flags.cold) {
            for (u32 block = 0; block < blocks; ++block)
                push(pfn + (block << order.value), order, list_index(order, type), type);
            pages_.count += blocks << order.value;
        } else {
            append(pfn, list_index(order, type), type, blocks);
        }
        got += blocks;
    }
    if (!profile_.free_by_pageblock && got != 0) buddy().count_free_pages(-static_cast<i32>(got << order.value));
    emit(TraceKind::pcp_refill, order, type, kNoPfn, wanted, got);
    return got;
}

// `blocks` blocks that lie one behind another.
void PcpLists::append(Pfn pfn, u32 list, Migratetype type, u32 blocks) {
    const Order order = list_order(list);
    const u32 front = head(list);
    const u32 step = order.frames();
    FrameLink* const link = frames_.links();
    u8* const state = frames_.states();
    u32 last = link[front].prev;
    u32 at = pfn.value;
    link[last].next = at;
    for (u32 block = 0; block < blocks; ++block, at += step) {
        link[at] = {at + step, last};
        if (order.value != 0) fill_block(state + at, order, frame_state::allocated_tail(type, Owner::pcp));
        state[at] = frame_state::allocated_head(type, Owner::pcp);
        last = at;
    }
    link[last].next = front;
    link[front].prev = last;
    const u32 end_row = (at - 1) >> FrameTable::kRowShift;
    for (u32 row = pfn.value >> FrameTable::kRowShift; row <= end_row; ++row) frames_.dirty_rows()[row] = 1;
    pages_.count += blocks << order.value;
}

// ---- how much to give back ----

// Before 6.7. 2.6: a batch, as soon as there are `high`.
void PcpLists::trim(Order order, u32 list, bool frees_all) {
    if (profile_.pcp_tuning == Profile::PcpTuning::adaptive) return trim_adaptively(list, frees_all);
    if (profile_.pcp_tuning == Profile::PcpTuning::free_factor) return trim_by_free_factor(order, list);
    if (pages_.count >= zone_.pcp_high) drain(zone_.pcp_batch, list);
}

// 6.1: a drain doubles with each one that follows without an allocation in between. Blocks of order 1 to 3 freed in
// such a row empty the lists.
void PcpLists::trim_by_free_factor(Order order, u32 list) {
    const u32 batch = zone_.pcp_batch;
    const bool frees_all = pages_.free_factor > 0 && order.value >= 1 && order.value <= kPcpMostOrder;
    const u32 listed = zone_.is_reclaim_active ? std::min(4 * batch, zone_.pcp_high) : zone_.pcp_high;
    const u32 limit = frees_all ? 0 : listed;
    if (pages_.count < limit) return;
    u32 quota = pages_.count;
    if (!frees_all && limit < batch) {
        quota = 1;
    } else if (!frees_all) {
        const u32 most = limit - batch;
        const u32 wanted = batch << pages_.free_factor;
        if (wanted < most && pages_.free_factor < kMostBatchShift) ++pages_.free_factor;
        quota = clamp_quota(wanted, batch, most);
    }
    drain(quota, list);
}

// 6.7 and later (nr_pcp_high, nr_pcp_free): as many as were freed of late; `high` rises to hold a burst of frees, and
// sinks when memory is short.
void PcpLists::trim_adaptively(u32 list, bool frees_all) {
    const u32 batch = zone_.pcp_batch;
    const u32 high_min = zone_.pcp_high;
    const u32 most_count = batch << kMostBatchShift;
    const u32 high = clamped_high();
    const auto lowered = [&](u32 by) { return high > by ? std::max(high - by, high_min) : high_min; };
    u32 limit = high;
    if (high == 0 || frees_all) {
        limit = 0;
        if (frees_all) pages_.high = lowered(most_count);
    } else if (zone_.is_reclaim_active) {
        pages_.high = lowered(std::max(pages_.free_count, batch));
        limit = std::min(4 * batch, pages_.high);
    } else if (high_min != zone_.pcp_high_max) {
        if (zone_.is_below_high) {
            pages_.high = lowered(std::max(pages_.free_count, batch));
            limit = std::max(pages_.count, high_min);
        } else if (pages_.count >= high && high < pages_.free_count + batch) {
            pages_.high = std::min(std::max(pages_.free_count + batch, high_min), zone_.pcp_high_max);
        }
    }
    if (pages_.count < limit) return;
    u32 quota = 1;
    if (frees_all)
        quota = std::min(pages_.count, most_count);
    else if (limit >= batch)
        quota = clamp_quota(pages_.free_count, batch, limit - batch);
    drain(quota, list);
    const i64 open = i64{zone_.nr_free_pages} - zone_.area.pages(Migratetype::highatomic);
    const u32 movable_class = kMaxZonesPerNode - 2;  // lowmem_reserve[ZONE_MOVABLE]
    if (zone_.is_below_high && open > i64{zone_.mark(Watermark::high)} + zone_.lowmem_reserve[movable_class])
        zone_.is_below_high = false;
}

void PcpLists::drain(u32 pages, u32 list) {
    emit(TraceKind::pcp_drain, list_order(list), Migratetype::movable, kNoPfn, std::min(pages, pages_.count),
         pages_.count);
    if (!profile_.drains_in_batches) return drain_quota(pages, list);
    while (pages != 0 && pages_.count != 0) {
        const u32 portion = std::min(pages, zone_.pcp_batch);
        drain_quota(portion, list);
        pages -= portion;
    }
}

// The block at the tail goes to the buddy system; how many pages it has.
inline u32 PcpLists::give_back(u32 list, Buddy& lists) {
    FrameLink* const link = frames_.links();
    const Order order = list_order(list);
    const u32 front = head(list);
    const Pfn pfn{link[front].prev};
    const u32 before = link[pfn.value].prev;
    __builtin_prefetch(link + before);  // the next to go, far away: its miss hides behind this one's merges
    __builtin_prefetch(frames_.states() + before);
    link[front].prev = before;
    link[before].next = front;
    pages_.count -= order.frames();
    const Migratetype type =
        profile_.free_by_pageblock ? frames_.pageblock_type(pfn) : frame_state::migratetype(frames_.state(pfn));
    emit(TraceKind::mm_page_pcpu_drain, order, type, pfn);
    lists.free_block(pfn, order, type);
    return order.frames();
}

// free_pcppages_bulk: from the tail of one list until it is empty, then of the next, around the ring; a block may
// exceed the quota.
void PcpLists::drain_quota(u32 pages, u32 list) {
    if (profile_.pcp_tuning == Profile::PcpTuning::fixed) return drain_in_turn(pages);
    Buddy lists = buddy();
    i64 left = std::min(pages, pages_.count);
    for (; left > 0; list = (list + 1) % kNrPcpLists)
        while (left > 0 && !is_empty(list)) left -= give_back(list, lists);
}

// free_pcppages_bulk of 2.6: one page from each list in turn, in its order of the types, from Reclaimable on; from a
// list behind n empty ones n more.
void PcpLists::drain_in_turn(u32 pages) {
    constexpr Migratetype kTurns[] = {Migratetype::reclaimable, Migratetype::movable, Migratetype::unmovable};
    Buddy lists = buddy();
    u32 left = std::min(pages, pages_.count);
    for (u32 turn = 0, share = 0; left != 0; turn = (turn + 1) % std::size(kTurns)) {
        const u32 list = list_index({0}, kTurns[turn]);
        ++share;
        while (left != 0 && share != 0 && !is_empty(list)) left -= give_back(list, lists), --share;
    }
}

void PcpLists::drain_all() {
    if (pages_.count == 0) return;
    emit(TraceKind::pcp_drain, {0}, Migratetype::movable, kNoPfn, pages_.count, pages_.count);
    const bool in_portions = profile_.pcp_tuning == Profile::PcpTuning::adaptive;
    while (pages_.count != 0)
        drain_quota(in_portions ? std::min(pages_.count, zone_.pcp_batch << kMostBatchShift) : pages_.count, 0);
}

void PcpLists::decay() {
    if (profile_.pcp_tuning != Profile::PcpTuning::adaptive) return;
    const u32 batch = zone_.pcp_batch;
    if (pages_.high > zone_.pcp_high) {
        const i64 spare = i64{pages_.count} - (i64{batch} << kMostBatchShift);
        const i64 slower = i64{pages_.high} - (pages_.high >> 3);
        pages_.high = static_cast<u32>(std::max({spare, slower, i64{zone_.pcp_high}}));
    }
    for (i64 over = i64{pages_.count} - pages_.high; over > 0; over -= batch)
        drain_quota(static_cast<u32>(std::min<i64>(over, batch)), 0);
}

void PcpLists::list_blocks(u32 list, std::vector<Pfn>* out) const {
    const FrameLink* const link = frames_.links();
    for (u32 at = link[head(list)].next; at != head(list); at = link[at].next) out->push_back({at});
}

}  // namespace mmscope
