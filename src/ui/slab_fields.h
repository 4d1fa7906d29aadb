// Caches, slabs and objects as named values and lines of text, ready to show. Panel, inspector and the page's own table
// take them from here, so all say the same. Sizes are bytes unless they say otherwise.
#pragma once

#include "play/slab_view.h"
#include "ui/fields.h"
#include "ui/panel_context.h"

namespace mmscope {

u64 cache_pages(const CacheView& cache);  // of its slabs
std::string byte_size(u64 bytes);         // "28 B", "1.5 KiB", "3 MiB"
// By what is most, or by name; caches that have nothing keep the order of /proc/slabinfo.
std::vector<CacheView> sorted_caches(const Machine& machine, SlabSort sort);

// "608 B an object, 26 in a slab of 4 pages".
std::string layout_sentence(const CacheView& cache);
// Of a cache that kmem_cache_destroy() left: "destroyed with 3 objects left, not in /proc/slabinfo".
std::string left_over_sentence(const CacheView& cache);
// "CPU 0", "CPU 0 partial", "partial", "full", "free".
std::string slab_place(const SlabView& slab);
// "CPU 0 array", "shared array", "CPU 0 spare sheaf"; and the same with its numbers.
std::string queue_name(const QueueView& queue, u32 nodes);
std::string queue_sentence(const QueueView& queue, u32 nodes);

// Tooltips, the headline first.
std::vector<std::string> cache_lines(const CacheView& cache);
std::vector<std::string> object_lines(const Snapshot& snapshot, const CacheView& cache, const SlabView& slab,
                                      const ObjectView& object, u32 number);

// struct kmem_cache, and an object by its physical address; empty if there is none.
std::vector<Field> cache_fields(const Snapshot& snapshot, u32 cache);
std::vector<Field> object_fields(const Snapshot& snapshot, u64 address);

}  // namespace mmscope
