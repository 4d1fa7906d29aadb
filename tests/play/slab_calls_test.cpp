// kmem_cache_create, kmalloc and their kin in scripts: what they return, what is misuse, and what is said.
#include <gtest/gtest.h>

#include <algorithm>

#include "play/failure_report.h"
#include "script_testing.h"
#include "sentences.h"

namespace mmscope {
namespace {

using testing::end_of;
using testing::expect_sentence;
using testing::run_script;

const std::string kSmall = "machine x86_64 { ram = 64M; cpus = 2 }\n";

// What is said about the last command of a script.
std::vector<Message> told(const std::string& script) {
    Session session;
    run_script(session, kSmall + script);
    for (const Message& message : session.narration(1000)) expect_sentence(message);
    return session.narration(1000);
}

std::string keys(const std::vector<Message>& sentences) {
    std::string text;
    for (const Message& message : sentences) text += (text.empty() ? "" : " ") + message.key;
    return text;
}

std::string command_of(const std::string& script) { return told(script).at(0).key; }

TEST(SlabCalls, ksize_leaves_out_the_free_pointer_that_is_read_beside_an_object) {
    EXPECT_EQ(end_of("machine x86_64 { ram = 64M; kernel = \"6.12\" }\n"
                     "c = kmem_cache_create(\"rcu\", 100, SLAB_TYPESAFE_BY_RCU)\n"
                     "o = kmem_cache_alloc(c, GFP_KERNEL)\nexpect ksize(o) == 104"),
              "");
}

TEST(SlabCalls, the_example_of_the_language_runs) {
    EXPECT_EQ(end_of("#!mm 1\nmachine x86_64 { ram = 1G; cpus = 2; kernel = \"6.12\"; seed = 7 }\n"
                     "inode = kmem_cache_create(\"inode_cache\", 608, SLAB_RECLAIM_ACCOUNT)\n"
                     "repeat 64 { objs[] = kmem_cache_alloc(inode, GFP_KERNEL) }\n"
                     "expect slabs(inode) == 5\nexpect used_objs(inode) == 64\nexpect num_objs(inode) == 65\n"
                     "expect active_objs(inode) == 65 \"what the CPU holds ready is active to slabinfo\"\n"
                     "expect vmstat(\"nr_slab_reclaimable\") == 10\n"
                     "for o in objs { kmem_cache_free(inode, o) }\n"
                     "expect used_objs(inode) == 0\nexpect slabs(inode) == 5 \"freeing does not shrink\"\n"
                     "kmem_cache_shrink(inode)\nexpect slabs(inode) == 0\nexpect vmstat(\"nr_slab_reclaimable\") == 0\n"
                     "in irq { p = kmalloc(100, GFP_ATOMIC) }\nexpect ksize(p) == 128\n"
                     "kmem_cache_destroy(inode)"),
              "");
}

TEST(SlabCalls, every_kernel_with_slub_has_them_on_every_architecture) {
    for (const char* kernel : {"6.1", "6.12", "7.2"})
        for (const char* arch : {"x86_64", "x86_32", "x86_32_pae"})
            EXPECT_EQ(end_of("machine " + std::string(arch) + " { ram = 64M; kernel = \"" + kernel +
                             "\" }\nc = kmem_cache_create(\"thing\", 100)\no = kmem_cache_alloc(c, GFP_KERNEL)\n"
                             "p = kmalloc(3000, GFP_KERNEL)\nq = kmalloc(20000, GFP_KERNEL)\nexpect ksize(q) == 32768\n"
                             "kfree(q)\nkfree(p)\nkmem_cache_free(c, o)\nkmem_cache_destroy(c)"),
                      "")
                << kernel << " " << arch;
}

TEST(SlabCalls, kmalloc_and_its_kin_answer_as_the_kernels_do) {
    EXPECT_EQ(end_of(kSmall +
                     "a = kmalloc(100, GFP_KERNEL)\nb = kzalloc(193, GFP_KERNEL)\nc = kcalloc(10, 30, GFP_KERNEL)\n"
                     "expect ksize(a) == 128\nexpect ksize(b) == 256\nexpect ksize(c) == 512\n"
                     "d = krealloc(a, 120, GFP_KERNEL)\nexpect d == a \"it fits where it is\"\nexpect ksize(a) == 128\n"
                     "e = krealloc(d, 129, GFP_KERNEL)\nexpect e != d\nexpect ksize(e) == 192\n"
                     "expect krealloc(NULL, 8, GFP_KERNEL) != NULL\nexpect ksize(NULL) == 0\n"
                     "z = kmalloc(0, GFP_KERNEL)\nexpect z != NULL\nexpect ksize(z) == 0\nkfree(z)\nkfree(NULL)\n"
                     "expect krealloc(e, 0, GFP_KERNEL) == z\n"
                     "l = kmalloc(10000, GFP_KERNEL)\nl = krealloc(l, 16384, GFP_KERNEL)\nkfree(l)\n"
                     "m = kmalloc(4M, GFP_KERNEL)\nexpect ksize(m) == 4M\nkfree(m)\n"
                     "expect kmalloc(4M + 1, GFP_KERNEL) == NULL\nexpect kmalloc(-1, GFP_KERNEL) == NULL\n"
                     "expect kcalloc(1 << 33, 1 << 33, GFP_KERNEL) == NULL\n"
                     "k = cache(\"kmalloc-cg-64\")\nkmalloc(60, GFP_KERNEL_ACCOUNT)\nexpect used_objs(k) == 1"),
              "");
}

TEST(SlabCalls, an_object_is_an_address_of_its_page) {
    EXPECT_EQ(end_of(kSmall +
                     "p = kmalloc(4000, GFP_KERNEL)\npage = virt_to_page(p + 17)\n"
                     "expect page_address(page) == p\nexpect flags(page) == \"slab|head\"\nexpect order_of(page) == 3\n"
                     "expect vmstat(\"nr_slab_unreclaimable\") == 8"),
              "");
    EXPECT_EQ(end_of(kSmall + "virt_to_page(mmap(4K))"), "error.foreign_address");
}

TEST(SlabCalls, caches_that_fit_are_merged_and_end_with_their_last_user) {
    EXPECT_EQ(end_of(kSmall + "a = kmem_cache_create(\"first\", 190)\nb = kmem_cache_create(\"second\", 192)\n"
                              "o = kmem_cache_alloc(b, GFP_KERNEL)\nexpect used_objs(a) == 1\nkmem_cache_destroy(a)\n"
                              "kmem_cache_free(b, o)\nkmem_cache_destroy(b)\nexpect cache(\"second\") == NULL\n"
                              "c = kmem_cache_create(\"first\", 190)\nexpect slabs(c) == 0"),
              "");
    EXPECT_EQ(command_of("a = kmem_cache_create(\"first\", 190)\nb = kmem_cache_create(\"second\", 192)"),
              "command.kmem_cache_create_merged");
    EXPECT_EQ(command_of("a = kmem_cache_create(\"first\", 190)\nb = kmem_cache_create(\"second\", 192)\n"
                         "kmem_cache_destroy(a)"),
              "command.kmem_cache_destroy_alias");
    EXPECT_EQ(command_of("a = kmem_cache_create(\"a\", 190)\nb = kmem_cache_create(\"b\", 192, SLAB_NO_MERGE)"),
              "command.kmem_cache_create");
}

TEST(SlabCalls, sizes_and_alignments_that_no_cache_has) {
    EXPECT_EQ(
        end_of(kSmall + "expect kmem_cache_create(\"a\", 4M + 1) == NULL\nexpect kmem_cache_create(\"a\", -1) == NULL\n"
                        "c = kmem_cache_create(\"a\", 1)\nexpect c != NULL\nkmem_cache_alloc(c, GFP_KERNEL)\n"
                        "d = kmem_cache_create(\"d\", 4M)\no = kmem_cache_alloc(d, GFP_KERNEL)\nexpect o != NULL\n"
                        "kmem_cache_free(d, o)\nexpect kmem_cache_create(\"e\", 4M, 0, 0, \"init\") == NULL"),
        "");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"a\", 0)"), "error.cache_size");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"a\", 100, 0, 24)"), "error.cache_align");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"a\", 100, 0, -1)"), "error.cache_align_large");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"a\", 100, 0, 8M)"), "error.cache_align_large");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"a\", 100, SLAB_FOO)"), "error.unknown_slab_flag");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"a\", 100, 4096)"), "error.cache_flags");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"a\", 100, GFP_KERNEL)"), "error.argument_number");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"a\", 100, SLAB_POISON)"), "");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"a\", 100, SLAB_PANICK)"), "error.unknown_name") << "with a suggestion";
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"\", 100)"), "error.cache_name");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"two words\", 100)"), "error.cache_name");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_create(\"a\", 5M, SLAB_PANIC)"), "error.slab_panic");
    EXPECT_EQ(command_of("kmem_cache_create(\"a\", 5M)"), "command.kmem_cache_create_failed");
    EXPECT_EQ(end_of(kSmall + "for i in 0..5000 { c = kmem_cache_create(\"a\", 100); kmem_cache_destroy(c) }"),
              "error.bound_caches");
}

