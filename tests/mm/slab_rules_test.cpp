// Sizes, orders and counts of slab caches, against what kernels print (reference, section 4).
#include "mm/slab_rules.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

CacheLayout layout(u32 size, u32 cpus = 1, const Profile& profile = profile_6_12(), u32 flags = 0) {
    CacheSpec spec;
    spec.object_size = size;
    spec.flags = flags;
    return calculate_sizes(spec, profile, Arch::x86_64, cpus);
}

std::string objects_and_pages(const CacheLayout& of) {
    return std::to_string(of.objects) + "/" + std::to_string(of.order.frames());
}

TEST(SlabSize, is_the_objects_rounded_up_to_a_pointer) {
    EXPECT_EQ(layout(1).size, 8U);
    EXPECT_EQ(layout(104).size, 104U);
    EXPECT_EQ(layout(105).size, 112U);
    CacheSpec spec;
    spec.object_size = 76;
    EXPECT_EQ(calculate_sizes(spec, profile_6_1(), Arch::x86_32, 1).size, 80U) << "a long long has 8 bytes there too";
}

TEST(SlabSize, a_cache_line_is_taken_whole_or_in_halves) {
    const u32 flags = slab_flag::kHwcacheAlign;
    EXPECT_EQ(layout(200, 1, profile_6_12(), flags).size, 256U);
    EXPECT_EQ(layout(700, 1, profile_6_12(), flags).size, 704U);
    EXPECT_EQ(layout(1500, 1, profile_6_12(), flags).size, 1536U);
    EXPECT_EQ(layout(24, 1, profile_6_12(), flags).align, 32U);
    EXPECT_EQ(layout(16, 1, profile_6_12(), flags).align, 16U);
    EXPECT_EQ(layout(8, 1, profile_6_12(), flags).align, 8U);
}

TEST(SlabSize, the_free_pointer_has_its_own_place_where_a_free_object_is_still_read) {
    EXPECT_EQ(layout(200).pointer_offset, 96U) << "in the middle: 100, rounded down";
    EXPECT_EQ(layout(200, 1, profile_6_12(), slab_flag::kTypesafeByRcu).size, 208U);
    EXPECT_EQ(layout(200, 1, profile_6_12(), slab_flag::kTypesafeByRcu).pointer_offset, 200U);
    CacheSpec spec;
    spec.object_size = 200;
    spec.has_ctor = true;
    EXPECT_EQ(calculate_sizes(spec, profile_6_12(), Arch::x86_64, 1).size, 208U);
    spec.pointer = CacheSpec::Pointer::inside;
    EXPECT_EQ(calculate_sizes(spec, profile_6_12(), Arch::x86_64, 1).size, 200U);
}

TEST(SlabOrder, grows_with_the_number_of_cpus) {
    EXPECT_EQ(objects_and_pages(layout(256, 1)), "16/1");
    EXPECT_EQ(objects_and_pages(layout(256, 2)), "16/1");
    EXPECT_EQ(objects_and_pages(layout(256, 8)), "32/2");
    EXPECT_EQ(objects_and_pages(layout(1024, 1)), "8/2");
    EXPECT_EQ(objects_and_pages(layout(1024, 2)), "16/4");
    EXPECT_EQ(objects_and_pages(layout(1024, 8)), "32/8");
    EXPECT_EQ(objects_and_pages(layout(8192, 8)), "4/8");
    EXPECT_EQ(objects_and_pages(layout(712, 1)), "11/2");
    EXPECT_EQ(objects_and_pages(layout(712, 2)), "23/4");
    EXPECT_EQ(objects_and_pages(layout(33008, 2)), "1/16");
}

TEST(SlabOrder, of_12008_bytes_is_another_since_6_6) {
    EXPECT_EQ(objects_and_pages(layout(12008, 1, profile_6_1())), "1/4");
    EXPECT_EQ(objects_and_pages(layout(12008, 1, profile_6_12())), "2/8");
}

TEST(SlabOrder, where_memory_is_short_is_that_of_one_object) {
    EXPECT_EQ(layout(1024).min_order.value, 0U);
    EXPECT_EQ(layout(1024).min_objects, 4U);
    EXPECT_EQ(layout(8192).min_order.value, 1U);
    EXPECT_EQ(layout(8192).min_objects, 1U);
}

