// The translation caches of one CPU: L1 for instructions and for data, L2, and the paging-structure caches of its
// walker.
//
//   reference --> L1I or L1D --miss--> L2 --miss--> walk: PML4 > PDPT > PD > PT, begun below the deepest cached entry
//                    ^-----fill---------^----fill-----'
//
// L2 is asked only after a miss in L1; what is found there or by a walk goes into L1, and what a walk finds into both.
// A set is the page number modulo the sets. A hit makes its entry the newest of its set; a free way is filled before an
// entry is replaced: the oldest (LRU), or where a binary tree over the ways points (tree PLRU; with ways that are no
// power of two the right half is the larger one). L2 neither includes nor excludes L1. Entries carry an ASID (PCID) or
// are global. Of page tables with five levels
// the uppermost is counted as one entry more that a walk from the PML4 reads. Left out: one walk at a time, no speculation; address bits 60 to 63 are not looked at,
// which in a canonical address are copies of bit 59. Cycles are the geometry's prices, not a pipeline.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/types.h"
#include "mm/tlb_geometry.h"

namespace mmscope {

enum class TlbLevel : u8 { l1, l2, walk };  // where a translation was found

struct TlbCounts {
    u64 lookups[kTlbSides] = {};        // of L1
    u64 l1_misses[kTlbSides] = {};      // where there is an L2, as many lookups of L2
    u64 walks[kTlbSides] = {};          // misses of the last level
    u64 walks_begun[kWalkLevels] = {};  // by the level of the first entry read
    u64 entries_read = 0;               // of page tables, by walks
    u64 invlpg = 0;
    u64 flushes = 0;  // of an ASID or of everything
    friend bool operator==(const TlbCounts&, const TlbCounts&) = default;
};

// Accesses one after another to one page on one side, at most kMost of them. Of all but the first it is known that they
// hit L1, whatever the other side does in between; so a trace is played in runs, with the counts of a single step each.
struct TlbRun {
    static constexpr u32 kMost = 0x7ff;
    u64 bits = 0;  // page number from bit 12, side in bit 11, accesses below

    TlbRun(u64 page, TlbSide side, u32 accesses) : bits(page << 12 | static_cast<u64>(side) << 11 | accesses) {}
    u64 page() const { return bits >> 12; }
    u32 side() const { return (bits >> 11) & 1; }
    u32 accesses() const { return bits & kMost; }
    u64 word() const { return bits >> 11; }  // page number with the side below it
};

// flush_tlb_range on x86: so many pages are dropped one by one, more by dropping the whole ASID
// (tlb_single_page_flush_ceiling, arch/x86/mm/tlb.c).
inline constexpr u32 kTlbSinglePageFlushCeiling = 33;
inline constexpr u32 kAsids = 4096;  // PCIDs of the hardware; Linux uses 6 of them a CPU

class Tlb {
public:
    enum class Scope : u8 { asid, global };
    // What an entry holds besides its tag; the engine of a page table gives it and gets it back.
    struct Translation {
        Pfn pfn = kNoPfn;
        u32 bits = 0;  // of the page table's entry
    };
    static constexpr u32 kNoWay = 0xffffffff;
    // One structure of sets and ways. `first` is where its ways lie: set s has entries first + s * ways and on.
    struct Structure {
        TlbShape shape;
        u8 level = 0;  // 1 or 2; 0: a paging-structure cache
        u32 first = 0;
        u32 first_set = 0;
        u64 set_mask = 0;  // sets - 1; unused where the sets are no power of two
        bool is_masked = false;
    };
    // An entry as a picture shows it.
    struct View {
        u64 page = 0;  // page number in units of `size`; of a paging-structure cache the bits of its level and above
        u16 asid = 0;
        Scope scope = Scope::asid;
        PageSize size = PageSize::size_4k;
        u32 age = 0;  // LRU: entries of the set that are newer
        Translation translation;
    };

    // `levels`: of the page tables that are walked.
    explicit Tlb(const TlbGeometry& geometry, u32 levels = 4);

    // ---- references ----
    // One access whose page table has a page of this size there: found, or walked to and filled.
    TlbLevel access(TlbSide side, VirtAddr address, PageSize size = PageSize::size_4k) {
        const u64 key = key_of(address, size, asid_key_);
        const u32 number = static_cast<u32>(side);
        if (newest_[front_[number][static_cast<u32>(size)].at(key >> 16)] != key)
            return miss_newest(side, address, size);
        ++counts_.lookups[number];
        return TlbLevel::l1;
    }
    void run(std::span<const TlbRun> runs, PageSize size = PageSize::size_4k);

    // ---- the same in the MMU's steps ----
    struct Found {
        TlbLevel level = TlbLevel::walk;
        Translation translation;
        PageSize size = PageSize::size_4k;
    };
    Found look_up(TlbSide side, VirtAddr address);  // pages of every size; found in L2, it is filled into L1
    // Counts a walk to a leaf of this size; the level of the first entry that it reads.
    WalkLevel begin_walk(TlbSide side, VirtAddr address, PageSize leaf) {
        return begin_walk(side, address, static_cast<WalkLevel>(leaf));
    }
    // The same of a walk whose last entry, found at this level, leads nowhere.
    WalkLevel begin_walk(TlbSide side, VirtAddr address, WalkLevel last_read);
    void fill(TlbSide side, VirtAddr address, PageSize size, Scope scope, Translation translation);

