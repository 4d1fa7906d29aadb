// SLUB at work: which slab gives, where a freed object goes, when a slab comes and goes.
#include "mm/slab.h"

#include <gtest/gtest.h>

#include <set>

#include "slab_story.h"

namespace mmscope {
namespace {

constexpr Gfp kKernel{gfp::kKernel};

CacheSpec spec_of(u32 size, u32 flags = 0) {
    CacheSpec spec;
    spec.object_size = size;
    spec.flags = flags;
    return spec;
}

class SlabTest : public ::testing::Test {
protected:
    explicit SlabTest(u32 cpus = 2, u32 nodes = 1, FreelistOrder order = FreelistOrder::plain)
        : memory_(Arch::x86_64, profile_6_12(), 65536, nodes, cpus), slab_(memory_, order, 1) {}
    ~SlabTest() override {
        EXPECT_EQ(slab_.check(memory_), "");
        EXPECT_EQ(memory_.check(), "");
    }

    SlabCaller on(u32 cpu = 0) { return {memory_, trace_, 1, cpu}; }
    ObjectAddress alloc(CacheId cache, u32 cpu = 0) {
        SlabCaller caller = on(cpu);
        return slab_.alloc(cache, kKernel, caller);
    }
    std::vector<ObjectAddress> alloc(CacheId cache, u32 count, u32 cpu) {
        std::vector<ObjectAddress> objects;
        for (u32 at = 0; at < count; ++at) objects.push_back(alloc(cache, cpu));
        return objects;
    }
    void free(ObjectAddress object, u32 cpu = 0) {
        ASSERT_EQ(slab_.free_fault(object), ObjectFault::none);
        SlabCaller caller = on(cpu);
        slab_.free(object, caller);
    }
    void shrink(CacheId cache) {
        SlabCaller caller = on();
        slab_.shrink(cache, caller);
    }
    std::string events() { return test::slab_story(trace_); }

