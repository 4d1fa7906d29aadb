#include "mm/slab_classic.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "mm/slab_block.h"

namespace mmscope {

namespace {

constexpr u32 kBatchRefillLimit = 16;  // of an array that has not been used for a while
constexpr u64 kReapSeconds = 4;        // REAPTIMEOUT_LIST3

// The first `count` objects leave an array; the others move up.
void drop_oldest(ArrayCache& from, u32 count) {
    from.objects.erase(from.objects.begin(), from.objects.begin() + count);
}

u32 available(const ArrayCache& array) { return static_cast<u32>(array.objects.size()); }

}  // namespace

ClassicSlabAllocator::ClassicSlabAllocator(const ClassicSlabAllocator&) = default;
ClassicSlabAllocator::ClassicSlabAllocator(ClassicSlabAllocator&&) noexcept = default;
ClassicSlabAllocator& ClassicSlabAllocator::operator=(const ClassicSlabAllocator&) = default;
ClassicSlabAllocator& ClassicSlabAllocator::operator=(ClassicSlabAllocator&&) noexcept = default;
ClassicSlabAllocator::~ClassicSlabAllocator() = default;

ClassicSlabAllocator::ClassicSlabAllocator(const PageAllocator& memory)
    : arch_(memory.arch()), cpus_(memory.cpus()), frames_(memory.frames().frames()), pages_(memory.frames().frames()) {
    for (u32 of_size = 0; of_size < kClassicSizes; ++of_size)
        for (const bool is_dma : {false, true}) {
            CacheSpec spec;
            spec.object_size = kClassicSmallest << of_size;
            spec.flags = slab_flag::kHwcacheAlign | slab_flag::kKmalloc | (is_dma ? slab_flag::kCacheDma : 0);
            create(classic_general_name(of_size, is_dma), spec);
        }
}

CacheId ClassicSlabAllocator::create(std::string_view name, const CacheSpec& spec) {
    const ClassicLayout layout = classic_layout(spec, arch_, cpus_, frames_);
    return layout.objects == 0 ? CacheId{} : add(new_cache(name, spec, layout));
}

ClassicCache ClassicSlabAllocator::new_cache(std::string_view name, const CacheSpec& spec,
                                             const ClassicLayout& layout) const {
    ClassicCache cache;
    cache.layout = layout;
    cache.name = name;
    cache.spec = spec;
    if (cache.layout.order.value != 0) cache.alloc_flags = gfp::kComp;
    if ((spec.flags & slab_flag::kCacheDma) != 0) cache.alloc_flags |= gfp::kDma;
    if ((spec.flags & slab_flag::kReclaimAccount) != 0) cache.alloc_flags |= gfp::kReclaimable;
    if (cache.layout.is_off_slab) cache.management_cache = general_cache(cache.layout.management, {gfp::kKernel});
    cache.arrays.assign(cpus_, ArrayCache{{}, cache.layout.limit, false});
    cache.shared.limit = cache.layout.shared * cache.layout.batchcount;
    cache.free_limit = (1 + cpus_) * cache.layout.batchcount + cache.layout.objects;
    return cache;
}

// In the place of a cache that is gone, if its slabs had as many objects.
CacheId ClassicSlabAllocator::add(ClassicCache cache) {
    u32 at = 0;
    const auto takes_over = [&](const ClassicCache& old) {
        return !old.exists() && old.layout.objects == cache.layout.objects;
    };
    while (at < caches_.size() && !takes_over(caches_[at])) ++at;
    if (at == caches_.size()) caches_.emplace_back();
    cache.spare = caches_[at].spare;
    caches_[at] = std::move(cache);
    return {at};
}

CacheId ClassicSlabAllocator::general_cache(u64 size, Gfp mask) const {
    const u32 of_size = classic_general_size(size);
    return of_size == kClassicSizes ? CacheId{} : CacheId{2 * of_size + (mask.has(gfp::kDma) ? 1U : 0U)};
}

ObjectAddress ClassicSlabAllocator::address_of(const ClassicSlab& slab, u32 object) const {
    return {(u64{slab.pfn.value} << kPageShift) + slab.first_byte + u64{object} * caches_[slab.cache].layout.size};
}

ObjectAddress ClassicSlabAllocator::alloc(CacheId cache, Gfp mask, SlabCaller& caller) {
    if (array_of(cache.value, caller).objects.empty() && !refill(cache.value, mask, caller)) return {};
    ArrayCache& mine = array_of(cache.value, caller);
    mine.is_touched = true;
    const ObjectAddress object = mine.objects.back();
    mine.objects.pop_back();
    const ObjectPlace place = locate(object);
    links_[slabs_[place.slab].first_link + place.object] = kUsedObject;
    ++caches_[cache.value].used;
    report(TraceKind::kmem_cache_alloc, place.slab, place.object, caller);
    return object;
}

// cache_alloc_refill(): false if there is no object and no block for a new slab.
bool ClassicSlabAllocator::refill(u32 cache, Gfp mask, SlabCaller& caller) {
    ArrayCache& mine = array_of(cache, caller);
    u32 wanted = caches_[cache].layout.batchcount;
    if (!mine.is_touched) wanted = std::min(wanted, kBatchRefillLimit);
    for (;;) {
        ArrayCache& shared = caches_[cache].shared;
        if (!shared.objects.empty()) {
            const u32 count = std::min(wanted, available(shared));
            mine.objects.assign(shared.objects.end() - count, shared.objects.end());
            shared.objects.resize(shared.objects.size() - count);
            return true;
        }
        take_from_slabs(cache, mine, wanted);
        if (!mine.objects.empty()) return true;
        if (!grow(cache, mask, caller)) return false;
    }
}

// Partial slabs first, then free ones. A slab of which something is left goes to the head of the partial ones.
void ClassicSlabAllocator::take_from_slabs(u32 cache, ArrayCache& to, u32 wanted) {
    ClassicCache& of = caches_[cache];
    const auto first = [&](ClassicPlace place) { return of.lists[static_cast<u32>(place) - 1].first; };
    while (wanted != 0) {
        u32 number = first(ClassicPlace::partial);
        if (number == kNoSlab) {
            of.is_free_touched = true;
            number = first(ClassicPlace::free);
        }
        if (number == kNoSlab) break;
        ClassicSlab& slab = slabs_[number];
        for (; slab.inuse < of.layout.objects && wanted != 0; --wanted) {
            to.objects.push_back(address_of(slab, slab.free));
            slab.free = std::exchange(links_[slab.first_link + slab.free], kCachedObject);
            ++slab.inuse;
            --of.free_objects;
        }
        move(number, slab.free == kEndOfList ? ClassicPlace::full : ClassicPlace::partial, End::head);
    }
}

u32 ClassicSlabAllocator::new_record(ClassicCache& of) {
    if (of.spare != kNoSlab) return std::exchange(of.spare, slabs_[of.spare].next);
    ClassicSlab record;
    record.first_link = static_cast<u32>(links_.size());
    links_.resize(links_.size() + of.layout.objects, kUsedObject);
    slabs_.push_back(record);
    return static_cast<u32>(slabs_.size()) - 1;
}

// Each slab one colour further than the last one.
u32 ClassicSlabAllocator::next_colour(u32 cache) {
    const u32 colour = caches_[cache].colour_next++;
    if (caches_[cache].colour_next >= caches_[cache].layout.colour) caches_[cache].colour_next = 0;
    return colour;
}

// The record of a slab in these frames: no object is free, and it is on no list.
u32 ClassicSlabAllocator::begin_slab(u32 cache, Pfn pfn, u32 colour) {
    ClassicCache& of = caches_[cache];
    const u32 number = new_record(of);
    ClassicSlab& slab = slabs_[number];
    slab.pfn = pfn;
    slab.first_byte = colour * of.layout.colour_off + (of.layout.is_off_slab ? 0 : of.layout.management);
    slab.free = kEndOfList;
    slab.inuse = of.layout.objects;
    slab.cache = static_cast<u16>(cache);
    pages_.set(pfn, of.layout.order.frames(), number);
    return number;
}

// cache_grow(): a new slab, at the tail of the free ones.
bool ClassicSlabAllocator::grow(u32 cache, Gfp mask, SlabCaller& caller) {
    const u32 colour = next_colour(cache);
    const ClassicLayout layout = caches_[cache].layout;
    const Gfp asked{(mask.bits & kSlabPassedOn) | caches_[cache].alloc_flags};
    const Pfn pfn = caller.memory.alloc_pages(asked, layout.order, caller.call, caller.cpu, caller.trace);
    if (pfn == kNoPfn) return false;
    ObjectAddress management;
    if (layout.is_off_slab) {
        management = alloc(caches_[cache].management_cache, {mask.bits & ~gfp::kDma}, caller);
        if (management.is_null()) return caller.memory.free_pages(pfn, layout.order, caller.cpu, caller.trace), false;
    }
    account_slab(caller.memory, pfn, layout.order, slab_counter(caches_[cache].spec));
    const u32 number = begin_slab(cache, pfn, colour);
    ClassicSlab& slab = slabs_[number];
    slab.management = management;
    slab.free = 0;
    slab.inuse = 0;
    for (u32 object = 0; object + 1 < layout.objects; ++object)
        links_[slab.first_link + object] = static_cast<u16>(object + 1);
    links_[slab.first_link + layout.objects - 1U] = kEndOfList;
    caches_[cache].free_objects += layout.objects;
    move(number, ClassicPlace::free, End::tail);
    report(TraceKind::alloc_slab, number, layout.objects, caller);
    return true;
}

void ClassicSlabAllocator::free(ObjectAddress address, SlabCaller& caller) {
    const ObjectPlace place = locate(address);
    const ClassicSlab& slab = slabs_[place.slab];
    const u32 cache = slab.cache;
    report(TraceKind::kmem_cache_free, place.slab, place.object, caller);
    links_[slab.first_link + place.object] = kCachedObject;
    --caches_[cache].used;
    ArrayCache& mine = array_of(cache, caller);
    if (available(mine) >= mine.limit) flush(cache, mine, caller);
    array_of(cache, caller).objects.push_back(address);
}

// cache_flusharray(): into the shared array as far as that has room, else into the slabs.
void ClassicSlabAllocator::flush(u32 cache, ArrayCache& from, SlabCaller& caller) {
    ArrayCache& shared = caches_[cache].shared;
    u32 count = caches_[cache].layout.batchcount;
    const u32 room = shared.limit - available(shared);
    if (room == 0) return free_block(cache, from, count, caller);
    count = std::min(count, room);
    shared.objects.insert(shared.objects.end(), from.objects.begin(), from.objects.begin() + count);
    drop_oldest(from, count);
}

// free_block(): the oldest objects of an array go back to their slabs. A slab that becomes empty may go at once, and
// with it its management into an array of another cache: this one stays where it is.
void ClassicSlabAllocator::free_block(u32 cache, ArrayCache& from, u32 count, SlabCaller& caller) {
    const std::vector<ObjectAddress> oldest(from.objects.begin(), from.objects.begin() + count);
    drop_oldest(from, count);
    for (const ObjectAddress object : oldest) put_back(cache, object, caller);
}

void ClassicSlabAllocator::put_back(u32 cache, ObjectAddress object, SlabCaller& caller) {
    ClassicCache& of = caches_[cache];
    const ObjectPlace place = locate(object);
    ClassicSlab& slab = slabs_[place.slab];
    links_[slab.first_link + place.object] = std::exchange(slab.free, static_cast<u16>(place.object));
    ++of.free_objects;
    if (--slab.inuse != 0) return move(place.slab, ClassicPlace::partial, End::tail);
    move(place.slab, ClassicPlace::free, End::head);
    if (of.free_objects > of.free_limit) destroy_slab(place.slab, caller);
}

// slab_destroy(): an empty slab goes back to the page allocator, and its management to its general cache.
void ClassicSlabAllocator::destroy_slab(u32 number, SlabCaller& caller) {
    ClassicSlab& slab = slabs_[number];
    ClassicCache& of = caches_[slab.cache];
    assert(slab.inuse == 0);
    report(TraceKind::free_slab, number, of.lists[static_cast<u32>(ClassicPlace::free) - 1].slabs, caller);
    unlink(number);
    of.free_objects -= of.layout.objects;
    pages_.set(slab.pfn, of.layout.order.frames(), kNoSlab);
    std::fill_n(links_.begin() + slab.first_link, of.layout.objects, kUsedObject);
    const ObjectAddress management = slab.management;
    slab.next = std::exchange(of.spare, number);
    unaccount_slab(caller.memory, of.layout.order, slab_counter(of.spec));
    caller.memory.free_pages(slab.pfn, of.layout.order, caller.cpu, caller.trace);
    if (!management.is_null()) free(management, caller);
}

// drain_array(): a fifth of an array that nobody has used since the last time.
void ClassicSlabAllocator::drain_array(u32 cache, ArrayCache& from, SlabCaller& caller) {
    if (from.objects.empty()) return;
    if (std::exchange(from.is_touched, false)) return;
    u32 count = (from.limit + 4) / 5;
    if (count > available(from)) count = (available(from) + 1) / 2;
    free_block(cache, from, count, caller);
}

u32 ClassicSlabAllocator::drain_free_slabs(u32 cache, u32 most, SlabCaller& caller) {
    u32 count = 0;
    const auto last = [&] { return caches_[cache].lists[static_cast<u32>(ClassicPlace::free) - 1].last; };
    for (; count < most && last() != kNoSlab; ++count) destroy_slab(last(), caller);
    return count;
}

void ClassicSlabAllocator::reap(u64 seconds, SlabCaller& caller) {
    for (u32 cache = 0; cache < caches_.size(); ++cache) {
        if (!caches_[cache].exists()) continue;
        drain_array(cache, array_of(cache, caller), caller);
        ClassicCache& of = caches_[cache];
        if (of.next_reap > seconds) continue;
        of.next_reap = seconds + kReapSeconds;
        drain_array(cache, of.shared, caller);
        if (std::exchange(of.is_free_touched, false)) continue;
        const u32 objects = 5U * of.layout.objects;
        drain_free_slabs(cache, (of.free_limit + objects - 1) / objects, caller);
    }
}

// drain_cpu_caches(): no array keeps anything.
void ClassicSlabAllocator::drain_all(u32 cache, SlabCaller& caller) {
    for (ArrayCache& array : caches_[cache].arrays) free_block(cache, array, available(array), caller);
    free_block(cache, caches_[cache].shared, available(caches_[cache].shared), caller);
}

void ClassicSlabAllocator::shrink(CacheId cache, SlabCaller& caller) {
    drain_all(cache.value, caller);
    drain_free_slabs(cache.value, 0xffffffffU, caller);
}

u32 ClassicSlabAllocator::destroy(CacheId cache, SlabCaller& caller) {
    shrink(cache, caller);
    ClassicCache& of = caches_[cache.value];
    if (of.used == 0) of.name.clear();
    return of.used;
}

void ClassicSlabAllocator::unlink(u32 number) {
    ClassicSlab& slab = slabs_[number];
    ClassicCache::List& list = list_of(slab);
    (slab.prev == kNoSlab ? list.first : slabs_[slab.prev].next) = slab.next;
    (slab.next == kNoSlab ? list.last : slabs_[slab.next].prev) = slab.prev;
    --list.slabs;
    slab.place = ClassicPlace::unused;
}

// From the list it is on, if any, to one end of another or of the same.
void ClassicSlabAllocator::move(u32 number, ClassicPlace to, End end) {
    ClassicSlab& slab = slabs_[number];
    if (slab.place != ClassicPlace::unused) unlink(number);
    slab.place = to;
    ClassicCache::List& list = list_of(slab);
    slab.next = end == End::head ? list.first : kNoSlab;
    slab.prev = end == End::head ? kNoSlab : list.last;
    (slab.prev == kNoSlab ? list.first : slabs_[slab.prev].next) = number;
    (slab.next == kNoSlab ? list.last : slabs_[slab.next].prev) = number;
    ++list.slabs;
}

void ClassicSlabAllocator::report(TraceKind kind, u32 number, u32 count, SlabCaller& caller) const {
    if (!caller.trace.is_attached()) return;
    const ClassicSlab& slab = slabs_[number];
    const Zone* zone = caller.memory.zone_of(slab.pfn);
    const u8 order = caches_[slab.cache].layout.order.value;
    caller.trace.emit(kind, zone->position, order, 0, slab.pfn.value, count, slab.cache);
}

}  // namespace mmscope
