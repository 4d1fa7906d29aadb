// What goes back to a heap: objects, and what somebody takes for one.
#include "play/heap.h"
#include "play/page_calls.h"
#include "play/value.h"

namespace mmscope {

namespace {

constexpr i64 kEinval = 22;
constexpr u32 kKmallocCaches = kKmallocClasses * kKmallocTypes;  // the allocator's first

// free_large_kmalloc(): what lies in no slab is taken for a block of kmalloc's. One whose order nobody has noted
// (__GFP_COMP) would lose its first page alone: such blocks stay misuse where the kernel frees them.
bool takes_page(const FreeObject& free, const PageAllocator& memory) {
    if (free.call != PageCall::kfree || !has_slub(memory.profile())) return false;
    const BlockRef block = memory.frames().block_of(ObjectAddress{free.object}.pfn());
    if (!free_fault(memory, block.head, block.order).is_empty()) return false;
    return memory.profile().slab.kfree_keeps_pages || block.order.value == 0 || memory.allocation(block.head).compound;
}

}  // namespace

// Of a cache that checks its objects SLUB refuses a pointer that is none, and lives on.
bool Heap::is_checked(const FreeObject& free) const {
    const auto checks = [&](CacheId cache) {
        return !cache.is_none() && (slab_.cache(cache).spec.flags & slab_flag::kConsistencyChecks) != 0;
    };
    const ObjectAddress address{free.object};
    if (!has_slub_ || address.value >> kPageShift > kNoPfn.value) return false;
    const CacheId own = slab_.cache_of(address);
    if (!own.is_none()) return checks(own);
    const bool is_named = free.call == PageCall::kmem_cache_free && names_[free.cache].exists();
    return is_named && checks(names_[free.cache].cache) && free_fault(address) != ObjectFault::none;
}

// A double free: set_freepointer() of a hardened cache compares the object with the first of the list that it would be
// put before, and with no other.
void Heap::say_what_hardening_sees(ObjectAddress address, u32 cpu, const PageAllocator& memory, Message* fault) const {
    const CacheId own = has_slub_ ? slab_.cache_of(address) : CacheId{};
    if (own.is_none() || !slab_.cache(own).is_hardened || free_fault(address) != ObjectFault::already_free) return;
    switch (slab_.free_to(slab_.locate(address), cpu, memory)) {
        case SlabAllocator::FreeTo::list_head: fault->key = "error.object_free_bug"; break;
        case SlabAllocator::FreeTo::list: fault->key = "error.object_free_unseen"; break;
        case SlabAllocator::FreeTo::sheaf: fault->key = "error.object_free_sheaf"; break;
    }
}

Message Heap::free_fault(const FreeObject& free, u32 cpu, const PageAllocator& memory) const {
    Message fault = object_fault({free.object}, free.object_call, memory);
    if (fault.key == "error.object_page" && takes_page(free, memory)) return {};
    if (!fault.is_empty()) say_what_hardening_sees({free.object}, cpu, memory, &fault);
    const bool is_stale = free_fault({free.object}) == ObjectFault::none;
    if (!fault.is_empty() && (is_stale || !is_checked(free))) return fault;
    if (free.call == PageCall::kfree) return {};
    if (Message gone = cache_fault(free.cache); !gone.is_empty()) return gone;
    if (!fault.is_empty()) return {};
    const CacheId own = cache_of({free.object});
    if (has_slub_ || own == names_[free.cache].cache) return {};
    return Message("error.object_wrong_cache")
        .hex("address", direct_map_base(memory.arch()) + free.object)
        .text("cache", cache_name(own))
        .text("said", names_[free.cache].name);
}

// free_large_kmalloc() of what the page allocator gave: of a single page it warns, in Linux only the first time, and
// frees it; of 6.16 and later it warns of all and frees none. Left out: that nr_slab_unreclaimable is counted down.
void Heap::free_page(ObjectAddress address, SlabCaller& caller, CommandResult* result) {
    const BlockRef block = caller.memory.frames().block_of(address.pfn());
    const bool is_kept = caller.memory.profile().slab.kfree_keeps_pages;
    if (is_kept) result->number = -kEinval;
    if (is_kept || block.order.value == 0) slab_.free_checked({}, address, caller);
    if (!is_kept) caller.memory.free_pages(block.head, block.order, caller.cpu, caller.trace);
}

// An object always goes back to its own cache, or, since 7, nowhere; that it was said to be of another is a warning, if
// kmem_cache_free() looks. Where it does not the kernel frees into the cache that it was told; of that the model has the
// slab's own free list, and leaves the slab with the cache that made it. What lies in no slab, a large block of
// kmalloc's, is a warning too, and stays where it is.
void Heap::free(const FreeObject& free, SlabCaller& caller, CommandResult* result) {
    const ObjectAddress address{free.object};
    if (!has_slub_) return classic_.free(address, caller);
    const CacheId own = slab_.cache_of(address);
    const CacheId named = free.call == PageCall::kmem_cache_free ? names_[free.cache].cache : CacheId{};
    const bool is_object = free_fault(address) == ObjectFault::none;
    const bool is_large = is_object && own.is_none() && !named.is_none();
    const bool is_page = free.call == PageCall::kfree && !is_object && own.is_none();
    if (is_page) return free_page(address, caller, result);
    if (is_large) result->number = -kEinval;
    if (is_large || !is_object) return slab_.free_checked(named, address, caller);
    const bool is_kmallocs = own.is_none() || own.value < kKmallocCaches;
    if (!named.is_none() && own != named) {
        slab_.warn_wrong_cache(named, address, caller);
        if (slab_.wrong_cache(named) == SlabAllocator::WrongCache::leaked) {
            result->number = -kEinval;
            return;
        }
    }
    if (free.call == PageCall::kfree || is_kmallocs) return kmalloc_.free(slab_, address, caller);
    slab_.free(address, caller);
}

}  // namespace mmscope
