// How a slab cache is laid out: what an object takes up, how large a slab is, what a CPU keeps, which caches are one.
//
//   one slab, 2^order frames:   [ object . pad | object . pad | ... | object . pad | left over ]
//                                 '- size, a multiple of align -'
//
// Everything follows from the object's size, the cache's flags, the kernel and the number of its CPUs
// (`calculate_sizes`, `calculate_order`, `set_cpu_partial`, mm/slub.c; `create_boot_cache`, `kmalloc_slab`,
// mm/slab_common.c). A free object holds the pointer to the next free one in its own middle, unless somebody may still
// read it (a constructor, TYPESAFE_BY_RCU): then the pointer has a place of its own behind it. Units are bytes and
// objects. slab_debug makes places larger
// (mm/slab_debug.h). 2.6's SLAB has rules of its own (mm/slab_classic.h).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "mm/gfp.h"
#include "mm/profile.h"

namespace mmscope {

// SLAB_*: as bits of our own; the kernel's have changed with its versions.
namespace slab_flag {
inline constexpr u32 kHwcacheAlign = 1, kReclaimAccount = 2, kAccount = 4, kTypesafeByRcu = 8, kCacheDma = 16,
                     kNoMerge = 32, kPoison = 64, kRedZone = 128, kStoreUser = 256, kConsistencyChecks = 512,
                     kKmalloc = 1024;  // a general cache
inline constexpr u32 kDebug = kPoison | kRedZone | kStoreUser | kConsistencyChecks;  // SLAB_DEBUG_FLAGS
inline constexpr u32 kMergeSame = kReclaimAccount | kAccount | kCacheDma;  // SLAB_MERGE_SAME
inline constexpr u32 kNeverMerge = kTypesafeByRcu | kNoMerge | kPoison | kRedZone | kStoreUser;  // SLAB_NEVER_MERGE
}  // namespace slab_flag

// What kmem_cache_create is asked for.
struct CacheSpec {
    enum class Pointer : u8 { by_flags, inside };  // inside: where the creator says (use_freeptr_offset)

