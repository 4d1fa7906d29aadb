// What panels, tables and exporters show of caches, slabs and objects: rows of plain numbers, read off a machine.
//
//   cache_views    one row a cache, the newest first, as /proc/slabinfo has them
//   slab_views     of one cache: CPU by CPU its slab and its partial slabs, then the nodes' partial slabs, the full
//   ones object_views   of one slab: one cell an object, in the order of their addresses
//
// A row costs what it counts: the first is a pass over all slabs, the last a pass over one. Names are views into the
// machine. A slab's number is good until the machine changes.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "play/machine.h"

namespace mmscope {

struct CacheView {
    CacheId cache;
    std::string_view name;
    std::vector<std::string_view> aliases;  // further names that were merged into it
    u32 object_size = 0;                    // bytes, as asked for; of merged caches the largest
    CacheLayout layout;                     // size, align, order, objects of a slab ...
    CacheCounters counters;
    u32 full_slabs = 0;     // on no list
    u32 sheaf_objects = 0;  // 7.2: free, in sheaves
    u64 lost_inside = 0;    // bytes: places of objects in use, less what was asked for
    u64 lost_padding = 0;   // bytes: of slabs, behind the last object
    bool is_reclaimable = false;
    bool is_kmallocs = false;
};

inline constexpr u32 kNoCpu = 0xffffffffU;

struct SlabView {
    u32 slab = kNoSlab;  // its number
    Pfn pfn;
    Order order;
    SlabPlace place = SlabPlace::full;
    u32 cpu = kNoCpu;  // of a CPU's slab and of its partial ones
    u32 node = 0;
    u32 objects = 0;
    u32 inuse = 0;  // the kernel's: those that are not on the slab's own free list
    u32 used = 0;   // those that somebody has
};

struct ObjectView {
    // free: on its slab's list. For the CPU whose slab it is, that list holds what others freed.
    bool is_imported = false;  // the seed chose which of its objects were free at first, and where its slabs lie
    enum class State : u8 { used, cpu_free, remotely_freed, free, in_sheaf };
    State state = State::used;
    u64 address = 0;        // physical
    u32 next = kEndOfList;  // of a free object: the next one on its list
    u32 call = 0;           // of a used one: the command that got it; 0: none did
    u32 requested = 0;      // bytes
};

// Where a frame lies.
struct SlabOfFrame {
    std::string_view cache;
    SlabView slab;
    u16 freelist = kEndOfList;  // of the slab, not of its CPU
    u64 pointer_offset = 0;     // of the free pointer in an object
};

std::vector<CacheView> cache_views(const Machine& machine);
std::vector<SlabView> slab_views(const Machine& machine, CacheId cache);
std::vector<ObjectView> object_views(const Machine& machine, u32 slab);
std::optional<SlabOfFrame> slab_of(const Machine& machine, Pfn pfn);  // nothing if it is in none
// A name for each place, as the panels print it.
inline constexpr const char* kSlabPlaceNames[] = {"unused", "CPU slab", "CPU partial", "node partial", "full"};
// Caches that are there, the newest first: numbers of the names that they were created by (Heap::names). Of SLUB, as all
// rows here: the classic SLAB's caches are in slabinfo alone.
std::vector<u32> caches_newest_first(const Heap& heap);

}  // namespace mmscope
