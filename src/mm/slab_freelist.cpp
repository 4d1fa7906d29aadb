#include "mm/slab_freelist.h"

#include "mm/slab.h"

namespace mmscope {

std::optional<u64> SlabAllocator::stored_freepointer(ObjectPlace place) const {
    const CheckedSlab slab = view(place.slab);
    const u16 next = slab.links[place.object];
    if (next == kUsedObject || next == kCachedObject) return std::nullopt;
    if (slab.cache.is_debugged()) return debug_.stored_word(slab, place.object);
    const u64 slot = slab.address(place.object) + slab.cache.layout.pointer_offset;
    return encode_freepointer(slab.cache, slot, next == kEndOfList ? 0 : slab.address(next), arch_);
}

SlabAllocator::FreeTo SlabAllocator::free_to(ObjectPlace place, u32 cpu, const PageAllocator& memory) const {
    const Slab& slab = slabs_[place.slab];
    const bool is_for_sheaf = caches_[slab.cache].layout.sheaf_capacity != 0 && slab.node == memory.node_of_cpu(cpu);
    if (is_for_sheaf) return FreeTo::sheaf;
    const CpuSlab& mine = cpu_slab({slab.cache}, cpu);
    const u16 head = mine.slab == place.slab ? mine.freelist : slab.freelist;
    return head == place.object ? FreeTo::list_head : FreeTo::list;
}

}  // namespace mmscope