    PageAllocator memory_;
    SlabAllocator slab_;
    Trace trace_{1U << 12};
};

class SlabOnTwoNodes : public SlabTest {
protected:
    SlabOnTwoNodes() : SlabTest(2, 2) {}
};

class SlabInRandomOrder : public SlabTest {
protected:
    SlabInRandomOrder() : SlabTest(1, 1, FreelistOrder::random) {}
};

TEST_F(SlabTest, the_first_object_takes_a_slab_and_the_next_ones_come_out_of_it) {
    const CacheId cache = slab_.create("thing", spec_of(512));  // two CPUs: 16 in two pages
    const ObjectAddress first = alloc(cache);
    EXPECT_EQ(events(), "alloc_slab:16 kmem_cache_alloc:0");
    const ObjectAddress second = alloc(cache);
    EXPECT_EQ(events(), "kmem_cache_alloc:1");
    EXPECT_EQ(second.value, first.value + 512);
    EXPECT_EQ(frame_state::owner(memory_.frames().state(first.pfn())), Owner::slab);
    EXPECT_EQ(slab_.counters(cache).slabs, 1U);
    EXPECT_EQ(slab_.counters(cache).used, 2U);
    EXPECT_EQ(slab_.counters(cache).objects, 16U) << "what a CPU has counts as active";
}

TEST_F(SlabTest, an_object_freed_into_the_cpus_slab_is_the_next_one_given) {
    const CacheId cache = slab_.create("thing", spec_of(64));
    const auto objects = alloc(cache, 3, 0);
    free(objects[0]);
    free(objects[2]);
    EXPECT_EQ(alloc(cache), objects[2]);
    EXPECT_EQ(alloc(cache), objects[0]);
}

TEST_F(SlabTest, a_full_slab_is_on_no_list_until_its_first_object_is_freed) {
    const CacheId cache = slab_.create("thing", spec_of(1024));  // 16 objects
    const auto objects = alloc(cache, 17, 0);
    EXPECT_EQ(slab_.counters(cache).cpu_slabs, 1U);
    EXPECT_EQ(slab_.counters(cache).partial, 0U);
    events();
    free(objects[3]);
    EXPECT_EQ(events(), "kmem_cache_free:3 cpu_partial_free:1");
    EXPECT_EQ(slab_.counters(cache).cpu_slabs, 2U);
    free(objects[4]);
    EXPECT_EQ(events(), "kmem_cache_free:4 free_slowpath:2");
}

TEST_F(SlabTest, the_cpus_partial_slab_follows_when_its_slab_is_used_up) {
    const CacheId cache = slab_.create("thing", spec_of(1024));
    const auto objects = alloc(cache, 32, 0);
    free(objects[3]);
    free(objects[5]);
    events();
    EXPECT_EQ(alloc(cache), objects[5]) << "the one freed last";
    EXPECT_EQ(events(), "cpu_partial_alloc:0 kmem_cache_alloc:5");
    EXPECT_EQ(alloc(cache), objects[3]);
}

TEST_F(SlabTest, what_another_cpu_frees_waits_in_the_slab_until_the_cpus_list_is_empty) {
    const CacheId cache = slab_.create("thing", spec_of(1024));
    const auto objects = alloc(cache, 15, 0);
    free(objects[0], 1);
    free(objects[1], 1);
    EXPECT_EQ(slab_.slabs()[0].inuse, 14U) << "the CPU's own free object counts as used";
    alloc(cache);
    events();
    EXPECT_EQ(alloc(cache), objects[1]);
    EXPECT_EQ(events(), "alloc_refill:2 kmem_cache_alloc:1");
}

TEST_F(SlabTest, a_full_slab_that_another_cpu_frees_into_becomes_that_cpus) {
    const CacheId cache = slab_.create("thing", spec_of(1024));
    const auto objects = alloc(cache, 17, 0);
    free(objects[3], 1);
    EXPECT_EQ(slab_.cpu_slab(cache, 1).partial_slabs, 1U);
    EXPECT_EQ(alloc(cache, 1), objects[3]);
}

TEST_F(SlabTest, partial_slabs_beyond_the_cpus_limit_go_to_the_node_all_at_once) {
    const CacheId cache = slab_.create("thing", spec_of(1024));
    const u32 limit = slab_.cache(cache).layout.cpu_partial_slabs;
    EXPECT_EQ(limit, 3U) << "48 objects, 16 in a slab";
    const auto objects = alloc(cache, 16 * 5, 0);
    for (u32 at = 0; at < limit; ++at) free(objects[16 * at]);
    EXPECT_EQ(slab_.counters(cache).partial, 0U);
    events();
    free(objects[16 * limit]);
    EXPECT_EQ(events(),
              "kmem_cache_free:0 cpu_partial_free:1 cpu_partial_drain:3 free_add_partial:1 free_add_partial:2 "
              "free_add_partial:3");
    EXPECT_EQ(slab_.counters(cache).partial, 3U);
    EXPECT_EQ(slab_.counters(cache).cpu_partial_slabs, 1U);
}

TEST_F(SlabTest, the_nodes_partial_slabs_come_several_at_a_time) {
    const CacheId cache = slab_.create("thing", spec_of(1024));
    auto objects = alloc(cache, 16 * 5, 0);
    for (u32 at = 0; at < 4; ++at) free(objects[16 * at]);
    events();
    alloc(cache, 1);
    EXPECT_EQ(events(), "alloc_from_partial:2 cpu_partial_node:1 cpu_partial_node:2 kmem_cache_alloc:0");
}

TEST_F(SlabTest, freeing_everything_leaves_min_partial_empty_slabs_on_the_node) {
    const CacheId cache = slab_.create("thing", spec_of(1024));
    const auto objects = alloc(cache, 16 * 40, 0);
    const u32 free_before = memory_.zones()[1].free_pages;
    for (const ObjectAddress object : objects) free(object);
    const CacheCounters counters = slab_.counters(cache);
    EXPECT_EQ(counters.used, 0U);
    EXPECT_GE(counters.partial, slab_.cache(cache).layout.min_partial);
    EXPECT_LE(counters.slabs,
              slab_.cache(cache).layout.min_partial + 2U * slab_.cache(cache).layout.cpu_partial_slabs + 1U);
    EXPECT_GT(memory_.zones()[1].free_pages, free_before);
    shrink(cache);
    EXPECT_EQ(slab_.counters(cache), CacheCounters{}) << "shrinking gives back the rest";
}

TEST_F(SlabTest, shrinking_puts_the_fullest_slabs_first) {
    const CacheId cache = slab_.create("thing", spec_of(1024));
    const auto objects = alloc(cache, 16 * 3, 0);
    for (u32 at = 0; at < 5; ++at) free(objects[at]);
    free(objects[16]);
    shrink(cache);
    EXPECT_EQ(slab_.counters(cache).partial, 2U);
    const Slab& first = slab_.slabs()[slab_.node_slabs(cache, 0).first];
    EXPECT_EQ(first.inuse, 15U);
}

TEST_F(SlabTest, where_no_large_block_is_left_a_slab_is_smaller) {
    constexpr Gfp kAll{gfp::kKernel | gfp::kMemalloc};
    std::vector<Pfn> pages;
    for (Pfn pfn; (pfn = memory_.alloc_pages(kAll, {0}, 1, 0, trace_)) != kNoPfn;) pages.push_back(pfn);
    for (const Pfn pfn : pages)
        if (pfn.value % 2 == 0) memory_.free_pages(pfn, {0}, 0, trace_);
    trace_.begin();
    const CacheId cache = slab_.create("thing", spec_of(1024));
    EXPECT_FALSE(alloc(cache).is_null());
    EXPECT_EQ(events(), "order_fallback:4 alloc_slab:4 kmem_cache_alloc:0");
    EXPECT_EQ(slab_.counters(cache).total_objects, 4U);
}

TEST_F(SlabTest, without_memory_there_is_no_object_and_nothing_changes) {
    while (memory_.alloc_pages({gfp::kKernel | gfp::kMemalloc}, {0}, 1, 0, trace_) != kNoPfn) {
    }
    const CacheId cache = slab_.create("thing", spec_of(1024));
    EXPECT_TRUE(alloc(cache).is_null());
    EXPECT_EQ(slab_.counters(cache), CacheCounters{});
}

TEST_F(SlabTest, a_reclaimable_cache_takes_reclaimable_frames) {
    const CacheId cache = slab_.create("inodes", spec_of(600, slab_flag::kReclaimAccount));
    const ObjectAddress object = alloc(cache);
    EXPECT_EQ(frame_state::migratetype(memory_.frames().state(object.pfn())), Migratetype::reclaimable);
}

TEST_F(SlabTest, caches_that_may_be_one_are_one) {
    const CacheId first = slab_.create("first", spec_of(190));
    EXPECT_EQ(slab_.create("second", spec_of(192)), first);
    EXPECT_FALSE(slab_.create("third", spec_of(192, slab_flag::kNoMerge)) == first);
    SlabCaller caller = on();
    EXPECT_EQ(slab_.destroy(first, caller), 0U);
    EXPECT_TRUE(slab_.cache(first).exists()) << "the second still uses it";
    EXPECT_EQ(slab_.destroy(first, caller), 0U);
    EXPECT_FALSE(slab_.cache(first).exists());
}

TEST_F(SlabTest, a_cache_with_objects_left_is_not_destroyed) {
    const CacheId cache = slab_.create("thing", spec_of(1024, slab_flag::kNoMerge));
    const auto objects = alloc(cache, 20, 1);
    for (u32 at = 1; at < 20; ++at) free(objects[at]);
    SlabCaller caller = on();
    EXPECT_EQ(slab_.destroy(cache, caller), 1U);
    EXPECT_EQ(slab_.counters(cache).slabs, 1U) << "the empty one is gone";
    EXPECT_TRUE(slab_.cache(cache).is_left_over());
    free(objects[0]);
    EXPECT_EQ(slab_.destroy(cache, caller), 0U);
    EXPECT_TRUE(slab_.cache(cache).exists()) << "nobody's reference is left to take back";
}

TEST_F(SlabTest, the_place_of_a_cache_that_is_gone_goes_to_one_with_as_many_objects) {
    const CacheId cache = slab_.create("thing", spec_of(1024, slab_flag::kNoMerge));
    const ObjectAddress object = alloc(cache);
    free(object);
    SlabCaller caller = on();
    EXPECT_EQ(slab_.destroy(cache, caller), 0U);
    EXPECT_TRUE(slab_.find("thing").is_none());
    EXPECT_EQ(slab_.create("another", spec_of(1000, slab_flag::kNoMerge)), cache);
    EXPECT_EQ(alloc(cache).pfn(), object.pfn()) << "the block freed last";
}

TEST_F(SlabTest, what_is_no_object_is_not_freed) {
    const CacheId cache = slab_.create("thing", spec_of(1000, slab_flag::kNoMerge));  // 1,000 bytes, 16 in four pages
    const ObjectAddress object = alloc(cache);
    EXPECT_EQ(slab_.free_fault({object.value + 8}), ObjectFault::not_an_object);
    EXPECT_EQ(slab_.free_fault({object.value + 1000}), ObjectFault::already_free) << "nobody has it";
    EXPECT_EQ(slab_.free_fault({object.value + 16 * 1000}), ObjectFault::not_an_object) << "what is left over";
    EXPECT_EQ(slab_.free_fault({}), ObjectFault::not_in_a_slab);
    EXPECT_EQ(slab_.free_fault({~u64{0}}), ObjectFault::not_in_a_slab);
    EXPECT_EQ(slab_.free_fault(slab_.create("other", spec_of(64)), object), ObjectFault::other_cache);
    free(object);
    EXPECT_EQ(slab_.free_fault(object), ObjectFault::already_free);
}

TEST_F(SlabInRandomOrder, every_slab_goes_through_one_sequence_from_a_place_of_its_own) {
    const CacheId cache = slab_.create("thing", spec_of(64));
    const std::vector<u16> sequence = slab_.cache(cache).sequence;
    ASSERT_EQ(sequence.size(), 64U);
    EXPECT_EQ(std::set<u16>(sequence.begin(), sequence.end()).size(), 64U);
    std::set<u32> starts;
    for (u32 slab = 0; slab < 8; ++slab) {
        const auto objects = alloc(cache, 64, 0);
        u32 start = 0;
        while (sequence[start] != objects[0].value % kPageSize / 64) ++start;
        starts.insert(start);
        for (u32 at = 0; at < 64; ++at) EXPECT_EQ(objects[at].value % kPageSize / 64, sequence[(start + at) % 64]);
    }
    EXPECT_GT(starts.size(), 1U);
}

TEST_F(SlabOnTwoNodes, each_node_keeps_its_own_slabs) {
    const CacheId cache = slab_.create("thing", spec_of(1024));
    const ObjectAddress near = alloc(cache, 0);
    const ObjectAddress far = alloc(cache, 1);
    EXPECT_EQ(memory_.zone_of(near.pfn())->node, 0U);
    EXPECT_EQ(memory_.zone_of(far.pfn())->node, 1U);
    free(far, 0);
    shrink(cache);
    EXPECT_EQ(slab_.node_slabs(cache, 1).nr_slabs, 0U);
}

TEST_F(SlabOnTwoNodes, a_node_with_more_partial_slabs_than_it_keeps_gives_to_the_other) {
    const CacheId cache = slab_.create("thing", spec_of(1024));
    const auto objects = alloc(cache, 16 * 12, 0);
    for (u32 slab = 0; slab < 12; ++slab) free(objects[16 * slab]);
    shrink(cache);
    ASSERT_EQ(slab_.node_slabs(cache, 0).nr_partial, 12U);
    EXPECT_EQ(memory_.zone_of(alloc(cache, 1).pfn())->node, 0U);
}

// Random calls on several CPUs and caches: no object is given twice, everything fits together, all comes back.
TEST(SlabRandom, no_object_is_given_twice_and_all_memory_comes_back) {
    for (u64 seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Prng prng(seed);
        const u32 cpus = 1 + prng.below(4);
        const Profile* const profiles[] = {&profile_6_1(), &profile_6_12(), &profile_7_2()};
        PageAllocator memory(Arch::x86_64, *profiles[prng.below(3)], 65536, 1 + prng.below(2), cpus);
        SlabAllocator slab(memory, prng.below(2) == 0 ? FreelistOrder::plain : FreelistOrder::random, seed);
        Trace nobody;
        std::vector<CacheId> caches;
        for (u32 at = 0; at < 4; ++at)
            caches.push_back(
                slab.create("cache-" + std::to_string(at), spec_of(8U << prng.below(10), slab_flag::kNoMerge)));
        std::set<u64> held;
        std::vector<ObjectAddress> objects;
        for (u32 step = 0; step < 4000; ++step) {
            SlabCaller caller{memory, nobody, 1, prng.below(cpus)};
            const bool grows = step < 2000;
            if (objects.empty() || prng.below(8) < (grows ? 5U : 3U)) {
                const ObjectAddress object = slab.alloc(caches[prng.below(4)], kKernel, caller);
                ASSERT_FALSE(object.is_null());
                ASSERT_TRUE(held.insert(object.value).second);
                objects.push_back(object);
            } else {
                const u32 at = prng.below(static_cast<u32>(objects.size()));
                ASSERT_EQ(slab.free_fault(objects[at]), ObjectFault::none);
                slab.free(objects[at], caller);
                held.erase(objects[at].value);
                objects[at] = objects.back();
                objects.pop_back();
            }
            if (step % 500 == 0) slab.shrink(caches[prng.below(4)], caller);
            if (step % 97 != 0) continue;
            ASSERT_EQ(slab.check(memory), "");
        }
        const SlabAllocator copy = slab;
        SlabCaller caller{memory, nobody, 1, 0};
        for (const ObjectAddress object : objects) slab.free(object, caller);
        for (const CacheId cache : caches) {
            EXPECT_NE(copy.counters(cache).slabs, 0U) << "a copy is of its own";
            EXPECT_EQ(slab.destroy(cache, caller), 0U);
        }
        memory.drain_pages({}, {}, nobody);
        EXPECT_EQ(slab.check(memory), "");
        EXPECT_EQ(memory.check(), "");
        u64 free = 0, managed = 0;
        for (const Zone& zone : memory.zones()) free += zone.free_pages, managed += zone.managed;
        EXPECT_EQ(free, managed);
    }
}

}  // namespace
}  // namespace mmscope
