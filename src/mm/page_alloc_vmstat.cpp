// What /proc/vmstat counts of a machine: sums over zones, what processes map, what is dirty, what came back.
#include "mm/page_alloc.h"
#include "mm/writeback.h"

namespace mmscope {

u64 PageAllocator::process_gauge(VmCounter gauge) const {
    u64 sum = 0;
    for (const Mm& mm : processes_.mms) sum += gauge == VmCounter::nr_page_table_pages ? mm.table_pages() : 0;
    if (gauge == VmCounter::nr_page_table_pages) return sum;
    const bool is_anon = gauge == VmCounter::nr_anon_pages;
    if (frames_.mapcount_words().empty())  // what the script's own process has is mapped, and nothing shared is among it
        return is_anon ? vmstat(VmCounter::nr_inactive_anon) + vmstat(VmCounter::nr_active_anon) : 0;
    for (u32 pfn = 0; pfn < frames_.frames(); ++pfn) {
        const u8 state = frames_.state({pfn});
        const bool is_owned = frame_state::owner(state) == (is_anon ? Owner::anonymous : Owner::page_cache);
        if (frame_state::is_on_lru(state) && is_owned && frames_.is_huge({pfn})) {
            sum += frames_.mapped_pages({pfn});
            continue;
        }
        const bool is_mapped = frames_.mapcount({pfn}) != 0 || (is_anon && frames_.swap_entry({pfn}).is_none());
        sum += frame_state::is_on_lru(state) && is_owned && is_mapped;
    }
    return sum;
}

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
    if (counter >= VmCounter::nr_anon_pages && counter <= VmCounter::nr_page_table_pages) return process_gauge(counter);
    if (counter >= VmCounter::nr_dirty && counter <= VmCounter::nr_dirty_background_threshold) return dirty_gauge(counter);
    if (counter == VmCounter::nr_swapcached) return swap_.cached_pages();
    if (counter >= VmCounter::workingset_refault_anon && counter <= VmCounter::workingset_restore_file)
        return workingset_count(counter);
    if (counter == VmCounter::nr_anon_transparent_hugepages) return huge_pages_mapped(std::nullopt);
    if (counter > VmCounter::nr_active_file) return counted_[static_cast<u32>(counter)];
    u64 sum = 0;
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
            case VmCounter::numa_miss:
            case VmCounter::numa_foreign:
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
