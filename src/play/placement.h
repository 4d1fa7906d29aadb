// Where could they lie? Gives the free blocks that a capture counts places that a kernel could have left them in.
//
// /proc says how many blocks of each order and migratetype are free and how many pageblocks each type has,
// never where. The plan for one zone keeps every count and obeys the buddy allocator's rules: blocks lie on
// multiples of their size inside managed frames, no two buddies of one order are both free, and a block lies in
// pageblocks of its type. Among the possible places the seed chooses. Before 6.10 a kernel leaves free blocks
// in pageblocks of another type, so there a type without room may use another's pageblocks; where even that
// does not help, the table of pageblocks gives way (`keeps_table`), never a count.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/prng.h"
#include "base/result.h"
#include "mm/node.h"
#include "mm/profile.h"

namespace mmscope {

// What a capture counts in one zone.
struct ZoneDemand {
    using ByType = std::array<u32, kMigratetypes>;
    std::array<ByType, kNrPageOrders> free_blocks{};  // by order, then type
    std::optional<ByType> pageblocks;                 // by type, as sampled (see is_sampled); none: all Movable
};

struct PlacedBlock {
    Pfn pfn;
    Order order;
    Migratetype type = Migratetype::movable;
};

struct ZonePlan {
    std::vector<PlacedBlock> free;                         // ascending by pfn; type: of the list
    std::vector<PlacedBlock> used;                         // all other managed frames; type: of the pageblock
    std::vector<std::pair<u32, Migratetype>> pageblocks;   // number of the pageblock, its type
    bool keeps_table = true;
};

// The types of pageblocks that lie in two zones, once a plan has decided them: by number of the pageblock.
using SharedPageblocks = std::vector<std::pair<u32, Migratetype>>;

// The error is the first order for which there is no room.
Result<ZonePlan, Order> plan_zone(const ZoneLayout& zone, Order pageblock_order, const ZoneDemand& demand,
                                  const Profile& profile, const SharedPageblocks& shared, Prng prng);

// /proc/pagetypeinfo counts the pageblocks of the frames start, start + pageblock, ... that are present.
// True if the pageblock with this number is among them.
bool is_sampled(const ZoneLayout& zone, Order pageblock_order, u32 pageblock);

}  // namespace mmscope