TEST(SlabPartial, small_objects_are_kept_in_greater_number) {
    EXPECT_EQ(layout(64).cpu_partial, 120U);
    EXPECT_EQ(layout(64).cpu_partial_slabs, 4U) << "240 objects in slabs of 64";
    EXPECT_EQ(layout(256).cpu_partial, 52U);
    EXPECT_EQ(layout(1024).cpu_partial, 24U);
    EXPECT_EQ(layout(4096).cpu_partial, 6U);
    EXPECT_EQ(layout(1024).min_partial, 5U);
    EXPECT_EQ(layout(4096).min_partial, 6U);
    EXPECT_EQ(layout(1U << 22).min_partial, 10U);
}

TEST(SlabSheaf, fills_the_kmalloc_object_that_it_is) {
    EXPECT_EQ(layout(64, 1, profile_7_2()).sheaf_capacity, 60U);
    EXPECT_EQ(layout(256, 1, profile_7_2()).sheaf_capacity, 28U);
    EXPECT_EQ(layout(1024, 1, profile_7_2()).sheaf_capacity, 12U);
    EXPECT_EQ(layout(4096, 1, profile_7_2()).sheaf_capacity, 4U);
    const auto on_32_bits = [](u32 size) {
        CacheSpec spec;
        spec.object_size = size;
        return calculate_sizes(spec, profile_7_2(), Arch::x86_32, 1).sheaf_capacity;
    };
    EXPECT_EQ(on_32_bits(104), 123U) << "a header of 20 bytes, pointers of 4";
    EXPECT_EQ(on_32_bits(256), 27U);
    EXPECT_EQ(on_32_bits(1024), 19U);
    EXPECT_EQ(on_32_bits(4096), 11U);
    EXPECT_EQ(layout(64, 1, profile_7_2()).cpu_partial, 0U);
    EXPECT_EQ(layout(64).sheaf_capacity, 0U);
}

TEST(SlabLayout, of_every_size_is_one_that_can_be) {
    for (const Profile* profile : {&profile_6_1(), &profile_6_12(), &profile_7_2()}) {
        for (u32 size = 1; size <= kLargestObject; size += 1 + size / 97) {
            for (const u32 cpus : {1U, 3U, 64U}) {
                const CacheLayout of = layout(size, cpus, *profile);
                ASSERT_GE(of.size, size);
                ASSERT_LT(of.size, size + 8);
                ASSERT_GE(of.objects, 1U) << size;
                ASSERT_GE(of.min_objects, 1U) << size;
                ASSERT_LE(of.min_order, of.order) << size;
                ASSERT_LE(of.order.value, kMaxPageOrder);
                ASSERT_LE(of.objects * of.size, of.order.frames() * kPageSize);
            }
        }
    }
}

TEST(SlabMerging, takes_in_what_is_less_than_a_pointer_smaller_and_alike) {
    CacheSpec spec;
    spec.object_size = 190;
    const MergeTarget target{0, 192};
    EXPECT_TRUE(may_merge_into(target, spec, profile_6_12(), Arch::x86_64));
    EXPECT_FALSE(may_merge_into({0, 200}, spec, profile_6_12(), Arch::x86_64)) << "a pointer larger";
    EXPECT_FALSE(may_merge_into({0, 184}, spec, profile_6_12(), Arch::x86_64)) << "too small";
    EXPECT_FALSE(may_merge_into({slab_flag::kAccount, 192}, spec, profile_6_12(), Arch::x86_64))
        << "the other is accounted";
    spec.flags = slab_flag::kHwcacheAlign;
    EXPECT_TRUE(may_merge_into(target, spec, profile_6_12(), Arch::x86_64)) << "192 is a multiple of a line";
    spec.flags = slab_flag::kTypesafeByRcu;
    EXPECT_FALSE(may_merge_into(target, spec, profile_6_12(), Arch::x86_64));
    spec.flags = 0;
    spec.has_ctor = true;
    EXPECT_FALSE(may_merge_into(target, spec, profile_6_12(), Arch::x86_64));
}

TEST(SlabMerging, names_a_cache_by_its_flags_and_size) {
    EXPECT_EQ(merged_cache_name(0, 64), ":0000064");
    EXPECT_EQ(merged_cache_name(slab_flag::kAccount | slab_flag::kHwcacheAlign, 192), ":A-0000192");
    EXPECT_EQ(merged_cache_name(slab_flag::kReclaimAccount | slab_flag::kAccount, 1088), ":aA-0001088");
}

