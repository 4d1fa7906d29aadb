// The native command from outside: what it prints and how it exits.
#include "cli/cli_testing.h"

#include "play/session.h"

namespace mmscope {
namespace {

TEST_F(Cli, wrong_usage_exits_with_2_and_a_sentence) {
    for (const char* arguments : {"", "fly", "run", "run a b", "run --bad x", "run a --proc", "run a --proc cpuinfo", "eval a", "eval a --expr 1 --at never",
                                  "eval a --expr 1 --at step:x", "conform", "conform --kernel", "run a --expr 1", "eval a --json", "tlb", "tlb a b", "tlb a --cpu", "tlb a --cpu z80",
                                  "tlb a --cpu l1i=8/3,l1d=8", "tlb a --page 3K"}) {
        const Answer answer = call(arguments);
        EXPECT_EQ(answer.status, 2) << arguments;
        EXPECT_FALSE(answer.error.empty()) << arguments;
        EXPECT_TRUE(answer.out.empty()) << arguments;
    }
}

TEST_F(Cli, help_lists_the_commands) {
    const Answer answer = call("help");
    EXPECT_EQ(answer.status, 0);
    for (const char* name : {"run", "eval", "ask", "conform", "tlb"}) EXPECT_NE(answer.out.find(name), std::string::npos);
}

TEST_F(Cli, run_plays_to_the_end) {
    const Answer answer = call("run " + file("a.mm", kScript));
    EXPECT_EQ(answer.status, 0) << answer.error;
    EXPECT_TRUE(answer.error.empty());
    EXPECT_NE(answer.out.find("4: a block\n"), std::string::npos) << answer.out;
}

TEST_F(Cli, a_failed_expect_exits_with_1_and_points_to_it) {
    const std::string path = file("a.mm", std::string(kScript) + "expect 1 == 2\n");
    const Answer answer = call("run " + path);
    EXPECT_EQ(answer.status, 1);
    EXPECT_TRUE(answer.error.starts_with(path + ":6:")) << answer.error;
}

TEST_F(Cli, an_error_in_the_script_exits_with_1_and_points_to_it) {
    const std::string path = file("a.mm", "#!mm 1\n\nx = alloc_page5(GFP_KERNEL)\n");
    const Answer answer = call("run " + path);
    EXPECT_EQ(answer.status, 1);
    EXPECT_TRUE(answer.error.starts_with(path + ":3:5: ")) << answer.error;
    EXPECT_EQ(call("run " + (folder_ / "absent.mm").string()).status, 1);
}

TEST_F(Cli, trace_tells_each_command_with_its_line) {
    const Answer answer = call("run " + file("a.mm", kScript) + " --trace");
    EXPECT_EQ(answer.out.find("2: "), 0U) << answer.out;
    EXPECT_NE(answer.out.find("\n5: "), std::string::npos) << answer.out;
}

TEST_F(Cli, proc_prints_the_machines_files_and_nothing_else) {
    Session session;
    ASSERT_TRUE(session.load(kScript).empty());
    session.run();
    while (session.work(1000)) {
    }
    const Answer answer = call("run " + file("a.mm", kScript) + " --proc buddyinfo --proc zoneinfo");
    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(parse_zoneinfo(answer.out.substr(answer.out.find("Node 0, zone      DMA\n"))).value().zones.size(), 5U);
    const std::string zoneinfo = *session.proc_text("zoneinfo");
    EXPECT_EQ(answer.out.substr(answer.out.size() - zoneinfo.size()), zoneinfo);
}

TEST_F(Cli, proc_prints_what_the_tools_show_too) {
    const std::string script = "run " + file("a.mm", kScript);
    EXPECT_TRUE(call(script + " --proc meminfo").out.starts_with("MemTotal:"));
    EXPECT_TRUE(call(script + " --proc vmstat").out.starts_with("nr_free_pages "));
    EXPECT_TRUE(call(script + " --proc 'vmstat -a'").out.starts_with("procs ---"));
    EXPECT_EQ(call(script + " --proc 'getconf PAGE_SIZE'").out, "4096\n");
    const Answer wrong = call(script + " --proc 'free -x'");
    EXPECT_EQ(wrong.status, 1);
    EXPECT_TRUE(wrong.out.empty()) << wrong.out;
    EXPECT_NE(wrong.error.find("'-x' is no option here"), std::string::npos) << wrong.error;
}

TEST_F(Cli, files_of_a_process_that_is_not_there_are_an_error) {
    const std::string script = "run " + file("a.mm", "machine x86_64 { ram = 16M }\nsh = fork(init)\n");
    EXPECT_EQ(call(script + " --proc 2/statm").status, 0);
    for (const char* each : {"9/maps", "2/statm --proc 9/status --json"}) {
        const Answer answer = call(script + " --proc " + each);
        EXPECT_EQ(answer.status, 1) << each;
        EXPECT_TRUE(answer.out.empty()) << answer.out;
        EXPECT_NE(answer.error.find("/proc/9/"), std::string::npos) << answer.error;
    }
}

TEST_F(Cli, dmesg_is_all_that_the_kernel_logged) {
    const std::string too_much = "while alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 10) != NULL {}\n";
    const std::string failing = file("b.mm", "machine x86_64 { ram = 16M }\n" + too_much + "p = alloc_pages(GFP_ATOMIC, 10)\n");
    const Answer answer = call("run " + failing + " --proc dmesg");
    EXPECT_EQ(answer.status, 0);
    EXPECT_TRUE(answer.out.starts_with("script: page allocation failure: order:10, mode:0x820(GFP_ATOMIC), ")) << answer.out;
    EXPECT_TRUE(answer.out.ends_with(" pages hwpoisoned\n")) << answer.out;
    EXPECT_EQ(call("run " + file("a.mm", kScript) + " --proc dmesg").out, "");
    const std::string twice = file("c.mm", "machine x86_64 { ram = 16M }\n" + too_much + "p = alloc_pages(GFP_ATOMIC, 10)\n"
                                           "p = alloc_pages(GFP_ATOMIC, 10)\nq = alloc_page(GFP_KERNEL)\n");
    const std::string log = call("run " + twice + " --proc dmesg").out;
    const std::size_t first = log.find("page allocation failure"), second = log.rfind("page allocation failure");
    EXPECT_TRUE(first != second && second != std::string::npos) << log;
}

TEST_F(Cli, explain_says_what_the_reports_in_a_log_mean) {
    const std::string machine = "machine x86_64 { ram = 16M }\n";
    const std::string too_much = "while alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 10) != NULL {}\n";
    const Answer log = call("run " + file("b.mm", machine + too_much + "p = alloc_pages(GFP_ATOMIC, 10)\n") + " --proc dmesg");
    const Answer answer = call("explain " + file("log.txt", "booted\n" + log.out));
    EXPECT_EQ(answer.status, 0);
    EXPECT_NE(answer.out.find("log.txt:2:\n    script asked for a block of order 10 "), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find("It is fragmentation"), std::string::npos) << answer.out;
    EXPECT_EQ(call("explain " + file("none.txt", "booted\n")).status, 1);
    EXPECT_EQ(call("explain").status, 2);
}

TEST_F(Cli, from_starts_from_proc_files_with_or_without_a_script) {
    const Answer alone = call("run --from " + proc_files() + " --proc buddyinfo");
    EXPECT_EQ(alone.status, 0) << alone.error;
    EXPECT_EQ(alone.out, test::read_file(folder_ / "buddyinfo"));
    const Answer with_script = call("run " + file("a.mm", kScript) + " --from " + proc_files() + " --trace");
    EXPECT_EQ(with_script.status, 0) << with_script.error;
    EXPECT_EQ(with_script.out.find("2: "), 0U) << with_script.out;
}

TEST_F(Cli, from_takes_slabinfo_alone_or_beside_the_others) {
    const std::string text =
        "slabinfo - version: 2.1\n"
        "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> "
        "<batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n"
        "dentry               776    798    192   21    1 : tunables    0    0    0 : slabdata     38     38      0\n";
    const std::string slabinfo = file("slabinfo", text);
    EXPECT_EQ(call("run --from " + slabinfo + " --proc slabinfo").out, text);
    EXPECT_EQ(call("run --from " + proc_files(1000) + " " + slabinfo + " --proc slabinfo").out, text);
    EXPECT_EQ(call("run --from " + slabinfo + " --proc slab/dentry/objects").out, "776 N0=776\n");
    const Answer wrong = call("run --from " + slabinfo + " --proc slab/dentri/objects");
    EXPECT_EQ(wrong.status, 1);
    EXPECT_NE(wrong.error.find("/sys/kernel/slab/dentri/objects"), std::string::npos) << wrong.error;
    const std::string cut = file("cut", text.substr(0, text.size() - 40) + "\n");
    const std::string refusal = call("run --from " + cut).error;
    EXPECT_TRUE(refusal.starts_with(cut + ":3:") && refusal.find("The row of dentry ends") != std::string::npos) << refusal;
}

TEST_F(Cli, errors_of_a_script_after_from_keep_their_lines) {
    const std::string path = file("a.mm", std::string(kScript) + "expect 1 == 2\n");
    const Answer answer = call("run " + path + " --from " + proc_files());
    EXPECT_EQ(answer.status, 1);
    EXPECT_TRUE(answer.error.starts_with(path + ":6:")) << answer.error;
}

TEST_F(Cli, a_script_with_a_machine_of_its_own_cannot_start_from_files) {
    const std::string path = file("a.mm", "#!mm 1\n# a comment\n\n  machine x86_64 { ram = 1G }\n");
    const Answer answer = call("run " + path + " --from " + proc_files());
    EXPECT_EQ(answer.status, 1);
    EXPECT_TRUE(answer.error.starts_with(path + ":4:3: ")) << answer.error;
}

TEST_F(Cli, a_bad_proc_file_is_named_with_its_own_line) {
    const auto machine = Machine::build({});
    const std::string zoneinfo = file("zoneinfo", print_zoneinfo(zoneinfo_of(*machine)));
    const std::string bad = file("bad", "Node 0, zone DMA 1 2 3\n");
    const Answer answer = call("run --from " + zoneinfo + " " + bad);
    EXPECT_EQ(answer.status, 1);
    EXPECT_TRUE(answer.error.starts_with(bad + ":1:1: ")) << answer.error;
    EXPECT_EQ(call("run --from " + zoneinfo).status, 1);
    EXPECT_EQ(call("run --from " + (folder_ / "absent").string()).status, 1);
}

TEST_F(Cli, json_is_one_object_with_everything) {
    const Answer answer = call("run " + file("a.mm", kScript) + " --json --trace");
    EXPECT_EQ(answer.status, 0);
    EXPECT_TRUE(answer.out.starts_with("{\"step\":2,\"hash\":\"")) << answer.out;
    for (const char* part : {"\"marks\":[{\"step\":1,\"line\":3,\"text\":\"got\"}]", "\"notes\":[{\"step\":1,\"line\":4,\"text\":\"a block\"}]",
                             "\"zones\":[{\"node\":0,\"zone\":\"DMA\",\"start_pfn\":1,", "\"failure\":null", "\"trace\":[{\"line\":2,", "\"proc\":{\"buddyinfo\":\"Node 0"}) {
        EXPECT_NE(answer.out.find(part), std::string::npos) << part;
    }
    const Answer failed = call("run " + file("b.mm", "expect 1 == 2\n") + " --json");
    EXPECT_EQ(failed.status, 1);
    EXPECT_NE(failed.out.find("\"failure\":{\"line\":1,"), std::string::npos) << failed.out;
}

TEST_F(Cli, eval_answers_where_it_stops) {
    const std::string path = file("a.mm", kScript);
    const std::string ask = "eval " + path + " --expr 'order_of(a)' --expr nonsense --at ";
    EXPECT_TRUE(call(ask + "mark:got").out.starts_with("{\"step\":1,\"values\":[{\"ok\":true,\"number\":8,\"text\":\"8\"},{\"ok\":false,\"number\":null,")) << call(ask + "mark:got").out;
    EXPECT_TRUE(call(ask + "step:1").out.starts_with("{\"step\":1,"));
    EXPECT_TRUE(call(ask + "line:5").out.starts_with("{\"step\":1,"));
    EXPECT_TRUE(call(ask + "end").out.starts_with("{\"step\":2,"));
    EXPECT_EQ(call(ask + "mark:none").status, 1);
    EXPECT_EQ(call(ask + "step:9").status, 1);
    const Answer failed = call("eval " + file("b.mm", "expect 1 == 2\n") + " --expr 1");
    EXPECT_EQ(failed.status, 0);
    EXPECT_NE(failed.out.find("\"failure\":\""), std::string::npos) << failed.out;
}

}  // namespace
}  // namespace mmscope
