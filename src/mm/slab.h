// SLUB: caches of equal objects in slabs, which are blocks of the page allocator's (mm/slub.c, Linux 6.1 and 6.12).
//
//   each CPU     its slab, with a list of free objects that nobody else touches; a few partial slabs behind it
//   each node    partial slabs, of which min_partial may be empty; a full slab is on no list at all
//
//   a slab's objects, as links:   [ 2 | used | 5 | used | used | end ]     free list: 0 -> 2 -> 5
//                                    a free object names the next free one, and a used one nothing
//
// The state is indices in arrays: two bytes an object, 28 a slab. An object is named by its physical address, the
// kernel's pointer less PAGE_OFFSET. Left out: what the objects hold, slab_debug, the memory of the descriptors
// themselves, the grace period before TYPESAFE_BY_RCU pages are free. Of another node's partial slabs the kernel
// now and then takes none, by the clock; here it always takes one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "mm/page_alloc.h"
#include "mm/slab_pages.h"
#include "mm/slab_rules.h"

namespace mmscope {

struct ObjectAddress {
    u64 value = 0;  // 0: NULL
    Pfn pfn() const { return {static_cast<u32>(value >> kPageShift)}; }
    bool is_null() const { return value == 0; }
    friend bool operator==(ObjectAddress, ObjectAddress) = default;
};

struct CacheId {
    u32 value = 0xffffffffU;
    bool is_none() const { return value == 0xffffffffU; }
    friend bool operator==(CacheId, CacheId) = default;
};

// Why a free is refused. SLUB without debugging would corrupt its lists; here nothing changes.
enum class ObjectFault : u8 { none, not_in_a_slab, not_an_object, already_free, other_cache };

// CONFIG_SLAB_FREELIST_RANDOM: the objects of a fresh slab in ascending order, or in one order for each cache that
// every slab begins somewhere else.
enum class FreelistOrder : u8 { plain, random };

// Who asks, and of which machine.
struct SlabCaller {
    PageAllocator& memory;
    Trace& trace;
    u32 call = 0;  // remembered by the pages
    u32 cpu = 0;
};

// Where a slab is. On 6.1 those of a CPU are all frozen; on 6.12 only the one it allocates from.
enum class SlabPlace : u8 { unused, cpu, cpu_partial, node_partial, full };

struct Slab {
    Pfn pfn;              // head frame
    u32 first_link = 0;   // of its objects
    u32 next = 0;         // on a list: numbers of slabs
    u32 prev = 0;
    u16 freelist = 0;     // first free object that is not on the CPU's own list
    u16 inuse = 0;        // objects that are not on `freelist`: the CPU's free ones count as used
    u16 objects = 0;
    u16 cache = 0;
    SlabPlace place = SlabPlace::unused;
    u8 order = 0;
    u8 node = 0;
};

// The counters of /sys/kernel/slab/NAME.
struct CacheCounters {
    u32 slabs = 0;
    u32 total_objects = 0;
    u32 objects = 0;          // all but the free ones of the nodes' partial slabs
    u32 partial = 0;          // slabs on the nodes' lists
    u32 objects_partial = 0;  // used objects in them
    u32 cpu_slabs = 0;        // slabs of CPUs, partial ones too
    u32 cpu_partial_slabs = 0;
    u32 used = 0;             // objects that somebody really has
    friend bool operator==(const CacheCounters&, const CacheCounters&) = default;
};

class SlabAllocator {
public:
    static constexpr u32 kNoSlab = SlabPages::kNothing;
    static constexpr u16 kEnd = 0xfffe;   // link of the last free object
    static constexpr u16 kUsed = 0xffff;  // link of a used one

