// Would it succeed? What alloc_pages would do with a request right now, without doing it.
//
// The way is that of alloc_pages (page_alloc.cpp): up to four passes over the zonelist, in each of them every zone
// against its mark. Marks, flags and rules of fallback are the very functions that alloc_pages uses; only what moves
// blocks is left out, so the answer names the frame that the next call returns. The chain tells of every zone that was
// asked, in order, why it gives or does not. It ends where the request would sleep: what reclaim and compaction bring
// is only seen by trying (play/prospect.h).
#pragma once

#include <vector>

#include "mm/page_alloc.h"

namespace mmscope {

// How the zones are asked, from the first pass to the last.
enum class AllocPass : u8 {
    fast,            // above low; not where migratetypes would have to be mixed
    fast_mixing,     // above low
    slow,            // above min, less what the flags open
    no_watermarks,   // __GFP_MEMALLOC
};
inline constexpr u32 kAllocPasses = 4;

// Where a block comes from. A CPU's list that is empty is filled first: then from where the filling comes.
enum class BlockSource : u8 {
    none,
    cpu_list,    // lies on the CPU's list
    own,         // the free lists of the request's own migratetype
    claim,       // a pageblock of another type changes its type
    steal,       // one block of another type
    highatomic,  // the HighAtomic reserve
};
inline constexpr u32 kBlockSources = 6;

struct BlockProspect {
    BlockSource source = BlockSource::none;
    bool refills = false;          // by way of the CPU's list
    Pfn pfn = kNoPfn;              // what the caller gets
    Order block_order;             // of the block that is taken, split or brings its pageblock along
    Migratetype from = Migratetype::movable;  // the list's type
};

enum class ZoneAnswer : u8 {
    gives,
    below_mark,      // too few pages are free
    no_block,        // enough pages, no block of the order
    would_mix,       // only another migratetype has blocks, and this pass does not mix
    nothing_usable,  // enough pages, none on a list that this request may take from
};
inline constexpr u32 kZoneAnswers = 5;

struct ZoneVerdict {
    AllocPass pass = AllocPass::fast;
    u8 zone = 0;  // position
    ZoneAnswer answer = ZoneAnswer::gives;
    Watermark mark = Watermark::low;
    u32 boost = 0;               // of the mark
    bool without_boost = false;  // a boost is no reason to refuse: asked again without it
    WatermarkTest test;
};

struct AllocProspect {
    AllocRequest request;
    BlockProspect block;
    std::vector<ZoneVerdict> chain;  // the last one gives, or none does

    // Nobody gives right now, and the request goes on to reclaim, compaction and the OOM killer.
    bool sleeps() const { return !succeeds() && request.gfp.has(gfp::kDirectReclaim); }

    bool succeeds() const { return block.source != BlockSource::none; }
    const ZoneVerdict* giver() const { return succeeds() ? &chain.back() : nullptr; }
};

// `mask` is legal, order <= 10.
AllocProspect would_alloc(const PageAllocator& memory, Gfp mask, Order order, u32 cpu);

}  // namespace mmscope
