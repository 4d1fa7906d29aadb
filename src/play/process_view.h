// What panels, tables and exporters show of processes: areas, their pages, and a walk of the page tables.
//
// Read off a machine and never kept. A process is named by its pid, which is alive; addresses are virtual.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mm/page_table.h"
#include "play/snapshot.h"

namespace mmscope {

struct ProcessView {
    u32 pid = 0;
    u32 parent = 0;
    u32 resident = 0;     // pages
    u32 total = 0;        // of all areas
    u32 table_pages = 0;  // page tables below the topmost
};

struct AreaView {
    u64 start = 0;
    u64 end = 0;
    std::string rights;  // "rw-p"
    std::string name;    // "[heap]", "file 2"; empty: anonymous
    u32 resident = 0;    // pages that have an entry to a page
    u32 swapped = 0;     // pages that have one that means a swap slot, or are shared memory in one
    u32 huge = 0;        // of the resident ones those that leaves of huge pages map
};

// A page of an area that has an entry, or what the leaf of a huge page maps.
struct PageView {
    u64 address = 0;
    PageEntry entry;
    u32 pages = 1;
    u64 end() const { return address + u64{pages} * kPageSize; }
};

// Those that are alive, by pid.
std::vector<ProcessView> process_views(const PageAllocator& memory);
std::vector<AreaView> area_views(const PageAllocator& memory, u32 pid);
// Of [start, end), in order.
std::vector<PageView> page_views(const PageAllocator& memory, u32 pid, u64 start, u64 end);
// As the processor would walk now; nothing is set.
Walk walk_view(const PageAllocator& memory, u32 pid, u64 address);

// The last access through the MMU that the last command made, as far as it is looked into.
struct AccessView {
    u32 pid = 0;
    u64 address = 0;                // of the page
    std::optional<u32> walk_height; // of the table that is being read right now
};
std::optional<AccessView> last_access(const Snapshot& snapshot);

// "0x7ffff7fef123" or "140737353019392"; nothing for anything else.
std::optional<u64> read_address(std::string_view text);
// The same walk as lines: "PML4[255] in frame 0x1004: frame 0x1005, P RW US A D"; the last one says where it ends.
std::vector<std::string> walk_lines(const PageAllocator& memory, u32 pid, u64 address);

// "area 0, slot 12" of an entry that means a swap slot.
std::string swap_place(const PageAllocator& memory, PageEntry entry);

// "P RW US A D NX".
std::string entry_flags(u8 summary);  // of PageEntry::summary()

}  // namespace mmscope
