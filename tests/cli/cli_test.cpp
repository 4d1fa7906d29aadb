// The native command from outside: what it prints and how it exits.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "play/import.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

struct Answer {
    int status = 0;
    std::string out;
    std::string error;
};

// A folder of this test's own, gone when the test ends.
class Cli : public testing::Test {
protected:
    Cli() {
        std::string name = (std::filesystem::temp_directory_path() / "mmscope-cli-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~Cli() override { std::filesystem::remove_all(folder_); }

    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return (folder_ / name).string();
    }
    Answer call(const std::string& arguments) const {
        const std::filesystem::path out = folder_ / "out";
        const std::filesystem::path error = folder_ / "error";
        const std::string command = std::string(MMSCOPE_CLI) + " " + arguments + " >" + out.string() + " 2>" + error.string();
        const int status = std::system(command.c_str());
        return {WEXITSTATUS(status), test::read_file(out), test::read_file(error)};
    }
    // zoneinfo and buddyinfo of some machine, as files; returned as arguments.
    // Of a machine of which so many frames are in use.
    std::string proc_files(u32 used = 0) const {
        auto machine = Machine::build({});
        Trace nobody;
        for (u32 at = 0; at < used; ++at) machine->apply(AllocPages{PageCall::alloc_pages, {gfp::kKernel}, {0}}, at + 1, 0, nobody);
        return file("zoneinfo", print_zoneinfo(zoneinfo_of(*machine))) + " " + file("buddyinfo", print_buddyinfo(buddyinfo_of(*machine)));
    }

    // The text gzipped, without the last `missing` bytes.
    std::string packed(const std::string& name, const std::string& text, std::size_t missing) const {
        const std::string path = (folder_ / name).string();
        const std::string command = "gzip -c " + file(name + ".plain", text) + " >" + path;
        EXPECT_EQ(std::system(command.c_str()), 0);
        std::filesystem::resize_file(path, std::filesystem::file_size(path) - missing);
        return path;
    }

    std::filesystem::path folder_;
};

constexpr const char* kScript =
    "#!mm 1\n"
    "a = alloc_pages(GFP_KERNEL, 8)\n"
    "mark \"got\"\n"
    "note \"a block\"\n"
    "__free_pages(a, 8)\n";

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

TEST_F(Cli, ask_tells_step_by_step_from_where_a_request_would_be_served) {
    const std::string path = file("a.mm", kScript);
    const Answer answer = call("ask " + path + " GFP_KERNEL 3");
    EXPECT_EQ(answer.status, 0) << answer.error;
    EXPECT_TRUE(answer.out.starts_with("Yes: GFP_KERNEL, order 3, ")) << answer.out;
    EXPECT_NE(answer.out.find("Zone DMA32 may give: NR_FREE_PAGES "), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find(" from the "), std::string::npos) << answer.out;
}

TEST_F(Cli, ask_tells_with_numbers_why_a_request_would_fail) {
    const std::string path = file("a.mm", "#!mm 1\nmachine x86_64 { ram = 64M }\nwhile alloc_pages(GFP_KERNEL, 4) != NULL {}\n");
    const Answer answer = call("ask " + path + " GFP_KERNEL 4");
    EXPECT_EQ(answer.status, 1) << answer.error;
    EXPECT_TRUE(answer.out.starts_with("Not at once: GFP_KERNEL, order 4, ")) << answer.out;
    EXPECT_NE(answer.out.find(" - 15 = "), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find(" <= min "), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find("lowmem_reserve"), std::string::npos) << answer.out;
}

TEST_F(Cli, ask_without_a_request_prints_the_table) {
    const Answer answer = call("ask --from " + proc_files());
    EXPECT_EQ(answer.status, 0) << answer.error;
    for (const char* flags : {"GFP_KERNEL ", "GFP_ATOMIC ", "__GFP_RECLAIMABLE|GFP_KERNEL "})
        EXPECT_NE(answer.out.find(std::string("\n") + flags), std::string::npos) << answer.out;
}

TEST_F(Cli, ask_refuses_what_is_no_request) {
    const std::string path = file("a.mm", kScript);
    for (const char* request : {"GFP_NOTHING 3", "GFP_KERNEL 11", "\"GFP_DMA|__GFP_HIGHMEM\" 0"}) {
        const Answer answer = call("ask " + path + " " + request);
        EXPECT_EQ(answer.status, 1) << request;
        EXPECT_TRUE(answer.out.empty()) << answer.out;
        EXPECT_FALSE(answer.error.empty()) << request;
    }
    EXPECT_EQ(call("ask " + path + " --cpu 7").status, 1);
}

constexpr const char* kLackey = "==7== Lackey\nI  00001000,3\n L 00002ffe,4\n M 00002000,8\n";

TEST_F(Cli, tlb_prints_references_hits_misses_and_walks) {
    const Answer answer = call("tlb " + file("lackey.txt", kLackey) + " --cpu l1i=4,l1d=4,l2=8/2");
    EXPECT_EQ(answer.status, 0) << answer.error;
    EXPECT_TRUE(answer.error.empty());
    for (const char* line : {"TLB l1i=4,l1d=4,l2=8/2, pages of 4K\n", "references                           3\n", "  modifies                           1\n",
                             "L1I                                  1             0             1\n", "L1D                                  4             2             2\n",
                             "L2                                   3             0             3\n", "walks                                3\n"})
        EXPECT_NE(answer.out.find(line), std::string::npos) << line << answer.out;
}

TEST_F(Cli, tlb_passes_over_program_output_and_fails_on_a_torn_line) {
    const std::string mixed = file("mixed.txt", std::string("hello\n") + kLackey);
    const Answer passed = call("tlb " + mixed);
    EXPECT_EQ(passed.status, 0);
    EXPECT_TRUE(passed.error.starts_with(mixed + ":1:1: ")) << passed.error;
    const std::string cut = file("cut.txt", std::string(kLackey) + "I  0000");
    const Answer torn = call("tlb " + cut);
    EXPECT_EQ(torn.status, 1);
    EXPECT_TRUE(torn.error.starts_with(cut + ":5:8: ")) << torn.error;
    EXPECT_NE(torn.out.find("walks"), std::string::npos);
    for (const std::string& other : {file("other.txt", "hello\n"), (folder_ / "absent").string()}) {
        const Answer answer = call("tlb " + other);
        EXPECT_EQ(answer.status, 1);
        EXPECT_TRUE(answer.out.empty()) << answer.out;
        EXPECT_FALSE(answer.error.empty());
    }
}

TEST_F(Cli, proc_prints_the_machines_files_and_nothing_else) {
    const auto machine = Machine::build({});
    const Answer answer = call("run " + file("a.mm", kScript) + " --proc buddyinfo --proc zoneinfo");
    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(parse_zoneinfo(answer.out.substr(answer.out.find("Node 0, zone      DMA\n"))).value().zones.size(), 5U);
    const std::string zoneinfo = print_zoneinfo(zoneinfo_of(*machine));
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

constexpr const char* kGolden =
    "GOLD init free=3808 L 5/0:120, 6/0:140, 7/0:180, 9/1:200, 10/1:400,800,c00, |mt 0 1 1 1 1 1 1 1\n"
    "GOLD a 8 0 400 free=3552 L 5/0:120, 6/0:140, 7/0:180, 8/0:500, 9/0:600, 9/1:200, 10/1:800,c00, |mt 0 1 0 0 1 1 1 1\n";

std::string last_line(const std::string& text) {
    const std::size_t end = text.find_last_not_of('\n');
    const std::size_t start = text.rfind('\n', end);
    return text.substr(start == std::string::npos ? 0 : start + 1, end - (start == std::string::npos ? 0 : start + 1) + 1);
}

TEST_F(Cli, conform_ends_with_how_many_events_agree) {
    const std::string good = file("golden-6.12.txt", kGolden);
    const Answer answer = call("conform " + good);
    EXPECT_EQ(answer.status, 0) << answer.error;
    EXPECT_EQ(last_line(answer.out), "1 of 1 events as the kernel's");
    std::string text = kGolden;
    text.replace(text.find("a 8 0 400"), 9, "a 8 0 500");
    const std::string bad = file("bad-6.12.txt", text);
    const Answer differs = call("conform " + good + " " + bad);
    EXPECT_EQ(differs.status, 1);
    EXPECT_EQ(last_line(differs.out), "1 of 2 events as the kernel's");
    EXPECT_NE(differs.out.find(bad + ":2: "), std::string::npos) << differs.out;
}

// A folder `wmark` of two settings, of the model's own making.
TEST_F(Cli, what_a_cut_gzipped_file_still_has_is_played_and_fails) {
    const std::string cut = packed("golden-6.12.txt.gz", kGolden, 8);
    const Answer answer = call("conform " + cut);
    EXPECT_EQ(answer.status, 1);
    EXPECT_EQ(last_line(answer.out), "1 of 1 events as the kernel's");
    EXPECT_TRUE(answer.error.starts_with(cut + ": ")) << answer.error;
    EXPECT_NE(answer.error.find(" " + std::to_string(std::string(kGolden).size()) + " "), std::string::npos) << answer.error;
    const Answer tlb = call("tlb " + packed("lackey.txt.gz", kLackey, 8));
    EXPECT_EQ(tlb.status, 1);
    EXPECT_NE(tlb.out.find("references                           3\n"), std::string::npos) << tlb.out;
    EXPECT_NE(tlb.error.find("cut off"), std::string::npos) << tlb.error;
    const Answer nothing = call("tlb " + packed("empty.txt.gz", kLackey, 60));
    EXPECT_EQ(nothing.status, 1);
    EXPECT_TRUE(nothing.out.empty()) << nothing.out;
}

TEST_F(Cli, a_file_that_cannot_be_replayed_is_counted_in_its_own_words) {
    EXPECT_EQ(last_line(call("conform --kernel 6.12 " + file("slab.tsv", "name\tobject_size\tx\n")).out), "0 of 0 rows");
    EXPECT_EQ(last_line(call("conform --kernel 6.12 " + file("ksize.txt", "TEST ksize\nK big 9 -> 16\n")).out),
              "1 of 2 rows");
}

TEST_F(Cli, conform_ends_with_how_many_values_agree_in_a_wmark_folder) {
    auto machine = Machine::build({});
    VmSysctl sysctl = machine->memory().sysctl();
    std::filesystem::create_directory(folder_ / "wmark");
    file("wmark/000-boot.zoneinfo", print_zoneinfo(zoneinfo_of(*machine)));
    sysctl.min_free_kbytes = 8192;
    machine->memory().set_sysctl(sysctl);
    const std::string lower = file("wmark/lower.zoneinfo", print_zoneinfo(zoneinfo_of(*machine)));
    const std::string row = "\tlowmem_reserve_ratio=256 256 32 0 0\n";
    const std::string index = file("wmark/index.tsv", "000-boot\tmin_free_kbytes=45056" + row + "lower\tmin_free_kbytes=8192" + row);
    EXPECT_EQ(call("conform " + index).out, "53 of 53 values\n") << call("conform " + index).error;
    EXPECT_EQ(call("conform " + lower).out, "49 of 49 values\n");
    const Answer both = call("conform " + lower + " " + file("golden-6.12.txt", kGolden));
    EXPECT_EQ(both.status, 0) << both.error;
    EXPECT_EQ(last_line(both.out), "49 of 49 values");
    EXPECT_NE(both.out.find("1 of 1 events as the kernel's\n"), std::string::npos) << both.out;

    file("wmark/index.tsv", "000-boot\tmin_free_kbytes=45056" + row + "lower\tmin_free_kbytes=4096" + row);
    const Answer differs = call("conform " + lower);
    EXPECT_EQ(differs.status, 1);
    EXPECT_NE(differs.out.find(lower + ": lower: node 0, zone DMA32, min: the kernel's "), std::string::npos) << differs.out;
}

TEST_F(Cli, conform_says_what_a_wmark_folder_lacks) {
    std::filesystem::create_directory(folder_ / "wmark");
    const std::string zoneinfo = file("wmark/a.zoneinfo", print_zoneinfo(zoneinfo_of(*Machine::build({}))));
    EXPECT_NE(call("conform " + zoneinfo).error.find("index.tsv"), std::string::npos);
    const std::string index = file("wmark/index.tsv", "a\tmin_free_kbytes=1\nb\tmin_free_kbytes=x\n");
    EXPECT_TRUE(call("conform " + index).error.starts_with(index + ":2:3: ")) << call("conform " + index).error;
    file("wmark/index.tsv", "a\tmin_free_kbytes=1\nb\tmin_free_kbytes=2\n");
    const Answer answer = call("conform " + index);
    EXPECT_EQ(answer.status, 1);
    EXPECT_NE(answer.error.find("b.zoneinfo"), std::string::npos) << answer.error;
    EXPECT_EQ(answer.out, "0 of 0 values\n");
    const Answer stray = call("conform " + file("wmark/c.zoneinfo", ""));
    EXPECT_EQ(stray.status, 1);
    EXPECT_NE(stray.error.find("c.zoneinfo"), std::string::npos) << stray.error;
}

// A machine of one zone whose frame 0x400 was allocated between two snapshots.
TEST_F(Cli, conform_replays_a_trace_between_the_snapshots_beside_it) {
    const std::string task = "            init-1       [000] d..3.     9.832603: ";
    const std::string marks[] = {task + "tracing_mark_write: CAP-SNAP-MOD-1\n", task + "tracing_mark_write: CAP-SNAP-MOD-2\n"};
    const std::string alloc = task + "mm_page_alloc: page=1 pfn=0x400 order=0 migratetype=0 gfp_flags=GFP_KERNEL\n";
    const std::string zone = "FREELISTS now\nZONE n0 DMA start_pfn=1 spanned=4095 present=3998 managed=3840 wmark=2,4,6 boost=0 "
                             "nr_free_highatomic_reserved=0 flags=0 lowmem_reserve=0,0,0,0,0\nPCPSET n0 DMA cpu0 count=0 high=12 batch=1\n";
    file("uname.txt", "Linux (none) 6.1.0-50-amd64 #1 SMP Debian x86_64 GNU/Linux\n");
    const std::string trace = file("trace.txt", marks[0] + alloc + marks[1]);
    const Answer alone = call("conform " + trace);
    EXPECT_EQ(alone.status, 1);
    EXPECT_NE(alone.error.find("capmod-snaps.txt"), std::string::npos) << alone.error;

    const std::string snapshots = file("capmod-snaps.txt", zone + "FL n0 DMA o1 t0: 1024\nEND\n" + zone + "FL n0 DMA o0 t0: 1025\nEND\n");
    for (const std::string& named : {trace, snapshots}) {
        const Answer answer = call("conform " + named);
        EXPECT_EQ(answer.status, 0) << answer.error;
        EXPECT_EQ(last_line(answer.out), "1 of 1 frames free as in the kernel's snapshot");
    }
    file("trace.txt", marks[0] + alloc + alloc + marks[1]);
    const Answer twice = call("conform " + snapshots);
    EXPECT_EQ(twice.status, 1);
    EXPECT_NE(twice.out.find(trace + ":3: "), std::string::npos) << twice.out;

    file("capmod-snaps.txt", zone + "FL n0 DMA o1 t0: 1024\n");
    const Answer broken = call("conform " + trace);
    EXPECT_EQ(broken.status, 1);
    EXPECT_TRUE(broken.error.starts_with(snapshots + ":")) << broken.error;
}

TEST_F(Cli, conform_needs_a_version_and_a_known_format) {
    EXPECT_EQ(call("conform " + file("golden.txt", kGolden)).status, 1);
    EXPECT_EQ(call("conform --kernel 6.12 " + file("golden.txt", kGolden)).status, 0);
    EXPECT_EQ(call("conform --kernel 2.4 " + file("golden.txt", kGolden)).status, 1);
    const Answer answer = call("conform --kernel 6.12 " + file("other.txt", "hello\n"));
    EXPECT_EQ(answer.status, 1);
    EXPECT_FALSE(answer.error.empty());
    EXPECT_EQ(last_line(answer.out), "0 of 0 events as the kernel's");
}

}  // namespace
}  // namespace mmscope
