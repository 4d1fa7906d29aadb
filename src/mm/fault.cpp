#include "mm/fault.h"

#include <algorithm>

#include "mm/address_event.h"
#include "mm/huge_memory.h"
#include "mm/mmap.h"
#include "mm/page_cache.h"
#include "mm/rmap.h"
#include "mm/shmem.h"
#include "mm/swap.h"
#include "mm/tlb_flush.h"
#include "mm/writeback.h"

namespace mmscope {

namespace {

constexpr u32 kFaultAroundPages = 16;  // fault_around_bytes, 64 KiB

// W of an entry that maps a page of a shared area, if it may be written to.
u64 write_of(const Vma& area) {
    return area.has(vm_flag::kShared) && area.has(vm_flag::kWrite) ? entry_bit::kWrite : 0;
}

}  // namespace

void FaultHandler::count_rss(RssKind kind, i32 by) {
    Mm& own = mm();
    own.rss[static_cast<u32>(kind)] += static_cast<u32>(by);
    own.most_rss = std::max(own.most_rss, own.resident());
}

// What every entry of an area has; W comes with a write.
u64 FaultHandler::flags_of(const Vma& area) const {
    const bool may_run = area.has(vm_flag::kExec) || !memory_.processes().mode.has_nx;
    return entry_bit::kPresent | entry_bit::kUser | entry_bit::kAccessed | (may_run ? 0 : entry_bit::kNoExecute);
}

void FaultHandler::set(EntryPlace place, u64 address, Pfn pfn, u64 flags) {
    const PageEntry entry = PageEntry::of(pfn, flags);
    tables().write(place, entry);
    emit_address(trace_, TraceKind::set_pte, address, {pfn.value, mm().owner, 0, entry.summary()});
}

// A stack grows to reach an address below it, by at most 8 MiB in all and not up to a neighbour (expand_stack).
bool FaultHandler::expand_stack(u32 above, u64 address) {
    Vma& area = mm().areas[above];
    const u64 start = page_floor(address);
    if (!area.has(vm_flag::kGrowsDown) || area.end - start > kStackLimit) return false;
    if (above > 0) {
        const Vma& below = mm().areas[above - 1];
        const bool minds = !below.has(vm_flag::kGrowsDown) && below.has(vm_flag::kAccess);
        if (minds && start - below.end < kStackGuardGap) return false;
    }
    const u32 more = static_cast<u32>((area.start - start) >> kPageShift);
    ProcessMemory memory(memory_, ProcessMemory::ByMm::yes, mm_, cpu_, call_, trace_);
    if (area.has(vm_flag::kAccount) && !memory.commit(more)) return false;
    area.start = start;
    area.pgoff -= more;
    mm().total_vm += more;
    mm().most_vm = std::max(mm().most_vm, mm().total_vm);
    emit_address(trace_, TraceKind::expand_stack, start, {kNoPfn.value, more});
    return true;
}

FaultResult FaultHandler::handle(u64 address, Access access) {
    const u32 at = mm().find_vma(address);
    if (at == mm().areas.size()) return FaultResult::no_area;
    if (mm().areas[at].start > address && !expand_stack(at, address)) return FaultResult::no_area;
    const Vma area = mm().areas[at];
    emit_address(trace_, TraceKind::find_vma, area.start, {area.pages(), area.flags});
    const u32 needed = access == Access::write   ? vm_flag::kWrite
                       : access == Access::fetch ? vm_flag::kExec
                                                 : vm_flag::kAccess;
    // Where the processor knows no NX, what can be read can be run.
    const bool is_blind = access == Access::fetch && !memory_.processes().mode.has_nx;
    if (!area.has(is_blind ? vm_flag::kAccess : needed)) return FaultResult::no_right;
    memory_.count(VmCounter::pgfault);
    const u64 page = page_floor(address);
    if (area.is_hugetlb()) return hugetlb(address, access);
    if (const std::optional<FaultResult> result = huge(address, access)) return *result;
    const std::optional<EntryPlace> place = tables().make(page, 0, call_);
    if (!place || !is_alive()) return failure();
    const PageEntry entry = tables().read(*place);
    if (entry.is_swap()) return swapped(page, *place, entry, access);
    if (entry.is_none()) return area.is_anonymous() ? anonymous(page, *place, access) : file(page, *place, access);
    if (access == Access::write && !entry.has(entry_bit::kWrite)) {
        return area.has(vm_flag::kShared) ? shared_write(page, *place, entry) : write_protected(page, *place, entry);
    }
    emit_address(trace_, TraceKind::spurious_fault, page, {});
    return FaultResult::done;
}

// The mapping that numbers the private pages of this 4 GiB of address space.
u32 FaultHandler::window_of(u64 address) {
    std::vector<Mapping>& mappings = memory_.mapping_table().mappings;
    const u64 start = address & ~(kWindowBytes - 1);
    for (u32 at = 0; at < mappings.size(); ++at)
        if (mappings[at].kind == MappingKind::window && mappings[at].address == start) return at;
    if (mappings.size() == kMostMappings) return kMostMappings;
    Mapping window;
    window.kind = MappingKind::window;
    window.address = start;
    mappings.push_back(window);
    return static_cast<u32>(mappings.size()) - 1;
}

// anon_vma_prepare: an area's first page makes it one that cannot be merged with others, but for its neighbours now.
void FaultHandler::join_anon_vma(u32 at) {
    std::vector<Vma>& areas = mm().areas;
    Vma& area = areas[at];
    if (area.anon_vma != 0) return;
    const auto fits = [&](const Vma& low, const Vma& high) {
        return low.end == high.start && low.file == high.file &&
               ((low.flags ^ high.flags) & ~(vm_flag::kAccess | vm_flag::kAccount)) == 0;
    };
    if (at + 1 < areas.size() && areas[at + 1].anon_vma != 0 && fits(area, areas[at + 1]))
        area.anon_vma = areas[at + 1].anon_vma;
    else if (at > 0 && areas[at - 1].anon_vma != 0 && fits(areas[at - 1], area))
        area.anon_vma = areas[at - 1].anon_vma;
    else
        area.anon_vma = ++memory_.processes().last_anon_vma;
}

// A frame for private memory, on its LRU list, mapped once: by the entry that is about to be set. The caller counts it, once
// a page that it replaces counts no more.
Pfn FaultHandler::new_page(u64 address, u32 more_flags) {
    join_anon_vma(mm().find_vma(address));
    Gfp mask = PageCache::mask(MappingKind::window, memory_.profile());
    mask.bits = (mask.bits & ~gfp::kZero) | more_flags;
    const u32 window = window_of(address);
    if (window == kMostMappings) return kNoPfn;
    const Pfn pfn = memory_.alloc_pages(mask, {0}, call_, cpu_, trace_);
    if (pfn == kNoPfn) return pfn;
    if (!is_alive()) {
        memory_.free_lru_page(pfn, cpu_, trace_);
        return kNoPfn;
    }
    FrameTable& frames = memory_.frames();
    frames.states()[pfn.value] = frame_state::allocated_head(Migratetype::movable, Owner::anonymous);
    frames.mark_dirty(pfn);
    const u32 index = static_cast<u32>((address & (kWindowBytes - 1)) >> kPageShift);
    frames.set_mapped(pfn, {window, index, memory_.profile().anon_starts_active, false});
    frames.clear_marks(pfn);
    frames.set_mark(pfn, page_mark::kExclusive, true);
    frames.add_mapcount(pfn, 1);
    memory_.lru(memory_.zone_of(pfn)->node).add(pfn);
    if (mask.has(gfp::kZero)) emit_address(trace_, TraceKind::clear_page, address, {pfn.value});
    return pfn;
}

// do_anonymous_page.
FaultResult FaultHandler::anonymous(u64 address, EntryPlace place, Access access) {
    const Vma area = *mm().area_of(address);
    if (access != Access::write) {
        const Pfn zero = memory_.processes().zero_page;
        emit_address(trace_, TraceKind::map_zero_page, address, {zero.value});
        set(place, address, zero, flags_of(area) | entry_bit::kSpecial);
        return FaultResult::done;
    }
    const Pfn pfn = new_page(address, gfp::kZero);
    if (pfn == kNoPfn) return failure();
    count_rss(RssKind::anon, 1);
    set(place, address, pfn, flags_of(area) | entry_bit::kWrite | entry_bit::kDirty);
    return FaultResult::done;
}

// filemap_map_pages: those pages of the file around the address that are in memory, within 64 KiB, one page table and
// the area. How many were mapped.
u32 FaultHandler::map_around(u64 address) {
    const Vma area = *mm().area_of(address);
    const u64 around = u64{kFaultAroundPages} * kPageSize;
    const u64 first = std::max(address & ~(around - 1), area.start);
    const u64 table_end = (address & ~(tables().mode().span(1) - 1)) + tables().mode().span(1);
    const u64 end = std::min({first + around, area.end, table_end});
    const MappingTable& table = memory_.mapping_table();
    const Mapping& mapping = table.mappings[area.file];
    const bool is_shmem = mapping.kind == MappingKind::shmem;
    const u64 flags = flags_of(area) | (is_shmem ? write_of(area) : 0);
    u32 mapped = 0;
    for (u64 at = first; at < end; at += kPageSize) {
        const u64 index = area.file_page(at);
        if (index >= mapping.pages) break;
        const Pfn pfn = table.page(area.file, static_cast<u32>(index));
        const std::optional<EntryPlace> place = tables().find(at);
        if (pfn == kNoPfn || !tables().read(*place).is_none()) continue;
        tables().write(*place, PageEntry::of(pfn, flags));
        memory_.frames().add_mapcount(pfn, 1);
        ++mapped;
    }
    count_rss(is_shmem ? RssKind::shmem : RssKind::file, static_cast<i32>(mapped));
    emit_address(trace_, TraceKind::mm_filemap_map_pages, first, {kNoPfn.value, mapped});
    return mapped;
}

// do_fault: read, private write, shared write.
FaultResult FaultHandler::file(u64 address, EntryPlace place, Access access) {
    const Vma area = *mm().area_of(address);
    const u64 index = area.file_page(address);
    const Mapping& mapping = memory_.mapping_table().mappings[area.file];
    if (index >= mapping.pages) return FaultResult::beyond_file;
    const bool is_shmem = mapping.kind == MappingKind::shmem;
    const u32 word = memory_.mapping_table().frame[mapping.first + static_cast<u32>(index)];
    const Pfn cached = page_word::page(word);
    const bool was_swapped = !page_word::swap(word).is_none();
    const bool tries_around = access != Access::write && memory_.profile().has_fault_around;
    if (tries_around && cached != kNoPfn && map_around(address) != 0) return FaultResult::done;
    const Pfn source = PageCache(memory_, cpu_, trace_).get_page(area.file, static_cast<u32>(index), call_);
    if (source == kNoPfn && is_alive() && Shmem::is_full(memory_, area.file)) return FaultResult::no_space;
    if (source == kNoPfn || !is_alive()) return failure();
    const bool is_read = cached == kNoPfn && !is_shmem;
    if (is_read) memory_.count(VmCounter::pgmajfault);
    const bool is_major = is_read || was_swapped;
    emit_address(trace_, TraceKind::mm_filemap_fault, address, {source.value, area.file, is_major ? 1U : 0U});
    if (access == Access::write && !area.has(vm_flag::kShared)) {
        const Pfn copy = new_page(address, 0);
        if (copy == kNoPfn) return failure();
        count_rss(RssKind::anon, 1);
        emit_address(trace_, TraceKind::copy_page, address, {copy.value, source.value});
        set(place, address, copy, flags_of(area) | entry_bit::kWrite | entry_bit::kDirty);
        return FaultResult::done;
    }
    // Of a file the first write is to be noticed; shared memory has nothing to write back.
    const u64 writable = access == Access::write || is_shmem ? write_of(area) : 0;
    memory_.frames().add_mapcount(source, 1);
    count_rss(is_shmem ? RssKind::shmem : RssKind::file, 1);
    set(place, address, source,
        flags_of(area) | writable | (access == Access::write ? entry_bit::kDirty : 0));
    if (writable != 0 && access == Access::write) note_write(source);
    return FaultResult::done;
}

// fault_dirty_shared_page: the page is dirty, and the flusher may have to be woken. It runs behind the access.
void FaultHandler::note_write(Pfn pfn) {
    if (frame_state::owner(memory_.frames().state(pfn)) != Owner::page_cache) return;
    Writeback(memory_, cpu_, trace_).mark_dirty(pfn);
    Writeback(memory_, cpu_, trace_).wake_flusher_if_many();
}

// wp_page_shared.
FaultResult FaultHandler::shared_write(u64 address, EntryPlace place, PageEntry entry) {
    memory_.count(VmCounter::pgreuse);
    emit_address(trace_, TraceKind::wp_page_reuse, address, {entry.pfn().value});
    set(place, address, entry.pfn(), entry.flags() | entry_bit::kWrite | entry_bit::kDirty | entry_bit::kAccessed);
    note_write(entry.pfn());
    return FaultResult::done;
}

// Finding a frame for the copy may have let reclaim at the page that is copied: it is still mapped here, it went to swap,
// or, if it was a file's, it is gone.
void FaultHandler::forget_copied(PageEntry now, Pfn old, RssKind kind) {
    if (now.is_swap()) {
        --mm().swap_entries;
        Swap(memory_, cpu_, trace_).put_entry(tables().mode().swap_of(now));
    } else if (now.has_page() && now.pfn() == old) {
        memory_.frames().add_mapcount(old, -1);
        count_rss(kind, -1);
        const Pfn head = memory_.frames().folio(old);
        if (memory_.frames().is_huge(head)) HugePages(memory_, cpu_, trace_).settle(head);
    }
}

// Whether nobody else has this private page. Of a huge page the count of all its entries says no more once single ones
// map it, so it is remembered by page until a fork shares it (PageAnonExclusive).
bool FaultHandler::is_own_alone(Pfn pfn) const {
    const FrameTable& frames = memory_.frames();
    const Pfn head = frames.folio(pfn);
    return frames.folio_mapcount(head) == 1 || (frames.is_huge(head) && frames.has_mark(pfn, page_mark::kExclusive));
}

// do_wp_page of private memory: a page of one's own is written to where it is, any other is copied.
FaultResult FaultHandler::write_protected(u64 address, EntryPlace place, PageEntry entry) {
    FrameTable& frames = memory_.frames();
    const Pfn old = entry.pfn();
    const bool is_zero = entry.is_zero_page();
    const Pfn head = frames.folio(old);
    const bool is_own = !is_zero && frame_state::owner(frames.state(old)) == Owner::anonymous &&
                        memory_.mapping_table().mappings[frames.mapped(head).mapping].kind == MappingKind::window;
    // Nor may another process still mean its slot (wp_can_reuse_anon_folio).
    const bool is_alone = is_own && is_own_alone(old);
    const RssKind kind = is_zero ? RssKind::anon : rss_kind(memory_, head);
    if (is_alone && (frames.swap_entry(old).is_none() || Swap(memory_, cpu_, trace_).free_swap(old))) {
        frames.set_mark(old, page_mark::kExclusive, true);
        memory_.count(VmCounter::pgreuse);
        emit_address(trace_, TraceKind::wp_page_reuse, address, {old.value});
        set(place, address, old, entry.flags() | entry_bit::kWrite | entry_bit::kDirty | entry_bit::kAccessed);
        return FaultResult::done;
    }
    const Pfn copy = new_page(address, is_zero ? gfp::kZero : 0U);
    if (copy == kNoPfn) return failure();
    const PageEntry now = tables().read(place);
    if (!is_zero) emit_address(trace_, TraceKind::copy_page, address, {copy.value, old.value});
    tables().write(place, {});
    if (!is_zero) forget_copied(now, old, kind);
    count_rss(RssKind::anon, 1);
    TlbFlush(memory_, cpu_, trace_).flush_page(mm_, address);
    set(place, address, copy, flags_of(*mm().area_of(address)) | entry_bit::kWrite | entry_bit::kDirty);
    return FaultResult::done;
}

}  // namespace mmscope
