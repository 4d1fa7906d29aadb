#include "mm/zone.h"

#include <algorithm>
#include <bit>

namespace mmscope {

namespace {

// Integer square root (int_sqrt): the largest r with r * r <= value.
u32 int_sqrt(u64 value) {
    u64 low = 0;
    u64 high = 0xffffffffULL;
    while (low < high) {
        const u64 middle = (low + high + 1) / 2;
        if (middle <= value / middle)
            low = middle;
        else
            high = middle - 1;
    }
    return static_cast<u32>(low);
}

// is_highmem() as __setup_per_zone_wmarks uses it; newer kernels treat ZONE_MOVABLE the same way. On 32 bits
// the Movable zone counts as highmem when the machine has highmem for it to lie in.
bool counts_as_high(const std::vector<Zone>& zones, const Zone& zone, Arch arch, const Profile& profile) {
    if (zone.type == ZoneType::highmem) return true;
    if (zone.type != ZoneType::movable) return false;
    if (profile.movable_zone_is_high) return true;
    if (arch == Arch::x86_64) return false;
    return std::any_of(zones.begin(), zones.end(),
                       [](const Zone& other) { return other.type == ZoneType::highmem && other.is_populated(); });
}

// nr_free_buffer_pages() and the like: pages beyond the high mark of the zones that GFP_USER may use.
u64 pages_above_high(const std::vector<Zone>& zones) {
    u64 sum = 0;
    for (const Zone& zone : zones)
        if (zone.type <= ZoneType::normal && zone.managed > zone.mark(Watermark::high))
            sum += zone.managed - zone.mark(Watermark::high);
    return sum;
}

// The CPUs that share a node's per-CPU lists (PageAllocator::node_of_cpu deals them); all, where a node has none.
u32 local_cpus(const std::vector<Zone>& zones, u32 node, u32 cpus) {
    const u32 nodes = zones.back().node + 1U;
    const auto first_cpu = [&](u32 of_node) { return (of_node * cpus + nodes - 1) / nodes; };
    const u32 local = first_cpu(node + 1) - first_cpu(node);
    return local != 0 ? local : cpus;
}

// The range within which pcp high moves is one number where a fraction fixes it, and before 6.7.
void setup_pcp_sizes(std::vector<Zone>& zones, const Profile& profile, u32 cpus, u32 high_fraction) {
    constexpr u32 kLeastHighFraction = 8;
    for (Zone& zone : zones) {
        const u32 sharers = local_cpus(zones, zone.node, cpus);
        u32 batch = std::max(std::min(zone.managed / 1024, u32{profile.pcp_batch_span}) / 4, 1U);
        batch = std::max(std::bit_floor(batch + batch / 2) - 1, 1U);
        const u32 pages = high_fraction == 0 ? zone.mark(Watermark::low) : zone.managed / high_fraction;
        const bool has_range = profile.has_pcp_high_range() && high_fraction == 0;
        zone.pcp_batch = batch;
        zone.pcp_high = std::max(pages / sharers, 4 * batch);
        if (profile.pcp_tuning == Profile::PcpTuning::fixed && high_fraction == 0) zone.pcp_high = 6 * batch;
        zone.pcp_high_max =
            has_range ? std::max(zone.managed / kLeastHighFraction / sharers, 4 * batch) : zone.pcp_high;
    }
}

// The free blocks of a zone as a request of one order sees them (contig_page_info).
struct ContigPages {
    u64 blocks = 0;
    u64 pages = 0;
    u64 suitable = 0;  // blocks of the wanted order that the larger ones make
};

ContigPages contig_pages(const Zone& zone, Order order) {
    ContigPages sum;
    for (u8 o = 0; o <= kMaxPageOrder; ++o) {
        const u64 count = zone.area.nr_free({o});
        sum.blocks += count;
        sum.pages += count << o;
        if (o >= order.value) sum.suitable += count << (o - order.value);
    }
    return sum;
}

}  // namespace

u32 FreeArea::nr_free(Order order) const {
    u32 sum = 0;
    for (const u32 blocks : count[order.value]) sum += blocks;
    return sum;
}

std::array<u32, kMaxZonesPerNode> default_lowmem_reserve_ratio(Arch arch) {
    if (arch == Arch::x86_64) return {256, 256, 32, 0, 0};
    return {256, 32, 0, 0, 0};
}

namespace {

// The square-root rule over lowmem, and what khugepaged recommends on top: 2 + 3 * 3 pageblocks a populated zone, at
// most 5 % of lowmem.
struct MinFree {
    u32 by_root = 0;
    u32 recommended = 0;
};

MinFree min_free_of(const std::vector<Zone>& zones, Arch arch, const Profile& profile, u32 watermark_scale_factor) {
    std::vector<Zone> trial = zones;
    for (Zone& zone : trial) std::fill(std::begin(zone.watermark), std::end(zone.watermark), 0U);
    const u64 lowmem_kbytes = pages_above_high(trial) * 4;
    VmSysctl sysctl;
    sysctl.watermark_scale_factor = watermark_scale_factor;
    sysctl.min_free_kbytes = std::clamp(int_sqrt(lowmem_kbytes * 16), 128U, profile.min_free_kbytes_max);
    setup_watermarks(trial, arch, profile, sysctl);
    u32 populated = 0;
    for (const Zone& zone : trial) populated += zone.is_populated() && zone.type <= ZoneType::normal;
    const u64 pageblock = arch == Arch::x86_32 ? 1024 : 512;
    const u64 recommended = std::min(pageblock * populated * (2 + 3 * 3), pages_above_high(trial) / 20);
    return {sysctl.min_free_kbytes, static_cast<u32>(recommended * 4)};
}

}  // namespace

bool is_small_for_thp(const std::vector<Zone>& zones) {
    u64 managed = 0;
    for (const Zone& zone : zones) managed += zone.managed;
    return managed < (u64{512} << 20) >> kPageShift;
}

u32 boot_min_free_kbytes(const std::vector<Zone>& zones, Arch arch, const Profile& profile,
                         u32 watermark_scale_factor) {
    const MinFree pages = min_free_of(zones, arch, profile, watermark_scale_factor);
    const bool has_khugepaged = profile.has_thp && !is_small_for_thp(zones);
    return has_khugepaged ? std::max(pages.by_root, pages.recommended) : pages.by_root;
}

u32 min_free_kbytes_for_thp(const std::vector<Zone>& zones, Arch arch, const Profile& profile, const VmSysctl& before,
                            ThpEnabled after) {
    const MinFree pages = min_free_of(zones, arch, profile, before.watermark_scale_factor);
    const u32 raised = std::max(pages.by_root, pages.recommended);
    if (after != ThpEnabled::never) return std::max(before.min_free_kbytes, pages.recommended);
    return before.min_free_kbytes == raised ? pages.by_root : std::max(before.min_free_kbytes, pages.by_root);
}

void setup_watermarks(std::vector<Zone>& zones, Arch arch, const Profile& profile, const VmSysctl& sysctl) {
    const u64 pages_min = sysctl.min_free_kbytes / 4;
    u64 lowmem = 0;
    for (const Zone& zone : zones)
        if (!counts_as_high(zones, zone, arch, profile)) lowmem += zone.managed;
    for (Zone& zone : zones) {
        const u64 share = lowmem == 0 ? 0 : pages_min * zone.managed / lowmem;
        const bool high = counts_as_high(zones, zone, arch, profile);
        const u64 min = high ? std::clamp<u64>(zone.managed / 1024, 32, 128) : share;
        const u64 scaled = profile.has_watermark_scale ? u64{zone.managed} * sysctl.watermark_scale_factor / 10000 : 0;
        const u64 step = std::max(share / 4, scaled);
        for (u32 mark = 0; mark < kWatermarks; ++mark) zone.watermark[mark] = static_cast<u32>(min + mark * step);
        if (!profile.has_watermark_scale)
            zone.watermark[static_cast<u32>(Watermark::high)] = static_cast<u32>(min + share / 2);
        zone.boost = 0;
    }
}

void setup_lowmem_reserve(std::vector<Zone>& zones, const VmSysctl& sysctl) {
    for (Zone& zone : zones) {
        const u32 ratio = sysctl.lowmem_reserve_ratio[zone.index];
        u64 above = 0;
        std::fill(std::begin(zone.lowmem_reserve), std::end(zone.lowmem_reserve), 0U);
        // Zones of a node stand in index order, so the ones above this zone follow it.
        for (u32 at = zone.position + 1U; at < zones.size() && zones[at].node == zone.node; ++at) {
            above += zones[at].managed;
            if (ratio != 0 && zone.managed != 0) zone.lowmem_reserve[zones[at].index] = static_cast<u32>(above / ratio);
        }
    }
}

void setup_per_cpu(std::vector<Zone>& zones, const Profile& profile, u32 cpus, u32 high_fraction) {
    setup_pcp_sizes(zones, profile, cpus, high_fraction);
    const u32 width_cpus = static_cast<u32>(std::bit_width(cpus));
    for (Zone& zone : zones) {
        const u32 width_managed = static_cast<u32>(std::bit_width(zone.managed / 32768));
        zone.stat_threshold = std::min(125U, 2 * width_cpus * (1 + width_managed));
    }
}

void recompute_after(SysctlName written, std::vector<Zone>& zones, Arch arch, const Profile& profile, u32 cpus,
                     const VmSysctl& before, const VmSysctl& after) {
    switch (written) {
        case SysctlName::min_free_kbytes:
        case SysctlName::watermark_scale_factor:
            setup_watermarks(zones, arch, profile, after);
            break;
        case SysctlName::lowmem_reserve_ratio:
            return setup_lowmem_reserve(zones, after);
        case SysctlName::percpu_pagelist_high_fraction:
            if (after.percpu_pagelist_high_fraction == before.percpu_pagelist_high_fraction) return;
            break;
        case SysctlName::watermark_boost_factor:
        case SysctlName::overcommit_memory:
        case SysctlName::overcommit_ratio:
        case SysctlName::dirty_background_ratio:
        case SysctlName::dirty_ratio:
        case SysctlName::dirty_writeback_centisecs:
        case SysctlName::dirty_expire_centisecs:
        case SysctlName::swappiness:
        case SysctlName::panic_on_oom:
        case SysctlName::nr_hugepages:
        case SysctlName::transparent_hugepage:
            return;
    }
    setup_pcp_sizes(zones, profile, cpus, after.percpu_pagelist_high_fraction);
}

int fragmentation_index(const Zone& zone, Order order) {
    const ContigPages free = contig_pages(zone, order);
    if (free.blocks == 0) return 0;
    if (free.suitable != 0) return -1000;
    return 1000 - static_cast<int>((1000 + free.pages * 1000 / order.frames()) / free.blocks);
}

u32 unusable_index(const Zone& zone, Order order) {
    const ContigPages free = contig_pages(zone, order);
    if (free.pages == 0) return 1000;
    return static_cast<u32>((free.pages - (free.suitable << order.value)) * 1000 / free.pages);
}

}  // namespace mmscope
