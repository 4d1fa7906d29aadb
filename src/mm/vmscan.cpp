#include "mm/vmscan.h"

#include <algorithm>

#include "mm/compaction.h"
#include "mm/huge_memory.h"
#include "mm/pageout.h"
#include "mm/rmap.h"
#include "mm/swap.h"
#include "mm/workingset.h"
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
bool Reclaim::inactive_is_low(u32 node, bool is_file) const {
    const u64 inactive = memory_.lru_size(node, lru_list(is_file, false));
    const u64 active = memory_.lru_size(node, lru_list(is_file, true));
    const u32 gib = static_cast<u32>((inactive + active) >> kPagesShiftOfGiB);
    const u32 ratio = gib == 0 ? 1 : integer_root(10 * gib);
    return inactive * ratio < active;
}

u32 Reclaim::reclaimable_pages(const PageAllocator& memory, const Zone& zone) {
    const auto size = [&](LruList list) { return zone.lru_size[static_cast<u32>(list)]; };
    const u32 files = size(LruList::inactive_file) + size(LruList::active_file);
    return Swap::has_room(memory) ? files + size(LruList::inactive_anon) + size(LruList::active_anon) : files;
}

std::vector<Pfn> Reclaim::isolate(u32 node, LruList list, u32 pages, u32 highest_index) {
    LruLists lists = memory_.lru(node);
    std::vector<Pfn> taken;
    u32 looked_at = memory_.lru_size(node, list);
    for (Pfn pfn = lists.tail(list); pfn != kNoPfn && pages != 0 && looked_at != 0;) {
        const Pfn next = lists.before(pfn);
        const u32 own = memory_.frames().folio_pages(pfn);
        looked_at -= std::min(looked_at, own);
        if (memory_.zone_of(pfn)->index > highest_index) {
            lists.rotate(pfn);
        } else {
            lists.remove(pfn);
            taken.push_back(pfn);
            pages -= std::min(pages, own);
        }
        pfn = next;
    }
    return taken;
}

u32 Reclaim::pages_in(const std::vector<Pfn>& folios) const {
    u32 sum = 0;
    for (const Pfn pfn : folios) sum += memory_.frames().folio_pages(pfn);
    return sum;
}

// shrink_inactive_list: what stays goes to the head of its list.
u32 Reclaim::shrink_inactive_list(u32 node, LruList list, u32 pages, Scan* scan) {
    const bool is_file = is_file_list(list);
    std::vector<Pfn> taken = isolate(node, list, pages, scan->highest_index);
    const u32 scanned = pages_in(taken);
    scan->scanned += scanned;
    memory_.count_on(node, scan->is_kswapd ? VmCounter::pgscan_kswapd : VmCounter::pgscan_direct, scanned);
    memory_.count_on(node, is_file ? VmCounter::pgscan_file : VmCounter::pgscan_anon, scanned);
    PageOut out(memory_, cpu_, trace_);
    u32 count = 0;
    std::reverse(taken.begin(), taken.end());  // the next one last
    while (!taken.empty()) {
        const Pfn pfn = taken.back();
        taken.pop_back();
        if (out.shrink(pfn, scan->may_swap, &taken) == PageOut::Fate::freed)
            ++count;
        else
            memory_.lru(node).add(pfn);
    }
    if (scanned != 0 && out.dirty() == scanned) Writeback(memory_, cpu_, trace_).wake_flusher_for_reclaim();
    memory_.count_on(node, scan->is_kswapd ? VmCounter::pgsteal_kswapd : VmCounter::pgsteal_direct, count);
    memory_.count_on(node, is_file ? VmCounter::pgsteal_file : VmCounter::pgsteal_anon, count);
    Workingset(memory_, trace_).note_cost(node, is_file, out.written(), scanned - count);
    trace_.emit(TraceKind::mm_vmscan_lru_shrink_inactive, 0, scan->priority, static_cast<u32>(list), kNoPfn.value,
                count, node);
    return count;
}

void Reclaim::shrink_active_list(u32 node, LruList list, u32 pages, const Scan& scan) {
    const std::vector<Pfn> taken = isolate(node, list, pages, scan.highest_index);
    LruLists lists = memory_.lru(node);
    FrameTable& frames = memory_.frames();
    u32 deactivated = 0;
    for (const Pfn pfn : taken) {
        const bool is_mapped = frames.folio_mapcount(pfn) != 0;
        const bool is_run = is_mapped && ReverseMap(memory_, cpu_, trace_).clear_referenced(pfn).is_executable;
        const bool stays = is_run && is_file_list(list);  // programs that run are worth more than what they read
        MappedPage page = frames.mapped(pfn);
        page.active = stays;
        if (!stays) page.referenced = false;
        if (!stays) frames.set_mark(pfn, page_mark::kWorkingset, true);
        deactivated += stays ? 0 : frames.folio_pages(pfn);
        frames.set_mapped(pfn, page);
        lists.add(pfn);
    }
    memory_.count_on(node, VmCounter::pgrefill, pages_in(taken));
    memory_.count(VmCounter::pgdeactivate, deactivated);
    const u32 rotated = pages_in(taken) - deactivated;
    Workingset(memory_, trace_).note_cost(node, is_file_list(list), 0, rotated);
    trace_.emit(TraceKind::mm_vmscan_lru_shrink_active, 0, scan.priority, static_cast<u32>(list), kNoPfn.value,
                deactivated, node);
}

u32 Reclaim::shrink_list(u32 node, LruList list, u32 pages, Scan* scan) {
    if (!is_active_list(list)) return shrink_inactive_list(node, list, pages, scan);
    if (scan->may_deactivate[is_file_list(list) ? 1 : 0])
        shrink_active_list(node, list, pages, *scan);
    else
        scan->skipped_deactivation = true;
    return 0;
}

