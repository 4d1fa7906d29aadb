// 7.2's ways of an allocation and of a free: through the CPU's sheaves, its node's barn, and at last the slabs
// (`alloc_from_pcs`, `__pcs_replace_empty_main`, `refill_objects`, `free_to_pcs`, `__pcs_replace_full_main`,
// mm/slub.c).
//
// A slab is on its node's partial list or, with no free object of its own, on none. Objects in sheaves are out of their
// slabs: link kCachedObject.
#include <algorithm>
#include <utility>

#include "mm/context.h"
#include "mm/slab.h"

namespace mmscope {

namespace {
constexpr u32 kAnyZone = 0xff;
}

// A CPU's first use of a cache gives it an empty sheaf, where the kernel does so for all CPUs at once.
CpuSheaves& SlabAllocator::sheaves_of(u32 cache, u32 cpu) {
    CpuSheaves& mine = cpu_sheaves_[cache * cpus_ + cpu];
    if (mine.main == kNoSheaf) mine.main = sheaves_.take(caches_[cache].layout.sheaf_capacity);
    return mine;
}

ObjectAddress SlabAllocator::take_from_sheaf(u32 cache, Gfp mask, SlabCaller& caller, u32* index) {
    const bool uses_sheaves = caches_[cache].layout.sheaf_capacity != 0;
    CpuSheaves& mine = sheaves_of(cache, caller.cpu);
    const bool has_objects =
        uses_sheaves && (sheaves_.size(mine.main) != 0 || replace_empty_main(cache, mine, mask, caller));
    ObjectAddress address;
    if (has_objects) {
        address = {sheaves_.pop(mine.main)};
    } else {  // who may not sleep gets one object from a slab, and so does whoever could not fill a sheaf
        u64 one = 0;
        if (take_objects(cache, mask, 1, &one, caller) == 0) return {};
        address = {one};
    }
    *index = index_of(locate(address));
    links_[*index] = kUsedObject;
    ++caches_[cache].used;
    return address;
}

// __pcs_replace_empty_main(): the spare sheaf if it has objects, else a full one of the barn, else one is filled.
bool SlabAllocator::replace_empty_main(u32 cache, CpuSheaves& mine, Gfp mask, SlabCaller& caller) {
    if (mine.spare != kNoSheaf && sheaves_.size(mine.spare) != 0) {
        std::swap(mine.main, mine.spare);
        report_sheaf(TraceKind::sheaf_swap, cache, mine.main, caller);
        return true;
    }
    Barn& barn = barns_[cache * nodes_ + caller.memory.node_of_cpu(caller.cpu)];
    if (barn.nr_full != 0) {
        barn.empty[barn.nr_empty++] = mine.main;
        mine.main = barn.full[--barn.nr_full];
        report_sheaf(TraceKind::barn_get, cache, mine.main, caller);
        return true;
    }
    if (!may_sleep(mask)) return false;
    u32 sheaf = std::exchange(mine.spare, kNoSheaf);
    if (sheaf == kNoSheaf && barn.nr_empty != 0) sheaf = barn.empty[--barn.nr_empty];
    if (sheaf == kNoSheaf) sheaf = sheaves_.take(caches_[cache].layout.sheaf_capacity);
    if (!refill_sheaf(cache, sheaf, mask, caller)) {
        flush_sheaf(cache, sheaf, caller);
        sheaves_.release(sheaf);
        return false;
    }
    mine.spare = mine.main;
    mine.main = sheaf;
    return true;
}

bool SlabAllocator::refill_sheaf(u32 cache, u32 sheaf, Gfp mask, SlabCaller& caller) {
    const u32 wanted = caches_[cache].layout.sheaf_capacity - sheaves_.size(sheaf);
    std::vector<u64> objects(wanted);
    const u32 got = take_objects(cache, mask, wanted, objects.data(), caller);
    for (u32 at = 0; at < got; ++at) {
        link_of({objects[at]}) = kCachedObject;
        sheaves_.push(sheaf, objects[at]);
    }
    report_sheaf(TraceKind::sheaf_refill, cache, sheaf, caller);
    return got == wanted;
}

// refill_objects(): from the node's partial slabs, then from other nodes that have more than they keep, then from new
// slabs.
u32 SlabAllocator::take_objects(u32 cache, Gfp mask, u32 wanted, u64* objects, SlabCaller& caller) {
    const PageAllocator& memory = caller.memory;
    const u32 own = memory.node_of_cpu(caller.cpu);
    const Place rest = wanted == 1 ? Place::head : Place::tail;
    u32 got = take_partial_objects(cache, own, wanted, objects, rest, caller);
    if (got < wanted && nodes_ > 1 && !mask.has(gfp::kThisnode)) {
        const AllocRequest request = memory.request_of(mask, {0}, caller.call, caller.cpu);
        for (const u8 position : memory.zonelist(request.node, request.highest_index)) {
            const u32 node = memory.zones()[position].node;
            if (got == wanted) break;
            if (node_slabs_[cache * nodes_ + node].nr_partial > caches_[cache].layout.min_partial)
                got += take_partial_objects(cache, node, wanted - got, objects + got, rest, caller);
        }
    }
    while (got < wanted) {
        const u32 number = new_slab(cache, mask, caller);
        if (number == kNoSlab) break;
        got += take_slab_objects(number, wanted - got, objects + got);
        if (slabs_[number].freelist != kEndOfList) add_partial(number, Place::head, caller);
    }
    return got;
}

// What a refill leaves of a slab is put to the tail; a slab that gives one object stays where it is.
u32 SlabAllocator::take_partial_objects(u32 cache, u32 node, u32 wanted, u64* objects, Place rest, SlabCaller& caller) {
    const NodeSlabs& slabs = node_slabs_[cache * nodes_ + node];
    u32 got = 0;
    while (got < wanted && slabs.first != kNoSlab) {
        const u32 number = slabs.first;
        remove_partial(number);
        report(TraceKind::alloc_from_partial, number, slabs.nr_partial, caller);
        got += take_slab_objects(number, wanted - got, objects + got);
        if (slabs_[number].freelist != kEndOfList) add_partial(number, rest, caller);
    }
    return got;
}

// From the head of the slab's own list.
u32 SlabAllocator::take_slab_objects(u32 number, u32 wanted, u64* objects) {
    Slab& slab = slabs_[number];
    const u64 address = u64{slab.pfn.value} << kPageShift;
    u32 got = 0;
    for (; got < wanted && slab.freelist != kEndOfList; ++got) {
        u16& link = links_[slab.first_link + slab.freelist];
        objects[got] = address + u64{slab.freelist} * caches_[slab.cache].layout.size;
        slab.freelist = std::exchange(link, kUsedObject);
        ++slab.inuse;
    }
    return got;
}

// free_to_pcs(), for objects of the CPU's own node; others go straight to their slabs.
void SlabAllocator::give_to_sheaf(u32 number, u32 object, SlabCaller& caller) {
    const Slab& slab = slabs_[number];
    const bool uses_sheaves = caches_[slab.cache].layout.sheaf_capacity != 0;
    if (!uses_sheaves || slab.node != caller.memory.node_of_cpu(caller.cpu))
        return free_to_slab(number, object, caller);
    CpuSheaves& mine = sheaves_of(slab.cache, caller.cpu);
    if (sheaves_.is_full(mine.main)) replace_full_main(slab.cache, mine, caller);
    links_[slab.first_link + object] = kCachedObject;
    sheaves_.push(mine.main, (u64{slab.pfn.value} << kPageShift) + u64{object} * caches_[slab.cache].layout.size);
}

// __pcs_replace_full_main(): the spare sheaf if it has room, else an empty one, for which the full one goes to the
// barn; a barn that has enough full ones sends the spare's objects back to their slabs.
void SlabAllocator::replace_full_main(u32 cache, CpuSheaves& mine, SlabCaller& caller) {
    Barn& barn = barns_[cache * nodes_ + caller.memory.node_of_cpu(caller.cpu)];
    const u32 capacity = caches_[cache].layout.sheaf_capacity;
    if (mine.spare != kNoSheaf && !sheaves_.is_full(mine.spare)) {
        std::swap(mine.main, mine.spare);
        return report_sheaf(TraceKind::sheaf_swap, cache, mine.main, caller);
    }
    if (mine.spare == kNoSheaf) {
        mine.spare = mine.main;
        mine.main = barn.nr_empty != 0 ? barn.empty[--barn.nr_empty] : sheaves_.take(capacity);
        return report_sheaf(TraceKind::sheaf_swap, cache, mine.main, caller);
    }
    if (barn.nr_full == kMostFullSheaves) {
        flush_sheaf(cache, mine.spare, caller);
        return std::swap(mine.main, mine.spare);
    }
    report_sheaf(TraceKind::barn_put, cache, mine.main, caller);
    barn.full[barn.nr_full++] = mine.main;
    mine.main = barn.nr_empty != 0 ? barn.empty[--barn.nr_empty] : sheaves_.take(capacity);
}

// sheaf_flush_unused(): the last object first.
void SlabAllocator::flush_sheaf(u32 cache, u32 sheaf, SlabCaller& caller) {
    if (sheaves_.size(sheaf) == 0) return;
    report_sheaf(TraceKind::sheaf_flush, cache, sheaf, caller);
    while (sheaves_.size(sheaf) != 0) {
        const ObjectAddress address{sheaves_.pop(sheaf)};
        const ObjectPlace place = locate(address);
        free_to_slab(place.slab, place.object, caller);
    }
}

// __slab_free() without CPU slabs: a slab with its first free object goes to its node's list, an empty one back to the
// page allocator if the node has enough.
void SlabAllocator::free_to_slab(u32 number, u32 object, SlabCaller& caller) {
    Slab& slab = slabs_[number];
    const bool was_full = slab.freelist == kEndOfList;
    links_[slab.first_link + object] = slab.freelist;
    slab.freelist = static_cast<u16>(object);
    --slab.inuse;
    report(TraceKind::free_slowpath, number, slab.objects - slab.inuse, caller);
    if (slab.inuse == 0 && node_of(slab).nr_partial >= caches_[slab.cache].layout.min_partial) {
        if (!was_full) {
            remove_partial(number);
            report(TraceKind::free_remove_partial, number, node_of(slab).nr_partial, caller);
        }
        return discard_slab(number, caller);
    }
    if (was_full) add_partial(number, Place::tail, caller);
}

void SlabAllocator::flush_sheaves(u32 cache, u32 cpu, SlabCaller& caller) {
    CpuSheaves& mine = cpu_sheaves_[cache * cpus_ + cpu];
    for (u32* sheaf : {&mine.spare, &mine.main}) {
        if (*sheaf == kNoSheaf) continue;
        flush_sheaf(cache, *sheaf, caller);
        sheaves_.release(std::exchange(*sheaf, kNoSheaf));
    }
}

// barn_shrink()
void SlabAllocator::empty_barn(u32 cache, u32 node, SlabCaller& caller) {
    Barn& barn = barns_[cache * nodes_ + node];
    while (barn.nr_full != 0) {
        const u32 sheaf = barn.full[--barn.nr_full];
        flush_sheaf(cache, sheaf, caller);
        sheaves_.release(sheaf);
    }
    while (barn.nr_empty != 0) sheaves_.release(barn.empty[--barn.nr_empty]);
}

// An event about a sheaf names the slab of the object that it would give next.
void SlabAllocator::report_sheaf(TraceKind kind, u32 cache, u32 sheaf, SlabCaller& caller) const {
    if (!caller.trace.is_attached()) return;
    const u32 size = sheaves_.size(sheaf);
    const Pfn pfn = size == 0 ? kNoPfn : ObjectAddress{sheaves_.object(sheaf, size - 1)}.pfn();
    const u32 zone = size == 0 ? kAnyZone : caller.memory.zone_of(pfn)->position;
    caller.trace.emit(kind, zone, 0, 0, pfn.value, size, cache);
}

std::string SlabAllocator::check_sheaves() const {
    std::vector<u32> seen(links_.size());
    u32 cached = 0;
    const auto look = [&](u32 cache, u32 sheaf) {
        for (u32 at = 0; sheaf != kNoSheaf && at < sheaves_.size(sheaf); ++at, ++cached) {
            const ObjectAddress address{sheaves_.object(sheaf, at)};
            const ObjectPlace place = locate(address);
            if (place.slab == kNoSlab || slabs_[place.slab].cache != cache) return false;
            if (links_[index_of(place)] != kCachedObject || seen[index_of(place)]++ != 0) return false;
        }
        return true;
    };
    bool is_good = true;
    for (u32 at = 0; at < cpu_sheaves_.size(); ++at)
        is_good = is_good && look(at / cpus_, cpu_sheaves_[at].main) && look(at / cpus_, cpu_sheaves_[at].spare);
    for (u32 at = 0; at < barns_.size(); ++at) {
        const Barn& barn = barns_[at];
        for (u32 one = 0; one < barn.nr_full; ++one)
            is_good = is_good && sheaves_.is_full(barn.full[one]) && look(at / nodes_, barn.full[one]);
        for (u32 one = 0; one < barn.nr_empty; ++one) is_good = is_good && sheaves_.size(barn.empty[one]) == 0;
    }
    if (!is_good) return "a sheaf holds what it should not";
    const u32 linked = static_cast<u32>(std::count(links_.begin(), links_.end(), kCachedObject));
    return linked == cached ? "" : "objects are out of their slabs and in no sheaf";
}

}  // namespace mmscope
