#include "mm/mmap.h"

#include <algorithm>

#include "mm/address_event.h"
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/page_cache.h"
#include "mm/rmap.h"
#include "mm/shmem.h"
#include "mm/swap.h"

namespace mmscope {

std::string area_rights(u32 flags) {
    std::string text = "---p";
    if ((flags & vm_flag::kRead) != 0) text[0] = 'r';
    if ((flags & vm_flag::kWrite) != 0) text[1] = 'w';
    if ((flags & vm_flag::kExec) != 0) text[2] = 'x';
    if ((flags & vm_flag::kMayShare) != 0) text[3] = 's';
    return text;
}

void ProcessMemory::add_area(const Vma& area) {
    const u64 start = area.start;
    const u32 pages = area.pages(), flags = area.flags;
    const Mm::Merged merged = mm().insert(area);
    emit_address(trace_, TraceKind::mmap_area, start, {pages, flags, static_cast<u32>(merged)});
}

// The tests of sys_mmap, ksys_mmap_pgoff and do_mmap, in their order, up to the choice of the place.
i64 ProcessMemory::check_request(const MmapRequest& request, u64 bytes) {
    const bool is_anonymous = (request.flags & map_flag::kAnonymous) != 0;
    if ((request.offset & (kPageSize - 1)) != 0) return refuse(Errno::einval, MmRefusal::offset_unaligned);
    if (!is_anonymous && request.file == kNoFile) return refuse(Errno::ebadf, MmRefusal::no_file);
    if (request.bytes == 0) return refuse(Errno::einval, MmRefusal::zero_bytes);
    if (bytes < request.bytes) return refuse(Errno::enomem, MmRefusal::length_wraps);
    if (request.offset + bytes < request.offset) return refuse(Errno::eoverflow, MmRefusal::offset_overflow);
    if (mm().areas.size() >= kMostAreas) return refuse(Errno::enomem, MmRefusal::too_many_areas);
    if (bytes > mm().task_size) return refuse(Errno::enomem, MmRefusal::length_too_large);
    const u32 kind = request.flags & (map_flag::kShared | map_flag::kPrivate);
    const bool is_odd = kind != map_flag::kShared && kind != map_flag::kPrivate;
    return is_odd ? refuse(Errno::einval, MmRefusal::kind) : 0;
}

// MAP_FIXED and MAP_FIXED_NOREPLACE: there or nowhere.
i64 ProcessMemory::place_fixed(const MmapRequest& request, u64 bytes) {
    if (request.address > mm().task_size - bytes) return refuse(Errno::enomem, MmRefusal::fixed_beyond);
    if ((request.address & (kPageSize - 1)) != 0) return refuse(Errno::einval, MmRefusal::unaligned);
    if (request.address < kLeastMapAddress) return refuse(Errno::eperm, MmRefusal::below_min);
    const bool replaces = (request.flags & map_flag::kFixedNoReplace) == 0;
    if (!replaces && !mm().is_free(request.address, request.address + bytes))
        return refuse(Errno::eexist, MmRefusal::exists);
    // What the old areas cannot be split for was ENOMEM until 6.12 says what their munmap would.
    if (cuts_huge_page(request.address) || cuts_huge_page(request.address + bytes))
        return refuse(memory_.profile().tells_why_not_replaced ? Errno::einval : Errno::enomem,
                      MmRefusal::hugetlb_unaligned);
    return static_cast<i64>(request.address);
}

// round_hint_to_min and get_unmapped_area: where it was asked for, or anywhere if it may be elsewhere. A hint that would
// reach over the end of the default window is none (mmap_address_hint_valid).
i64 ProcessMemory::place(const MmapRequest& request, u64 bytes, u64 alignment) {
    const bool is_fixed = (request.flags & (map_flag::kFixed | map_flag::kFixedNoReplace)) != 0;
    if (is_fixed) return place_fixed(request, bytes);
    const auto aligned = [alignment](u64 at) { return (at + alignment - 1) & ~(alignment - 1); };
    const u64 hint = page_floor(request.address), wish = hint == 0 ? 0 : aligned(std::max(hint, kLeastMapAddress));
    const u64 window = mm().map_window();
    const bool is_valid = wish <= mm().task_size - bytes && (wish > window) == (wish + bytes > window);
    if (wish != 0 && is_valid) {
        const u32 next = mm().find_vma(wish);
        const bool has_gap = next < mm().areas.size() && mm().areas[next].has(vm_flag::kGrowsDown);
        if (mm().is_free(wish, wish + bytes + (has_gap ? kStackGuardGap : 0))) return static_cast<i64>(wish);
    }
    const std::optional<u64> found = mm().unmapped_area(bytes, wish, alignment);
    return found ? static_cast<i64>(*found) : refuse(Errno::enomem, MmRefusal::no_gap);
}

i64 ProcessMemory::mmap(const MmapRequest& request) {
    if ((request.flags & map_flag::kHugetlb) != 0) return map_hugetlb(request);
    const u64 bytes = page_ceiling(request.bytes);
    if (const i64 error = check_request(request, bytes); error != 0) return error;
    const bool has_file = (request.flags & map_flag::kAnonymous) == 0;
    const ShmemHold held(Shmem(memory_, cpu_, call_, trace_), has_file ? request.file : kNoFile);
    const i64 placed = place(request, bytes);
    if (placed < 0) return placed;
    Vma area;
    area.start = static_cast<u64>(placed);
    area.end = area.start + bytes;
    area.flags = (request.protection & vm_flag::kAccess) | vm_flag::kMayAll;
    const bool is_anonymous = (request.flags & map_flag::kAnonymous) != 0;  // then a file counts for nothing
    area.file = is_anonymous ? kNoFile : request.file;
    area.pgoff = is_anonymous ? area.start >> kPageShift : request.offset >> kPageShift;
    const bool is_shared = (request.flags & map_flag::kShared) != 0;
    if (is_shared) area.flags |= vm_flag::kShared | vm_flag::kMayShare;
    const bool may_reserve_nothing = memory_.sysctl().overcommit_memory != 2;
    if ((request.flags & map_flag::kNoReserve) != 0 && may_reserve_nothing) area.flags |= vm_flag::kNoReserve;
    const bool is_shmem = is_shared && is_anonymous;
    if (!mm().is_free(area.start, area.end)) unmap_areas(area.start, area.end);
    // accountable_mapping; shared anonymous memory is promised once, whoever maps it (shmem_acct_size).
    const bool is_counted = ((!is_shared && area.has(vm_flag::kWrite)) || is_shmem) && !area.has(vm_flag::kNoReserve);
    if (is_counted && !commit(area.pages())) return refuse(Errno::enomem, MmRefusal::overcommit);
    if (is_counted && !is_shmem) area.flags |= vm_flag::kAccount;
    if (is_shmem) {
        PageCache cache(memory_, cpu_, trace_);
        if (area.pages() > kMostMappingPages || !cache.has_room(area.pages())) {
            if (is_counted) uncommit(area.pages());
            return refuse(Errno::enomem, MmRefusal::shmem_bound);
        }
        area.file = cache.add(MappingKind::shmem, area.pages(), call_);
        memory_.mapping_table().mappings[area.file].is_promised = is_counted;
        area.pgoff = 0;
    }
    add_area(area);
    return placed;
}

// Huge pages that the range cuts are mapped by single entries from now on (vma_adjust_trans_huge).
void ProcessMemory::split_huge_at(u64 start, u64 end) {
    HugePages huge(memory_, cpu_, trace_);
    huge.split_pmd_at(mm_, start);
    huge.split_pmd_at(mm_, end);
}

// One entry of zap_pte_range. True: a page that processes share was written to through it, and nobody may go on writing
// once the page may be cleaned.
bool ProcessMemory::zap_entry(u64 address, EntryPlace place, PageEntry entry, Zapped* zapped) {
    FrameTable& frames = memory_.frames();
    tables().write(place, {});
    if (entry.is_swap()) {  // no TLB knows it
        --mm().swap_entries;
        Swap(memory_, cpu_, trace_).put_entry(memory_.processes().mode.swap_of(entry));
        return false;
    }
    zapped->flush.add(address, address + kPageSize, 0);
    if (entry.is_zero_page()) return false;
    const Pfn pfn = entry.pfn();
    frames.add_mapcount(pfn, -1);
    emit_address(trace_, TraceKind::unmap_pte, address, {pfn.value, mm().owner});
    const Pfn head = frames.folio(pfn);
    const RssKind kind = rss_kind(memory_, head);
    --mm().rss[static_cast<u32>(kind)];
    if (frames.is_huge(head)) {
        if (zapped->huge.empty() || zapped->huge.back() != head) zapped->huge.push_back(head);  // addresses in a row
        return false;
    }
    if (kind == RssKind::anon) {
        if (frames.mapcount(pfn) == 0) zapped->pages.push_back(pfn);
        return false;
    }
    if (kind == RssKind::shmem && entry.has(entry_bit::kDirty)) frames.set_mark(pfn, page_mark::kDirty, true);
    if (entry.has(entry_bit::kAccessed)) PageCache(memory_, cpu_, trace_).mark_accessed(pfn);
    return entry.has(entry_bit::kDirty);
}

// unmap_single_vma: what is zapped waits for its flush, behind the table at the latest where shared pages were written to.
u32 ProcessMemory::zap(u64 start, u64 end, Zapped* zapped) {
    split_huge_at(start, end);
    u32 pages = 0;
    u64 table_end = end;
    bool must_flush = false;
    PageTables own = tables();
    own.for_each(start, end, [&](u64 address, EntryPlace place, PageEntry entry, u32 height) {
        ++pages;
        if (height == 1) {
            zapped->flush.add(address, address + own.mode().span(1), 1);
            HugePages(memory_, cpu_, trace_).zap_pmd(mm_, address, place, entry);
            if (!entry.is_zero_page()) zapped->huge.push_back(entry.pfn());
            return;
        }
        if (must_flush && address >= table_end && memory_.profile().flushes_ranges) {
            finish(zapped);
            must_flush = false;
        }
        table_end = (address & ~(own.mode().span(1) - 1)) + own.mode().span(1);
        must_flush |= zap_entry(address, place, entry, zapped);
    });
    if (must_flush && memory_.profile().flushes_ranges) finish(zapped);
    return pages;
}

// tlb_finish_mmu: the TLBs forget, then the frames go, then the tables.
void ProcessMemory::finish(Zapped* zapped) {
    TlbFlush(memory_, cpu_, trace_).flush(mm_, zapped->flush);
    for (const Pfn head : zapped->huge) HugePages(memory_, cpu_, trace_).settle(head);
    for (const Pfn pfn : zapped->pages) {
        // A page that another process still means by its slot stays in the swap cache.
        const bool is_cached = !memory_.frames().swap_entry(pfn).is_none();
        if (is_cached && !Swap(memory_, cpu_, trace_).free_swap(pfn)) continue;
        memory_.lru(memory_.zone_of(pfn)->node).remove(pfn);
        memory_.free_lru_page(pfn, cpu_, trace_);
    }
    tables().free_detached(zapped->tables);
    *zapped = {};
}

u32 ProcessMemory::zap_range(u64 start, u64 end) {
    Zapped zapped;
    const u32 pages = zap(start, end, &zapped);
    finish(&zapped);
    return pages;
}

// What lies in [start, end): pages and the tables that served nothing else, with one flush for all, then the promises
// (unmap_region).
void ProcessMemory::unmap_areas(u64 start, u64 end) {
    split_huge_at(start, end);
    const std::vector<Vma> gone = mm().remove(start, end);
    if (gone.empty()) return;
    Zapped zapped;
    for (const Vma& area : gone) {
        emit_address(trace_, TraceKind::munmap_area, area.start, {area.pages(), mm().owner});
        if (area.is_hugetlb()) {
            Hugetlb hugetlb(memory_, cpu_, call_, trace_);
            hugetlb.zap_range(mm_, area, area.start, area.end, Hugetlb::Area::gone);
            hugetlb.close(area);
            continue;
        }
        zap(area.start, area.end, &zapped);
    }
    const u32 next = mm().find_vma(start);
    const u64 floor = next > 0 ? mm().areas[next - 1].end : 0;
    const u64 ceiling = next < mm().areas.size() ? mm().areas[next].start : 0;
    zapped.tables = tables().detach_range(gone.front().start, gone.back().end, floor, ceiling);
    for (const PageTables::Detached& table : zapped.tables) zapped.flush.add_table(table.start, table.height);
    finish(&zapped);
    for (const Vma& area : gone) {
        if (area.has(vm_flag::kAccount)) uncommit(area.pages());
        Shmem(memory_, cpu_, call_, trace_).release(area.file);
        if (area.is_hugetlb()) Hugetlb(memory_, cpu_, call_, trace_).forget(area);
    }
}

i64 ProcessMemory::munmap(u64 address, u64 bytes) {
    const bool is_outside = bytes > mm().task_size || address > mm().task_size - bytes;
    if ((address & (kPageSize - 1)) != 0) return refuse(Errno::einval, MmRefusal::unaligned);
    if (is_outside) return refuse(Errno::einval, MmRefusal::outside);
    if (bytes == 0) return refuse(Errno::einval, MmRefusal::zero_bytes);
    const u64 end = address + page_ceiling(bytes);
    const Vma* area = mm().area_of(address);
    const bool makes_two = area != nullptr && area->start < address && area->end > end;
    if (makes_two && mm().areas.size() >= kMostAreas) return refuse(Errno::enomem, MmRefusal::too_many_areas);
    if (cuts_huge_page(address) || cuts_huge_page(end)) return refuse(Errno::einval, MmRefusal::hugetlb_unaligned);
    unmap_areas(address, end);
    return 0;
}

void ProcessMemory::unmap_all() {
    if (!mm().areas.empty()) unmap_areas(0, mm().task_size);
    tables().free_top();
}

i64 ProcessMemory::brk(u64 address) {
    Mm& own = mm();
    if (address == 0) return static_cast<i64>(own.brk);  // how one asks where it is
    if (address < own.start_brk || address > own.task_size) return keep_brk(MmRefusal::brk_outside);
    const u64 new_end = page_ceiling(address), old_end = page_ceiling(own.brk);
    if (new_end < old_end && (cuts_huge_page(new_end) || cuts_huge_page(old_end)))
        return keep_brk(MmRefusal::brk_occupied);
    if (new_end < old_end) unmap_areas(new_end, old_end);
    if (new_end > old_end) {
        const u32 next = own.find_vma(old_end);
        u64 limit = own.task_size;
        if (next < own.areas.size()) {
            const Vma& area = own.areas[next];
            limit = area.start - (area.has(vm_flag::kGrowsDown) ? kStackGuardGap : 0);
        }
        const bool has_room = new_end + kPageSize <= limit;
        if (!has_room) return keep_brk(MmRefusal::brk_occupied);
        if (!commit((new_end - old_end) >> kPageShift)) return keep_brk(MmRefusal::overcommit);
        Vma area;
        area.start = old_end;
        area.end = new_end;
        area.flags = vm_flag::kRead | vm_flag::kWrite | vm_flag::kMayAll | vm_flag::kAccount;
        area.pgoff = area.start >> kPageShift;
        add_area(area);
    }
    mm().brk = address;
    return static_cast<i64>(address);
}

// hugepage_madvise of the part of one area.
void ProcessMemory::advise_huge(u64 start, u64 end, i64 what) {
    constexpr u32 kBoth = vm_flag::kHugePage | vm_flag::kNoHugePage;
    const u32 old = mm().area_of(start)->flags;
    const u32 flags = (old & ~kBoth) | (what == advice::kHugePage ? vm_flag::kHugePage : vm_flag::kNoHugePage);
    if (flags == old) return;
    split_huge_at(start, end);
    mm().split(start);
    mm().split(end);
    mm().areas[mm().find_vma(start)].flags = flags;
    emit_address(trace_, TraceKind::hugepage_madvise, start, {static_cast<u32>((end - start) >> kPageShift), flags});
}

i64 ProcessMemory::madvise(u64 address, u64 bytes, i64 what) {
    if (!advice::is_known(what, memory_.profile())) return refuse(Errno::einval, MmRefusal::advice);
    if ((address & (kPageSize - 1)) != 0) return refuse(Errno::einval, MmRefusal::unaligned);
    const u64 end = address + page_ceiling(bytes);
    if (page_ceiling(bytes) < bytes || end < address) return refuse(Errno::einval, MmRefusal::outside);
    u64 reached = address;  // holes are passed over, and said at the end
    bool has_hole = false;
    for (u32 at = mm().find_vma(address); reached < end; ++at) {
        if (at == mm().areas.size() || mm().areas[at].start >= end) {
            has_hole = true;
            break;
        }
        has_hole |= mm().areas[at].start > reached;
        const u64 from = std::max(mm().areas[at].start, address), to = std::min(mm().areas[at].end, end);
        const bool is_hugetlb = mm().areas[at].is_hugetlb();
        if (is_hugetlb) {
            const i64 error = advise_hugetlb(mm().areas[at], from, to, what);
            if (error != 0) return error;
        }
        if (what == advice::kDontNeed && !is_hugetlb) zap_range(from, to);
        if (what == advice::kHugePage || what == advice::kNoHugePage) {
            advise_huge(from, to, what);
            at = mm().find_vma(from);
        }
        reached = to;
    }
    if (what == advice::kHugePage || what == advice::kNoHugePage) mm().merge(address, reached);
    return has_hole ? refuse(Errno::enomem, MmRefusal::hole) : 0;
}

u64 ProcessMemory::malloc(u64 bytes) {
    UserHeap& heap = memory_.processes().heaps[mm_];
    if (bytes >= kMmapThreshold) {
        const u64 size = page_ceiling(bytes + kChunkHeader);
        if (size < bytes) {
            refusal_ = MmRefusal::length_wraps;
            return 0;
        }
        const i64 address = mmap({0, size, prot::kRead | prot::kWrite, map_flag::kPrivate | map_flag::kAnonymous});
        if (address < 0) return 0;
        heap.add_area(static_cast<u64>(address), size);
        return static_cast<u64>(address) + kChunkHeader;
    }
    if (const u64 found = heap.take(bytes); found != 0) return found;
    const u64 wanted = mm().brk + heap.grow_by(bytes);
    if (static_cast<u64>(brk(wanted)) != wanted) return 0;
    heap.grown(mm().start_brk, mm().brk);
    return heap.take(bytes);
}

bool ProcessMemory::free(u64 address) {
    UserHeap& heap = memory_.processes().heaps[mm_];
    if (const u64 bytes = heap.take_area(address - kChunkHeader); bytes != 0) {
        munmap(address - kChunkHeader, bytes);
        return true;
    }
    if (!heap.give_back(address)) return false;
    if (const u64 less = heap.trim_by(); less != 0) {
        brk(mm().brk - less);
        heap.grown(mm().start_brk, mm().brk);
    }
    return true;
}

}  // namespace mmscope
