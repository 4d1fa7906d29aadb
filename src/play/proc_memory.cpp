#include "play/proc_memory.h"

#include <algorithm>

#include "mm/mmap.h"
#include "play/machine.h"
#include "play/proc_files.h"
#include "procfs/counter_names.h"

namespace mmscope {
namespace {

constexpr u64 kKibPerPage = kPageSize >> 10;
constexpr u64 kVmallocTotalOfFiveLevels = 13'743'895'347'199;  // KiB: 12.5 PiB less one byte

std::optional<VmCounter> vm_counter(std::string_view name) {
    const auto found = std::find(std::begin(kVmCounterNames), std::end(kVmCounterNames), name);
    if (found == std::end(kVmCounterNames)) return std::nullopt;
    return static_cast<VmCounter>(found - std::begin(kVmCounterNames));
}

u64 sum_of(const ZoneInfo& zoneinfo, std::string_view name) {
    u64 sum = 0;
    for (const ZoneInfo::Entry& zone : zoneinfo.zones)
        for (const auto* counters : {&zone.counters, &zone.node_stats})
            for (const ZoneInfo::Counter& counter : *counters)
                if (counter.name == name) sum += counter.value;
    return sum;
}

// The counters of a machine by the kernel's names; 0 for one that it does not count.
class Counters {
public:
    explicit Counters(const Machine& machine) : machine_(machine), zoneinfo_(zoneinfo_of(machine)) {}

