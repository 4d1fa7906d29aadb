#include "play/slab_view.h"

#include <algorithm>

#include "play/slab_view_classic.h"

namespace mmscope {

namespace {

bool is_kmallocs(CacheId cache) { return cache.value < kKmallocClasses * kKmallocTypes; }

// Only where a CPU has a slab, or sheaves hold objects, is some object neither free nor used.
u32 used_objects(const SlabAllocator& slabs, const Slab& slab) {
    const bool has_others = slab.place == SlabPlace::cpu || slabs.cache({slab.cache}).layout.sheaf_capacity != 0;
    if (!has_others) return slab.inuse;
    u32 used = 0;
    for (u32 object = 0; object < slab.objects; ++object) used += slabs.link(slab, object) == kUsedObject ? 1 : 0;
    return used;
}

SlabList list_of(SlabPlace place) {
    switch (place) {
        case SlabPlace::cpu: return SlabList::cpu;
        case SlabPlace::cpu_partial: return SlabList::cpu_partial;
        case SlabPlace::node_partial: return SlabList::partial;
        default: return SlabList::full;
    }
}

SlabView view_of(const SlabAllocator& slabs, u32 number, u32 cpu) {
    const Slab& slab = slabs.slabs()[number];
    SlabView view{number, slab.pfn, {slab.order}, list_of(slab.place), cpu, slab.node};
    view.objects = slab.objects;
    view.inuse = slab.inuse;
    view.used = used_objects(slabs, slab);
    return view;
}

u64 lost_inside(const Heap& heap, const CacheView& view) {
    const SlabAllocator& slabs = heap.slab();
    if (!view.is_kmallocs) return u64{view.counters.used} * (view.layout.size - view.object_size);
    const u32 at = view.cache.value;
    const KmallocUse use =
        heap.kmalloc().use_of(slabs, static_cast<KmallocType>(at / kKmallocClasses), at % kKmallocClasses);
    return use.given - use.requested;
}

// Counts that hang on each slab.
void add_slabs(const Heap& heap, std::vector<CacheView>* views) {
    std::vector<CacheView*> by_cache(heap.slab().caches().size());
    for (CacheView& view : *views) by_cache[view.cache.value] = &view;
    for (const Slab& slab : heap.slab().slabs()) {
        if (slab.place == SlabPlace::unused) continue;
        CacheView& view = *by_cache[slab.cache];
        if (slab.place == SlabPlace::full) ++view.full_slabs;
        view.lost_padding += (u64{kPageSize} << slab.order) - u64{slab.objects} * view.layout.size;
        for (u32 object = 0; view.layout.sheaf_capacity != 0 && object < slab.objects; ++object)
            view.sheaf_objects += heap.slab().link(slab, object) == kCachedObject ? 1 : 0;
    }
}

// The CPU that has a slab, by its lists; kNoCpu if none has.
u32 cpu_of(const Machine& machine, u32 number) {
    const SlabAllocator& slabs = machine.heap().slab();
    const Slab& slab = slabs.slabs()[number];
    if (slab.place != SlabPlace::cpu && slab.place != SlabPlace::cpu_partial) return kNoCpu;
    for (u32 cpu = 0; cpu < machine.memory().cpus(); ++cpu) {
        const CpuSlab& mine = slabs.cpu_slab({slab.cache}, cpu);
        if (mine.slab == number) return cpu;
        for (u32 at = mine.partial; at != kNoSlab; at = slabs.slabs()[at].next)
            if (at == number) return cpu;
    }
    return kNoCpu;
}

}  // namespace

std::vector<u32> caches_newest_first(const Heap& heap) {
    if (!heap.has_slub()) return classic_caches_newest_first(heap);
    std::vector<u32> numbers;
    std::vector<u8> is_listed(heap.slab().caches().size());
    for (u32 number = static_cast<u32>(heap.names().size()); number-- > 0;) {
        const NamedCache& name = heap.names()[number];
        const SlabCache& cache = heap.slab().cache(name.cache);
        if (!cache.exists() || cache.name != name.name || is_listed[name.cache.value] != 0) continue;
        if (name.is_missing && heap.slab().counters(name.cache).slabs == 0) continue;
        is_listed[name.cache.value] = 1;
        numbers.push_back(number);
    }
    return numbers;
}

std::vector<CacheView> cache_views(const Machine& machine) {
    const Heap& heap = machine.heap();
    if (!heap.has_slub()) return classic_cache_views(machine);
    std::vector<CacheView> views;
    for (const u32 number : caches_newest_first(heap)) {
        const SlabCache& cache = heap.slab().cache(heap.names()[number].cache);
        CacheView view;
        view.cache = heap.names()[number].cache;
        view.name = cache.name;
        view.object_size = cache.spec.object_size;
        view.layout = cache.layout;
        view.counters = heap.slab().counters(view.cache);
        if (cache.is_hardened) view.random = cache.random;
        view.is_reclaimable = (cache.spec.flags & slab_flag::kReclaimAccount) != 0;
        view.is_kmallocs = is_kmallocs(view.cache);
        view.is_imported = heap.names()[number].is_imported;
        view.flags = cache.spec.flags;
        view.is_poisoned = SlabDebug::is_poisoned(cache);
        view.is_left_over = cache.is_left_over();
        view.is_unlinked = cache.is_unlinked;
        view.lost_inside = lost_inside(heap, view);
        for (const NamedCache& other : heap.names())
            if (other.exists() && other.cache == view.cache && other.name != view.name)
                view.aliases.push_back(other.name);
        views.push_back(std::move(view));
    }
    add_slabs(heap, &views);
    return views;
}

std::vector<QueueView> queue_views(const Machine& machine, CacheId cache) {
    if (!machine.heap().has_slub()) return classic_queue_views(machine, cache);
    using Kind = QueueView::Kind;
    const SlabAllocator& slabs = machine.heap().slab();
    const u32 capacity = slabs.cache(cache).layout.sheaf_capacity;
    std::vector<QueueView> views;
    if (capacity == 0) return views;
    for (u32 cpu = 0; cpu < machine.memory().cpus(); ++cpu) {
        const CpuSheaves& mine = slabs.cpu_sheaves(cache, cpu);
        const u32 node = machine.memory().node_of_cpu(cpu);
        for (const auto& [kind, sheaf] : {std::pair(Kind::main_sheaf, mine.main), std::pair(Kind::spare_sheaf, mine.spare)})
            if (sheaf != kNoSheaf) views.push_back({kind, cpu, node, slabs.sheaves().size(sheaf), capacity, 0});
    }
    for (u32 node = 0; node < machine.memory().nodes(); ++node) {
        const Barn& barn = slabs.barn(cache, node);
        if (barn.nr_full == 0 && barn.nr_empty == 0) continue;
        views.push_back({Kind::full_sheaves, kNoCpu, node, barn.nr_full, kMostFullSheaves, 0});
        views.push_back({Kind::empty_sheaves, kNoCpu, node, barn.nr_empty, kMostFullSheaves, 0});
    }
    return views;
}

std::vector<SlabView> slab_views(const Machine& machine, CacheId cache) {
    if (!machine.heap().has_slub()) return classic_slab_views(machine, cache);
    const SlabAllocator& slabs = machine.heap().slab();
    std::vector<SlabView> views;
    const auto add_list = [&](u32 number, u32 cpu) {
        for (; number != kNoSlab; number = slabs.slabs()[number].next) views.push_back(view_of(slabs, number, cpu));
    };
    for (u32 cpu = 0; cpu < machine.memory().cpus(); ++cpu) {
        const CpuSlab& mine = slabs.cpu_slab(cache, cpu);
        if (mine.slab != kNoSlab) views.push_back(view_of(slabs, mine.slab, cpu));
        add_list(mine.partial, cpu);
    }
    for (u32 node = 0; node < machine.memory().nodes(); ++node) add_list(slabs.node_slabs(cache, node).first, kNoCpu);
    for (u32 number = 0; number < slabs.slabs().size(); ++number) {
        const Slab& slab = slabs.slabs()[number];
        if (slab.place == SlabPlace::full && slab.cache == cache.value) views.push_back(view_of(slabs, number, kNoCpu));
    }
    return views;
}

std::vector<ObjectView> object_views(const Machine& machine, u32 number) {
    using State = ObjectView::State;
    const Heap& heap = machine.heap();
    if (!heap.has_slub()) return classic_object_views(machine, number);
    const SlabAllocator& slabs = heap.slab();
    const Slab& slab = slabs.slabs()[number];
    const SlabCache& cache = slabs.cache({slab.cache});
    const CacheLayout& layout = cache.layout;
    std::vector<ObjectView> views(slab.objects);
    const State free = slab.place == SlabPlace::cpu           ? State::remotely_freed
                       : SlabDebug::is_poisoned(cache) ? State::poisoned
                                                       : State::free;
    for (u32 object = 0; object < slab.objects; ++object) {
        ObjectView& view = views[object];
        view.address = (u64{slab.pfn.value} << kPageShift) + u64{object} * layout.size + layout.red_left_pad;
        const u16 link = slabs.link(slab, object);
        view.state = link == kUsedObject ? State::used : link == kCachedObject ? State::in_sheaf : free;
        if (view.state == free) view.next = link;
        if (view.state != State::used) continue;
        view.call = heap.owner_of({view.address});
        view.requested = static_cast<u32>(heap.kmalloc().requested(slabs, {view.address}));
    }
    if (slab.place != SlabPlace::cpu) return views;
    const u32 cpu = cpu_of(machine, number);
    for (u16 at = slabs.cpu_slab({slab.cache}, cpu).freelist; at != kEndOfList; at = slabs.link(slab, at))
        views[at].state = State::cpu_free;
    return views;
}

std::vector<PlacePart> place_parts(const Machine& machine, u32 slab, u32 object) {
    if (!machine.heap().has_slub()) return {};
    const SlabAllocator& slabs = machine.heap().slab();
    const bool is_debugged = slabs.cache({slabs.slabs()[slab].cache}).is_debugged();
    return is_debugged ? slabs.parts(ObjectPlace{slab, object}) : std::vector<PlacePart>();
}

std::vector<PlacePart> place_parts(const Machine& machine, CacheId cache) {
    const bool is_debugged = machine.heap().has_slub() && machine.heap().slab().cache(cache).is_debugged();
    return is_debugged ? machine.heap().slab().parts(cache) : std::vector<PlacePart>();
}

std::optional<SlabOfFrame> slab_of(const Machine& machine, Pfn pfn) {
    const Heap& heap = machine.heap();
    if (!heap.has_slub()) return classic_slab_of(machine, pfn);
    const ObjectPlace place = heap.slab().locate({u64{pfn.value} << kPageShift});
    if (place.slab == kNoSlab) return std::nullopt;
    const Slab& slab = heap.slab().slabs()[place.slab];
    const SlabCache& cache = heap.slab().cache({slab.cache});
    return SlabOfFrame{cache.name, {slab.cache}, view_of(heap.slab(), place.slab, cpu_of(machine, place.slab)), slab.freelist};
}

}  // namespace mmscope
