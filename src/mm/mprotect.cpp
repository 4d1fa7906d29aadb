// Rights of areas, and whether memory may be promised.
#include <algorithm>

#include "mm/address_event.h"
#include "mm/mmap.h"
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

// The entry with an area's new rights. Writing is never given here, only taken: the next write is a fault that
// decides whether the page has to be copied.
PageEntry with_rights(PageEntry entry, u32 flags, const PagingMode& mode) {
    if (entry.is_swap()) return entry;
    u64 bits = entry.bits & ~(entry_bit::kPresent | entry_bit::kProtNone | entry_bit::kNoExecute);
    if ((flags & vm_flag::kWrite) == 0) bits &= ~entry_bit::kWrite;
    if (mode.has_nx && (flags & vm_flag::kExec) == 0) bits |= entry_bit::kNoExecute;
    return {bits | ((flags & vm_flag::kAccess) == 0 ? entry_bit::kProtNone : entry_bit::kPresent)};
}

}  // namespace

namespace {

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
    return total_pages(memory) * memory.sysctl().overcommit_ratio / 100 + memory.swap().total();
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

// mprotect_fixup of one whole area. True: entries have changed.
bool ProcessMemory::protect_area(u64 start, u64 end, u32 flags, u32* least_height) {
    split_huge_at(start, end);
    mm().split(start);
    mm().split(end);
    Vma& area = mm().areas[mm().find_vma(start)];
    area.flags = flags;
    bool has_changed = false;
    PageTables own = tables();
    own.for_each(start, end, [&](u64, EntryPlace place, PageEntry entry, u32 height) {
        const PageEntry changed = with_rights(entry, flags, own.mode());
        if (changed == entry) return;
        has_changed = true;
        *least_height = std::min(*least_height, height);
        own.write(place, changed);
    });
    emit_address(trace_, TraceKind::change_protection, start, {area.pages(), flags, has_changed ? 1U : 0U});
    return has_changed;
}

i64 ProcessMemory::mprotect(u64 address, u64 bytes, u32 protection) {
    if ((address & (kPageSize - 1)) != 0) return refuse(Errno::einval, MmRefusal::unaligned);
    if (bytes == 0) return 0;
    const u64 end = address + page_ceiling(bytes);
    if (end <= address) return refuse(Errno::enomem, MmRefusal::outside);
    if ((protection & ~vm_flag::kAccess) != 0) return refuse(Errno::einval, MmRefusal::protection);
    if (mm().area_of(address) == nullptr) return refuse(Errno::enomem, MmRefusal::nothing_mapped);
    i64 result = 0;
    u32 least_height = 1;
    bool has_changed = false;
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
        u32 flags = (area->flags & ~vm_flag::kAccess) | protection;
        const bool is_promise =
            (protection & prot::kWrite) != 0 && !area->has(vm_flag::kAccount | vm_flag::kNoReserve | vm_flag::kShared);
        if (is_promise) {
            if (!commit((stop - reached) >> kPageShift)) {
                result = refuse(Errno::enomem, MmRefusal::overcommit);
                break;
            }
            flags |= vm_flag::kAccount;
        }
        if (flags != area->flags) has_changed |= protect_area(reached, stop, flags, &least_height);
        reached = stop;
    }
    if (has_changed) TlbFlush(memory_, cpu_, trace_).flush_range(mm_, address, reached, least_height);
    mm().merge(address, reached);
    return result;
}

}  // namespace mmscope