TEST(SlabCalls, a_name_may_be_given_twice_but_for_the_classic_slab) {
    EXPECT_EQ(end_of(kSmall + "a = kmem_cache_create(\"a\", 100)\nb = kmem_cache_create(\"a\", 1000)\nexpect a != b\n"
                              "kmem_cache_free(b, kmem_cache_alloc(b, GFP_KERNEL))\nkmem_cache_destroy(b)\n"
                              "expect cache(\"a\") == a\nexpect kmem_cache_create(\"kmalloc-64\", 100) != NULL"),
              "");
    EXPECT_EQ(command_of("kmem_cache_create(\"a\", 100)\nkmem_cache_create(\"a\", 1000)"),
              "command.kmem_cache_create_namesake");
    EXPECT_EQ(command_of("kmem_cache_create(\"a\", 100)\nkmem_cache_create(\"a\", 100)"),
              "command.kmem_cache_create_same");
    Session session;
    EXPECT_FALSE(run_script(session, "machine x86_64 { ram = 64M; kernel = \"2.6\" }\nkmem_cache_create(\"a\", 100)\n"
                                              "expect kmem_cache_create(\"a\", 1000) == NULL"));
    EXPECT_EQ(session.narration(1)[0].key, "command.kmem_cache_create_duplicate");
}