    u64 value(std::string_view name) const {
        const std::optional<VmCounter> counter = vm_counter(name);
        // In zoneinfo since 7.2, with what an import had.
        if (name == "nr_vmalloc") return std::max(sum_of(zoneinfo_, name), machine_.heap().vmalloc().nr_pages());
        // What is free now has nothing to do with what was free before the script began.
        if (!counter || *counter == VmCounter::nr_free_pages) return sum_of(zoneinfo_, name);
        const u64 as_read = has_imported_zones(machine_) ? sum_of(machine_.import()->zoneinfo, name) : 0;
        // Of slabs that were there before the script more may go than zoneinfo counted at its moment.
        const u64 sum = as_read + machine_.memory().vmstat(*counter);
        return static_cast<i64>(sum) < 0 ? 0 : sum;
    }
    MemAvailable available() const {
        return mem_available(value("nr_free_pages"), value("nr_inactive_file") + value("nr_active_file"),
                             value("nr_slab_reclaimable") + value("nr_kernel_misc_reclaimable"), zoneinfo_);
    }

private:
    const Machine& machine_;
    ZoneInfo zoneinfo_;
};

struct Share {
    u64 managed = 0, free = 0;  // pages
};

Share share_of(const PageAllocator& memory, bool is_high) {
    Share share;
    for (const Zone& zone : memory.zones()) {
        if ((zone.type == ZoneType::highmem) != is_high) continue;
        share.managed += zone.managed;
        share.free += zone.nr_free_pages;
    }
    return share;
}

// Lines that are one counter, in pages.
constexpr struct {
    std::string_view line, counter;
} kCounterLines[] = {
    {"MemFree", "nr_free_pages"},
    {"SwapCached", "nr_swapcached"},
    {"Active(anon)", "nr_active_anon"},
    {"Inactive(anon)", "nr_inactive_anon"},
    {"Active(file)", "nr_active_file"},
    {"Inactive(file)", "nr_inactive_file"},
    {"Unevictable", "nr_unevictable"},
    {"Mlocked", "nr_mlock"},
    {"Dirty", "nr_dirty"},
    {"Writeback", "nr_writeback"},
    {"AnonPages", "nr_anon_pages"},
    {"Mapped", "nr_mapped"},
    {"Shmem", "nr_shmem"},
    {"SReclaimable", "nr_slab_reclaimable"},
    {"SUnreclaim", "nr_slab_unreclaimable"},
    {"PageTables", "nr_page_table_pages"},
    {"SecPageTables", "nr_sec_page_table_pages"},
    {"Bounce", "nr_bounce"},
    {"WritebackTmp", "nr_writeback_temp"},
    {"VmallocUsed", "nr_vmalloc"},
};

// Lines that are sums of others.
void set_sums(const Counters& counters, MeminfoFile* file) {
    file->set("Active", file->value("Active(anon)") + file->value("Active(file)"));
    file->set("Inactive", file->value("Inactive(anon)") + file->value("Inactive(file)"));
    file->set("Cached", (counters.value("nr_file_pages") - counters.value("nr_swapcached")) * kKibPerPage);
    file->set("Slab", file->value("SReclaimable") + file->value("SUnreclaim"));
    file->set("KReclaimable", file->value("SReclaimable") + counters.value("nr_kernel_misc_reclaimable") * kKibPerPage);
}

// Counts are of the usual size, Hugetlb is of all (hugetlb_report_meminfo).
void set_hugetlb(const PageAllocator& memory, MeminfoFile* file) {
    const HugetlbPools& pools = memory.processes().hugetlb;
    const HugetlbPool& usual = pools.pool(1);
    file->set("HugePages_Total", usual.total());
    file->set("HugePages_Free", usual.unused());
    file->set("HugePages_Rsvd", usual.reserved);
    file->set("HugePages_Surp", usual.surplus);
    file->set("Hugepagesize", huge_frames(memory.arch(), 1) * kKibPerPage);
    file->set("Hugetlb", pools.frames(memory.arch()) * kKibPerPage);
}

}  // namespace

MeminfoFile meminfo_of(const Machine& machine) {
    const PageAllocator& memory = machine.memory();
    const Counters counters(machine);
    const Share low = share_of(memory, false), high = share_of(memory, true);
    MeminfoFile file = blank_meminfo(kernel_shape(memory));
    for (const auto& [line, counter] : kCounterLines) file.set(line, counters.value(counter) * kKibPerPage);
    set_sums(counters, &file);
    file.set("MemTotal", (low.managed + high.managed) * kKibPerPage);
    file.set("MemAvailable", counters.available().pages() * kKibPerPage);
    if (memory.arch() != Arch::x86_64) {
        file.set("HighTotal", high.managed * kKibPerPage);
        file.set("HighFree", high.free * kKibPerPage);
        file.set("LowTotal", low.managed * kKibPerPage);
        file.set("LowFree", low.free * kKibPerPage);
    }
    file.set("KernelStack", counters.value("nr_kernel_stack"));  // counted in KiB
    file.set("CommitLimit", commit_limit(memory) * kKibPerPage);
    file.set("Committed_AS", committed_pages(memory) * kKibPerPage);
    file.set("SwapTotal", memory.swap().total() * kKibPerPage);
    file.set("SwapFree", memory.swap().free() * kKibPerPage);
    // zoneinfo does not say how many levels an imported machine had; those that were captured had five.
    const bool has_five_levels = machine.import() != nullptr && memory.arch() == Arch::x86_64;
    file.set("VmallocTotal", has_five_levels ? kVmallocTotalOfFiveLevels : vmalloc_window(memory).bytes() >> 10);
    if (memory.profile().has_classic_vmalloc) {
        file.set("VmallocUsed", machine.heap().vmalloc().used_bytes() >> 10);
        file.set("VmallocChunk", machine.heap().vmalloc().largest_hole(memory) >> 10);
    }
    const u64 huge_kib = memory.frames().pageblock_order().frames() * kKibPerPage;
    file.set("AnonHugePages", counters.value("nr_anon_transparent_hugepages") * huge_kib);
    set_hugetlb(memory, &file);
    return file;
}

VmstatFile vmstat_of(const Machine& machine) {
    const Counters counters(machine);
    VmstatFile file;
    for (const std::string_view name : vmstat_names(kernel_shape(machine.memory())))
        file.counters.push_back({std::string(name), counters.value(name)});
    return file;
}

SwapsFile swaps_of(const Machine& machine) {
    SwapsFile file;
    const std::vector<SwapArea>& areas = machine.memory().swap().areas();
    for (u32 number = 0; number < areas.size(); ++number) {
        const SwapArea& area = areas[number];
        if (!area.is_used) continue;
        file.areas.push_back({"/dev/swap" + std::to_string(number), false, area.pages() * kKibPerPage,
                              area.used * kKibPerPage, area.priority});
    }
    return file;
}

MemAvailable mem_available_of(const Machine& machine) { return Counters(machine).available(); }

VmstatMoment vmstat_moment_of(const Machine& machine) {
    VmstatMoment moment{meminfo_of(machine), vmstat_of(machine), {}};
    moment.activity.running = 1;
    moment.activity.idle = 100;
    moment.activity.forks = machine.memory().processes().processes.size();
    return moment;
}

VmstatMoment vmstat_moment_of(const Machine& machine, const PageAllocator::Counted& counted) {
    VmstatMoment moment = vmstat_moment_of(machine);
    const PageAllocator::Counted& now = machine.memory().counted();
    for (VmstatFile::Counter& counter : moment.counters.counters) {
        const std::optional<VmCounter> known = vm_counter(counter.name);
        const u32 index = known ? static_cast<u32>(*known) : 0;
        if (known) counter.value -= now[index] - counted[index];
    }
    return moment;
}

}  // namespace mmscope
