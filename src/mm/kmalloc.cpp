#include "mm/kmalloc.h"

#include <algorithm>
#include <cassert>

namespace mmscope {

namespace {

constexpr u32 kNothing = SlabPages::kNothing;

// slab_ksize(): with slab_debug, no more than the object itself. What is read when the object is free, its free pointer
// too, lies behind it.
u32 slab_ksize(const SlabCache& of) {
    if ((of.spec.flags & (slab_flag::kRedZone | slab_flag::kPoison)) != 0) return of.spec.object_size;
    const u32 behind = slab_flag::kStoreUser | slab_flag::kTypesafeByRcu;
    return (of.spec.flags & behind) != 0 ? of.layout.inuse : of.layout.size;
}

u64 bytes_of(Order order) { return u64{kPageSize} << order.value; }

// More than the largest block: the page allocator warns, once after boot (WARN_ON_ONCE_GFP).
void refuse_large(SlabAllocator& slab, u64 size, Gfp mask, SlabCaller& caller) {
    u8 order = static_cast<u8>(kMaxPageOrder);
    while (order < 52 && bytes_of({order}) < size) ++order;
    const Gfp fixed = fix_slab_flags(mask, {order}, caller);
    if (fixed.has(gfp::kNowarn)) return;
    slab.warn(SlabBug::Kind::order_too_large, 0, caller);
    caller.trace.emit(TraceKind::gfp_warning, 0, order, static_cast<u32>(gfp_migratetype(fixed)), kNoPfn.value,
                      fixed.bits, static_cast<u32>(GfpWarning::order_too_large));
}

}  // namespace

Kmalloc::Kmalloc(SlabAllocator& slab, const PageAllocator& memory) : large_pages_(memory.frames().frames()) {
    for (u32 type = 0; type < kKmallocTypes; ++type)
        for (u32 of_class = 0; of_class < kKmallocClasses; ++of_class) {
            const KmallocType of_type = static_cast<KmallocType>(type);
            const CacheSpec spec = kmalloc_cache_spec(of_type, of_class, memory.profile());
            caches_[type][of_class] = slab.create(kmalloc_cache_name(of_type, of_class), spec);
            assert(caches_[type][of_class].value == type * kKmallocClasses + of_class);
        }
}

ObjectAddress Kmalloc::alloc(SlabAllocator& slab, u64 size, Gfp mask, SlabCaller& caller) {
    if (size > kKmallocMaxCacheSize) [[unlikely]] {
        if (size <= kKmallocMaxSize) return alloc_large(static_cast<u32>(size), mask, caller);
        refuse_large(slab, size, mask, caller);
        return {};
    }
    if (size == 0) [[unlikely]]
        return kZeroSizePtr;
    const CacheId cache_id = cache(kmalloc_type(mask), kmalloc_class(static_cast<u32>(size)));
    u32 index = 0;
    caller.requested = static_cast<u32>(size);
    const ObjectAddress address = slab.take(cache_id, mask, caller, &index);
    if (requested_.size() < slab.index_end()) [[unlikely]]
        requested_.resize(slab.index_end() + slab.index_end() / 2);
    if (address.is_null()) return address;
    requested_[index] = static_cast<u16>(size);
    requested_sum(cache_id) += size;
    if (caller.trace.is_attached()) [[unlikely]]
        report(TraceKind::kmalloc, address, size, cache_id, {0}, caller);
    return address;
}

void Kmalloc::free(SlabAllocator& slab, ObjectAddress address, SlabCaller& caller) {
    if (address.value <= kZeroSizePtr.value) return;
    const ObjectPlace place = slab.locate(address);
    if (place.slab == kNoSlab) [[unlikely]]
        return free_large(large_block(address), caller);
    const CacheId cache_id{slab.slabs()[place.slab].cache};
    const bool is_ours = cache_id.value < requested_sums_.size();  // kfree takes what kmem_cache_alloc gave too
    const u32 index = slab.index_of(place);
    const u32 size = is_ours ? requested_[index] : slab.cache(cache_id).spec.object_size;
    if (caller.trace.is_attached()) [[unlikely]]
        report(TraceKind::kfree, address, size, cache_id, {0}, caller);
    const u32 used = slab.cache(cache_id).used;
    slab.give_back(place, caller);
    if (!is_ours || slab.cache(cache_id).used == used) return;  // slab_debug has kept it
    requested_sum(cache_id) -= size;
    requested_[index] = 0;
}

// ___kmalloc_large_node(): a compound block, which no cache counts.
ObjectAddress Kmalloc::alloc_large(u32 size, Gfp mask, SlabCaller& caller) {
    const Order order = kmalloc_large_order(size);
    const Gfp asked{fix_slab_flags(mask, order, caller).bits | gfp::kComp};
    const Pfn pfn = caller.memory.alloc_pages(asked, order, caller.call, caller.cpu, caller.trace);
    if (pfn == kNoPfn) return {};
    account_slab(caller.memory, pfn, order, VmCounter::nr_slab_unreclaimable);
    u32 block = static_cast<u32>(large_.size());
    if (spare_large_.empty()) {
        large_.emplace_back();
    } else {
        block = spare_large_.back();
        spare_large_.pop_back();
    }
    large_[block] = {size, pfn, order};
    large_pages_.set(pfn, 1, block);
    ++large_use_.objects;
    large_use_.requested += size;
    large_use_.given += bytes_of(order);
    const ObjectAddress address{u64{pfn.value} << kPageShift};
    report(TraceKind::kmalloc, address, size, {}, order, caller);
    return address;
}

void Kmalloc::free_large(u32 block, SlabCaller& caller) {
    const LargeBlock gone = large_[block];
    --large_use_.objects;
    large_use_.requested -= gone.requested;
    large_use_.given -= bytes_of(gone.order);
    report(TraceKind::kfree, {u64{gone.pfn.value} << kPageShift}, gone.requested, {}, gone.order, caller);
    unaccount_slab(caller.memory, gone.order, VmCounter::nr_slab_unreclaimable);
    large_pages_.set(gone.pfn, 1, kNothing);
    large_[block] = {};
    spare_large_.push_back(block);
    caller.memory.free_pages(gone.pfn, gone.order, caller.cpu, caller.trace);
}

// __do_krealloc(): also where the new size is smaller, the object stays.
ObjectAddress Kmalloc::realloc(SlabAllocator& slab, ObjectAddress address, u64 size, Gfp mask, SlabCaller& caller) {
    if (size == 0) return free(slab, address, caller), kZeroSizePtr;
    if (address.value <= kZeroSizePtr.value) return alloc(slab, size, mask, caller);
    if (size <= ksize(slab, address)) {
        note(slab, address, static_cast<u32>(size));
        return address;
    }
    const ObjectAddress other = alloc(slab, size, mask, caller);
    if (!other.is_null()) free(slab, address, caller);
    return other;
}

// The object stays, another number of bytes is asked for.
void Kmalloc::note(const SlabAllocator& slab, ObjectAddress address, u32 size) {
    const CacheId cache_id = slab.cache_of(address);
    if (cache_id.is_none()) {
        LargeBlock& block = large_[large_block(address)];
        large_use_.requested += u64{size} - block.requested;
        block.requested = size;
        return;
    }
    if (cache_id.value >= requested_sums_.size()) return;
    u16& requested = requested_[slab.index_of(slab.locate(address))];
    requested_sum(cache_id) += u64{size} - requested;
    requested = static_cast<u16>(size);
}

u32 Kmalloc::large_block(ObjectAddress address) const {
    return address.value % kPageSize == 0 ? large_pages_.find(address.pfn()) : kNothing;
}

ObjectFault Kmalloc::free_fault(const SlabAllocator& slab, ObjectAddress address) const {
    if (address.value <= kZeroSizePtr.value) return ObjectFault::none;
    const ObjectFault fault = slab.free_fault(address);
    if (fault != ObjectFault::not_in_a_slab || address.value >> kPageShift > kNoPfn.value) return fault;
    return large_block(address) == kNothing ? fault : ObjectFault::none;
}

u64 Kmalloc::ksize(const SlabAllocator& slab, ObjectAddress address) const {
    if (address.value <= kZeroSizePtr.value) return 0;
    const CacheId cache_id = slab.cache_of(address);
    if (!cache_id.is_none()) return slab_ksize(slab.cache(cache_id));
    return bytes_of(large_[large_block(address)].order);
}

u64 Kmalloc::requested(const SlabAllocator& slab, ObjectAddress address) const {
    if (address.value <= kZeroSizePtr.value) return 0;
    const CacheId cache_id = slab.cache_of(address);
    if (cache_id.is_none()) return large_[large_block(address)].requested;
    if (cache_id.value >= requested_sums_.size()) return slab.cache(cache_id).spec.object_size;
    return requested_[slab.index_of(slab.locate(address))];
}

KmallocUse Kmalloc::use_of(const SlabAllocator& slab, KmallocType type, u32 of_class) const {
    const CacheId cache_id = cache(type, of_class);
    const u64 objects = slab.cache(cache_id).used;
    return {objects, requested_sums_[cache_id.value], objects * kKmallocSizes[of_class]};
}

KmallocUse Kmalloc::use(const SlabAllocator& slab) const {
    KmallocUse sum = large_use_;
    for (u32 type = 0; type < kKmallocTypes; ++type)
        for (u32 of_class = 0; of_class < kKmallocClasses; ++of_class) {
            const KmallocUse one = use_of(slab, static_cast<KmallocType>(type), of_class);
            sum.objects += one.objects;
            sum.requested += one.requested;
            sum.given += one.given;
        }
    return sum;
}

void Kmalloc::report(TraceKind kind, ObjectAddress address, u64 size, CacheId cache, Order order,
                     SlabCaller& caller) const {
    if (!caller.trace.is_attached()) return;
    const Zone* zone = caller.memory.zone_of(address.pfn());
    caller.trace.emit(kind, zone->position, order.value, 0, address.pfn().value, static_cast<u32>(size), cache.value);
}

std::string Kmalloc::check(const SlabAllocator& slab, const PageAllocator& memory) const {
    std::array<u64, kKmallocClasses * kKmallocTypes> sums{};
    for (const Slab& one : slab.slabs()) {
        if (one.place == SlabPlace::unused || one.cache >= sums.size()) continue;
        for (u32 object = 0; object < one.objects; ++object)
            if (slab.link(one, object) == kUsedObject) sums[one.cache] += requested_[one.first_link + object];
    }
    if (sums != requested_sums_) return "the bytes asked for are not the objects' sum";
    KmallocUse large;
    for (u32 block = 0; block < large_.size(); ++block) {
        const LargeBlock& one = large_[block];
        if (one.pfn == kNoPfn) continue;
        const BlockRef found = memory.frames().block_of(one.pfn);
        if (found.is_free || found.head != one.pfn || found.order != one.order || large_pages_.find(one.pfn) != block)
            return "a large object is no block of its order";
        large.objects += 1;
        large.requested += one.requested;
        large.given += bytes_of(one.order);
    }
    return large == large_use_ ? "" : "the large objects and their sums disagree";
}

u64 Kmalloc::bytes() const {
    return sizeof(*this) + requested_.size() * sizeof(u16) + large_pages_.bytes() + large_.size() * sizeof(LargeBlock) +
           spare_large_.size() * sizeof(u32);
}

}  // namespace mmscope
