// What kmalloc keeps of objects that are older than it.
#include "mm/kmalloc.h"

namespace mmscope {

void Kmalloc::count_adopted(const SlabAllocator& slab) {
    requested_.resize(slab.index_end() + slab.index_end() / 2);
    for (const Slab& one : slab.slabs()) {
        if (one.place == SlabPlace::unused || one.cache >= requested_sums_.size()) continue;
        const u32 size = kKmallocSizes[one.cache % kKmallocClasses];
        for (u32 object = 0; object < one.objects; ++object) {
            if (slab.link(one, object) != kUsedObject) continue;
            requested_[one.first_link + object] = static_cast<u16>(size);
            requested_sum({one.cache}) += size;
        }
    }
}

}  // namespace mmscope
