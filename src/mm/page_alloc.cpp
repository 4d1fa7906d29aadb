#include "mm/page_alloc.h"

#include <algorithm>
#include <cassert>

#include "mm/slow_path.h"
#include "mm/tlb_flush.h"
#include "mm/vmscan.h"
#include "mm/writeback.h"

namespace mmscope {

// __zone_watermark_ok: how many pages would be left, against the mark less what the flags open of it. Of a zone that
// has them, HighAtomic pages are only for requests with a right to reserves.
bool PageAllocator::zone_watermark_ok(const Zone& zone, const AllocRequest& request, const AllocFlags& flags, u32 mark,
                                      TraceKind refusal, Trace& trace) const {
    const u32 order = request.order.value;
    const u32 type = static_cast<u32>(request.type);
    const WatermarkTest test = test_watermark(zone, *profile_, request, flags, mark);
    const bool enough = test.is_enough();
    trace.emit(enough ? TraceKind::zone_watermark_ok : refusal, zone.position, order,
               pack_rights(flags, request.highest_index), test.kept, test.nr_free, test.mark);
    if (enough && !test.has_block && refusal == TraceKind::zone_watermark_low)
        trace.emit(test.by_order ? TraceKind::zone_small_blocks : TraceKind::zone_no_block, zone.position, order, type,
                   kNoPfn.value);
    return test.passes();
}

// Whether the answer is plain without weighing any right to the reserves: above high there is no lower mark to test.
inline bool PageAllocator::is_plainly_ok(const Zone& zone, Order order, u32 highest_index) const {
    const FreeArea& area = zone.area;
    if (zone.nr_free_pages <= zone.mark(Watermark::high) + zone.lowmem_reserve[highest_index] + order.frames())
        return false;
    if ((zone.nr_reserved_highatomic | area.nonempty[static_cast<u32>(Migratetype::highatomic)]) != 0) return false;
    const u32 any = area.nonempty[0] | area.nonempty[1] | area.nonempty[2];
    const u32 known = profile_->has_highatomic ? any : 0;       // 2.6 weighs each order below as well
    return ((known | (order.value == 0)) >> order.value) != 0;  // one frame is never missing; no branch on the order
}

inline void PageAllocator::emit_plainly_ok(const Zone& zone, Order order, u32 highest_index, Trace& trace) {
    trace.emit(TraceKind::zone_watermark_ok, zone.position, order.value, pack_rights({}, highest_index), 0,
               zone.nr_free_pages, zone.mark(Watermark::low));
}

// The tests of one zone in get_page_from_freelist. 6.7 and later look at the high mark too, to know when the per-CPU
// lists should shrink. A boost is no reason to refuse one page to a caller with a right to the min reserve.
bool PageAllocator::zone_may_give(Zone& zone, const AllocRequest& request, const AllocFlags& flags, Trace& trace) {
    if (!trace.is_attached() && is_plainly_ok(zone, request.order, request.highest_index)) return true;
    if (profile_->pcp_tuning == Profile::PcpTuning::adaptive && !zone.is_below_high) {
        Trace nobody;
        const u32 high = zone.mark(Watermark::high);
        const bool above = zone_watermark_ok(zone, request, flags, high, TraceKind::zone_below_high, nobody);
        zone.is_below_high = !above;
        if (!above) {
            trace.emit(TraceKind::zone_below_high, zone.position, request.order.value, static_cast<u32>(request.type),
                       kNoPfn.value, zone.nr_free_pages, high + zone.lowmem_reserve[request.highest_index]);
        }
    }
    if (zone_watermark_ok(zone, request, flags, zone.mark(flags.mark), TraceKind::zone_watermark_low, trace))
        return true;
    if (flags.no_watermarks) return true;
    const bool ignores_boost =
        request.order.value == 0 && flags.min_reserve && zone.boost != 0 && flags.mark == Watermark::min;
    return ignores_boost && zone_watermark_ok(zone, request, flags, zone.watermark[static_cast<u32>(Watermark::min)],
                                              TraceKind::zone_watermark_low, trace);
}

// alloc_flags_nofragment: whoever would be served from Normal first rather takes a lower zone than a mixed pageblock.
bool PageAllocator::starts_unfragmented(const ZoneList& list) const {
    const Zone& preferred = zones_[*list.begin()];
    if (!profile_->avoids_fragmentation) return false;
    if (preferred.type != ZoneType::normal || arch_ != Arch::x86_64) return false;
    return nodes_ == 1 || zones_[preferred.position - 1U].is_populated();
}

inline void PageAllocator::emit_alloc(const Zone& zone, Pfn pfn, Gfp mask, Order order, Trace& trace) {
    trace.emit(TraceKind::mm_page_alloc, zone.position, order.value, static_cast<u32>(gfp_migratetype(mask)), pfn.value,
               mask.bits);
}

// prep_new_page: the block belongs to the caller from here on.
inline Pfn PageAllocator::hand_out(Zone& zone, Pfn pfn, Gfp mask, Order order, u32 call) {
    const Migratetype type = gfp_migratetype(mask);
    Allocation allocation;
    allocation.call = call;
    allocation.order = order;
    allocation.compound = mask.has(gfp::kComp) && order.value != 0;
    allocation.zeroed = mask.has(gfp::kZero);
    frames_.links()[pfn.value] = allocation.pack();
    zone.pages_allocated += order.frames();
    frames_.mark_dirty(pfn);
    const u8 head = frame_state::allocated_head(type, Owner::kernel);
    if (order.value <= kMostSmallOrder) [[likely]]
        write_small_block(frames_.states() + pfn.value, order, head, head | frame_state::kTail);
    else
        write_block(frames_.states() + pfn.value, order, head, head | frame_state::kTail);
    return pfn;
}

// Most requests are small, memory is plentiful, and the CPU has a frame at hand: what all the tests then come to.
Pfn PageAllocator::alloc_pages(Gfp mask, Order order, u32 call, u32 cpu, Trace& trace) {
    assert(order.value <= kMaxPageOrder && gfp_fault(mask) == GfpFault::none);
    const u32 highest = highest_zone_index_[mask.bits & 15];
    const u32 node = node_of_cpu(cpu);
    const ZoneList& list = zonelist(node, highest);
    if (list.count == 0 || mask.has(gfp::kCold)) [[unlikely]]
        return alloc_pages_general(mask, order, call, cpu, trace);
    const u32 position = list.position[0];
    Zone& zone = zones_[position];
    if (!is_plainly_ok(zone, order, highest) || zone.is_boosted || zone.node != node) [[unlikely]]
        return alloc_pages_general(mask, order, call, cpu, trace);
    if (order.value > profile_->pcp_max_order) return alloc_large(zone, mask, order, call, cpu, trace);
    PcpLists lists = pcp_lists(position, cpu, trace);
    const Migratetype type = gfp_migratetype(mask);
    const Pfn pfn = lists.first(order, type);
    if (pfn == kNoPfn) [[unlikely]]
        return alloc_pages_general(mask, order, call, cpu, trace);
    emit_plainly_ok(zone, order, highest, trace);
    ++zone.numa_hit;
    lists.take_first(pfn, order);
    lists.emit_take(pfn, order, type);
    hand_out(zone, pfn, mask, order, call);
    emit_alloc(zone, pfn, mask, order, trace);
    return pfn;
}

// The same from the buddy system, where no list of the CPU holds blocks of this order.
Pfn PageAllocator::alloc_large(Zone& zone, Gfp mask, Order order, u32 call, u32 cpu, Trace& trace) {
    const Migratetype type = gfp_migratetype(mask);
    if (is_on_lists_of_cpu(order) || !zone.area.has(order, type)) [[unlikely]]
        return alloc_pages_general(mask, order, call, cpu, trace);
    emit_plainly_ok(zone, order, highest_zone_index_[mask.bits & 15], trace);
    ++zone.numa_hit;
    Buddy lists(frames_, zone, *profile_, trace, &pcp(zone.position, cpu).free_diff);
    const Pfn pfn = lists.rmqueue_listed(order, type);
    emit_alloc(zone, pfn, mask, order, trace);
    return hand_out(zone, pfn, mask, order, call);
}

AllocRequest PageAllocator::request_of(Gfp mask, Order order, u32 call, u32 cpu) const {
    return {mask, order, gfp_migratetype(mask), highest_zone_index_[mask.bits & 15], cpu, node_of_cpu(cpu), call};
}

AllocFlags PageAllocator::fast_flags(const AllocRequest& request) const {
    AllocFlags flags;
    flags.kswapd = request.gfp.has(gfp::kKswapdReclaim) || !profile_->has_kswapd_flag;
    flags.cold = request.gfp.has(gfp::kCold);
    const ZoneList& list = zonelist(request.node, request.highest_index);
    if (list.count != 0) flags.nofragment = starts_unfragmented(list);
    return flags;
}

Pfn PageAllocator::alloc_pages_general(Gfp mask, Order order, u32 call, u32 cpu, Trace& trace) {
    const AllocRequest request = request_of(mask, order, call, cpu);
    const Pfn pfn = get_page_from_freelist(request, fast_flags(request), trace);
    return pfn != kNoPfn ? pfn : SlowPath(*this, request, trace).alloc();
}

Pfn PageAllocator::get_page_from_freelist(const AllocRequest& request, AllocFlags flags, Trace& trace) {
    const ZoneList& list = zonelist(request.node, request.highest_index);
    for (const u8 position : list) {
        Zone& zone = zones_[position];
        if (zone.node != request.node) [[unlikely]] {
            if (request.gfp.has(gfp::kThisnode)) break;
            if (flags.nofragment) break;  // rather mixed pageblocks than a distant node
        }
        if (!zone_may_give(zone, request, flags, trace)) [[unlikely]]
            continue;
        const Pfn pfn = rmqueue(zone, request, flags, trace);
        if (pfn == kNoPfn) [[unlikely]]
            continue;
        if (zone.node == request.node) [[likely]] {
            ++zone.numa_hit;
        } else {  // zone_statistics
            ++zone.numa_miss;
            ++zones_[list.position[0]].numa_foreign;
        }
        emit_alloc(zone, pfn, request.gfp, request.order, trace);
        hand_out(zone, pfn, request.gfp, request.order, request.call);
        if (flags.highatomic && request.order.value != 0)
            reserve_highatomic_pageblock(zone, pfn, request.order, request.cpu, trace);
        return pfn;
    }
    if (!flags.nofragment) return kNoPfn;
    trace.emit(TraceKind::nofragment_retry, 0, request.order.value, static_cast<u32>(request.type), kNoPfn.value);
    flags.nofragment = false;
    return get_page_from_freelist(request, flags, trace);
}

// Who has a right to the HighAtomic reserve goes there before a list is refilled (7.2, not yet 6.12).
bool PageAllocator::may_refill(const AllocRequest& request, const AllocFlags& flags) const {
    return !flags.highatomic || request.order.value == 0 || profile_->highatomic_refills_pcp;
}

// rmqueue: from the CPU's list where there is one for this order, else, or if the list cannot be refilled, from the
// buddy system. Marks that a fallback has boosted are told to kswapd here.
Pfn PageAllocator::rmqueue(Zone& zone, const AllocRequest& request, const AllocFlags& flags, Trace& trace) {
    Pfn pfn = kNoPfn;
    if (is_on_lists_of_cpu(request.order)) {
        pfn = pcp_lists(zone.position, request.cpu, trace)
                  .take(request.order, request.type, flags, may_refill(request, flags));
    }
    if (pfn == kNoPfn) pfn = rmqueue_buddy(zone, request, flags, trace);
    if (zone.is_boosted && flags.kswapd) [[unlikely]] {
        zone.is_boosted = false;
        Reclaim(*this, request.cpu, trace).wake_kswapd(zone, {0}, {0}, zone.index);
    }
    return pfn;
}

Pfn PageAllocator::rmqueue_buddy(Zone& zone, const AllocRequest& request, const AllocFlags& flags, Trace& trace) {
    Buddy lists(frames_, zone, *profile_, trace, &pcp(zone.position, request.cpu).free_diff);
    Pfn pfn = kNoPfn;
    if (flags.highatomic) pfn = lists.rmqueue_listed(request.order, Migratetype::highatomic);
    if (pfn == kNoPfn) pfn = lists.rmqueue(request.order, request.type, {!flags.nofragment, flags.kswapd});
    // Rather the reserve than a failure of somebody who cannot wait.
    if (pfn == kNoPfn && (flags.oom || flags.non_block))
        pfn = lists.rmqueue_listed(request.order, Migratetype::highatomic);
    return pfn;
}

FreeFault PageAllocator::free_fault(Pfn pfn, Order order) const {
    if (pfn.value >= frames_.frames() || frame_state::is_absent(frames_.state(pfn))) return FreeFault::not_a_frame;
    const u8 state = frames_.state(pfn);
    if (frame_state::is_reserved(state)) return FreeFault::reserved;
    if (frame_state::is_free(state) || frame_state::is_on_pcp(state)) return FreeFault::already_free;
    if (!frame_state::is_allocated_head(state)) return FreeFault::not_head;
    if (frame_state::is_on_lru(frames_.state(pfn))) return FreeFault::on_lru;
    if (frame_state::owner(state) == Owner::page_table) return FreeFault::page_table;
    if (frame_state::owner(state) == Owner::vmalloc) return FreeFault::vmalloc;
    const Allocation allocation = frames_.allocation(pfn);
    if (allocation.call == 0) return FreeFault::never_allocated;
    return allocation.order == order ? FreeFault::none : FreeFault::wrong_order;
}

// free_unref_page and __free_pages_ok: small blocks go to the CPU's list, the others to the buddy system.
void PageAllocator::free_pages(Pfn pfn, Order order, u32 cpu, Trace& trace) {
    // A page table is its process's to free, a page of vmalloc vfree()'s, not a script's; a slab may be older than the
    // script.
    [[maybe_unused]] const FreeFault fault = free_fault(pfn, order);
    assert(fault == FreeFault::none || fault == FreeFault::page_table || fault == FreeFault::vmalloc ||
           (fault == FreeFault::never_allocated && frame_state::owner(frames_.state(pfn)) == Owner::slab));
    give_back(pfn, order, cpu, trace);
}

void PageAllocator::free_isolated(Pfn pfn, Order order, u32 cpu, Trace& trace) {
    frames_.links()[pfn.value] = Allocation{0, order}.pack();
    write_block(frames_.states() + pfn.value, order, frame_state::allocated_head(Migratetype::movable, Owner::kernel),
                frame_state::allocated_tail(Migratetype::movable, Owner::kernel));
    give_back(pfn, order, cpu, trace);
}

inline void PageAllocator::give_back(Pfn pfn, Order order, u32 cpu, Trace& trace) {
    u32 position = 0;
    while (!zones_[position].contains(pfn)) ++position;
    Zone& zone = zones_[position];
    const Migratetype type = frames_.pageblock_type(pfn);
    zone.pages_freed += order.frames();
    trace.emit(TraceKind::mm_page_free, position, order.value, static_cast<u32>(type), pfn.value);
    if (is_on_lists_of_cpu(order) && type != Migratetype::isolate)
        return pcp_lists(position, cpu, trace).put(pfn, order, type);
    Buddy(frames_, zone, *profile_, trace, &pcp(position, cpu).free_diff).free_block(pfn, order, type);
}

void PageAllocator::drain_pages(std::optional<u32> zone, std::optional<u32> cpu, Trace& trace) {
    for (u32 at = 0; at < zones_.size(); ++at)
        for (u32 of = 0; of < cpus_; ++of)
            if (zone.value_or(at) == at && cpu.value_or(of) == of) pcp_lists(at, of, trace).drain_all();
}

void PageAllocator::refresh_vm_stats(Trace& trace) {
    for (u32 cpu = 0; cpu < cpus_; ++cpu)
        for (u32 at = 0; at < zones_.size(); ++at) {
            PerCpuPages& pages = pcp(at, cpu);
            zones_[at].nr_free_pages += static_cast<u32>(pages.free_diff);
            pages.free_diff = 0;
            pcp_lists(at, cpu, trace).decay();
        }
}

void PageAllocator::run_daemons(u32 cpu, Trace& trace) {
    const auto is_awake = [](const NodeData& node) { return node.kswapd_is_awake || node.kcompactd_order.value != 0; };
    if (mapping_table_.flusher == MappingTable::Flusher::asleep &&
        std::none_of(node_data_.begin(), node_data_.end(), is_awake))
        return;
    const KernelThread thread(*this, cpu, trace);
    if (mapping_table_.flusher != MappingTable::Flusher::asleep) Writeback(*this, cpu, trace).run_flusher();
    for (u32 node = 0; node < node_data_.size(); ++node) {
        if (node_data_[node].kswapd_is_awake) Reclaim(*this, cpu, trace).run_kswapd(node);
        if (node_data_[node].kcompactd_order.value != 0) Compaction(*this, cpu, trace).run_kcompactd(node);
    }
}

u32 PageAllocator::lru_size(u32 node, LruList list) const {
    u32 sum = 0;
    for (const Zone& zone : zones_) sum += zone.node == node ? zone.lru_size[static_cast<u32>(list)] : 0;
    return sum;
}

Allocation PageAllocator::allocation(Pfn head) const {
    Allocation allocation = frames_.allocation(head);
    if (!frame_state::is_on_lru(frames_.state(head))) return allocation;
    allocation.call = mapping_table_.mappings[frames_.mapped(head).mapping].call;
    return allocation;
}

u32 PageAllocator::pcp_count(u32 zone) const {
    u32 sum = 0;
    for (u32 cpu = 0; cpu < cpus_; ++cpu) sum += pcp(zone, cpu).count;
    return sum;
}

std::optional<CpuListPlace> PageAllocator::cpu_list_of(Pfn head) const {
    if (head.value >= frames_.frames() || !frame_state::is_on_pcp(frames_.state(head))) return std::nullopt;
    if (!frame_state::is_allocated_head(frames_.state(head))) return std::nullopt;
    CpuListPlace found;
    u32 at = frames_.links()[head.value].prev;
    for (; at < frames_.frames(); at = frames_.links()[at].prev) ++found.place;
    const u32 first = static_cast<u32>(zones_.size()) * kListsPerZone;  // the per-CPU lists lie behind the zones'
    const u32 number = at - frames_.list_head(first);
    found.cpu = number / kNrPcpLists % cpus_;
    found.list = number % kNrPcpLists;
    return found;
}

u32 PageAllocator::zone_position(Pfn pfn) const {
    u32 at = 0;
    while (at < zones_.size() && !zones_[at].contains(pfn)) ++at;
    return at;
}

const Zone* PageAllocator::zone_of(Pfn pfn) const {
    const u32 at = zone_position(pfn);
    return at < zones_.size() ? &zones_[at] : nullptr;
}

const Zone* PageAllocator::find_zone(ZoneType type, u32 node) const {
    for (const Zone& zone : zones_)
        if (zone.type == type && zone.node == node) return &zone;
    return nullptr;
}

u64 PageAllocator::present_pages() const {
    u64 sum = 0;
    for (const Zone& zone : zones_) sum += zone.present;
    return sum;
}

u64 PageAllocator::bytes() const {
    return frames_.bytes() + zones_.size() * sizeof(Zone) + zonelists_.size() * sizeof(ZoneList) +
           pcp_.size() * sizeof(PerCpuPages) + mapping_table_.frame.size() * sizeof(u32) +
           swap_.words().size() * (sizeof(u32) + sizeof(u16)) + sizeof(*this);
}

}  // namespace mmscope
