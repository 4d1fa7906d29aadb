// SLUB: caches of equal objects in slabs, which are blocks of the page allocator's (mm/slub.c, Linux 6.1, 6.12, 7.2).
//
//   each CPU     its slab, with a list of free objects that nobody else touches; a few partial slabs behind it
//   each node    partial slabs, of which min_partial may be empty; a full slab is on no list at all
//
// (On 7.2 a CPU has sheaves in place of slabs, mm/slab_sheaves.h.)
//
//   a slab's objects, as links:   [ 2 | used | 5 | used | used | end ]     free list: 0 -> 2 -> 5
//                                    a free object names the next free one, and a used one nothing
//
// The state is indices in arrays: two bytes an object, 28 a slab. An object is named by its physical address, the
// kernel's pointer less PAGE_OFFSET. In a cache with slab_debug no CPU has a slab, and every object is checked (mm/slab_debug.h).
// Left out: what the objects of other caches hold, the memory of the descriptors themselves, the grace period before TYPESAFE_BY_RCU pages are free. Of another node's partial slabs the kernel
// now and then takes none, by the clock; here it always takes one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "mm/page_alloc.h"
#include "mm/slab_debug.h"
#include "mm/slab_sheaves.h"
#include "mm/slab_state.h"

namespace mmscope {

// Who asks, and of which machine.
struct SlabCaller {
    PageAllocator& memory;
    Trace& trace;
    u32 call = 0;  // remembered by the pages
    u32 cpu = 0;
    u32 pid = 0;      // for slab_debug, like all that follows
    u64 jiffies = 0;
    u32 requested = 0;  // bytes: kmalloc says it
};

// Pages that become a slab, or a large object of kmalloc: slabs own them, and NR_SLAB_* counts them (account_slab).
void account_slab(PageAllocator& memory, Pfn pfn, Order order, VmCounter counter);
void unaccount_slab(PageAllocator& memory, Order order, VmCounter counter);
constexpr VmCounter slab_counter(const CacheSpec& spec) {
    return (spec.flags & slab_flag::kReclaimAccount) != 0 ? VmCounter::nr_slab_reclaimable
                                                          : VmCounter::nr_slab_unreclaimable;
}
// kmalloc_fix_flags(): a zone that slabs cannot be of (GFP_SLAB_BUG_MASK: HIGHMEM, DMA32) is dropped, with a warning.
Gfp fix_slab_flags(Gfp mask, Order order, const SlabCaller& caller);

class SlabAllocator {
public:
    SlabAllocator() = default;
    SlabAllocator(const SlabAllocator& other);  // as of PageAllocator
    SlabAllocator(SlabAllocator&& other) noexcept;
    SlabAllocator& operator=(const SlabAllocator& other);
    SlabAllocator& operator=(SlabAllocator&& other) noexcept;
    ~SlabAllocator();
    // A machine that boots: no cache yet. The profile of `memory` has SLUB.
    SlabAllocator(const PageAllocator& memory, FreelistOrder order, u64 seed,
                  FreelistPointers pointers = FreelistPointers::plain);

    // kmem_cache_create. The object's size is one that a cache may have; a name that exists is the caller's to refuse.
    // A spec that may be merged gets an older cache that it fits.
    CacheId create(std::string_view name, const CacheSpec& spec);
    // kmem_cache_shrink: every CPU gives its slabs back, empty ones are freed, the fullest come first.
    void shrink(CacheId cache, SlabCaller& caller);
    // kmem_cache_destroy: how many objects are still used, for which the kernel complains and leaves the cache, with
    // nobody as its user: on 6.1 it is listed on and may get users again, since 6.12 it is not. To destroy it once more
    // does nothing. A merged cache only loses one of its users. Of one that is gone the name stays until another takes
    // its place.
    u32 destroy(CacheId cache, SlabCaller& caller);

    // What ran before the machine is known (slab_adopt.cpp). A cache of this layout, merged with none; one of kmalloc's
    // that has no slab yet takes the layout over. And a slab of it: `pfn` is an allocated block of slabs', of the
    // layout's order or the least one, and `free` of its objects, drawn by the seed, are free.
    CacheId adopt(std::string_view name, const CacheSpec& spec, const CacheLayout& layout);
    void adopt_slab(CacheId cache, Pfn pfn, Order order, u32 free, PageAllocator& memory);

