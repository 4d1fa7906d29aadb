// struct page, as arrays of fields: what the machine knows of every page frame.
//
// Nine bytes a frame. One state byte, which is also the page map's texel, and one link of eight bytes, which
// is the list node while the frame heads a free block and the allocation record while it heads an allocated
// one. All other frames of a block have no link of their own (theirs is stale).
//
//   state byte   1tttoooo   free: migratetype t of the list; o = order in the head frame, 15 in the others
//                0ttt0kkk   allocated, head of its block: migratetype t asked for, owner k
//                0ttt1kkk   allocated, other frames of the block
//                0xxx0111   reserved: present, never given to the page allocator
//                0xxx1111   absent: no memory at this pfn
//
// Pages of files and of anonymous memory are on an LRU list, so their link is a list node too; what they know of
// themselves is five bytes more a frame, kept only on machines that have such pages, the count of their mappings
// another four where there are processes, and their entries in the swap cache four where there is swap. A huge page
// (huge_memory.h) is a block of pageblock_order() frames of which the head alone is on an LRU list. Compared with Linux:
// `flags` is derived, and besides huge pages a page of a file or of anonymous memory is a single frame (no other folios).
#pragma once

#include <cstring>
#include <vector>

#include "base/types.h"
#include "mm/swap_entry.h"

namespace mmscope {

// The numbering of Linux 4.4 and later; the letter is the one of kernel logs.
enum class Migratetype : u8 { unmovable, movable, reclaimable, highatomic, cma, isolate };
inline constexpr u32 kMigratetypes = 6;
inline constexpr char kMigratetypeLetters[kMigratetypes + 1] = "UMEHCI";
inline constexpr const char* kMigratetypeNames[kMigratetypes] = {"Unmovable",  "Movable", "Reclaimable",
                                                                 "HighAtomic", "CMA",     "Isolate"};

// Who uses an allocated frame.
enum class Owner : u8 { kernel, slab, page_table, page_cache, anonymous, vmalloc, pcp };
inline constexpr u32 kOwners = 7;

// The LRU lists of a node that reclaim looks at (mm/lru.h), in the order of /proc/vmstat.
enum class LruList : u8 { inactive_anon, active_anon, inactive_file, active_file };
inline constexpr u32 kLruLists = 4;
inline constexpr const char* kLruListNames[kLruLists] = {"inactive_anon", "active_anon", "inactive_file", "active_file"};

namespace frame_state {
inline constexpr u8 kFree = 0x80;
inline constexpr u8 kTail = 0x08;       // in an allocated frame: not the head of its block
inline constexpr u8 kFreeTail = 0x0f;   // in a free frame: not the head of its block
inline constexpr u8 kReserved = 0x07;
inline constexpr u8 kAbsent = 0x0f;
constexpr u8 free_head(Migratetype type, Order order) {
    return static_cast<u8>(kFree | (static_cast<u32>(type) << 4) | order.value);
}
constexpr u8 free_tail(Migratetype type) { return static_cast<u8>(kFree | (static_cast<u32>(type) << 4) | kFreeTail); }
constexpr u8 allocated_head(Migratetype type, Owner owner) {
    return static_cast<u8>((static_cast<u32>(type) << 4) | static_cast<u32>(owner));
}
constexpr u8 allocated_tail(Migratetype type, Owner owner) { return allocated_head(type, owner) | kTail; }
constexpr bool is_free(u8 state) { return (state & kFree) != 0; }
constexpr bool is_reserved(u8 state) { return (state & 0x8f) == kReserved; }
constexpr bool is_absent(u8 state) { return (state & 0x8f) == kAbsent; }
constexpr bool is_allocated(u8 state) { return !is_free(state) && (state & 7) != 7; }
constexpr bool is_free_head(u8 state) { return is_free(state) && (state & 0x0f) != kFreeTail; }
constexpr bool is_on_pcp(u8 state) {  // listed by a CPU: used to the zone, nobody's
    return (state & 0x87) == static_cast<u8>(Owner::pcp);
}
constexpr bool is_on_lru(u8 state) {  // of a file or of anonymous memory: on an LRU list
    return !is_free(state) && ((state & 0x0f) == static_cast<u8>(Owner::page_cache) ||
                               (state & 0x0f) == static_cast<u8>(Owner::anonymous));
}
constexpr bool is_huge_tail(u8 state) {  // of a huge page, not its head
    return (state & 0x8f) == (kTail | static_cast<u8>(Owner::anonymous));
}
constexpr bool is_allocated_head(u8 state) { return is_allocated(state) && (state & kTail) == 0; }
constexpr Migratetype migratetype(u8 state) { return static_cast<Migratetype>((state >> 4) & 7); }
constexpr Order order(u8 state) { return {static_cast<u8>(state & 0x0f)}; }  // of a free head
constexpr Owner owner(u8 state) { return static_cast<Owner>(state & 7); }    // of an allocated frame
}  // namespace frame_state

// Writes the states of an aligned block's frames; `first` is the state of its first frame. Small blocks are the
// common ones, so they take one store instead of a call.
inline void fill_block(u8* first, Order order, u8 state) {
    const u64 eight = state * 0x0101010101010101ULL;
    switch (order.value) {
        case 0: *first = state; return;
        case 1: std::memcpy(first, &eight, 2); return;
        case 2: std::memcpy(first, &eight, 4); return;
        case 3: std::memcpy(first, &eight, 8); return;
        default: std::memset(first, state, order.frames());
    }
}

// Writes the states of a block that has a head state; `first` is the state of its first frame.
inline void write_block(u8* first, Order order, u8 head, u8 tail) {
    if (order.value != 0) fill_block(first, order, tail);
    *first = head;
}

// The same for the orders that per-CPU lists hold beside huge pages. Which of them comes next cannot be foreseen, so
// orders 0 to 2 take no branch: of a smaller block the same states are written several times.
inline constexpr u32 kMostSmallOrder = 3;
inline void write_small_block(u8* first, Order order, u8 head, u8 tail) {
    const u32 last = order.frames() - 1;
    if (last > 3) [[unlikely]]
        return write_block(first, {3}, head, tail);
    first[3 & last] = tail;
    first[2 & last] = tail;
    first[1 & last] = tail;
    first[0] = head;
}

// Eight bytes a frame: a list node (free head), or the record of an allocation (allocated head).
struct FrameLink {
    u32 next;
    u32 prev;
};

// What the head of an allocated block remembers, packed in its FrameLink.
struct Allocation {
    u32 call = 0;          // number of the command that made it, from 1; 0: older than the script (boot, import)
    Order order;
    u16 refcount = 1;      // _refcount
    bool compound = false; // __GFP_COMP: has head and tail pages
    bool zeroed = false;   // __GFP_ZERO

