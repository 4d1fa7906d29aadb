#include <gtest/gtest.h>

#include <algorithm>

#include "mm/page_table.h"
#include "play/session.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using testing::loaded;
using testing::seek;

constexpr std::string_view kOneWrite =
    "machine x86_64 { ram = 64M }\n"
    "p = fork(init)\n"
    "as p {\n"
    "buf = mmap(8K)\n"
    "write(buf)\n"
    "}\n";

// The number of the last command's event of this kind, from 1; 0: there is none.
u64 event_of(const Session& session, TraceKind kind) {
    const Trace& trace = *session.snapshot().trace;
    for (u32 at = 0; at < trace.kept(); ++at)
        if (trace.kept_event(at).kind == kind) return trace.size() - trace.kept() + at + 1;
    return 0;
}

Walk walk_to(const Session& session, u64 address) {
    PageAllocator memory = session.snapshot().memory();
    Trace nobody;
    return PageTables(memory, memory.processes().processes[1].mm, 0, nobody).walk(address);
}

TEST(Moments, a_write_is_followed_from_the_miss_to_the_frame_and_back) {
    Session session = loaded(kOneWrite);
    seek(session, 3);
    ASSERT_EQ(session.events(), session.snapshot().trace->size());
    const u64 address = static_cast<u64>(session.evaluate("buf")->number);
    const i64 after = session.evaluate("rss(p)")->number;
    const u64 hash = session.state_hash();
    const u64 missed = event_of(session, TraceKind::tlb_miss);
    const u64 taken = event_of(session, TraceKind::mm_page_alloc);
    const u64 entered = event_of(session, TraceKind::set_pte);
    ASSERT_TRUE(missed != 0 && missed < taken && taken < entered) << missed << " " << taken << " " << entered;
    session.look_at(entered);
    EXPECT_TRUE(walk_to(session, address).is_leaf());
    session.look_at(missed);
    EXPECT_FALSE(walk_to(session, address).is_leaf());
    EXPECT_EQ(session.snapshot().event, missed);
    EXPECT_EQ(session.snapshot().trace->size(), missed);
    EXPECT_EQ(session.evaluate("rss(p)")->number, after - 1);
    session.look_at(0);
    EXPECT_EQ(session.snapshot().event, 0U);
    EXPECT_EQ(session.evaluate("rss(p)")->number, after);
    EXPECT_EQ(session.state_hash(), hash);
}

TEST(Moments, a_wish_ends_them) {
    Session session = loaded(kOneWrite);
    EXPECT_EQ(session.events(), 0U);
    seek(session, 2);
    session.look_at(1);
    EXPECT_EQ(session.snapshot().event, 1U);
    session.look_at(session.events() + 1);
    EXPECT_EQ(session.snapshot().event, 0U);
    session.look_at(1);
    seek(session, 3);
    EXPECT_EQ(session.snapshot().event, 0U);
    EXPECT_EQ(session.snapshot().step, 3U);
}

TEST(Moments, each_sentence_says_which_event_it_is_about) {
    Session session = loaded(kOneWrite);
    seek(session, 3);
    const std::vector<Session::Told> told = session.told(100);
    ASSERT_GT(told.size(), 5U);
    EXPECT_EQ(told[0].event, 0U);
    for (std::size_t at = 2; at < told.size(); ++at) EXPECT_GT(told[at].event, told[at - 1].event);
    EXPECT_EQ(told.size(), session.narration(100).size());
}

// Every event of every step, of scripts that reach all of the machine: the step afterwards is as it was.
TEST(Moments, looking_changes_nothing) {
    const std::string_view scripts[] = {
        "machine x86_64 { ram = 64M; swap = 16M }\n"
        "c = kmem_cache_create(\"thing\", 100)\n"
        "o = kmem_cache_alloc(c, GFP_KERNEL)\n"
        "k = kmalloc(3000, GFP_KERNEL)\n"
        "v = vmalloc(20K)\n"
        "vfree(v)\n"
        "kfree(k)\n"
        "p = fork(init)\n"
        "as p {\nm = mmap(64K)\nwrite(m)\nq = fork(p)\nwrite(m)\nmunmap(m, 32K)\n}\n"
        "exit(q)\n"
        "f = open(256)\n"
        "touch(f)\n"
        "drop_caches(1)\n"
        "a = alloc_pages(GFP_KERNEL, 4)\n"
        "__free_pages(a, 4)\n",
        "machine x86_64 { ram = 64M; kernel = \"7.2\"; cpus = 2 }\n"
        "on cpu 1 {\nk = kmalloc(64, GFP_KERNEL)\n}\n"
        "kfree(k)\n"
        "tick(2)\n"};
    for (const std::string_view script : scripts) {
        Session session = loaded(script);
        for (u32 step = 1;; ++step) {
            seek(session, step);
            ASSERT_FALSE(session.failure().has_value()) << session.failure()->message.key;
            if (session.snapshot().step != step) break;
            const u64 hash = session.state_hash();
            const u64 every = session.events() / 40 + 1;
            for (u64 event = 1; event <= session.events(); event += every) {
                session.look_at(event);
                ASSERT_EQ(session.snapshot().trace->size(), event);
                ASSERT_NE(session.snapshot().machine, nullptr);
            }
            session.look_at(0);
            EXPECT_EQ(session.state_hash(), hash);
            EXPECT_EQ(session.snapshot().machine->check(), "");
        }
    }
}

TEST(Moments, what_a_long_command_is_about_is_told_whatever_comes_after_it) {
    Session session = loaded(
        "machine x86_64 { ram = 64M }\n"
        "a = mmap(100M)\n"
        "touch(a)\n");
    seek(session, 2);
    std::vector<std::string> keys;
    for (const Message& one : session.narration(60)) keys.push_back(one.key);
    EXPECT_TRUE(std::find(keys.begin(), keys.end(), "event.out_of_memory") != keys.end());
    EXPECT_GT(session.events(), 20'000U);
}

}  // namespace
}  // namespace mmscope
