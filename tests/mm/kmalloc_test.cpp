// kmalloc, krealloc, kfree, ksize: which cache, how many bytes, and what is lost inside.
#include "mm/kmalloc.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

constexpr Gfp kKernel{gfp::kKernel};

class KmallocTest : public ::testing::Test {
protected:
    KmallocTest()
        : memory_(Arch::x86_64, profile_6_12(), 65536, 1, 1),
          slab_(memory_, FreelistOrder::plain, 1),
          kmalloc_(slab_, memory_) {}
    ~KmallocTest() override {
        EXPECT_EQ(kmalloc_.check(slab_, memory_), "");
        EXPECT_EQ(slab_.check(memory_), "");
        EXPECT_EQ(memory_.check(), "");
    }
    ObjectAddress alloc(u64 size, Gfp mask = kKernel) { return kmalloc_.alloc(slab_, size, mask, caller_); }
    void free(ObjectAddress address) {
        ASSERT_EQ(kmalloc_.free_fault(slab_, address), ObjectFault::none);
        kmalloc_.free(slab_, address, caller_);
    }
    std::string cache_name(ObjectAddress address) const { return slab_.cache(slab_.cache_of(address)).name; }

    PageAllocator memory_;
    SlabAllocator slab_;
    Kmalloc kmalloc_;
    Trace trace_{1U << 10};
    SlabCaller caller_{memory_, trace_, 1, 0};
};

TEST_F(KmallocTest, the_next_larger_class_of_the_kind_that_the_flags_ask_for_gives) {
    EXPECT_EQ(cache_name(alloc(100)), "kmalloc-128");
    EXPECT_EQ(cache_name(alloc(100, {gfp::kKernel | gfp::kAccount})), "kmalloc-cg-128");
    EXPECT_EQ(cache_name(alloc(97, {gfp::kKernel | gfp::kReclaimable})), "kmalloc-rcl-128");
    const ObjectAddress dma = alloc(8192, {gfp::kKernel | gfp::kDma});
    EXPECT_EQ(cache_name(dma), "dma-kmalloc-8k");
    EXPECT_EQ(memory_.zone_of(dma.pfn())->type, ZoneType::dma);
}

TEST_F(KmallocTest, what_was_asked_for_and_what_was_given_are_summed) {
    const ObjectAddress small = alloc(100);
    const ObjectAddress large = alloc(10000);
    EXPECT_EQ(kmalloc_.ksize(slab_, small), 128U);
    EXPECT_EQ(kmalloc_.requested(slab_, small), 100U);
    EXPECT_EQ(kmalloc_.ksize(slab_, large), 16384U);
    EXPECT_EQ(kmalloc_.use(slab_), (KmallocUse{2, 10100, 16512}));
    free(small);
    free(large);
    EXPECT_EQ(kmalloc_.use(slab_), KmallocUse{});
}

TEST_F(KmallocTest, more_than_eight_kibibytes_are_a_block_of_pages) {
    const ObjectAddress address = alloc(8193);
    EXPECT_TRUE(slab_.cache_of(address).is_none());
    EXPECT_EQ(frame_state::owner(memory_.frames().state(address.pfn())), Owner::slab);
    EXPECT_EQ(memory_.frames().allocation(address.pfn()).order.value, 2U);
    EXPECT_TRUE(memory_.frames().allocation(address.pfn()).compound);
    EXPECT_EQ(kmalloc_.ksize(slab_, alloc(kKmallocMaxSize)), kKmallocMaxSize);
    EXPECT_TRUE(alloc(kKmallocMaxSize + 1).is_null());
    EXPECT_TRUE(alloc(~u64{0}).is_null());
}

TEST_F(KmallocTest, nothing_asked_for_is_an_address_that_kfree_passes_over) {
    EXPECT_EQ(alloc(0), kZeroSizePtr);
    EXPECT_EQ(kmalloc_.ksize(slab_, kZeroSizePtr), 0U);
    free(kZeroSizePtr);
    free({});
}

TEST_F(KmallocTest, a_zone_that_it_cannot_use_is_dropped_from_the_mask) {
    EXPECT_EQ(cache_name(alloc(64, {gfp::kKernel | gfp::kHighmem})), "kmalloc-64");
    EXPECT_FALSE(alloc(65536, {gfp::kKernel | gfp::kHighmem}).is_null());
}

