// fork, exec, exit, mmap and its kin, read, write, fetch in scripts: what they answer, what ends a process, what is
// misuse; and that going back and forth leaves everything as it was.
#include <gtest/gtest.h>

#include <map>

#include "sentences.h"

namespace mmscope {
namespace {

using testing::loaded;
using testing::place_and_key;
using testing::run_script;
using testing::seek;
using testing::work_to_the_end;

const std::string kSmall = "machine x86_64 { ram = 64M; cpus = 2 }\n";
const std::string kChild = kSmall + "sh = fork(init)\n";

// The key of the error at which a script ends; empty if it runs through.
std::string end_of(const std::string& script) {
    Session session;
    const std::optional<Diagnostic> failure = run_script(session, script);
    EXPECT_EQ(session.snapshot().memory().check(), "");
    return failure ? failure->message.key : "";
}

TEST(ProcessCalls, the_script_of_the_language_s_page_runs) {
    EXPECT_EQ(end_of("sh = fork(init)\nas sh {\n  buf = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)\n"
                     "  write(buf)\n}\nexpect rss(sh) == 2"),
              "");
}

TEST(ProcessCalls, memory_is_given_by_the_first_touch) {
    EXPECT_EQ(end_of(kChild + "as sh { a = mmap(64K)\nexpect rss(sh) == 1\nexpect touch(a, 64K) == 16\n"
                              "expect touch(a, 64K) == 0 }\nexpect rss(sh) == 17\nexpect vmstat(\"pgfault\") >= 16"),
              "");
}

TEST(ProcessCalls, a_page_is_shared_after_fork_and_copied_by_the_first_write) {
    EXPECT_EQ(end_of(kChild + "as sh { a = mmap(4K)\n p = write(a)\n child = fork() }\n"
                              "expect mapcount(p) == 2\nexpect refcount(p) == 2\n"
                              "as child { expect read(a) == p\n q = write(a)\n expect q != p }\n"
                              "expect mapcount(p) == 1\nexpect follow_page(a, sh) == p\n"
                              "expect follow_page(a, child) == q\nexpect events(\"copy_page\") == 1"),
              "");
}

// One table more at each height that a small process needs, and one entry more to read.
TEST(ProcessCalls, page_tables_may_have_five_levels) {
    const std::string script = "sh = fork(init)\nas sh { a = mmap(4K)\n write(a) }\n";
    u64 entries[2] = {}, tables[2] = {};
    for (u32 five = 0; five < 2; ++five) {
        Session session;
        const std::string machine = "machine x86_64 { ram = 64M; la57 = " + std::to_string(five) + " }\n";
        ASSERT_FALSE(run_script(session, machine + script).has_value());
        EXPECT_EQ(session.snapshot().memory().check(), "");
        const ProcessTable& processes = session.snapshot().memory().processes();
        EXPECT_EQ(processes.mode.levels, 4 + five);
        tables[five] = processes.mm(2).table_pages();
        entries[five] = processes.cpus[0].tlb->counts().entries_read;
    }
    EXPECT_EQ(tables[1], tables[0] + 1);
    EXPECT_GT(entries[1], entries[0]);
    Session session;
    EXPECT_EQ(place_and_key(session.load("machine x86_32 { ram = 64M; la57 = 1 }")[0]), "1:36 error.la57_arch");
}

TEST(ProcessCalls, a_library_is_once_in_memory_for_all_who_map_it) {
    EXPECT_EQ(end_of(kChild + "lib = open(16)\ntouch(lib)\nother = fork(init)\n"
                              "as sh { a = mmap(64K, PROT_READ|PROT_EXEC, MAP_PRIVATE, lib)\n p = fetch(a) }\n"
                              "as other { b = mmap(64K, PROT_READ|PROT_EXEC, MAP_PRIVATE, lib)\n"
                              " expect fetch(b) == p }\nexpect mapcount(p) == 2\nexpect refcount(p) == 3\n"
                              "expect vmstat(\"pgmajfault\") == 0"),
              "");
}

TEST(ProcessCalls, a_signal_ends_the_process_and_the_script_goes_on) {
    EXPECT_EQ(end_of(kChild + "as sh { a = mmap(4K, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS)\n expect write(a) == NULL }\n"
                              "expect events(\"signal_generate\") == 1"),
              "");
    EXPECT_EQ(end_of(kChild + "as sh { write(NULL) }\nas sh { }"), "error.process_ended");
    EXPECT_EQ(end_of(kChild + "as sh { read(0x800000000000)\n brk(0) }"), "error.process_ended");
    EXPECT_EQ(end_of(kSmall + "as init { read(NULL) }"), "error.init_killed");
}

TEST(ProcessCalls, bad_requests_answer_minus_errno) {
    EXPECT_EQ(
        end_of(kChild + "as sh {\nexpect mmap(0) == -22\nexpect mmap(0x800000000000) == -12\n"
                        "a = mmap(4K)\nexpect munmap(a + 1, 4K) == -22\n"
                        "expect mprotect(a, 4K, PROT_READ) == 0\nexpect madvise(a, 4K, 99) == -22\n"
                        "expect mmap(4K, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, NULL, 0, 0x100001) == -22\n"
                        "}"),
        "");
}

TEST(ProcessCalls, with_overcommit_memory_2_nobody_is_sent_to_map_noreserve) {
    Session session;
    ASSERT_FALSE(run_script(session, kChild + "sysctl overcommit_memory = 2\nas sh { mmap(1 << 40) }").has_value());
    EXPECT_EQ(session.narration(1)[0].key, "command.process_call_overcommit_strict");
    testing::expect_sentence(session.narration(1)[0]);
}

TEST(ProcessCalls, what_is_refused_says_why) {
    const std::string there = "a = mmap(64K)\nb = mmap(4K, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED";
    const std::pair<std::string, std::string> cases[] = {
        {"mmap(0)", "zero_bytes"},
        {"mmap(0x7fffffffe000)", "no_gap"},
        {"mmap(1 << 47)", "length_too_large"},
        {"mmap(1 << 40)", "overcommit"},
        {"mmap(-1)", "length_wraps"},
        {"mmap(4K, PROT_READ, MAP_PRIVATE)", "no_file"},
        {"mmap(4K, PROT_READ, MAP_ANONYMOUS)", "kind"},
        {there + ", NULL, 0, 0x100001)", "unaligned"},
        {there + ", NULL, 0, 0x1000)", "below_min"},
        {there + ", NULL, 0, 0xffff888000000000)", "fixed_beyond"},
        {there + "_NOREPLACE, NULL, 0, a)", "exists"},
        {"munmap(a + 1, 4K)", "unaligned"},
        {"munmap(a, 0)", "zero_bytes"},
        {"munmap(0xffff888000000000, 4K)", "outside"},
        {"mprotect(a, 4K, 8)", "protection"},
        {"mprotect(0x100000, 4K, PROT_READ)", "nothing_mapped"},
        {"madvise(a, 4K, 99)", "advice"},
        {"madvise(0x100000, 4K, MADV_DONTNEED)", "hole"},
        {"brk(0x1000)", "brk_outside"},
        {"malloc(-8)", "length_wraps"},
    };
    for (const auto& [call, why] : cases) {
        Session session;
        const std::string wants_area = call.find("(a") != std::string::npos ? "a = mmap(64K)\n" : "";
        ASSERT_FALSE(run_script(session, kChild + "as sh {\n" + wants_area + call + "\n}").has_value()) << call;
        EXPECT_EQ(session.narration(1)[0].key, "command.process_call_" + why) << call;
    }
}

TEST(ProcessCalls, a_kernel_address_is_a_fault_and_one_that_is_none_has_its_bits) {
    const auto sentence = [](const std::string& script, const std::string& key) {
        Session session;
        EXPECT_FALSE(run_script(session, kChild + script).has_value()) << script;
        for (const Message& one : session.narration(100))
            if (one.key == key) return one.params[0].number;
        return i64{0};
    };
    EXPECT_EQ(static_cast<u64>(sentence("as sh { write(0xffff888000000000) }", "event.signal_generate_maperr")),
              0xffff888000000000U);
    EXPECT_EQ(static_cast<u64>(sentence("as sh { write(0xffff888000000000) }", "event.page_fault_user_write_protection")),
              0xffff888000000000U);
    EXPECT_EQ(sentence("as sh { write(0x4000000000000000) }", "event.mmu_access_write"), 0x4000000000000000);
    EXPECT_EQ(sentence("as sh { write(0x4000000000000000) }", "event.signal_generate_kernel"), 0x4000000000000000);
    for (const char* key : {"event.mmu_access_read", "event.tlb_miss", "event.page_fault_user_read",
                            "event.signal_generate_maperr"})
        EXPECT_EQ(sentence("as sh { read(0x12345) }", key), 0x12345) << key << ", to the byte, as CR2 has it";
}

TEST(ProcessCalls, a_fork_bomb_ends_at_a_bound) {
    EXPECT_EQ(end_of(kSmall + "repeat 1023 { x = fork(init) }\nexpect fork(init) == -11\n"
                              "expect events(\"fork_refused\") == 1"),
              "");
}

TEST(ProcessCalls, malloc_and_brk_work_on_the_heap) {
    EXPECT_EQ(end_of(kChild + "as sh { p = malloc(100)\n q = malloc(1M)\n write(p)\n free(p)\n free(q)\n free(NULL)\n"
                              "e = brk(0)\n expect brk(e + 8K) == e + 8K }\nexpect rss(sh) == 2"),
              "");
    EXPECT_EQ(end_of(kChild + "as sh { p = malloc(100)\n free(p)\n free(p) }"), "error.free_not_malloced");
}

TEST(ProcessCalls, exec_begins_a_program_and_its_code_is_protected) {
    EXPECT_EQ(end_of(kChild + "prog = open(8)\nexec(sh, prog)\nexpect rss(sh) == 1\n"
                              "as sh { expect fetch(0x555555554000) != NULL\n expect write(0x555555554000) == NULL }"),
              "");
}

TEST(ProcessCalls, the_tlb_is_asked_before_the_walk) {
    EXPECT_EQ(end_of(kChild + "on cpu 1 { as sh { a = mmap(4K)\n write(a)\n m = tlb_misses(1)\n h = tlb_hits(1)\n"
                              " write(a)\n read(a) } }\nexpect tlb_misses(1) == m\nexpect tlb_hits(1) == h + 2\n"
                              "expect tlb_hits(0) == 0"),
              "");
    EXPECT_EQ(end_of("machine x86_64 { tlb = \"l1i=4/4,l1d=4/4,l2=0\" }\nsh = fork(init)\nas sh { a = mmap(32K)\n"
                     "touch(a, 32K)\nm = tlb_misses(0)\ntouch(a, 32K) }\nexpect tlb_misses(0) == m + 8"),
              "");
}

TEST(ProcessCalls, a_cpu_where_the_script_is_the_kernel_is_lazy) {
    const std::string start = kChild + "on cpu 1 { as sh { a = mmap(8K)\n write(a) }\n";
    const std::string protect = "}\nas sh { mprotect(a, 4K, PROT_READ) }\n";
    EXPECT_EQ(end_of(start + protect + "expect events(\"tlb_shootdown\") == 1\nexpect events(\"enter_lazy_tlb\") == 0"),
              "");
    EXPECT_EQ(end_of(start + " p = alloc_page(GFP_KERNEL)\n p = alloc_page(GFP_KERNEL)\n" + protect +
                     "expect events(\"tlb_shootdown\") == 0\nexpect events(\"tlb_lazy_skipped\") == 1\n"
                     "expect events(\"enter_lazy_tlb\") == 1\non cpu 1 { as sh { read(a) } }\n"
                     "expect events(\"leave_lazy_tlb\") == 1"),
              "");
}

TEST(ProcessCalls, kswapd_leaves_the_page_tables_of_whom_it_interrupts_loaded) {
    EXPECT_EQ(end_of("machine x86_64 { ram = 32M; swap = 32M }\nsh = fork(init)\n"
                     "as sh { a = mmap(26M)\n touch(a, 26M) }\n"
                     "expect events(\"mm_vmscan_kswapd_wake\") > 0\nexpect events(\"enter_lazy_tlb\") > 0"),
              "");
}

TEST(ProcessCalls, what_is_misuse_is_said) {
    EXPECT_EQ(end_of("fork()"), "error.process_needed");
    EXPECT_EQ(end_of("write(0x1000)"), "error.process_needed");
    EXPECT_EQ(end_of(kChild + "as sh { fork(7) }"), "error.argument_count");
    EXPECT_EQ(end_of("as 7 { }"), "error.process_expected");
    EXPECT_EQ(end_of("exit(init)"), "error.exit_init");
    EXPECT_EQ(end_of("a = mmap(4K, PROT_READ, MAP_PRIVATE, NULL)"), "error.argument_count");
    EXPECT_EQ(end_of(kChild + "exit(sh)\nexit(sh)"), "error.process_ended");
    EXPECT_EQ(end_of(kChild + "exit(sh)\nexpect rss(sh) == 0"), "error.process_ended");
    EXPECT_EQ(end_of(kChild + "as sh { write(4096, 0) }"), "error.out_of_range");
    EXPECT_EQ(
        end_of(
            kChild +
            "for n in 4096..16300 { q = pfn_to_page(n)\nif refcount(q) == 1 && flags(q) == \"0\" { __free_page(q) } }"),
        "error.free_page_table");
}

TEST(ProcessCalls, the_simple_calls_keep_their_meaning_outside) {
    EXPECT_EQ(end_of(kSmall + "a = mmap(64K)\nexpect touch(a) == 16\nsh = fork(init)\nas sh { b = mmap(64K)\n"
                              "touch(b, 64K) }\nmunmap(a)\nexpect vmstat(\"nr_anon_pages\") == 17"),
              "");
}

TEST(ProcessCalls, a_step_back_and_forth_is_the_same_machine) {
    Session session = loaded(kChild +
                             "as sh { a = mmap(256K)\n touch(a, 256K)\n child = fork()\n write(a, 64K)\n"
                             " p = malloc(5000)\n mprotect(a, 8K, PROT_READ)\n munmap(a + 64K, 64K) }\n"
                             "as child { write(a, 32K) }\nexit(sh)\n");
    std::vector<u64> hashes;
    const u32 last = 10;
    for (u32 step = 0; step <= last; ++step) {
        seek(session, step);
        ASSERT_EQ(session.snapshot().memory().check(), "");
        hashes.push_back(session.state_hash());
    }
    for (u32 step = last + 1; step-- > 0;) {
        seek(session, step);
        EXPECT_EQ(session.state_hash(), hashes[step]) << step;
        EXPECT_EQ(session.snapshot().memory().check(), "");
    }
}

TEST(ProcessCalls, where_there_is_no_pcid_a_change_of_process_is_told_as_one_of_cr3) {
    for (const char* machine : {"machine x86_64 { ram = 64M; kernel = \"2.6\" }\n", "machine x86_32 { ram = 64M }\n"}) {
        Session session;
        ASSERT_FALSE(run_script(session, machine + std::string("a = fork(init)\nb = fork(init)\n"
                                                               "as a { p = mmap(4K)\n write(p) }\n"
                                                               "as b { q = mmap(4K)\n write(q) }")));
        u32 told = 0;
        for (const Message& sentence : session.narration(100)) {
            testing::expect_sentence(sentence);
            told += sentence.key == "event.switch_mm_cr3" ? 1 : 0;
        }
        EXPECT_EQ(told, 1U);
    }
}

TEST(ProcessCalls, every_event_of_a_process_has_a_sentence) {
    Session session = loaded(kChild + "as sh { a = mmap(64K)\n write(a) }");
    seek(session, 3);
    const std::vector<Message> sentences = session.narration(100);
    std::vector<std::string> keys;
    for (const Message& sentence : sentences) keys.push_back(sentence.key);
    EXPECT_EQ(keys.front(), "command.access");
    for (const char* key : {"event.mmu_access_write", "event.tlb_miss", "event.page_walk", "event.page_walk_none",
                            "event.page_fault_user_write", "event.find_vma", "event.pte_alloc", "event.clear_page",
                            "event.set_pte", "event.retry_access_write", "event.tlb_fill", "event.access_frame_write"})
        EXPECT_NE(std::find(keys.begin(), keys.end(), key), keys.end()) << key;
}

// Bits 52 to 55 of an address are told as well as the others.
TEST(ProcessCalls, with_five_levels_events_have_the_whole_address) {
    Session session;
    ASSERT_FALSE(run_script(session,
                            "machine x86_64 { ram = 64M; la57 = 1 }\np = fork(init)\nas p { m = mmap(8K, "
                            "PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, NULL, 0, "
                            "0xb9123456789000)\nwrite(m + 4K) }"));
    std::map<std::string, u32> seen;
    const u32 last = session.snapshot().step;
    for (u32 step = 1; step <= last; ++step) {
        seek(session, step);
        for (const Message& message : session.narration(1000))
            for (const MessageParam& param : message.params)
                if (param.name == "address" && static_cast<u64>(param.number) >> 20 == 0xb91234567) ++seen[message.key];
    }
    for (const char* key :
         {"event.mmap_area", "event.mmu_access_write", "event.page_walk_none", "event.find_vma", "event.pte_alloc",
          "event.clear_page", "event.set_pte", "event.page_walk", "event.tlb_fill", "event.access_frame_write"})
        EXPECT_GT(seen[key], 0U) << key;
}

TEST(ProcessCalls, five_levels_stay_on_the_way_back_to_before_the_first_process) {
    Session session;
    ASSERT_FALSE(
        run_script(session, "machine x86_64 { ram = 64M; la57 = 1 }\na = alloc_page(GFP_KERNEL)\np = fork(init)"));
    const u32 last = session.snapshot().step;
    seek(session, 1);
    seek(session, last);
    EXPECT_EQ(session.snapshot().memory().processes().mode.levels, 5);
}

}  // namespace
}  // namespace mmscope