    // kmem_cache_alloc: the object, or NULL if the page allocator has no block left.
    ObjectAddress alloc(CacheId cache, Gfp mask, SlabCaller& caller) {
        u32 index = 0;
        const ObjectAddress address = take(cache, mask, caller, &index);
        if (caller.trace.is_attached() && !address.is_null()) [[unlikely]]
            report_object(TraceKind::kmem_cache_alloc, address, caller);
        return address;
    }
    // kmem_cache_free: there is no fault.
    void free(ObjectAddress address, SlabCaller& caller) {
        if (caller.trace.is_attached()) [[unlikely]]
            report_object(TraceKind::kmem_cache_free, address, caller);
        give_back(locate(address), caller);
    }
    // The same for callers whose own event tells it (kmalloc and kfree). *index is the object's, as index_of() has it.
    ObjectAddress take(CacheId cache, Gfp mask, SlabCaller& caller, u32* index) {
        const u32 at = cache.value;
        CpuSlab& mine = cpu_slabs_[at * cpus_ + caller.cpu];
        if (mine.freelist == kEndOfList) [[unlikely]] {
            if (caches_[at].is_debugged()) return take_debugged(at, mask, caller, index);
            if (has_sheaves_) return take_from_sheaf(at, mask, caller, index);
            if (!fill_cpu_slab(at, mine, mask, caller)) return {};
        }
        const u32 object = mine.freelist;
        *index = mine.first_link + object;
        u16* const link = links_.data() + *index;
        mine.freelist = *link;
        *link = kUsedObject;
        SlabCache& of = caches_[at];
        ++of.used;
        return {mine.address + u64{object} * of.layout.size};
    }
    void give_back(ObjectPlace place, SlabCaller& caller) {
        Slab& slab = slabs_[place.slab];
        CpuSlab& mine = cpu_slabs_[slab.cache * cpus_ + caller.cpu];
        --caches_[slab.cache].used;
        if (place.slab != mine.slab) [[unlikely]]
            return free_elsewhere(place.slab, place.object, mine, caller);
        links_[mine.first_link + place.object] = mine.freelist;
        mine.freelist = static_cast<u16>(place.object);
    }
    ObjectFault free_fault(ObjectAddress address) const;
    ObjectFault free_fault(CacheId cache, ObjectAddress address) const;

    // The word that an object on a free list holds for the next one (mm/slab_freelist.h); nothing if it is on none.
    std::optional<u64> stored_freepointer(ObjectPlace place) const;
    // Which free list an object would be put on, if a CPU freed it now, and whether it is that list's first: then
    // set_freepointer() of a hardened cache stops the kernel.
    enum class FreeTo : u8 { list, list_head, sheaf };
    FreeTo free_to(ObjectPlace place, u32 cpu, const PageAllocator& memory) const;

