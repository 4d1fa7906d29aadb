#include "play/terminal.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "script_testing.h"

namespace mmscope {
namespace {

using testing::loaded;
using testing::work_to_the_end;

class Terminal : public ::testing::Test {
protected:
    // The output, or "key: parameters" of what is said instead.
    std::string type(const std::string& line) const {
        const Result<std::string, Message> answer = run_command_line(session_.snapshot(), line);
        if (answer) return *answer;
        std::string said = answer.error().key + ":";
        for (const MessageParam& param : answer.error().params) said += ' ' + param.text;
        return said;
    }

    Session session_ = loaded("machine x86_64 { ram = 256M; cpus = 2 }\nf = open(1000)\ntouch(f)\n");
};

using Words = std::vector<std::string>;

TEST_F(Terminal, cat_prints_the_files_of_proc) {
    EXPECT_EQ(type("cat /proc/meminfo"), *session_.proc_text("meminfo"));
    EXPECT_EQ(type("  cat\t/proc/buddyinfo '/proc/vmstat' "),
              *session_.proc_text("buddyinfo") + *session_.proc_text("vmstat"));
}

TEST_F(Terminal, cat_prints_the_sysctls_as_the_kernel_writes_them) {
    EXPECT_EQ(type("cat /proc/sys/vm/watermark_scale_factor"), "10\n");
    EXPECT_EQ(type("cat /proc/sys/vm/lowmem_reserve_ratio"), "256\t256\t32\t0\t0\n");
}

TEST_F(Terminal, cat_prints_the_files_of_a_slab_cache) {
    EXPECT_EQ(type("cat /sys/kernel/slab/kmalloc-64/order"), "0\n");
    EXPECT_EQ(type("cat /sys/kernel/slab/kmalloc-64/object_size /sys/kernel/slab/kmalloc-1k/order"), "64\n2\n");
    EXPECT_EQ(type("cat /sys/kernel/slab/kmalloc-64/ordr"),
              "terminal.no_file_near: /sys/kernel/slab/kmalloc-64/ordr /sys/kernel/slab/kmalloc-64/order");
    EXPECT_EQ(type("cat /sys/kernel/slab/nothing/order").substr(0, 16), "terminal.no_file");
    EXPECT_EQ(type("cat /sys/kernel/slab/kmalloc-64").substr(0, 16), "terminal.no_file") << "a folder";
}

TEST_F(Terminal, sysctl_reads_and_does_not_write) {
    EXPECT_EQ(type("sysctl vm.watermark_scale_factor"), "vm.watermark_scale_factor = 10\n");
    EXPECT_EQ(type("sysctl -n vm.watermark_boost_factor"), "15000\n");
    EXPECT_EQ(type("sysctl -a | grep reserve_ratio"), "vm.lowmem_reserve_ratio = 256\t256\t32\t0\t0\n");
    EXPECT_EQ(type("sysctl -w vm.min_free_kbytes=1"), "terminal.reads_only:");
    EXPECT_EQ(type("sysctl vm.min_free_kbyte"), "terminal.no_sysctl_near: vm.min_free_kbyte vm.min_free_kbytes");
    EXPECT_EQ(type("sysctl kernel.pid_max"), "terminal.no_sysctl: kernel.pid_max");
}

TEST_F(Terminal, free_takes_the_options_of_procps) {
    EXPECT_EQ(type("free"), *session_.proc_text("free"));
    EXPECT_EQ(type("free -hwt"), type("free -h -w -t"));
    EXPECT_NE(type("free -h").find("Mi"), std::string::npos);
    EXPECT_EQ(type("free -h --si").find("Mi"), std::string::npos);
    EXPECT_EQ(type("free -mx"), "terminal.unknown_option: free -mx free [-b|-k|-m|-g|-h] [--si] [-w] [-l] [-t]");
    EXPECT_EQ(type("free 3"), "terminal.unknown_option: free 3 free [-b|-k|-m|-g|-h] [--si] [-w] [-l] [-t]");
}

TEST_F(Terminal, vmstat_prints_one_row_or_as_many_as_are_asked_for) {
    const auto rows = [this](const std::string& line) {
        const std::string text = type(line);
        return std::count(text.begin(), text.end(), '\n') - 2;
    };
    EXPECT_EQ(rows("vmstat"), 1);
    EXPECT_EQ(rows("vmstat -a 1"), 2);
    EXPECT_EQ(rows("vmstat -w 1 5"), 5);
    EXPECT_EQ(rows("vmstat 1 4000000000"), 100);
    EXPECT_EQ(type("vmstat 0"), "terminal.unknown_option: vmstat 0 vmstat [-a] [-w] [DELAY [COUNT]]|-s");
}

TEST_F(Terminal, vmstat_prints_its_sums) {
    const std::string sums = type("vmstat -s");
    EXPECT_EQ(std::count(sums.begin(), sums.end(), '\n'), 28);
    EXPECT_EQ(sums.substr(13, 16), " K total memory\n");
    EXPECT_EQ(type("vmstat --stats"), sums);
    EXPECT_EQ(type("vmstat -s | grep 'paged in'"), "            0 K paged in\n");
    session_.run();
    work_to_the_end(session_);
    EXPECT_EQ(type("vmstat -s | grep 'paged in'"), "         4000 K paged in\n");
}

TEST_F(Terminal, top_prints_its_lines_about_memory) {
    EXPECT_EQ(type("top").substr(0, 9), "MiB Mem :");
    for (const char* const line : {"top -b", "top -bn1", "top -bn 1", "top -b -n 2", "top -n1"})
        EXPECT_EQ(type(line), type("top")) << line;
    EXPECT_EQ(type("top -n"), "terminal.unknown_option: top -n top [-b] [-n COUNT]");
    EXPECT_EQ(type("top -n 0"), "terminal.unknown_option: top -n top [-b] [-n COUNT]");
}

TEST_F(Terminal, slabtop_prints_once_and_sorts_by_any_column) {
    EXPECT_EQ(type("slabtop -o"), *session_.proc_text("slabtop"));
    EXPECT_EQ(type("slabtop --once -s o"), type("slabtop"));
    EXPECT_EQ(type("slabtop -o -sn"), type("slabtop --sort=n"));
    const auto first_cache = [this](const std::string& line) {
        const std::string text = type(line);
        const std::string row = text.substr(text.find("NAME") + 24);
        return row.substr(0, row.find('\n'));
    };
    EXPECT_NE(first_cache("slabtop -s n").find(" dma-kmalloc-128 "), std::string::npos) << "names from A on";
    EXPECT_NE(first_cache("slabtop -s b").find("     512 "), std::string::npos) << "the most objects in a slab";
    EXPECT_NE(first_cache("slabtop -s s").find("8.00K"), std::string::npos) << "the largest objects";
    const std::string usage = "slabtop [-o] [-s a|b|c|l|n|o|p|s|u|v]";
    EXPECT_EQ(type("slabtop -s x"), "terminal.unknown_option: slabtop x " + usage);
    EXPECT_EQ(type("slabtop -s"), "terminal.unknown_option: slabtop -s " + usage);
}

TEST_F(Terminal, what_would_wait_is_refused_with_what_there_is_instead) {
    for (const char* const option : {"-s", "-s1", "--seconds=1", "-c", "--count"})
        EXPECT_EQ(type(std::string("free ") + option + " 2"), std::string("terminal.no_clock: ") + option);
    EXPECT_EQ(type("slabtop -d 1"), "terminal.no_clock: -d");
    EXPECT_EQ(type("top -d 1"), "terminal.no_clock: -d");
}

TEST_F(Terminal, getconf_knows_pages_and_processors) {
    EXPECT_EQ(type("getconf PAGE_SIZE"), "4096\n");
    EXPECT_EQ(type("getconf _NPROCESSORS_ONLN"), "2\n");
    EXPECT_EQ(type("getconf -a | grep PAGE").substr(0, 80),
              "PAGESIZE                           4096\nPAGE_SIZE                          4096\n");
    EXPECT_EQ(type("getconf PAGESZE"), "terminal.no_variable_near: PAGESZE PAGESIZE");
    EXPECT_EQ(type("getconf"), "terminal.usage: getconf -a|NAME");
}

TEST_F(Terminal, grep_keeps_the_lines_that_have_a_text) {
    EXPECT_EQ(type("cat /proc/meminfo | grep MemT").substr(0, 9), "MemTotal:");
    EXPECT_EQ(type("cat /proc/meminfo|grep 'Active(file)'").substr(0, 13), "Active(file):");
    EXPECT_EQ(type("free | grep nothing"), "");
    EXPECT_EQ(type("free | sort"), "terminal.usage: COMMAND | grep TEXT");
    EXPECT_EQ(type("free | grep Mem | grep Mem"), "terminal.usage: COMMAND | grep TEXT");
}

TEST_F(Terminal, help_names_every_command) {
    const std::string help = type("help");
    for (const std::string_view name : command_names()) EXPECT_NE(help.find(name), std::string::npos) << name;
}

TEST_F(Terminal, what_is_not_there_is_said_with_what_is_near) {
    EXPECT_EQ(type("fre -h"), "terminal.not_found_near: fre free");
    EXPECT_EQ(type("emacs"), "terminal.not_found: emacs");
    EXPECT_EQ(type("cat /proc/meminf"), "terminal.no_file_near: /proc/meminf /proc/meminfo");
    EXPECT_EQ(type("cat"), "terminal.usage: cat /proc/NAME|/proc/PID/NAME|/proc/sys/vm/NAME|/sys/kernel/slab/CACHE/NAME...");
}

TEST_F(Terminal, an_empty_line_prints_nothing) {
    EXPECT_EQ(type(""), "");
    EXPECT_EQ(type("  \t "), "");
    EXPECT_EQ(type("| grep x"), "terminal.usage: COMMAND | grep TEXT");
}

TEST_F(Terminal, very_long_lines_and_open_quotes_do_no_harm) {
    EXPECT_EQ(type("cat \"/proc/meminfo"), *session_.proc_text("meminfo"));
    EXPECT_EQ(type("\""), "terminal.not_found: ");
    EXPECT_EQ(type(std::string(100'000, 'x')).substr(0, 19), "terminal.not_found:");
}

TEST_F(Terminal, what_it_prints_is_of_the_moment) {
    EXPECT_EQ(type("cat /proc/vmstat | grep nr_file_pages"), "nr_file_pages 0\n");
    session_.run();
    work_to_the_end(session_);
    EXPECT_EQ(type("cat /proc/vmstat | grep nr_file_pages"), "nr_file_pages 1000\n");
}

TEST_F(Terminal, cat_prints_the_files_of_a_process_that_is_there) {
    Session run = loaded("p = fork(init)\nas p { m = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS) }\n");
    run.run();
    work_to_the_end(run);
    const auto text = run_command_line(run.snapshot(), "cat /proc/2/maps");
    ASSERT_TRUE(text);
    EXPECT_NE(text->find(" rw-p "), std::string::npos);
    EXPECT_EQ(run_command_line(run.snapshot(), "cat /proc/77/maps").error().key, "terminal.no_file");
}

TEST(TerminalCompletion, the_first_word_becomes_a_command) {
    EXPECT_EQ(complete_command_line(""), (Words{"cat", "free", "getconf", "help", "ps", "slabtop", "sysctl", "top",
                                                  "vmstat"}));
    EXPECT_EQ(complete_command_line("v"), (Words{"vmstat"}));
    EXPECT_EQ(complete_command_line("x"), (Words{}));
}

TEST(TerminalCompletion, the_others_become_what_the_command_takes) {
    EXPECT_EQ(complete_command_line("cat /proc/m"), (Words{"/proc/meminfo"}));
    EXPECT_EQ(complete_command_line("cat /proc/meminfo /proc/sys/vm/wat"),
              (Words{"/proc/sys/vm/watermark_scale_factor", "/proc/sys/vm/watermark_boost_factor"}));
    EXPECT_EQ(complete_command_line("free --"), (Words{"--si"}));
    EXPECT_EQ(complete_command_line("getconf PAGE"), (Words{"PAGESIZE", "PAGE_SIZE"}));
    EXPECT_EQ(complete_command_line("sysctl vm.min").size(), 1U);
    EXPECT_EQ(complete_command_line("emacs "), (Words{}));
}

TEST(TerminalCompletion, behind_a_pipe_there_is_grep) {
    EXPECT_EQ(complete_command_line("free |"), (Words{"grep"}));
    EXPECT_EQ(complete_command_line("free | g"), (Words{"grep"}));
    EXPECT_EQ(complete_command_line("free | grep "), (Words{}));
}

}  // namespace
}  // namespace mmscope