    // One CPU's part of a cache.
    struct CpuSlab {
        u32 slab = kNoSlab;
        u32 first_link = 0;
        u64 address = 0;        // of the slab's first object
        u32 partial = kNoSlab;  // the first of its partial slabs
        u16 partial_slabs = 0;
        u16 freelist = kEnd;
    };
    struct NodeSlabs {
        u32 first = kNoSlab;  // partial slabs
        u32 last = kNoSlab;
        u32 nr_partial = 0;
        u32 nr_slabs = 0;     // all, wherever they are
        u32 total_objects = 0;
    };
    struct Cache {
        std::string name;  // empty: destroyed
        CacheSpec spec;
        CacheLayout layout;
        u32 reciprocal = 0;    // 2^32 / size, rounded up
        u32 alloc_flags = 0;   // gfp
        u32 used = 0;          // objects
        u32 users = 1;         // kmem_cache_create calls: 1 and the merged ones
        u32 spare = kNoSlab;   // records of slabs that are gone, by `next`; a cache with as many objects takes them over
        std::vector<u16> sequence;  // FreelistOrder::random: the order of a slab that begins at its first object
        bool exists() const { return !name.empty(); }
    };

    SlabAllocator() = default;
    // A machine that boots: no cache yet. The profile of `memory` has SLUB with CPU slabs.
    SlabAllocator(const PageAllocator& memory, FreelistOrder order, u64 seed);

    // kmem_cache_create. The object's size is one that a cache may have; a name that exists is the caller's to refuse.
    // A spec that may be merged gets an older cache that it fits.
    CacheId create(std::string_view name, const CacheSpec& spec);
    // kmem_cache_shrink: every CPU gives its slabs back, empty ones are freed, the fullest come first.
    void shrink(CacheId cache, SlabCaller& caller);
    // kmem_cache_destroy: how many objects are still used, for which the kernel complains and leaves the cache. A
    // merged cache only loses one of its users.
    u32 destroy(CacheId cache, SlabCaller& caller);

    // kmem_cache_alloc: the object, or NULL if the page allocator has no block left.
    ObjectAddress alloc(CacheId cache, Gfp mask, SlabCaller& caller) {
        const ObjectAddress address = take(cache, mask, caller);
        if (caller.trace.is_attached() && !address.is_null()) [[unlikely]]
            report_object(TraceKind::kmem_cache_alloc, address, caller);
        return address;
    }
    // kmem_cache_free: there is no fault.
    void free(ObjectAddress address, SlabCaller& caller) {
        if (caller.trace.is_attached()) [[unlikely]]
            report_object(TraceKind::kmem_cache_free, address, caller);
        give_back(address, caller);
    }
    // The same for callers whose own event tells it (kmalloc and kfree).
    ObjectAddress take(CacheId cache, Gfp mask, SlabCaller& caller) {
        const u32 at = cache.value;
        CpuSlab& mine = cpu_slabs_[at * cpus_ + caller.cpu];
        if (mine.freelist == kEnd) [[unlikely]]
            if (!fill_cpu_slab(at, mine, mask, caller)) return {};
        const u32 object = mine.freelist;
        u16* const link = links_.data() + mine.first_link + object;
        mine.freelist = *link;
        *link = kUsed;
        Cache& of = caches_[at];
        ++of.used;
        return {mine.address + u64{object} * of.layout.size};
    }
    void give_back(ObjectAddress address, SlabCaller& caller) {
        const u32 number = pages_.find(address.pfn());
        Slab& slab = slabs_[number];
        Cache& of = caches_[slab.cache];
        CpuSlab& mine = cpu_slabs_[slab.cache * cpus_ + caller.cpu];
        const u32 object = object_at(slab, of, address);
        --of.used;
        if (number != mine.slab) [[unlikely]]
            return free_elsewhere(number, object, mine, caller);
        links_[mine.first_link + object] = mine.freelist;
        mine.freelist = static_cast<u16>(object);
    }
    ObjectFault free_fault(ObjectAddress address) const;
    ObjectFault free_fault(CacheId cache, ObjectAddress address) const;

