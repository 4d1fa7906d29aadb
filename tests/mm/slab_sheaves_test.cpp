// 7.2's way: the CPU's two sheaves, the node's barn, and the slabs behind them.
#include "mm/slab_sheaves.h"

#include <gtest/gtest.h>

#include "mm/slab.h"

#include "slab_story.h"

namespace mmscope {
namespace {

constexpr Gfp kKernel{gfp::kKernel};
constexpr Gfp kAtomic{gfp::kHigh | gfp::kKswapdReclaim};

class SheavesTest : public ::testing::Test {
protected:
    explicit SheavesTest(u32 cpus = 1, u32 nodes = 1)
        : memory_(Arch::x86_64, profile_7_2(), 65536, nodes, cpus), slab_(memory_, FreelistOrder::plain, 1) {
        CacheSpec spec;
        spec.object_size = 1024;  // 12 in a sheaf; on one CPU 8 in a slab of two pages
        cache_ = slab_.create("thing", spec);
    }
    ~SheavesTest() override {
        EXPECT_EQ(slab_.check(memory_), "");
        EXPECT_EQ(memory_.check(), "");
    }
    ObjectAddress alloc(Gfp mask = kKernel, u32 cpu = 0) {
        SlabCaller caller{memory_, trace_, 1, cpu};
        return slab_.alloc(cache_, mask, caller);
    }
    std::vector<ObjectAddress> alloc_many(u32 count) {
        std::vector<ObjectAddress> objects;
        for (u32 at = 0; at < count; ++at) objects.push_back(alloc());
        return objects;
    }
    void free(ObjectAddress object, u32 cpu = 0) {
        ASSERT_EQ(slab_.free_fault(object), ObjectFault::none);
        SlabCaller caller{memory_, trace_, 1, cpu};
        slab_.free(object, caller);
    }
    u32 main_size() const { return slab_.sheaves().size(slab_.cpu_sheaves(cache_, 0).main); }
    u32 spare_size() const { return slab_.sheaves().size(slab_.cpu_sheaves(cache_, 0).spare); }
    std::string events() { return test::slab_story(trace_); }

