// Rights of areas, and whether memory may be promised.
#include <algorithm>

#include "mm/address_event.h"
#include "mm/mmap.h"
#include "mm/rmap.h"
#include "mm/shmem.h"
#include "mm/tlb_flush.h"
#include "mm/writeback.h"

namespace mmscope {

namespace {

u64 total_pages(const PageAllocator& memory) {
    u64 sum = 0;
    for (const Zone& zone : memory.zones()) sum += zone.managed;
    return sum;
}

// pte_needs_flush: what no TLB holds, and what only gains A or D, may stay.
bool needs_flush(PageEntry before, PageEntry now) {
    constexpr u64 kOnClear = entry_bit::kPresent | entry_bit::kAccessed | entry_bit::kDirty;
    constexpr u64 kOnChange = entry_bit::kWrite | entry_bit::kNoExecute;
    const u64 changed = before.bits ^ now.bits;
    return before.is_present() && ((changed & before.bits & kOnClear) != 0 || (changed & kOnChange) != 0);
}

u64 less_share_of_root(u64 pages) { return pages - pages / 32; }

// What is promised has to stay below the limit.
u64 room_below(u64 limit, u64 taken) { return limit > taken + 1 ? limit - taken - 1 : 0; }

// What could be free (__vm_enough_memory before 5.2): the page cache, free swap, slabs that shrink, and free memory
// that is not reserved. The page cache costs a pass over all frames and is asked last, for a larger promise.
u64 room_of_free_memory(const PageAllocator& memory, u64 pages) {
    const u64 free = memory.vmstat(VmCounter::nr_free_pages), reserve = total_reserve_pages(memory);
    const u64 unreserved = free > reserve ? less_share_of_root(free - reserve) : 0;
    const u64 other = memory.swap().free() + memory.vmstat(VmCounter::nr_slab_reclaimable);
    const u64 room = room_below(less_share_of_root(other) + unreserved, 0);
    if (room >= pages) return room;
    return room_below(less_share_of_root(other + memory.vmstat(VmCounter::nr_file_pages)) + unreserved, 0);
}

}  // namespace

u64 commit_limit(const PageAllocator& memory) {
    const u64 others = total_pages(memory) - memory.processes().hugetlb.frames(memory.arch());
    return others * memory.sysctl().overcommit_ratio / 100 + memory.swap().total();
}

u64 committed_pages(const PageAllocator& memory) { return memory.processes().committed + tmpfs_pages(memory); }

// __vm_enough_memory. The processes of scripts are not root's.
u64 commit_room(const PageAllocator& memory, u64 pages, u32 total_vm) {
    constexpr u64 kMostAdminReserve = (u64{8} << 20) / kPageSize, kMostUserReserve = (u64{128} << 20) / kPageSize;
    const u64 total = total_pages(memory), used = committed_pages(memory);
    const bool is_old = memory.profile().promises_what_is_free;
    switch (memory.sysctl().overcommit_memory) {
        case 0:
            if (is_old) return room_of_free_memory(memory, pages);
            return total + memory.swap().total();
        case 1:
            return pages;
        default:
            break;
    }
    if (is_old) {
        const u64 allowed = total * memory.sysctl().overcommit_ratio / 100;
        return room_below(less_share_of_root(allowed) + memory.swap().total(), used + total_vm / 32);
    }
    const u64 reserves =
        std::min(total / 32, kMostAdminReserve) +
        std::min<u64>(total_vm / 32, std::min(total / 32, kMostUserReserve));
    return room_below(commit_limit(memory), used + reserves);
}

bool ProcessMemory::commit(u64 pages) {
    const u64 limit = commit_room(memory_, pages, mm().total_vm);
    if (pages > limit) {
        const auto clipped = [](u64 number) { return static_cast<u32>(std::min<u64>(number, 0xffffffffU)); };
        trace_.emit(TraceKind::vm_enough_memory, 0, 0, 0, kNoPfn.value, clipped(pages), clipped(limit));
        return false;
    }
    memory_.processes().committed += pages;
    return true;
}

// change_pte_range and change_huge_pmd of one entry: the area's new rights. Shared memory that is in no file may be
// written to at once, pages of a file once they are dirty. Of private memory W is given to pages that nobody else has
// (can_change_pte_writable), where the kernel does that; else the next write is a fault that decides.
PageEntry ProcessMemory::with_rights(PageEntry entry, const Vma& area, u32 height) const {
    if (entry.is_swap()) return entry;
    const bool may_use = area.has(vm_flag::kAccess), may_write = area.has(vm_flag::kWrite);
    u64 bits = entry.bits & ~(entry_bit::kPresent | entry_bit::kProtNone | entry_bit::kNoExecute | entry_bit::kWrite);
    if (memory_.processes().mode.has_nx && !area.has(vm_flag::kExec)) bits |= entry_bit::kNoExecute;
    bits |= may_use ? entry_bit::kPresent : entry_bit::kProtNone;
    if (!may_write || entry.is_zero_page() || area.is_hugetlb()) return {bits};
    using Gives = Profile::MprotectGives;
    const Gives gives = memory_.profile().mprotect_gives;
    const FrameTable& frames = memory_.frames();
    const bool is_written = entry.has(entry_bit::kDirty);
    const RssKind kind = rss_kind(memory_, frames.folio(entry.pfn()));
    bool is_given = false;
    if (area.has(vm_flag::kShared))
        is_given = kind == RssKind::shmem || is_written;
    else if (kind == RssKind::anon && frames.has_mark(entry.pfn(), page_mark::kExclusive))
        is_given = gives == Gives::all || (gives == Gives::written && is_written && height == 0);
    return {bits | (is_given ? entry_bit::kWrite : 0)};
}

// mprotect_fixup of one whole area, whose flags are another's then. True: its promise could be had.
bool ProcessMemory::protect_area(u64 start, u64 end, u32 protection, TlbGather* gathered) {
    const Vma before = *mm().area_of(start);
    const u32 pages = static_cast<u32>((end - start) >> kPageShift);
    u32 flags = (before.flags & ~vm_flag::kAccess) | protection;
    if (flags == before.flags) return true;
    constexpr u32 kCountsNothing =
        vm_flag::kAccount | vm_flag::kWrite | vm_flag::kNoReserve | vm_flag::kShared | vm_flag::kHugetlb;
    if ((protection & prot::kWrite) != 0 && !before.has(kCountsNothing)) {
        if (!commit(pages)) return false;
        flags |= vm_flag::kAccount;
    } else if ((protection & prot::kWrite) == 0 && memory_.profile().mprotect_gives_back_promise &&
               before.has(vm_flag::kAccount) && before.is_anonymous() && before.anon_vma == 0) {
        flags &= ~vm_flag::kAccount;
        uncommit(pages);
    }
    split_huge_at(start, end);
    mm().split(start);
    mm().split(end);
    Vma& area = mm().areas[mm().find_vma(start)];
    area.flags = flags;
    bool has_changed = false;
    PageTables own = tables();
    own.for_each(start, end, [&](u64 address, EntryPlace place, PageEntry entry, u32 height) {
        const PageEntry changed = with_rights(entry, area, height);
        if (changed == entry) return;
        has_changed = true;
        if (needs_flush(entry, changed)) gathered->add(address, address + own.mode().span(height), height);
        own.write(place, changed);
    });
    emit_address(trace_, TraceKind::change_protection, start, {area.pages(), flags, has_changed ? 1U : 0U});
    if (!memory_.profile().mprotect_gathers_flush) TlbFlush(memory_, cpu_, trace_).flush_mm(mm_);
    return true;
}

i64 ProcessMemory::mprotect(u64 address, u64 bytes, u32 protection) {
    if ((address & (kPageSize - 1)) != 0) return refuse(Errno::einval, MmRefusal::unaligned);
    if (bytes == 0) return 0;
    const u64 end = address + page_ceiling(bytes);
    if (end <= address) return refuse(Errno::enomem, MmRefusal::outside);
    if ((protection & ~vm_flag::kAccess) != 0) return refuse(Errno::einval, MmRefusal::protection);
    if (mm().area_of(address) == nullptr) return refuse(Errno::enomem, MmRefusal::nothing_mapped);
    i64 result = 0;
    TlbGather gathered;
    u64 reached = address;
    while (reached < end) {
        const Vma* area = mm().area_of(reached);
        if (area == nullptr) {
            result = refuse(Errno::enomem, MmRefusal::hole);  // what lies before the hole is changed
            break;
        }
        if (area->start < reached || area->end > end) {
            if (mm().areas.size() + 2 > kMostAreas) {
                result = refuse(Errno::enomem, MmRefusal::too_many_areas);
                break;
            }
        }
        const u64 stop = std::min(area->end, end);
        if (cuts_huge_page(reached) || cuts_huge_page(stop)) {
            result = refuse(Errno::einval, MmRefusal::hugetlb_unaligned);
            break;
        }
        if (!protect_area(reached, stop, protection, &gathered)) {
            result = refuse(Errno::enomem, MmRefusal::overcommit);
            break;
        }
        reached = stop;
    }
    if (memory_.profile().mprotect_gathers_flush) TlbFlush(memory_, cpu_, trace_).flush(mm_, gathered);
    mm().merge(address, reached);
    return result;
}

}  // namespace mmscope
