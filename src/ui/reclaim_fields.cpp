#include "ui/reclaim_fields.h"

#include <algorithm>

#include "mm/vmscan.h"
#include "play/narration.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr VmCounter kOfCommand[] = {VmCounter::pgscan_kswapd,     VmCounter::pgsteal_kswapd, VmCounter::pgscan_direct,
                                    VmCounter::pgsteal_direct,    VmCounter::pgactivate,     VmCounter::pgdeactivate,
                                    VmCounter::drop_pagecache,    VmCounter::compact_stall,  VmCounter::compact_success,
                                    VmCounter::pgmigrate_success, VmCounter::oom_kill,       VmCounter::pswpin,
                                    VmCounter::pswpout};

std::string order_text(Order order) { return "order " + std::to_string(order.value); }

std::string kswapd_text(const NodeData& node) {
    if (node.kswapd_failures >= kMostReclaimRetries)
        return "hopeless: " + std::to_string(node.kswapd_failures) + " runs freed nothing";
    const std::string state = node.kswapd_is_awake ? "awake for " + order_text(node.kswapd_order) : "asleep";
    if (node.kswapd_failures == 0) return state;
    return state + ", failures " + std::to_string(node.kswapd_failures) + " of " + std::to_string(kMostReclaimRetries);
}

ReclaimRow lru_row(const PageAllocator& memory, u8 node, LruList list) {
    ReclaimRow row{kLruListNames[static_cast<u32>(list)], grouped(memory.lru_size(node, list)), "lruvec->lists[]", {}};
    std::string parts;
    for (const Zone& zone : memory.zones()) {
        const u32 pages = zone.lru_size[static_cast<u32>(list)];
        if (zone.node != node || pages == 0) continue;
        row.by_zone.push_back(pages);
        parts += (parts.empty() ? "" : ", ") + std::string(zone.name()) + " " + grouped(pages);
    }
    if (row.by_zone.size() == 1) row.value = parts;
    if (row.by_zone.size() > 1) row.value += ": " + parts;
    return row;
}

ReclaimGroup node_group(const PageAllocator& memory, u8 number) {
    const NodeData& node = memory.node_data()[number];
    ReclaimGroup group{ReclaimGroup::Kind::node, std::to_string(number), {}};
    group.rows.push_back({"kswapd", kswapd_text(node), "pgdat->kswapd_order, kswapd_failures", {}});
    if (memory.swap().total() != 0)
        group.rows.push_back({"anon_cost, file_cost",
                              grouped(node.cost[0]) + ", " + grouped(node.cost[1]),
                              "lruvec->anon_cost, file_cost: what taking such pages has cost of late",
                              {}});
    group.rows.push_back({"kcompactd",
                          node.kcompactd_order.value == 0 ? "asleep" : "woken for " + order_text(node.kcompactd_order),
                          "pgdat->kcompactd_max_order",
                          {}});
    for (u32 list = 0; list < kLruLists; ++list)
        group.rows.push_back(lru_row(memory, number, static_cast<LruList>(list)));
    return group;
}

ReclaimGroup command_group(const Snapshot& snapshot) {
    ReclaimGroup group{ReclaimGroup::Kind::command, "", {}};
    for (const VmCounter counter : kOfCommand)
        group.rows.push_back({std::string(kVmCounterNames[static_cast<u32>(counter)]),
                              grouped(snapshot.did(counter)),
                              "/proc/vmstat, what the last command added",
                              {}});
    return group;
}

// The relation that decides who reclaims, without reserve and order.
std::string free_text(const Zone& zone) {
    const auto below = [&](Watermark mark) { return zone.nr_free_pages <= zone.mark(mark); };
    const char* relation = below(Watermark::min)    ? "not above min: direct reclaim"
                           : below(Watermark::low)  ? "not above low: wakes kswapd"
                           : below(Watermark::high) ? "not above high: kswapd goes on"
                                                    : "above high";
    return grouped(zone.nr_free_pages) + ", " + relation;
}

std::string scanners_text(const PageAllocator& memory, const Zone& zone) {
    const CompactionState& state = zone.compaction;
    const Order pageblock = memory.frames().pageblock_order();
    const u32 last = block_start({zone.start.value + zone.spanned - 1}, pageblock).value;
    if (state.free_pfn == 0 || (state.migrate_pfn[0] <= zone.start.value && state.free_pfn >= last))
        return "at the zone's ends";
    std::string text = "migrate " + hex(state.migrate_pfn[0]);
    if (state.migrate_pfn[1] != state.migrate_pfn[0]) text += " (sync " + hex(state.migrate_pfn[1]) + ")";
    return text + ", free " + hex(state.free_pfn);
}

