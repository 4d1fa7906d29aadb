// Kernel "2.6" in scripts: the same calls on the classic SLAB, with its general caches, arrays and lists.
#include <gtest/gtest.h>

#include "play/failure_report.h"
#include "play/proc_files.h"
#include "procfs/slabinfo.h"
#include "script_testing.h"
#include "sentences.h"

namespace mmscope {
namespace {

using testing::run_script;
using testing::seek;

std::string machine_line(const std::string& more = "") {
    return "machine x86_32 { ram = 64M; kernel = \"2.6\"" + more + " }\n";
}

std::string end_of(const std::string& script, const std::string& more = "") {
    return testing::end_of(machine_line(more) + script);
}

SlabInfo::Row row_after(const std::string& script, std::string_view name, const std::string& more = "") {
    Session session;
    EXPECT_FALSE(run_script(session, machine_line(more) + script));
    const Result<SlabInfo> info = parse_slabinfo(*session.proc_text("slabinfo"));
    EXPECT_TRUE(info.has_value());
    for (const SlabInfo::Row& row : info->rows)
        if (row.name == name) return row;
    ADD_FAILURE() << name;
    return {};
}

TEST(ClassicSlabCalls, kmalloc_has_sizes_by_doubling_up_to_128_KiB) {
    EXPECT_EQ(
        end_of("p = kmalloc(100, GFP_KERNEL)\nexpect ksize(p) == 128\nexpect used_objs(cache(\"size-128\")) == 1\n"
               "q = kmalloc(1, GFP_ATOMIC | GFP_DMA)\nexpect ksize(q) == 32\nexpect zone(virt_to_page(q)) == DMA\n"
               "expect used_objs(cache(\"size-32(DMA)\")) == 1\nr = kmalloc(128K, GFP_KERNEL)\n"
               "expect ksize(r) == 128K\nexpect kmalloc(128K + 1, GFP_KERNEL) == NULL\nkfree(r)\nkfree(q)\nkfree(p)\n"
               "z = kmalloc(0, GFP_KERNEL)\nexpect z != NULL\nexpect ksize(z) == 0\nkfree(z)"),
        "");
    EXPECT_EQ(
        end_of("p = kmalloc(100, GFP_KERNEL)\nq = krealloc(p, 120, GFP_KERNEL)\nexpect q == p\n"
               "r = krealloc(q, 129, GFP_KERNEL)\nexpect ksize(r) == 256\nexpect used_objs(cache(\"size-128\")) == 0\n"
               "expect krealloc(r, 0, GFP_KERNEL) != NULL\nexpect used_objs(cache(\"size-256\")) == 0"),
        "");
}

TEST(ClassicSlabCalls, slabs_are_full_partial_and_free) {
    const std::string fill =
        "c = kmem_cache_create(\"thing\", 256)\nrepeat 31 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n";
    EXPECT_EQ(
        end_of(fill + "expect slabs(c) == 3\nexpect used_objs(c) == 31\nexpect num_objs(c) == 45\n"
                      "for x in o { kmem_cache_free(c, x) }\nexpect slabs(c) == 3\nexpect active_objs(c) > 0\n"
                      "kmem_cache_shrink(c)\nexpect slabs(c) == 0\nexpect vmstat(\"nr_slab_unreclaimable\") == 0\n"
                      "kmem_cache_destroy(c)\nexpect cache(\"thing\") == NULL"),
        "");
    const SlabInfo::Row row = row_after(fill, "thing");
    EXPECT_EQ(row.objperslab, 15U);
    EXPECT_EQ(row.limit, 120U);
    EXPECT_EQ(row.batchcount, 60U);
    EXPECT_EQ(row.num_slabs, 3U);
    EXPECT_EQ(row.active_slabs, 3U) << "the CPU's array has taken from the third";
    EXPECT_EQ(row_after(fill, "thing", "; cpus = 2").sharedfactor, 8U);
}

TEST(ClassicSlabCalls, time_takes_free_slabs_away_by_and_by) {
    EXPECT_EQ(end_of("c = kmem_cache_create(\"thing\", 1000)\nrepeat 100 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
                     "for x in o { kmem_cache_free(c, x) }\nn = slabs(c)\nexpect n > 0\ntick(60)\nexpect slabs(c) < n\n"
                     "tick(600)\nexpect slabs(c) == 0"),
              "");
}

TEST(ClassicSlabCalls, slab_debug_is_slubs) {
    EXPECT_EQ(end_of("", "; slab_debug = \"FZPU\""), "error.slab_debug_classic");
    EXPECT_EQ(end_of("", "; slab_debug = \"-\""), "");
}

TEST(ClassicSlabCalls, misuse_is_said_where_the_kernel_would_spoil_its_lists) {
    const std::string two =
        "c = kmem_cache_create(\"a\", 100)\nd = kmem_cache_create(\"b\", 100)\n"
        "o = kmem_cache_alloc(c, GFP_KERNEL)\n";
    EXPECT_EQ(end_of(two + "kmem_cache_free(d, o)"), "error.object_wrong_cache");
    EXPECT_EQ(end_of(two + "kmem_cache_free(c, o)\nkmem_cache_free(c, o)"), "error.object_free");
    EXPECT_EQ(end_of(two + "kmem_cache_free(c, o + 4)"), "error.object_inside");
    EXPECT_EQ(end_of(two + "kmem_cache_destroy(c)\nexpect used_objs(c) == 1"), "");
    EXPECT_EQ(end_of("kfree(page_address(alloc_page(GFP_KERNEL)))"), "error.object_page");
    EXPECT_EQ(end_of("kmalloc(100, GFP_KERNEL | __GFP_HIGHMEM)"), "error.slab_bug_mask");
    EXPECT_EQ(end_of("c = kmem_cache_create(\"a\", 100)\nkmem_cache_destroy(c)\nkmem_cache_alloc(c, GFP_KERNEL)"),
              "error.cache_gone");
}

TEST(ClassicSlabCalls, stepping_back_puts_slabs_and_arrays_back) {
    Session session;
    EXPECT_FALSE(run_script(
        session, machine_line("; cpus = 2") +
                     "c = kmem_cache_create(\"thing\", 300)\n"
                     "repeat 300 { o[] = kmem_cache_alloc(c, GFP_KERNEL) }\n"
                     "on cpu 1 { for x in o { kmem_cache_free(c, x) } }\ntick(7)\nkfree(kmalloc(9, GFP_KERNEL))\n"));
    const std::string slabinfo = *session.proc_text("slabinfo");
    const u64 end = session.state_hash();
    seek(session, 150);
    const u64 middle = session.state_hash();
    EXPECT_NE(session.proc_text("slabinfo"), slabinfo);
    seek(session, 450);
    seek(session, 150);
    EXPECT_EQ(session.state_hash(), middle);
    EXPECT_EQ(session.snapshot().machine->check(), "");
    seek(session, 10'000);
    EXPECT_EQ(session.state_hash(), end);
    EXPECT_EQ(session.proc_text("slabinfo"), slabinfo);
}

// kmem_cache_create(): "Early error in slab", and BUG().
TEST(ClassicSlabCalls, a_cache_of_less_than_a_word_or_more_than_a_block_stops_the_kernel) {
    EXPECT_EQ(end_of("c = kmem_cache_create(\"tiny\", 3)"), "error.cache_early_error");
    EXPECT_EQ(end_of("c = kmem_cache_create(\"word\", 4)"), "");
    EXPECT_EQ(end_of("c = kmem_cache_create(\"negative\", -1)"), "error.cache_early_error");
    EXPECT_EQ(end_of("c = kmem_cache_create(\"nothing\", 0)"), "error.cache_early_error");
}

TEST(ClassicSlabCalls, kmalloc_of_more_than_the_largest_cache_has_is_null_without_a_word) {
    Session session;
    EXPECT_FALSE(run_script(session, machine_line() + "p = kmalloc(131073, GFP_KERNEL)"));
    EXPECT_EQ(session.narration(1)[0].key, "command.kmalloc_no_cache");
    EXPECT_EQ(kernel_log(session), "");
}

}  // namespace
}  // namespace mmscope
