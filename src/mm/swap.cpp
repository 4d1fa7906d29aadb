#include "mm/swap.h"

#include <algorithm>

#include "mm/page_cache.h"
#include "mm/workingset.h"

namespace mmscope {

bool Swap::add_to_swap(Pfn pfn) {
    SwapSpace& space = memory_.swap();
    for (;;) {
        Pfn stale = kNoPfn;
        const SwapEntry entry = space.take(pfn, &stale);
        if (!entry.is_none()) {
            memory_.frames().set_swap_entry(pfn, entry);
            trace_.emit(TraceKind::add_to_swap, 0, entry.area(), 0, pfn.value, entry.slot());
            return true;
        }
        if (stale == kNoPfn || !free_swap(stale)) break;
    }
    trace_.emit(TraceKind::swap_full, 0, 0, 0, pfn.value, space.total());
    return false;
}

void Swap::write_page(Pfn pfn) {
    const SwapEntry entry = memory_.frames().swap_entry(pfn);
    const u32 node = memory_.zone_of(pfn)->node;
    memory_.count(VmCounter::pswpout);
    memory_.count(VmCounter::pgpgout, kPageSize >> 10);  // submit_bio
    memory_.count_on(node, VmCounter::nr_vmscan_write);
    memory_.count_on(node, VmCounter::nr_written);  // __folio_end_writeback
    trace_.emit(TraceKind::mm_vmscan_write_folio, 0, entry.area(), 0, pfn.value, entry.slot());
}

void Swap::delete_from_cache(Pfn pfn, u32 word) {
    const SwapEntry entry = memory_.frames().swap_entry(pfn);
    memory_.frames().set_swap_entry(pfn, {});
    const bool is_last = memory_.swap().count(entry) == 0;
    memory_.swap().uncache(entry, word);
    if (is_last) trace_.emit(TraceKind::swap_free, 0, entry.area(), 0, kNoPfn.value, entry.slot());
}

bool Swap::free_swap(Pfn pfn) {
    if (memory_.swap().count(memory_.frames().swap_entry(pfn)) != 0) return false;
    delete_from_cache(pfn, kNoPfn.value);
    return true;
}

void Swap::put_entry(SwapEntry entry) {
    SwapSpace& space = memory_.swap();
    space.put(entry);
    if (space.count(entry) != 0) return;
    const Pfn pfn = space.cached(entry);
    if (pfn == kNoPfn) {
        trace_.emit(TraceKind::swap_free, 0, entry.area(), 0, kNoPfn.value, entry.slot());
    } else if (memory_.frames().mapcount(pfn) == 0) {
        delete_from_cache(pfn, kNoPfn.value);
        memory_.lru(memory_.zone_of(pfn)->node).remove(pfn);
        memory_.free_lru_page(pfn, cpu_, trace_);
    }
}

void Swap::read_page(SwapEntry entry, Pfn pfn) {
    memory_.count(VmCounter::pswpin);
    memory_.count(VmCounter::pgpgin, kPageSize >> 10);
    trace_.emit(TraceKind::swap_read_folio, memory_.zone_of(pfn)->position, entry.area(), 0, pfn.value, entry.slot());
    Workingset(memory_, trace_).refault(pfn, memory_.swap().word(entry));
}

Pfn Swap::read_in(SwapEntry entry, u32 mapping, u32 index, u32 call, Gfp more) {
    Gfp mask = PageCache::mask(MappingKind::window, memory_.profile());
    mask.bits = (mask.bits & ~gfp::kZero) | more.bits;
    const Pfn pfn = memory_.alloc_pages(mask, {0}, call, cpu_, trace_);
    if (pfn == kNoPfn) return pfn;
    SwapSpace& space = memory_.swap();
    if (space.count(entry) == 0) {  // the OOM killer took its process away meanwhile
        memory_.free_lru_page(pfn, cpu_, trace_);
        return kNoPfn;
    }
    FrameTable& frames = memory_.frames();
    frames.states()[pfn.value] = frame_state::allocated_head(Migratetype::movable, Owner::anonymous);
    frames.mark_dirty(pfn);
    frames.clear_marks(pfn);
    frames.set_mapped(pfn, {mapping, index, memory_.profile().anon_starts_active, false});
    read_page(entry, pfn);
    space.set_cached(entry, pfn);
    frames.set_swap_entry(pfn, entry);
    memory_.lru(memory_.zone_of(pfn)->node).add(pfn);
    return pfn;
}

i64 Swap::swapon(u64 bytes, std::optional<i32> priority, u32 call) {
    SwapSpace& space = memory_.swap();
    const u64 pages = bytes / kPageSize;
    if (pages < 2) return failed(Errno::einval);
    if (!space.has_number()) return failed(Errno::eperm);
    if (pages > kMostSwapSlots || !space.has_room(static_cast<u32>(pages) - 1)) return failed(Errno::enomem);
    if (memory_.frames().mapped_words().empty()) memory_.frames().keep_mapped();
    memory_.frames().keep_swap_entries();
    const u32 area =
        space.add(static_cast<u32>(pages) - 1, priority, memory_.profile().first_swap_priority, call);
    trace_.emit(TraceKind::swapon, 0, area, 0, kNoPfn.value, space.areas()[area].pages(),
                static_cast<u32>(space.areas()[area].priority));
    return area;
}

i64 Swap::swapoff(u32 area, u32 call) {
    SwapSpace& space = memory_.swap();
    if (!space.is_used(area)) return failed(Errno::einval);
    const u32 used = space.areas()[area].used;
    space.begin_removal(area);
    const bool is_empty = empty_mappings(area, call) && empty_processes(area, call);
    if (is_empty) forget_cache(area);
    trace_.emit(TraceKind::swapoff, 0, area, is_empty ? 1 : 0, kNoPfn.value, used, space.areas()[area].used);
    if (!is_empty) {
        space.cancel_removal(area);
        return failed(Errno::enomem);
    }
    space.remove(area);
    return 0;
}

}  // namespace mmscope
