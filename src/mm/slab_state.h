// What the slab allocator is made of: objects by their addresses, slabs, and what CPUs, nodes and caches keep.
//
// All of it is indices and counts, so that a machine is saved by copying. Slabs have numbers; the objects of one have
// links in an array of the allocator's: a free object names the next free one of its list.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "mm/slab_pages.h"
#include "mm/slab_rules.h"

namespace mmscope {

inline constexpr u32 kNoSlab = SlabPages::kNothing;
// Links of objects besides the number of the next free one.
inline constexpr u16 kCachedObject = 0xfffd;  // in a sheaf (7.2): out of its slab, and yet nobody's
inline constexpr u16 kEndOfList = 0xfffe;     // the last free object of a list
inline constexpr u16 kUsedObject = 0xffff;

struct ObjectAddress {
    u64 value = 0;  // 0: NULL
    Pfn pfn() const { return {static_cast<u32>(value >> kPageShift)}; }
    bool is_null() const { return value == 0; }
    friend bool operator==(ObjectAddress, ObjectAddress) = default;
};

struct ObjectPlace {
    u32 slab = kNoSlab;
    u32 object = 0;  // in it
};

struct CacheId {
    u32 value = 0xffffffffU;
    bool is_none() const { return value == 0xffffffffU; }
    friend bool operator==(CacheId, CacheId) = default;
};

// Why a free is refused. SLUB without debugging would corrupt its lists; here nothing changes.
enum class ObjectFault : u8 { none, not_in_a_slab, not_an_object, already_free, other_cache };

// CONFIG_SLAB_FREELIST_RANDOM: the objects of a fresh slab in ascending order, or in one order for each cache that
// every slab begins somewhere else.
enum class FreelistOrder : u8 { plain, random };

// CONFIG_SLAB_FREELIST_HARDENED: how a free object holds the address of the next one (mm/slab_freelist.h).
enum class FreelistPointers : u8 { plain, hardened };

// Where a slab is. On 6.1 those of a CPU are all frozen; on 6.12 only the one it allocates from.
enum class SlabPlace : u8 { unused, cpu, cpu_partial, node_partial, full };

struct Slab {
    Pfn pfn;              // head frame
    u32 first_link = 0;   // of its objects
    u32 next = 0;         // on a list: numbers of slabs
    u32 prev = 0;
    u16 freelist = 0;     // first free object that is not on the CPU's own list
    u16 inuse = 0;        // objects that are not on `freelist`: the CPU's free ones count as used
    u16 objects = 0;
    u16 cache = 0;
    SlabPlace place = SlabPlace::unused;
    u8 order = 0;
    u8 node = 0;
    u8 padding = 0;  // named, so that equal slabs are equal bytes
};

// The counters of /sys/kernel/slab/NAME.
struct CacheCounters {
    u32 slabs = 0;
    u32 total_objects = 0;
    u32 objects = 0;          // all but the free ones of the nodes' partial slabs
    u32 partial = 0;          // slabs on the nodes' lists
    u32 objects_partial = 0;  // used objects in them
    u32 cpu_slabs = 0;        // slabs of CPUs, partial ones too
    u32 cpu_partial_slabs = 0;
    u32 used = 0;             // objects that somebody really has
    friend bool operator==(const CacheCounters&, const CacheCounters&) = default;
};

// One CPU's part of a cache.
struct CpuSlab {
    u32 slab = kNoSlab;
    u32 first_link = 0;
    u64 address = 0;        // of the slab's first object
    u32 partial = kNoSlab;  // the first of its partial slabs
    u16 partial_slabs = 0;
    u16 freelist = kEndOfList;
};

// One node's part of a cache.
struct NodeSlabs {
    u32 first = kNoSlab;  // partial slabs
    u32 last = kNoSlab;
    u32 nr_partial = 0;
    u32 nr_slabs = 0;     // all, wherever they are
    u32 total_objects = 0;
};

struct SlabCache {
    std::string name;
    bool is_destroyed = false;
    bool is_unlinked = false;  // destroyed with objects left, and on the list of caches no more (since 6.12)
    CacheSpec spec;
    CacheLayout layout;
    u32 reciprocal = 0;    // 2^32 / size, rounded up
    u32 alloc_flags = 0;   // gfp
    u32 used = 0;          // objects
    i32 users = 1;         // kmem_cache_create calls: 1 and the merged ones; 0 and less: destroyed with objects left
    u32 spare = kNoSlab;   // records of slabs that are gone, by `next`; one with as many objects inherits them
    std::vector<u16> sequence;  // FreelistOrder::random: the order of a slab that begins at its first object
    bool is_hardened = false;   // FreelistPointers::hardened, with a number of its own:
    u64 random = 0;             // an unsigned long
    bool exists() const { return !is_destroyed; }
    bool is_listed() const { return !is_destroyed && !is_unlinked; }  // on slab_caches, thus in /proc/slabinfo
    // Nobody's, and yet there: kmem_cache_destroy() found objects that somebody has.
    bool is_left_over() const { return !is_destroyed && users <= 0; }
    bool is_debugged() const { return (spec.flags & slab_flag::kDebug) != 0; }
};

}  // namespace mmscope