// Even with what is free there would not be enough pages of files for the high marks (prepare_scan_control).
bool Reclaim::file_is_tiny(u32 node, const Scan& scan) const {
    u64 high = 0, pages = memory_.lru_size(node, LruList::inactive_file) + memory_.lru_size(node, LruList::active_file);
    for (const Zone& zone : memory_.zones()) {
        if (zone.node != node) continue;
        pages += zone.nr_free_pages;
        high += zone.managed != 0 ? zone.mark(Watermark::high) : 0;
    }
    return pages <= high && !scan.may_deactivate[0] &&
           memory_.lru_size(node, LruList::inactive_anon) >> scan.priority != 0;
}

ScanTargets Reclaim::targets_of(u32 node, const Scan& scan) {
    ScanBasis basis;
    for (u32 list = 0; list < kLruLists; ++list)
        basis.sizes[list] = eligible_pages(node, static_cast<LruList>(list), scan.highest_index);
    basis.priority = scan.priority;
    basis.swappiness = memory_.sysctl().swappiness;
    basis.can_swap = Swap::has_room(memory_);
    basis.file_is_tiny = file_is_tiny(node, scan);
    basis.trims_cache =
        memory_.lru_size(node, LruList::inactive_file) >> scan.priority != 0 && !scan.may_deactivate[1];
    basis.cost = memory_.node_data()[node].cost;
    const ScanTargets targets = scan_targets(basis);
    if (basis.can_swap) {
        const u64 parts = targets.fraction[0] + targets.fraction[1];
        trace_.emit(TraceKind::get_scan_count, 0, scan.priority, static_cast<u32>(targets.balance), kNoPfn.value,
                    static_cast<u32>(targets.fraction[0] * 100 / parts), node);
    }
    return targets;
}

// shrink_lruvec: each list by its share, in runs of 32 pages, until there are enough; then the kind of pages that was
// looked at less than its share is brought level.
u32 Reclaim::shrink_lists(u32 node, Scan* scan) {
    const std::array<u32, kLruLists> targets = targets_of(node, *scan).pages;
    std::array<u32, kLruLists> left = targets;
    const auto pages_of = [&](LruList list) -> u32& { return left[static_cast<u32>(list)]; };
    const bool takes_all = !scan->is_kswapd && scan->priority == kFirstPriority;
    bool is_scaled = false;
    u32 reclaimed = 0;
    while (pages_of(LruList::inactive_anon) != 0 || pages_of(LruList::active_file) != 0 ||
           pages_of(LruList::inactive_file) != 0) {
        for (u32 list = 0; list < kLruLists; ++list) {
            const u32 run = std::min(left[list], kSwapClusterMax);
            if (run == 0) continue;
            left[list] -= run;
            reclaimed += shrink_list(node, static_cast<LruList>(list), run, scan);
        }
        if (reclaimed < scan->wanted || takes_all || is_scaled) continue;
        if (!scale_down(targets, &left)) break;
        is_scaled = true;
    }
    // Also where no anonymous page was to go, the balance of their two lists is kept.
    if (memory_.swap().total() != 0 && inactive_is_low(node, false))
        shrink_active_list(node, LruList::active_anon, kSwapClusterMax, *scan);
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
    const u32 inactive = memory_.lru_size(node, LruList::inactive_file) +
                         (Swap::has_room(memory_) ? memory_.lru_size(node, LruList::inactive_anon) : 0);
    return !is_enough && inactive > compact_gap(scan.order);
}

void Reclaim::shrink_node(u32 node, Scan* scan) {
    u32 reclaimed = 0;
    do {
        NodeData& data = memory_.node_data()[node];
        for (const u32 kind : {0U, 1U})  // pages that come back too early: the active ones may be stale
            scan->may_deactivate[kind] = scan->forces_deactivation || inactive_is_low(node, kind != 0) ||
                                         data.activations[kind] != data.activations_seen[kind];
        reclaimed = shrink_lists(node, scan);
        HugePages(memory_, cpu_, trace_).shrink(node, scan->priority);
        scan->reclaimed += reclaimed;
        if (reclaimed != 0) data.kswapd_failures = 0;
    } while (should_continue(node, reclaimed, *scan));
}

// snapshot_refaults: what has come back from here on is news to the next reclaim.
void Reclaim::end_scan(u32 node) {
    memory_.node_data()[node].activations_seen = memory_.node_data()[node].activations;
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

// Where nothing but dirty pages was found the kernel waits (reclaim_throttle), and the flusher writes meanwhile.
void Reclaim::run_woken_flusher() {
    if (memory_.mapping_table().flusher == MappingTable::Flusher::all) Writeback(memory_, cpu_, trace_).run_flusher();
}

u32 Reclaim::try_to_free_pages(const AllocRequest& request) {
    if (memory_.node_data()[request.node].kswapd_is_awake && is_throttled(request.node)) run_kswapd(request.node);
    Scan scan;
    scan.order = request.order;
    scan.highest_index = request.highest_index;
    scan.may_swap = request.gfp.has(gfp::kIo);
    trace_.emit_headline(TraceKind::mm_vmscan_direct_reclaim_begin, 0, request.order.value, static_cast<u32>(request.type),
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
    for (u32 node = 0; node < memory_.nodes(); ++node) end_scan(node);
    run_woken_flusher();
    trace_.emit_headline(TraceKind::mm_vmscan_direct_reclaim_end, 0, request.order.value, static_cast<u32>(request.type),
                kNoPfn.value, scan.reclaimed);
    return scan.reclaimed != 0 ? scan.reclaimed : u32{scan.compaction_is_ready};
}

}  // namespace mmscope
