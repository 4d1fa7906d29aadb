#include "mm/page_alloc.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace mmscope {

namespace {

u32 frame_count(const std::vector<ZoneLayout>& layout) {
    u32 end = 0;
    for (const ZoneLayout& zone : layout) end = std::max(end, zone.start.value + zone.spanned);
    return end;
}

u32 node_count(const std::vector<ZoneLayout>& layout) {
    u32 nodes = 1;
    for (const ZoneLayout& zone : layout) nodes = std::max(nodes, zone.node + 1U);
    return nodes;
}

u32 sum_frames(const std::vector<FrameRange>& ranges) {
    u32 sum = 0;
    for (const FrameRange range : ranges) sum += range.frames;
    return sum;
}

Zone make_zone(const ZoneLayout& layout, u32 position) {
    Zone zone;
    zone.type = layout.type;
    zone.index = layout.index;
    zone.node = layout.node;
    zone.position = static_cast<u8>(position);
    zone.start = layout.start;
    zone.spanned = layout.spanned;
    zone.present = sum_frames(layout.present);
    zone.managed = zone.present - sum_frames(layout.reserved);
    zone.first_list = position * kListsPerZone;
    return zone;
}

// The parts of `present` that are not in `reserved`; both ascending.
template <class Use>
void for_each_managed(const ZoneLayout& zone, Use use) {
    for (const FrameRange present : zone.present) {
        u32 at = present.start.value;
        const u32 end = at + present.frames;
        for (const FrameRange reserved : zone.reserved) {
            const u32 first = reserved.start.value;
            if (first + reserved.frames <= at || first >= end) continue;
            if (first > at) use(Pfn{at}, first - at);
            at = first + reserved.frames;
        }
        if (at < end) use(Pfn{at}, end - at);
    }
}

// HighAtomic pages are not for ordinary requests; they only exist in imported machines for now.
u32 free_highatomic(const Zone& zone) {
    u32 pages = 0;
    for (u32 order = 0; order < kNrPageOrders; ++order) pages += zone.area.count[order][static_cast<u32>(Migratetype::highatomic)] << order;
    return pages;
}

}  // namespace

PageAllocator::PageAllocator(Arch arch, const Profile& profile, u64 ram_frames, u32 nodes, u32 cpus)
    : arch_(arch), profile_(&profile), cpus_(cpus) {
    const std::vector<ZoneLayout> layout = machine_layout(arch, ram_frames, nodes);
    set_up(layout);
    Trace nobody;
    for (u32 at = 0; at < layout.size(); ++at) {
        Buddy free_lists = buddy(at, nobody);
        for_each_managed(layout[at], [&](Pfn first, u32 frames) { free_lists.add_range(first, frames); });
    }
    VmSysctl sysctl;
    sysctl.lowmem_reserve_ratio = default_lowmem_reserve_ratio(arch);
    sysctl.min_free_kbytes = boot_min_free_kbytes(zones_, arch, profile, sysctl.watermark_scale_factor);
    set_sysctl(sysctl);
}

PageAllocator::PageAllocator(Arch arch, const Profile& profile, const std::vector<ZoneLayout>& layout, u32 cpus)
    : arch_(arch), profile_(&profile), cpus_(cpus) {
    set_up(layout);
    sysctl_.lowmem_reserve_ratio = default_lowmem_reserve_ratio(arch);
}

// Places zones and frames; every managed frame reads as an order-0 block allocated before the script began.
void PageAllocator::set_up(const std::vector<ZoneLayout>& layout) {
    nodes_ = node_count(layout);
    frames_ = FrameTable(frame_count(layout), static_cast<u32>(layout.size()) * kListsPerZone, pageblock_order(arch_));
    for (u32 at = 0; at < layout.size(); ++at) {
        zones_.push_back(make_zone(layout[at], at));
        for (const FrameRange range : layout[at].reserved) frames_.fill_states(range.start, range.frames, frame_state::kReserved);
        for_each_managed(layout[at], [&](Pfn first, u32 count) {
            frames_.fill_states(first, count, frame_state::allocated_head(Migratetype::movable, Owner::kernel));
            for (u32 frame = 0; frame < count; ++frame) frames_.links()[first.value + frame] = Allocation{}.pack();
        });
    }
    const std::vector<ZoneType>& types = zone_types(arch_);
    for (u32 bits = 0; bits < highest_zone_index_.size(); ++bits) {
        if (gfp_fault({bits}) != GfpFault::none) continue;
        highest_zone_index_[bits] = static_cast<u8>(std::find(types.begin(), types.end(), gfp_zone({bits}, arch_)) - types.begin());
    }
    build_zonelists();
}

