#include "play/slab_view_classic.h"

namespace mmscope {

namespace {

u32 used_objects(const ClassicSlabAllocator& slabs, const ClassicSlab& slab, u32 objects) {
    u32 used = 0;
    for (u32 object = 0; object < objects; ++object) used += slabs.link(slab, object) == kUsedObject ? 1 : 0;
    return used;
}

SlabList list_of(ClassicPlace place) {
    return place == ClassicPlace::full ? SlabList::full : place == ClassicPlace::free ? SlabList::free : SlabList::partial;
}

SlabView view_of(const Machine& machine, u32 number) {
    const ClassicSlabAllocator& slabs = machine.heap().classic();
    const ClassicSlab& slab = slabs.slabs()[number];
    const ClassicLayout& layout = slabs.cache({slab.cache}).layout;
    SlabView view{number, slab.pfn, layout.order, list_of(slab.place), kNoCpu, machine.memory().zone_of(slab.pfn)->node};
    view.objects = layout.objects;
    view.inuse = slab.inuse;
    view.used = used_objects(slabs, slab, layout.objects);
    view.first_byte = slab.first_byte;
    view.colour_bytes = slab.first_byte - (layout.is_off_slab ? 0 : layout.management);
    return view;
}

CacheView view_of(const Heap& heap, const NamedCache& name) {
    const ClassicCache& cache = heap.classic().cache(name.cache);
    const ClassicLayout& layout = cache.layout;
    CacheView view;
    view.cache = name.cache;
    view.name = name.name;
    view.object_size = cache.spec.object_size;
    view.layout = common_layout(layout);
    view.counters = heap.counters(name.cache);
    const auto slabs = [&](ClassicPlace place) { return cache.lists[static_cast<u32>(place) - 1].slabs; };
    view.counters.partial = slabs(ClassicPlace::partial);
    view.full_slabs = slabs(ClassicPlace::full);
    view.free_slabs = slabs(ClassicPlace::free);
    view.classic = {layout.colour,      layout.colour_off, cache.colour_next,  layout.management,
                    layout.is_off_slab, layout.limit,      layout.batchcount,  layout.shared};
    const u64 slab_bytes = u64{kPageSize} << layout.order.value;
    view.lost_inside = u64{view.counters.used} * (layout.size - cache.spec.object_size);
    view.lost_padding = view.counters.slabs * (slab_bytes - u64{layout.objects} * layout.size);
    view.is_reclaimable = (cache.spec.flags & slab_flag::kReclaimAccount) != 0;
    view.is_kmallocs = (cache.spec.flags & slab_flag::kKmalloc) != 0;
    view.is_imported = name.is_imported;
    return view;
}

// An imported machine's general cache that its slabinfo does not have is not there until it has a slab.
bool is_listed(const Heap& heap, const NamedCache& name) {
    return name.exists() && (!name.is_missing || heap.counters(name.cache).slabs != 0);
}

}  // namespace

std::vector<u32> classic_caches_newest_first(const Heap& heap) {
    std::vector<u32> numbers;
    for (u32 number = static_cast<u32>(heap.names().size()); number-- > 0;)
        if (is_listed(heap, heap.names()[number])) numbers.push_back(number);
    return numbers;
}

std::vector<CacheView> classic_cache_views(const Machine& machine) {
    const Heap& heap = machine.heap();
    std::vector<CacheView> views;
    for (const u32 number : classic_caches_newest_first(heap)) views.push_back(view_of(heap, heap.names()[number]));
    return views;
}

std::vector<QueueView> classic_queue_views(const Machine& machine, CacheId cache) {
    const ClassicCache& of = machine.heap().classic().cache(cache);
    std::vector<QueueView> views;
    for (u32 cpu = 0; cpu < of.arrays.size(); ++cpu) {
        const ArrayCache& array = of.arrays[cpu];
        views.push_back({QueueView::Kind::array, cpu, machine.memory().node_of_cpu(cpu),
                         static_cast<u32>(array.objects.size()), array.limit, of.layout.batchcount});
    }
    if (of.shared.limit != 0)
        views.push_back({QueueView::Kind::shared, kNoCpu, 0, static_cast<u32>(of.shared.objects.size()),
                         of.shared.limit, of.layout.batchcount});
    return views;
}

std::vector<SlabView> classic_slab_views(const Machine& machine, CacheId cache) {
    const ClassicSlabAllocator& slabs = machine.heap().classic();
    std::vector<SlabView> views;
    for (const ClassicPlace place : {ClassicPlace::partial, ClassicPlace::full, ClassicPlace::free}) {
        u32 number = slabs.cache(cache).lists[static_cast<u32>(place) - 1].first;
        for (; number != kNoSlab; number = slabs.slabs()[number].next) views.push_back(view_of(machine, number));
    }
    return views;
}

std::vector<ObjectView> classic_object_views(const Machine& machine, u32 number) {
    using State = ObjectView::State;
    const Heap& heap = machine.heap();
    const ClassicSlabAllocator& slabs = heap.classic();
    const ClassicSlab& slab = slabs.slabs()[number];
    const ClassicCache& cache = slabs.cache({slab.cache});
    std::vector<ObjectView> views(cache.layout.objects);
    for (u32 object = 0; object < views.size(); ++object) {
        ObjectView& view = views[object];
        view.address = (u64{slab.pfn.value} << kPageShift) + slab.first_byte + u64{object} * cache.layout.size;
        const u16 link = slabs.link(slab, object);
        view.state = link == kUsedObject ? State::used : link == kCachedObject ? State::in_array : State::free;
        if (view.state == State::free) view.next = link;
        if (view.state == State::used) view.call = heap.owner_of({view.address});
    }
    const auto is_here = [&](ObjectAddress object) { return slabs.locate(object).slab == number; };
    for (u32 cpu = 0; cpu < cache.arrays.size(); ++cpu)
        for (const ObjectAddress object : cache.arrays[cpu].objects)
            if (is_here(object)) views[slabs.locate(object).object].cpu = cpu;
    return views;
}

std::optional<SlabOfFrame> classic_slab_of(const Machine& machine, Pfn pfn) {
    const Heap& heap = machine.heap();
    const ObjectPlace place = heap.classic().locate({u64{pfn.value} << kPageShift});
    if (place.slab == kNoSlab) return std::nullopt;
    const ClassicSlab& slab = heap.classic().slabs()[place.slab];
    return SlabOfFrame{heap.cache_name({slab.cache}), {slab.cache}, view_of(machine, place.slab), slab.free};
}

}  // namespace mmscope
