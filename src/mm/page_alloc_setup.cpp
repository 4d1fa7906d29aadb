// How a page allocator comes to be: zones and frames from a layout, zonelists, and what the sysctls recompute.
#include "mm/page_alloc.h"

#include <algorithm>

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

}  // namespace

PageAllocator::PageAllocator(const PageAllocator&) = default;
PageAllocator::PageAllocator(PageAllocator&&) noexcept = default;
PageAllocator& PageAllocator::operator=(const PageAllocator&) = default;
PageAllocator& PageAllocator::operator=(PageAllocator&&) noexcept = default;
PageAllocator::~PageAllocator() = default;

PageAllocator::PageAllocator(Arch arch, const Profile& profile, u64 ram_frames, u32 nodes, u32 cpus)
    : arch_(arch), profile_(&profile), cpus_(cpus) {
    const std::vector<ZoneLayout> layout = machine_layout(arch, ram_frames, nodes, profile);
    set_up(layout);
    Trace nobody;
    for (u32 at = 0; at < layout.size(); ++at) {
        Buddy free_lists = buddy(at, nobody);
        for_each_managed(layout[at], [&](Pfn first, u32 frames) { free_lists.add_range(first, frames); });
    }
    VmSysctl sysctl;
    sysctl.lowmem_reserve_ratio = default_lowmem_reserve_ratio(arch);
    sysctl.min_free_kbytes = boot_min_free_kbytes(zones_, arch, profile, sysctl.watermark_scale_factor);
    sysctl.transparent_hugepage = static_cast<u32>(boot_thp());
    set_sysctl(sysctl);
}

PageAllocator::PageAllocator(Arch arch, const Profile& profile, const std::vector<ZoneLayout>& layout, u32 cpus)
    : arch_(arch), profile_(&profile), cpus_(cpus) {
    set_up(layout);
    sysctl_.lowmem_reserve_ratio = default_lowmem_reserve_ratio(arch);
    sysctl_.transparent_hugepage = static_cast<u32>(boot_thp());
}

// Places zones and frames; every managed frame reads as an order-0 block allocated before the script began.
void PageAllocator::set_up(const std::vector<ZoneLayout>& layout) {
    nodes_ = node_count(layout);
    const u32 zone_lists = static_cast<u32>(layout.size()) * kListsPerZone;
    const u32 cpu_zones = static_cast<u32>(layout.size()) * cpus_;
    const u32 lists = zone_lists + cpu_zones * kNrPcpLists;
    frames_ = FrameTable(frame_count(layout), lists + nodes_ * kLruLists, pageblock_order(arch_));
    node_data_.resize(nodes_);
    for (u32 node = 0; node < nodes_; ++node) node_data_[node].first_list = lists + node * kLruLists;
    pcp_.resize(cpu_zones);
    for (u32 at = 0; at < cpu_zones; ++at) pcp_[at].first_list = zone_lists + at * kNrPcpLists;
    for (u32 at = 0; at < layout.size(); ++at) {
        zones_.push_back(make_zone(layout[at], at));
        for (const FrameRange range : layout[at].reserved)
            frames_.fill_states(range.start, range.frames, frame_state::kReserved);
        for_each_managed(layout[at], [&](Pfn first, u32 count) {
            frames_.fill_states(first, count, frame_state::allocated_head(Migratetype::movable, Owner::kernel));
            for (u32 frame = 0; frame < count; ++frame) frames_.links()[first.value + frame] = Allocation{}.pack();
        });
    }
    const std::vector<ZoneType>& types = zone_types(arch_);
    for (u32 bits = 0; bits < highest_zone_index_.size(); ++bits) {
        if (gfp_fault({bits}) != GfpFault::none) continue;
        highest_zone_index_[bits] =
            static_cast<u8>(std::find(types.begin(), types.end(), gfp_zone({bits}, arch_)) - types.begin());
    }
    if (arch_ != Arch::x86_64) split_shared_pageblock();
    build_zonelists();
}

