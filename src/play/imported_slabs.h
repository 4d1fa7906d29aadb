// The caches of an imported /proc/slabinfo: what a row says of a cache, and where its slabs could lie.
//
//   kmalloc-64  1249  1280  64  64  1 ... 20 20   ->  20 slabs of 64 objects, of which 31 are free
//   radix_tree_node  343  399  584  14  2 ... 29 29   ->  28 slabs of 14, one of 7 where memory was short, 56 free
//
// Counts are the capture's. SLUB says active of every object that is not free in a node's partial slabs, so all active
// ones are in use here and no CPU has a slab; which slabs are partial, and where, is drawn by the seed. Beside buddyinfo
// the free lists stay as they were read, so the slabs take frames that are in use; alone they are allocated from a
// machine of its own. What slabinfo does not say: the object's size without its padding, which is taken for all of it,
// and the flags; of the kernel's own caches the name tells which are reclaimable. They are merged with none. A text of
// the classic SLAB becomes classic caches where the machine has that allocator (play/imported_classic.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/message.h"
#include "base/prng.h"
#include "base/result.h"
#include "mm/slab_classic_rules.h"
#include "mm/slab_rules.h"
#include "play/placement.h"
#include "procfs/slabinfo.h"

namespace mmscope {

class PageAllocator;

inline constexpr u64 kMostImportedObjects = u64{1} << 24;
inline constexpr u32 kMostImportedCaches = 2048;

struct ImportedCache {
    std::string name;
    CacheSpec spec;
    CacheLayout layout;
    u32 slabs = 0;            // of the layout's order
    u32 small_slabs = 0;      // and of its least one, behind them
    u32 free = 0;             // objects in all of them
    // Of the classic SLAB, whose layout the common one repeats: the last slabs have no used object, `free` is of the
    // others, and of the objects that count as used some lie in the shared array.
    std::optional<ClassicLayout> classic;
    u32 free_slabs = 0;
    u32 shared_available = 0;
    std::vector<Pfn> blocks;  // where each slab lies

    u32 all_slabs() const { return slabs + small_slabs; }
    Order order_of(u32 slab) const { return slab < slabs ? layout.order : layout.min_order; }
    u32 objects_of(u32 slab) const { return slab < slabs ? layout.objects : layout.min_objects; }
    u64 pages() const { return (u64{slabs} << layout.order.value) + (u64{small_slabs} << layout.min_order.value); }
};

// The caches, the newest first as in the text, not placed yet. Notes what could not be kept. An error if they are more
// than can be simulated.
Result<std::vector<ImportedCache>, Message> imported_caches(const SlabInfo& info, const Profile& profile, Arch arch,
                                                            u32 cpus, std::vector<Message>* notes);

// What a plan of a zone is for: which one, by its position, and its node and type.
struct PlannedZone {
    u32 position = 0;
    u8 node = 0;
    ZoneType type = ZoneType::normal;
    ZonePlan plan;
};

// Places every slab on frames that the plans have in use, and takes them out of the plans. `node_pages`: how many pages
// of slabs each node should have, as far as that is known. The error names the cache that found no room.
Result<bool, Message> place_slabs(const std::vector<u64>& node_pages, u64 seed, std::vector<PlannedZone>* zones,
                                  std::vector<ImportedCache>* caches);

// The frames of placed slabs become slabs'.
void own_placed_slabs(const std::vector<ImportedCache>& caches, PageAllocator* memory);

// Of a machine without buddyinfo: the memory it needs, a power of two of bytes, at least 1 GiB; and its slabs, allocated
// the oldest cache first.
u64 ram_for_slabs(const std::vector<ImportedCache>& caches, Arch arch);
Result<bool, Message> alloc_slabs(std::vector<ImportedCache>* caches, PageAllocator* memory);

// Of the kernel's caches the name tells which ones shrinkers know (SLAB_RECLAIM_ACCOUNT).
bool is_reclaimable_cache(std::string_view name);

// How many objects are free in each slab of a cache: all of cache.free, in about twice as many places as needed.
std::vector<u32> free_by_slab(const ImportedCache& cache, Prng& prng);

}  // namespace mmscope
