// The classic SLAB: slabs by how full they are, and before them a queue of objects for each CPU (mm/slab.c, 2.6.32).
//
//   CPU 0  [ o o o o . . ]      each CPU's array: taken from its end, given back to its end
//   CPU 1  [ o o . . . . ]
//   shared [ o o o . . . . . ]  where there are several CPUs: what one gives back another may take
//   full -> slab -> slab      partial -> slab      free -> slab -> slab
//
// A CPU without objects fills its array by batchcount, from the shared one or else from partial slabs, then from free
// ones, then from a new one; a full array is flushed by batchcount, the oldest first. A slab whose last object comes
// back stays on the free list unless that has more than free_limit objects; cache_reap() lets a part go by and by.
// Objects in arrays count as active, as slabinfo counts them. Left out: nodes (there is one) with their alien caches,
// the memory of the arrays and descriptors, SLAB's own debugging; and refills and flushes are no events.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "mm/slab.h"
#include "mm/slab_classic_rules.h"

namespace mmscope {

enum class ClassicPlace : u8 { unused, full, partial, free };
inline constexpr u32 kClassicLists = 3;  // of a cache, by ClassicPlace less one

struct ClassicSlab {
    Pfn pfn;
    u32 first_link = 0;  // of its objects: kmem_bufctl_t
    u32 next = kNoSlab;  // on its list
    u32 prev = kNoSlab;
    u32 first_byte = 0;        // of its first object: the colour, and the management if it is on the slab
    u32 padding_before = 0;
    ObjectAddress management;  // in a general cache, if it is off the slab
    u16 free = 0;              // the first free object
    u16 inuse = 0;             // those in arrays too
    u16 cache = 0;
    ClassicPlace place = ClassicPlace::unused;
    u8 lost_management = 0;  // 1: adopted, off the slab, and nobody knows where
};

// struct array_cache: objects that are free and not in their slabs.
struct ArrayCache {
    std::vector<ObjectAddress> objects;  // the one given next last
    u32 limit = 0;
    bool is_touched = false;  // since cache_reap() last looked
};

struct ClassicCache {
    struct List {
        u32 first = kNoSlab;
        u32 last = kNoSlab;
        u32 slabs = 0;
    };

    std::string name;  // empty: destroyed
    CacheSpec spec;
    ClassicLayout layout;
    u32 alloc_flags = 0;       // gfp
    CacheId management_cache;  // of off-slab management
    std::array<List, kClassicLists> lists;
    std::vector<ArrayCache> arrays;  // by CPU
    ArrayCache shared;               // limit 0: none
    u32 free_objects = 0;            // in slabs
    u32 free_limit = 0;
    u32 colour_next = 0;
    bool is_free_touched = false;  // a free slab was needed since cache_reap() last looked
    u64 next_reap = 4;             // seconds
    u32 spare = kNoSlab;           // records of slabs that are gone
    u32 used = 0;                  // objects that somebody has
    bool exists() const { return !name.empty(); }
};

// The columns of /proc/slabinfo.
struct ClassicCounters {
    u32 active_objects = 0;  // those in arrays too
    u32 objects = 0;
    u32 active_slabs = 0;
    u32 slabs = 0;
    u32 shared_available = 0;
    friend bool operator==(const ClassicCounters&, const ClassicCounters&) = default;
};

class ClassicSlabAllocator {
public:
    ClassicSlabAllocator() = default;
    ClassicSlabAllocator(const ClassicSlabAllocator& other);  // as of PageAllocator
    ClassicSlabAllocator(ClassicSlabAllocator&& other) noexcept;
    ClassicSlabAllocator& operator=(const ClassicSlabAllocator& other);
    ClassicSlabAllocator& operator=(ClassicSlabAllocator&& other) noexcept;
    ~ClassicSlabAllocator();
    // kmem_cache_init: the general caches, "size-32" first, "size-32(DMA)" next.
    explicit ClassicSlabAllocator(const PageAllocator& memory);

    // kmem_cache_create; none if no slab can hold an object. A name that exists is the caller's to refuse.
    CacheId create(std::string_view name, const CacheSpec& spec);
    // kmem_cache_shrink: all arrays are drained and all free slabs go.
    void shrink(CacheId cache, SlabCaller& caller);
    // kmem_cache_destroy: how many objects are still used, for which the cache stays ("Can't free all objects").
    u32 destroy(CacheId cache, SlabCaller& caller);
    // What ran before the machine is known (slab_classic_adopt.cpp), in this order. A cache of this layout; a general
    // one takes it over. A slab of it: `pfn` is an allocated block of slabs', and `free` of its objects, drawn, are
    // free. Some of those that seem to be used, drawn too, lie in the shared array, which has room for them. And
    // off-slab management is found among used objects of the general caches; where those are too few it stays unknown.
    CacheId adopt(std::string_view name, const CacheSpec& spec, const ClassicLayout& layout);
    void adopt_slab(CacheId cache, Pfn pfn, u32 free, Prng& prng);
    void adopt_shared(CacheId cache, u32 count, Prng& prng);
    void adopt_management();