    // slab_debug, on the kernel's command line: these flags for every cache that is created from here on, or only for
    // those of a list of names, "kmalloc-128,dentry"; '*' ends a name that goes on.
    void set_debug(u32 flags, std::string_view names = {});
    CacheSpec with_debug(std::string_view name, CacheSpec spec) const;  // what create() makes of a spec
    // A caller's bytes, where a debugged cache's slab lies; elsewhere nothing remembers them. The end is not one of them.
    void write(ObjectAddress from, ObjectAddress to, u8 value);
    u8 byte(ObjectAddress at) const;
    std::vector<PlacePart> parts(CacheId cache) const { return debug_.parts(caches_[cache.value]); }
    std::vector<PlacePart> parts(ObjectPlace place) const { return debug_.parts(view(place.slab), place.object); }
    // kfree, or kmem_cache_free into the cache `named`, of any pointer, however wrong, if its cache is debugged: what is
    // wrong with it is among the bugs, and then nothing is freed.
    void free_checked(CacheId named, ObjectAddress address, SlabCaller& caller);
    // What kmem_cache_free() does about an object of another cache: frees it and does not look; warns and frees it into
    // its own (cache_from_obj(), until 6.x); warns and keeps it (7). It looks if it is hardened or `named` is checked.
    enum class WrongCache : u8 { unseen, given_back, leaked };
    WrongCache wrong_cache(CacheId named) const;
    void warn_wrong_cache(CacheId named, ObjectAddress address, SlabCaller& caller);
    // What a heap is warned of that no slab has to do with.
    void warn(SlabBug::Kind kind, u64 pointer, SlabCaller& caller, Gfp mask = {}, u32 why = 0);
    // /sys/kernel/slab/NAME/validate: all objects of its partial slabs and, with STORE_USER, of its full ones.
    void validate(CacheId cache, SlabCaller& caller);
    // What was found, by slab_debug and by destroy(), since it was asked for last.
    std::vector<SlabBug> take_bugs() { return debug_.take_bugs(); }
    const std::vector<SlabBug>& bugs() const { return debug_.bugs(); }
    u32 taints() const { return debug_.taints(); }  // kernel_taint, and before the last command about objects
    u32 taints_before() const { return debug_.taints_before(); }

    const std::vector<SlabCache>& caches() const { return caches_; }
    const SlabCache& cache(CacheId of) const { return caches_[of.value]; }
    CacheId find(std::string_view name) const;
    CacheId cache_of(ObjectAddress address) const;  // none if it lies in no slab
    // Of an object's address; of one that lies in no slab, kNoSlab.
    ObjectPlace locate(ObjectAddress address) const {
        const u32 number = pages_.find(address.pfn());
        if (number == kNoSlab) [[unlikely]]
            return {};
        return {number, object_at(slabs_[number], caches_[slabs_[number].cache], address)};
    }
    CacheCounters counters(CacheId cache) const;
    const CpuSlab& cpu_slab(CacheId cache, u32 cpu) const { return cpu_slabs_[cache.value * cpus_ + cpu]; }
    const CpuSheaves& cpu_sheaves(CacheId cache, u32 cpu) const { return cpu_sheaves_[cache.value * cpus_ + cpu]; }
    const Barn& barn(CacheId cache, u32 node) const { return barns_[cache.value * nodes_ + node]; }
    const SheafPool& sheaves() const { return sheaves_; }
    const NodeSlabs& node_slabs(CacheId cache, u32 node) const { return node_slabs_[cache.value * nodes_ + node]; }
    const std::vector<Slab>& slabs() const { return slabs_; }  // with the unused records
    u16 link(const Slab& slab, u32 object) const { return links_[slab.first_link + object]; }
    // A number that no other object has while this one is there, below index_end(): for what others keep of objects.
    u32 index_of(ObjectPlace place) const { return slabs_[place.slab].first_link + place.object; }
    u32 index_end() const { return static_cast<u32>(links_.size()); }

    // All of the state, for who saves and restores it: arrays of plain numbers, which grow, and the rest, which is
    // small. What a machine is (CPUs, nodes, profile) is not in it.
    struct Rest {
        std::vector<SlabCache> caches;
        Prng prng;
        SlabDebug debug;
        u32 debug_flags = 0;
        std::string debug_names;
    };
    Rest rest() const {
        Rest rest{caches_, prng_, debug_, debug_flags_, debug_names_};
        rest.debug.take_bugs();  // of the last call only
        return rest;
    }
    void set_rest(const Rest& rest) {
        caches_ = rest.caches;
        prng_ = rest.prng;
        debug_ = rest.debug;
        debug_flags_ = rest.debug_flags;
        debug_names_ = rest.debug_names;
    }
    template <class Self, class Use>
    static void for_each_array(Self& self, Use&& use) {
        SlabPages::for_each_array(self.pages_, use);
        use(self.cpu_slabs_);
        use(self.node_slabs_);
        use(self.slabs_);
        use(self.links_);
        SheafPool::for_each_array(self.sheaves_, use);
        use(self.cpu_sheaves_);
        use(self.barns_);
    }

