// Classic caches and slabs of a machine that ran before it is known: their counts are somebody's, the places of the
// free objects are drawn.
#include <cassert>

#include "mm/slab_classic.h"

namespace mmscope {

CacheId ClassicSlabAllocator::adopt(std::string_view name, const CacheSpec& spec, const ClassicLayout& layout) {
    const CacheId same = find(name);
    const bool is_taken_over =
        !same.is_none() && (spec.flags & slab_flag::kKmalloc) != 0 && counters(same).slabs == 0;
    if (!is_taken_over) return add(new_cache(name, spec, layout));
    caches_[same.value] = new_cache(name, spec, layout);
    return same;
}

// Selection: of the objects that are still to come so many must be free.
void ClassicSlabAllocator::adopt_slab(CacheId cache, Pfn pfn, u32 free, Prng& prng) {
    ClassicCache& of = caches_[cache.value];
    const u32 number = begin_slab(cache.value, pfn, next_colour(cache.value));
    ClassicSlab& slab = slabs_[number];
    const u32 objects = of.layout.objects;
    assert(free <= objects);
    slab.lost_management = of.layout.is_off_slab ? 1 : 0;
    slab.inuse = static_cast<u16>(objects - free);
    of.used += slab.inuse;
    of.free_objects += free;
    u16* before = &slab.free;
    for (u32 object = 0; object < objects; ++object) {
        if (prng.below(objects - object) >= free) continue;
        *before = static_cast<u16>(object);
        before = &links_[slab.first_link + object];
        --free;
    }
    *before = kEndOfList;
    const ClassicPlace place = slab.free == kEndOfList ? ClassicPlace::full
                               : slab.inuse == 0       ? ClassicPlace::free
                                                       : ClassicPlace::partial;
    move(number, place, End::tail);
}

void ClassicSlabAllocator::adopt_shared(CacheId cache, u32 count, Prng& prng) {
    ClassicCache& of = caches_[cache.value];
    assert(count <= of.used && count <= of.shared.limit);
    u32 left = of.used;
    of.used -= count;
    for (const ClassicSlab& slab : slabs_) {
        if (slab.place == ClassicPlace::unused || slab.cache != cache.value) continue;
        for (u32 object = 0; object < of.layout.objects && count != 0; ++object) {
            u16& link = links_[slab.first_link + object];
            if (link != kUsedObject || prng.below(left--) >= count) continue;
            link = kCachedObject;
            of.shared.objects.push_back(address_of(slab, object));
            --count;
        }
    }
}

// The next object of a cache that somebody has, from a place on; behind the last slab if there is none.
ObjectPlace ClassicSlabAllocator::next_used(u32 cache, ObjectPlace from) const {
    for (; from.slab < slabs_.size(); from = {from.slab + 1, 0}) {
        const ClassicSlab& slab = slabs_[from.slab];
        if (slab.place == ClassicPlace::unused || slab.cache != cache) continue;
        for (; from.object < caches_[cache].layout.objects; ++from.object)
            if (link(slab, from.object) == kUsedObject) return from;
    }
    return from;
}

// Each slab takes the next used object of its general cache.
void ClassicSlabAllocator::adopt_management() {
    std::vector<ObjectPlace> next(caches_.size(), ObjectPlace{0, 0});
    for (ClassicSlab& slab : slabs_) {
        if (slab.lost_management == 0) continue;
        const u32 general = caches_[slab.cache].management_cache.value;
        ObjectPlace& found = next[general] = next_used(general, next[general]);
        if (found.slab == slabs_.size()) continue;
        slab.management = address_of(slabs_[found.slab], found.object++);
        slab.lost_management = 0;
    }
}

}  // namespace mmscope
