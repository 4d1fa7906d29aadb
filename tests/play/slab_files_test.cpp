// /sys/kernel/slab of a machine, in the kernel's formats.
#include "play/slab_files.h"

#include <gtest/gtest.h>

#include "script_testing.h"

namespace mmscope {
namespace {

Session played(const std::string& machine, const std::string& script) {
    Session session;
    const auto failure = testing::run_script(session, "machine " + machine + "\n" + script);
    EXPECT_FALSE(failure) << testing::place_and_key(*failure);
    return session;
}

std::string file(const Session& session, const std::string& path) {
    return session.proc_text("slab/" + path).value_or("no such file");
}

// 64 objects in a slab: 130 take three, of which the first two are full, and then have a free one each.
constexpr const char* kScript =
    "c = kmem_cache_create(\"thing\", 60, SLAB_HWCACHE_ALIGN|SLAB_NO_MERGE, 0, \"thing_init\")\n"
    "repeat 130 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\nkmem_cache_free(c, o[0])\nkmem_cache_free(c, o[64])\n";

TEST(SlabFiles, count_by_node_and_by_cpu_as_the_kernel_prints_them) {
    const Session session = played("x86_64 { ram = 64M; cpus = 2; kernel = \"6.12\" }", kScript);
    EXPECT_EQ(file(session, "thing/object_size"), "60\n");
    EXPECT_EQ(file(session, "thing/slab_size"), "128\n") << "a pointer of its own, because of the constructor";
    EXPECT_EQ(file(session, "thing/objs_per_slab"), "32\n");
    EXPECT_EQ(file(session, "thing/order"), "0\n");
    EXPECT_EQ(file(session, "thing/slabs"), "5 N0=5\n");
    EXPECT_EQ(file(session, "thing/total_objects"), "160 N0=160\n");
    EXPECT_EQ(file(session, "thing/objects"), "160 N0=160\n");
    EXPECT_EQ(file(session, "thing/cpu_slabs"), "3 N0=3\n");
    EXPECT_EQ(file(session, "thing/slabs_cpu_partial"), "32(2) C0=32(2)\n");
    EXPECT_EQ(file(session, "thing/partial"), "0\n") << "no node has any";
    EXPECT_EQ(file(session, "thing/ctor"), "thing_init\n");
    EXPECT_EQ(file(session, "thing/hwcache_align"), "1\n");
    EXPECT_EQ(file(session, "thing/reclaim_account"), "0\n");
    EXPECT_EQ(file(session, "kmalloc-64/usersize"), "64\n");
    EXPECT_EQ(file(session, "kmalloc-64/cpu_partial"), "120\n");
    EXPECT_EQ(file(session, "kmalloc-64/min_partial"), "5\n");
    EXPECT_EQ(file(session, "kmalloc-64/ctor"), "");
    EXPECT_EQ(file(session, "dma-kmalloc-64/cache_dma"), "1\n");
}

// show_slab_objects(): CPU 1 has two partial slabs and no slab of its own.
TEST(SlabFiles, pass_over_the_partial_slabs_of_a_cpu_without_a_slab_of_its_own) {
    const Session session = played("x86_64 { ram = 64M; cpus = 2; kernel = \"6.12\" }",
                                   "c = kmem_cache_create(\"foo\", 100, SLAB_NO_MERGE)\n"
                                   "repeat 117 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
                                   "on cpu 1 { kmem_cache_free(c, o[0])\nkmem_cache_free(c, o[40]) }");
    EXPECT_EQ(file(session, "foo/slabs_cpu_partial"), "39(2) C1=39(2)\n");
    EXPECT_EQ(file(session, "foo/cpu_slabs"), "1 N0=1\n");
}

TEST(SlabFiles, are_there_too_where_they_say_nothing) {
    const Session session = played("x86_64 { ram = 64M; kernel = \"6.12\" }", "");
    EXPECT_EQ(file(session, "kmalloc-64/shrink"), "");
    EXPECT_EQ(file(session, "kmalloc-64/validate"), "");
    EXPECT_EQ(file(session, "kmalloc-64/remote_node_defrag_ratio"), "100\n");
    EXPECT_EQ(file(played("x86_32 { ram = 64M; kernel = \"6.1\" }", ""), "kmalloc-64/remote_node_defrag_ratio"),
              "no such file");
}

TEST(SlabFiles, of_two_caches_of_a_name_are_the_later_ones) {
    const Session session = played("x86_64 { ram = 64M; kernel = \"6.12\" }",
                                   "c = kmem_cache_create(\"foo\", 100, SLAB_NO_MERGE)\n"
                                   "d = kmem_cache_create(\"foo\", 200, SLAB_NO_MERGE)");
    EXPECT_EQ(file(session, "foo/object_size"), "200\n");
}

TEST(SlabFiles, of_a_kernel_without_nodes_have_sums_alone) {
    const Session session = played("x86_32 { ram = 64M; kernel = \"6.1\" }", kScript);
    EXPECT_EQ(file(session, "thing/total_objects").find('N'), std::string::npos);
    EXPECT_EQ(file(session, "thing/slabs_cpu_partial").find('C'), std::string::npos);
}

TEST(SlabFiles, say_which_debugging_a_cache_has) {
    const Session session = played("x86_64 { ram = 64M; slab_debug = \"FZP,kmalloc-64\" }", "");
    for (const char* const name : {"sanity_checks", "red_zone", "poison"})
        EXPECT_EQ(file(session, std::string("kmalloc-64/") + name), "1\n") << name;
    for (const char* const name : {"store_user", "trace"})
        EXPECT_EQ(file(session, std::string("kmalloc-64/") + name), "0\n") << name;
    EXPECT_EQ(file(session, "kmalloc-32/poison"), "0\n");
}

TEST(SlabFiles, of_merged_caches_are_found_by_each_name) {
    const Session session = played("x86_64 { ram = 64M }",
                                   "a = kmem_cache_create(\"first\", 192)\nb = kmem_cache_create(\"second\", 190)\n");
    EXPECT_EQ(file(session, "first/aliases"), "1\n");
    EXPECT_EQ(file(session, "second/aliases"), "1\n");
    EXPECT_EQ(file(session, ":0000192/slab_size"), "192\n");
}

TEST(SlabFiles, a_folder_has_all_of_them_by_name) {
    const Session session = played("x86_64 { ram = 64M }", "");
    const std::string all = file(session, "kmalloc-64");
    EXPECT_TRUE(all.starts_with("aliases:0\nalign:64\ncache_dma:0\n")) << all;
    EXPECT_NE(all.find("\nctor:\n"), std::string::npos);
    EXPECT_NE(all.find("\nobjs_per_slab:64\n"), std::string::npos);
    EXPECT_EQ(all.find("sheaf_capacity"), std::string::npos) << "7.2's";
    EXPECT_EQ(file(played("x86_64 { ram = 64M; kernel = \"7.2\" }", ""), "kmalloc-64/sheaf_capacity"), "60\n");
}

TEST(SlabFiles, are_not_there_for_caches_that_are_not_and_for_the_classic_slab) {
    const Session session = played("x86_64 { ram = 64M }", "c = kmem_cache_create(\"thing\", 60)\nkmem_cache_destroy(c)\n");
    EXPECT_FALSE(session.proc_text("slab/thing"));
    EXPECT_FALSE(session.proc_text("slab/thing/order"));
    EXPECT_FALSE(session.proc_text("slab/"));
    EXPECT_FALSE(played("x86_32 { ram = 64M; kernel = \"2.6\" }", "").proc_text("slab/size-64"));
}

}  // namespace
}  // namespace mmscope
