// check() of mm/slab: lists, links, counts and frames of every slab, said as a sentence where they disagree.
#include "mm/slab.h"

namespace mmscope {

namespace {

std::string at(const char* what, const std::string& cache, u32 number) {
    return std::string(what) + " (cache " + cache + ", " + std::to_string(number) + ")";
}

}  // namespace

// One slab: its free objects are on its list and, if it is a CPU's, on the CPU's; all others are used. Its frames are
// one allocated block that slabs own, and all of them lead to it.
std::string SlabAllocator::check_slab(u32 number, const PageAllocator& memory) const {
    const Slab& slab = slabs_[number];
    const std::string& name = caches_[slab.cache].name;
    u32 listed[2] = {};
    u32 used = 0;
    u16 heads[2] = {slab.freelist, kEndOfList};
    if (slab.place == SlabPlace::cpu) {
        u32 owners = 0;
        for (u32 cpu = 0; cpu < cpus_; ++cpu) {
            const CpuSlab& cpu_slab = cpu_slabs_[slab.cache * cpus_ + cpu];
            if (cpu_slab.slab != number) continue;
            heads[1] = cpu_slab.freelist;
            ++owners;
            if (cpu_slab.first_link != slab.first_link || cpu_slab.address != u64{slab.pfn.value} << kPageShift)
                return at("a CPU remembers another slab", name, number);
        }
        if (owners != 1) return at("a CPU's slab is not one CPU's", name, number);
    }
    for (u32 list = 0; list < 2; ++list)
        for (u16 object = heads[list]; object != kEndOfList; object = link(slab, object), ++listed[list])
            if (object >= slab.objects || listed[list] > slab.objects)
                return at("a free list leaves its slab", name, number);
    for (u32 object = 0; object < slab.objects; ++object)
        used += link(slab, object) == kUsedObject || link(slab, object) == kCachedObject;
    if (used + listed[0] + listed[1] != slab.objects) return at("used and free objects are not all", name, number);
    if (slab.inuse != slab.objects - listed[0]) return at("inuse and the free list disagree", name, number);
    if (slab.place == SlabPlace::full && slab.freelist != kEndOfList)
        return at("a slab on no list has free objects", name, number);
    const BlockRef block = memory.frames().block_of(slab.pfn);
    if (block.is_free || block.head != slab.pfn || block.order.value != slab.order)
        return at("a slab is no block of the page allocator's", name, number);
    for (u32 frame = 0; frame < block.order.frames(); ++frame) {
        const Pfn pfn = slab.pfn + frame;
        if (frame_state::owner(memory.frames().state(pfn)) != Owner::slab)
            return at("a frame is not owned by slabs", name, number);
        if (pages_.find(pfn) != number) return at("a frame leads to another slab", name, number);
    }
    return {};
}

// The lists of one cache: who is on one says so, and the counts are theirs.
std::string SlabAllocator::check_lists(u32 cache) const {
    const std::string& name = caches_[cache].name;
    for (u32 node = 0; node < nodes_; ++node) {
        const NodeSlabs& slabs = node_slabs_[cache * nodes_ + node];
        u32 count = 0;
        u32 before = kNoSlab;
        for (u32 number = slabs.first; number != kNoSlab; before = number, number = slabs_[number].next, ++count) {
            const Slab& slab = slabs_[number];
            if (slab.place != SlabPlace::node_partial || slab.cache != cache || slab.node != node)
                return at("a slab is on another's partial list", name, number);
            if (slab.prev != before) return at("links of a partial list disagree", name, number);
            if (slab.freelist == kEndOfList) return at("a full slab is on a partial list", name, number);
        }
        if (count != slabs.nr_partial || slabs.last != before)
            return at("nr_partial and the list disagree", name, count);
    }
    for (u32 cpu = 0; cpu < cpus_; ++cpu) {
        const CpuSlab& mine = cpu_slabs_[cache * cpus_ + cpu];
        u32 count = 0;
        for (u32 number = mine.partial; number != kNoSlab; number = slabs_[number].next, ++count)
            if (slabs_[number].place != SlabPlace::cpu_partial || slabs_[number].cache != cache)
                return at("a slab is on another's CPU partial list", name, number);
        if (count != mine.partial_slabs) return at("a CPU's partial slabs are not as many as it says", name, count);
        if (mine.slab == kNoSlab && mine.freelist != kEndOfList) return at("a CPU has objects of no slab", name, cpu);
    }
    return {};
}

std::string SlabAllocator::check(const PageAllocator& memory) const {
    std::vector<u32> slabs(caches_.size()), used(caches_.size()), listed(caches_.size());
    for (u32 number = 0; number < slabs_.size(); ++number) {
        const Slab& slab = slabs_[number];
        if (slab.place == SlabPlace::unused) continue;
        std::string fault = check_slab(number, memory);
        if (!fault.empty()) return fault;
        ++slabs[slab.cache];
        if (slab.place == SlabPlace::cpu_partial) ++listed[slab.cache];
        for (u32 object = 0; object < slab.objects; ++object) used[slab.cache] += link(slab, object) == kUsedObject;
    }
    for (u32 cache = 0; cache < caches_.size(); ++cache) {
        std::string fault = check_lists(cache);
        if (!fault.empty()) return fault;
        const CacheCounters sum = counters({cache});
        const std::string& name = caches_[cache].name;
        if (slabs[cache] != sum.slabs) return at("slabs are not as many as their nodes say", name, slabs[cache]);
        if (listed[cache] != sum.cpu_partial_slabs) return at("a CPU partial slab is on no list", name, listed[cache]);
        if (used[cache] != sum.used) return at("used objects are not as many as the cache says", name, used[cache]);
    }
    return check_sheaves();
}

}  // namespace mmscope
