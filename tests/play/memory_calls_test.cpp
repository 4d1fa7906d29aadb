// open, mmap, touch, munmap, drop_caches, compact_memory in scripts: what they answer, and what is refused.
#include <gtest/gtest.h>

#include "script_testing.h"

namespace mmscope {
namespace {

using testing::run_script;
using testing::work_to_the_end;

// The key of the error at which a script ends; empty if it runs through.
std::string end_of(const std::string& script) {
    Session session;
    const std::optional<Diagnostic> failure = run_script(session, script);
    EXPECT_EQ(session.snapshot().memory().check(), "");
    return failure ? failure->message.key : "";
}

const std::string kSmall = "machine x86_64 { ram = 64M }\n";

TEST(MemoryCalls, touch_answers_how_many_pages_it_brought_in) {
    EXPECT_EQ(
        end_of(kSmall + "f = open(100)\nexpect touch(f) == 100\nexpect touch(f) == 0\nexpect touch(f, 8K, 4K) == 0\n"
                        "a = mmap(64K)\nexpect touch(a + 8K, 4097) == 2\nexpect touch(a) == 14\n"
                        "expect vmstat(\"nr_inactive_anon\") == 16\nexpect vmstat(\"nr_active_file\") == 100"),
        "");
}

TEST(MemoryCalls, mmap_takes_the_words_of_the_language) {
    EXPECT_EQ(end_of("a = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)\nexpect touch(a, 64K) == "
                     "16\nmunmap(a, 64K)"),
              "");
    EXPECT_EQ(end_of("a = mmap(64K, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS)"), "error.mmap_later");
    EXPECT_EQ(end_of("a = mmap(64K, PROT_READ|PROT_WRITE)"), "error.argument_count");
}

TEST(MemoryCalls, what_is_misuse_is_said) {
    EXPECT_EQ(end_of("f = open(0)"), "error.out_of_range");
    EXPECT_EQ(end_of("f = open(2000000)"), "error.out_of_range");
    EXPECT_EQ(end_of("a = mmap(5G)"), "error.out_of_range");
    EXPECT_EQ(end_of("touch(7)"), "error.argument_address");
    EXPECT_EQ(end_of("a = mmap(64K)\ntouch(a + 64K)"), "error.no_area");
    EXPECT_EQ(end_of("a = mmap(64K)\ntouch(a, 65K)"), "error.touch_beyond");
    EXPECT_EQ(end_of("f = open(2)\ntouch(f, 4K, 8K)"), "error.touch_beyond");
    EXPECT_EQ(end_of("a = mmap(64K)\nmunmap(a)\ntouch(a)"), "error.unmapped");
    EXPECT_EQ(end_of("a = mmap(64K)\nmunmap(a, 4K)"), "error.munmap_part");
    EXPECT_EQ(end_of("f = open(2)\nmunmap(f)"), "error.argument_address");
    EXPECT_EQ(end_of("drop_caches(4)"), "error.out_of_range");
    EXPECT_EQ(end_of("repeat 1025 { f[] = open(1) }"), "error.bound_mappings");
    EXPECT_EQ(end_of("repeat 9 { f[] = open(1048576) }"), "error.bound_mapped_pages");
}

TEST(MemoryCalls, a_page_of_a_file_cannot_be_freed_by_a_page_call) {
    EXPECT_EQ(end_of(kSmall + "f = open(1)\ntouch(f)\nfor n in 4096..16300 { q = pfn_to_page(n)\n"
                              "if flags(q) == \"referenced|uptodate|lru\" { __free_page(q) } }"),
              "error.free_lru");
}

TEST(MemoryCalls, reclaim_makes_room_and_the_oom_killer_ends_the_process) {
    EXPECT_EQ(end_of(kSmall + "f = open(20000)\nexpect touch(f) == 20000\nexpect vmstat(\"pgsteal_kswapd\") + "
                              "vmstat(\"pgsteal_direct\") > 5000"),
              "");
    EXPECT_EQ(end_of(kSmall + "a = mmap(60M)\nexpect touch(a) == -12\nexpect vmstat(\"oom_kill\") == 1\ntouch(a)"),
              "error.process_killed");
}

TEST(MemoryCalls, a_panic_ends_the_run_after_the_command_that_caused_it) {
    Session session;
    const std::optional<Diagnostic> failure =
        run_script(session, kSmall + "while true { p[] = alloc_page(GFP_KERNEL) }");
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->message.key, "error.oom_panic");
    EXPECT_EQ(failure->line, 2U);
    const u32 step = session.snapshot().step;
    session.seek(step - 1);
    work_to_the_end(session);
    EXPECT_FALSE(session.failure());  // back before it, everything goes on
    EXPECT_EQ(session.snapshot().memory().deadlock(), Deadlock::none);
}

TEST(MemoryCalls, kswapd_waits_until_an_interrupt_handler_is_through) {
    const std::string fill = kSmall + "f = open(30000)\ntouch(f, 4K * (vmstat(\"nr_free_pages\") - 900))\n";
    EXPECT_EQ(
        end_of(fill + "in irq { repeat 700 { p[] = alloc_page(GFP_ATOMIC) } }\nexpect vmstat(\"pgsteal_kswapd\") == 0\n"
                      "alloc_page(GFP_ATOMIC)\nexpect vmstat(\"pgsteal_kswapd\") > 0"),
        "");
}

TEST(MemoryCalls, every_step_back_finds_the_same_machine) {
    Session session;
    ASSERT_FALSE(run_script(
        session, kSmall +
                     "f = open(9000)\na = mmap(4M)\nfor i in 0..30 { touch(f, 1M, i * 1M)\n touch(a, 64K, i * 64K) }\n"
                     "compact_memory()\nbig = alloc_pages(GFP_HIGHUSER_MOVABLE, 9)\nmunmap(a)\ndrop_caches()"));
    std::vector<u64> hashes;
    const u32 last = session.snapshot().step;
    for (u32 step = 0; step <= last; ++step) {
        session.seek(step);
        work_to_the_end(session);
        hashes.push_back(session.state_hash());
    }
    for (u32 step = last; step > 0; step -= 3) {
        session.seek(step - 1);
        work_to_the_end(session);
        EXPECT_EQ(session.state_hash(), hashes[step - 1]) << step;
        if (step < 4) break;
    }
}

}  // namespace
}  // namespace mmscope
