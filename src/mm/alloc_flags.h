// ALLOC_*: what the page allocator lets one request do, derived from its gfp mask (mm/internal.h of Linux).
//
// A mask says what the caller wants; these say how far the allocator goes for it right now: which watermark must
// hold, how deep into the reserves it may reach, whether migratetypes may be mixed.
#pragma once

#include "mm/gfp.h"
#include "mm/page.h"
#include "mm/zone.h"

namespace mmscope {

struct AllocFlags {
    Watermark mark = Watermark::low;  // ALLOC_WMARK_*
    bool no_watermarks = false;       // ALLOC_NO_WATERMARKS: every last page
    bool oom = false;                 // ALLOC_OOM: a victim may take half of what is left under min
    bool non_block = false;           // ALLOC_NON_BLOCK: cannot reclaim, so a quarter of the rest is open to it
    bool min_reserve = false;         // ALLOC_MIN_RESERVE (__GFP_HIGH): half of min is open to it
    bool nofragment = false;          // ALLOC_NOFRAGMENT: rather a lower zone than mixed pageblocks
    bool highatomic = false;          // ALLOC_HIGHATOMIC: the HighAtomic reserve is open to it
    bool kswapd = false;              // ALLOC_KSWAPD: wakes kswapd
    bool cold = false;                // __GFP_COLD (until 4.14): from the tail of the CPU's list

    bool has_reserve_right() const { return oom || non_block || min_reserve || highatomic; }  // ALLOC_RESERVES
};

// One request on its way through the zones.
struct AllocRequest {
    Gfp gfp;
    Order order;
    Migratetype type = Migratetype::unmovable;
    u32 highest_index = 0;  // highest zone that it may use (gfp_zone)
    u32 cpu = 0;            // where the caller runs
    u32 node = 0;           // that CPU's node, whose zonelist it walks
    u32 call = 0;           // number of the command, remembered as the frames' maker
};

}  // namespace mmscope