    // Everything fits together, with the page allocator too: empty, or a sentence. Costs a pass over all objects.
    std::string check(const PageAllocator& memory) const;
    u64 bytes() const;

private:
    u32 object_at(const Slab& slab, const SlabCache& of, ObjectAddress address) const {
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

    enum class Place : u8 { head, tail };  // of a list

    // 7.2, slab_sheaves.cpp. The objects that were taken are marked as used.
    ObjectAddress take_from_sheaf(u32 cache, Gfp mask, SlabCaller& caller, u32* index);
    bool replace_empty_main(u32 cache, CpuSheaves& mine, Gfp mask, SlabCaller& caller);
    bool refill_sheaf(u32 cache, u32 sheaf, Gfp mask, SlabCaller& caller);
    u32 take_objects(u32 cache, Gfp mask, u32 wanted, u64* objects, SlabCaller& caller);
    u32 take_partial_objects(u32 cache, u32 node, u32 wanted, u64* objects, Place rest, SlabCaller& caller);
    u32 take_slab_objects(u32 number, u32 wanted, u64* objects);
    void give_to_sheaf(u32 number, u32 object, SlabCaller& caller);
    void replace_full_main(u32 cache, CpuSheaves& mine, SlabCaller& caller);
    void free_to_slab(u32 number, u32 object, SlabCaller& caller);
    void flush_sheaf(u32 cache, u32 sheaf, SlabCaller& caller);
    void flush_sheaves(u32 cache, u32 cpu, SlabCaller& caller);
    void empty_barn(u32 cache, u32 node, SlabCaller& caller);
    void report_sheaf(TraceKind kind, u32 cache, u32 sheaf, SlabCaller& caller) const;
    std::string check_sheaves() const;
    CpuSheaves& sheaves_of(u32 cache, u32 cpu);
    u16& link_of(ObjectAddress address) { return links_[index_of(locate(address))]; }

    // slab_debug, slab_debugged.cpp.
    ObjectAddress take_debugged(u32 cache, Gfp mask, SlabCaller& caller, u32* index);
    u32 find_debugged_slab(u32 cache, Gfp mask, SlabCaller& caller);
    bool take_head(u32 number, SlabCaller& caller);
    void give_up_slab(u32 number);
    void free_debugged(u32 number, ObjectAddress address, SlabCaller& caller);
    void report_remaining(u32 cache, SlabCaller& caller);
    void tell_bugs(SlabCaller& caller);
    CheckedSlab view(u32 number) const {
        const Slab& slab = slabs_[number];
        return {caches_[slab.cache], slab, links_.data() + slab.first_link, number};
    }

    u32 cache_place(u16 objects);
    void set_layout(SlabCache& cache, const CacheLayout& layout);
    void keep_free(Slab& slab, u32 free);

    // Slabs and lists, slab.cpp.
    void flush_all(u32 cache, SlabCaller& caller);
    u32 new_slab(u32 cache, Gfp mask, SlabCaller& caller);
    u32 begin_slab(u32 cache, Pfn pfn, Order order, const PageAllocator& memory);
    Pfn alloc_slab_pages(const SlabCache& of, Gfp mask, u8* order, SlabCaller& caller);
    u32 new_record(SlabCache& of);
    void link_objects(Slab& slab, const SlabCache& of);
    void discard_slab(u32 number, SlabCaller& caller);
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
    FreelistPointers pointers_ = FreelistPointers::plain;
    Prng prng_;
    SlabPages pages_;
    std::vector<SlabCache> caches_;
    std::vector<CpuSlab> cpu_slabs_;    // cache by cache, CPU by CPU
    std::vector<NodeSlabs> node_slabs_; // cache by cache, node by node
    std::vector<Slab> slabs_;
    std::vector<u16> links_;
    bool has_sheaves_ = false;
    SheafPool sheaves_;
    std::vector<CpuSheaves> cpu_sheaves_;  // as cpu_slabs_
    std::vector<Barn> barns_;              // as node_slabs_
    SlabDebug debug_;
    u32 debug_flags_ = 0;
    std::string debug_names_;
};

}  // namespace mmscope