TEST(SlabCalls, a_product_that_overflows_is_null_without_a_word) {
    EXPECT_EQ(command_of("kcalloc(1 << 40, 1 << 40, GFP_KERNEL)"), "command.kmalloc_overflow");
    EXPECT_EQ(command_of("kcalloc(-1, 16, GFP_KERNEL)"), "command.kmalloc_overflow");
    EXPECT_EQ(command_of("kcalloc(1 << 20, 1 << 20, GFP_KERNEL)"), "command.kmalloc_too_large");
    Session session;
    EXPECT_FALSE(run_script(session, "machine x86_32 { ram = 64M }\n"
                                              "expect kcalloc(1 << 20, 1 << 20, GFP_KERNEL) == NULL"));
    EXPECT_EQ(session.narration(1)[0].key, "command.kmalloc_overflow");
}

TEST(SlabCalls, a_handle_of_a_cache_is_good_until_it_is_destroyed) {
    const std::string gone = kSmall + "c = kmem_cache_create(\"a\", 100)\nkmem_cache_destroy(c)\n";
    EXPECT_EQ(end_of(gone + "kmem_cache_alloc(c, GFP_KERNEL)"), "error.cache_gone");
    EXPECT_EQ(end_of(gone + "kmem_cache_destroy(c)"), "error.cache_gone");
    EXPECT_EQ(end_of(gone + "d = kmem_cache_create(\"a\", 100)\nslabs(c)"), "error.cache_gone");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_alloc(NULL, GFP_KERNEL)"), "error.null_page");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_alloc(7, GFP_KERNEL)"), "error.argument_cache");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_destroy(cache(\"kmalloc-64\"))"), "error.kmalloc_cache");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_alloc(cache(\"kmalloc-64\"), GFP_KERNEL)"), "error.kmalloc_cache");
    EXPECT_EQ(end_of(kSmall + "kmem_cache_shrink(cache(\"kmalloc-64\"))"), "");
}

TEST(SlabCalls, what_must_not_be_freed_is_said_with_what_to_do_instead) {
    const std::string object = kSmall + "p = kmalloc(100, GFP_KERNEL)\n";
    EXPECT_EQ(end_of(object + "kfree(p)\nkfree(p)"), "error.object_free");
    EXPECT_EQ(end_of(object + "kfree(p)\nksize(p)"), "error.object_free");
    EXPECT_EQ(end_of(object + "kfree(p)\nq = kmalloc(100, GFP_KERNEL)\nexpect q == p\nkfree(p)"), "error.object_stale");
    EXPECT_EQ(end_of(object + "kfree(p + 8)"), "error.object_inside");
    EXPECT_EQ(end_of(kSmall + "p = kmalloc(20000, GFP_KERNEL)\nkfree(p + 4K)"), "error.object_inside");
    EXPECT_EQ(end_of(kSmall + "p = kmalloc(20000, GFP_KERNEL)\nkfree(p)\nkfree(p)"), "error.object_gone");
    EXPECT_EQ(end_of(kSmall + "a = __get_free_pages(GFP_KERNEL, 1)\nkfree(a)"), "error.object_page");
    EXPECT_EQ(end_of(kSmall + "kfree(mmap(4K))"), "error.object_foreign");
    EXPECT_EQ(end_of(kSmall + "p = alloc_page(GFP_KERNEL)\nkfree(p)"), "error.argument_address");
    EXPECT_EQ(end_of(object + "free_page(p)"), "error.free_slab");
    EXPECT_EQ(end_of(object + "__free_page(virt_to_page(p))"), "error.free_slab");
    EXPECT_EQ(end_of(kSmall + "p = kmalloc(20000, GFP_KERNEL)\nfree_pages(p, 3)"), "error.free_slab");
    const std::string cache = kSmall + "c = kmem_cache_create(\"a\", 100)\n";
    EXPECT_EQ(end_of(cache + "kmem_cache_free(c, NULL)"), "error.null_page");
    EXPECT_EQ(end_of(cache + "kmem_cache_free(c, kmalloc(0, GFP_KERNEL))"), "error.object_foreign");
    EXPECT_EQ(end_of(kSmall + "kfree(vmalloc(4096))"), "error.object_vmalloc");
    EXPECT_EQ(end_of(kSmall + "krealloc(vmalloc(4096), 10, GFP_KERNEL)"), "error.object_vmalloc");
}

