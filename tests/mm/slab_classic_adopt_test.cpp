// Classic caches and slabs that are older than what is known of the machine.
#include <gtest/gtest.h>

#include <set>

#include "mm/slab_classic.h"

namespace mmscope {
namespace {

class ClassicAdoptTest : public ::testing::Test {
protected:
    ClassicAdoptTest() : memory_(Arch::x86_64, profile_2_6(), 65536, 1, 2), slab_(memory_) {}
    ~ClassicAdoptTest() override {
        EXPECT_EQ(slab_.check(memory_), "");
        EXPECT_EQ(memory_.check(), "");
    }
    CacheSpec spec(u32 size) const {
        CacheSpec spec;
        spec.object_size = size;
        return spec;
    }
    ClassicLayout layout(u32 size) const { return classic_layout(spec(size), Arch::x86_64, 2, 65536); }
    CacheId adopt(const char* name, u32 size) { return slab_.adopt(name, spec(size), layout(size)); }
    void add_slab(CacheId cache, u32 free) {
        const Order order = slab_.cache(cache).layout.order;
        const u32 compound = order.value != 0 ? gfp::kComp : 0;
        const Pfn pfn = memory_.alloc_pages({gfp::kKernel | compound}, order, 1, 0, trace_);
        account_slab(memory_, pfn, order, VmCounter::nr_slab_unreclaimable);
        slab_.adopt_slab(cache, pfn, free, prng_);
    }
    u32 slabs_on(CacheId cache, ClassicPlace place) const {
        return slab_.cache(cache).lists[static_cast<u32>(place) - 1].slabs;
    }

    PageAllocator memory_;
    ClassicSlabAllocator slab_;
    Trace trace_;
    Prng prng_{5};
};

TEST_F(ClassicAdoptTest, slabs_are_on_the_lists_that_their_objects_ask_for) {
    const CacheId cache = adopt("thing", 192);
    const u32 objects = slab_.cache(cache).layout.objects;
    for (const u32 free : {0U, 3U, objects, 1U}) add_slab(cache, free);
    EXPECT_EQ(slabs_on(cache, ClassicPlace::full), 1U);
    EXPECT_EQ(slabs_on(cache, ClassicPlace::partial), 2U);
    EXPECT_EQ(slabs_on(cache, ClassicPlace::free), 1U);
    const ClassicCounters counters = slab_.counters(cache);
    EXPECT_EQ(counters.active_slabs, 3U);
    EXPECT_EQ(counters.active_objects, 3 * objects - 4);
    EXPECT_EQ(slab_.cache(cache).used, 3 * objects - 4);
}

TEST_F(ClassicAdoptTest, slabs_begin_at_one_colour_after_the_other) {
    const CacheId cache = adopt("thing", 192);
    for (u32 slab = 0; slab < 3; ++slab) add_slab(cache, 0);
    const ClassicLayout& of = slab_.cache(cache).layout;
    ASSERT_GT(of.colour, 1U);
    for (u32 slab = 0; slab < 3; ++slab)
        EXPECT_EQ(slab_.slabs()[slab].first_byte, of.management + slab % of.colour * of.colour_off);
}

TEST_F(ClassicAdoptTest, free_objects_and_those_of_the_shared_array_are_given_before_a_new_slab_comes) {
    const CacheId cache = adopt("thing", 192);
    const u32 objects = slab_.cache(cache).layout.objects;
    for (const u32 free : {0U, 3U, objects, 1U}) add_slab(cache, free);
    slab_.adopt_shared(cache, 10, prng_);
    EXPECT_EQ(slab_.counters(cache).shared_available, 10U);
    EXPECT_EQ(slab_.check(memory_), "");
    SlabCaller caller{memory_, trace_, 2};
    std::set<u64> got;
    for (u32 at = 0; at < objects + 14; ++at) got.insert(slab_.alloc(cache, {gfp::kKernel}, caller).value);
    EXPECT_EQ(got.size(), objects + 14);
    EXPECT_EQ(slab_.counters(cache).slabs, 4U);
    EXPECT_EQ(slab_.cache(cache).used, 4 * objects);
    for (const u64 address : got) {
        ASSERT_EQ(slab_.free_fault({address}), ObjectFault::none);
        slab_.free({address}, caller);
    }
}

TEST_F(ClassicAdoptTest, a_general_cache_is_taken_over_and_keeps_management) {
    const CacheId general = slab_.find("size-128");
    ClassicLayout other = slab_.cache(general).layout;
    other.limit = 10;
    other.batchcount = 5;
    EXPECT_EQ(slab_.adopt("size-128", slab_.cache(general).spec, other), general);
    EXPECT_EQ(slab_.cache(general).arrays.at(0).limit, 10U);
    add_slab(general, other.objects - 2U);
    const CacheId off_slab = adopt("large", 512);
    ASSERT_TRUE(slab_.cache(off_slab).layout.is_off_slab);
    for (u32 slab = 0; slab < 3; ++slab) add_slab(off_slab, 8);
    slab_.adopt_management();
    u32 known = 0;
    for (const ClassicSlab& slab : slab_.slabs()) known += slab.management.is_null() ? 0 : 1;
    EXPECT_EQ(known, 2U) << "as many objects as are used";
    SlabCaller caller{memory_, trace_, 2};
    slab_.shrink(off_slab, caller);
    EXPECT_EQ(slab_.counters(off_slab).slabs, 0U);
    EXPECT_EQ(slab_.cache(general).used, 0U) << "management came back with its slabs";
}

}  // namespace
}  // namespace mmscope
