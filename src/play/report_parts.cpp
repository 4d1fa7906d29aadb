#include "play/report_parts.h"

#include "mm/vmscan.h"
#include "play/machine.h"
#include "play/process_files.h"
#include "procfs/kernel_warning.h"
#include "procfs/mem_info_layout.h"

namespace mmscope {
namespace {

constexpr u64 kPageKilobytes = kPageSize >> 10;

// Which machine's log it is, at which moment, for which request.
struct Shown {
    const PageAllocator& memory;  // for what never changes
    const MemoryMoment& moment;
    u32 highest_index;
    u32 cpu;
    u16 version;  // of the profile
    bool has_numa;

    // The report leaves out zones that the request could not use anyhow.
    bool shows(const Zone& zone) const {
        return zone.is_populated() && (!shows_only_usable_zones(version) || zone.index <= highest_index);
    }
    MemInfo::ZoneName name(const Zone& zone) const {
        return {has_numa ? std::optional<u32>(zone.node) : std::nullopt, zone.name()};
    }
};

void set(MemInfo::Counters* counters, std::string_view name, u64 value) {
    for (MemInfo::Counter& counter : *counters)
        if (counter.name == name) counter.value = value;
}

void set(std::vector<MemInfo::Counters>* lines, std::string_view name, u64 value) {
    for (MemInfo::Counters& line : *lines) set(&line, name, value);
}

void add(ReclaimCounts* sum, const ReclaimCounts& more) {
    sum->active_anon += more.active_anon;
    sum->inactive_anon += more.inactive_anon;
    sum->active_file += more.active_file;
    sum->inactive_file += more.inactive_file;
    sum->unevictable += more.unevictable;
    sum->isolated_anon += more.isolated_anon;
    sum->isolated_file += more.isolated_file;
}

// `Target` is one line or several; `unit` is how much a page counts there.
template <class Target>
void set_reclaim(Target* target, const ReclaimCounts& counts, u64 unit) {
    set(target, "active_anon", counts.active_anon * unit);
    set(target, "inactive_anon", counts.inactive_anon * unit);
    set(target, "active_file", counts.active_file * unit);
    set(target, "inactive_file", counts.inactive_file * unit);
    set(target, "unevictable", counts.unevictable * unit);
    for (const std::string_view name : {"isolated_anon", "isolated(anon)"})
        set(target, name, counts.isolated_anon * unit);
    for (const std::string_view name : {"isolated_file", "isolated(file)"})
        set(target, name, counts.isolated_file * unit);
}

template <class Target>
void set_page_states(Target* target, const MemoryMoment::PageStates& pages, u64 unit) {
    set(target, "mapped", pages.mapped * unit);
    set(target, "shmem", pages.shmem * unit);
    set(target, "pagetables", pages.page_tables * unit);
}

std::vector<MemInfo::Counters> totals_of(const Shown& shown) {
    std::vector<MemInfo::Counters> lines = blank_totals(shown.version);
    ReclaimCounts counts;
    u64 free = 0, on_cpu_lists = 0;
    for (const Zone& zone : shown.moment.zones) {
        add(&counts, reclaim_counts(zone));
        free += zone.nr_free_pages;
        if (shown.shows(zone)) on_cpu_lists += shown.moment.on_all_cpu_lists(zone);
    }
    set_reclaim(&lines, counts, 1);
    set_page_states(&lines, shown.moment.pages(), 1);
    set(&lines, "slab_reclaimable", shown.moment.slab_reclaimable);
    set(&lines, "slab_unreclaimable", shown.moment.slab_unreclaimable);
    set(&lines, "free", free);
    set(&lines, "free_pcp", on_cpu_lists);
    return lines;
}

MemInfo::Node node_of(const Shown& shown, u32 number) {
    MemInfo::Node node = blank_node(shown.version);
    ReclaimCounts counts;
    for (const Zone& zone : shown.moment.zones)
        if (zone.node == number) add(&counts, reclaim_counts(zone));
    node.node = number;
    set_reclaim(&node.counters, counts, kPageKilobytes);
    set_page_states(&node.counters, shown.moment.page_states[number], kPageKilobytes);
    set(&node.counters, "anon_thp", shown.moment.page_states[number].huge_pages * kPageKilobytes);
    node.all_unreclaimable = is_all_unreclaimable(shown.moment, number);
    return node;
}

MemInfo::Zone zone_of(const Shown& shown, const Zone& zone) {
    MemInfo::Zone line = blank_zone(shown.version);
    line.of = shown.name(zone);
    const std::pair<std::string_view, u64> pages[] = {
        {"free", zone.nr_free_pages},
        {"boost", zone.boost},
        {"min", zone.mark(Watermark::min)},
        {"low", zone.mark(Watermark::low)},
        {"high", zone.mark(Watermark::high)},
        {"reserved_highatomic", zone.nr_reserved_highatomic},
        {"free_highatomic", zone.area.pages(Migratetype::highatomic)},
        {"present", zone.present},
        {"managed", zone.managed},
        {"free_pcp", shown.moment.on_all_cpu_lists(zone)},
        {"local_pcp", shown.moment.on_cpu_list(zone, shown.cpu)},
    };
    for (const auto& [name, count] : pages) set(&line.counters, name, count * kPageKilobytes);
    set_reclaim(&line.counters, reclaim_counts(zone), kPageKilobytes);
    if (line.all_unreclaimable) line.all_unreclaimable = is_all_unreclaimable(shown.moment, zone.node);
    const std::size_t zones = zone_types(shown.memory.arch()).size();
    line.lowmem_reserve.assign(zone.lowmem_reserve, zone.lowmem_reserve + zones);
    return line;
}

MemInfo::FreeLists free_lists_of(const Shown& shown, const Zone& zone) {
    MemInfo::FreeLists lists;
    lists.of = shown.name(zone);
    for (u8 order = 0; order < kNrPageOrders; ++order) {
        MemInfo::Blocks& blocks = lists.orders[order];
        blocks.count = zone.area.nr_free({order});
        lists.total += (blocks.count << order) * kPageKilobytes;
        if (!has_type_letters(shown.version)) continue;
        for (const PrintedMigratetype& type : shown.memory.profile().migratetypes_printed)
            if (zone.area.count[order][static_cast<u32>(type.type)] != 0) blocks.types += type.letter;
    }
    return lists;
}

MemInfo::CpuLists cpu_lists_of(const Shown& shown, const Zone& zone) {
    MemInfo::CpuLists lists;
    lists.of = shown.name(zone);
    for (u32 cpu = 0; cpu < shown.memory.cpus(); ++cpu)
        lists.cpus.push_back({cpu, zone.pcp_high, zone.pcp_batch, shown.moment.on_cpu_list(zone, cpu)});
    return lists;
}

// x86 with 1 GiB pages, as the captured machines have; i386's huge pages are as large as what a page table maps.
void add_huge_pages(const Shown& shown, u32 node, std::vector<MemInfo::HugePages>* out) {
    const Arch arch = shown.memory.arch();
    for (u32 height = arch == Arch::x86_64 ? 2 : 1; height >= 1; --height) {
        const HugetlbCounts& pool = shown.moment.page_states[node].hugetlb[height - 1];
        const u64 size = u64{huge_frames(arch, height)} * kPageKilobytes;
        out->push_back({node, pool.total, pool.unused, pool.surplus, size});
    }
}

RamAndSwap ram_of(const Shown& shown) {
    RamAndSwap ram;
    ram.pagecache_pages = shown.moment.pages().file_pages;
    ram.swap_cache_pages = shown.moment.swap_cached;
    ram.free_swap = shown.moment.swap_free * kPageKilobytes;
    ram.total_swap = shown.moment.swap_total * kPageKilobytes;
    u64 high = 0;
    for (const Zone& zone : shown.moment.zones) {
        ram.ram_pages += zone.present;
        ram.reserved_pages += zone.present - zone.managed;
        if (zone.type == ZoneType::highmem || zone.type == ZoneType::movable) high += zone.present;
    }
    if (has_swap_cache_line(shown.version)) ram.swap_cache = RamAndSwap::SwapCache{};
    const bool is_modern = shows_only_usable_zones(shown.version);
    if (is_modern) ram.highmem_pages = high;
    if (is_modern) ram.poisoned_pages = 0;
    if (!is_modern && shown.memory.arch() != Arch::x86_64) ram.old_highmem_pages = high;
    for (const PrintedMigratetype& type : shown.memory.profile().migratetypes_printed)
        if (type.type == Migratetype::cma) ram.cma_pages = 0;
    return ram;
}

}  // namespace

MemInfo mem_info_of(const PageAllocator& memory, const MemoryMoment& moment, u32 highest_index, u32 cpu) {
    const Shown shown{memory, moment, highest_index, cpu, memory.profile().version, memory.arch() == Arch::x86_64};
    MemInfo info;
    info.totals = totals_of(shown);
    for (const Zone& zone : shown.moment.zones) {
        if (!shown.shows(zone)) continue;
        if (!has_node_lines(shown.version)) info.cpu_lists.push_back(cpu_lists_of(shown, zone));
        info.zones.push_back(zone_of(shown, zone));
        info.free_lists.push_back(free_lists_of(shown, zone));
    }
    for (u32 node = 0; has_node_lines(shown.version) && node < shown.memory.nodes(); ++node) {
        info.nodes.push_back(node_of(shown, node));
        add_huge_pages(shown, node, &info.huge_pages);
    }
    info.machine = ram_of(shown);
    return info;
}

ReclaimCounts reclaim_counts(const Zone& zone) {
    const auto size = [&](LruList list) { return u64{zone.lru_size[static_cast<u32>(list)]}; };
    return {size(LruList::active_anon), size(LruList::inactive_anon), size(LruList::active_file),
            size(LruList::inactive_file)};
}

bool is_all_unreclaimable(const MemoryMoment& moment, u32 node) {
    return moment.kswapd_failures[node] >= kMostReclaimRetries;
}

u32 shown_pid(u32 pid) { return pid == kScriptTask ? 1 : pid; }
std::string task_name(u32 pid) { return pid == kScriptTask ? "script" : std::string(process_name(pid)); }

ReportCaller caller_of(const Machine& machine, u32 pid, u32 cpu) {
    const Heap* const heap = machine.heap_so_far();
    return caller_of(machine, pid, cpu, heap == nullptr ? 0 : heap->slab().taints_before());
}

ReportCaller caller_of(const Machine& machine, u32 pid, u32 cpu, u32 taints) {
    const u16 version = machine.memory().profile().version;
    ReportCaller caller;
    if (has_node_lines(version)) caller.cpu = cpu;
    if (has_uid_in_cpu_line(version)) caller.uid = 0;
    caller.pid = shown_pid(pid);
    caller.comm = task_name(pid);
    caller.kernel = "Not tainted " + machine.kernel() + " #1";
    if (has_preemption_in_cpu_line(version)) caller.kernel += " PREEMPT(lazy)";
    set_taints(&caller, taints, version);
    return caller;
}

ReportedGfp reported_gfp(const Profile& profile, Gfp mask) {
    return {gfp_value(mask, profile), has_node_lines(profile.version) ? gfp_to_text(mask, profile) : ""};
}

AllowedMemory allowed_memory_of(const PageAllocator& memory) {
    return {"(null)", "/", memory.nodes() == 1 ? "0" : "0-" + std::to_string(memory.nodes() - 1)};
}

}  // namespace mmscope
