#include "play/failure_report.h"

#include "mm/vmscan.h"
#include "play/session.h"
#include "play/slab_report_of.h"
#include "procfs/mem_info_layout.h"

namespace mmscope {
namespace {

constexpr u64 kPageKilobytes = kPageSize >> 10;

// One request that failed, and how its report looks.
struct Failure {
    const PageAllocator& memory;
    AllocRequest request;
    u16 version;  // of the profile
    bool has_numa;

    // The report leaves out zones that the request could not use anyhow.
    bool shows(const Zone& zone) const {
        return zone.is_populated() && (!shows_only_usable_zones(version) || zone.index <= request.highest_index);
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

std::vector<MemInfo::Counters> totals_of(const Failure& failure) {
    std::vector<MemInfo::Counters> lines = blank_totals(failure.version);
    ReclaimCounts counts;
    u64 free = 0, on_cpu_lists = 0;
    for (const Zone& zone : failure.memory.zones()) {
        add(&counts, reclaim_counts(zone));
        free += zone.nr_free_pages;
        if (failure.shows(zone)) on_cpu_lists += failure.memory.pcp_count(zone.position);
    }
    set_reclaim(&lines, counts, 1);
    set(&lines, "free", free);
    set(&lines, "free_pcp", on_cpu_lists);
    return lines;
}

MemInfo::Node node_of(const Failure& failure, u32 number) {
    MemInfo::Node node = blank_node(failure.version);
    ReclaimCounts counts;
    for (const Zone& zone : failure.memory.zones())
        if (zone.node == number) add(&counts, reclaim_counts(zone));
    node.node = number;
    set_reclaim(&node.counters, counts, kPageKilobytes);
    node.all_unreclaimable = is_all_unreclaimable(failure.memory, number);
    return node;
}

MemInfo::Zone zone_of(const Failure& failure, const Zone& zone) {
    MemInfo::Zone line = blank_zone(failure.version);
    line.of = failure.name(zone);
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
        {"free_pcp", failure.memory.pcp_count(zone.position)},
        {"local_pcp", failure.memory.pcp(zone.position, failure.request.cpu).count},
    };
    for (const auto& [name, count] : pages) set(&line.counters, name, count * kPageKilobytes);
    set_reclaim(&line.counters, reclaim_counts(zone), kPageKilobytes);
    if (line.all_unreclaimable) line.all_unreclaimable = is_all_unreclaimable(failure.memory, zone.node);
    const std::size_t zones = zone_types(failure.memory.arch()).size();
    line.lowmem_reserve.assign(zone.lowmem_reserve, zone.lowmem_reserve + zones);
    return line;
}

MemInfo::FreeLists free_lists_of(const Failure& failure, const Zone& zone) {
    MemInfo::FreeLists lists;
    lists.of = failure.name(zone);
    for (u8 order = 0; order < kNrPageOrders; ++order) {
        MemInfo::Blocks& blocks = lists.orders[order];
        blocks.count = zone.area.nr_free({order});
        lists.total += (blocks.count << order) * kPageKilobytes;
        if (!has_type_letters(failure.version)) continue;
        for (const PrintedMigratetype& type : failure.memory.profile().migratetypes_printed)
            if (zone.area.count[order][static_cast<u32>(type.type)] != 0) blocks.types += type.letter;
    }
    return lists;
}

MemInfo::CpuLists cpu_lists_of(const Failure& failure, const Zone& zone) {
    MemInfo::CpuLists lists;
    lists.of = failure.name(zone);
    for (u32 cpu = 0; cpu < failure.memory.cpus(); ++cpu)
        lists.cpus.push_back({cpu, zone.pcp_high, zone.pcp_batch, failure.memory.pcp(zone.position, cpu).count});
    return lists;
}

// x86 with 1 GiB pages, as the captured machines have; i386's huge pages are as large as what a page table maps.
void add_huge_pages(const Failure& failure, u32 node, std::vector<MemInfo::HugePages>* out) {
    const Arch arch = failure.memory.arch();
    if (arch == Arch::x86_64) out->push_back({node, 0, 0, 0, 1U << 20});
    out->push_back({node, 0, 0, 0, arch == Arch::x86_32 ? 4096U : 2048U});
}

RamAndSwap ram_of(const Failure& failure) {
    RamAndSwap ram;
    ram.pagecache_pages = failure.memory.mapping_table().resident(MappingKind::file);
    const SwapSpace& swap = failure.memory.swap();
    ram.swap_cache_pages = swap.cached_pages();
    ram.pagecache_pages += ram.swap_cache_pages;
    ram.free_swap = swap.free() * kPageKilobytes;
    ram.total_swap = swap.total() * kPageKilobytes;
    u64 high = 0;
    for (const Zone& zone : failure.memory.zones()) {
        ram.ram_pages += zone.present;
        ram.reserved_pages += zone.present - zone.managed;
        if (zone.type == ZoneType::highmem || zone.type == ZoneType::movable) high += zone.present;
    }
    if (has_swap_cache_line(failure.version)) ram.swap_cache = RamAndSwap::SwapCache{};
    const bool is_modern = shows_only_usable_zones(failure.version);
    if (is_modern) ram.highmem_pages = high;
    if (is_modern) ram.poisoned_pages = 0;
    if (!is_modern && failure.memory.arch() != Arch::x86_64) ram.old_highmem_pages = high;
    for (const PrintedMigratetype& type : failure.memory.profile().migratetypes_printed)
        if (type.type == Migratetype::cma) ram.cma_pages = 0;
    return ram;
}

MemInfo mem_info_of(const Failure& failure) {
    MemInfo info;
    info.totals = totals_of(failure);
    for (const Zone& zone : failure.memory.zones()) {
        if (!failure.shows(zone)) continue;
        if (!has_node_lines(failure.version)) info.cpu_lists.push_back(cpu_lists_of(failure, zone));
        info.zones.push_back(zone_of(failure, zone));
        info.free_lists.push_back(free_lists_of(failure, zone));
    }
    for (u32 node = 0; has_node_lines(failure.version) && node < failure.memory.nodes(); ++node) {
        info.nodes.push_back(node_of(failure, node));
        add_huge_pages(failure, node, &info.huge_pages);
    }
    info.machine = ram_of(failure);
    return info;
}

bool is_logged(const PageAllocator& memory, Gfp mask) {
    if (mask.has(gfp::kNowarn)) return false;
    if (!mask.has(gfp::kDma) || !shows_only_usable_zones(memory.profile().version)) return true;
    for (const Zone& zone : memory.zones())
        if (zone.type == ZoneType::dma && zone.managed != 0) return true;
    return false;
}

const TraceEvent* last_failure(const Trace& trace) {
    for (u32 index = trace.kept(); index > 0; --index) {
        const TraceEvent& event = trace.kept_event(index - 1);
        if (event.kind == TraceKind::page_alloc_failure) return &event;
    }
    return nullptr;
}

bool is_about_objects(TraceKind kind) { return kind == TraceKind::slab_bug || kind == TraceKind::cache_from_obj; }

// Events of the last command.
bool has_slab_bugs(const Trace& trace) {
    for (u32 index = 0; index < trace.kept(); ++index)
        if (is_about_objects(trace.kept_event(index).kind)) return true;
    return false;
}

// Whether an earlier command has met a bug: then the kernel is tainted.
bool was_tainted(const Trace& trace) {
    u64 count = trace.counts()[static_cast<u32>(TraceKind::slab_bug)];
    for (u32 index = 0; index < trace.kept(); ++index)
        count -= trace.kept_event(index).kind == TraceKind::slab_bug ? 1 : 0;
    return count != 0;
}

ReportCaller caller_of(const Machine& machine, const std::string& comm, u32 cpu) {
    const u16 version = machine.memory().profile().version;
    ReportCaller caller;
    if (has_node_lines(version)) caller.cpu = cpu;
    if (has_uid_in_cpu_line(version)) caller.uid = 0;
    caller.pid = 1;
    caller.comm = comm;
    caller.kernel = "Not tainted " + machine.kernel() + " #1";
    if (has_preemption_in_cpu_line(version)) caller.kernel += " PREEMPT(lazy)";
    return caller;
}

// TAINT_BAD_PAGE, the sixth of nineteen letters (print_tainted). A warning's W is left out.
std::string slab_bugs_log(const Machine& machine, bool is_tainted, u32 cpu) {
    const std::string clean = "Not tainted", bad = "Tainted: G    B             ";
    std::string text;
    for (const SlabBug& bug : machine.heap().slab().bugs()) {
        SlabReport report = slab_report_of(bug, machine.memory());
        report.taints = is_tainted ? bad : clean;
        report.caller = caller_of(machine, "script", cpu);
        report.caller->kernel.replace(0, clean.size(), report.taints);
        text += print_slab_report(report);
        is_tainted |= bug.kind < SlabBug::Kind::still_has_objects;
    }
    return text;
}

}  // namespace

bool has_kernel_log(const Session& session) {
    if (!session.last_cpu()) return false;
    const Snapshot snapshot = session.snapshot();
    const TraceEvent* event = last_failure(*snapshot.trace);
    return (event != nullptr && is_logged(snapshot.memory(), {event->a})) || has_slab_bugs(*snapshot.trace);
}

std::string kernel_log(const Session& session) {
    if (!has_kernel_log(session)) return {};
    const Snapshot snapshot = session.snapshot();
    const auto failure = failure_report_of(*snapshot.machine, *snapshot.trace, *session.last_cpu());
    std::string text = failure ? print_alloc_failure_report(*failure) : "";
    if (!has_slab_bugs(*snapshot.trace)) return text;
    return text + slab_bugs_log(*snapshot.machine, was_tainted(*snapshot.trace), *session.last_cpu());
}

ReclaimCounts reclaim_counts(const Zone& zone) {
    const auto size = [&](LruList list) { return u64{zone.lru_size[static_cast<u32>(list)]}; };
    return {size(LruList::active_anon), size(LruList::inactive_anon), size(LruList::active_file),
            size(LruList::inactive_file)};
}

bool is_all_unreclaimable(const PageAllocator& memory, u32 node) {
    return memory.node_data()[node].kswapd_failures >= kMostReclaimRetries;
}

std::optional<AllocFailureReport> failure_report_of(const Machine& machine, const Trace& trace, u32 cpu) {
    const PageAllocator& memory = machine.memory();
    const TraceEvent* event = last_failure(trace);
    if (event == nullptr || !is_logged(memory, {event->a})) return std::nullopt;
    const Profile& profile = memory.profile();
    const Failure failure{memory, memory.request_of({event->a}, {event->order}, 0, cpu), profile.version,
                          memory.arch() == Arch::x86_64};
    AllocFailureReport report;
    report.comm = "script";
    report.order = event->order;
    report.mode.value = gfp_value({event->a}, profile);
    if (has_node_lines(profile.version)) {
        report.mode.names = gfp_to_text({event->a}, profile);
        report.allowed =
            AllowedMemory{"(null)", "/", memory.nodes() == 1 ? "0" : "0-" + std::to_string(memory.nodes() - 1)};
    }
    report.caller = caller_of(machine, report.comm, cpu);
    report.mem_info = mem_info_of(failure);
    return report;
}

}  // namespace mmscope
