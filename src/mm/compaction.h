// Compaction: free pages are made into blocks by moving those in between together.
//
//   zone start                                                                    zone end
//   [m f m . m f f m | m m f f m . . m | f m m f . f m . | f f m f f . m f | f f f f . f f f]
//    migrate scanner ->   takes pages of files and of anonymous memory,
//                         and puts them into frames that the free scanner found  <- free scanner
//
// m: a page that can be moved, f: a free frame, .: what the kernel uses itself and cannot be moved, and huge pages,
// which are not worth it (skip_isolation_on_order). The scanners go
// pageblock by pageblock until they meet or until a block of the wanted order is free. Where they stopped is
// remembered, pageblocks that brought nothing are marked and skipped, and after failures requests are deferred. Left
// out: the search by which the migration scanner jumps ahead (fast_find_migrateblock), proactive compaction, the freed
// block being captured by the request. (mm/compaction.c)
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// How hard direct compaction tries (enum compact_priority): at last it looks everywhere, whatever marks say.
enum class CompactPriority : u8 { sync_full, sync_light, async };
// What an attempt came to, in the kernel's order: of several zones the largest counts.
enum class CompactResult : u8 {
    skipped,          // too few free pages, or fragmentation is not the reason
    deferred,         // failed of late; not tried again yet
    go_on,            // COMPACT_CONTINUE
    complete,         // all of the zone was scanned
    partial_skipped,  // a part of it was
    success,          // there is a block now
};
inline constexpr u32 kCompactResults = 6;
inline constexpr const char* kCompactResultNames[kCompactResults] = {"skipped",  "deferred",        "continue",
                                                                     "complete", "partial_skipped", "success"};

// Free pages that compaction needs to work: twice the block (compact_gap).
constexpr u32 compact_gap(Order order) { return 2U << order.value; }
// compaction_suitable: order-0 pages above the mark, and for large orders fragmentation as the reason.
bool is_suitable_for_compaction(const Zone& zone, const Profile& profile, Order order, u32 highest_index);

// A view that binds compaction to a machine's memory; made for one call, cheap to make.
class Compaction {
public:
    Compaction(PageAllocator& memory, u32 cpu, Trace& trace) : memory_(memory), cpu_(cpu), trace_(trace) {}

    // Direct compaction over the request's zones (try_to_compact_pages).
    CompactResult try_to_compact_pages(const AllocRequest& request, const AllocFlags& flags, CompactPriority priority);
    // Whether a zone would be suitable if what is reclaimable were free (compaction_zonelist_suitable).
    bool would_be_suitable(const AllocRequest& request) const;
    // Every zone from end to end, as far as it goes (vm.compact_memory). Pages moved.
    u32 compact_all();
    // wakeup_kcompactd and what the daemon then does.
    void wake(u32 node, Order order, u32 highest_index);
    void run_kcompactd(u32 node);

    static void reset_skips(FrameTable& frames, Zone& zone);                  // __reset_isolation_suitable
    static void reset_deferral(Zone& zone, Order order, bool has_allocated);  // compaction_defer_reset

private:
    struct Control {  // struct compact_control
        Order order;
        bool has_order = true;  // false: on until the scanners meet
        Migratetype type = Migratetype::movable;
        bool is_async = false;
        bool is_direct = false;
        bool is_whole_zone = false;   // from end to end
        bool ignores_marks = false;   // skip marks and types of pageblocks
        bool finishes_block = false;  // the second time in one pageblock all of it is taken
        u32 highest_index = 0;
        u32 migrate_pfn = 0;
        u32 free_pfn = 0;
        u32 moved = 0;
        std::vector<Pfn> pages;                   // isolated, to be moved: the last one first
        std::vector<Pfn> targets[kNrPageOrders];  // isolated free blocks
        u32 target_pages = 0;
        i32 search_order = 0;     // where the next search of the free lists begins,
        u32 failed_searches = 0;  // and how many in a row found nothing
        u32 first_free_pfn = 0;   // where the free scanner began
    };

    CompactResult compact_zone(Zone& zone, Control* control);
    void place_scanners(Zone& zone, Control* control) const;
    CompactResult is_finished(Zone& zone, const Control& control) const;
    bool isolate_migratepages(Zone& zone, Control* control);
    void isolate_migratepages_block(Zone& zone, Control* control, u32 end);
    bool is_source(Pfn block, const Control& control) const;
    void cache_migrate_pfn(Zone& zone, const Control& control, u32 pfn) const;
    bool migrate(Zone& zone, Control* control);
    void drain_behind(Zone& zone, const Control& control, u32* last_migrated);
    // Where the targets come from, compaction_free.cpp.
    void isolate_freepages(Zone& zone, Control* control);
    bool search_free_lists(Zone& zone, Control* control);
    Pfn search_free_list(Zone& zone, const Control& control, Order order, u32* limit, u32* highest);
    static i32 next_search_order(Control* control, i32 order);
    void isolate_around(Zone& zone, Control* control, Pfn pfn);
    bool isolate_target(Zone& zone, Control* control, Pfn pfn, Order order);
    u32 isolate_freepages_block(Zone& zone, Control* control, u32* pfn, u32 end, u32 stride);
    bool is_target(Pfn block, const Control& control) const;
    Pfn take_target(Zone& zone, Control* control);
    void release_targets(Zone& zone, Control* control);
    bool is_deferred(Zone& zone, Order order);

    PageAllocator& memory_;
    u32 cpu_;
    Trace& trace_;
};

}  // namespace mmscope
