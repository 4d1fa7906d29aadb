// The caches of an imported slabinfo become a heap's own.
#include <algorithm>

#include "play/heap.h"
#include "play/imported_slabs.h"

namespace mmscope {

void Heap::adopt(const std::vector<ImportedCache>& caches, u64 seed, PageAllocator& memory) {
    Prng prng(seed);
    std::vector<NamedCache> kmallocs = std::move(names_);
    names_.clear();
    for (std::size_t at = caches.size(); at-- != 0;) {
        const ImportedCache& cache = caches[at];
        const CacheId id = slab_.adopt(cache.name, cache.spec, cache.layout);
        const std::vector<u32> free = free_by_slab(cache, prng);
        for (u32 slab = 0; slab < cache.blocks.size(); ++slab)
            slab_.adopt_slab(id, cache.blocks[slab], cache.order_of(slab), free[slab], memory);
        names_.push_back({cache.name, id, cache.spec.object_size, 0, 0, {}, true, false});
        std::erase_if(kmallocs, [id](const NamedCache& name) { return name.cache == id; });
    }
    for (NamedCache& name : kmallocs) name.is_missing = true;
    names_.insert(names_.begin(), kmallocs.begin(), kmallocs.end());
    kmalloc_.count_adopted(slab_);
}

}  // namespace mmscope