// virt_to_cache() finds no slab.
TEST(SlabCalls, a_large_object_freed_into_a_cache_stays_with_a_warning) {
    Session session;
    EXPECT_FALSE(run_script(session, kSmall + "c = kmem_cache_create(\"a\", 100)\np = kmalloc(10000, GFP_KERNEL)\n"
                                                       "kmem_cache_free(c, p)"));
    EXPECT_EQ(session.narration(1)[0].key, "command.kmem_cache_free_nothing");
    EXPECT_NE(kernel_log(session).find("virt_to_cache: Object is not a Slab page!"), std::string::npos);
    EXPECT_EQ(end_of(kSmall + "c = kmem_cache_create(\"a\", 100)\np = kmalloc(10000, GFP_KERNEL)\n"
                              "kmem_cache_free(c, p)\nkfree(p)\nkmem_cache_destroy(c)"),
              "");
}

TEST(SlabCalls, an_object_freed_into_another_cache_goes_back_to_its_own_unseen) {
    const std::string two =
        "a = kmem_cache_create(\"a\", 100)\nb = kmem_cache_create(\"b\", 1000)\n"
        "o = kmem_cache_alloc(a, GFP_KERNEL)\nkmem_cache_free(b, o)\n";
    EXPECT_EQ(end_of(kSmall + two + "expect used_objs(a) == 0\nexpect events(\"cache_from_obj\") == 1"), "");
    EXPECT_EQ(keys(told(two)), "command.kmem_cache_free event.cache_from_obj_unseen event.kmem_cache_free");
    EXPECT_EQ(end_of(kSmall + "a = kmem_cache_create(\"a\", 100)\nkmem_cache_free(a, kmalloc(7, GFP_KERNEL))\n"
                              "expect used_objs(cache(\"kmalloc-8\")) == 0"),
              "");
    EXPECT_EQ(end_of(kSmall + "a = kmem_cache_create(\"a\", 100)\nkfree(kmem_cache_alloc(a, GFP_KERNEL))"), "");
}

TEST(SlabCalls, more_than_the_largest_block_is_warned_of_once) {
    Session session;
    EXPECT_FALSE(run_script(session, kSmall + "p = kmalloc(4M + 1, GFP_KERNEL)"));
    EXPECT_NE(kernel_log(session).find("WARNING: CPU: 0 PID: 1 at mm/page_alloc.c __alloc_pages_noprof\n"),
              std::string::npos);
    EXPECT_EQ(session.narration(9)[1].key, "event.gfp_warning_order_too_large");
    EXPECT_FALSE(run_script(session, kSmall + "p = kmalloc(4M + 1, GFP_KERNEL)\nq = kmalloc(4M + 1, GFP_KERNEL)"));
    EXPECT_EQ(kernel_log(session), "");
    EXPECT_FALSE(run_script(session, kSmall + "p = kmalloc(4M + 1, GFP_KERNEL | __GFP_NOWARN)"));
    EXPECT_EQ(kernel_log(session), "");
}

TEST(SlabCalls, a_zone_that_objects_cannot_be_of_is_logged_with_what_becomes_of_it) {
    Session session;
    EXPECT_FALSE(run_script(session, kSmall + "p = kmalloc(100, GFP_KERNEL | __GFP_HIGHMEM)"));
    EXPECT_TRUE(kernel_log(session).starts_with("Unexpected gfp: 0x2 (__GFP_HIGHMEM). Fixing up to gfp: 0xcc0 "
                                                "(GFP_KERNEL). Fix your code!\nCPU: 0 "))
        << kernel_log(session);
}