    // cache_reap(): `seconds` are those since the machine booted; a CPU does this every two.
    void reap(u64 seconds, SlabCaller& caller);

    ObjectAddress alloc(CacheId cache, Gfp mask, SlabCaller& caller);  // NULL if no block is left
    void free(ObjectAddress address, SlabCaller& caller);              // there is no fault
    ObjectFault free_fault(ObjectAddress address) const;

    // The general cache for so many bytes; none above 128 KiB.
    CacheId general_cache(u64 size, Gfp mask) const;

    const std::vector<ClassicCache>& caches() const { return caches_; }
    const ClassicCache& cache(CacheId of) const { return caches_[of.value]; }
    CacheId find(std::string_view name) const;
    CacheId cache_of(ObjectAddress address) const;  // none if it lies in no slab
    ObjectPlace locate(ObjectAddress address) const;
    ClassicCounters counters(CacheId cache) const;
    const std::vector<ClassicSlab>& slabs() const { return slabs_; }  // with the unused records
    u16 link(const ClassicSlab& slab, u32 object) const { return links_[slab.first_link + object]; }
    // As SlabAllocator has it: a number that no other object has while this one is there.
    u32 index_of(ObjectPlace place) const { return slabs_[place.slab].first_link + place.object; }
    u32 index_end() const { return static_cast<u32>(links_.size()); }

    // The state, for who saves and restores it: arrays of plain numbers, and the caches with their arrays of objects.
    void set_caches(const std::vector<ClassicCache>& caches) { caches_ = caches; }
    template <class Self, class Use>
    static void for_each_array(Self& self, Use&& use) {
        SlabPages::for_each_array(self.pages_, use);
        use(self.slabs_);
        use(self.links_);
    }

    // Everything fits together, with the page allocator too: empty, or a sentence. Costs a pass over all objects.
    std::string check(const PageAllocator& memory) const;
    u64 bytes() const;

private:
    enum class End : u8 { head, tail };

    ClassicCache new_cache(std::string_view name, const CacheSpec& spec, const ClassicLayout& layout) const;
    CacheId add(ClassicCache cache);
    ObjectAddress address_of(const ClassicSlab& slab, u32 object) const;
    u32 next_colour(u32 cache);
    u32 begin_slab(u32 cache, Pfn pfn, u32 colour);
    ObjectPlace next_used(u32 cache, ObjectPlace from) const;
    ArrayCache& array_of(u32 cache, const SlabCaller& caller) { return caches_[cache].arrays[caller.cpu]; }
    bool refill(u32 cache, Gfp mask, SlabCaller& caller);
    void take_from_slabs(u32 cache, ArrayCache& to, u32 wanted);
    bool grow(u32 cache, Gfp mask, SlabCaller& caller);
    u32 new_record(ClassicCache& of);
    void flush(u32 cache, ArrayCache& from, SlabCaller& caller);
    void free_block(u32 cache, ArrayCache& from, u32 count, SlabCaller& caller);
    void put_back(u32 cache, ObjectAddress object, SlabCaller& caller);
    void drain_array(u32 cache, ArrayCache& from, SlabCaller& caller);
    void drain_all(u32 cache, SlabCaller& caller);
    u32 drain_free_slabs(u32 cache, u32 most, SlabCaller& caller);
    void destroy_slab(u32 number, SlabCaller& caller);
    void move(u32 number, ClassicPlace to, End end);
    void unlink(u32 number);
    ClassicCache::List& list_of(const ClassicSlab& slab) {
        return caches_[slab.cache].lists[static_cast<u32>(slab.place) - 1];
    }
    void report(TraceKind kind, u32 number, u32 count, SlabCaller& caller) const;
    std::string check_slab(u32 number, const PageAllocator& memory) const;
    std::string check_lists(u32 cache) const;

    Arch arch_ = Arch::x86_32;
    u32 cpus_ = 1;
    u32 frames_ = 0;
    SlabPages pages_;
    std::vector<ClassicCache> caches_;
    std::vector<ClassicSlab> slabs_;
    std::vector<u16> links_;
};

}  // namespace mmscope