    FrameLink pack() const {
        return {call, order.value | (u32{compound} << 4) | (u32{zeroed} << 5) | (u32{refcount} << 16)};
    }
    static Allocation unpack(FrameLink link) {
        return {link.next, {static_cast<u8>(link.prev & 15)}, static_cast<u16>(link.prev >> 16),
                (link.prev & 16) != 0, (link.prev & 32) != 0};
    }
};

// What a page of a file or of anonymous memory knows of itself: struct page's mapping and index, PG_active and
// PG_referenced (of an anonymous page: the accessed bit of its PTE). Packed in four bytes.
struct MappedPage {
    static constexpr u32 kIndexBits = 20;  // a mapping has at most 4 GiB
    static constexpr u32 kMappingBits = 10;

    u32 mapping = 0;  // its number in PageAllocator::mappings()
    u32 index = 0;    // which of the mapping's pages
    bool active = false;
    bool referenced = false;

    u32 pack() const {
        return index | mapping << kIndexBits | u32{active} << (kIndexBits + kMappingBits) |
               u32{referenced} << (kIndexBits + kMappingBits + 1);
    }
    static MappedPage unpack(u32 bits) {
        return {bits >> kIndexBits & ((1U << kMappingBits) - 1), bits & ((1U << kIndexBits) - 1),
                (bits >> (kIndexBits + kMappingBits) & 1) != 0, (bits >> (kIndexBits + kMappingBits + 1)) != 0};
    }
};

namespace page_mark {
inline constexpr u8 kWorkingset = 1;  // PG_workingset: it was on an active list once
// PG_referenced of a page of the script's own process, whose MappedPage::referenced is the accessed bit.
inline constexpr u8 kReferenced = 2;
inline constexpr u8 kDirty = 4;  // PG_dirty of shared memory: not the zeros that a read would find anyhow
inline constexpr u8 kHuge = 8;  // PG_head: the first frame of a huge page
// PG_anon_exclusive: a private page that is nobody else's, and was not since a fork shared it. Of the head of a huge page
// also for the whole of it.
inline constexpr u8 kExclusive = 16;
}  // namespace page_mark

// A block found from any of its frames.
struct BlockRef {
    Pfn head = kNoPfn;  // kNoPfn: the frame is reserved or absent, so in no block
    Order order;
    bool is_free = false;
};

// The arrays, sized once per machine. Frames are numbered 0 .. frames()-1 by pfn, holes included (absent).
class FrameTable {
public:
    static constexpr u32 kRowShift = 12;  // dirty rows: 4,096 frames, which is one row of the map's texture

