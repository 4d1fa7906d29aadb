// The caches of an imported slabinfo become a heap's own.
#include <algorithm>

#include "play/heap.h"
#include "play/imported_classic.h"
#include "play/imported_slabs.h"

namespace mmscope {

CacheId Heap::adopt_slub(const ImportedCache& cache, Prng& prng, PageAllocator& memory) {
    const CacheId id = slab_.adopt(cache.name, cache.spec, cache.layout);
    const std::vector<u32> free = free_by_slab(cache, prng);
    for (u32 slab = 0; slab < cache.blocks.size(); ++slab)
        slab_.adopt_slab(id, cache.blocks[slab], cache.order_of(slab), free[slab], memory);
    return id;
}

CacheId Heap::adopt_classic(const ImportedCache& cache, Prng& prng) {
    const CacheId id = classic_.adopt(cache.name, cache.spec, *cache.classic);
    const std::vector<u32> free = classic_free_by_slab(cache, prng);
    for (u32 slab = 0; slab < cache.blocks.size(); ++slab) classic_.adopt_slab(id, cache.blocks[slab], free[slab], prng);
    classic_.adopt_shared(id, cache.shared_available, prng);
    return id;
}

void Heap::adopt(const std::vector<ImportedCache>& caches, u64 seed, PageAllocator& memory) {
    Prng prng(seed);
    std::vector<NamedCache> kmallocs = std::move(names_);
    names_.clear();
    for (std::size_t at = caches.size(); at-- != 0;) {
        const ImportedCache& cache = caches[at];
        const CacheId id = has_slub_ ? adopt_slub(cache, prng, memory) : adopt_classic(cache, prng);
        names_.push_back({cache.name, id, cache.spec.object_size, 0, 0, {}, true, false});
        std::erase_if(kmallocs, [id](const NamedCache& name) { return name.cache == id; });
    }
    for (NamedCache& name : kmallocs) name.is_missing = true;
    names_.insert(names_.begin(), kmallocs.begin(), kmallocs.end());
    if (has_slub_)
        kmalloc_.count_adopted(slab_);
    else
        classic_.adopt_management();
}

}  // namespace mmscope
