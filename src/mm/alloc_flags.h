// ALLOC_*: what the page allocator lets one request do, derived from its gfp mask (mm/internal.h of Linux).
//
// A mask says what the caller wants; these say how far the allocator goes for it right now: which watermark must
// hold, how deep into the reserves it may reach, whether migratetypes may be mixed.
#pragma once

#include "mm/gfp.h"
#include "mm/page.h"
#include "mm/zone.h"

namespace mmscope {

inline constexpr u32 kCostlyOrder = 3;  // PAGE_ALLOC_COSTLY_ORDER: up to here the allocator does not give up

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

// gfp_to_alloc_flags: how far the slow path goes for a mask.
AllocFlags slow_flags(Gfp mask, Order order, const Profile& profile);

// The flags of a request to which no mark applies (__GFP_MEMALLOC): they take the place of those it had, so that it has
// no right to the HighAtomic reserve.
inline AllocFlags without_marks(const AllocFlags& flags) {
    AllocFlags bare;
    bare.mark = Watermark::min;
    bare.no_watermarks = true;
    bare.kswapd = flags.kswapd;
    bare.cold = flags.cold;
    return bare;
}

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

// One zone against one mark, with all numbers that decide (__zone_watermark_ok). In pages.
//
//     free   = nr_free - more - kept         pages that count for this request once it has its own
//     limit  = mark - opened + reserve       what must be left
struct WatermarkTest {
    u32 nr_free = 0;  // NR_FREE_PAGES as the CPUs have folded it
    u32 more = 0;     // 2^order - 1: the pages beside the one that the comparison asks for
    u32 kept = 0;     // HighAtomic pages, which are not for this request
    u32 mark = 0;
    u32 by_min_reserve = 0;  // what the flags open of the mark: __GFP_HIGH half,
    u32 by_non_block = 0;    // who cannot reclaim a quarter of the rest,
    u32 by_oom = 0;          // a victim half of what is left
    u32 reserve = 0;         // lowmem_reserve against requests that could have gone higher
    bool has_block = true;   // a free block of the order or larger, of a type that the request may take

    i64 free() const { return i64{nr_free} - more - kept; }
    i64 limit() const { return i64{mark} - by_min_reserve - by_non_block - by_oom + reserve; }
    bool is_enough() const { return free() > limit(); }
    bool passes() const { return is_enough() && has_block; }
};

// The parts of the test that follow from the flags; whether there is a block is not asked.
inline WatermarkTest weigh_watermark(u32 nr_free, Order order, u32 kept, u32 mark, const AllocFlags& flags,
                                     u32 reserve) {
    WatermarkTest test{nr_free, order.frames() - 1, kept, mark};
    u32 left = mark;
    if (flags.min_reserve) {
        left -= test.by_min_reserve = left / 2;
        if (flags.non_block) left -= test.by_non_block = left / 4;
    }
    if (flags.oom) test.by_oom = left / 2;
    test.reserve = reserve;
    return test;
}

inline WatermarkTest test_watermark(const Zone& zone, const Profile& profile, const AllocRequest& request,
                                    const AllocFlags& flags, u32 mark) {
    u32 kept = 0;
    if (!flags.has_reserve_right())
        kept = profile.highatomic_free_counts ? zone.area.pages(Migratetype::highatomic) : zone.nr_reserved_highatomic;
    WatermarkTest test = weigh_watermark(zone.nr_free_pages, request.order, kept, mark, flags,
                                         zone.lowmem_reserve[request.highest_index]);
    if (request.order.value == 0) return test;
    const u16* nonempty = zone.area.nonempty;  // U, M and E: the types that anyone may be served from
    u32 any = nonempty[0] | nonempty[1] | nonempty[2];
    if (flags.highatomic || flags.oom) any |= nonempty[static_cast<u32>(Migratetype::highatomic)];
    test.has_block = (any >> request.order.value) != 0;
    return test;
}

// zone_watermark_ok without any right: enough pages above `mark` and a block of the order.
inline bool zone_has_mark(const Zone& zone, const Profile& profile, Order order, u32 mark, u32 highest_index) {
    AllocRequest request;
    request.order = order;
    request.highest_index = highest_index;
    return test_watermark(zone, profile, request, {}, mark).passes();
}

// What a trace event keeps of a test in one byte: the zone class (lowmem_reserve's index), the rights, which mark. No
// request is tested against promo: in its place stands that no mark counts.
constexpr u32 pack_rights(const AllocFlags& flags, u32 highest_index) {
    const Watermark mark = flags.no_watermarks ? Watermark::promo : flags.mark;
    return highest_index | u32{flags.min_reserve} << 3 | u32{flags.non_block} << 4 | u32{flags.oom} << 5 |
           static_cast<u32>(mark) << 6;
}
inline AllocFlags unpack_rights(u32 packed, u32* highest_index) {
    AllocFlags flags;
    *highest_index = packed & 7;
    flags.min_reserve = (packed & 8) != 0;
    flags.non_block = (packed & 16) != 0;
    flags.oom = (packed & 32) != 0;
    flags.mark = static_cast<Watermark>(packed >> 6 & 3);
    flags.no_watermarks = flags.mark == Watermark::promo;
    if (flags.no_watermarks) flags.mark = Watermark::min;
    return flags;
}

}  // namespace mmscope
