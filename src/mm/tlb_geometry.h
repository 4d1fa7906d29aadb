// How large a CPU's TLBs are, and how they make room: what a Tlb is built from.
//
// A geometry is a text, as in `l1i=128/8,l1d=64/4,l2=1536/12`: entries/ways. A number alone is fully associative, 0
// says that there is none. `l2` serves instructions and data; `l2i` and `l2d` do where a CPU has two. A structure holds
// pages of every size, but for a size that has one of its own beside it: `l1d-2m=32/4`. L1 must hold every size, L2
// none. `pde=`, `pdpte=` and `pml4e=` are the entries of the paging-structure caches, fully associative. `policy=plru`
// replaces by a tree of bits instead of true LRU.
//
// Left out: pages of 4 MiB, stores with a TLB of their own (Ice Lake on), entries that two pages share, prefetch.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

enum class PageSize : u8 { size_4k, size_2m, size_1g };
inline constexpr u32 kPageSizes = 3;
inline constexpr std::string_view kPageSizeNames[] = {"4K", "2M", "1G"};
constexpr u32 page_shift(PageSize size) { return 12 + 9 * static_cast<u32>(size); }

enum class TlbSide : u8 { instruction, data };
inline constexpr u32 kTlbSides = 2;

enum class TlbPolicy : u8 { lru, tree_plru };

// The levels of a page table, from the leaf of a 4 KiB page up; also the paging-structure caches, by where a walk
// begins that finds its entry there: a cached PDE leaves the PT to be read.
enum class WalkLevel : u8 { pt, pd, pdpt, pml4 };
inline constexpr u32 kWalkLevels = 4;

struct TlbShape {
    u32 entries = 0;
    u32 ways = 0;  // divides the entries; 0: the geometry says nothing of this structure
    u32 sets() const { return entries == 0 ? 0 : entries / ways; }
    bool is_named() const { return ways != 0; }
    friend bool operator==(const TlbShape&, const TlbShape&) = default;
};

inline constexpr u32 kMostTlbEntries = 65536;  // of one structure

struct TlbGeometry {
    enum class Unit : u8 { l1i, l1d, l2, l2i, l2d };
    static constexpr u32 kUnits = 5;

    TlbShape shapes[kUnits][kPageSizes];  // [..][0] holds every size that is not named itself
    u32 walk_cache_entries[kWalkLevels] = {32, 4, 2,
                                           0};  // PDE, PDPTE, PML4E; no vendor says how many: the model's choice
    TlbPolicy policy = TlbPolicy::lru;
    u32 l2_hit_cycles = 7;       // more than a hit in L1 (Zen 5, measured; Intel 7 to 9)
    u32 entry_read_cycles = 20;  // one entry of a page table, mostly from L1 or L2: a walk is four of them or fewer

    // The structure that holds pages of this size on this side at level 1 or 2; nothing: none.
    const TlbShape* shape(u32 level, TlbSide side, PageSize size) const;
    bool has_l2(TlbSide side) const;
    std::string text() const;  // what read_tlb_geometry reads
    friend bool operator==(const TlbGeometry&, const TlbGeometry&) = default;
};

struct NamedTlbGeometry {
    std::string_view name;  // "skylake"
    std::string_view text;
};
std::span<const NamedTlbGeometry> tlb_geometries();
inline constexpr std::string_view kUsualTlb = "skylake";
std::string tlb_geometry_names();  // "haswell, skylake, ..."

// A geometry or the name of one, in small or capital letters. An error has a column in `text`, and line 1.
Result<TlbGeometry> read_tlb_geometry(std::string_view text);

}  // namespace mmscope
