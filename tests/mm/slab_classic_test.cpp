// The classic SLAB: how slabs are laid out, what the arrays of the CPUs do, when a slab comes and goes.
#include "mm/slab_classic.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.h"
#include "naive_classic.h"

namespace mmscope {
namespace {

constexpr Gfp kKernel{gfp::kKernel};

CacheSpec spec_of(u32 size, u32 flags = 0) {
    CacheSpec spec;
    spec.object_size = size;
    spec.flags = flags;
    return spec;
}

ClassicLayout layout_of(u32 size, u32 flags = slab_flag::kHwcacheAlign, u32 cpus = 1, u32 frames = 65536) {
    return classic_layout(spec_of(size, flags), Arch::x86_32, cpus, frames);
}

class Machine {
public:
    explicit Machine(u32 cpus = 1) : memory_(Arch::x86_32, profile_2_6(), 65536, 1, cpus), slab_(memory_) {}
    ~Machine() {
        EXPECT_EQ(slab_.check(memory_), "");
        EXPECT_EQ(memory_.check(), "");
    }

    SlabCaller on(u32 cpu = 0) { return {memory_, trace_, 1, cpu}; }
    ObjectAddress alloc(CacheId cache, u32 cpu = 0) {
        SlabCaller caller = on(cpu);
        return slab_.alloc(cache, kKernel, caller);
    }
    std::vector<ObjectAddress> alloc_many(CacheId cache, u32 count, u32 cpu = 0) {
        std::vector<ObjectAddress> objects;
        for (u32 at = 0; at < count; ++at) objects.push_back(alloc(cache, cpu));
        return objects;
    }
    void free(ObjectAddress object, u32 cpu = 0) {
        ASSERT_EQ(slab_.free_fault(object), ObjectFault::none);
        SlabCaller caller = on(cpu);
        slab_.free(object, caller);
    }
    void free_all(const std::vector<ObjectAddress>& objects, u32 cpu = 0) {
        for (const ObjectAddress object : objects) free(object, cpu);
    }
    void reap(u64 seconds, u32 cpu = 0) {
        SlabCaller caller = on(cpu);
        slab_.reap(seconds, caller);
    }
    void shrink(CacheId cache) {
        SlabCaller caller = on();
        slab_.shrink(cache, caller);
    }
    u32 in_array(CacheId cache, u32 cpu = 0) { return static_cast<u32>(slab_.cache(cache).arrays[cpu].objects.size()); }