    const std::vector<Cache>& caches() const { return caches_; }
    const Cache& cache(CacheId of) const { return caches_[of.value]; }
    CacheId find(std::string_view name) const;
    CacheId cache_of(ObjectAddress address) const;  // none if it lies in no slab
    CacheCounters counters(CacheId cache) const;
    const CpuSlab& cpu_slab(CacheId cache, u32 cpu) const { return cpu_slabs_[cache.value * cpus_ + cpu]; }
    const NodeSlabs& node_slabs(CacheId cache, u32 node) const { return node_slabs_[cache.value * nodes_ + node]; }
    const std::vector<Slab>& slabs() const { return slabs_; }  // with the unused records
    u16 link(const Slab& slab, u32 object) const { return links_[slab.first_link + object]; }
    // A number that no other object has while this one is there, below index_end(): for what others keep of objects.
    u32 index_of(ObjectAddress address) const {
        const Slab& slab = slabs_[pages_.find(address.pfn())];
        return slab.first_link + object_at(slab, caches_[slab.cache], address);
    }
    u32 index_end() const { return static_cast<u32>(links_.size()); }

    // Everything fits together, with the page allocator too: empty, or a sentence. Costs a pass over all objects.
    std::string check(const PageAllocator& memory) const;
    u64 bytes() const;

private:
    u32 object_at(const Slab& slab, const Cache& of, ObjectAddress address) const {
        const u64 offset = address.value - (u64{slab.pfn.value} << kPageShift);
        return static_cast<u32>((offset * of.reciprocal) >> 32);
    }
    NodeSlabs& node_of(const Slab& slab) { return node_slabs_[slab.cache * nodes_ + slab.node]; }

    // A CPU's slab, slab_cpu.cpp.
    bool fill_cpu_slab(u32 cache, CpuSlab& mine, Gfp mask, SlabCaller& caller);
    bool take_slab(u32 cache, CpuSlab& mine, Gfp mask, SlabCaller& caller);
    u32 take_node_partial(u32 cache, u32 node, CpuSlab& mine, SlabCaller& caller);
    u32 take_any_partial(u32 cache, CpuSlab& mine, Gfp mask, SlabCaller& caller);
    void use_slab(u32 number, CpuSlab& mine);
    void free_elsewhere(u32 number, u32 object, CpuSlab& mine, SlabCaller& caller);
    void put_cpu_partial(u32 number, CpuSlab& mine, SlabCaller& caller);
    void put_partials(CpuSlab& mine, SlabCaller& caller);
    void deactivate_slab(u32 cache, CpuSlab& mine, SlabCaller& caller);
    void flush_cpu(u32 cache, u32 cpu, SlabCaller& caller);

    // Slabs and lists, slab.cpp.
    u32 new_slab(u32 cache, Gfp mask, SlabCaller& caller);
    Pfn alloc_slab_pages(const Cache& of, Gfp mask, u8* order, SlabCaller& caller);
    u32 new_record(Cache& of);
    void link_objects(Slab& slab, const Cache& of);
    void discard_slab(u32 number, SlabCaller& caller);
    enum class Place : u8 { head, tail };
    void add_partial(u32 number, Place place, SlabCaller& caller);
    void remove_partial(u32 number);
    void free_empty_partials(u32 cache, u32 node, SlabCaller& caller);
    void sort_partials(u32 cache, u32 node, SlabCaller& caller);
    void report(TraceKind kind, u32 number, u32 count, SlabCaller& caller) const;
    void report_object(TraceKind kind, ObjectAddress address, SlabCaller& caller) const;
    std::string check_slab(u32 number, const PageAllocator& memory) const;
    std::string check_lists(u32 cache) const;

    const Profile* profile_ = nullptr;
    Arch arch_ = Arch::x86_64;
    u32 cpus_ = 1;
    u32 nodes_ = 1;
    FreelistOrder order_ = FreelistOrder::plain;
    Prng prng_;
    SlabPages pages_;
    std::vector<Cache> caches_;
    std::vector<CpuSlab> cpu_slabs_;    // cache by cache, CPU by CPU
    std::vector<NodeSlabs> node_slabs_; // cache by cache, node by node
    std::vector<Slab> slabs_;
    std::vector<u16> links_;
};

}  // namespace mmscope
