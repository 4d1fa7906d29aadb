// What the LRU lists of a node look like from both ends: the pages that came last, and those that reclaim looks at next.
//
// Read off a machine. A list is as long as memory is large, so the middle of a long one is only counted. Two moments of
// the same lists tell which pages went from where to where in between:
//
//   before   inactive_file [d][c] +90 [b][a]     active_file [x]
//   after    inactive_file [d][c] +90 [e][b]     active_file [a][x]       a: tail 0 of one list > head 0 of the other;
//                                                                         e: the middle > tail 1, b: tail 1 > tail 0
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

using Belts = std::array<Belt, kLruLists>;

// The four lists, each with at most so many pages of either end.
Belts lru_belts(const Snapshot& snapshot, u32 node, u32 most_of_head, u32 most_of_tail);

// Where a page stands on the belts.
struct BeltPlace {
    enum class Part : u8 { off, head, tail, hidden };  // off: on no list of this node
    Part part = Part::off;
    LruList list = LruList::inactive_anon;
    u32 cell = 0;  // from the list's head, or from its tail
    friend bool operator==(const BeltPlace&, const BeltPlace&) = default;
};

// Belts as they were shown once, and the pages that they did not show. Takes a pass over the lists that hide some.
struct BeltsMoment {
    Belts belts;
    std::array<std::vector<u32>, kLruLists> hidden;  // frames, ascending
};
BeltsMoment belts_moment(const Snapshot& snapshot, u32 node, u32 most_of_head, u32 most_of_tail);

struct BeltMove {
    BeltPage page;  // as it is now; one that is off the lists, as it was
    BeltPlace from;
    BeltPlace to;
};
// Every page that either moment shows and that stands elsewhere in the other; those that are shown now come last.
std::vector<BeltMove> belt_moves(const BeltsMoment& before, const BeltsMoment& after);

}  // namespace mmscope
