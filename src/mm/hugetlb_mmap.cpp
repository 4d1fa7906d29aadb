// The system calls on hugetlb memory, where they differ: sizes and alignment are those of its pages.
#include <algorithm>

#include "mm/address_event.h"
#include "mm/hugetlb.h"
#include "mm/mmap.h"

namespace mmscope {

namespace {

// The height of a leaf that MAP_HUGE_2MB and its kin ask for (hstate_sizelog); 0: there is none of that size.
u32 wanted_height(const PageAllocator& memory, const PagingMode& mode, u32 flags) {
    const u32 shift = flags >> map_flag::kHugeShift & map_flag::kHugeMask;
    for (u32 height = 1; height <= kHugePageSizes; ++height)
        if (Hugetlb::has_size(memory, height) && (shift == mode.shift(height) || shift == 0)) return height;
    return 0;
}

}  // namespace

// ksys_mmap_pgoff and hugetlbfs_file_mmap. An offset says nothing of an unnamed file: pages are counted from 0.
i64 ProcessMemory::map_hugetlb(const MmapRequest& request) {
    const PagingMode mode = memory_.processes().mode;
    if ((request.offset & (kPageSize - 1)) != 0) return refuse(Errno::einval, MmRefusal::offset_unaligned);
    if ((request.flags & map_flag::kAnonymous) == 0)
        return request.file == kNoFile ? refuse(Errno::ebadf, MmRefusal::no_file)
                                       : refuse(Errno::einval, MmRefusal::hugetlb_file);
    const u32 height = wanted_height(memory_, mode, request.flags);
    const bool is_1g = (request.flags >> map_flag::kHugeShift & map_flag::kHugeMask) == 30;
    if (height == 0) return refuse(Errno::einval, is_1g ? MmRefusal::hugetlb_1g : MmRefusal::hugetlb_size);
    const u64 size = mode.span(height), bytes = (request.bytes + size - 1) & ~(size - 1);
    if (const i64 error = check_request(request, bytes); error != 0) return error;
    if ((request.flags & map_flag::kShared) != 0) return refuse(Errno::einval, MmRefusal::hugetlb_shared);
    const bool is_fixed = (request.flags & (map_flag::kFixed | map_flag::kFixedNoReplace)) != 0;
    const u64 cut = request.offset | (is_fixed ? request.address : 0);
    if ((cut & (size - 1)) != 0) return refuse(Errno::einval, MmRefusal::hugetlb_unaligned);
    const i64 placed = place(request, bytes, size);
    if (placed < 0) return placed;
    Vma area;
    area.start = static_cast<u64>(placed);
    area.end = area.start + bytes;
    area.flags = (request.protection & vm_flag::kAccess) | vm_flag::kMayAll | vm_flag::kHugetlb | vm_flag::kDontExpand;
    if ((request.flags & map_flag::kNoReserve) != 0) area.flags |= vm_flag::kNoReserve;
    area.huge_height = static_cast<u8>(height);
    if (!mm().is_free(area.start, area.end)) unmap_areas(area.start, area.end);
    if (!Hugetlb(memory_, cpu_, call_, trace_).open(&area)) return refuse(Errno::enomem, MmRefusal::hugetlb_pool);
    add_area(area);
    return placed;
}

// Whether an area of hugetlb memory would have to be split inside one of its pages there (hugetlb_vm_op_split).
bool ProcessMemory::cuts_huge_page(u64 address) const {
    const Vma* const area = memory_.processes().mms[mm_].area_of(address);
    return area != nullptr && area->is_hugetlb() && area->start < address &&
           (address & (memory_.processes().mode.span(area->huge_height) - 1)) != 0;
}

// MADV_DONTNEED takes whole pages that begin where the range does; 5.18 is the first that takes any
// (madvise_dontneed_free_valid_vma).
i64 ProcessMemory::advise_hugetlb(const Vma& area, u64 start, u64 end, i64 what) {
    if (what != advice::kDontNeed)
        return cuts_huge_page(start) || cuts_huge_page(end) ? refuse(Errno::einval, MmRefusal::hugetlb_unaligned) : 0;
    const u64 size = memory_.processes().mode.span(area.huge_height);
    if (!memory_.profile().hugetlb_dontneed || (start & (size - 1)) != 0)
        return refuse(Errno::einval, MmRefusal::hugetlb_unaligned);
    Hugetlb(memory_, cpu_, call_, trace_).zap_range(mm_, area, start, end & ~(size - 1), Hugetlb::Area::stays);
    return 0;
}

}  // namespace mmscope
