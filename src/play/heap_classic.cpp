// What a heap says and does where SLUB and the classic SLAB differ.
#include "play/heap.h"

namespace mmscope {

u32 Heap::boot_caches() const { return has_slub_ ? kKmallocClasses * kKmallocTypes : 2 * kClassicSizes; }

// The last one that was created in its place: a classic cache that is gone has lost its name.
std::string_view Heap::cache_name(CacheId cache) const {
    if (has_slub_) return slab_.cache(cache).name;
    for (std::size_t at = names_.size(); at-- != 0;)
        if (names_[at].cache == cache) return names_[at].name;
    return {};
}

Heap::Shape Heap::shape(CacheId cache) const {
    if (has_slub_) {
        const SlabCache& of = slab_.cache(cache);
        return {of.spec.object_size, of.layout.size, of.layout.objects, of.layout.order};
    }
    const ClassicCache& of = classic_.cache(cache);
    return {of.spec.object_size, of.layout.size, of.layout.objects, of.layout.order};
}

CacheId Heap::cache_of(ObjectAddress address) const {
    return has_slub_ ? slab_.cache_of(address) : classic_.cache_of(address);
}

CacheCounters Heap::counters(CacheId cache) const {
    if (has_slub_) return slab_.counters(cache);
    const ClassicCounters of = classic_.counters(cache);
    CacheCounters sum;
    sum.slabs = of.slabs;
    sum.total_objects = of.objects;
    sum.objects = of.active_objects;
    sum.used = classic_.cache(cache).used;
    return sum;
}

u64 Heap::ksize(ObjectAddress address) const {
    if (has_slub_) return kmalloc_.ksize(slab_, address);
    return address.value <= kZeroSizePtr.value ? 0 : classic_.cache(classic_.cache_of(address)).layout.size;
}

ObjectFault Heap::free_fault(ObjectAddress address) const {
    if (has_slub_) return kmalloc_.free_fault(slab_, address);
    return address.value <= kZeroSizePtr.value ? ObjectFault::none : classic_.free_fault(address);
}

u32 Heap::index_of(ObjectAddress address) const {
    const ObjectPlace place = has_slub_ ? slab_.locate(address) : classic_.locate(address);
    if (place.slab == kNoSlab) return kNoSlab;
    return has_slub_ ? slab_.index_of(place) : classic_.index_of(place);
}

// Whether some cache can be so: the kernel's create returns NULL for all others.
bool Heap::is_possible(const CreateCache& create, const PageAllocator& memory) const {
    if (create.size > kLargestObject) return false;
    if (!has_slub_)
        return classic_layout(create.spec, memory.arch(), memory.cpus(), memory.frames().frames()).objects != 0;
    const CacheSpec spec = slab_.with_debug(create.name, create.spec);
    return calculate_sizes(spec, memory.profile(), memory.arch(), memory.cpus()).order.value <= kMaxPageOrder;
}

// The SLAB of 2.6 refuses a name that is there. SLUB makes another cache, or lets it be one with the first if it may.
bool Heap::is_refused_name(std::string_view name) const { return !has_slub_ && find(name) != kMostCacheNames; }

// __kmalloc() of 2.6: the general cache of that size, and nothing above the largest.
ObjectAddress Heap::kmalloc_classic(u64 size, Gfp mask, SlabCaller& caller) {
    if (size == 0) return kZeroSizePtr;
    const CacheId cache = classic_.general_cache(size, mask);
    return cache.is_none() ? ObjectAddress{} : classic_.alloc(cache, mask, caller);
}

// krealloc: the same object as long as it is large enough.
ObjectAddress Heap::alloc_classic(const AllocObject& alloc, SlabCaller& caller) {
    if (alloc.call == PageCall::kmem_cache_alloc) return classic_.alloc(names_[alloc.cache].cache, alloc.gfp, caller);
    const ObjectAddress old{alloc.old};
    const bool has_old = old.value > kZeroSizePtr.value;
    if (has_old && alloc.size != 0 && alloc.size <= ksize(old)) return old;
    const ObjectAddress got = kmalloc_classic(alloc.size, alloc.gfp, caller);
    if (has_old && !got.is_null()) classic_.free(old, caller);
    return got;
}

// Each CPU does it every two seconds.
void Heap::reap(u64 seconds, PageAllocator& memory, Trace& trace) {
    if (has_slub_ || seconds % 2 != 0) return;
    for (u32 cpu = 0; cpu < memory.cpus(); ++cpu) {
        SlabCaller caller{memory, trace, 0, cpu};
        classic_.reap(seconds, caller);
    }
}

u64 Heap::Rest::classic_bytes() const {
    u64 sum = 0;
    for (const ClassicCache& cache : classic) {
        sum += sizeof cache + cache.shared.objects.size() * sizeof(ObjectAddress);
        for (const ArrayCache& array : cache.arrays) sum += sizeof array + array.objects.size() * sizeof(ObjectAddress);
    }
    return sum;
}

}  // namespace mmscope