    FrameTable() = default;
    // `frames` is rounded up to whole blocks of the largest order. `lists` = number of free-list heads.
    FrameTable(u32 frames, u32 lists, Order pageblock_order);

    u32 frames() const { return frames_; }
    Order pageblock_order() const { return pageblock_order_; }
    u32 pageblocks() const { return frames_ >> pageblock_order_.value; }

    u8 state(Pfn pfn) const { return state_[pfn.value]; }
    u8* states() { return state_.data(); }
    const u8* states() const { return state_.data(); }
    // Links of the frames, then those of the list heads (circular lists; an empty head points to itself).
    FrameLink* links() { return link_.data(); }
    const FrameLink* links() const { return link_.data(); }
    u32 link_count() const { return static_cast<u32>(link_.size()); }
    u32 list_head(u32 list) const { return frames_ + list; }

    Migratetype pageblock_type(Pfn pfn) const { return static_cast<Migratetype>(block_type_[entry(pfn)]); }
    void set_pageblock_type(Pfn pfn, Migratetype type) { block_type_[entry(pfn)] = static_cast<u8>(type); }
    // PB_migrate_skip: compaction need not look into this pageblock again for now.
    bool is_skipped(Pfn pfn) const {
        return block_type_[pageblocks() + 1 + (pfn.value >> pageblock_order_.value)] != 0;
    }
    void set_skipped(Pfn pfn, bool skipped) {
        block_type_[pageblocks() + 1 + (pfn.value >> pageblock_order_.value)] = skipped ? 1 : 0;
    }
    // Two zones meet inside a pageblock: where each zone has a table of its own (no SPARSEMEM, i386), the frames from
    // `first` on have a type apart from those below.
    void split_pageblock(Pfn first) {
        split_ = first;
        split_block_ = first.value >> pageblock_order_.value;
    }
    // Bytes of pageblock_types(): the types, one more for a split, then the skip marks.
    u32 pageblock_entries() const { return static_cast<u32>(block_type_.size()); }
    u8* pageblock_types() { return block_type_.data(); }
    const u8* pageblock_types() const { return block_type_.data(); }

    // Rows of states written since the reader last cleared them (one byte a row; only the picture reads it).
    u8* dirty_rows() { return dirty_row_.data(); }
    u32 row_count() const { return static_cast<u32>(dirty_row_.size()); }
    void mark_dirty(Pfn pfn) { dirty_row_[pfn.value >> kRowShift] = 1; }
    void mark_all_dirty();

    void fill_states(Pfn first, u32 count, u8 state);
    BlockRef block_of(Pfn pfn) const;
    // Of an allocated block that is on no list: there the link is a list node. A page on an LRU list is one frame, made
    // by its mapping's call (PageAllocator::allocation).
    Allocation allocation(Pfn head) const {
        if (!frame_state::is_on_lru(state(head))) return Allocation::unpack(link_[head.value]);
        Allocation allocation;
        allocation.order = folio_order(head);
        allocation.compound = is_huge(head);
        return allocation;
    }

