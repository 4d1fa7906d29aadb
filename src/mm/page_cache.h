// Pages that can be taken away again: those of files (the page cache) and those of anonymous memory.
//
// A mapping is a file that a script opened or an area of anonymous memory that it asked for; its pages are in memory
// only once they are touched, one frame each, and then stand on the node's LRU lists. Reclaim drops a clean page
// of a file, and the next touch reads it again; a dirty one is the flusher's to write first (writeback.h); anonymous
// ones go to swap and come back (swap.h), and where there is none stay until they are unmapped or the process is killed. A touch is the script's own process's;
// what other processes map of a file is theirs to map and unmap (fault.h, mmap.h). Left out: read-ahead,
// large folios. (mm/filemap.c, mm/memory.c; struct address_space)
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// What a touch came to, in pages.
struct TouchResult {
    u32 touched = 0;                // all that were reached
    u32 brought_in = 0;             // those that were not in memory before
    bool is_out_of_memory = false;  // the page behind the last touched one could not be had
    bool is_full = false;           // likewise: its tmpfs has as many as it may have
};

// A view that binds the pages to a machine's memory; made for one call, cheap to make.
class PageCache {
public:
    // `cpu` is where the caller runs.
    PageCache(PageAllocator& memory, u32 cpu, Trace& trace) : memory_(memory), cpu_(cpu), trace_(trace) {}

    // What a page of a mapping is asked for with.
    static Gfp mask(MappingKind kind, const Profile& profile);
    // Number of a new mapping of 1 .. kMostMappingPages pages, none of them in memory. There must be room (has_room).
    u32 add(MappingKind kind, u32 pages, u32 call);
    bool has_room(u32 pages) const;
    // Uses `count` pages of a mapping from `first` on, in order. One that is not in memory gets a frame
    // (filemap_add_folio, do_anonymous_page); one that is, is marked as used (mark_page_accessed).
    // `call` is the number of the command, remembered if the OOM killer strikes on the way.
    TouchResult touch(u32 mapping, u32 first, u32 count, u32 call);
    // Bytes go into every page of the range, which may be brought in for it, unread; all of them are dirty then
    // (write_begin and write_end of a file system).
    TouchResult write(u32 mapping, u32 first, u32 count, u32 call);
    // The frame of one page, brought in for a fault if it is not in memory; kNoPfn: out of memory.
    Pfn get_page(u32 mapping, u32 index, u32 call) {
        const Pfn pfn = memory_.mapping_table().page(mapping, index);
        return pfn != kNoPfn ? pfn : bring_in(mapping, index, call, {}, Source::fault);
    }
    // Somebody used the page again (mark_page_accessed).
    void mark_accessed(Pfn pfn);
    // Every page of the mapping is freed (munmap, exit, unlink); it can be touched no more. Pages freed.
    u32 unmap(u32 mapping);
    // Those from page `first` on, and their slots; no process maps them. Pages freed.
    u32 drop_pages(u32 mapping, u32 first);
    // The pages of all files go that no process maps and that are not dirty (drop_caches: invalidate_mapping_pages); of
    // shared memory those that nobody ever wrote to. Pages freed.
    u32 drop_caches();
    // One page goes; it is off its LRU list already, and leaves `word` behind: nothing, or its shadow
    // (__remove_mapping).
    void drop(Pfn pfn, u32 word = kNoPfn.value);
    // An anonymous page's slot is all that its mapping knows of it from now on; the frame is the caller's to free.
    void leave_to_swap(Pfn pfn, SwapEntry entry);
    // A page comes back from its slot, which is free then. kNoPfn: out of memory. `more` flags of the request.
    Pfn swap_in(u32 mapping, u32 index, u32 call, Gfp more) {
        return bring_in(mapping, index, call, more, Source::swapoff);
    }
    // The contents of a page move to a frame that nobody uses, which takes its place; both are off the lists, and the
    // old one is the caller's to free (migrate_folio).
    void replace(Pfn old_page, Pfn new_page);

private:
    friend class Shmem;  // reads and writes as files of tmpfs do

    u32& frame_of(const Mapping& mapping, u32 index) { return memory_.mapping_table().frame[mapping.first + index]; }
    // What a page is brought in for: a read, a write that fills it, a fault, the end of its swap area.
    enum class Source : u8 { read, write, fault, swapoff };
    Pfn bring_in(u32 mapping, u32 index, u32 call, Gfp more = {}, Source source = Source::read);
    bool has_block(u32 mapping);
    void read_back(Pfn pfn, SwapEntry entry);
    void let_go(Pfn pfn, u32 word);
    LruLists lists(Pfn pfn) { return memory_.lru(memory_.zone_of(pfn)->node); }

    PageAllocator& memory_;
    u32 cpu_;
    Trace& trace_;
};

}  // namespace mmscope
