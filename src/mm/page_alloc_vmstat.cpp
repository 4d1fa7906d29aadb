// What /proc/vmstat counts of a machine: sums over zones, what pages are used as, what is dirty, what came back.
#include <algorithm>
#include <cassert>

#include "mm/page_alloc.h"
#include "mm/writeback.h"

namespace mmscope {

namespace {

bool is_page_gauge(VmCounter counter) {
    return (counter >= VmCounter::nr_anon_pages && counter <= VmCounter::nr_page_table_pages) ||
           counter == VmCounter::nr_swapcached;
}

// Whether a page on an LRU list counts. Shared memory is page cache that could be swapped: Linux never counts it as
// anonymous, though its pages stand on the lists of anonymous ones. The script's own process maps all that it has.
bool counts_as(VmCounter gauge, MappingKind kind, bool is_mapped, bool is_in_swap_cache) {
    const bool is_cached = kind == MappingKind::file || kind == MappingKind::shmem;
    switch (gauge) {
        case VmCounter::nr_anon_pages:
            return kind == MappingKind::anonymous || (kind == MappingKind::window && is_mapped);
        case VmCounter::nr_mapped: return is_cached && is_mapped;
        case VmCounter::nr_file_pages: return is_cached || is_in_swap_cache;
        case VmCounter::nr_shmem: return kind == MappingKind::shmem;
        default: return is_in_swap_cache;
    }
}

u32 index_of(VmCounter event) {
    const auto* found = std::find(std::begin(kNodeEvents), std::end(kNodeEvents), event);
    assert(found != std::end(kNodeEvents));
    return static_cast<u32>(found - kNodeEvents);
}

}  // namespace

u64 PageAllocator::node_page_state(VmCounter gauge, u32 node) const {
    const auto is_here = [&](Pfn pfn) { return pfn != kNoPfn && zone_of(pfn)->node == node; };
    u64 sum = 0;
    if (gauge == VmCounter::nr_page_table_pages) {  // pagetable_*_ctor
        const TableStore& tables = processes_.tables;
        const u32 most = profile_->counted_table_heights;
        const u32 end = most == kMostTableLevels ? most : std::min(most, processes_.mode.levels - 1U);
        for (u32 slot = 0; slot < tables.slots(); ++slot)
            sum += tables.height(slot) < end && is_here(tables.frame(slot)) ? 1 : 0;
        return sum;
    }
    if (frames_.mapcount_words().empty()) {  // neither processes nor tmpfs: nothing is shared, nothing in swap cache
        const bool is_anon = gauge == VmCounter::nr_anon_pages;
        if (!is_anon && gauge != VmCounter::nr_file_pages) return 0;
        return u64{lru_size(node, is_anon ? LruList::inactive_anon : LruList::inactive_file)} +
               lru_size(node, is_anon ? LruList::active_anon : LruList::active_file);
    }
    for (const Zone& zone : zones_) {
        for (u32 pfn = zone.start.value; zone.node == node && pfn < zone.start.value + zone.spanned; ++pfn) {
            if (!frame_state::is_on_lru(frames_.state({pfn}))) continue;
            if (frames_.is_huge({pfn})) {  // private ones alone
                sum += gauge == VmCounter::nr_anon_pages ? frames_.mapped_pages({pfn}) : 0;
                continue;
            }
            const MappingKind kind = mapping_table_.mappings[frames_.mapped({pfn}).mapping].kind;
            sum += counts_as(gauge, kind, frames_.mapcount({pfn}) != 0, !frames_.swap_entry({pfn}).is_none());
        }
    }
    return sum;
}

void PageAllocator::count_on(u32 node, VmCounter event, u64 by) {
    count(event, by);
    node_data_[node].events[index_of(event)] += by;
}

u64 PageAllocator::node_event(u32 node, VmCounter event) const { return node_data_[node].events[index_of(event)]; }

// NR_ANON_THPS: huge pages that a leaf maps as a whole.
u64 PageAllocator::huge_pages_mapped(std::optional<u32> node) const {
    if (frames_.mapcount_words().empty()) return 0;
    u64 sum = 0;
    for (u32 pfn = 0; pfn < frames_.frames(); pfn += frames_.pageblock_order().frames())
        if (frames_.entire_mapcount({pfn}) != 0 && zone_of({pfn})->node == node.value_or(zone_of({pfn})->node)) ++sum;
    return sum;
}

u64 PageAllocator::dirty_gauge(VmCounter gauge) const {
    if (gauge == VmCounter::nr_dirty) return mapping_table_.dirty_pages();
    Trace nobody;
    // A view that may write, and does not.
    const Writeback::Limits limits = Writeback(const_cast<PageAllocator&>(*this), 0, nobody).limits();
    return gauge == VmCounter::nr_dirty_threshold ? limits.limit : limits.background;
}

u64 PageAllocator::workingset_count(VmCounter counter) const {
    const u32 index = static_cast<u32>(counter) - static_cast<u32>(VmCounter::workingset_refault_anon);
    u64 sum = 0;
    for (const NodeData& node : node_data_)
        sum += (index < 2 ? node.refaults : index < 4 ? node.activations : node.restores)[index % 2];
    return sum;
}

u64 PageAllocator::vmstat(VmCounter counter) const {
    if (counter >= VmCounter::nr_dirty && counter <= VmCounter::nr_dirty_background_threshold) return dirty_gauge(counter);
    if (counter >= VmCounter::workingset_refault_anon && counter <= VmCounter::workingset_restore_file)
        return workingset_count(counter);
    if (counter == VmCounter::nr_anon_transparent_hugepages) return huge_pages_mapped(std::nullopt);
    u64 sum = 0;
    if (is_page_gauge(counter)) {
        for (u32 node = 0; node < nodes_; ++node) sum += node_page_state(counter, node);
        return sum;
    }
    if (counter > VmCounter::nr_active_file) return counted_[static_cast<u32>(counter)];
    for (const Zone& zone : zones_) {
        switch (counter) {
            case VmCounter::nr_free_pages:
                sum += zone.nr_free_pages;
                break;
            case VmCounter::nr_inactive_anon:
            case VmCounter::nr_active_anon:
            case VmCounter::nr_inactive_file:
            case VmCounter::nr_active_file:
                sum += zone.lru_size[static_cast<u32>(counter) - static_cast<u32>(VmCounter::nr_inactive_anon)];
                break;
            case VmCounter::pgfree:
                sum += zone.pages_freed;
                break;
            case VmCounter::numa_hit:
            case VmCounter::numa_local:
                sum += zone.numa_hit;
                break;
            case VmCounter::numa_foreign:
                sum += zone.numa_foreign;
                break;
            case VmCounter::numa_miss:
            case VmCounter::numa_other:
                sum += zone.numa_miss;
                break;
            default:
                sum += static_cast<u32>(counter) == static_cast<u32>(zone.type) ? zone.pages_allocated : 0;
        }
    }
    return sum;
}

}  // namespace mmscope
