#include "play/proc_files.h"

#include <algorithm>
#include <string_view>

#include "play/capture_marks.h"
#include "play/import.h"
#include "play/machine.h"
#include "play/slab_view.h"

namespace mmscope {
namespace {

// Counters of a node and of a zone as the profile's kernel prints them, in its order. `since` is the first profile
// that has one, `before` the first that has it no more; some are only there with CONFIG_NUMA (x86_64).
struct CounterName {
    std::string_view name;
    u16 since = 0;
    bool numa_only = false;
    u16 before = 0xffff;
};

constexpr CounterName kNodeStats[] = {
    {"nr_inactive_anon"}, {"nr_active_anon"}, {"nr_inactive_file"}, {"nr_active_file"}, {"nr_unevictable"},
    {"nr_slab_reclaimable"}, {"nr_slab_unreclaimable"}, {"nr_isolated_anon"}, {"nr_isolated_file"},
    {"workingset_nodes"}, {"workingset_refault_anon"}, {"workingset_refault_file"}, {"workingset_activate_anon"},
    {"workingset_activate_file"}, {"workingset_restore_anon"}, {"workingset_restore_file"}, {"workingset_nodereclaim"},
    {"nr_anon_pages"}, {"nr_mapped"}, {"nr_file_pages"}, {"nr_dirty"}, {"nr_writeback"},
    {"nr_writeback_temp", 0, false, 0x0702}, {"nr_shmem"}, {"nr_shmem_hugepages"}, {"nr_shmem_pmdmapped"},
    {"nr_file_hugepages"}, {"nr_file_pmdmapped"}, {"nr_anon_transparent_hugepages"}, {"nr_vmscan_write"},
    {"nr_vmscan_immediate_reclaim"}, {"nr_dirtied"}, {"nr_written"}, {"nr_throttled_written"},
    {"nr_kernel_misc_reclaimable"}, {"nr_foll_pin_acquired"}, {"nr_foll_pin_released"}, {"nr_vmalloc", 0x0702},
    {"nr_kernel_stack"}, {"nr_page_table_pages"}, {"nr_sec_page_table_pages"}, {"nr_iommu_pages", 0x060c},
    {"nr_swapcached"}, {"pgpromote_success", 0, true}, {"pgpromote_candidate", 0, true},
    {"pgpromote_candidate_nrl", 0x0702, true}, {"pgdemote_kswapd", 0x060c, true}, {"pgdemote_direct", 0x060c, true},
    {"pgdemote_khugepaged", 0x060c, true}, {"pgdemote_proactive", 0x0702, true}, {"pgsteal_kswapd", 0x0702},
    {"pgsteal_direct", 0x0702}, {"pgsteal_khugepaged", 0x0702}, {"pgsteal_proactive", 0x0702}, {"pgsteal_anon", 0x0702},
    {"pgsteal_file", 0x0702}, {"pgscan_kswapd", 0x0702}, {"pgscan_direct", 0x0702}, {"pgscan_khugepaged", 0x0702},
    {"pgscan_proactive", 0x0702}, {"pgscan_anon", 0x0702}, {"pgscan_file", 0x0702}, {"pgrefill", 0x0702},
    {"nr_hugetlb", 0x0702}, {"nr_balloon_pages", 0x0702}, {"nr_kernel_file_pages", 0x0702}, {"nr_gpu_active", 0x0702},
    {"nr_gpu_reclaim", 0x0702},
};

constexpr CounterName kZoneStats[] = {
    {"nr_free_pages"}, {"nr_free_pages_blocks", 0x0702}, {"nr_zone_inactive_anon"}, {"nr_zone_active_anon"},
    {"nr_zone_inactive_file"}, {"nr_zone_active_file"}, {"nr_zone_unevictable"}, {"nr_zone_write_pending"},
    {"nr_mlock"}, {"nr_bounce", 0, false, 0x0702}, {"nr_zspages"}, {"nr_free_cma"}, {"nr_unaccepted", 0x060c},
    {"numa_hit", 0, true}, {"numa_miss", 0, true}, {"numa_foreign", 0, true}, {"numa_interleave", 0, true},
    {"numa_local", 0, true}, {"numa_other", 0, true},
};

template <std::size_t count>
std::vector<ZoneInfo::Counter> zeros(const CounterName (&names)[count], const PageAllocator& memory) {
    std::vector<ZoneInfo::Counter> counters;
    for (const CounterName& name : names) {
        const u16 version = memory.profile().version;
        if (version < name.since || version >= name.before || (name.numa_only && memory.arch() != Arch::x86_64))
            continue;
        counters.push_back({std::string(name.name), 0});
    }
    return counters;
}

ZoneInfo::PageSet fresh_pageset(const Zone& zone, u32 cpu, const Profile& profile) {
    ZoneInfo::PageSet set;
    set.cpu = cpu;
    set.high = zone.pcp_high;
    set.batch = zone.pcp_batch;
    if (profile.prints_pcp_range) {
        set.high_min = zone.pcp_high;
        set.high_max = zone.pcp_high_max;
    }
    set.stat_threshold = zone.stat_threshold;
    return set;
}

// What a script's machine prints besides what every machine takes from its zones.
ZoneInfo::Entry fresh_entry(const PageAllocator& memory, const Zone& zone, bool is_first_of_node) {
    ZoneInfo::Entry entry;
    entry.boost = 0;
    if (memory.profile().has_promo_watermark) entry.promo = 0;
    entry.cma = 0;
    entry.protection.resize(zone_types(memory.arch()).size());
    if (!zone.is_populated()) return entry;
    entry.has_node_stats = is_first_of_node;
    if (memory.profile().prints_highatomic) entry.reserved_highatomic = entry.free_highatomic = 0;
    if (is_first_of_node) entry.node_stats = zeros(kNodeStats, memory);
    entry.counters = zeros(kZoneStats, memory);
    for (u32 cpu = 0; cpu < memory.cpus(); ++cpu) entry.pagesets.push_back(fresh_pageset(zone, cpu, memory.profile()));
    return entry;
}

ZoneInfo fresh_zoneinfo(const PageAllocator& memory) {
    ZoneInfo info;
    u32 nodes_begun = 0;
    for (const Zone& zone : memory.zones()) {
        const bool is_first = zone.is_populated() && zone.node >= nodes_begun;
        if (is_first) nodes_begun = zone.node + 1U;
        info.zones.push_back(fresh_entry(memory, zone, is_first));
    }
    return info;
}

// nr_free_pages_blocks: free pages in blocks of whole pageblocks (7.2).
u64 pages_in_whole_pageblocks(const PageAllocator& memory, const Zone& zone) {
    u64 pages = 0;
    for (u8 order = memory.frames().pageblock_order().value; order < kNrPageOrders; ++order) {
        pages += u64{zone.area.nr_free({order})} << order;
    }
    return pages;
}

void update_count(const PageAllocator& memory, const Zone& zone, ZoneInfo::PageSet* set) {
    const PerCpuPages& pages = memory.pcp(zone.position, set->cpu);
    set->count = pages.count;
    if (memory.profile().pcp_tuning == Profile::PcpTuning::adaptive) set->high = pages.high;
}

// Counts and a tuned `high` are those of the lists. A sysctl of the script may have changed the sizes since the import;
// otherwise they are printed as read.
void update_pagesets(const PageAllocator& memory, const Zone& zone, ZoneInfo::Entry* entry) {
    Zone as_read = zone;
    set_pcp(*entry, &as_read);
    const bool is_same = as_read.pcp_high == zone.pcp_high && as_read.pcp_high_max == zone.pcp_high_max;
    for (ZoneInfo::PageSet& set : entry->pagesets) {
        if (set.cpu < memory.cpus()) update_count(memory, zone, &set);
        if (is_same) continue;
        if (memory.profile().pcp_tuning != Profile::PcpTuning::adaptive) set.high = zone.pcp_high;
        if (set.high_min) set.high_min = zone.pcp_high;
        if (set.high_max) set.high_max = zone.pcp_high_max;
    }
}

// What an imported machine had of slabs before the script is as it was read.
void add_slab_pages(const Machine& machine, u32 node, ZoneInfo::Entry* entry) {
    for (const VmCounter counter : {VmCounter::nr_slab_reclaimable, VmCounter::nr_slab_unreclaimable})
        for (ZoneInfo::Counter& stat : entry->node_stats)
            if (stat.name == kVmCounterNames[static_cast<u32>(counter)])
                stat.value += machine.heap().pages_on(node, counter, machine.memory());
}

void update_entry(const Machine& machine, const Zone& zone, ZoneInfo::Entry* entry) {
    const PageAllocator& memory = machine.memory();
    entry->node = zone.node;
    entry->zone = zone.name();
    entry->free = zone.nr_free_pages;
    entry->spanned = zone.spanned;
    entry->present = zone.present;
    entry->managed = zone.managed;
    if (entry->boost) entry->boost = zone.boost;
    entry->min = zone.mark(Watermark::min);
    entry->low = zone.mark(Watermark::low);
    entry->high = zone.mark(Watermark::high);
    if (entry->promo) entry->promo = zone.mark(Watermark::promo);
    for (u32 index = 0; index < entry->protection.size(); ++index)
        entry->protection[index] = zone.lowmem_reserve[index];
    if (!zone.is_populated()) return;
    entry->start_pfn = zone.start.value;
    for (ZoneInfo::Counter& counter : entry->counters) {
        if (counter.name == "nr_free_pages") counter.value = zone.nr_free_pages;
        if (counter.name == "nr_free_pages_blocks") counter.value = pages_in_whole_pageblocks(memory, zone);
    }
    if (machine.heap_so_far() != nullptr) add_slab_pages(machine, zone.node, entry);
    update_pagesets(memory, zone, entry);
}

// ---- pagetypeinfo ----

// The kernel's types; of an import those that its file has, whatever its kernel was built with.
std::vector<PrintedMigratetype> printed_types(const Machine& machine) {
    const std::span<const PrintedMigratetype> of_kernel = machine.memory().profile().migratetypes_printed;
    const ImportedMachine* import = machine.import();
    if (import == nullptr || !import->pagetypeinfo) return {of_kernel.begin(), of_kernel.end()};
    std::vector<PrintedMigratetype> types;
    for (const std::string& name : import->pagetypeinfo->sections[0].types) {
        for (u32 type = 0; type < kMigratetypes; ++type) {
            if (kMigratetypeNames[type] != name) continue;
            types.push_back({static_cast<Migratetype>(type), kMigratetypeLetters[type], kMigratetypeNames[type]});
        }
    }
    return types;
}

void add_zone(const PageAllocator& memory, const Zone& zone, const std::vector<PrintedMigratetype>& types,
              PageTypeInfo::Section* section) {
    for (const PrintedMigratetype& printed : types) {
        PageTypeInfo::Row row;
        row.node = zone.node;
        row.zone = zone.name();
        row.type = printed.name;
        for (u32 order = 0; order < kNrPageOrders; ++order) {
            const u64 blocks = zone.area.count[order][static_cast<u32>(printed.type)];
            row.count[order] = {std::min(blocks, kPageTypeCountCap), blocks >= kPageTypeCountCap};
        }
        section->rows.push_back(std::move(row));
    }
    std::vector<u64> blocks;
    const auto counts = pageblock_counts(memory, zone);
    for (const PrintedMigratetype& printed : types) blocks.push_back(counts[static_cast<u32>(printed.type)]);
    section->blocks.push_back({zone.node, zone.name(), std::move(blocks)});
}

}  // namespace

std::array<u32, kMigratetypes> pageblock_counts(const PageAllocator& memory, const Zone& zone) {
    const FrameTable& frames = memory.frames();
    std::array<u32, kMigratetypes> counts{};
    for (u32 offset = 0; offset < zone.spanned; offset += frames.pageblock_order().frames()) {
        const Pfn sample = zone.start + offset;
        if (!frame_state::is_absent(frames.state(sample))) ++counts[static_cast<u32>(frames.pageblock_type(sample))];
    }
    return counts;
}

BuddyInfo buddyinfo_of(const Machine& machine) {
    BuddyInfo info;
    for (const Zone& zone : machine.memory().zones()) {
        if (!zone.is_populated()) continue;
        BuddyInfo::Row row{zone.node, zone.name(), {}};
        for (u8 order = 0; order < kNrPageOrders; ++order) row.count[order] = zone.area.nr_free({order});
        info.rows.push_back(std::move(row));
    }
    return info;
}

PageTypeInfo pagetypeinfo_of(const Machine& machine) {
    const PageAllocator& memory = machine.memory();
    const std::vector<PrintedMigratetype> types = printed_types(machine);
    PageTypeInfo info;
    int node = -1;
    for (const Zone& zone : memory.zones()) {
        if (!zone.is_populated()) continue;
        if (zone.node != node) {
            node = zone.node;
            info.sections.emplace_back();
            info.sections.back().pageblock_order = memory.frames().pageblock_order().value;
            info.sections.back().pages_per_block = memory.frames().pageblock_order().frames();
            for (const PrintedMigratetype& printed : types) info.sections.back().types.emplace_back(printed.name);
        }
        add_zone(memory, zone, types, &info.sections.back());
    }
    return info;
}

SlabInfo slabinfo_of(const Machine& machine) {
    SlabInfo info;
    for (const CacheView& view : cache_views(machine)) {
        SlabInfo::Row row;
        row.name = view.name;
        row.active_objs = view.counters.objects;
        row.num_objs = view.counters.total_objects;
        row.objsize = view.layout.size;
        row.objperslab = view.layout.objects;
        row.pagesperslab = view.layout.order.frames();
        row.active_slabs = row.num_slabs = view.counters.slabs;
        info.rows.push_back(std::move(row));
    }
    return info;
}

ZoneInfo zoneinfo_of(const Machine& machine) {
    const PageAllocator& memory = machine.memory();
    ZoneInfo info = machine.import() != nullptr ? machine.import()->zoneinfo : fresh_zoneinfo(memory);
    for (u32 at = 0; at < info.zones.size(); ++at) update_entry(machine, memory.zones()[at], &info.zones[at]);
    return info;
}

}  // namespace mmscope
