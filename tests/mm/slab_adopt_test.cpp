// Caches and slabs that are older than what is known of the machine.
#include <gtest/gtest.h>

#include <set>

#include "mm/kmalloc.h"

namespace mmscope {
namespace {

class SlabAdoptTest : public ::testing::TestWithParam<const Profile*> {
protected:
    SlabAdoptTest() : memory_(Arch::x86_64, *GetParam(), 65536, 1, 1), slab_(memory_, FreelistOrder::plain, 5) {}
    ~SlabAdoptTest() override {
        EXPECT_EQ(slab_.check(memory_), "");
        EXPECT_EQ(memory_.check(), "");
    }
    CacheSpec spec(u32 size) const {
        CacheSpec spec;
        spec.object_size = size;
        spec.flags = slab_flag::kNoMerge;
        return spec;
    }
    CacheLayout layout(u32 size) const { return calculate_sizes(spec(size), memory_.profile(), Arch::x86_64, 1); }
    void add_slab(CacheId cache, Order order, u32 free) {
        const Pfn pfn = memory_.alloc_pages({gfp::kKernel | gfp::kComp}, order, 1, 0, trace_);
        account_slab(memory_, pfn, order, VmCounter::nr_slab_unreclaimable);
        slab_.adopt_slab(cache, pfn, order, free, memory_);
    }

    PageAllocator memory_;
    SlabAllocator slab_;
    Trace trace_;
};

TEST_P(SlabAdoptTest, free_objects_are_as_many_as_said_and_are_given_before_a_new_slab_comes) {
    const CacheLayout of = layout(192);
    const CacheId cache = slab_.adopt("thing", spec(192), of);
    for (const u32 free : {0U, 3U, u32{of.objects}, 1U}) add_slab(cache, of.order, free);
    const u32 free = of.objects + 4U;
    EXPECT_EQ(slab_.counters(cache).objects, 4U * of.objects - free);
    EXPECT_EQ(slab_.counters(cache).used, 4U * of.objects - free);
    EXPECT_EQ(slab_.counters(cache).partial, 3U);
    SlabCaller caller{memory_, trace_, 2};
    std::set<u64> got;
    for (u32 at = 0; at < free; ++at) got.insert(slab_.alloc(cache, {gfp::kKernel}, caller).value);
    EXPECT_EQ(got.size(), free);
    EXPECT_EQ(slab_.counters(cache).used, 4U * of.objects);
    for (const u64 address : got) {
        ASSERT_EQ(slab_.free_fault({address}), ObjectFault::none);
        slab_.free({address}, caller);
    }
    slab_.shrink(cache, caller);
    EXPECT_EQ(slab_.counters(cache).slabs, 3U) << "the empty one is gone";
}

TEST_P(SlabAdoptTest, a_slab_of_the_least_order_has_fewer_objects) {
    const CacheLayout of = layout(1000);
    const CacheId cache = slab_.adopt("thing", spec(1000), of);
    add_slab(cache, of.min_order, 1);
    add_slab(cache, of.order, 0);
    EXPECT_EQ(slab_.counters(cache).total_objects, u32{of.min_objects} + of.objects);
}

TEST_P(SlabAdoptTest, caches_of_kmalloc_take_the_layout_over_and_count_their_objects_as_asked_for_whole) {
    Kmalloc kmalloc(slab_, memory_);
    const CacheId own = kmalloc.cache(KmallocType::normal, 3);
    CacheLayout of = layout(64);
    of.order = {1};
    of.objects = 128;
    const CacheId cache = slab_.adopt("kmalloc-64", kmalloc_cache_spec(KmallocType::normal, 3, memory_.profile()), of);
    EXPECT_EQ(cache, own);
    add_slab(cache, {1}, 28);
    kmalloc.count_adopted(slab_);
    EXPECT_EQ(kmalloc.use_of(slab_, KmallocType::normal, 3), (KmallocUse{100, 6400, 6400}));
    EXPECT_EQ(kmalloc.check(slab_, memory_), "");
}

INSTANTIATE_TEST_SUITE_P(Kernels, SlabAdoptTest, ::testing::Values(&profile_6_1(), &profile_6_12(), &profile_7_2()),
                         [](const auto& kernel) { return "v" + std::to_string(kernel.param->version); });

}  // namespace
}  // namespace mmscope
