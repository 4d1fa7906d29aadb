// What reclaim and compaction have to work with, and what the last command made them do, as groups of named values:
// text ready to show. The panel and the page's own table take it from here, so both say the same.
//
// Names are the kernel's: fields of struct pglist_data and struct zone, counters of /proc/vmstat. All numbers are pages
// unless they say otherwise; those of a command are what it added to the counters.
#pragma once

#include "ui/fields.h"

namespace mmscope {

struct ReclaimRow {
    std::string name;
    std::string value;
    const char* source = "";   // where Linux keeps it
    std::vector<u32> by_zone;  // of an LRU list: its pages in each zone that has any
    u32 mapping = kNoMapping;  // the file or area that the row speaks of
    u32 swap_area = kMostSwapAreas;  // the swap area that it speaks of
};

struct ReclaimGroup {
    enum class Kind : u8 { node, command, zone, mappings, swap };
    Kind kind = Kind::node;
    std::string name;  // of the node or the zone
    std::vector<ReclaimRow> rows;
};
inline constexpr const char* kReclaimGroupNames[] = {"node", "command", "zone", "mappings", "swap"};

// Nodes, files and areas if there are any, likewise swap areas, the last command, populated zones.
std::vector<ReclaimGroup> reclaim_groups(const Snapshot& snapshot);
// Whether some page is on an LRU list.
bool has_lru_pages(const PageAllocator& memory);

}  // namespace mmscope
