#include "mm/slab.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "mm/slab_block.h"

namespace mmscope {

namespace {

// cache_random_seq_create(): a shuffle of the objects, drawn once for each cache.
std::vector<u16> random_sequence(u32 objects, Prng& prng) {
    std::vector<u16> sequence(objects);
    for (u32 at = 0; at < objects; ++at) sequence[at] = static_cast<u16>(at);
    for (u32 at = objects; at > 1; --at) std::swap(sequence[at - 1], sequence[prng.below(at)]);
    return sequence;
}

}  // namespace

SlabAllocator::SlabAllocator(const SlabAllocator&) = default;
SlabAllocator::SlabAllocator(SlabAllocator&&) noexcept = default;
SlabAllocator& SlabAllocator::operator=(const SlabAllocator&) = default;
SlabAllocator& SlabAllocator::operator=(SlabAllocator&&) noexcept = default;
SlabAllocator::~SlabAllocator() = default;

SlabAllocator::SlabAllocator(const PageAllocator& memory, FreelistOrder order, u64 seed, FreelistPointers pointers)
    : profile_(&memory.profile()),
      arch_(memory.arch()),
      cpus_(memory.cpus()),
      nodes_(memory.nodes()),
      order_(order),
      pointers_(pointers),
      prng_(seed),
      pages_(memory.frames().frames()),
      has_sheaves_(profile_->slab.kind == SlabProfile::Kind::sheaves),
      debug_(profile_->slab, arch_) {
    assert(has_slub(*profile_));
}

CacheId SlabAllocator::create(std::string_view name, const CacheSpec& asked) {
    const CacheSpec spec = with_debug(name, asked);
    for (u32 at = 0; at < caches_.size(); ++at) {
        SlabCache& older = caches_[at];
        if (!older.exists() || !is_mergeable(older.spec)) continue;
        if (!may_merge_into({older.spec.flags, older.layout.size}, spec, *profile_, arch_)) continue;
        ++older.users;
        older.spec.object_size = std::max(older.spec.object_size, spec.object_size);
        return {at};
    }
    SlabCache cache;
    cache.name = name;
    cache.spec = spec;
    set_layout(cache, calculate_sizes(spec, *profile_, arch_, cpus_));
    const u32 at = cache_place(cache.layout.objects);
    cache.spare = caches_[at].spare;
    caches_[at] = std::move(cache);
    return {at};
}

// The place of a cache that is gone, if its slabs had as many objects; else a new one.
u32 SlabAllocator::cache_place(u16 objects) {
    u32 at = 0;
    while (at < caches_.size() && (caches_[at].exists() || caches_[at].layout.objects != objects)) ++at;
    if (at < caches_.size()) return at;
    caches_.emplace_back();
    cpu_slabs_.resize(caches_.size() * cpus_);
    node_slabs_.resize(caches_.size() * nodes_);
    cpu_sheaves_.resize(cpu_slabs_.size());
    barns_.resize(node_slabs_.size());
    return at;
}

void SlabAllocator::set_layout(SlabCache& cache, const CacheLayout& layout) {
    cache.layout = layout;
    cache.reciprocal = static_cast<u32>(((u64{1} << 32) + layout.size - 1) / layout.size);
    cache.alloc_flags = slab_alloc_flags(cache.spec, layout, *profile_);
    if (pointers_ == FreelistPointers::hardened && !cache.is_hardened) {
        cache.is_hardened = true;
        cache.random = arch_ == Arch::x86_64 ? prng_.next() : prng_.next() >> 32;
    }
    if (order_ == FreelistOrder::random) cache.sequence = random_sequence(layout.objects, prng_);
}

void account_slab(PageAllocator& memory, Pfn pfn, Order order, VmCounter counter) {
    own_as_slab(memory, pfn, order);
    memory.count(counter, order.frames());
}

void unaccount_slab(PageAllocator& memory, Order order, VmCounter counter) {
    memory.count(counter, -u64{order.frames()});
}

Gfp fix_slab_flags(Gfp mask, Order order, const SlabCaller& caller) {
    const Gfp fixed{mask.bits & ~(gfp::kHighmem | gfp::kDma32)};
    if (fixed.bits != mask.bits)
        caller.trace.emit(TraceKind::kmalloc_fix_flags, 0, order.value, 0, kNoPfn.value, mask.bits, fixed.bits);
    return fixed;
}

// allocate_slab(): first a large block, without effort; if there is none, the smallest that holds an object.
Pfn SlabAllocator::alloc_slab_pages(const SlabCache& of, Gfp mask, u8* order, SlabCaller& caller) {
    const u32 passed = (mask.bits & kSlabPassedOn) | of.alloc_flags;
    const CacheLayout& layout = of.layout;
    u32 first = (passed | gfp::kNowarn | gfp::kNoretry) & ~gfp::kNofail;
    if ((first & gfp::kDirectReclaim) != 0 && layout.min_order < layout.order)
        first = (first | gfp::kNomemalloc) & ~gfp::kReclaim;
    *order = layout.order.value;
    const Pfn pfn = caller.memory.alloc_pages({first}, layout.order, caller.call, caller.cpu, caller.trace);
    if (pfn != kNoPfn) return pfn;
    *order = layout.min_order.value;
    return caller.memory.alloc_pages({passed}, layout.min_order, caller.call, caller.cpu, caller.trace);
}

// Records of slabs that are gone are used again by the same cache, with the links that belong to them.
u32 SlabAllocator::new_record(SlabCache& of) {
    if (of.spare != kNoSlab) {
        const u32 number = of.spare;
        of.spare = slabs_[number].next;
        return number;
    }
    if (slabs_.size() == slabs_.capacity()) slabs_.reserve(slabs_.size() + std::max<std::size_t>(slabs_.size(), 64));
    Slab record;
    record.first_link = static_cast<u32>(links_.size());
    links_.resize(links_.size() + of.layout.objects, kUsedObject);
    slabs_.push_back(record);
    return static_cast<u32>(slabs_.size()) - 1;
}

// shuffle_freelist(): each slab goes through the cache's sequence from a place of its own.
void SlabAllocator::link_objects(Slab& slab, const SlabCache& of) {
    u16* const link = links_.data() + slab.first_link;
    if (of.sequence.empty() || slab.objects < 2) {
        for (u32 at = 0; at + 1 < slab.objects; ++at) link[at] = static_cast<u16>(at + 1);
        link[slab.objects - 1] = kEndOfList;
        slab.freelist = 0;
        return;
    }
    const u32 count = static_cast<u32>(of.sequence.size());
    u32 place = prng_.below(count);
    u16* before = &slab.freelist;
    for (u32 at = 0; at < count; ++at) {
        const u16 object = of.sequence[place];
        if (++place == count) place = 0;
        if (object >= slab.objects) continue;  // a slab of the smaller order
        *before = object;
        before = link + object;
    }
    *before = kEndOfList;
}

// The record of a slab in these frames: its objects are all free and on its own list, and it is on no list itself.
u32 SlabAllocator::begin_slab(u32 cache, Pfn pfn, Order order, const PageAllocator& memory) {
    SlabCache& of = caches_[cache];
    const u32 number = new_record(of);
    Slab& slab = slabs_[number];
    slab.pfn = pfn;
    slab.order = order.value;
    slab.objects = order == of.layout.order ? of.layout.objects : of.layout.min_objects;
    slab.inuse = 0;
    slab.cache = static_cast<u16>(cache);
    slab.node = memory.zone_of(pfn)->node;
    slab.place = SlabPlace::full;  // on no list
    link_objects(slab, of);
    pages_.set(pfn, order.frames(), number);
    NodeSlabs& node = node_of(slab);
    ++node.nr_slabs;
    node.total_objects += slab.objects;
    return number;
}

// new_slab()
u32 SlabAllocator::new_slab(u32 cache, Gfp mask, SlabCaller& caller) {
    u8 order = 0;
    fix_slab_flags(mask, caches_[cache].layout.order, caller);  // what is passed on has no zone of the caller's
    const Pfn pfn = alloc_slab_pages(caches_[cache], mask, &order, caller);
    if (pfn == kNoPfn) return kNoSlab;
    account_slab(caller.memory, pfn, {order}, slab_counter(caches_[cache].spec));
    const u32 number = begin_slab(cache, pfn, {order}, caller.memory);
    const u32 objects = slabs_[number].objects;
    if (caches_[cache].is_debugged()) debug_.set_up(view(number));
    if (order != caches_[cache].layout.order.value) report(TraceKind::order_fallback, number, objects, caller);
    report(TraceKind::alloc_slab, number, objects, caller);
    return number;
}

// discard_slab(): an empty slab that is on no list goes back to the page allocator.
void SlabAllocator::discard_slab(u32 number, SlabCaller& caller) {
    Slab& slab = slabs_[number];
    assert(slab.inuse == 0);
    if (caches_[slab.cache].is_debugged()) debug_.release(view(number)), tell_bugs(caller);
    NodeSlabs& node = node_of(slab);
    --node.nr_slabs;
    node.total_objects -= slab.objects;
    report(TraceKind::free_slab, number, node.nr_partial, caller);
    pages_.set(slab.pfn, Order{slab.order}.frames(), kNoSlab);
    const Pfn pfn = slab.pfn;
    unaccount_slab(caller.memory, {slab.order}, slab_counter(caches_[slab.cache].spec));
    slab.place = SlabPlace::unused;
    slab.next = caches_[slab.cache].spare;
    caches_[slab.cache].spare = number;
    std::fill_n(links_.begin() + slab.first_link, slab.objects, kUsedObject);
    caller.memory.free_pages(pfn, {slab.order}, caller.cpu, caller.trace);
}

void SlabAllocator::add_partial(u32 number, Place place, SlabCaller& caller) {
    Slab& slab = slabs_[number];
    NodeSlabs& node = node_of(slab);
    slab.place = SlabPlace::node_partial;
    slab.next = place == Place::head ? node.first : kNoSlab;
    slab.prev = place == Place::head ? kNoSlab : node.last;
    (slab.prev == kNoSlab ? node.first : slabs_[slab.prev].next) = number;
    (slab.next == kNoSlab ? node.last : slabs_[slab.next].prev) = number;
    report(TraceKind::free_add_partial, number, ++node.nr_partial, caller);
}

// Off its node's list; the caller says where it is from here on.
void SlabAllocator::remove_partial(u32 number) {
    const Slab& slab = slabs_[number];
    NodeSlabs& node = node_of(slab);
    (slab.prev == kNoSlab ? node.first : slabs_[slab.prev].next) = slab.next;
    (slab.next == kNoSlab ? node.last : slabs_[slab.next].prev) = slab.prev;
    --node.nr_partial;
    slabs_[number].place = SlabPlace::full;
}

// The empty slabs of a node's list, the last of them first as the kernel gathers them.
void SlabAllocator::free_empty_partials(u32 cache, u32 node, SlabCaller& caller) {
    for (u32 number = node_slabs_[cache * nodes_ + node].last; number != kNoSlab;) {
        const u32 before = slabs_[number].prev;
        if (slabs_[number].inuse == 0) {
            remove_partial(number);
            discard_slab(number, caller);
        }
        number = before;
    }
}

// __kmem_cache_do_shrink(): slabs with up to 32 free objects move to the front, the fullest first.
void SlabAllocator::sort_partials(u32 cache, u32 node, SlabCaller& caller) {
    constexpr u32 kPromoted = 32;  // SHRINK_PROMOTE_MAX
    std::vector<u32> promoted[kPromoted + 1];
    for (u32 number = node_slabs_[cache * nodes_ + node].first; number != kNoSlab; number = slabs_[number].next) {
        const u32 free = static_cast<u32>(slabs_[number].objects - slabs_[number].inuse);
        if (free <= kPromoted) promoted[free].push_back(number);
    }
    Trace nobody;
    SlabCaller quiet{caller.memory, nobody, caller.call, caller.cpu};
    for (u32 free = kPromoted; free != 0; --free)
        for (const u32 number : promoted[free]) {
            remove_partial(number);
            add_partial(number, Place::head, quiet);
        }
}

// flush_all(): no CPU keeps anything, nor does a barn.
void SlabAllocator::flush_all(u32 cache, SlabCaller& caller) {
    for (u32 cpu = 0; cpu < cpus_; ++cpu) {
        if (has_sheaves_)
            flush_sheaves(cache, cpu, caller);
        else
            flush_cpu(cache, cpu, caller);
    }
    for (u32 node = 0; node < nodes_ && has_sheaves_; ++node) empty_barn(cache, node, caller);
}

void SlabAllocator::shrink(CacheId cache, SlabCaller& caller) {
    flush_all(cache.value, caller);
    for (u32 node = 0; node < nodes_; ++node) {
        free_empty_partials(cache.value, node, caller);
        sort_partials(cache.value, node, caller);
    }
}

u32 SlabAllocator::destroy(CacheId cache, SlabCaller& caller) {
    SlabCache& of = caches_[cache.value];
    if (of.users > 1) return --of.users, 0;
    flush_all(cache.value, caller);
    for (u32 node = 0; node < nodes_; ++node) free_empty_partials(cache.value, node, caller);
    if (of.used != 0) return report_remaining(cache.value, caller), of.used;
    of.is_destroyed = true;  // what it had of records stays for its like
    return 0;
}

ObjectFault SlabAllocator::free_fault(ObjectAddress address) const {
    if (address.value >> kPageShift > 0xffffffffU) return ObjectFault::not_in_a_slab;
    const u32 number = pages_.find(address.pfn());
    if (number == kNoSlab) return ObjectFault::not_in_a_slab;
    const Slab& slab = slabs_[number];
    const u64 offset = address.value - (u64{slab.pfn.value} << kPageShift);
    const CacheLayout& layout = caches_[slab.cache].layout;
    const u32 size = layout.size;
    if (offset % size != layout.red_left_pad || offset / size >= slab.objects) return ObjectFault::not_an_object;
    return link(slab, static_cast<u32>(offset / size)) == kUsedObject ? ObjectFault::none : ObjectFault::already_free;
}

ObjectFault SlabAllocator::free_fault(CacheId cache, ObjectAddress address) const {
    const ObjectFault fault = free_fault(address);
    if (fault != ObjectFault::none) return fault;
    return cache_of(address) == cache ? ObjectFault::none : ObjectFault::other_cache;
}

CacheId SlabAllocator::find(std::string_view name) const {
    for (u32 at = 0; at < caches_.size(); ++at)
        if (caches_[at].exists() && caches_[at].name == name) return {at};
    return {};
}

CacheId SlabAllocator::cache_of(ObjectAddress address) const {
    const u32 number = pages_.find(address.pfn());
    return number == kNoSlab ? CacheId{} : CacheId{slabs_[number].cache};
}

CacheCounters SlabAllocator::counters(CacheId cache) const {
    CacheCounters sum;
    sum.used = caches_[cache.value].used;
    u32 free_partial = 0;
    for (u32 node = 0; node < nodes_; ++node) {
        const NodeSlabs& slabs = node_slabs(cache, node);
        sum.slabs += slabs.nr_slabs;
        sum.total_objects += slabs.total_objects;
        sum.partial += slabs.nr_partial;
        for (u32 number = slabs.first; number != kNoSlab; number = slabs_[number].next) {
            sum.objects_partial += slabs_[number].inuse;
            free_partial += slabs_[number].objects - slabs_[number].inuse;
        }
    }
    sum.objects = sum.total_objects - free_partial;
    for (u32 cpu = 0; cpu < cpus_; ++cpu) {
        const CpuSlab& mine = cpu_slab(cache, cpu);
        sum.cpu_slabs += (mine.slab != kNoSlab) + mine.partial_slabs;
        sum.cpu_partial_slabs += mine.partial_slabs;
    }
    return sum;
}

void SlabAllocator::report(TraceKind kind, u32 number, u32 count, SlabCaller& caller) const {
    if (!caller.trace.is_attached()) return;
    const Slab& slab = slabs_[number];
    const Zone* zone = caller.memory.zone_of(slab.pfn);
    caller.trace.emit(kind, zone->position, slab.order, 0, slab.pfn.value, count, slab.cache);
}

void SlabAllocator::report_object(TraceKind kind, ObjectAddress address, SlabCaller& caller) const {
    const ObjectPlace place = locate(address);
    report(kind, place.slab, place.object, caller);
}

u64 SlabAllocator::bytes() const {
    u64 sum = sizeof(*this) + pages_.bytes() + slabs_.size() * sizeof(Slab) + links_.size() * sizeof(u16);
    sum += cpu_slabs_.size() * sizeof(CpuSlab) + node_slabs_.size() * sizeof(NodeSlabs);
    sum += debug_.bytes() + sheaves_.bytes() + cpu_sheaves_.size() * sizeof(CpuSheaves) + barns_.size() * sizeof(Barn);
    for (const SlabCache& cache : caches_) sum += sizeof(SlabCache) + cache.sequence.size() * sizeof(u16);
    return sum;
}

}  // namespace mmscope
