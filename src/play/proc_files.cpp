#include "play/proc_files.h"

#include <algorithm>
#include <string_view>

#include "play/capture_marks.h"
#include "play/import.h"
#include "play/machine.h"
#include "play/slab_view.h"
#include "procfs/counter_names.h"

namespace mmscope {
namespace {

std::vector<ZoneInfo::Counter> zeros(const CounterNames& names) {
    std::vector<ZoneInfo::Counter> counters;
    for (const std::string_view name : names) counters.push_back({std::string(name), 0});
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
    if (is_first_of_node) entry.node_stats = zeros(node_counter_names(kernel_shape(memory)));
    entry.counters = zeros(zone_counter_names(kernel_shape(memory)));
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

void add_to(std::vector<ZoneInfo::Counter>* counters, std::string_view name, u64 pages) {
    for (ZoneInfo::Counter& counter : *counters)
        if (counter.name == name) counter.value += pages;
}

// What an imported machine had of slabs before the script is as it was read, also where slabinfo says which ones.
void add_slab_pages(const Machine& machine, u32 node, ZoneInfo::Entry* entry) {
    const ImportedMachine* import = machine.import();
    const bool is_counted = import != nullptr && node < import->slab_pages.size();
    for (const VmCounter counter : {VmCounter::nr_slab_reclaimable, VmCounter::nr_slab_unreclaimable}) {
        const u32 kind = counter == VmCounter::nr_slab_reclaimable ? 0 : 1;
        const u64 as_read = is_counted ? import->slab_pages[node][kind] : 0;
        for (ZoneInfo::Counter& stat : entry->node_stats) {
            if (stat.name != kVmCounterNames[static_cast<u32>(counter)]) continue;
            const u64 sum = stat.value + machine.heap().pages_on(node, counter, machine.memory());
            stat.value = sum - std::min(sum, as_read);
        }
    }
    add_to(&entry->node_stats, "nr_vmalloc", machine.heap().vmalloc().pages_on(node, machine.memory()));
}

// The pages on LRU lists, and what is counted of pages node by node, come to what an imported machine had before the
// script began.
void add_lru_pages(const PageAllocator& memory, const Zone& zone, ZoneInfo::Entry* entry) {
    for (u32 index = 0; index < kLruLists; ++index) {
        const LruList list = static_cast<LruList>(index);
        const std::string name = kLruListNames[index];
        add_to(&entry->counters, "nr_zone_" + name, zone.lru_size[index]);
        add_to(&entry->node_stats, "nr_" + name, memory.lru_size(zone.node, list));
    }
    for (const VmCounter gauge : {VmCounter::nr_anon_pages, VmCounter::nr_mapped, VmCounter::nr_file_pages,
                                  VmCounter::nr_shmem, VmCounter::nr_page_table_pages, VmCounter::nr_swapcached}) {
        if (entry->node_stats.empty()) break;  // a node's are told at its first zone
        add_to(&entry->node_stats, kVmCounterNames[static_cast<u32>(gauge)], memory.node_page_state(gauge, zone.node));
    }
}

// Pages of files that are not on the disk yet; those under writeback, of which there are none here, would count too.
void add_dirty_pages(const PageAllocator& memory, const Zone& zone, ZoneInfo::Entry* entry) {
    const MappingTable& table = memory.mapping_table();
    u64 of_zone = 0, of_node = 0;
    for (u32 number = 0; number < table.mappings.size(); ++number) {
        const Mapping& mapping = table.mappings[number];
        for (u32 index = 0; index < mapping.pages && mapping.dirty != 0; ++index) {
            if (!table.is_dirty(number, index)) continue;
            const Zone* own = memory.zone_of(table.page(number, index));
            of_zone += own->position == zone.position ? 1 : 0;
            of_node += own->node == zone.node ? 1 : 0;
        }
    }
    add_to(&entry->counters, "nr_zone_write_pending", of_zone);
    add_to(&entry->node_stats, "nr_dirty", of_node);
}

// What comes back after it was evicted.
void add_workingset_counts(const PageAllocator& memory, u32 node, ZoneInfo::Entry* entry) {
    const NodeData& data = memory.node_data()[node];
    const std::pair<const char*, const std::array<u64, 2>*> counts[] = {
        {"workingset_refault", &data.refaults},
        {"workingset_activate", &data.activations},
        {"workingset_restore", &data.restores}};
    for (const auto& [name, count] : counts) {
        add_to(&entry->node_stats, std::string(name) + "_anon", (*count)[0]);
        add_to(&entry->node_stats, std::string(name) + "_file", (*count)[1]);
    }
    add_to(&entry->node_stats, "nr_anon_transparent_hugepages", memory.huge_pages_mapped(node));
}

// Events that Linux counts by zone or by node, and where each allocation went.
void add_events(const PageAllocator& memory, const Zone& zone, ZoneInfo::Entry* entry) {
    const std::pair<const char*, u64> of_zone[] = {
        {"numa_hit", zone.numa_hit},         {"numa_local", zone.numa_hit},  {"numa_miss", zone.numa_miss},
        {"numa_foreign", zone.numa_foreign}, {"numa_other", zone.numa_miss}};
    for (const auto& [name, count] : of_zone) add_to(&entry->counters, name, count);
    for (const VmCounter event : kNodeEvents)
        add_to(&entry->node_stats, kVmCounterNames[static_cast<u32>(event)], memory.node_event(zone.node, event));
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
    add_lru_pages(memory, zone, entry);
    add_dirty_pages(memory, zone, entry);
    add_workingset_counts(memory, zone.node, entry);
    add_events(memory, zone, entry);
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

KernelShape kernel_shape(const PageAllocator& memory) {
    return {memory.profile().version, memory.arch() == Arch::x86_64, memory.arch() == Arch::x86_32_pae};
}

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

// " N0=4", as kernels with NUMA print it.
std::string pages_by_node(const PageAllocator& memory, const Vmalloc& vmalloc, const VmapArea& area) {
    std::array<u32, kMostNodes> pages{};
    for (u64 at = area.start; at < area.end() - kPageSize; at += kPageSize)
        ++pages[memory.zone_of(vmalloc.frame_of(at, memory))->node];
    std::string text;
    for (u32 node = 0; node < kMostNodes; ++node)
        if (pages[node] != 0) text += " N" + std::to_string(node) + '=' + std::to_string(pages[node]);
    return text;
}

// The classic SLAB's, the newest cache first: with arrays, and slabs that are free and yet there.
SlabInfo classic_slabinfo_of(const Heap& heap) {
    SlabInfo info;
    for (const u32 number : caches_newest_first(heap)) {
        const NamedCache& name = heap.names()[number];
        const ClassicLayout& layout = heap.classic().cache(name.cache).layout;
        const ClassicCounters of = heap.classic().counters(name.cache);
        SlabInfo::Row row;
        row.name = name.name;
        row.active_objs = of.active_objects;
        row.num_objs = of.objects;
        row.objsize = layout.size;
        row.objperslab = layout.objects;
        row.pagesperslab = layout.order.frames();
        row.limit = layout.limit;
        row.batchcount = layout.batchcount;
        row.sharedfactor = layout.shared;
        row.active_slabs = of.active_slabs;
        row.num_slabs = of.slabs;
        row.sharedavail = of.shared_available;
        info.rows.push_back(std::move(row));
    }
    return info;
}

// Areas that live, then those that wait for a purge, as show_purge_info() has them.
VmallocInfo vmallocinfo_of(const Machine& machine) {
    const PageAllocator& memory = machine.memory();
    const Vmalloc& vmalloc = machine.heap().vmalloc();
    VmallocInfo info;
    info.address_digits = memory.arch() == Arch::x86_64 ? 16 : 8;
    const bool is_classic = memory.profile().has_classic_vmalloc;
    for (const u32 is_unpurged : {0U, 1U}) {
        for (const VmapArea& area : vmalloc.areas()) {
            if (area.is_unpurged != is_unpurged || (is_unpurged != 0 && is_classic)) continue;
            std::string text = "unpurged vm_area";
            if (is_unpurged == 0) {
                text = "call_" + std::to_string(area.call) + "+0x0/0x0 [script] pages=" + std::to_string(area.pages()) +
                       " vmalloc";
                if (memory.arch() == Arch::x86_64) text += pages_by_node(memory, vmalloc, area);
            }
            info.areas.push_back({area.start, area.end(), area.size, std::move(text)});
        }
    }
    return info;
}

SlabInfo slabinfo_of(const Machine& machine) {
    if (!machine.heap().has_slub()) return classic_slabinfo_of(machine.heap());
    SlabInfo info;
    for (const CacheView& view : cache_views(machine)) {
        if (view.is_unlinked) continue;
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

bool has_imported_zones(const Machine& machine) {
    return machine.import() != nullptr && machine.import()->has_zones();
}

ZoneInfo zoneinfo_of(const Machine& machine) {
    const PageAllocator& memory = machine.memory();
    ZoneInfo info = has_imported_zones(machine) ? machine.import()->zoneinfo : fresh_zoneinfo(memory);
    for (u32 at = 0; at < info.zones.size(); ++at) update_entry(machine, memory.zones()[at], &info.zones[at]);
    return info;
}

}  // namespace mmscope