    // Huge pages, asked of any frame: the head of the huge page that it is part of, or itself (page_folio).
    Pfn folio(Pfn pfn) const {
        return frame_state::is_huge_tail(state(pfn)) ? block_start(pfn, pageblock_order_) : pfn;
    }
    bool is_huge(Pfn head) const {
        return frame_state::is_on_lru(state(head)) && has_mark(head, page_mark::kHuge);
    }
    Order folio_order(Pfn head) const { return is_huge(head) ? pageblock_order_ : Order{}; }
    u32 folio_pages(Pfn head) const { return folio_order(head).frames(); }
    // How many entries map all of it at once; kept in the word of the frame behind the head (_entire_mapcount).
    u32 entire_mapcount(Pfn head) const { return is_huge(head) ? mapped_[head.value + 1] : 0; }
    void set_entire_mapcount(Pfn head, u32 count) { mapped_[head.value + 1] = count; }
    // How many entries map this page, by itself or with the rest of its huge page (page_mapcount).
    u32 page_mapcount(Pfn pfn) const { return mapcount(pfn) + entire_mapcount(folio(pfn)); }
    u32 folio_mapcount(Pfn head) const;  // all entries that map any of it
    u32 mapped_pages(Pfn head) const;    // its pages that any entry maps

    // Pages of files and of anonymous memory. No memory is spent on them before keep_mapped().
    void keep_mapped() {
        mapped_.resize(frames_);
        mark_.resize(frames_);
    }
    MappedPage mapped(Pfn pfn) const { return MappedPage::unpack(mapped_[pfn.value]); }
    void set_mapped(Pfn pfn, const MappedPage& page) { mapped_[pfn.value] = page.pack(); }
    std::vector<u32>& mapped_words() { return mapped_; }
    const std::vector<u32>& mapped_words() const { return mapped_; }
    // What else is known of such a page: page_mark.
    bool has_mark(Pfn pfn, u8 mark) const { return (mark_[pfn.value] & mark) != 0; }
    void set_mark(Pfn pfn, u8 mark, bool is_set) {
        mark_[pfn.value] = static_cast<u8>(is_set ? mark_[pfn.value] | mark : mark_[pfn.value] & ~mark);
    }
    void clear_marks(Pfn pfn) { mark_[pfn.value] = 0; }
    std::vector<u8>& mark_bytes() { return mark_; }
    const std::vector<u8>& mark_bytes() const { return mark_; }
    // The swap entry of a page in the swap cache; none: it is not there. No memory is spent on it before there is swap.
    void keep_swap_entries() { swap_entry_.resize(frames_); }
    SwapEntry swap_entry(Pfn pfn) const {
        return swap_entry_.empty() ? SwapEntry{} : SwapEntry{swap_entry_[pfn.value]};
    }
    void set_swap_entry(Pfn pfn, SwapEntry entry) { swap_entry_[pfn.value] = entry.value; }
    std::vector<u32>& swap_words() { return swap_entry_; }
    const std::vector<u32>& swap_words() const { return swap_entry_; }
    // A frame that holds a page table: the slot of its contents (mm/paging.h).
    u32 table_slot(Pfn pfn) const { return mapped_[pfn.value]; }
    void set_table_slot(Pfn pfn, u32 slot) { mapped_[pfn.value] = slot; }
    // How many entries of processes' page tables map the frame. No memory is spent on it before there are processes.
    void keep_mapcounts() { mapcount_.resize(frames_); }
    u32 mapcount(Pfn pfn) const { return mapcount_.empty() ? 0 : mapcount_[pfn.value]; }
    void add_mapcount(Pfn pfn, i32 by) { mapcount_[pfn.value] += static_cast<u32>(by); }
    std::vector<u32>& mapcount_words() { return mapcount_; }
    const std::vector<u32>& mapcount_words() const { return mapcount_; }
    Order used_order(Pfn head) const;  // of any block that is not free, found on per-CPU lists by its tails

    u64 bytes() const;  // all arrays together

private:
    u32 entry(Pfn pfn) const {
        const u32 block = pfn.value >> pageblock_order_.value;
        if (block == split_block_ && pfn >= split_) [[unlikely]] return pageblocks();
        return block;
    }

    u32 frames_ = 0;
    Order pageblock_order_;
    Pfn split_ = kNoPfn;
    u32 split_block_ = kNoPfn.value;
    std::vector<u8> state_;
    std::vector<FrameLink> link_;
    std::vector<u8> block_type_;
    std::vector<u8> dirty_row_;
    std::vector<u32> mapped_;    // MappedPage, or the slot of a page table; empty until there is one
    std::vector<u8> mark_;       // page_mark, of frames that have a MappedPage
    std::vector<u32> mapcount_;  // likewise empty
    std::vector<u32> swap_entry_;
};

}  // namespace mmscope
