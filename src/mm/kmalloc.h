// kmalloc and its kin: bytes by size, from the cache of the next larger class or, above 8 KiB, whole pages.
//
//   kmalloc(100, GFP_KERNEL)         kmalloc-128      28 bytes given and not asked for
//   kmalloc(100, GFP_KERNEL_ACCOUNT) kmalloc-cg-128
//   kmalloc(10000, GFP_KERNEL)       a block of order 2: 16,384 bytes
//   kmalloc(0)                       16, an address that nobody may use; kfree passes over it
//   kmalloc(4 MiB + 1)               NULL
//
// (`__do_kmalloc_node`, `___kmalloc_large_node`, `krealloc`, mm/slub.c and mm/slab_common.c, Linux 6.1 and 6.12.) What
// was asked for is kept for each object, which the kernel does only when it debugs, so that what is lost inside can be
// summed. A zone that kmalloc cannot use (HIGHMEM, DMA32) is dropped from the mask, as the kernel does with a warning.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "mm/slab.h"

namespace mmscope {

inline constexpr ObjectAddress kZeroSizePtr{16};  // ZERO_SIZE_PTR

// Sums over what is allocated.
struct KmallocUse {
    u64 objects = 0;
    u64 requested = 0;  // bytes
    u64 given = 0;
    friend bool operator==(const KmallocUse&, const KmallocUse&) = default;
};

class Kmalloc {
public:
    Kmalloc() = default;
    // create_kmalloc_caches: the 52 caches, in an allocator that has none yet.
    Kmalloc(SlabAllocator& slab, const PageAllocator& memory);

    // After SlabAllocator::adopt: nobody knows what was asked for, so all used objects count as asked for whole.
    void count_adopted(const SlabAllocator& slab);

    // kmalloc, kzalloc, kcalloc: what they put into the object is not modelled. NULL if it fails.
    ObjectAddress alloc(SlabAllocator& slab, u64 size, Gfp mask, SlabCaller& caller);
    // kfree: of NULL and kZeroSizePtr nothing. There is no fault.
    void free(SlabAllocator& slab, ObjectAddress address, SlabCaller& caller);
    // krealloc: the same object as long as the new size fits into it. NULL: there is no other, and the old one stays.
    ObjectAddress realloc(SlabAllocator& slab, ObjectAddress address, u64 size, Gfp mask, SlabCaller& caller);

    ObjectFault free_fault(const SlabAllocator& slab, ObjectAddress address) const;
    // Of what alloc gave: the bytes that may be used, and those that were asked for.
    u64 ksize(const SlabAllocator& slab, ObjectAddress address) const;
    u64 requested(const SlabAllocator& slab, ObjectAddress address) const;

    CacheId cache(KmallocType type, u32 of_class) const { return caches_[static_cast<u32>(type)][of_class]; }
    KmallocUse use_of(const SlabAllocator& slab, KmallocType type, u32 of_class) const;
    KmallocUse large_use() const { return large_use_; }
    KmallocUse use(const SlabAllocator& slab) const;  // all of it

    // A large object: a block of the page allocator's, or the place of one (kNoPfn).
    struct LargeBlock {
        u32 requested = 0;  // bytes
        Pfn pfn = kNoPfn;
        Order order;
        u8 padding[3] = {};  // named, so that equal blocks are equal bytes
    };
    const std::vector<LargeBlock>& large_blocks() const { return large_; }

    // As SlabAllocator's, for who saves and restores it.
    struct Rest {
        std::array<u64, kKmallocClasses * kKmallocTypes> requested_sums{};
        KmallocUse large_use;
    };
    Rest rest() const { return {requested_sums_, large_use_}; }
    void set_rest(const Rest& rest) {
        requested_sums_ = rest.requested_sums;
        large_use_ = rest.large_use;
    }
    template <class Self, class Use>
    static void for_each_array(Self& self, Use&& use) {
        use(self.requested_);
        SlabPages::for_each_array(self.large_pages_, use);
        use(self.large_);
        use(self.spare_large_);
    }

    // Empty, or a sentence. Costs a pass over all objects.
    std::string check(const SlabAllocator& slab, const PageAllocator& memory) const;
    u64 bytes() const;

private:
    ObjectAddress alloc_large(u32 size, Gfp mask, SlabCaller& caller);
    void free_large(u32 block, SlabCaller& caller);
    u32 large_block(ObjectAddress address) const;  // kNothing if none begins there
    void note(const SlabAllocator& slab, ObjectAddress address, u32 size);
    u64& requested_sum(CacheId cache) { return requested_sums_[cache.value]; }
    void report(TraceKind kind, ObjectAddress address, u64 size, CacheId cache, Order order, SlabCaller& caller) const;

    std::array<std::array<CacheId, kKmallocClasses>, kKmallocTypes> caches_{};
    std::array<u64, kKmallocClasses * kKmallocTypes> requested_sums_{};  // by cache: they are the allocator's first
    std::vector<u16> requested_;  // bytes, by SlabAllocator::index_of
    SlabPages large_pages_;       // the block's number, in its first frame
    std::vector<LargeBlock> large_;
    std::vector<u32> spare_large_;
    KmallocUse large_use_;
};

}  // namespace mmscope