std::string deferral_text(const CompactionState& state) {
    if (state.defer_shift == 0) return "no";
    return "order >= " + std::to_string(state.order_failed) + ", considered " + grouped(state.considered) + " of " +
           std::to_string(1U << state.defer_shift);
}

// As extfrag_index prints it, less zeros: -1 where a block is free.
std::string index_text(const Zone& zone, Order order) {
    const int index = fragmentation_index(zone, order);
    if (index < 0) return "-1";
    if (index >= 1000) return "1";
    const std::string digits = std::to_string(index);
    return "." + std::string(3 - digits.size(), '0') + digits;
}

ReclaimGroup zone_group(const PageAllocator& memory, const Zone& zone) {
    ReclaimGroup group{ReclaimGroup::Kind::zone, zone_label(memory, zone), {}};
    std::string marks, indices;
    for (const Watermark mark : {Watermark::min, Watermark::low, Watermark::high})
        marks += (marks.empty() ? "" : " / ") + grouped(zone.mark(mark));
    for (u8 order = 0; order < kNrPageOrders; ++order) indices += (order == 0 ? "" : " ") + index_text(zone, {order});
    group.rows.push_back({"free", free_text(zone), "NR_FREE_PAGES against _watermark[] + watermark_boost", {}});
    group.rows.push_back({"min / low / high", marks, "_watermark[] + watermark_boost", {}});
    group.rows.push_back({"boost", grouped(zone.boost), "watermark_boost, part of each mark", {}});
    group.rows.push_back({"scanners", scanners_text(memory, zone), "compact_cached_migrate_pfn[], _free_pfn", {}});
    group.rows.push_back(
        {"deferred", deferral_text(zone.compaction), "compact_considered, _defer_shift, _order_failed", {}});
    group.rows.push_back({"extfrag_index",
                          indices,
                          "orders 0 to 10; -1: a block is free; to 0: lack of memory; to 1: fragmentation",
                          {}});
    return group;
}

ReclaimGroup mappings_group(const PageAllocator& memory) {
    ReclaimGroup group{ReclaimGroup::Kind::mappings, "", {}};
    const std::vector<Mapping>& mappings = memory.mapping_table().mappings;
    for (u32 number = 0; number < mappings.size(); ++number) {
        const Mapping& mapping = mappings[number];
        if (mapping.kind == MappingKind::window) continue;  // the processes' page tables say what is in memory
        group.rows.push_back({mapping_name(memory, number),
                              mapping.is_gone ? "gone" : grouped(mapping.resident) + " of " + grouped(mapping.pages),
                              "pages in memory; select it to see them on the map",
                              {},
                              number});
    }
    return group;
}

ReclaimGroup swap_group(const PageAllocator& memory) {
    ReclaimGroup group{ReclaimGroup::Kind::swap, "", {}};
    const SwapSpace& space = memory.swap();
    for (u32 number = 0; number < space.areas().size(); ++number) {
        const SwapArea& area = space.areas()[number];
        if (!area.is_used) continue;
        const std::string used = grouped(area.used) + " of " + grouped(area.pages());
        group.rows.push_back({"swap " + std::to_string(number),
                              used + ", priority " + std::to_string(area.priority),
                              "swap_info_struct: slots in use, of all; hatched: its page is in the swap cache too",
                              {},
                              kNoMapping,
                              number});
    }
    group.rows.push_back(
        {"swap cache", grouped(space.cached_pages()), "nr_swapcached: pages that have a slot too", {}});
    group.rows.push_back({"swappiness", std::to_string(memory.sysctl().swappiness), "/proc/sys/vm/swappiness", {}});
    return group;
}

}  // namespace

bool has_lru_pages(const PageAllocator& memory) {
    return std::any_of(memory.zones().begin(), memory.zones().end(), [](const Zone& zone) {
        return std::any_of(std::begin(zone.lru_size), std::end(zone.lru_size), [](u32 pages) { return pages != 0; });
    });
}

std::vector<ReclaimGroup> reclaim_groups(const Snapshot& snapshot) {
    const PageAllocator& memory = snapshot.memory();
    std::vector<ReclaimGroup> groups;
    for (u8 node = 0; node < memory.nodes(); ++node) groups.push_back(node_group(memory, node));
    if (!memory.mapping_table().mappings.empty()) groups.push_back(mappings_group(memory));
    if (memory.swap().total() != 0) groups.push_back(swap_group(memory));
    groups.push_back(command_group(snapshot));
    for (const Zone& zone : memory.zones())
        if (zone.is_populated()) groups.push_back(zone_group(memory, zone));
    return groups;
}

}  // namespace mmscope
