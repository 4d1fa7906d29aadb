#include "procfs/mem_info_layout.h"

#include <algorithm>
#include <span>

namespace mmscope {
namespace {

constexpr u16 kFirstModern = 0x0303;  // from here on the modern lines, before it those of 2.6
constexpr u16 k6_1 = 0x0601, k6_12 = 0x060c, k7_2 = 0x0702;

// Names that not every kernel prints in this line: `since` is the first captured one that does, `before` the first that
// does no more. Where a name that begins a line is missing, the line goes on.
struct Change {
    std::string_view name;
    u16 since;
    u16 before = 0xffff;
};

constexpr std::string_view kTotals =
    "active_anon inactive_anon isolated_anon\n"
    "active_file inactive_file isolated_file\n"
    "unevictable dirty writeback\n"
    "slab_reclaimable slab_unreclaimable\n"
    "mapped shmem pagetables\n"
    "sec_pagetables bounce\n"
    "kernel_misc_reclaimable\n"
    "free free_pcp free_cma";
constexpr Change kTotalsChanges[] = {{"sec_pagetables", k6_1}, {"kernel_misc_reclaimable", k6_1}};

constexpr std::string_view kNode =
    "active_anon inactive_anon active_file inactive_file unevictable isolated(anon) isolated(file) mapped dirty "
    "writeback shmem shmem_thp shmem_pmdmapped anon_thp writeback_tmp kernel_stack pagetables sec_pagetables";
constexpr Change kNodeChanges[] = {{"writeback_tmp", 0, k7_2}, {"pagetables", k6_1}, {"sec_pagetables", k6_1}};

constexpr std::string_view kNodeBehind = "Balloon gpu_active gpu_reclaim";  // 7.2

constexpr std::string_view kZone =
    "free boost min low high reserved_highatomic free_highatomic active_anon inactive_anon active_file inactive_file "
    "unevictable writepending zspages present managed mlocked pagetables bounce free_pcp local_pcp free_cma";
constexpr Change kZoneChanges[] = {
    {"boost", k6_1}, {"free_highatomic", k7_2}, {"zspages", k7_2}, {"pagetables", 0, k6_1}};

constexpr std::string_view kTotals2_6 =
    "active_anon inactive_anon isolated_anon\n"
    "active_file inactive_file isolated_file\n"
    "unevictable dirty writeback unstable\n"
    "free slab_reclaimable slab_unreclaimable\n"
    "mapped shmem pagetables bounce";
constexpr std::string_view kZone2_6 =
    "free min low high active_anon inactive_anon active_file inactive_file unevictable isolated(anon) isolated(file) "
    "present mlocked dirty writeback mapped shmem slab_reclaimable slab_unreclaimable kernel_stack pagetables unstable "
    "bounce writeback_tmp pages_scanned";

bool prints(std::string_view name, std::span<const Change> changes, u16 version) {
    for (const Change& change : changes)
        if (change.name == name) return version >= change.since && version < change.before;
    return true;
}

std::vector<MemInfo::Counters> zeros(std::string_view names, std::span<const Change> changes, u16 version) {
    std::vector<MemInfo::Counters> lines(1);
    bool begins_line = false;
    while (!names.empty()) {
        const std::size_t end = std::min(names.find_first_of(" \n"), names.size());
        const std::string_view name = names.substr(0, end);
        if (prints(name, changes, version)) {
            if (begins_line) lines.emplace_back();
            lines.back().push_back({std::string(name), 0});
        }
        begins_line = end < names.size() && names[end] == '\n';
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return lines;
}

}  // namespace

std::vector<MemInfo::Counters> blank_totals(u16 version) {
    return version < kFirstModern ? zeros(kTotals2_6, {}, version) : zeros(kTotals, kTotalsChanges, version);
}

MemInfo::Node blank_node(u16 version) {
    MemInfo::Node node;
    node.counters = zeros(kNode, kNodeChanges, version)[0];
    if (version >= k7_2) node.behind = zeros(kNodeBehind, {}, version)[0];
    node.blank_before_thp = version < k6_12;
    return node;
}

MemInfo::Zone blank_zone(u16 version) {
    MemInfo::Zone zone;
    const bool is_modern = version >= kFirstModern;
    zone.counters = (is_modern ? zeros(kZone, kZoneChanges, version) : zeros(kZone2_6, {}, version))[0];
    if (!is_modern) zone.all_unreclaimable = false;
    return zone;
}

}  // namespace mmscope
