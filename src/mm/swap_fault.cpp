// A fault on a swap entry.
#include "mm/address_event.h"
#include "mm/fault.h"
#include "mm/page_cache.h"
#include "mm/swap.h"

namespace mmscope {

// do_swap_page: major if the page has to be read, minor if the swap cache has it. Who alone has the page may write to
// it at once; otherwise a write goes on as one to a shared page.
FaultResult FaultHandler::swapped(u64 address, EntryPlace place, PageEntry entry, Access access) {
    SwapSpace& space = memory_.swap();
    FrameTable& frames = memory_.frames();
    const PagingMode& mode = memory_.processes().mode;
    const SwapEntry slot = mode.swap_of(entry);
    Swap swap(memory_, cpu_, trace_);
    Pfn pfn = space.cached(slot);
    const bool is_major = pfn == kNoPfn;
    if (is_major) {
        const WindowPlace at = window_place(memory_.mapping_table(), address);
        pfn = swap.read_in(slot, at.mapping, at.index, call_, {});
        if (pfn == kNoPfn || !is_alive()) return failure();
        memory_.count(VmCounter::pgmajfault);
    }
    emit_address(trace_, TraceKind::do_swap_page, address, {pfn.value, mm().owner, is_major ? 1U : 0U});
    frames.add_mapcount(pfn, 1);
    --mm().swap_entries;
    count_rss(RssKind::anon, 1);
    space.put(slot);
    const bool is_write = access == Access::write;
    const bool is_alone = frames.mapcount(pfn) == 1;
    if (space.is_full() || (is_write && is_alone)) swap.free_swap(pfn);
    const Vma& area = *mm().area_of(address);
    const bool is_own = entry.has(mode.swap_exclusive()) || (is_alone && frames.swap_entry(pfn).is_none());
    const bool may_write = is_own && area.has(vm_flag::kWrite) && (is_write || memory_.profile().swap_in_maps_writable);
    u64 flags = flags_of(area) | (may_write ? entry_bit::kWrite : 0);
    if (may_write && is_write) flags |= entry_bit::kDirty;
    frames.set_mark(pfn, page_mark::kExclusive, is_own);
    set(place, address, pfn, flags);
    return is_write && !may_write ? write_protected(address, place, tables().read(place)) : FaultResult::done;
}

}  // namespace mmscope