    PageAllocator memory_;
    ClassicSlabAllocator slab_;
    Trace trace_;
};

// struct slab has 28 bytes on 32 bits, and each object an index of 4: 113 x 36 + 28 = 4096.
TEST(ClassicLayout, the_general_caches_have_as_many_objects_as_the_books_show) {
    const u32 objects[kClassicSizes] = {113, 59, 30, 15, 8, 4, 2, 1, 1, 1, 1, 1, 1};
    const u8 orders[kClassicSizes] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5};
    for (u32 of_size = 0; of_size < kClassicSizes; ++of_size) {
        const ClassicLayout layout = layout_of(kClassicSmallest << of_size);
        EXPECT_EQ(layout.objects, objects[of_size]) << classic_general_name(of_size, false);
        EXPECT_EQ(layout.order.value, orders[of_size]) << classic_general_name(of_size, false);
        EXPECT_EQ(layout.is_off_slab, of_size >= 4) << "from an eighth of a page on";
    }
}

TEST(ClassicLayout, management_comes_back_on_the_slab_where_it_fits_what_is_left_over) {
    const ClassicLayout layout = layout_of(1300);
    EXPECT_EQ(layout.size, 1344U);
    EXPECT_EQ(layout.objects, 3U);
    EXPECT_FALSE(layout.is_off_slab) << "64 bytes are left over";
    EXPECT_EQ(layout.management, 64U);
    EXPECT_EQ(layout.colour, 0U);
}

TEST(ClassicLayout, a_slab_is_as_small_as_wastes_no_more_than_an_eighth) {
    EXPECT_EQ(layout_of(1500, 0).order.value, 1U) << "2 of 1500 in a page leave 1096: too much";
    EXPECT_EQ(layout_of(1500, 0).objects, 5U);
    EXPECT_EQ(layout_of(1500, 0, 1, 8192).order.value, 0U) << "with 32 MiB of memory no slab has two pages";
    EXPECT_EQ(layout_of(1500, slab_flag::kReclaimAccount).order.value, 0U) << "what can be reclaimed stays small";
    EXPECT_EQ(layout_of(2100, 0).order.value, 1U) << "and two pages are the most";
    EXPECT_EQ(layout_of(5000, 0).order.value, 1U);
}

TEST(ClassicLayout, the_larger_an_object_the_fewer_a_cpu_keeps) {
    const u32 sizes[] = {200, 256, 257, 1024, 1025, 4096, 4097, 131072, 131073};
    const u32 limits[] = {120, 120, 54, 54, 24, 24, 8, 8, 1};
    for (u32 at = 0; at < 9; ++at) {
        const ClassicLayout layout = layout_of(sizes[at], 0, 2);
        EXPECT_EQ(layout.limit, limits[at]) << sizes[at];
        EXPECT_EQ(layout.batchcount, (limits[at] + 1) / 2);
        EXPECT_EQ(layout.shared, sizes[at] <= 4096 ? 8U : 0U);
        EXPECT_EQ(layout_of(sizes[at], 0, 1).shared, 0U) << "one CPU shares with nobody";
    }
}

TEST(ClassicSlab, the_general_caches_come_in_pairs) {
    Machine machine;
    ASSERT_EQ(machine.slab_.caches().size(), 26U);
    EXPECT_EQ(machine.slab_.caches()[0].name, "size-32");
    EXPECT_EQ(machine.slab_.caches()[25].name, "size-131072(DMA)");
    const auto name = [&](u64 size, u32 mask) {
        return machine.slab_.cache(machine.slab_.general_cache(size, {mask})).name;
    };
    EXPECT_EQ(name(1, gfp::kKernel), "size-32");
    EXPECT_EQ(name(33, gfp::kKernel), "size-64");
    EXPECT_EQ(name(64, gfp::kKernel | gfp::kDma), "size-64(DMA)");
    EXPECT_EQ(name(131072, gfp::kKernel), "size-131072");
    EXPECT_TRUE(machine.slab_.general_cache(131073, kKernel).is_none()) << "kmalloc gives no more than 128 KiB";
    const ObjectAddress object = machine.alloc(machine.slab_.find("size-32(DMA)"));
    EXPECT_LT(object.pfn().value, 4096U) << "from zone DMA";
}

// limit 120, batchcount 60; an array that nobody has used is filled with 16.
TEST(ClassicSlab, a_cpus_array_is_filled_by_few_at_first_and_by_batchcount_later) {
    Machine machine;
    const CacheId cache = machine.slab_.create("ring", spec_of(100));
    machine.alloc(cache);
    EXPECT_EQ(machine.in_array(cache), 15U);
    machine.alloc_many(cache, 15);
    EXPECT_EQ(machine.in_array(cache), 0U);
    machine.alloc(cache);
    EXPECT_EQ(machine.in_array(cache), 22U)
        << "the slab has 39 objects, and no other slab is made as long as one comes";
    EXPECT_EQ(machine.slab_.counters(cache).slabs, 1U);
    EXPECT_EQ(machine.slab_.counters(cache).active_objects, 39U) << "those in the array count as active";
}

TEST(ClassicSlab, the_object_freed_last_is_given_first) {
    Machine machine;
    const CacheId cache = machine.slab_.create("ring", spec_of(100));
    const std::vector<ObjectAddress> objects = machine.alloc_many(cache, 3);
    machine.free_all(objects);
    EXPECT_EQ(machine.alloc(cache), objects[2]);
    EXPECT_EQ(machine.alloc(cache), objects[1]);
}

TEST(ClassicSlab, a_full_array_gives_its_oldest_objects_back) {
    Machine machine;
    const CacheId cache = machine.slab_.create("ring", spec_of(100));
    const std::vector<ObjectAddress> objects = machine.alloc_many(cache, 300);
    const u32 before = machine.in_array(cache);
    machine.free_all({objects.begin(), objects.begin() + 120 - before});
    EXPECT_EQ(machine.in_array(cache), 120U);
    machine.free(objects[200]);
    EXPECT_EQ(machine.in_array(cache), 61U);
    EXPECT_EQ(machine.slab_.counters(cache).shared_available, 0U) << "there is one CPU";
}

TEST(ClassicSlab, what_one_cpu_gives_back_another_takes_from_the_shared_array) {
    Machine machine(2);
    const CacheId cache = machine.slab_.create("ring", spec_of(100));
    const std::vector<ObjectAddress> objects = machine.alloc_many(cache, 300);
    machine.free_all({objects.begin(), objects.begin() + 150});
    const u32 shared = machine.slab_.counters(cache).shared_available;
    EXPECT_EQ(shared, 60U);
    const ObjectAddress object = machine.alloc(cache, 1);
    EXPECT_EQ(machine.slab_.counters(cache).shared_available, 44U) << "16, for an array not yet in use";
    EXPECT_TRUE(std::find(objects.begin(), objects.begin() + 150, object) != objects.begin() + 150);
}

TEST(ClassicSlab, each_new_slab_begins_a_cache_line_further_on) {
    Machine machine;
    const CacheId cache = machine.slab_.create("ring", spec_of(300, slab_flag::kHwcacheAlign));
    const ClassicLayout layout = machine.slab_.cache(cache).layout;
    ASSERT_EQ(layout.colour, 2U) << "12 objects of 320 and 128 bytes of management leave 128";
    std::vector<u32> beginnings;
    machine.alloc_many(cache, 5 * layout.objects);
    for (const ClassicSlab& slab : machine.slab_.slabs())
        if (slab.cache == cache.value && slab.place != ClassicPlace::unused)
            beginnings.push_back(slab.first_byte - layout.management);
    EXPECT_EQ(beginnings, (std::vector<u32>{0, 64, 0, 64, 0}));
}

TEST(ClassicSlab, off_slab_management_is_an_object_of_a_general_cache) {
    Machine machine;
    const CacheId large = machine.slab_.find("size-1024");
    const CacheId small = machine.slab_.find("size-64");
    ASSERT_TRUE(machine.slab_.cache(large).layout.is_off_slab);
    const ObjectAddress object = machine.alloc(large);
    EXPECT_EQ(object.value % kPageSize, 3 * 1024U) << "the last of four: the first one begins the slab";
    EXPECT_EQ(machine.slab_.cache(small).used, 1U) << "28 bytes and 4 indices";
    machine.free(object);
    machine.shrink(large);
    EXPECT_EQ(machine.slab_.cache(small).used, 0U);
    EXPECT_EQ(machine.slab_.counters(large), ClassicCounters{});
}

TEST(ClassicSlab, freeing_everything_keeps_free_slabs_and_shrink_gives_them_back) {
    Machine machine;
    const CacheId cache = machine.slab_.create("ring", spec_of(100));
    machine.free_all(machine.alloc_many(cache, 1000));
    const ClassicCounters after = machine.slab_.counters(cache);
    EXPECT_GT(after.slabs, after.active_slabs);
    EXPECT_LT(after.objects - after.active_objects, machine.slab_.cache(cache).free_limit + 39);
    machine.shrink(cache);
    EXPECT_EQ(machine.slab_.counters(cache), ClassicCounters{});
}

TEST(ClassicSlab, with_time_the_reaper_takes_a_part_of_what_lies_unused) {
    Machine machine;
    const CacheId cache = machine.slab_.create("ring", spec_of(100));
    machine.free_all(machine.alloc_many(cache, 1000));
    const u32 slabs = machine.slab_.counters(cache).slabs;
    const u32 cached = machine.in_array(cache);
    machine.reap(2);
    EXPECT_EQ(machine.in_array(cache), cached) << "it was used since the reaper came last";
    machine.reap(4);
    EXPECT_EQ(machine.in_array(cache), cached - 24) << "a fifth of the limit";
    for (u64 seconds = 6; seconds <= 200; seconds += 2) machine.reap(seconds);
    EXPECT_LT(machine.slab_.counters(cache).slabs, slabs);
    EXPECT_EQ(machine.slab_.counters(cache).slabs, 0U);
}

TEST(ClassicSlab, a_cache_with_used_objects_is_not_destroyed) {
    Machine machine;
    const CacheId cache = machine.slab_.create("ring", spec_of(100));
    const ObjectAddress object = machine.alloc(cache);
    SlabCaller caller = machine.on();
    EXPECT_EQ(machine.slab_.destroy(cache, caller), 1U);
    EXPECT_EQ(machine.slab_.find("ring"), cache);
    machine.free(object);
    EXPECT_EQ(machine.slab_.destroy(cache, caller), 0U);
    EXPECT_TRUE(machine.slab_.find("ring").is_none());
}

TEST(ClassicSlab, what_cannot_be_freed_has_a_reason) {
    Machine machine;
    const CacheId cache = machine.slab_.create("ring", spec_of(100));
    const ObjectAddress object = machine.alloc(cache);
    EXPECT_EQ(machine.slab_.free_fault({object.value + 4}), ObjectFault::not_an_object);
    EXPECT_EQ(machine.slab_.free_fault({u64{object.pfn().value} << kPageShift}), ObjectFault::not_an_object);
    EXPECT_EQ(machine.slab_.free_fault({u64{9} << kPageShift}), ObjectFault::not_in_a_slab);
    machine.free(object);
    EXPECT_EQ(machine.slab_.free_fault(object), ObjectFault::already_free) << "it waits in the CPU's array";
}

TEST(ClassicSlab, without_memory_there_is_no_object_and_nothing_is_lost) {
    Machine machine;
    Trace nobody;
    while (machine.memory_.alloc_pages({gfp::kKernel | gfp::kMemalloc}, {0}, 1, 0, nobody) != kNoPfn) {
    }
    EXPECT_TRUE(machine.alloc(machine.slab_.find("size-1024")).is_null());
    EXPECT_EQ(machine.slab_.counters(machine.slab_.find("size-1024")), ClassicCounters{});
}

// Every object, every counter against a model that is as simple as can be.
void live_like_the_naive_one(u64 seed) {
    Prng prng(seed);
    const u32 cpus = 1 + prng.below(3);
    const u32 size = 8 + prng.below(prng.below(4) == 0 ? 5000 : 500);
    Machine machine(cpus);
    const CacheId cache = machine.slab_.create("ring", spec_of(size));
    const ClassicLayout layout = machine.slab_.cache(cache).layout;
    test::NaiveClassic naive({layout.objects, layout.limit, layout.batchcount, layout.shared * layout.batchcount,
                              (1 + cpus) * layout.batchcount + layout.objects, cpus});
    std::map<u32, u32> heads;  // by the naive one's slab
    std::vector<std::pair<test::NaiveClassic::Object, ObjectAddress>> held;
    u64 seconds = 0;
    u32 freeing = 1;
    for (u32 step = 0; step < 4000; ++step) {
        if (step % 500 == 0) freeing = 1 + prng.below(9);
        const u32 cpu = prng.below(cpus);
        const u32 dice = prng.below(1000);
        if (dice == 0) {
            machine.shrink(cache);
            naive.shrink();
        } else if (dice < 20) {
            seconds += 2;
            machine.reap(seconds, cpu);
            naive.reap(cpu, seconds);
        } else if (held.empty() || prng.below(10) >= freeing) {
            const auto expected = naive.alloc(cpu);
            const ObjectAddress object = machine.alloc(cache, cpu);
            const ObjectPlace place = machine.slab_.locate(object);
            ASSERT_EQ(place.object, expected.second) << "seed " << seed << " step " << step;
            const u32 head = machine.slab_.slabs()[place.slab].pfn.value;
            ASSERT_EQ(heads.try_emplace(expected.first, head).first->second, head) << "seed " << seed;
            held.push_back({expected, object});
        } else {
            std::swap(held[prng.below(static_cast<u32>(held.size()))], held.back());
            machine.free(held.back().second, cpu);
            naive.free(held.back().first, cpu);
            held.pop_back();
        }
        const ClassicCounters counters = machine.slab_.counters(cache);
        ASSERT_EQ(counters.slabs, naive.slabs()) << "seed " << seed << " step " << step;
        ASSERT_EQ(counters.active_slabs, naive.active_slabs()) << "seed " << seed << " step " << step;
        ASSERT_EQ(counters.objects - counters.active_objects, naive.free_objects()) << "seed " << seed;
        ASSERT_EQ(counters.shared_available, naive.shared()) << "seed " << seed << " step " << step;
        if (step % 100 != 0) continue;
        ASSERT_EQ(machine.slab_.check(machine.memory_), "") << "seed " << seed;
    }
}

TEST(ClassicSlab, lives_like_a_naive_one) {
    for (u64 seed = 1; seed <= 60; ++seed) {
        live_like_the_naive_one(seed);
        if (::testing::Test::HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace mmscope
