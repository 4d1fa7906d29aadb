// Per-CPU page lists: the frames that one CPU keeps at hand, so that most requests never meet the buddy system.
//
//              head (hot)                        tail (cold)
//   list 0     [frame]-[frame]-[frame]- ... -[frame]        order 0, Unmovable
//              ^ free puts here                ^ refill adds here, drain takes here
//              ^ alloc takes here
//
// Fourteen lists for each zone and CPU: orders 0 to 3 by Unmovable, Movable, Reclaimable (index 3 * order + type),
// then two of huge-page size (12: not Movable, 13: Movable). Frames on them count as used: they are neither in
// /proc/buddyinfo nor in NR_FREE_PAGES. An empty list is refilled from the buddy system in bulk; past `high` the
// lists give back. How much each time is a batch in 2.6, and later tuned by two algorithms, Linux 6.1's free_factor
// and the moving `high` of 6.7 and later (`rmqueue_bulk`, `nr_pcp_alloc`, `free_unref_page_commit`,
// `free_pcppages_bulk`). In 2.6 only order 0 has lists, a drain takes from them in turn, and __GFP_COLD takes from the
// tail.
//
// All counts are in pages of 4 KiB. Blocks of isolated pageblocks never come here. Left out: the trylock that fails
// when an interrupt finds the lists in use, and refills from CMA.
#pragma once

#include <algorithm>

#include "mm/buddy.h"

namespace mmscope {

inline constexpr u32 kNrPcpLists = 14;
inline constexpr u32 kPcpMostOrder = kMostSmallOrder;  // PAGE_ALLOC_COSTLY_ORDER
inline constexpr u32 kMostBatchShift = 5;  // CONFIG_PCP_BATCH_SCALE_MAX, and 6.1's limit of free_factor

// One zone's lists of one CPU: the counters. Batch, high_min and high_max are the zone's.
struct PerCpuPages {
    u32 first_list = 0;           // its kNrPcpLists list heads lie from here on among the FrameTable's lists
    u32 count = 0;                // pages on all lists
    u32 high = 0;                 // 6.7 and later: where the tuning stands; it starts at 0 and is clamped when read
    u32 free_count = 0;           // 6.7 and later: pages freed of late
    i32 free_diff = 0;            // what this CPU has not yet folded into the zone's NR_FREE_PAGES
    u8 free_factor = 0;           // 6.1: drains double
    u8 alloc_factor = 0;          // 6.7 and later: refills double
    bool was_high_order = false;  // the last free was of order 1..3
};

// A view that binds one zone's lists of one CPU to their frames; made for one call, cheap to make.
class PcpLists {
public:
    PcpLists(FrameTable& frames, Zone& zone, PerCpuPages& pages, const Profile& profile, Trace& trace)
        : frames_(frames), zone_(zone), pages_(pages), profile_(profile), trace_(trace) {}

    // Whether blocks of this order go through these lists at all (pcp_allowed_order).
    // Huge pages are of pageblock order: 9, with the two-level page tables of i386 10.
    static bool takes(Order order, Order pageblock, const Profile& profile) {
        return order.value <= profile.pcp_max_order || (profile.pcp_max_order != 0 && order == pageblock);
    }
    // Which of the fourteen has blocks of this order and type.
    static u32 list_index(Order order, Migratetype type) {
        const u32 mobility =
            type > Migratetype::reclaimable ? static_cast<u32>(Migratetype::movable) : static_cast<u32>(type);
        return order.value <= kPcpMostOrder ? 3 * order.value + mobility
                                            : 12U + (mobility == static_cast<u32>(Migratetype::movable));
    }

    // The block at the head, after a refill if the list is empty and `refills`; kNoPfn if there is none. Its
    // states are still those of a listed frame: whoever takes it writes them and marks them dirty.
    Pfn take(Order order, Migratetype type, const AllocFlags& flags, bool refills);
    // The block at the head of the list for this order and type, which stays there; kNoPfn if there is none.
    Pfn first(Order order, Migratetype type) const {
        const u32 front = head(list_index(order, type));
        const u32 pfn = frames_.links()[front].next;
        return pfn != front ? Pfn{pfn} : kNoPfn;
    }
    // What first() has found, taken, and said.
    void take_first(Pfn first, Order order) { unlink(first, order); }
    void emit_take(Pfn pfn, Order order, Migratetype type, bool cold = false) {
        emit(TraceKind::pcp_take, order, type, pfn, pages_.count, cold);
    }
    // An allocated block comes back; `type` is its pageblock's.
    void put(Pfn pfn, Order order, Migratetype type) {
        const u32 list = list_index(order, type);
        const u32 high = clamped_high();
        const u32 count = pages_.count + order.frames();
        pages_.alloc_factor >>= 1;
        pages_.count = count;
        bool trims = true;
        bool frees_all = false;
        if (profile_.pcp_tuning == Profile::PcpTuning::adaptive) {
            frees_all = note_free(order);
            pages_.high = high;
            trims = frees_all || count >= high || zone_.is_below_high || zone_.is_reclaim_active;
        }
        push(pfn, order, list, type);
        emit(TraceKind::pcp_put, order, type, pfn, count, high);
        // Through a copy: what a call can reach of a view lies in memory, and this one is to stay in registers.
        if (trims) [[unlikely]]
            PcpLists(*this).trim(order, list, frees_all);
    }
    // drain_pages_zone: everything goes back to the buddy system.
    void drain_all();
    // decay_pcp_high: what the CPU's vmstat worker does each second (6.7 and later).
    void decay();

