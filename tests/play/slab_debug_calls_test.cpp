// slab_debug in scripts: who writes where nothing should be is found out, told, and reported in the kernel's log.
#include <gtest/gtest.h>

#include "play/failure_report.h"
#include "play/heap.h"
#include "play/slab_view.h"
#include "script_testing.h"
#include "sentences.h"

namespace mmscope {
namespace {

using testing::expect_sentence;
using testing::run_script;
using testing::seek;

std::string machine_line(const std::string& kernel, const std::string& option) {
    return "machine x86_64 { ram = 64M; cpus = 2; kernel = \"" + kernel + "\"; slab_debug = \"" + option + "\" }\n";
}

// What came of a script: its failure, what is said of its last command, what the log has of that.
struct Played {
    std::string failure;
    std::string keys;
    std::string log;
};

Played played(const std::string& script, const std::string& option = "FZPU", const std::string& kernel = "6.12") {
    Session session;
    const std::optional<Diagnostic> failure = run_script(session, machine_line(kernel, option) + script);
    EXPECT_EQ(session.snapshot().machine->check(), "") << script;
    Played played{failure ? failure->message.key : "", "", kernel_log(session)};
    if (failure) expect_sentence(failure->message);
    for (const Message& message : session.narration(1000)) {
        expect_sentence(message);
        played.keys += message.key + " ";
    }
    return played;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string kCache = "c = kmem_cache_create(\"thing\", 100)\no = kmem_cache_alloc(c, GFP_KERNEL)\n";

TEST(SlabDebugCalls, a_byte_beyond_the_end_is_found_when_the_object_is_freed) {
    for (const char* kernel : {"6.1", "6.12", "7.2"}) {
        const Played over = played(kCache + "memset(o, 0x41, 101)\ntick(2)\nkmem_cache_free(c, o)", "FZPU", kernel);
        EXPECT_EQ(over.failure, "") << kernel;
        EXPECT_TRUE(has(over.keys,
                        "event.slab_bug_right_redzone event.slab_fix_restored event.print_tracking_allocated "
                        "event.slab_fix_not_freed"))
            << over.keys;
        const bool warns = std::string(kernel) == "7.2";
        EXPECT_TRUE(has(over.log, warns ? "BUG thing (Not tainted): Object corrupt\n"
                                        : "BUG thing (Not tainted): Right Redzone overwritten\n"))
            << over.log;
        EXPECT_TRUE(has(over.log, "First byte 0x41 instead of 0xcc\n"));
        EXPECT_TRUE(has(over.log, "Allocated in call 2 age=500 cpu=0 pid=1\n")) << over.log;
        EXPECT_TRUE(has(over.log, "FIX thing: Restoring Right Redzone "));
        EXPECT_TRUE(has(over.log, " not freed\n"));
        EXPECT_TRUE(has(over.log, std::string(warns ? "Tainted: G    B               " : "Not tainted ") + kernel + " #1"))
            << over.log;
    }
}

TEST(SlabDebugCalls, a_byte_in_front_of_an_object_is_another_bug) {
    EXPECT_TRUE(has(played(kCache + "memset(o - 1, 7, 1)\nkmem_cache_free(c, o)").keys, "event.slab_bug_left_redzone"));
    EXPECT_TRUE(
        has(played("p = kmalloc(100, GFP_KERNEL)\nmemset(p, 0, 104)\nkfree(p)").keys, "event.slab_bug_kmalloc_redzone"))
        << "since 6.2";
    EXPECT_EQ(played("p = kmalloc(100, GFP_KERNEL)\nmemset(p, 0, 104)\nkfree(p)", "FZPU", "6.1").log, "");
}

TEST(SlabDebugCalls, a_use_after_free_is_found_when_the_object_is_wanted_again) {
    const std::string stale = kCache + "kmem_cache_free(c, o)\nmemset(o + 8, 0, 4)\n";
    const Played found = played(stale + "n = kmem_cache_alloc(c, GFP_KERNEL)\nexpect n != o\nexpect used_objs(c) > 1");
    EXPECT_EQ(found.failure, "");
    EXPECT_TRUE(
        has(found.keys, "event.slab_bug_poison event.slab_fix_restored event.print_tracking event.slab_fix_all_used"))
        << found.keys;
    EXPECT_TRUE(has(found.log, "Poison overwritten\n")) << found.log;
    EXPECT_TRUE(has(found.log, "First byte 0x0 instead of 0x6b\n"));
    EXPECT_TRUE(has(found.log, "Freed in call 3 ")) << found.log;
    EXPECT_TRUE(has(found.log, "FIX thing: Marking all objects used\n"));
    EXPECT_TRUE(has(played(stale + "n = validate_slab_cache(c)\nexpect n == 1").keys,
                    "command.validate_slab_cache event.slab_bug_poison"));
}

TEST(SlabDebugCalls, the_machine_lives_on_where_the_kernels_would) {
    const std::string freed = kCache + "kmem_cache_free(c, o)\n";
    const std::string on = "\nexpect used_objs(c) == 0";
    EXPECT_TRUE(has(played(freed + "kmem_cache_free(c, o)" + on).keys,
                    "event.slab_bug_already_free event.print_tracking "
                    "event.slab_fix_not_freed"));
    EXPECT_TRUE(has(played(freed + "kfree(o)" + on).log, "Object already free\n"));
    EXPECT_TRUE(has(played(freed + "kmem_cache_free(c, o + 8)" + on).log, "Invalid object pointer 0xffff8880"));
    const Played page = played(freed + "a = __get_free_page(GFP_KERNEL)\nkmem_cache_free(c, a)" + on);
    EXPECT_EQ(page.failure, "");
    EXPECT_TRUE(has(page.keys, "event.slab_bug_not_in_a_slab"));
    EXPECT_TRUE(has(page.log, "Object is not a Slab page!"));
    EXPECT_EQ(played("p = kmalloc(64, GFP_KERNEL)\nkfree(p)\nkfree(p)\nkfree(p + 1)\nq = kmalloc(64, GFP_KERNEL)\n"
                     "expect q == p\nkfree(q)")
                  .failure,
              "");
}

// free_large_kmalloc(), with slab_debug and without.
TEST(SlabDebugCalls, kfree_of_a_page_warns_and_frees_it_until_6_16) {
    const std::string page = "a = __get_free_page(GFP_KERNEL)\nkfree(a)";
    for (const char* const letters : {"FZPU", "-"}) {
        const Played found = played(page, letters);
        EXPECT_EQ(found.failure, "");
        EXPECT_TRUE(has(found.keys, "command.kfree event.slab_bug_single_page"));
        EXPECT_TRUE(has(found.log, "object pointer: 0xffff8880"));
    }
    EXPECT_EQ(played(page + "\nfree_page(a)").failure, "error.double_free");
    EXPECT_EQ(played("a = __get_free_pages(GFP_KERNEL, 1)\nkfree(a)").failure, "error.object_page")
        << "without __GFP_COMP its second page would be lost";
    EXPECT_EQ(played("a = __get_free_pages(GFP_KERNEL|__GFP_COMP, 1)\nkfree(a)\n"
                     "expect refcount(virt_to_page(a)) == 0")
                  .failure,
              "");
}

TEST(SlabDebugCalls, kfree_of_a_page_frees_nothing_on_7_2) {
    const std::string pages = "a = __get_free_pages(GFP_KERNEL, 1)\nkfree(a)";
    const Played found = played(pages, "-", "7.2");
    EXPECT_EQ(found.failure, "");
    EXPECT_TRUE(has(found.keys, "command.kfree_nothing event.slab_bug_not_of_kmalloc")) << found.keys;
    EXPECT_TRUE(has(found.log, "page dumped because: Not a kmalloc allocation\n"));
    EXPECT_EQ(played(pages + "\nfree_pages(a, 1)", "-", "7.2").failure, "");
}

TEST(SlabDebugCalls, what_is_not_debugged_stays_misuse) {
    EXPECT_EQ(played(kCache + "kmem_cache_free(c, o)\nkmem_cache_free(c, o)", "-").failure, "error.object_free");
    EXPECT_EQ(played(kCache + "kmem_cache_free(c, o)\nkmem_cache_free(c, o)", "ZP").failure, "error.object_free")
        << "without F nothing is checked";
    EXPECT_EQ(played("p = kmalloc(64, GFP_KERNEL)\nkfree(p)\nkfree(p)", "F,kmalloc-128").failure, "error.object_free");
    EXPECT_EQ(played("p = kmalloc(100, GFP_KERNEL)\nkfree(p)\nkfree(p)", "F,kmalloc-128").failure, "");
    const Played silent = played(kCache + "memset(o, 0x41, 108)\nkmem_cache_free(c, o)", "-");
    EXPECT_EQ(silent.log + silent.failure, "");
    EXPECT_EQ(played(kCache + "n = validate_slab_cache(c)\nexpect n == -22", "-").failure, "");
}

TEST(SlabDebugCalls, one_cache_can_be_debugged_by_its_flags) {
    const std::string flags = "SLAB_CONSISTENCY_CHECKS | SLAB_POISON | SLAB_RED_ZONE | SLAB_STORE_USER";
    const Played found =
        played("c = kmem_cache_create(\"thing\", 100, " + flags +
                   ")\nd = kmem_cache_create(\"other\", 100)\n"
                   "o = kmem_cache_alloc(c, GFP_KERNEL)\nq = kmem_cache_alloc(d, GFP_KERNEL)\n"
                   "memset(q, 0, 104)\nkmem_cache_free(d, q)\nmemset(o, 0, 104)\nkmem_cache_free(c, o)",
               "-");
    EXPECT_EQ(found.failure, "");
    EXPECT_TRUE(has(found.log, "BUG thing ")) << "never merged";
}

TEST(SlabDebugCalls, an_object_of_another_cache_is_a_warning_and_goes_home) {
    const Played found = played(kCache +
                                "d = kmem_cache_create(\"other\", 500)\nkmem_cache_free(d, o)\n"
                                "expect used_objs(c) == 0");
    EXPECT_EQ(found.failure, "");
    EXPECT_TRUE(has(found.keys, "event.cache_from_obj"));
    EXPECT_TRUE(has(found.log, "cache_from_obj: Wrong slab cache. other but object is from thing\n"
                               "WARNING: CPU: 0 PID: 1 at mm/slub.c kmem_cache_free\n"))
        << found.log;
    EXPECT_TRUE(has(found.log, "---[ end trace 0000000000000000 ]---\nAllocated in call 2 ")) << "print_tracking()";
}

// The kernel looks only where hardening or consistency checks want it to.
TEST(SlabDebugCalls, an_object_of_another_cache_is_freed_unseen_or_kept) {
    const std::string script = "c = kmem_cache_create(\"foo\", 100, SLAB_NO_MERGE)\n"
                               "d = kmem_cache_create(\"bar\", 100, SLAB_NO_MERGE)\n"
                               "o = kmem_cache_alloc(c, GFP_KERNEL)\nkmem_cache_free(d, o)\n";
    for (const char* kernel : {"6.1", "6.12", "7.2"}) {
        const Played unseen = played(script + "expect used_objs(c) == 0", "-", kernel);
        EXPECT_EQ(unseen.failure + unseen.log, "") << kernel;
        EXPECT_TRUE(has(unseen.keys, "event.cache_from_obj_unseen")) << unseen.keys;
    }
    const Played kept = played(script + "expect used_objs(c) == 1", "F", "7.2");
    EXPECT_EQ(kept.failure, "");
    EXPECT_TRUE(has(kept.keys, "command.kmem_cache_free_kept event.warn_free_bad_obj")) << kept.keys;
    EXPECT_TRUE(has(kept.log, "kmem_cache_free(bar, ffff8880")) << kept.log;
    EXPECT_TRUE(has(kept.log, "): object belongs to different cache foo\n"
                              "WARNING: mm/slub.c at warn_free_bad_obj, CPU#0: script/1\n"));
}

TEST(SlabDebugCalls, a_warning_taints_the_kernel_for_what_comes_after_it) {
    const std::string warned = "v = vmalloc(8192)\nvfree(v + 16384)\n";
    EXPECT_TRUE(has(played(warned).log, "Comm: script Not tainted 6.12 #1\n")) << "it taints when all is said";
    const Played found = played(warned + kCache + "memset(o, 0x41, 101)\nkmem_cache_free(c, o)");
    EXPECT_TRUE(has(found.log, "BUG thing (Tainted: G        W         ): Right Redzone overwritten\n")) << found.log;
    const Played both = played(warned + kCache + "kmem_cache_free(c, o + 8)\nkmem_cache_free(c, o + 8)");
    EXPECT_TRUE(has(both.log, "BUG thing (Tainted: G    B   W         ): Invalid object pointer")) << both.log;
    EXPECT_TRUE(has(both.log, "\nTainted: [B]=BAD_PAGE, [W]=WARN\n")) << both.log;
}

TEST(SlabDebugCalls, a_cache_that_is_on_no_list_any_more_is_named_all_the_same) {
    const std::string two = kCache + "d = kmem_cache_create(\"other\", 300)\nx = kmem_cache_alloc(d, GFP_KERNEL)\n";
    for (const char* last : {"kmem_cache_free(c, x)", "kmem_cache_free(d, o)"}) {
        const Played found = played(two + "kmem_cache_destroy(c)\n" + last);
        EXPECT_TRUE(has(found.keys, "event.cache_from_obj")) << found.keys;
    }
}

TEST(SlabDebugCalls, a_destroyed_cache_with_objects_left_is_reported_with_or_without_debugging) {
    const Played found = played(kCache + "kmem_cache_destroy(c)");
    EXPECT_TRUE(has(found.keys, "command.kmem_cache_destroy_unlinked event.slab_bug_objects_remaining")) << found.keys;
    EXPECT_TRUE(has(found.log, "Objects remaining in thing on __kmem_cache_shutdown()\n"));
    const std::string warning = "kmem_cache_destroy thing: Slab cache still has objects when called from call 3\n";
    EXPECT_TRUE(has(found.log, warning)) << found.log;
    EXPECT_TRUE(has(played(kCache + "kmem_cache_destroy(c)", "-").log, warning));
}

TEST(SlabDebugCalls, the_second_bug_finds_a_tainted_kernel_and_the_log_is_of_the_last_command) {
    const std::string twice = kCache + "kmem_cache_free(c, o)\nkmem_cache_free(c, o)\nkmem_cache_free(c, o)";
    EXPECT_TRUE(has(played(twice).log, "BUG thing (Tainted: G    B             ): Object already free\n"))
        << played(twice).log;
    EXPECT_EQ(played(twice + "\nalloc_page(GFP_KERNEL)").log, "");
    EXPECT_EQ(played(twice + "\nkmalloc(8, GFP_KERNEL)").log, "");
}

TEST(SlabDebugCalls, writes_go_only_where_memory_is) {
    EXPECT_EQ(played("memset(page_address(alloc_page(GFP_KERNEL)), 0, 4096)").failure, "");
    EXPECT_EQ(played("memset(kmalloc(64, GFP_KERNEL), 0, 0)").failure, "");
    EXPECT_EQ(played("memset(NULL, 0, 1)").failure, "error.null_page");
    EXPECT_EQ(played("memset(kmalloc(0, GFP_KERNEL), 0, 1)").failure, "error.write_foreign");
    EXPECT_EQ(played("memset(kmalloc(64, GFP_KERNEL) + 64M, 0, 1)").failure, "error.write_foreign");
    EXPECT_EQ(played("memset(kmalloc(64, GFP_KERNEL), 0, 100M)").failure, "error.write_length");
    EXPECT_EQ(played("memset(kmalloc(64, GFP_KERNEL), 0, -1)").failure, "error.write_length");
    EXPECT_EQ(played("", "XYZ").failure, "error.slab_debug");
}

TEST(SlabDebugCalls, a_write_reaches_over_all_pages_that_it_covers) {
    const Played found = played("p = kmalloc(8192, GFP_KERNEL)\nmemset(p, 0, 8193)\nkfree(p)");
    EXPECT_TRUE(has(found.log, "BUG kmalloc-8k (Not tainted): Right Redzone overwritten\n")) << found.log;
}

TEST(SlabDebugCalls, stepping_back_unwrites_what_was_written) {
    Session session;
    const std::string script = machine_line("6.12", "FZPU") + kCache +
                               "memset(o, 1, 101)\nmemset(o - 1, 2, 1)\nn = validate_slab_cache(c)\n"
                               "m = validate_slab_cache(c)\n";
    EXPECT_FALSE(run_script(session, script));
    EXPECT_EQ(session.evaluate("n")->number, 1);
    EXPECT_EQ(session.evaluate("m")->number, 0) << "it was put right";
    const u64 end = session.state_hash();
    seek(session, 5);
    const u64 found = session.state_hash();
    const std::string log = kernel_log(session);
    EXPECT_TRUE(has(log, "Left Redzone overwritten"));
    seek(session, 3);
    EXPECT_EQ(kernel_log(session), "");
    EXPECT_NE(session.state_hash(), found);
    seek(session, 5);
    EXPECT_EQ(session.state_hash(), found);
    EXPECT_EQ(kernel_log(session), log);
    seek(session, 6);
    EXPECT_EQ(session.state_hash(), end);
}

TEST(SlabDebugCalls, an_object_begins_behind_its_left_red_zone) {
    Session session;
    EXPECT_FALSE(run_script(session, machine_line("6.12", "FZPU") + kCache));
    const Machine& machine = *session.snapshot().machine;
    for (const CacheView& cache : cache_views(machine)) {
        if (cache.name != "thing") continue;
        const SlabView slab = slab_views(machine, cache.cache).at(0);
        const ObjectView object = object_views(machine, slab.slab).at(0);
        EXPECT_EQ(object.address, (u64{slab.pfn.value} << kPageShift) + cache.layout.red_left_pad);
        EXPECT_EQ(object.state, ObjectView::State::used);
        EXPECT_EQ(object.call, 2U);
    }
}

TEST(SlabDebugCalls, the_option_is_the_kernels) {
    EXPECT_EQ(read_slab_debug("FZPU")->flags, slab_flag::kDebug);
    EXPECT_EQ(read_slab_debug("")->flags, slab_flag::kDebug);
    EXPECT_EQ(read_slab_debug(",dentry")->names, "dentry");
    EXPECT_EQ(read_slab_debug("-")->flags, 0U);
    EXPECT_EQ(read_slab_debug("fp,kmalloc-*")->flags, slab_flag::kConsistencyChecks | slab_flag::kPoison);
    EXPECT_FALSE(read_slab_debug("FQ"));
}

}  // namespace
}  // namespace mmscope
