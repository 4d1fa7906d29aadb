// What can be asked of the classic SLAB without changing it: where an object lies, what a cache has, whether all fits.
#include "mm/slab_classic.h"

namespace mmscope {

namespace {

std::string at(const char* what, const std::string& cache, u32 number) {
    return std::string(what) + " (cache " + cache + ", " + std::to_string(number) + ")";
}

}  // namespace

ObjectPlace ClassicSlabAllocator::locate(ObjectAddress address) const {
    const u32 number = pages_.find(address.pfn());
    if (number == kNoSlab) return {};
    const ClassicSlab& slab = slabs_[number];
    const u64 offset = address.value - address_of(slab, 0).value;
    return {number, static_cast<u32>(offset / caches_[slab.cache].layout.size)};
}

ObjectFault ClassicSlabAllocator::free_fault(ObjectAddress address) const {
    if (address.value >> kPageShift > 0xffffffffU) return ObjectFault::not_in_a_slab;
    const u32 number = pages_.find(address.pfn());
    if (number == kNoSlab) return ObjectFault::not_in_a_slab;
    const ClassicSlab& slab = slabs_[number];
    const ClassicLayout& layout = caches_[slab.cache].layout;
    const u64 first = address_of(slab, 0).value;
    if (address.value < first || (address.value - first) % layout.size != 0) return ObjectFault::not_an_object;
    const u64 object = (address.value - first) / layout.size;
    if (object >= layout.objects) return ObjectFault::not_an_object;
    return link(slab, static_cast<u32>(object)) == kUsedObject ? ObjectFault::none : ObjectFault::already_free;
}

CacheId ClassicSlabAllocator::find(std::string_view name) const {
    for (u32 cache = 0; cache < caches_.size(); ++cache)
        if (caches_[cache].exists() && caches_[cache].name == name) return {cache};
    return {};
}

CacheId ClassicSlabAllocator::cache_of(ObjectAddress address) const {
    const u32 number = pages_.find(address.pfn());
    return number == kNoSlab ? CacheId{} : CacheId{slabs_[number].cache};
}

// s_show(): whatever is not in its slab's own chain is active.
ClassicCounters ClassicSlabAllocator::counters(CacheId cache) const {
    const ClassicCache& of = caches_[cache.value];
    const auto slabs = [&](ClassicPlace place) { return of.lists[static_cast<u32>(place) - 1].slabs; };
    ClassicCounters sum;
    sum.active_slabs = slabs(ClassicPlace::full) + slabs(ClassicPlace::partial);
    sum.slabs = sum.active_slabs + slabs(ClassicPlace::free);
    sum.objects = sum.slabs * of.layout.objects;
    sum.active_objects = sum.objects - of.free_objects;
    sum.shared_available = static_cast<u32>(of.shared.objects.size());
    return sum;
}

// One slab: free objects are on its chain, it is on the list that says how many there are, its frames are one block.
std::string ClassicSlabAllocator::check_slab(u32 number, const PageAllocator& memory) const {
    const ClassicSlab& slab = slabs_[number];
    const ClassicCache& of = caches_[slab.cache];
    const u32 objects = of.layout.objects;
    u32 listed = 0;
    for (u16 object = slab.free; object != kEndOfList; object = link(slab, object), ++listed)
        if (object >= objects || listed > objects) return at("a chain leaves its slab", of.name, number);
    if (slab.inuse + listed != objects) return at("inuse and the chain disagree", of.name, number);
    const ClassicPlace place = slab.inuse == 0         ? ClassicPlace::free
                               : slab.inuse == objects ? ClassicPlace::full
                                                       : ClassicPlace::partial;
    if (slab.place != place) return at("a slab is on the wrong list", of.name, number);
    if (slab.first_byte + objects * of.layout.size > kPageSize << of.layout.order.value)
        return at("objects stand out of their slab", of.name, number);
    const bool is_known = of.layout.is_off_slab && slab.lost_management == 0;
    if (slab.management.is_null() == is_known) return at("management is elsewhere", of.name, number);
    if (is_known && free_fault(slab.management) != ObjectFault::none)
        return at("management is no object", of.name, number);
    const BlockRef block = memory.frames().block_of(slab.pfn);
    if (block.is_free || block.head != slab.pfn || block.order != of.layout.order)
        return at("a slab is no block of the page allocator's", of.name, number);
    for (u32 frame = 0; frame < block.order.frames(); ++frame) {
        const Pfn pfn = slab.pfn + frame;
        if (frame_state::owner(memory.frames().state(pfn)) != Owner::slab)
            return at("a frame is not owned by slabs", of.name, number);
        if (pages_.find(pfn) != number) return at("a frame leads to another slab", of.name, number);
    }
    return {};
}

std::string ClassicSlabAllocator::check_lists(u32 cache) const {
    const ClassicCache& of = caches_[cache];
    for (u32 list = 0; list < kClassicLists; ++list) {
        u32 before = kNoSlab;
        u32 count = 0;
        for (u32 number = of.lists[list].first; number != kNoSlab; before = number, number = slabs_[number].next) {
            const ClassicSlab& slab = slabs_[number];
            if (slab.cache != cache || static_cast<u32>(slab.place) != list + 1 || slab.prev != before)
                return at("a slab is on another's list", of.name, number);
            ++count;
        }
        if (before != of.lists[list].last || count != of.lists[list].slabs)
            return at("a list and its count disagree", of.name, count);
    }
    return {};
}

std::string ClassicSlabAllocator::check(const PageAllocator& memory) const {
    std::vector<u32> used(caches_.size()), cached(caches_.size()), slabs(caches_.size());
    for (u32 number = 0; number < slabs_.size(); ++number) {
        const ClassicSlab& slab = slabs_[number];
        if (slab.place == ClassicPlace::unused) continue;
        std::string fault = check_slab(number, memory);
        if (!fault.empty()) return fault;
        ++slabs[slab.cache];
        for (u32 object = 0; object < caches_[slab.cache].layout.objects; ++object) {
            used[slab.cache] += link(slab, object) == kUsedObject;
            cached[slab.cache] += link(slab, object) == kCachedObject;
        }
    }
    for (u32 cache = 0; cache < caches_.size(); ++cache) {
        const ClassicCache& of = caches_[cache];
        std::string fault = check_lists(cache);
        if (!fault.empty()) return fault;
        u32 in_arrays = static_cast<u32>(of.shared.objects.size());
        if (in_arrays > of.shared.limit) return at("the shared array is too full", of.name, in_arrays);
        for (const ArrayCache& array : of.arrays) {
            if (array.objects.size() > array.limit) return at("an array is too full", of.name, array.limit);
            in_arrays += static_cast<u32>(array.objects.size());
        }
        const ClassicCounters sum = counters({cache});
        if (in_arrays != cached[cache]) return at("objects of arrays are not marked so", of.name, in_arrays);
        if (of.used != used[cache]) return at("used objects are not as many as the cache says", of.name, of.used);
        if (sum.slabs != slabs[cache]) return at("a slab is on no list", of.name, sum.slabs);
        if (sum.active_objects != of.used + in_arrays) return at("free_objects is wrong", of.name, of.free_objects);
    }
    return {};
}

u64 ClassicSlabAllocator::bytes() const {
    u64 sum = sizeof(*this) + pages_.bytes() + slabs_.size() * sizeof(ClassicSlab) + links_.size() * sizeof(u16);
    for (const ClassicCache& of : caches_) {
        sum += sizeof(ClassicCache) + of.arrays.size() * sizeof(ArrayCache);
        sum += of.shared.objects.capacity() * sizeof(ObjectAddress);
        for (const ArrayCache& array : of.arrays) sum += array.objects.capacity() * sizeof(ObjectAddress);
    }
    return sum;
}

}  // namespace mmscope
