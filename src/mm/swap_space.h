// Swap areas and their slots: which hold a page, how many page table entries mean each, which page is in memory too.
//
//   area 0   [header][ 2 ][ 1 ][ 0c ][   ][   ] ...   a slot's count of entries; c: its page is in the swap cache
//
// A slot is used by the entries that mean it (swap_map) and by the swap cache, the page in memory that has the same
// contents; without either it is free. Slots are given in order, from where the last one was taken, and once the end is
// reached from the lowest free one; areas by priority, those of the same priority in turn. Sizes are in pages. Left
// out: clusters of 256 slots and the CPUs' own slots (64 at a time) that solid disks and zram get, zswap, swap files,
// discards. (mm/swapfile.c, mm/swap_state.c; struct swap_info_struct)
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mm/swap_entry.h"

namespace mmscope {

inline constexpr i32 kMostSwapPriority = 32767;

struct SwapArea {
    bool is_used = false;
    bool is_writable = false;  // SWP_WRITEOK: not while swapoff empties it
    i32 priority = 0;
    u32 slots = 0;  // with the header
    u32 first = 0;  // where its slot 0 stands among those of all areas
    u32 used = 0;
    u32 next = 1;  // where the search for a free slot goes on
    u32 call = 0;  // number of the command that added it; 0: the machine had it at boot
    u32 pages() const { return slots == 0 ? 0 : slots - 1; }
};

class SwapSpace {
public:
    // A new area of `pages` slots, 1 or more, and its number, the lowest that is free; there must be room (has_room).
    // Without a priority it comes after all others: `first_default` is the first such priority.
    u32 add(u32 pages, std::optional<i32> priority, i32 first_default, u32 call);
    bool has_room(u32 pages) const;
    bool has_number() const;  // for one more area
    // swapoff begins and has failed. An area without a priority of its own leaves a gap, which those behind it close:
    // their priorities grow by one, and stay so if it has failed.
    void begin_removal(u32 area);
    void cancel_removal(u32 area);
    // Of an area that no slot of is used.
    void remove(u32 area);
    bool is_used(u32 area) const { return area < areas_.size() && areas_[area].is_used; }

    // The next slot, for this page, which is in the swap cache from now on; none: all are used. More than half full, a
    // slot that only the swap cache uses counts as free: then `*stale` is its page, and the caller has it give up its
    // slot and asks again.
    SwapEntry take(Pfn pfn, Pfn* stale);
    u32 count(SwapEntry entry) const { return counts_[place(entry)]; }
    void duplicate(SwapEntry entry) { ++counts_[place(entry)]; }  // swap_duplicate
    void put(SwapEntry entry);                                    // one entry fewer (swap_free)
    // The page in memory, or kNoPfn (swap_cache_get_folio).
    Pfn cached(SwapEntry entry) const { return page_word::page(words_[place(entry)]); }
    u32 word(SwapEntry entry) const { return words_[place(entry)]; }  // or the shadow of the one that was
    void set_cached(SwapEntry entry, Pfn pfn) { words_[place(entry)] = pfn.value; }
    void uncache(SwapEntry entry, u32 word);  // the swap cache forgets its page; `word` stands there instead

    u32 total() const;                                        // total_swap_pages
    u32 free() const;                                         // get_nr_swap_pages
    bool is_full() const { return free() * 2 < total(); }     // vm_swap_full
    u32 cached_pages() const;                                 // nr_swapcached

    const std::vector<SwapArea>& areas() const { return areas_; }  // by number; some are not used
    const std::vector<u8>& order() const { return order_; }        // in which areas are asked
    // For history, digests and check(): slot by slot, area by area.
    std::vector<u16>& counts() { return counts_; }
    const std::vector<u16>& counts() const { return counts_; }
    std::vector<u32>& words() { return words_; }
    const std::vector<u32>& words() const { return words_; }
    SwapSpace without_slots() const;
    std::string check() const;  // numbers and slots agree: empty, or a sentence

private:
    u32 place(SwapEntry entry) const { return areas_[entry.area()].first + entry.slot(); }
    bool is_in_use(u32 at) const { return counts_[at] != 0 || page_word::page(words_[at]) != kNoPfn; }
    void release(SwapEntry entry);
    void line_up(u32 area);

    std::vector<SwapArea> areas_;
    std::vector<u8> order_;
    std::vector<u16> counts_;
    std::vector<u32> words_;  // page_word: the page in the swap cache, or a shadow
};

}  // namespace mmscope
