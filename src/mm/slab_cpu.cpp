// A CPU's slab and its partial slabs: the ways of an allocation and of a free that the fast paths do not take
// (`___slab_alloc`, `__slab_free`, mm/slub.c).
//
// An allocation whose CPU has no free object left tries, in this order: what others have freed into the CPU's slab; the
// CPU's next partial slab; the node's first partial slab, and as many more as fill half of what the CPU may keep;
// another node's; a new slab.
#include <cassert>

#include "mm/slab.h"

namespace mmscope {

// get_freelist(): the slab's own list becomes the CPU's, and all of its objects count as used.
void SlabAllocator::use_slab(u32 number, CpuSlab& mine) {
    Slab& slab = slabs_[number];
    mine.slab = number;
    mine.first_link = slab.first_link;
    mine.address = u64{slab.pfn.value} << kPageShift;
    mine.freelist = slab.freelist;
    slab.freelist = kEndOfList;
    slab.inuse = slab.objects;
    slab.place = SlabPlace::cpu;
}

bool SlabAllocator::fill_cpu_slab(u32 cache, CpuSlab& mine, Gfp mask, SlabCaller& caller) {
    if (mine.slab != kNoSlab) {
        Slab& slab = slabs_[mine.slab];
        if (slab.freelist != kEndOfList) {
            report(TraceKind::alloc_refill, mine.slab, slab.objects - slab.inuse, caller);
            use_slab(mine.slab, mine);
            return true;
        }
        slab.place = SlabPlace::full;
        mine.slab = kNoSlab;
    }
    return take_slab(cache, mine, mask, caller);
}

bool SlabAllocator::take_slab(u32 cache, CpuSlab& mine, Gfp mask, SlabCaller& caller) {
    if (mine.partial != kNoSlab) {
        const u32 number = mine.partial;
        mine.partial = slabs_[number].next;
        report(TraceKind::cpu_partial_alloc, number, --mine.partial_slabs, caller);
        use_slab(number, mine);
        return true;
    }
    u32 number = take_node_partial(cache, caller.memory.node_of_cpu(caller.cpu), mine, caller);
    if (number == kNoSlab && nodes_ > 1 && (mask.bits & gfp::kThisnode) == 0)
        number = take_any_partial(cache, mine, mask, caller);
    if (number == kNoSlab) number = new_slab(cache, mask, caller);
    if (number == kNoSlab) return false;
    use_slab(number, mine);
    return true;
}

// get_partial_node(): the first slab is for the CPU to use; more follow it to its partial slabs, up to half of what
// those may be.
u32 SlabAllocator::take_node_partial(u32 cache, u32 node, CpuSlab& mine, SlabCaller& caller) {
    NodeSlabs& slabs = node_slabs_[cache * nodes_ + node];
    const u32 found = slabs.first;
    if (found == kNoSlab) return kNoSlab;
    remove_partial(found);
    report(TraceKind::alloc_from_partial, found, slabs.nr_partial, caller);
    const u32 most = caches_[cache].layout.cpu_partial_slabs / 2U + 1;
    for (u32 moved = 0; moved < most && slabs.first != kNoSlab; ++moved) {
        const u32 number = slabs.first;
        remove_partial(number);
        Slab& slab = slabs_[number];
        slab.place = SlabPlace::cpu_partial;
        slab.next = mine.partial;
        mine.partial = number;
        report(TraceKind::cpu_partial_node, number, ++mine.partial_slabs, caller);
    }
    return found;
}

// get_any_partial(): a slab of a distant node that has more of them than it keeps.
u32 SlabAllocator::take_any_partial(u32 cache, CpuSlab& mine, Gfp mask, SlabCaller& caller) {
    const PageAllocator& memory = caller.memory;
    const AllocRequest request = memory.request_of(mask, {0}, caller.call, caller.cpu);
    for (const u8 position : memory.zonelist(request.node, request.highest_index)) {
        const u32 node = memory.zones()[position].node;
        if (node_slabs_[cache * nodes_ + node].nr_partial <= caches_[cache].layout.min_partial) continue;
        const u32 number = take_node_partial(cache, node, mine, caller);
        if (number != kNoSlab) return number;
    }
    return kNoSlab;
}

// __slab_free(): the object goes to its slab's own list, and where that was full or becomes empty the slab moves.
void SlabAllocator::free_elsewhere(u32 number, u32 object, CpuSlab& mine, SlabCaller& caller) {
    if (caches_[slabs_[number].cache].is_debugged())
        return free_debugged(number, {view(number).address(object)}, caller);
    if (has_sheaves_) return give_to_sheaf(number, object, caller);
    Slab& slab = slabs_[number];
    links_[slab.first_link + object] = slab.freelist;
    slab.freelist = static_cast<u16>(object);
    --slab.inuse;
    if (slab.place == SlabPlace::full) return put_cpu_partial(number, mine, caller);
    if (caller.trace.is_attached()) [[unlikely]]
        report(slab.place == SlabPlace::cpu ? TraceKind::free_frozen : TraceKind::free_slowpath, number,
               slab.objects - slab.inuse, caller);
    if (slab.inuse != 0 || slab.place != SlabPlace::node_partial) return;
    if (node_of(slab).nr_partial < caches_[slab.cache].layout.min_partial) return;
    remove_partial(number);
    report(TraceKind::free_remove_partial, number, node_of(slab).nr_partial, caller);
    discard_slab(number, caller);
}

// A full slab has its first free object: the freeing CPU keeps it. If it has enough, all that it had go to their nodes.
void SlabAllocator::put_cpu_partial(u32 number, CpuSlab& mine, SlabCaller& caller) {
    Slab& slab = slabs_[number];
    CpuSlab full;  // what there is to put
    if (mine.partial != kNoSlab && mine.partial_slabs >= caches_[slab.cache].layout.cpu_partial_slabs) {
        full.partial = mine.partial;
        full.partial_slabs = mine.partial_slabs;
        mine.partial = kNoSlab;
        mine.partial_slabs = 0;
    }
    slab.place = SlabPlace::cpu_partial;
    slab.next = mine.partial;
    mine.partial = number;
    report(TraceKind::cpu_partial_free, number, ++mine.partial_slabs, caller);
    if (full.partial == kNoSlab) return;
    report(TraceKind::cpu_partial_drain, full.partial, full.partial_slabs, caller);
    put_partials(full, caller);
}

// __put_partials(): to the tails of the nodes' lists, the empty ones beyond min_partial to the page allocator.
void SlabAllocator::put_partials(CpuSlab& mine, SlabCaller& caller) {
    u32 discarded = kNoSlab;
    while (mine.partial != kNoSlab) {
        const u32 number = mine.partial;
        Slab& slab = slabs_[number];
        mine.partial = slab.next;
        if (slab.inuse == 0 && node_of(slab).nr_partial >= caches_[slab.cache].layout.min_partial) {
            slab.place = SlabPlace::full;
            slab.next = discarded;
            discarded = number;
        } else {
            add_partial(number, Place::tail, caller);
        }
    }
    mine.partial_slabs = 0;
    while (discarded != kNoSlab) {
        const u32 number = discarded;
        discarded = slabs_[number].next;
        discard_slab(number, caller);
    }
}

// deactivate_slab(): the CPU's list is put before what others have freed; a slab with free objects goes to its node,
// to the tail if others have freed into it.
void SlabAllocator::deactivate_slab(u32 cache, CpuSlab& mine, SlabCaller& caller) {
    const u32 number = mine.slab;
    Slab& slab = slabs_[number];
    const Place place = slab.freelist == kEndOfList ? Place::head : Place::tail;
    u16* last = &mine.freelist;
    for (; *last != kEndOfList; last = &links_[slab.first_link + *last]) --slab.inuse;
    *last = slab.freelist;
    slab.freelist = mine.freelist;
    mine.slab = kNoSlab;
    mine.freelist = kEndOfList;
    slab.place = SlabPlace::full;
    if (slab.inuse == 0 && node_of(slab).nr_partial >= caches_[cache].layout.min_partial)
        discard_slab(number, caller);
    else if (slab.freelist != kEndOfList)
        add_partial(number, place, caller);
}

// flush_cpu_slab(): the CPU keeps nothing.
void SlabAllocator::flush_cpu(u32 cache, u32 cpu, SlabCaller& caller) {
    CpuSlab& mine = cpu_slabs_[cache * cpus_ + cpu];
    if (mine.slab != kNoSlab) {
        report(TraceKind::cpuslab_flush, mine.slab, mine.partial_slabs, caller);
        deactivate_slab(cache, mine, caller);
    }
    put_partials(mine, caller);
}

}  // namespace mmscope