    // ---- context and flushes ----
    u32 asid() const { return asid_; }
    void set_asid(u32 asid);        // MOV CR3 that keeps what is cached (bit 63)
    void invlpg(VirtAddr address);  // of the current ASID and global; and all its paging-structure entries
    void forget(VirtAddr address);  // the same without being told to, as a fault at the address does
    void flush_asid(u32 asid);      // all but global entries; MOV CR3 without bit 63
    void flush_all();               // global ones too: a write to CR4.PGE
    // As Linux drops what was unmapped, end excluded, both multiples of the stride.
    enum class RangeFlush : u8 { pages, whole };
    RangeFlush flush_range(VirtAddr start, VirtAddr end, PageSize stride);

    // ---- looking ----
    const TlbGeometry& geometry() const { return geometry_; }
    const TlbCounts& counts() const { return counts_; }
    u64 cycles() const;
    std::span<const Structure> structures() const { return structures_; }
    const Structure* structure(u32 level, TlbSide side, PageSize size) const;  // null: none holds such a page
    std::optional<View> view(const Structure& structure, u32 set, u32 way) const;
    u32 next_victim(const Structure& structure, u32 set) const;  // the way that the next fill of the set takes
    // What it holds, for digests: tags, ages and translations.
    std::span<const u64> keys() const { return keys_; }
    std::span<const u64> order() const { return order_; }
    u64 bytes() const {
        return (keys_.size() + order_.size() + translations_.size() + newest_.size()) * sizeof(u64) +
               tags_.size() * sizeof(u32) + sizeof *this;
    }
    std::string check() const;                                   // the first thing that is wrong; empty: nothing

private:
    static constexpr u8 kNoStructure = 0xff;
    // A tag: page number from bit 16, ASID from bit 4, global in bit 3, page size in bits 1 and 2, valid in bit 0.
    static constexpr u64 kGlobal = 8;
    static u64 key_of(VirtAddr address, PageSize size, u64 scope_key) {
        return (address.value >> page_shift(size)) << 16 | scope_key | static_cast<u64>(size) << 1 | 1;
    }
    static PageSize size_of(u64 key) { return static_cast<PageSize>(key >> 1 & 3); }
    static u32 set_of(const Structure& structure, u64 key) {
        const u64 page = key >> 16;
        return static_cast<u32>(structure.is_masked ? page & structure.set_mask : page % structure.shape.sets());
    }

    u64 unused_order(u32 way) const { return geometry_.policy == TlbPolicy::lru ? way : 0; }
    u8 add_structure(const TlbShape& shape, u8 level);
    // Where `newest_` has the set of L1 that a page belongs into. Where the sets are no power of two it is a place whose
    // key no page has: all go the long way.
    struct Front {
        u64 mask = 0;
        u64 first = 0;
        std::size_t at(u64 page) const { return static_cast<std::size_t>(first + (page & mask)); }
    };
    Front front_of(TlbSide side, PageSize size) const;
    class NewestPages;
    // Not inlined, so that the loop in front of it keeps its sums in registers.
    [[gnu::noinline]] TlbLevel miss_newest(TlbSide side, VirtAddr address, PageSize size);
    bool find_page(u32 level, TlbSide side, VirtAddr address, u64* key, Translation* translation);
    template <class Goes>
    void drop(Goes goes);  // every entry of which goes(structure, key) is true

    // The set that a key belongs into.
    struct Set {
        u64* keys = nullptr;
        u32* tags = nullptr;
        u64* order = nullptr;
        u64* newest = nullptr;
        Translation* translations = nullptr;
        u32 ways = 0;
    };
    Set set_for(const Structure& structure, u64 key);
    u32 find(const Set& set, u64 key);  // the way, made the newest of its set; or kNoWay
    void touch(const Set& set, u32 way);
    u32 victim(const u64* keys, const u64* order, u32 ways) const;
    void insert(const Set& set, u64 key, Translation translation);

    TlbGeometry geometry_;
    u32 levels_;
    std::vector<Structure> structures_;
    u8 route_[2][kTlbSides][kPageSizes];  // [level - 1]: which structure holds such a page; kNoStructure: none
    Front front_[kTlbSides][kPageSizes];
    u8 walk_route_[kWalkLevels];  // the cache of entries of the level above: PDE for pt, PDPTE for pd, PML4E for pdpt
    bool has_l2_[kTlbSides];
    std::vector<u64> keys_;  // 0: free
    std::vector<u32> tags_;  // of the keys (mm/tlb_tags.h)
    // LRU: when it was last used (0: free) above the number of its way, so that the least tells the way. PLRU: at way w
    // of a set the bit of the tree's node that parts the ways below w from those from w on; 1: the next victim is on
    // the right.
    std::vector<u64> order_;
    std::vector<Translation> translations_;
    std::vector<u64> newest_;  // by set: the key last used in it; to use it again changes nothing. The last is no set's
    u64 clock_ = 0;
    u32 asid_ = 0;
    u64 asid_key_ = 0;
    u8 sizes_used_ = 0;         // sizes of which an entry was ever filled: bit 1 << size
    bool has_globals_ = false;  // a global entry was filled since flush_all
    TlbCounts counts_;
};

}  // namespace mmscope
