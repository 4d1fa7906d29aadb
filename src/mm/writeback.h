// Dirty pages: what was written to a file in memory and is not on the disk yet, and who brings it there.
//
//   write --> dirty --flusher: above the background limit, after 30 s, when reclaim asks, sync()--> clean
//     '-> the writer waits for the flusher from half way between the two limits on (balance_dirty_pages)
//
// A page of a file becomes dirty when write() puts bytes into it or a process first writes to it through a shared
// mapping; clean again, its page table entries lose W, so that the next write is noticed too. The limits are shares of
// what could be dirtied: free pages less the reserves, and the pages of files. Reclaim never writes such a page itself:
// it moves it to the active list and wakes the flusher. The disk takes no time, so nothing is ever under writeback.
// Pages are 4 KiB; times are seconds since boot. Left out: several disks with limits of their own, memory cgroups, block
// allocation. (mm/page-writeback.c, fs/fs-writeback.c)
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// A view that binds the dirty pages to a machine's memory; made for one call, cheap to make.
class Writeback {
public:
    Writeback(PageAllocator& memory, u32 cpu, Trace& trace) : memory_(memory), cpu_(cpu), trace_(trace) {}

    struct Limits {
        u64 background = 0;  // pages; above, the flusher is woken
        u64 limit = 0;       // vm.dirty_ratio's
        u64 wait() const { return (background + limit) / 2; }  // above, whoever writes waits
    };
    // global_dirty_limits.
    Limits limits() const;

    // A page of a file was written to (folio_mark_dirty).
    void mark_dirty(Pfn pfn);
    // Whoever dirtied pages looks whether there are too many (balance_dirty_pages), and waits then.
    void balance();
    // The same of a fault, which is to come to its end first: the flusher runs behind it.
    void wake_flusher_if_many();
    // Reclaim found nothing but dirty pages (wakeup_flusher_threads): all of them are written.
    void wake_flusher_for_reclaim() { table().flusher = MappingTable::Flusher::all; }
    // What the flusher was woken for; then it sleeps.
    void run_flusher();
    // Once in dirty_writeback_centisecs: what has been dirty for longer than dirty_expire_centisecs.
    void write_expired();
    // All dirty pages (sync). How many.
    u32 sync();

private:
    MappingTable& table() { return memory_.mapping_table(); }
    u32 write_mapping(u32 number, u64 most);
    void write_oldest_down_to(u64 pages);

    PageAllocator& memory_;
    u32 cpu_;
    Trace& trace_;
};

// What no request leaves free, of all zones (calculate_totalreserve_pages); in pages.
u64 total_reserve_pages(const PageAllocator& memory);
// How much of a zone counts for the limits, less that reserve; in pages.
u64 dirtyable_pages(const PageAllocator& memory);

}  // namespace mmscope
