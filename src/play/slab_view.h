// What panels, tables and exporters show of caches, slabs and objects: rows of plain numbers, read off a machine.
//
//   cache_views    one row a cache, the newest first, as /proc/slabinfo has them
//   queue_views    of one cache: what lies before its slabs, CPU by CPU (arrays of the classic SLAB, sheaves of 7.2)
//   slab_views     of one cache: CPU by CPU its slab and its partial slabs, then partial, full and free ones
//   object_views   of one slab: one cell an object, in the order of their addresses
//
// A row costs what it counts: the first is a pass over all slabs, the last a pass over one. Names are views into the
// machine. A slab's number is good until the machine changes. Rows are the same for SLUB and the classic SLAB
// (play/slab_view_classic.cpp); what one of them has not is 0.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "play/machine.h"

namespace mmscope {

inline constexpr u32 kNoCpu = 0xffffffffU;

// What only the classic SLAB has of a cache.
struct ClassicView {
    u32 colour = 0;       // how many beginnings slabs have
    u32 colour_off = 0;   // bytes between two of them
    u32 colour_next = 0;  // which one the next slab has
    u32 management = 0;   // bytes: struct slab and its indices
    bool is_off_slab = false;
    u32 limit = 0;        // objects of a CPU's array, and how many it takes and gives at once
    u32 batchcount = 0;
    u32 shared = 0;       // the shared array has this many times batchcount
};

struct CacheView {
    CacheId cache;
    std::string_view name;
    std::vector<std::string_view> aliases;  // further names that were merged into it
    u32 object_size = 0;                    // bytes, as asked for; of merged caches the largest
    CacheLayout layout;                     // size, align, order, objects of a slab ...
    CacheCounters counters;
    std::optional<u64> random;  // of a hardened cache: what its stored free pointers are mixed with
    u32 full_slabs = 0;     // SLUB: on no list
    u32 free_slabs = 0;     // classic SLAB: on the list of those with no used object
    std::optional<ClassicView> classic;
    u32 sheaf_objects = 0;  // 7.2: free, in sheaves
    u64 lost_inside = 0;    // bytes: places of objects in use, less what was asked for
    u64 lost_padding = 0;   // bytes: of slabs, behind the last object
    u32 flags = 0;          // slab_flag, without those of the classic SLAB
    bool is_poisoned = false;  // its free objects are
    bool is_reclaimable = false;
    bool is_kmallocs = false;
    bool is_imported = false;  // the seed chose which of its objects were free at first, and where its slabs lie
    bool is_left_over = false;  // destroyed with objects left: nobody's any more,
    bool is_unlinked = false;   // and in /proc/slabinfo neither (since 6.12)
};

// Objects that are free and out of their slabs.
struct QueueView {
    enum class Kind : u8 { array, shared, main_sheaf, spare_sheaf, full_sheaves, empty_sheaves };
    Kind kind = Kind::array;
    u32 cpu = kNoCpu;  // whose; a barn's sheaves and the shared array are a node's
    u32 node = 0;
    u32 held = 0;      // objects, or sheaves of a barn
    u32 limit = 0;
    u32 batchcount = 0;  // classic SLAB: of an array
};

// On which list a slab is; `free` is the classic SLAB's.
enum class SlabList : u8 { cpu, cpu_partial, partial, full, free };
// A name for each, as the panels print it.
inline constexpr const char* kSlabListNames[] = {"CPU slab", "CPU partial", "node partial", "full", "free"};

struct SlabView {
    u32 slab = kNoSlab;  // its number
    Pfn pfn;
    Order order;
    SlabList list = SlabList::full;
    u32 cpu = kNoCpu;  // of a CPU's slab and of its partial ones
    u32 node = 0;
    u32 objects = 0;
    u32 inuse = 0;  // the kernel's: those that are not on the slab's own free list
    u32 used = 0;   // those that somebody has
    u32 colour_bytes = 0;  // classic SLAB: left free before all else, then the management
    u32 first_byte = 0;    // where the first object's place begins
};

struct ObjectView {
    // free: on its slab's list. For the CPU whose slab it is, that list holds what others freed. poisoned: the same, of
    // a cache with SLAB_POISON, which fills it with 6b and a5.
    enum class State : u8 { used, cpu_free, remotely_freed, free, poisoned, in_sheaf, in_array };
    static constexpr u32 kStates = 7;
    State state = State::used;
    u32 cpu = kNoCpu;       // in_array: whose; none: it is the shared one
    u64 address = 0;        // physical
    u32 next = kEndOfList;  // of a free object: the next one on its list
    u32 call = 0;           // of a used one: the command that got it; 0: none did
    u32 requested = 0;      // bytes
};

// Where a frame lies.
struct SlabOfFrame {
    std::string_view cache;
    CacheId id;
    SlabView slab;
    u16 freelist = kEndOfList;  // of the slab, not of its CPU; its first free object
};

std::vector<CacheView> cache_views(const Machine& machine);
std::vector<QueueView> queue_views(const Machine& machine, CacheId cache);
std::vector<SlabView> slab_views(const Machine& machine, CacheId cache);
std::vector<ObjectView> object_views(const Machine& machine, u32 slab);
// Of a cache with slab_debug the parts of a place, in order: red zones, the object, padding ...; of one object, or of
// any free one. Empty of other caches.
std::vector<PlacePart> place_parts(const Machine& machine, u32 slab, u32 object);
std::vector<PlacePart> place_parts(const Machine& machine, CacheId cache);
std::optional<SlabOfFrame> slab_of(const Machine& machine, Pfn pfn);  // nothing if it is in none
// Caches that are there, the newest first: numbers of the names that they were created by (Heap::names).
std::vector<u32> caches_newest_first(const Heap& heap);

}  // namespace mmscope