    PageAllocator memory_;
    SlabAllocator slab_;
    CacheId cache_;
    Trace trace_{1U << 12};
};

class SheavesOnTwoNodes : public SheavesTest {
protected:
    SheavesOnTwoNodes() : SheavesTest(2, 2) {}
};

TEST_F(SheavesTest, the_first_object_fills_a_sheaf_from_new_slabs) {
    alloc();
    EXPECT_EQ(events(), "alloc_slab:8 alloc_slab:8 free_add_partial:1 sheaf_refill:12 kmem_cache_alloc:3");
    EXPECT_EQ(main_size(), 11U);
    EXPECT_EQ(slab_.counters(cache_).used, 1U);
    EXPECT_EQ(slab_.counters(cache_).objects, 12U) << "what is in a sheaf counts as active";
    EXPECT_EQ(slab_.counters(cache_).cpu_slabs, 0U);
}

TEST_F(SheavesTest, the_object_freed_last_is_given_next) {
    const auto objects = alloc_many(3);
    free(objects[0]);
    free(objects[2]);
    EXPECT_EQ(slab_.free_fault(objects[2]), ObjectFault::already_free) << "it is in the sheaf";
    EXPECT_EQ(alloc(), objects[2]);
    EXPECT_EQ(alloc(), objects[0]);
}

TEST_F(SheavesTest, an_empty_sheaf_is_laid_by_and_another_is_filled_from_partial_slabs_first) {
    alloc_many(12);
    events();
    alloc();
    EXPECT_EQ(events(), "alloc_from_partial:0 alloc_slab:8 sheaf_refill:12 kmem_cache_alloc:7");
    EXPECT_EQ(spare_size(), 0U);
}

TEST_F(SheavesTest, a_full_sheaf_makes_room_and_two_full_ones_fill_the_barn) {
    const auto objects = alloc_many(60);
    ASSERT_EQ(main_size(), 0U);
    for (u32 at = 0; at < 12; ++at) free(objects[at]);
    EXPECT_EQ(main_size(), 12U);
    events();
    free(objects[12]);
    EXPECT_EQ(events(), "kmem_cache_free:7 sheaf_swap:0");
    EXPECT_EQ(spare_size(), 12U);
    for (u32 at = 13; at < 24; ++at) free(objects[at]);
    EXPECT_EQ(slab_.barn(cache_, 0).nr_full, 0U);
    events();
    free(objects[24]);
    EXPECT_EQ(events().substr(0, 29), "kmem_cache_free:3 barn_put:12");
    EXPECT_EQ(slab_.barn(cache_, 0).nr_full, 1U);
}

TEST_F(SheavesTest, a_full_sheaf_of_the_barn_comes_before_the_slabs) {
    const auto objects = alloc_many(60);
    for (const ObjectAddress object : objects) free(object);
    const u32 full = slab_.barn(cache_, 0).nr_full;
    EXPECT_EQ(full, 3U);
    alloc_many(24);  // main and spare
    events();
    alloc();
    EXPECT_EQ(events().substr(0, 11), "barn_get:12");
    EXPECT_EQ(slab_.barn(cache_, 0).nr_full, full - 1);
    EXPECT_EQ(slab_.barn(cache_, 0).nr_empty, 1U);
}

TEST_F(SheavesTest, a_barn_keeps_ten_full_sheaves_and_the_rest_goes_back_to_the_slabs) {
    const auto objects = alloc_many(12 * 30);
    for (const ObjectAddress object : objects) free(object);
    EXPECT_EQ(slab_.barn(cache_, 0).nr_full, kMostFullSheaves);
    EXPECT_EQ(slab_.counters(cache_).used, 0U);
    EXPECT_NE(trace_.counts()[static_cast<u32>(TraceKind::sheaf_flush)], 0U);
    EXPECT_NE(trace_.counts()[static_cast<u32>(TraceKind::free_slab)], 0U);
    SlabCaller caller{memory_, trace_, 1, 0};
    slab_.shrink(cache_, caller);
    EXPECT_EQ(slab_.counters(cache_), CacheCounters{});
    EXPECT_EQ(slab_.barn(cache_, 0).nr_full, 0U);
}

TEST_F(SheavesTest, who_may_not_sleep_takes_one_object_and_fills_no_sheaf) {
    alloc(kAtomic);
    EXPECT_EQ(events(), "alloc_slab:8 free_add_partial:1 kmem_cache_alloc:0");
    EXPECT_EQ(main_size(), 0U);
    alloc(kAtomic);
    EXPECT_EQ(slab_.counters(cache_).slabs, 1U);
}

TEST_F(SheavesTest, where_memory_is_short_a_sheaf_that_cannot_be_filled_gives_its_objects_back) {
    constexpr Gfp kAll{gfp::kKernel | gfp::kMemalloc};
    alloc();
    while (memory_.alloc_pages(kAll, {0}, 1, 0, trace_) != kNoPfn) {}
    u32 more = 0;
    while (!alloc().is_null()) ++more;
    EXPECT_EQ(more, 15U) << "the rest of two slabs";
    EXPECT_EQ(slab_.counters(cache_).objects, 16U);
}

TEST_F(SheavesTest, a_cache_that_sheaves_need_has_none) {
    CacheSpec spec;
    spec.object_size = 64;
    spec.has_sheaves = false;
    cache_ = slab_.create("kmem_cache_node", spec);
    const ObjectAddress object = alloc();
    EXPECT_EQ(slab_.counters(cache_).objects, 1U);
    free(object);
    EXPECT_EQ(slab_.counters(cache_).objects, 0U);
}

TEST_F(SheavesOnTwoNodes, an_object_of_another_node_goes_straight_to_its_slab) {
    const ObjectAddress object = alloc(kKernel, 1);
    events();
    free(object, 0);
    EXPECT_EQ(events().find("sheaf"), std::string::npos);
    EXPECT_EQ(slab_.counters(cache_).used, 0U);
}

}  // namespace
}  // namespace mmscope