// build_zonelists: own node from its highest zone down, then the other nodes by distance (here: by number).
void PageAllocator::build_zonelists() {
    zonelists_.assign(nodes_ * kMaxZonesPerNode, {});
    for (u32 node = 0; node < nodes_; ++node)
        for (u32 highest = 0; highest < kMaxZonesPerNode; ++highest)
            for (u32 distance = 0; distance < nodes_; ++distance)
                for (u32 at = static_cast<u32>(zones_.size()); at-- > 0;) {
                    const Zone& zone = zones_[at];
                    const bool is_in = zone.node == (node + distance) % nodes_ && zone.index <= highest && zone.managed != 0;
                    if (is_in) zonelists_[node * kMaxZonesPerNode + highest].add(static_cast<u8>(at));
                }
}

void PageAllocator::set_sysctl(const VmSysctl& sysctl) {
    sysctl_ = sysctl;
    setup_watermarks(zones_, arch_, *profile_, sysctl_);
    setup_lowmem_reserve(zones_, sysctl_);
    setup_per_cpu(zones_, *profile_, cpus_, sysctl_.percpu_pagelist_high_fraction);
}

void PageAllocator::write_sysctl(SysctlName written, const VmSysctl& sysctl) {
    recompute_after(written, zones_, arch_, *profile_, cpus_, sysctl_, sysctl);
    sysctl_ = sysctl;
}

// __zone_watermark_ok against the min mark, with the reserves that flags open: __GFP_HIGH half of it, and a
// caller that cannot reclaim a quarter of the rest (GFP_ATOMIC stops at 3/8 of min). Left out for now: the
// low mark of the fast path and everything that kswapd and reclaim would do about a refusal.
bool PageAllocator::zone_watermark_ok(const Zone& zone, Order order, Gfp mask, u32 highest_index, Trace& trace) const {
    if (mask.has(gfp::kMemalloc) && !mask.has(gfp::kNomemalloc)) return true;
    i64 free = i64{zone.free_pages} - (order.frames() - 1);
    i64 limit = zone.mark(Watermark::min);
    const bool is_reserve_user = mask.has(gfp::kHigh);
    if (zone.area.nonempty[static_cast<u32>(Migratetype::highatomic)] != 0 && !is_reserve_user) free -= free_highatomic(zone);
    if (is_reserve_user) {
        limit -= limit / 2;
        if (!mask.has(gfp::kDirectReclaim) && !mask.has(gfp::kNomemalloc)) limit -= limit / 4;
    }
    limit += zone.lowmem_reserve[highest_index];
    const bool enough = free > limit;
    trace.emit(enough ? TraceKind::zone_watermark_ok : TraceKind::zone_watermark_low, zone.position, order.value,
               static_cast<u32>(gfp_migratetype(mask)), kNoPfn.value, static_cast<u32>(std::max<i64>(free, 0)), static_cast<u32>(limit));
    if (!enough || order.value == 0) return enough;
    const u16* nonempty = zone.area.nonempty;  // U, M and E: the types that anyone may be served from
    if (((nonempty[0] | nonempty[1] | nonempty[2]) >> order.value) != 0) return true;
    trace.emit(TraceKind::zone_no_block, zone.position, order.value, static_cast<u32>(gfp_migratetype(mask)), kNoPfn.value);
    return false;
}

// Whether the answer is plain without weighing any right to the reserves, and nobody wants to be told why.
bool PageAllocator::is_plainly_ok(const Zone& zone, Order order, u32 highest_index) const {
    const FreeArea& area = zone.area;
    if (zone.free_pages <= zone.watermark[0] + zone.boost + zone.lowmem_reserve[highest_index] + order.frames()) return false;
    if (area.nonempty[static_cast<u32>(Migratetype::highatomic)] != 0) return false;
    return ((area.nonempty[0] | area.nonempty[1] | area.nonempty[2]) >> order.value) != 0;
}

