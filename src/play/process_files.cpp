#include "play/process_files.h"

#include <algorithm>

#include "mm/huge_memory.h"
#include "mm/mmap.h"
#include "mm/oom.h"
#include "mm/rmap.h"
#include "mm/shmem.h"

namespace mmscope {

namespace {

constexpr u32 kPssShift = 12;
constexpr u64 kPageKb = kPageSize / 1024;
constexpr std::string_view kProcessFiles[] = {"maps", "smaps", "statm", "status", "oom_score", "oom_score_adj"};

struct VmFlagName {
    u32 flag;
    std::string_view name;
};
constexpr VmFlagName kVmFlagNames[] = {
    {vm_flag::kRead, "rd"},      {vm_flag::kWrite, "wr"},      {vm_flag::kExec, "ex"},      {vm_flag::kShared, "sh"},
    {vm_flag::kMayRead, "mr"},   {vm_flag::kMayWrite, "mw"},   {vm_flag::kMayExec, "me"},   {vm_flag::kMayShare, "ms"},
    {vm_flag::kGrowsDown, "gd"}, {vm_flag::kDontExpand, "de"}, {vm_flag::kAccount, "ac"},   {vm_flag::kNoReserve, "nr"},
    {vm_flag::kHugetlb, "ht"},   {vm_flag::kHugePage, "hg"},   {vm_flag::kNoHugePage, "nh"}};

// struct mem_size_stats, in bytes but for pss.
struct AreaSizes {
    u64 resident = 0, shared_clean = 0, shared_dirty = 0, private_clean = 0, private_dirty = 0, referenced = 0,
        anonymous = 0, swapped = 0, anonymous_huge = 0, shared_hugetlb = 0, private_hugetlb = 0;
    u64 pss = 0, pss_dirty = 0, swap_pss = 0;  // bytes << kPssShift
};

// One page of 4 KiB that so many entries map.
void add_page(u32 mapped, PageEntry entry, bool is_anon, AreaSizes* sizes) {
    const bool is_dirty = entry.has(entry_bit::kDirty);
    const u64 share = (u64{kPageSize} << kPssShift) / mapped;
    sizes->resident += kPageSize;
    sizes->pss += share;
    sizes->pss_dirty += is_dirty ? share : 0;
    sizes->referenced += entry.has(entry_bit::kAccessed) ? kPageSize : 0;
    sizes->anonymous += is_anon ? kPageSize : 0;
    u64& kind = mapped > 1 ? (is_dirty ? sizes->shared_dirty : sizes->shared_clean)
                           : (is_dirty ? sizes->private_dirty : sizes->private_clean);
    kind += kPageSize;
}

AreaSizes measure(const PageAllocator& memory, u32 pid, const Vma& area) {
    const FrameTable& frames = memory.frames();
    AreaSizes sizes;
    Trace nobody;
    // A view that may write, and does not.
    const PageTables tables(const_cast<PageAllocator&>(memory), memory.processes().processes[pid - 1].mm, 0, nobody);
    tables.for_each(area.start, area.end, [&](u64, EntryPlace, PageEntry entry, u32 height) {
        if (entry.is_swap()) {
            const SwapEntry slot = tables.mode().swap_of(entry);
            sizes.swapped += kPageSize;
            sizes.swap_pss += (u64{kPageSize} << kPssShift) / memory.swap().count(slot);
            return;
        }
        if (area.is_hugetlb()) {  // smaps_hugetlb_range: no part of Rss
            const HugetlbFrame frame = hugetlb_frame(memory.processes().hugetlb, memory.arch(), entry.pfn());
            (frame.page.mapcount > 1 ? sizes.shared_hugetlb : sizes.private_hugetlb) += tables.mode().span(height);
            return;
        }
        if (entry.is_zero_page()) return;
        const u32 pages = height == 0 ? 1 : frames.folio_pages(entry.pfn());
        const bool is_anon = rss_kind(memory, frames.folio(entry.pfn())) == RssKind::anon;
        for (u32 page = 0; page < pages; ++page)
            add_page(frames.page_mapcount(entry.pfn() + page), entry, is_anon, &sizes);
        sizes.anonymous_huge += height == 0 ? 0 : pages * kPageSize;
    });
    // Shared memory's slots are its mapping's; whoever may write to a private copy has others.
    const bool may_differ = !area.has(vm_flag::kShared) && area.has(vm_flag::kWrite);
    if (!may_differ) sizes.swapped += u64{shmem_swapped(memory, area)} * kPageSize;
    return sizes;
}

// Of the device that a file is on; the major number is 0.
u32 device_minor(const MappingTable& table, u32 file) {
    constexpr u32 kDiskMinor = 2;
    if (table.mappings[file].kind != MappingKind::shmem) return kDiskMinor;
    const TmpfsFile* named = table.tmpfs_file(file);
    return named == nullptr ? kSharedAnonymousMinor : tmpfs_mount(named->path)->minor;
}

void set_field(std::vector<PidMaps::Field>* fields, std::string_view name, u64 value) {
    for (PidMaps::Field& field : *fields)
        if (field.name == name) field.value = value;
}

// Whether a fault could bring a huge page into the area: its last whole one has room (hugepage_vma_check).
bool is_eligible(const PageAllocator& memory, const Vma& area) {
    const PagingMode& mode = memory.processes().mode;
    return HugePages::is_wanted(memory, area) && area.end - area.start >= mode.span(1) &&
           HugePages::fits(mode, area, area.end - mode.span(1));
}

void fill_sizes(const AreaSizes& sizes, const Vma& area, u64 page, std::vector<PidMaps::Field>* fields) {
    const auto put = [&](std::string_view name, u64 bytes) { set_field(fields, name, bytes / 1024); };
    put("Size", area.end - area.start);
    put("KernelPageSize", page);
    put("MMUPageSize", page);
    put("Rss", sizes.resident);
    put("Pss", sizes.pss >> kPssShift);
    put("Pss_Dirty", sizes.pss_dirty >> kPssShift);
    put("Shared_Clean", sizes.shared_clean);
    put("Shared_Dirty", sizes.shared_dirty);
    put("Private_Clean", sizes.private_clean);
    put("Private_Dirty", sizes.private_dirty);
    put("Referenced", sizes.referenced);
    put("Anonymous", sizes.anonymous);
    put("AnonHugePages", sizes.anonymous_huge);
    put("Shared_Hugetlb", sizes.shared_hugetlb);
    put("Private_Hugetlb", sizes.private_hugetlb);
    put("Swap", sizes.swapped);
    put("SwapPss", sizes.swap_pss >> kPssShift);
}

// In the order of their bits. Every area is soft-dirty but a stack, which was there before its process ran.
void add_vm_flags(const Vma& area, std::vector<std::string>* names) {
    constexpr u32 kSoftDirty = 0x08000000;
    bool is_told = area.has(vm_flag::kGrowsDown);
    const auto tell = [&] {
        if (!is_told) names->emplace_back("sd");
        is_told = true;
    };
    for (const VmFlagName& flag : kVmFlagNames) {
        if (flag.flag > kSoftDirty) tell();
        if (area.has(flag.flag)) names->emplace_back(flag.name);
    }
    tell();
}

// What an area counts for: data, stack, code (vm_stat_account).
struct VmSizes {
    u64 data = 0, stack = 0, code = 0;  // pages
};
VmSizes vm_sizes(const Mm& mm) {
    VmSizes sizes;
    for (const Vma& area : mm.areas) {
        const bool is_written = area.has(vm_flag::kWrite);
        if (area.has(vm_flag::kGrowsDown))
            sizes.stack += area.pages();
        else if (is_written && !area.has(vm_flag::kShared))
            sizes.data += area.pages();
        else if (!is_written && area.has(vm_flag::kExec))
            sizes.code += area.pages();
    }
    return sizes;
}

u64 program_pages(const Mm& mm) { return (page_ceiling(mm.end_code) - page_floor(mm.start_code)) >> kPageShift; }

}  // namespace

std::string area_name(const PageAllocator& memory, const Mm& mm, const Vma& area) {
    if (area.has(vm_flag::kGrowsDown)) return "[stack]";
    if (area.is_hugetlb()) return "/anon_hugepage (deleted)";
    if (!area.is_anonymous()) {
        const MappingTable& table = memory.mapping_table();
        const bool is_shmem = table.mappings[area.file].kind == MappingKind::shmem;
        return is_shmem ? shmem_name(table, area.file) : "file " + std::to_string(area.file);
    }
    return area.start < mm.brk && area.end > mm.start_brk ? "[heap]" : "";
}

PidMaps pid_maps_of(const PageAllocator& memory, u32 pid, MapsDetail detail) {
    const Mm& mm = memory.processes().mm(pid);
    PidMaps maps;
    maps.name_column = memory.arch() == Arch::x86_64 ? 74 : 50;
    for (const Vma& area : mm.areas) {
        PidMaps::Area row;
        row.start = area.start;
        row.end = area.end;
        row.rights = area_rights(area.flags);
        row.name = area_name(memory, mm, area);
        if (area.is_hugetlb()) {  // an unnamed file of the kernel's own mount of hugetlbfs
            row.offset = area.pgoff << kPageShift;
            row.minor = 15;
            row.inode = area.huge_file;
        }
        if (!area.is_anonymous()) {
            row.offset = area.pgoff << kPageShift;
            row.minor = device_minor(memory.mapping_table(), area.file);
            row.inode = area.file + 1;
        }
        if (detail == MapsDetail::smaps) {
            row.fields = smaps_fields(memory.profile().name != "6.1" && memory.profile().name != "2.6");
            const u64 page = area.is_hugetlb() ? memory.processes().mode.span(area.huge_height) : kPageSize;
            fill_sizes(measure(memory, pid, area), area, page, &row.fields);
            set_field(&row.fields, "THPeligible", is_eligible(memory, area) ? 1 : 0);
            add_vm_flags(area, &row.vm_flags);
        }
        maps.areas.push_back(std::move(row));
    }
    return maps;
}

PidStatm pid_statm_of(const PageAllocator& memory, u32 pid) {
    const Mm& mm = memory.processes().mm(pid);
    const VmSizes sizes = vm_sizes(mm);
    const u64 shared = mm.resident() - mm.rss[static_cast<u32>(RssKind::anon)];
    return {{mm.total_vm, mm.resident(), shared, program_pages(mm), 0, sizes.data + sizes.stack, 0}};
}

PidStatus pid_status_of(const PageAllocator& memory, u32 pid) {
    const Mm& mm = memory.processes().mm(pid);
    const VmSizes sizes = vm_sizes(mm);
    const std::string number = std::to_string(pid);
    PidStatus status;
    status.before = {"Name:\t" + std::string(process_name(pid)), "State:\tS (sleeping)", "Tgid:\t" + number,
                     "Pid:\t" + number, "PPid:\t" + std::to_string(memory.processes().find(pid)->parent)};
    const auto put = [&](PidStatusField field, u64 pages) { status[field] = pages * kPageKb; };
    put(PidStatusField::VmPeak, mm.most_vm);
    put(PidStatusField::VmSize, mm.total_vm);
    put(PidStatusField::VmHWM, std::max(mm.most_rss, mm.resident()));
    put(PidStatusField::VmRSS, mm.resident());
    put(PidStatusField::RssAnon, mm.rss[static_cast<u32>(RssKind::anon)]);
    put(PidStatusField::RssFile, mm.rss[static_cast<u32>(RssKind::file)]);
    put(PidStatusField::RssShmem, mm.rss[static_cast<u32>(RssKind::shmem)]);
    put(PidStatusField::VmData, sizes.data);
    put(PidStatusField::VmStk, sizes.stack);
    put(PidStatusField::VmExe, program_pages(mm));
    put(PidStatusField::VmLib, sizes.code > program_pages(mm) ? sizes.code - program_pages(mm) : 0);
    put(PidStatusField::VmPTE, memory.profile().counts_all_table_bytes ? mm.pgtable_pages() : mm.tables[0]);
    put(PidStatusField::VmSwap, mm.swap_entries);
    put(PidStatusField::HugetlbPages, mm.hugetlb_pages);
    return status;
}

std::string_view process_name(u32 pid) { return pid == kInitPid ? "init" : "process"; }

std::vector<PsProcess> ps_processes_of(const PageAllocator& memory) {
    const ProcessTable& table = memory.processes();
    std::vector<PsProcess> processes;
    for (u32 pid = 1; pid <= table.processes.size(); ++pid) {
        if (!table.is_alive(pid)) continue;
        const Process& process = *table.find(pid);
        processes.push_back({pid, process.parent, table.mm(pid).total_vm * kPageKb, table.mm(pid).resident() * kPageKb,
                             oom_score(memory, pid), process.oom_score_adj, std::string(process_name(pid))});
    }
    return processes;
}

bool is_process_file(std::string_view name) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    if (slash == 0 || name.find_first_not_of("0123456789") != slash) return false;
    const std::string_view file = name.substr(std::min(slash + 1, name.size()));
    return std::find(std::begin(kProcessFiles), std::end(kProcessFiles), file) != std::end(kProcessFiles);
}

std::optional<std::string> process_file_text(const PageAllocator& memory, std::string_view name) {
    u32 pid = 0;
    std::size_t at = 0;
    for (; at < name.size() && name[at] >= '0' && name[at] <= '9' && at < 6; ++at)
        pid = pid * 10 + static_cast<u32>(name[at] - '0');
    if (at == 0 || at == name.size() || name[at] != '/' || !memory.processes().is_alive(pid)) return std::nullopt;
    const std::string_view file = name.substr(at + 1);
    if (file == "maps") return print_pid_maps(pid_maps_of(memory, pid, MapsDetail::maps));
    if (file == "smaps") return print_pid_maps(pid_maps_of(memory, pid, MapsDetail::smaps));
    if (file == "statm") return print_pid_statm(pid_statm_of(memory, pid));
    if (file == "status") return print_pid_status(pid_status_of(memory, pid));
    if (file == "oom_score") return std::to_string(oom_score(memory, pid)) + '\n';
    if (file == "oom_score_adj") return std::to_string(memory.processes().find(pid)->oom_score_adj) + '\n';
    return std::nullopt;
}

}  // namespace mmscope