void PageAllocator::split_shared_pageblock() {
    const u32 inside = frames_.pageblock_order().frames() - 1;
    for (const Zone& zone : zones_)
        if (zone.spanned != 0 && zone.start.value > inside && (zone.start.value & inside) != 0)
            frames_.split_pageblock(zone.start);
}

// build_zonelists: own node from its highest zone down, then the other nodes by distance (here: by number).
void PageAllocator::build_zonelists() {
    zonelists_.assign(nodes_ * kMaxZonesPerNode, {});
    for (u32 node = 0; node < nodes_; ++node)
        for (u32 highest = 0; highest < kMaxZonesPerNode; ++highest)
            for (u32 distance = 0; distance < nodes_; ++distance)
                for (u32 at = static_cast<u32>(zones_.size()); at-- > 0;) {
                    const Zone& zone = zones_[at];
                    const bool is_in =
                        zone.node == (node + distance) % nodes_ && zone.index <= highest && zone.managed != 0;
                    if (is_in) zonelists_[node * kMaxZonesPerNode + highest].add(static_cast<u8>(at));
                }
}

ThpEnabled PageAllocator::boot_thp() const {
    return profile_->has_thp && !is_small_for_thp(zones_) ? ThpEnabled::madvise : ThpEnabled::never;
}

void PageAllocator::set_sysctl(const VmSysctl& sysctl) {
    keep_sysctl(sysctl);
    setup_watermarks(zones_, arch_, *profile_, sysctl_);
    setup_lowmem_reserve(zones_, sysctl_);
    setup_per_cpu(zones_, *profile_, cpus_, sysctl_.percpu_pagelist_high_fraction);
    setup_migrate_reserve();
}

void PageAllocator::write_sysctl(SysctlName written, const VmSysctl& sysctl) {
    if (written == SysctlName::transparent_hugepage) {
        VmSysctl changed = sysctl;
        changed.min_free_kbytes = min_free_kbytes_for_thp(zones_, arch_, *profile_, sysctl_, sysctl.thp());
        return write_sysctl(SysctlName::min_free_kbytes, changed);
    }
    recompute_after(written, zones_, arch_, *profile_, cpus_, sysctl_, sysctl);
    keep_sysctl(sysctl);
    if (written == SysctlName::min_free_kbytes) setup_migrate_reserve();
}

// setup_zone_migrate_reserve (until 4.3): of each zone the first Movable pageblocks that can be free as a whole become
// Reserve, as many as hold min, but two at most; what is Reserve beyond that becomes Movable again.
void PageAllocator::setup_migrate_reserve() {
    if (profile_->has_highatomic) return;
    const u32 pageblock = frames_.pageblock_order().frames();
    Trace nobody;
    for (const Zone& zone : zones_) {
        const u32 min = zone.watermark[static_cast<u32>(Watermark::min)];
        u32 wanted = std::min((min + pageblock - 1) / pageblock, 2U);
        for (u32 offset = 0; offset < zone.spanned; offset += pageblock) {
            const Pfn pfn = zone.start + offset;
            const u8 state = frames_.state(pfn);
            const Migratetype type = frames_.pageblock_type(pfn);
            const bool is_reserve = type == Migratetype::highatomic;
            if (frame_state::is_absent(state) || frame_state::is_reserved(state)) continue;
            if (wanted != 0 ? !is_reserve && type != Migratetype::movable : !is_reserve) continue;
            const Migratetype wanted_type = wanted != 0 ? Migratetype::highatomic : Migratetype::movable;
            wanted -= wanted != 0;
            if (type == wanted_type) continue;
            frames_.set_pageblock_type(pfn, wanted_type);
            buddy(zone.position, nobody).move_pageblock(pfn, wanted_type);
        }
    }
}

void PageAllocator::keep_sysctl(const VmSysctl& sysctl) {
    sysctl_ = sysctl;
    for (Zone& zone : zones_) zone.watermark_boost_factor = sysctl.watermark_boost_factor;
}

}  // namespace mmscope
