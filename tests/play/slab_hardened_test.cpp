// machine { slab_freelist_hardened = 1 }: pointers in free objects are scrambled, and a double free that meets itself at
// the head of a list stops the kernel, as with CONFIG_SLAB_FREELIST_HARDENED.
#include <gtest/gtest.h>

#include "script_testing.h"
#include "sentences.h"

namespace mmscope {
namespace {

std::string end_of(const std::string& script, const std::string& keys = "slab_freelist_hardened = 1") {
    return testing::end_of("machine x86_64 { ram = 64M; cpus = 2; " + keys + " }\n" + script);
}

const std::string kThree =
    "c = kmem_cache_create(\"thing\", 256)\nrepeat 3 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
    "kmem_cache_free(c, o[0])\n";

TEST(SlabFreelistHardened, a_double_free_stops_the_kernel_if_the_object_heads_its_list) {
    EXPECT_EQ(end_of(kThree + "kmem_cache_free(c, o[0])"), "error.object_free_bug");
    EXPECT_EQ(end_of(kThree + "kfree(o[0])"), "error.object_free_bug");
    EXPECT_EQ(end_of("p = kmalloc(64, GFP_KERNEL)\nkfree(p)\nkfree(p)"), "error.object_free_bug");
    EXPECT_EQ(end_of(kThree + "kmem_cache_free(c, o[0])", "slab_freelist_hardened = 0"), "error.object_free");
}

TEST(SlabFreelistHardened, a_double_free_is_not_seen_behind_another_object_or_from_another_cpu) {
    EXPECT_EQ(end_of(kThree + "kmem_cache_free(c, o[1])\nkmem_cache_free(c, o[0])"), "error.object_free_unseen");
    EXPECT_EQ(end_of(kThree + "on cpu 1 { kmem_cache_free(c, o[0]) }"), "error.object_free_unseen");
    EXPECT_EQ(end_of(kThree + "on cpu 1 { kmem_cache_free(c, o[1]); kmem_cache_free(c, o[1]) }"),
              "error.object_free_bug");
}

TEST(SlabFreelistHardened, a_double_free_into_a_sheaf_is_not_seen) {
    EXPECT_EQ(end_of(kThree + "kmem_cache_free(c, o[0])", "kernel = \"7.2\"; slab_freelist_hardened = 1"),
              "error.object_free_sheaf");
}

TEST(SlabFreelistHardened, what_debugging_finds_first_stays_found_by_it) {
    EXPECT_EQ(end_of(kThree + "kmem_cache_free(c, o[0])", "slab_freelist_hardened = 1; slab_debug = \"F\""), "");
    EXPECT_EQ(end_of(kThree + "kmem_cache_free(c, o[0])", "slab_freelist_hardened = 1; slab_debug = \"Z\""),
              "error.object_free_bug");
}

TEST(SlabFreelistHardened, the_word_in_a_free_object_is_the_next_ones_address_or_scrambled) {
    const std::string two = kThree + "kmem_cache_free(c, o[1])\n";
    EXPECT_EQ(end_of(two + "expect freeptr(o[1]) == o[0]", "seed = 2"), "");
    EXPECT_EQ(end_of(two + "expect freeptr(o[1]) != o[0]\nexpect freeptr(o[1]) != NULL"), "");
    const std::string last = "c = kmem_cache_create(\"thing\", 4096)\nrepeat 8 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
                             "kmem_cache_free(c, o[7])\n";
    EXPECT_EQ(end_of(last + "expect freeptr(o[7]) == NULL", "seed = 2"), "");
    EXPECT_EQ(end_of(last + "expect freeptr(o[7]) != NULL"), "");
    EXPECT_EQ(end_of(two + "freeptr(o[2])"), "error.no_freeptr");
    EXPECT_EQ(end_of(two + "freeptr(o[1] + 8)"), "error.no_freeptr");
    EXPECT_EQ(end_of("freeptr(7)"), "error.argument_address");
    EXPECT_EQ(end_of(two + "freeptr(o[0])", "kernel = \"7.2\""), "error.no_freeptr");
}

TEST(SlabFreelistHardened, the_randoms_are_the_seeds) {
    const auto word = [](const std::string& seed) {
        Session session;
        EXPECT_FALSE(testing::run_script(session, "machine x86_64 { ram = 64M; slab_freelist_hardened = 1; seed = " + seed +
                                                      " }\n" + kThree));
        const auto value = session.evaluate("freeptr(o[0])");
        return value ? value->text : "";
    };
    EXPECT_EQ(word("3"), word("3"));
    EXPECT_NE(word("3"), word("4"));
}

TEST(SlabFreelistHardened, takes_0_or_1_and_is_slubs) {
    EXPECT_EQ(testing::outcome("machine x86_64 { slab_freelist_hardened = 2 }\n"), "1:43 error.out_of_range");
    EXPECT_EQ(testing::outcome("machine x86_32 { kernel = \"2.6\"; slab_freelist_hardened = 1 }\n"),
              "1:59 error.freelist_hardened_classic");
    EXPECT_EQ(testing::outcome("machine x86_32 { kernel = \"2.6\"; slab_freelist_hardened = 0 }\n"), "");
}

}  // namespace
}  // namespace mmscope
