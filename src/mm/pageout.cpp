#include "mm/pageout.h"

#include "mm/huge_memory.h"
#include "mm/page_cache.h"
#include "mm/rmap.h"
#include "mm/swap.h"
#include "mm/workingset.h"

namespace mmscope {

PageOut::Fate PageOut::activate(Pfn pfn) {
    FrameTable& frames = memory_.frames();
    MappedPage page = frames.mapped(pfn);
    page.active = true;
    frames.set_mapped(pfn, page);
    memory_.count(VmCounter::pgactivate, frames.folio_pages(pfn));
    if (!frames.swap_entry(pfn).is_none() && memory_.swap().is_full()) Swap(memory_, cpu_, trace_).free_swap(pfn);
    return Fate::activated;
}

// folio_check_references; Fate::freed: nobody minds.
PageOut::Fate PageOut::check_references(Pfn pfn) {
    FrameTable& frames = memory_.frames();
    const bool is_file = frame_state::owner(frames.state(pfn)) == Owner::page_cache;
    const bool is_scripts = memory_.mapping_table().mappings[frames.mapped(pfn).mapping].kind == MappingKind::anonymous;
    MappedPage page = frames.mapped(pfn);
    ReverseMap::Referenced used;
    bool was_referenced = page.referenced;
    if (is_scripts) {  // its accessed bit
        was_referenced = frames.has_mark(pfn, page_mark::kReferenced);
        used.entries = page.referenced ? 1 : 0;
        page.referenced = false;
        frames.set_mark(pfn, page_mark::kReferenced, used.entries != 0);
    } else {
        used = ReverseMap(memory_, cpu_, trace_).clear_referenced(pfn);
        page.referenced = used.entries != 0;
    }
    frames.set_mapped(pfn, page);
    if (used.entries == 0) return Fate::freed;
    const bool is_active = was_referenced || used.entries > 1 || (is_file && used.is_executable) ||
                           (!is_file && memory_.profile().anon_starts_active);
    trace_.emit(TraceKind::page_referenced, 0, 0, 0, pfn.value, used.entries, is_active ? 1 : 0);
    return is_active ? Fate::activated : Fate::kept;
}

PageOut::Fate PageOut::shrink(Pfn pfn, bool may_swap, std::vector<Pfn>* next) {
    const Fate asked = check_references(pfn);
    if (asked == Fate::activated) return activate(pfn);
    if (asked == Fate::kept) return asked;
    if (frame_state::owner(memory_.frames().state(pfn)) != Owner::page_cache) {
        if (!may_swap) return Fate::kept;
        const bool is_there = !memory_.frames().is_huge(pfn) || split(pfn, next);
        return is_there ? swap_out(pfn) : Fate::freed;
    }
    if (memory_.frames().mapcount(pfn) != 0) ReverseMap(memory_, cpu_, trace_).unmap(pfn, {});
    const MappedPage page = memory_.frames().mapped(pfn);
    if (memory_.mapping_table().is_dirty(page.mapping, page.index)) return leave_dirty(pfn);
    const u32 shadow = Workingset(memory_, trace_).evict(pfn);
    PageCache(memory_, cpu_, trace_).drop(pfn, shadow);
    return Fate::freed;
}

// A dirty page is the flusher's to write: out of the way, so that nobody meets it again soon.
PageOut::Fate PageOut::leave_dirty(Pfn pfn) {
    const MappedPage page = memory_.frames().mapped(pfn);
    ++dirty_;
    const Zone& zone = *memory_.zone_of(pfn);
    memory_.count_on(zone.node, VmCounter::nr_vmscan_immediate_reclaim);
    trace_.emit(TraceKind::folio_keep_dirty, zone.position, 0, 0, pfn.value, page.mapping, page.index);
    return activate(pfn);
}

// It is unmapped for the answer. Of other pages: no.
bool PageOut::is_clean_shmem(Pfn pfn) {
    FrameTable& frames = memory_.frames();
    if (memory_.mapping_table().mappings[frames.mapped(pfn).mapping].kind != MappingKind::shmem) return false;
    if (ReverseMap(memory_, cpu_, trace_).unmap(pfn, {})) frames.set_mark(pfn, page_mark::kDirty, true);
    return !frames.has_mark(pfn, page_mark::kDirty);
}

// split_folio_to_list: no cluster of slots for all of it. False: nobody mapped its first page, so that is free now.
bool PageOut::split(Pfn head, std::vector<Pfn>* next) {
    FrameTable& frames = memory_.frames();
    const u32 pages = frames.folio_pages(head);
    if (frames.entire_mapcount(head) != 0) memory_.count(VmCounter::thp_swpout_fallback);
    HugePages(memory_, cpu_, trace_).split_page(head, HugePages::Place::isolated);
    for (u32 page = pages - 1; page > 0; --page)
        if (frames.mapcount(head + page) != 0) next->push_back(head + page);
    return frames.mapcount(head) != 0;
}

PageOut::Fate PageOut::swap_out(Pfn pfn) {
    if (is_clean_shmem(pfn)) {
        PageCache(memory_, cpu_, trace_).drop(pfn);
        return Fate::freed;
    }
    Swap swap(memory_, cpu_, trace_);
    const bool is_new = memory_.frames().swap_entry(pfn).is_none();
    if (is_new && !swap.add_to_swap(pfn)) return activate(pfn);
    const SwapEntry entry = memory_.frames().swap_entry(pfn);
    const bool is_dirty = ReverseMap(memory_, cpu_, trace_).unmap(pfn, entry) || is_new;
    if (is_dirty) {
        swap.write_page(pfn);
        ++written_;
    }
    const MappedPage page = memory_.frames().mapped(pfn);
    const bool is_window = memory_.mapping_table().mappings[page.mapping].kind == MappingKind::window;
    if (!is_window) PageCache(memory_, cpu_, trace_).leave_to_swap(pfn, entry);
    trace_.emit(TraceKind::swap_out, 0, entry.area(), is_dirty ? 1 : 0, pfn.value, entry.slot());
    swap.delete_from_cache(pfn, Workingset(memory_, trace_).evict(pfn));
    memory_.free_lru_page(pfn, cpu_, trace_);
    return Fate::freed;
}

}  // namespace mmscope