TEST_F(KmallocTest, krealloc_keeps_the_object_while_the_size_fits) {
    const ObjectAddress address = alloc(100);
    EXPECT_EQ(kmalloc_.realloc(slab_, address, 128, kKernel, caller_), address);
    EXPECT_EQ(kmalloc_.requested(slab_, address), 128U);
    EXPECT_EQ(kmalloc_.realloc(slab_, address, 8, kKernel, caller_), address) << "it never shrinks";
    const ObjectAddress larger = kmalloc_.realloc(slab_, address, 129, kKernel, caller_);
    EXPECT_EQ(cache_name(larger), "kmalloc-192");
    EXPECT_EQ(slab_.free_fault(address), ObjectFault::already_free);
    const ObjectAddress pages = kmalloc_.realloc(slab_, larger, 20000, kKernel, caller_);
    EXPECT_EQ(kmalloc_.realloc(slab_, pages, 9000, kKernel, caller_), pages);
    EXPECT_EQ(kmalloc_.use(slab_), (KmallocUse{1, 9000, 32768}));
    EXPECT_TRUE(kmalloc_.realloc(slab_, pages, kKmallocMaxSize + 1, kKernel, caller_).is_null());
    EXPECT_EQ(kmalloc_.ksize(slab_, pages), 32768U) << "it is still there";
    EXPECT_EQ(kmalloc_.realloc(slab_, pages, 0, kKernel, caller_), kZeroSizePtr);
    EXPECT_EQ(kmalloc_.use(slab_), KmallocUse{});
    EXPECT_FALSE(kmalloc_.realloc(slab_, {}, 10, kKernel, caller_).is_null());
}

TEST_F(KmallocTest, what_it_did_not_give_is_not_freed) {
    const ObjectAddress pages = alloc(20000);
    EXPECT_EQ(kmalloc_.free_fault(slab_, {pages.value + 8}), ObjectFault::not_in_a_slab);
    EXPECT_EQ(kmalloc_.free_fault(slab_, {pages.value + kPageSize}), ObjectFault::not_in_a_slab);
    EXPECT_EQ(kmalloc_.free_fault(slab_, {~u64{0}}), ObjectFault::not_in_a_slab);
    free(pages);
    EXPECT_EQ(kmalloc_.free_fault(slab_, pages), ObjectFault::not_in_a_slab);
    const ObjectAddress small = alloc(8);
    EXPECT_EQ(kmalloc_.free_fault(slab_, {small.value + 4}), ObjectFault::not_an_object);
}

TEST_F(KmallocTest, the_event_is_kmallocs_alone_with_the_size_and_the_cache) {
    const ObjectAddress address = alloc(100);
    const TraceEvent& event = trace_.kept_event(trace_.kept() - 1);
    EXPECT_EQ(event.kind, TraceKind::kmalloc);
    EXPECT_EQ(event.a, 100U);
    EXPECT_EQ(slab_.cache({event.b}).name, "kmalloc-128");
    free(address);
    EXPECT_EQ(trace_.counts()[static_cast<u32>(TraceKind::kfree)], 1U);
    EXPECT_EQ(trace_.counts()[static_cast<u32>(TraceKind::kmem_cache_alloc)], 0U);
}

TEST_F(KmallocTest, kfree_takes_what_a_cache_gave) {
    CacheSpec spec;
    spec.object_size = 72;
    const CacheId cache = slab_.create("thing", spec);
    free(slab_.alloc(cache, kKernel, caller_));
    EXPECT_EQ(slab_.counters(cache).used, 0U);
}

TEST_F(KmallocTest, of_random_sizes_everything_is_accounted_for_and_comes_back) {
    Prng prng(5);
    std::vector<ObjectAddress> held;
    for (u32 step = 0; step < 20000; ++step) {
        const u32 bits = 1 + prng.below(16);
        const u32 size = 1 + prng.below(1U << bits);
        if (held.size() < 200 || prng.below(2) == 0) {
            const Gfp mask{gfp::kKernel | (prng.below(4) == 0 ? gfp::kAccount : 0)};
            held.push_back(alloc(size, mask));
            ASSERT_EQ(kmalloc_.requested(slab_, held.back()), size);
            ASSERT_EQ(kmalloc_.ksize(slab_, held.back()), kmalloc_ksize(size));
        } else {
            const u32 at = prng.below(static_cast<u32>(held.size()));
            if (prng.below(3) == 0) {
                held[at] = kmalloc_.realloc(slab_, held[at], size, kKernel, caller_);
            } else {
                free(held[at]);
                held[at] = held.back();
                held.pop_back();
            }
        }
        if (step % 1999 != 0) continue;
        ASSERT_EQ(kmalloc_.check(slab_, memory_), "");
        ASSERT_EQ(slab_.check(memory_), "");
    }
    for (const ObjectAddress address : held) free(address);
    EXPECT_EQ(kmalloc_.use(slab_), KmallocUse{});
}

}  // namespace
}  // namespace mmscope
