// Caches and slabs of a machine that ran before it is known: their counts are somebody's, the places of the free objects
// are drawn by the seed.
#include <cassert>
#include <utility>

#include "mm/slab.h"

namespace mmscope {

CacheId SlabAllocator::adopt(std::string_view name, const CacheSpec& spec, const CacheLayout& layout) {
    const CacheId same = find(name);
    const bool is_taken_over = !same.is_none() && (caches_[same.value].spec.flags & slab_flag::kKmalloc) != 0 &&
                               counters(same).slabs == 0;
    if (is_taken_over) return set_layout(caches_[same.value], layout), same;
    SlabCache cache;
    cache.name = name;
    cache.spec = spec;
    set_layout(cache, layout);
    const u32 at = cache_place(layout.objects);
    cache.spare = caches_[at].spare;
    caches_[at] = std::move(cache);
    return {at};
}

// All of a new slab's objects are free: which ones stay so is drawn one after another.
void SlabAllocator::keep_free(Slab& slab, u32 free) {
    u16* const link = links_.data() + slab.first_link;
    u16* before = &slab.freelist;
    u32 left = slab.objects;
    for (u16 object = slab.freelist; object != kEndOfList; --left) {
        const u16 next = link[object];
        if (prng_.below(left) < free) {
            *before = object;
            before = link + object;
            --free;
        } else {
            link[object] = kUsedObject;
            ++slab.inuse;
        }
        object = next;
    }
    *before = kEndOfList;
}

void SlabAllocator::adopt_slab(CacheId cache, Pfn pfn, Order order, u32 free, PageAllocator& memory) {
    const u32 number = begin_slab(cache.value, pfn, order, memory);
    Slab& slab = slabs_[number];
    assert(free <= slab.objects);
    keep_free(slab, free);
    caches_[cache.value].used += slab.inuse;
    Trace nobody;
    SlabCaller caller{memory, nobody};
    if (free != 0) add_partial(number, Place::tail, caller);
}

}  // namespace mmscope