Pfn PageAllocator::alloc_pages(Gfp mask, Order order, u32 call, u32 node, Trace& trace) {
    assert(order.value <= kMaxPageOrder && gfp_fault(mask) == GfpFault::none);
    const u32 highest = highest_zone_index_[mask.bits & 15];
    for (const u8 position : zonelist(node, highest)) {
        Zone& zone = zones_[position];
        if (mask.has(gfp::kThisnode) && zone.node != node) [[unlikely]] break;
        if (trace.is_attached() || !is_plainly_ok(zone, order, highest)) [[unlikely]] {
            if (!zone_watermark_ok(zone, order, mask, highest, trace)) continue;
        }
        const Pfn pfn = Buddy(frames_, zone, *profile_, trace).rmqueue(order, gfp_migratetype(mask));
        if (pfn == kNoPfn) [[unlikely]] continue;
        ++(zone.node == node ? zone.numa_hit : zone.numa_miss);
        return hand_out(zone, pfn, order, mask, call, trace);
    }
    trace.emit(TraceKind::page_alloc_failure, 0, order.value, static_cast<u32>(gfp_migratetype(mask)), kNoPfn.value, mask.bits);
    return kNoPfn;
}

// prep_new_page: the block belongs to the caller from here on.
Pfn PageAllocator::hand_out(Zone& zone, Pfn pfn, Order order, Gfp mask, u32 call, Trace& trace) {
    const Migratetype type = gfp_migratetype(mask);
    u8* const state = frames_.states() + pfn.value;
    if (order.value != 0) fill_block(state, order, frame_state::allocated_tail(type, Owner::kernel));
    *state = frame_state::allocated_head(type, Owner::kernel);
    Allocation allocation;
    allocation.call = call;
    allocation.order = order;
    allocation.compound = mask.has(gfp::kComp) && order.value != 0;
    allocation.zeroed = mask.has(gfp::kZero);
    frames_.links()[pfn.value] = allocation.pack();
    frames_.mark_dirty(pfn);
    zone.pages_allocated += order.frames();
    trace.emit(TraceKind::mm_page_alloc, zone.position, order.value, static_cast<u32>(type), pfn.value, mask.bits);
    return pfn;
}

FreeFault PageAllocator::free_fault(Pfn pfn, Order order) const {
    if (pfn.value >= frames_.frames() || frame_state::is_absent(frames_.state(pfn))) return FreeFault::not_a_frame;
    const u8 state = frames_.state(pfn);
    if (frame_state::is_reserved(state)) return FreeFault::reserved;
    if (frame_state::is_free(state)) return FreeFault::already_free;
    if (!frame_state::is_allocated_head(state)) return FreeFault::not_head;
    const Allocation allocation = frames_.allocation(pfn);
    if (allocation.call == 0) return FreeFault::never_allocated;
    return allocation.order == order ? FreeFault::none : FreeFault::wrong_order;
}

void PageAllocator::free_pages(Pfn pfn, Order order, Trace& trace) {
    assert(free_fault(pfn, order) == FreeFault::none);
    // The block's and its buddy's links are far from their states; asking for them now hides one miss in another.
    __builtin_prefetch(frames_.links() + pfn.value, 1);
    __builtin_prefetch(frames_.links() + (pfn.value ^ order.frames()), 1);
    Zone& zone = zones_[zone_position(pfn)];
    trace.emit(TraceKind::mm_page_free, zone.position, order.value, static_cast<u32>(frames_.pageblock_type(pfn)), pfn.value);
    Buddy(frames_, zone, *profile_, trace).free_block(pfn, order);
    zone.pages_freed += order.frames();
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

u64 PageAllocator::vmstat(VmCounter counter) const {
    u64 sum = 0;
    for (const Zone& zone : zones_) {
        switch (counter) {
            case VmCounter::pgfree: sum += zone.pages_freed; break;
            case VmCounter::numa_hit:
            case VmCounter::numa_local: sum += zone.numa_hit; break;
            case VmCounter::numa_miss:
            case VmCounter::numa_foreign:
            case VmCounter::numa_other: sum += zone.numa_miss; break;
            default: sum += static_cast<u32>(counter) == static_cast<u32>(zone.type) ? zone.pages_allocated : 0;
        }
    }
    return sum;
}

u64 PageAllocator::bytes() const {
    return frames_.bytes() + zones_.size() * sizeof(Zone) + zonelists_.size() * sizeof(ZoneList) + sizeof(*this);
}

}  // namespace mmscope