    // Adds a block at the tail as it is (import, conformance): it must be nobody's. `type` is remembered where the
    // profile does so.
    void add_block(Pfn pfn, u32 list, Migratetype type) { append(pfn, list, type, 1); }
    void list_blocks(u32 list, std::vector<Pfn>* out) const;  // head first, appended
    Order list_order(u32 list) const {
        return list < 12 ? Order{static_cast<u8>(list / 3)} : frames_.pageblock_order();
    }
    // Links, states, orders and the count agree: empty, or a sentence.
    std::string check() const;

private:
    bool is_empty(u32 list) const { return frames_.links()[head(list)].next == head(list); }
    u32 head(u32 list) const { return frames_.list_head(pages_.first_list + list); }
    Buddy buddy() { return Buddy(frames_, zone_, profile_, trace_, &pages_.free_diff); }
    u32 clamped_high() const { return std::min(std::max(pages_.high, zone_.pcp_high), zone_.pcp_high_max); }
    void unlink(Pfn pfn, Order order) {
        slow_down();
        pages_.count -= order.frames();
        FrameLink* const link = frames_.links();
        const FrameLink own = link[pfn.value];
        link[own.prev].next = own.next;
        link[own.next].prev = own.prev;
    }
    // An allocation: what was freed of late counts half. Each kernel has one of the two counters.
    void slow_down() {
        pages_.free_factor >>= 1;
        pages_.free_count >>= 1;
    }
    void push(Pfn pfn, Order order, u32 list, Migratetype type) {
        FrameLink* const link = frames_.links();
        const u32 front = head(list);
        const u32 after = link[front].next;
        link[pfn.value] = {after, front};
        link[front].next = pfn.value;
        link[after].prev = pfn.value;
        frames_.mark_dirty(pfn);
        const u8 head_state = frame_state::allocated_head(type, Owner::pcp);
        if (order.value <= kPcpMostOrder) [[likely]]
            write_small_block(frames_.states() + pfn.value, order, head_state, head_state | frame_state::kTail);
        else
            write_block(frames_.states() + pfn.value, order, head_state, head_state | frame_state::kTail);
    }
    // 6.7 and later: counts a free; true if it is one of a burst of orders 1 to 3, after which the lists are emptied.
    bool note_free(Order order) {
        const u32 batch = zone_.pcp_batch;
        const u32 burst = batch + (profile_.fast_free_waits_for_high ? zone_.pcp_high / 2 : 0);
        const bool is_high_order = order.value - 1U < kPcpMostOrder;  // `&`: no branch on what cannot be foreseen
        const bool is_burst =
            is_high_order & pages_.was_high_order & (pages_.free_count >= burst) & (pages_.count >= batch);
        pages_.was_high_order = is_high_order;
        if (pages_.free_count < batch << kMostBatchShift) pages_.free_count += order.frames();
        return is_burst;
    }
    u32 refill_blocks(Order order);
    u32 refill(Order order, Migratetype type, const AllocFlags& flags);
    void append(Pfn pfn, u32 list, Migratetype type, u32 blocks);
    void trim(Order order, u32 list, bool frees_all);
    void trim_by_free_factor(Order order, u32 list);
    void trim_adaptively(u32 list, bool frees_all);
    void drain(u32 pages, u32 list);
    void drain_quota(u32 pages, u32 list);
    void drain_in_turn(u32 pages);
    u32 give_back(u32 list, Buddy& lists);
    void emit(TraceKind kind, Order order, Migratetype type, Pfn pfn, u32 a = 0, u32 b = 0) {
        trace_.emit(kind, zone_.position, order.value, static_cast<u32>(type), pfn.value, a, b);
    }

    FrameTable& frames_;
    Zone& zone_;
    PerCpuPages& pages_;
    const Profile& profile_;
    Trace& trace_;
};

}  // namespace mmscope