TEST(Kmalloc, rounds_up_to_its_classes_and_then_to_powers_of_two) {
    const std::pair<u64, u64> sizes[] = {{0, 0},
                                         {1, 8},
                                         {9, 16},
                                         {33, 64},
                                         {65, 96},
                                         {97, 128},
                                         {100, 128},
                                         {129, 192},
                                         {193, 256},
                                         {513, 1024},
                                         {4097, 8192},
                                         {8193, 16384},
                                         {12288, 16384},
                                         {131073, 262144},
                                         {4U << 20, 4U << 20},
                                         {(4U << 20) + 1, 0},
                                         {~u64{0}, 0}};
    for (const auto& [size, ksize] : sizes) EXPECT_EQ(kmalloc_ksize(size), ksize) << size;
}

TEST(Kmalloc, a_class_is_the_smallest_that_holds_the_request) {
    for (u32 size = 1; size <= kKmallocMaxCacheSize; ++size) {
        const u32 of_class = kmalloc_class(size);
        ASSERT_GE(kKmallocSizes[of_class], size);
        ASSERT_TRUE(of_class == 0 || kKmallocSizes[of_class - 1] < size) << size;
    }
}

TEST(Kmalloc, the_mask_chooses_the_kind_of_cache) {
    EXPECT_EQ(kmalloc_type({gfp::kKernel}), KmallocType::normal);
    EXPECT_EQ(kmalloc_type({gfp::kKernel | gfp::kAccount}), KmallocType::cgroup);
    EXPECT_EQ(kmalloc_type({gfp::kKernel | gfp::kReclaimable | gfp::kAccount}), KmallocType::reclaim);
    EXPECT_EQ(kmalloc_type({gfp::kDma | gfp::kReclaimable}), KmallocType::dma);
}

TEST(Kmalloc, every_cache_is_found_by_its_name) {
    EXPECT_EQ(kmalloc_cache_name(KmallocType::normal, kmalloc_class(100)), "kmalloc-128");
    EXPECT_EQ(kmalloc_cache_name(KmallocType::reclaim, kmalloc_class(1024)), "kmalloc-rcl-1k");
    for (u32 type = 0; type < kKmallocTypes; ++type) {
        for (u32 of_class = 0; of_class < kKmallocClasses; ++of_class) {
            const auto found = kmalloc_cache_of(kmalloc_cache_name(static_cast<KmallocType>(type), of_class));
            ASSERT_TRUE(found);
            EXPECT_EQ(static_cast<u32>(found->type), type);
            EXPECT_EQ(found->of_class, of_class);
        }
    }
    EXPECT_FALSE(kmalloc_cache_of("kmalloc-100"));
    EXPECT_FALSE(kmalloc_cache_of("msg_msg-96"));
}

TEST(Kmalloc, classes_that_are_no_power_of_two_are_aligned_since_6_9) {
    EXPECT_EQ(kmalloc_cache_spec(KmallocType::normal, kmalloc_class(96), profile_6_12()).align, 32U);
    EXPECT_EQ(kmalloc_cache_spec(KmallocType::normal, kmalloc_class(192), profile_6_12()).align, 64U);
    EXPECT_EQ(kmalloc_cache_spec(KmallocType::normal, kmalloc_class(192), profile_6_1()).align, 0U);
    EXPECT_EQ(kmalloc_cache_spec(KmallocType::normal, kmalloc_class(512), profile_6_1()).align, 512U);
}

TEST(SlabAllocFlags, a_slab_of_one_page_is_compound_since_6_12) {
    CacheSpec spec;
    spec.object_size = 64;
    const CacheLayout small = layout(64);
    EXPECT_EQ(slab_alloc_flags(spec, small, profile_6_1()), 0U);
    EXPECT_EQ(slab_alloc_flags(spec, small, profile_6_12()), gfp::kComp);
    spec.flags = slab_flag::kReclaimAccount | slab_flag::kCacheDma;
    EXPECT_EQ(slab_alloc_flags(spec, layout(4096), profile_6_1()), gfp::kComp | gfp::kReclaimable | gfp::kDma);
}

}  // namespace
}  // namespace mmscope
