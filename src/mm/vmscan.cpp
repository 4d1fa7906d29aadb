#include "mm/vmscan.h"

#include <algorithm>

#include "mm/compaction.h"
#include "mm/page_cache.h"
#include "mm/rmap.h"
#include "mm/writeback.h"

namespace mmscope {

namespace {

constexpr u32 kPagesShiftOfGiB = 30 - kPageShift;

u32 integer_root(u32 number) {
    u32 root = 0;
    while ((root + 1) * (root + 1) <= number) ++root;
    return root;
}

}  // namespace

u32 Reclaim::eligible_pages(u32 node, LruList list, u32 highest_index) const {
    u32 sum = 0;
    for_each_zone(node, highest_index, [&](const Zone& zone) { sum += zone.lru_size[static_cast<u32>(list)]; });
    return sum;
}

// The more memory, the smaller the share of it that has to be inactive: half up to 1 GiB, a quarter at 1 GiB, less
// above.
bool Reclaim::inactive_is_low(u32 node) const {
    const u64 inactive = memory_.lru_size(node, LruList::inactive_file);
    const u64 active = memory_.lru_size(node, LruList::active_file);
    const u32 gib = static_cast<u32>((inactive + active) >> kPagesShiftOfGiB);
    const u32 ratio = gib == 0 ? 1 : integer_root(10 * gib);
    return inactive * ratio < active;
}

std::vector<Pfn> Reclaim::isolate(u32 node, LruList list, u32 pages, u32 highest_index) {
    LruLists lists = memory_.lru(node);
    std::vector<Pfn> taken;
    u32 looked_at = memory_.lru_size(node, list);
    for (Pfn pfn = lists.tail(list); pfn != kNoPfn && taken.size() < pages && looked_at != 0; --looked_at) {
        const Pfn next = lists.before(pfn);
        if (memory_.zone_of(pfn)->index > highest_index) {
            lists.rotate(pfn);
        } else {
            lists.remove(pfn);
            taken.push_back(pfn);
        }
        pfn = next;
    }
    return taken;
}

// What is to become of a page of a file that processes map (folio_check_references): a program that was run stays, and
// so does what was used twice; what was used once since then is looked at again the next time.
bool Reclaim::keeps_mapped_page(Pfn pfn) {
    ReverseMap reverse(memory_, cpu_, trace_);
    const ReverseMap::Referenced referenced = reverse.clear_referenced(pfn);
    if (referenced.entries == 0) return false;
    MappedPage page = memory_.frames().mapped(pfn);
    page.active = page.referenced || referenced.entries > 1 || referenced.is_executable;
    page.referenced = true;
    memory_.frames().set_mapped(pfn, page);
    if (page.active) memory_.count(VmCounter::pgactivate);
    trace_.emit(TraceKind::page_referenced, 0, 0, 0, pfn.value, referenced.entries, page.active ? 1 : 0);
    return true;
}

// A dirty page is the flusher's to write: it goes to the active list, so that nobody meets it again soon.
bool Reclaim::keeps_dirty_page(Pfn pfn) {
    MappedPage page = memory_.frames().mapped(pfn);
    if (!memory_.mapping_table().is_dirty(page.mapping, page.index)) return false;
    page.active = true;
    memory_.frames().set_mapped(pfn, page);
    memory_.lru(memory_.zone_of(pfn)->node).add(pfn);
    memory_.count(VmCounter::nr_vmscan_immediate_reclaim);
    memory_.count(VmCounter::pgactivate);
    trace_.emit(TraceKind::folio_keep_dirty, memory_.zone_of(pfn)->position, 0, 0, pfn.value, page.mapping, page.index);
    return true;
}

// shrink_folio_list for pages of files: all of them go that no process maps and uses.
u32 Reclaim::shrink_inactive_list(u32 node, u32 pages, Scan* scan) {
    const std::vector<Pfn> taken = isolate(node, LruList::inactive_file, pages, scan->highest_index);
    scan->scanned += static_cast<u32>(taken.size());
    memory_.count(scan->is_kswapd ? VmCounter::pgscan_kswapd : VmCounter::pgscan_direct, taken.size());
    PageCache cache(memory_, cpu_, trace_);
    u32 count = 0, dirty = 0;
    for (const Pfn pfn : taken) {
        if (memory_.frames().mapcount(pfn) != 0) {
            if (keeps_mapped_page(pfn)) {
                memory_.lru(node).add(pfn);
                continue;
            }
            ReverseMap(memory_, cpu_, trace_).unmap(pfn);
        }
        if (keeps_dirty_page(pfn)) {
            ++dirty;
            continue;
        }
        cache.drop(pfn);
        ++count;
    }
    if (dirty != 0 && dirty == taken.size()) Writeback(memory_, cpu_, trace_).wake_flusher_for_reclaim();
    memory_.count(scan->is_kswapd ? VmCounter::pgsteal_kswapd : VmCounter::pgsteal_direct, count);
    trace_.emit(TraceKind::mm_vmscan_lru_shrink_inactive, 0, scan->priority, static_cast<u32>(LruList::inactive_file),
                kNoPfn.value, count, node);
    return count;
}

void Reclaim::shrink_active_list(u32 node, u32 pages, const Scan& scan) {
    const std::vector<Pfn> taken = isolate(node, LruList::active_file, pages, scan.highest_index);
    LruLists lists = memory_.lru(node);
    u32 deactivated = 0;
    for (const Pfn pfn : taken) {
        MappedPage page = memory_.frames().mapped(pfn);
        const bool is_mapped = memory_.frames().mapcount(pfn) != 0;
        const bool stays = is_mapped && ReverseMap(memory_, cpu_, trace_).clear_referenced(pfn).is_executable;
        page.active = stays;  // programs that run are worth more than what they read
        if (!stays) page.referenced = false;
        deactivated += stays ? 0 : 1;
        memory_.frames().set_mapped(pfn, page);
        lists.add(pfn);
    }
    memory_.count(VmCounter::pgrefill, taken.size());
    memory_.count(VmCounter::pgdeactivate, deactivated);
    trace_.emit(TraceKind::mm_vmscan_lru_shrink_active, 0, scan.priority, static_cast<u32>(LruList::active_file),
                kNoPfn.value, deactivated, node);
}

// shrink_lruvec: each list by its share, in runs of 32 pages, until there are enough.
u32 Reclaim::shrink_lists(u32 node, Scan* scan) {
    u32 active = eligible_pages(node, LruList::active_file, scan->highest_index) >> scan->priority;
    u32 inactive = eligible_pages(node, LruList::inactive_file, scan->highest_index) >> scan->priority;
    u32 reclaimed = 0;
    while (active != 0 || inactive != 0) {
        if (const u32 run = std::min(inactive, kSwapClusterMax); run != 0) {
            inactive -= run;
            reclaimed += shrink_inactive_list(node, run, scan);
        }
        if (const u32 run = std::min(active, kSwapClusterMax); run != 0) {
            active -= run;
            if (scan->may_deactivate)
                shrink_active_list(node, run, *scan);
            else
                scan->skipped_deactivation = true;
        }
        const bool takes_all = !scan->is_kswapd && scan->priority == kFirstPriority;
        if (reclaimed >= scan->wanted && !takes_all) break;
    }
    return reclaimed;
}

// For a block, reclaim goes on until compaction has room to work in (should_continue_reclaim).
bool Reclaim::should_continue(u32 node, u32 reclaimed, const Scan& scan) const {
    const bool is_for_compaction =
        scan.order.value > kCostlyOrder || (scan.order.value != 0 && scan.priority < kFirstPriority - 2);
    if (!is_for_compaction || reclaimed == 0) return false;
    bool is_enough = false;
    for_each_zone(node, scan.highest_index, [&](const Zone& zone) {
        is_enough |=
            zone_has_mark(zone, memory_.profile(), scan.order, zone.mark(Watermark::min), scan.highest_index) ||
            is_suitable_for_compaction(zone, memory_.profile(), scan.order, scan.highest_index);
    });
    return !is_enough && memory_.lru_size(node, LruList::inactive_file) > compact_gap(scan.order);
}

void Reclaim::shrink_node(u32 node, Scan* scan) {
    u32 reclaimed = 0;
    do {
        scan->may_deactivate = scan->forces_deactivation || inactive_is_low(node);
        reclaimed = shrink_lists(node, scan);
        scan->reclaimed += reclaimed;
        if (reclaimed != 0) memory_.node_data()[node].kswapd_failures = 0;
    } while (should_continue(node, reclaimed, *scan));
}

bool Reclaim::is_ready_for_compaction(const Zone& zone, const Scan& scan) const {
    const Profile& profile = memory_.profile();
    if (zone_has_mark(zone, profile, scan.order, zone.mark(Watermark::min), scan.highest_index)) return true;
    return is_suitable_for_compaction(zone, profile, scan.order, scan.highest_index) &&
           zone_has_mark(zone, profile, {0}, zone.mark(Watermark::high) + compact_gap(scan.order), scan.highest_index);
}

// Each node of the zonelist once.
void Reclaim::shrink_zones(const AllocRequest& request, Scan* scan) {
    u32 last_node = memory_.nodes();
    for (const u8 position : memory_.zonelist(request.node, request.highest_index)) {
        const Zone& zone = memory_.zones()[position];
        if (memory_.profile().has_compaction && scan->order.value > kCostlyOrder &&
            is_ready_for_compaction(zone, *scan)) {
            scan->compaction_is_ready = true;
            continue;
        }
        if (zone.node == last_node) continue;
        last_node = zone.node;
        shrink_node(zone.node, scan);
    }
}

u32 Reclaim::try_to_free_pages(const AllocRequest& request) {
    if (memory_.node_data()[request.node].kswapd_is_awake && is_throttled(request.node)) run_kswapd(request.node);
    Scan scan;
    scan.order = request.order;
    scan.highest_index = request.highest_index;
    trace_.emit(TraceKind::mm_vmscan_direct_reclaim_begin, 0, request.order.value, static_cast<u32>(request.type),
                kNoPfn.value, request.gfp.bits);
    const ZoneType highest = gfp_zone(request.gfp, memory_.arch());
    memory_.count(highest == ZoneType::dma       ? VmCounter::allocstall_dma
                  : highest == ZoneType::dma32   ? VmCounter::allocstall_dma32
                  : highest == ZoneType::movable ? VmCounter::allocstall_movable
                                                 : VmCounter::allocstall_normal);
    for (;;) {
        for (scan.priority = kFirstPriority;; --scan.priority) {
            shrink_zones(request, &scan);
            if (scan.reclaimed >= scan.wanted || scan.compaction_is_ready || scan.priority == 0) break;
        }
        if (scan.reclaimed != 0 || scan.compaction_is_ready || !scan.skipped_deactivation) break;
        scan.forces_deactivation = true;  // all there is may be on the active lists
        scan.skipped_deactivation = false;
    }
    trace_.emit(TraceKind::mm_vmscan_direct_reclaim_end, 0, request.order.value, static_cast<u32>(request.type),
                kNoPfn.value, scan.reclaimed);
    return scan.reclaimed != 0 ? scan.reclaimed : u32{scan.compaction_is_ready};
}

}  // namespace mmscope