TEST(SlabCalls, a_zone_that_objects_cannot_be_of_is_dropped_with_a_warning) {
    const std::vector<Message> small = told("kmalloc(100, GFP_HIGHUSER)");
    EXPECT_NE(keys(small).find("event.kmalloc_fix_flags"), std::string::npos);
    EXPECT_EQ(end_of("machine x86_32 { ram = 1G }\np = kmalloc(100, GFP_KERNEL | __GFP_HIGHMEM)\n"
                     "q = kmalloc(100000, GFP_KERNEL | __GFP_HIGHMEM)\nexpect zone(virt_to_page(p)) == Normal\n"
                     "expect zone(virt_to_page(q)) == Normal\nexpect events(\"kmalloc_fix_flags\") == 2"),
              "");
    EXPECT_EQ(end_of(kSmall + "p = kmalloc(100, GFP_KERNEL | GFP_DMA)\nexpect zone(virt_to_page(p)) == DMA\n"
                              "kmalloc(100000, GFP_KERNEL | __GFP_MOVABLE | __GFP_RECLAIMABLE)"),
              "error.gfp_movable_reclaimable");
}

TEST(SlabCalls, where_nobody_may_sleep_objects_want_the_right_flags_and_caches_stay_as_they_are) {
    EXPECT_EQ(end_of(kSmall + "in irq { kmalloc(100, GFP_ATOMIC) }\nexpect events(\"might_sleep\") == 0\n"
                              "in irq { kmalloc(100, GFP_KERNEL) }\nexpect events(\"might_sleep\") == 1"),
              "");
    EXPECT_EQ(end_of(kSmall + "in irq { kmem_cache_create(\"a\", 100) }"), "error.slab_sleeps");
    EXPECT_EQ(end_of(kSmall + "c = kmem_cache_create(\"a\", 100)\nin softirq { kmem_cache_shrink(c) }"),
              "error.slab_sleeps");
}

TEST(SlabCalls, without_memory_there_is_no_object) {
    const std::string full = "while alloc_page(GFP_ATOMIC | __GFP_MEMALLOC) { }\n";
    EXPECT_EQ(command_of(full + "kmalloc(100, GFP_ATOMIC)"), "command.kmalloc_failed");
    EXPECT_EQ(command_of("c = kmem_cache_create(\"a\", 100)\n" + full + "kmem_cache_alloc(c, GFP_NOWAIT)"),
              "command.kmem_cache_alloc_failed");
    EXPECT_EQ(end_of(kSmall + "while true { p[] = kmalloc(4096, GFP_KERNEL) }"), "error.oom_panic");
}

TEST(SlabCalls, sentences_name_the_cache_and_say_both_sizes) {
    const Message message = told("kmalloc(100, GFP_KERNEL)").at(0);
    EXPECT_EQ(message.key, "command.kmalloc");
    const auto param = [&](std::string_view name) {
        return *std::find_if(message.params.begin(), message.params.end(),
                             [&](const MessageParam& one) { return one.name == name; });
    };
    EXPECT_EQ(param("cache").text, "kmalloc-128");
    EXPECT_EQ(param("size").number, 100);
    EXPECT_EQ(param("given").number, 128);
    EXPECT_EQ(param("lost").number, 28);
    EXPECT_EQ(keys(told("p = kmalloc(100, GFP_KERNEL)\nkfree(p)")), "command.kfree event.kfree");
    EXPECT_EQ(keys(told("p = kmalloc(100, GFP_KERNEL)\nq = krealloc(p, 110, GFP_KERNEL)")), "command.krealloc_stays");
    EXPECT_EQ(keys(told("kmalloc(5M, GFP_KERNEL)")), "command.kmalloc_too_large event.gfp_warning_order_too_large");
    EXPECT_EQ(keys(told("kmalloc(0, GFP_KERNEL)")), "command.kmalloc_zero");
}

// Each cache that destroy took away is still named by the events of that command.
TEST(SlabCalls, the_slabs_of_a_cache_that_is_destroyed_are_told_by_its_name) {
    const std::vector<Message> sentences = told(
        "c = kmem_cache_create(\"doomed\", 700)\nkmem_cache_free(c, kmem_cache_alloc(c, "
        "GFP_KERNEL))\nkmem_cache_destroy(c)");
    u32 named = 0;
    for (const Message& message : sentences)
        for (const MessageParam& param : message.params)
            named += param.name == "cache" && param.text == "doomed" ? 1 : 0;
    EXPECT_GE(named, 3U);
}

}  // namespace
}  // namespace mmscope