    u32 object_size = 0;
    u32 align = 0;           // a power of two; 0: the least possible
    u32 flags = 0;           // slab_flag
    bool has_ctor = false;
    bool has_usercopy = false;  // part of an object may be copied to a process: it is never merged
    Pointer pointer = Pointer::by_flags;
    u16 sheaf_capacity = 0;  // the least that a sheaf shall hold (7.2)
    bool has_sheaves = true; // false: a cache that sheaves themselves need
};

struct CacheLayout {
    u32 size = 0;              // of an object's place
    u32 align = 0;
    u32 pointer_offset = 0;    // of the free pointer, from the object's start
    u32 inuse = 0;             // the object with what stands right behind it; then a pointer of its own, and tracks
    u32 red_left_pad = 0;      // RED_ZONE: where in its place an object begins
    u32 track_bytes = 0;       // STORE_USER: who had it, and for kmalloc how much was asked for
    Order order;               // of a slab as it should be
    Order min_order;           // of one where memory is short: room for one object
    u16 objects = 0;           // in a slab of `order`
    u16 min_objects = 0;       // in one of `min_order`
    u16 min_partial = 0;       // slabs that a node keeps even if they are empty
    u16 cpu_partial = 0;       // free objects that a CPU's partial slabs are meant to hold; 7.2: 0
    u16 cpu_partial_slabs = 0; // the slabs that this comes to, each taken as half free
    u16 sheaf_capacity = 0;    // 7.2: objects in a sheaf; before: 0
    friend bool operator==(const CacheLayout&, const CacheLayout&) = default;
};

inline constexpr u32 kMostSlabObjects = 32767;  // MAX_OBJS_PER_PAGE
inline constexpr u32 kLargestObject = 4U << 20;  // KMALLOC_MAX_SIZE: kmem_cache_create refuses more
constexpr bool has_slub(const Profile& profile) { return profile.slab.kind != SlabProfile::Kind::classic; }

// The layout of a cache; `spec.object_size` is 1 .. kLargestObject, `cpus` as the machine has. The profile has SLUB.
CacheLayout calculate_sizes(const CacheSpec& spec, const Profile& profile, Arch arch, u32 cpus);

// The pages of a slab are asked for with these flags besides the caller's (kmem_cache::allocflags).
u32 slab_alloc_flags(const CacheSpec& spec, const CacheLayout& layout, const Profile& profile);

// Merging. A cache that may be merged takes in every later one that fits (`find_mergeable`): equal in what must be the
// same, no larger, and less than a pointer smaller.
bool is_mergeable(const CacheSpec& spec);
struct MergeTarget {
    u32 flags = 0;
    u32 size = 0;
};
bool may_merge_into(const MergeTarget& cache, const CacheSpec& spec, const Profile& profile, Arch arch);
// ":A-0000192": the name in /sys/kernel/slab of a cache that may be merged (`create_unique_id`).
std::string merged_cache_name(u32 flags, u32 size);

// kmalloc: thirteen sizes, each in four kinds of cache.
inline constexpr u32 kKmallocSizes[] = {8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192};
inline constexpr u32 kKmallocClasses = sizeof(kKmallocSizes) / sizeof(kKmallocSizes[0]);
inline constexpr u32 kKmallocMaxCacheSize = 8192;  // KMALLOC_MAX_CACHE_SIZE: above, whole pages
inline constexpr u32 kKmallocMaxSize = 4U << 20;   // KMALLOC_MAX_SIZE: a block of the largest order
enum class KmallocType : u8 { normal, dma, reclaim, cgroup };
inline constexpr u32 kKmallocTypes = 4;

// kmalloc_type(): which kind a mask asks for. DMA goes before RECLAIMABLE, that before ACCOUNT.
constexpr KmallocType kmalloc_type(Gfp mask) {
    if (mask.has(gfp::kDma)) return KmallocType::dma;
    if (mask.has(gfp::kReclaimable)) return KmallocType::reclaim;
    return mask.has(gfp::kAccount) ? KmallocType::cgroup : KmallocType::normal;
}
// By eighths of a size less one.
inline constexpr auto kKmallocClassOf = [] {
    std::array<u8, kKmallocMaxCacheSize / 8> classes{};
    for (u32 eighth = 0, of_class = 0; eighth < classes.size(); ++eighth) {
        if (eighth * 8 >= kKmallocSizes[of_class]) ++of_class;
        classes[eighth] = static_cast<u8>(of_class);
    }
    return classes;
}();
// The class that holds `size`, 1 .. kKmallocMaxCacheSize bytes (`kmalloc_index`).
inline u32 kmalloc_class(u32 size) { return kKmallocClassOf[(size - 1) / 8]; }
// The order of the block that a larger request gets, up to kKmallocMaxSize.
Order kmalloc_large_order(u32 size);
// ksize() of what a request for `size` bytes returns: 0 for none at all (size 0) and for one that fails.
u64 kmalloc_ksize(u64 size);
std::string kmalloc_cache_name(KmallocType type, u32 of_class);  // "kmalloc-rcl-1k"
CacheSpec kmalloc_cache_spec(KmallocType type, u32 of_class, const Profile& profile);
struct KmallocCache {
    KmallocType type = KmallocType::normal;
    u32 of_class = 0;
};
std::optional<KmallocCache> kmalloc_cache_of(std::string_view name);  // "dma-kmalloc-96"

// What a name alone says of the kernel's own caches: how it creates the one of this name, as far as /sys does not show
// it, and for the most used ones that they are aligned to cache lines. `spec` has what is known already.
void add_hidden_traits(std::string_view name, const Profile& profile, CacheSpec* spec);

}  // namespace mmscope
