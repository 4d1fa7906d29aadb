// What the LRU lists of a node look like from both ends: the pages that came last, and those that reclaim looks at next.
//
// Read off a machine and never kept. A list is as long as memory is large, so the middle of a long one is only counted.
#pragma once

#include <array>
#include <vector>

#include "play/snapshot.h"

namespace mmscope {

struct BeltPage {
    Pfn pfn;
    bool is_referenced = false;
    bool is_mapped = false;  // by a process
    bool has_come = false;   // put here by the last command, or looked at by it and kept
    u32 pages = 1;           // more: a huge page, which stands on its list once
};

struct Belt {
    LruList list = LruList::inactive_anon;
    u32 pages = 0;   // of the whole list
    u32 hidden = 0;  // of those, in the middle
    std::vector<BeltPage> head;  // head first
    std::vector<BeltPage> tail;  // the tail last; together with `head` never more than `pages`
};

// The four lists, each with at most so many pages of either end.
std::array<Belt, kLruLists> lru_belts(const Snapshot& snapshot, u32 node, u32 most_of_head, u32 most_of_tail);

}  // namespace mmscope
