// What differs between the slab allocators of kernels, as data: the part of a Profile that mm/slab reads.
//
// Three allocators have lived behind the same calls. SLAB (2.6) kept queues of objects for each CPU; SLUB as 6.1 and
// 6.12 have it gives each CPU a slab of its own and a few partly free ones; the SLUB of 7.2 gives each CPU sheaves,
// arrays of pointers to objects. How large slabs are has changed on its own.
#pragma once

#include "base/types.h"

namespace mmscope {

struct SlabProfile {
    enum class Kind : u8 { classic, cpu_slabs, sheaves };
    // What calculate_order gives up first when a slab would waste too much of itself: the number of objects wanted
    // (until 6.5), or the limit of waste.
    enum class OrderRule : u8 { fewer_objects, more_waste };
    // To what a kmalloc object is aligned: classes of a power of two to their size, others to the least possible
    // (until 6.8); each to the largest power of two that divides its size.
    enum class KmallocAlignment : u8 { powers_of_two, largest_divisor };

    // In which order the caches of kmalloc are created at boot: by size, DMA's last (6.1); 96 and 192 bytes before the
    // powers of two, cgroup's last. /proc/slabinfo has them the other way round.
    enum class KmallocBoot : u8 { by_size, odd_sizes_first };

    Kind kind = Kind::classic;
    OrderRule order_rule = OrderRule::fewer_objects;
    KmallocAlignment kmalloc_alignment = KmallocAlignment::powers_of_two;
    KmallocBoot kmalloc_boot = KmallocBoot::by_size;
    bool is_always_compound = false;  // __GFP_COMP for slabs of one page too (6.12)
    bool has_kmalloc_redzone = false;  // slab_debug: behind what was asked for, not only behind the object (6.2)
    bool reports_all_faults = false;   // slab_debug: of an object, in one report (6.11)
    bool warns_of_bugs = false;        // slab_debug: object_err() ends in a WARN, the object is shown unmended (6.15)
    bool leaks_wrong_cache = false;    // kmem_cache_free() of another cache's object: it is kept, not given back (7)
    bool unlinks_left_over = false;    // kmem_cache_destroy() with objects left: the cache is listed no more (6.12)
    bool kfree_keeps_pages = false;    // kfree() of a page that is not kmalloc's warns and leaves it (6.16)
};

}  // namespace mmscope
