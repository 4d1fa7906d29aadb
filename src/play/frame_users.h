// Who uses a frame: the mappings that lead to it, the process that a page table serves, the slot of a page in the swap
// cache.
//
//   frame 0x1234  <- process 2, 0x7ffff7fef000, [heap], P RW US A D NX, 4 KiB
//                 <- process 3, 0x7ffff7fef000, [heap], P US A NX, 4 KiB
//
// Read off a machine and never kept. The mappings are those of the reverse map (mm/rmap.h), so they agree with
// _mapcount. Of the page of zeroes there are none: the kernel counts nobody who maps it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "play/process_view.h"
#include "play/snapshot.h"

namespace mmscope {

// One entry of a page table that leads to the frame.
struct MapperView {
    u32 pid = 0;       // 0: the script's own process, which has no page tables, so no entry either
    u64 address = 0;   // virtual, of this very frame
    std::string area;  // as /proc/PID/maps names it; empty: anonymous
    PageEntry entry;
    u32 pages = 1;  // that the leaf maps: more than one of a huge page
};
struct FrameMappers {
    std::vector<MapperView> first;  // by process and address
    u32 more = 0;                   // that are not told apart
};
FrameMappers frame_mappers(const PageAllocator& memory, Pfn pfn, u32 most);

// A process and one of its addresses.
struct ProcessPlace {
    u32 pid = 0;  // 0: none
    u64 address = 0;
    friend bool operator==(const ProcessPlace&, const ProcessPlace&) = default;
};

// Whose page table a frame is.
struct TableView {
    u32 pid = 0;                // 0: the kernel's, of its vmalloc area
    u32 height = 0;             // 0: the PT, whose entries are pages of 4 KiB
    u64 address = 0;            // the first that it serves
    bool is_deposited = false;  // it waits beside the leaf of a huge page (pgtable_trans_huge_deposit)
};
std::optional<TableView> page_table_view(const Machine& machine, Pfn pfn);

// The slot of a page in the swap cache; none: it is not there.
std::optional<SwapEntry> swap_cache_slot(const PageAllocator& memory, Pfn pfn);

// Whether the walk to an address reads the frame or ends in it.
bool walk_meets(const PageAllocator& memory, ProcessPlace place, Pfn pfn);
// Where a frame is met by a walk: in process `first` if it maps the frame or has it as a page table, else in the first
// process that does. Nothing: nobody does.
std::optional<ProcessPlace> place_of_frame(const Machine& machine, Pfn pfn, u32 first);

}  // namespace mmscope
