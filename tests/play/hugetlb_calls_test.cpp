// Hugetlb memory in scripts: pools from the machine block and the sysctl, what /proc and /sys print, what cannot be,
// the sentences, and the way back.
#include <gtest/gtest.h>

#include "every_step.h"
#include "play/failure_report.h"
#include "play/narration.h"
#include "play/proc_memory.h"
#include "play/process_files.h"
#include "play/process_view.h"
#include "play/terminal.h"

namespace mmscope {
namespace {

using testing::end_of;
using testing::run_script;

const std::string kFlags = "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB";
const std::string kMap = "m = mmap(4M, PROT_READ|PROT_WRITE, " + kFlags + ")\n";
const std::string kSmall = "machine x86_64 { ram = 128M; cpus = 2; hugepages_2M = 4 }\np = fork(init)\n";
const std::string kGiant =
    "machine x86_64 { ram = 2304M; hugepages_1G = 1; hugepages_2M = 3 }\np = fork(init)\n"
    "as p { g = mmap(1G, PROT_READ|PROT_WRITE, " +
    kFlags + "|MAP_HUGE_1GB)\nwrite(g + 5M) }\n";

std::string answer_to(const Session& session, const std::string& line) {
    const auto answer = run_command_line(session.snapshot(), line);
    return answer ? *answer : answer.error().key;
}

u64 field(const PidMaps::Area& area, std::string_view name) {
    for (const PidMaps::Field& each : area.fields)
        if (each.name == name) return each.value;
    return ~u64{0};
}

TEST(HugetlbCalls, boot_fills_the_pools_and_memtotal_counts_them) {
    Session plain, session;
    ASSERT_FALSE(run_script(plain, "machine x86_64 { ram = 2304M }\np = fork(init)"));
    ASSERT_FALSE(run_script(session, kGiant));
    const MeminfoFile without = meminfo_of(*plain.snapshot().machine), with = meminfo_of(*session.snapshot().machine);
    EXPECT_EQ(with.value("MemTotal"), without.value("MemTotal"));
    EXPECT_EQ(with.value("Hugetlb"), 1048576U + 3 * 2048);
    EXPECT_EQ(with.value("HugePages_Total"), 3U) << "of the usual size alone";
    EXPECT_EQ(with.value("HugePages_Free"), 3U);
    EXPECT_EQ(with.value("Hugepagesize"), 2048U);
    EXPECT_EQ(with.value("AnonPages"), without.value("AnonPages"));
    EXPECT_EQ(with.value("CommitLimit"), without.value("CommitLimit") - with.value("Hugetlb") / 2);
    const u64 less = without.value("MemFree") - with.value("MemFree");
    EXPECT_GE(less, with.value("Hugetlb"));
    EXPECT_LE(less, with.value("Hugetlb") + 2048) << "one more may be on the CPU's list";
}

TEST(HugetlbCalls, pieces_of_an_area_give_back_what_was_reserved_for_each) {
    EXPECT_EQ(end_of(kSmall + "as p { m = mmap(8M, PROT_READ|PROT_WRITE, " + kFlags +
                     ")\nwrite(m)\nmprotect(m + 4M, 4M, PROT_READ)\nmunmap(m, 8M) }\n"
                     "expect hugepages(\"resv_hugepages\", 2M) == 0\nexpect hugepages(\"free_hugepages\", 2M) == 4"),
              "");
}

// Only the children of the owner lose pages to it; theirs find them in the pool.
TEST(HugetlbCalls, a_grandchild_takes_from_the_pool_what_its_parent_lost) {
    EXPECT_EQ(end_of("machine x86_64 { ram = 128M; cpus = 2; hugepages_2M = 4 }\np = fork(init)\nas p { " + kMap +
                     "write(m)\nwrite(m + 2M)\nrest = mmap(4M, PROT_READ|PROT_WRITE, " + kFlags +
                     ") }\nq = fork(p)\nas p { write(m) }\ng = fork(q)\nas p { munmap(rest, 4M) }\n"
                     "as g { got = read(m) }\nexpect got != NULL"),
              "");
}

TEST(HugetlbCalls, the_files_of_proc_and_sys_say_what_a_process_has) {
    Session session;
    ASSERT_FALSE(run_script(session, kSmall + "as p { " + kMap + "write(m + 2M) }\nsysctl nr_hugepages = 3"));
    const MeminfoFile file = meminfo_of(*session.snapshot().machine);
    EXPECT_EQ(file.value("HugePages_Total"), 3U);
    EXPECT_EQ(file.value("HugePages_Free"), 2U);
    EXPECT_EQ(file.value("HugePages_Rsvd"), 1U);
    EXPECT_EQ(file.value("HugePages_Surp"), 0U);
    EXPECT_EQ(answer_to(session, "sysctl vm.nr_hugepages"), "vm.nr_hugepages = 3\n");
    EXPECT_EQ(answer_to(session, "cat /proc/sys/vm/nr_hugepages"), "3\n");
    const std::string folder = "cat /sys/kernel/mm/hugepages/hugepages-";
    EXPECT_EQ(answer_to(session, folder + "2048kB/resv_hugepages"), "1\n");
    EXPECT_EQ(answer_to(session, folder + "1048576kB/nr_hugepages"), "0\n");
    EXPECT_EQ(answer_to(session, folder + "4096kB/nr_hugepages"), "terminal.no_file_near");
    const PageAllocator& memory = session.snapshot().memory();
    bool has_area = false;
    for (const PidMaps::Area& area : pid_maps_of(memory, 2, MapsDetail::smaps).areas) {
        if (area.name != "/anon_hugepage (deleted)") continue;
        has_area = true;
        EXPECT_EQ(area.rights, "rw-p");
        EXPECT_EQ(field(area, "Size"), 4096U);
        EXPECT_EQ(field(area, "KernelPageSize"), 2048U);
        EXPECT_EQ(field(area, "MMUPageSize"), 2048U);
        EXPECT_EQ(field(area, "Rss"), 0U);
        EXPECT_EQ(field(area, "Private_Hugetlb"), 2048U);
        EXPECT_EQ(field(area, "Shared_Hugetlb"), 0U);
        const std::vector<std::string> flags{"rd", "wr", "mr", "mw", "me", "de", "ht", "sd"};
        EXPECT_EQ(area.vm_flags, flags);
    }
    EXPECT_TRUE(has_area);
    EXPECT_EQ(pid_status_of(memory, 2)[PidStatusField::HugetlbPages], 2048U);
    EXPECT_EQ(pid_status_of(memory, 2)[PidStatusField::RssAnon], pid_status_of(memory, 1)[PidStatusField::RssAnon]);
}

TEST(HugetlbCalls, the_walk_to_a_gibibyte_ends_at_the_pdpt_and_its_frames_say_so) {
    Session session;
    ASSERT_FALSE(run_script(session, kGiant));
    const PageAllocator& memory = session.snapshot().memory();
    u64 start = 0;
    for (const AreaView& area : area_views(memory, 2))
        if (area.name == "/anon_hugepage (deleted)") {
            start = area.start;
            EXPECT_EQ(area.huge, 262144U);
        }
    ASSERT_NE(start, 0U);
    const Walk walk = walk_view(memory, 2, start + 0x12345678);
    EXPECT_EQ(walk.count, 2U);
    EXPECT_EQ(walk.physical(memory.processes().mode, start + 0x12345678), 0x40000000U + 0x12345678);
    const FrameInfo info = describe_frame(session.snapshot(), {0x40000 + 12345});
    EXPECT_EQ(info.mapcount, 1U);
    EXPECT_EQ(info.call_line, 0U);
}

TEST(HugetlbCalls, misses_fall_with_the_size_of_the_pages) {
    const std::string tlb =
        "machine x86_64 { ram = 2304M; hugepages_1G = 1; hugepages_2M = 16; tlb = \"l1i=16,l1d=8,l2=0\" }\n";
    const auto misses = [&](const std::string& flags) {
        return "n = tlb_misses(0)\nm = mmap(32M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS" + flags +
               ")\ntouch(m, 32M)\nn = tlb_misses(0)\ntouch(m, 32M)\nn = tlb_misses(0) - n\n";
    };
    EXPECT_EQ(end_of(tlb + "p = fork(init)\nas p {\n" + misses("") + "expect n == 8192\n" + misses("|MAP_HUGETLB") +
                     "expect n == 16\n" + misses("|MAP_HUGETLB|MAP_HUGE_1GB") + "expect n == 0 }"),
              "");
}

TEST(HugetlbCalls, pools_that_cannot_be_are_said) {
    EXPECT_EQ(end_of("machine x86_32 { ram = 128M; hugepages_1G = 1 }"), "error.hugepages_1g_arch");
    EXPECT_EQ(end_of("machine x86_32_pae { ram = 128M; hugepages_1G = 1 }"), "error.hugepages_1g_arch");
    EXPECT_EQ(end_of("machine x86_64 { ram = 4G; kernel = \"2.6\"; hugepages_1G = 1 }"), "error.hugepages_1g_kernel");
    EXPECT_EQ(end_of("machine x86_32 { ram = 128M; hugepages_2M = 1 }"), "error.hugepages_size");
    EXPECT_EQ(end_of("machine x86_64 { hugepages_4M = 1 }"), "error.hugepages_size");
    EXPECT_EQ(end_of("machine x86_64 { hugepages_2M = -1 }"), "error.out_of_range");
    EXPECT_EQ(end_of("machine x86_64 { hugepages_3M = 1 }"), "error.unknown_key");
    EXPECT_EQ(end_of("sysctl nr_hugepages = -1"), "error.out_of_range");
    EXPECT_EQ(end_of("x = hugepages(\"free_hugepages\", 4M)"), "error.no_hugepages");
    EXPECT_EQ(end_of("x = hugepages(\"free_hugepage\", 2M)"), "error.unknown_counter");
    EXPECT_EQ(end_of("machine x86_32 { ram = 128M; hugepages_4M = 2 }\nexpect hugepages(\"nr_hugepages\", 4M) == 2"),
              "");
    EXPECT_EQ(end_of("machine x86_64 { ram = 128M; nr_hugepages = 5 }\nexpect hugepages(\"nr_hugepages\", 2M) == 5"),
              "");
    EXPECT_EQ(end_of("machine x86_64 { ram = 1G; hugepages_1G = 9 }\nexpect hugepages(\"nr_hugepages\", 1G) == 0\n"
                     "expect vmstat(\"nr_free_pages\") > 0"),
              "");
}

TEST(HugetlbCalls, what_mmap_refuses_has_its_reason) {
    const auto why = [](const std::string& machine, const std::string& call) {
        Session session;
        EXPECT_FALSE(run_script(session, machine + "p = fork(init)\nas p { " + call + " }"));
        for (const Message& message : session.narration(1000)) testing::expect_sentence(message);
        return session.narration(1)[0].key;
    };
    const std::string huge = "mmap(1G, PROT_READ, " + kFlags + "|MAP_HUGE_1GB)";
    EXPECT_EQ(why("", huge), "command.process_call_hugetlb_pool");
    EXPECT_EQ(why("machine x86_32 { ram = 64M }\n", huge), "command.process_call_hugetlb_1g");
    EXPECT_EQ(why("machine x86_64 { ram = 64M; kernel = \"2.6\" }\n", huge), "command.process_call_hugetlb_1g");
    EXPECT_EQ(why("machine x86_32 { ram = 64M }\n", "mmap(2M, PROT_READ, " + kFlags + "|MAP_HUGE_2MB)"),
              "command.process_call_hugetlb_size");
    EXPECT_EQ(why("", "mmap(2M, PROT_READ, MAP_SHARED|MAP_ANONYMOUS|MAP_HUGETLB)"),
              "command.process_call_hugetlb_shared");
    EXPECT_EQ(why("sysctl nr_hugepages = 1\n", "m = mmap(2M, PROT_READ, " + kFlags + ")\nmunmap(m, 4K)"),
              "command.process_call_hugetlb_unaligned");
}

TEST(HugetlbCalls, the_killer_reports_the_pools_as_they_were_and_takes_nothing_from_them) {
    Session session;
    ASSERT_FALSE(run_script(
        session, "machine x86_64 { ram = 64M; hugepages_2M = 16 }\np = fork(init)\nas p { m = mmap(30M)\n" +
                     std::string("h = mmap(4M, PROT_READ|PROT_WRITE, ") + kFlags + ")\nwrite(h)\ntouch(m, 30M) }"));
    const std::string log = kernel_log(session);
    EXPECT_NE(log.find("Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=1048576kB\n"
                       "Node 0 hugepages_total=16 hugepages_free=15 hugepages_surp=0 hugepages_size=2048kB\n"),
              std::string::npos)
        << log;
    EXPECT_EQ(meminfo_of(*session.snapshot().machine).value("HugePages_Free"), 16U) << "its process is gone";
    EXPECT_FALSE(session.snapshot().memory().processes().is_alive(2));
}

TEST(HugetlbCalls, every_sentence_is_filled) {
    std::map<std::string, u32> seen;
    for (const std::string& script :
         {kSmall + "as p { " + kMap +
              "write(m)\nread(m + 2M) }\nq = fork(p)\nas q { write(m) }\nas p { write(m)\n"
              "munmap(m, 2M) }\nsysctl nr_hugepages = 0\nexit(q)\nsysctl nr_hugepages = 900\nexit(p)",
          "machine x86_64 { ram = 128M; hugepages_2M = 2 }\np = fork(init)\nas p { " + kMap +
              "write(m)\nwrite(m + 2M)\nmmap(2M, PROT_READ, " + kFlags +
              ") }\nq = fork(p)\nr = fork(p)\n"
              "as q { write(m) }\nas p { write(m + 2M) }\nas r { read(m + 2M) }\nsysctl nr_hugepages = 1\n"
              "sysctl nr_hugepages = 3\ns = fork(init)\nas s { x = mmap(2M, PROT_READ, " +
              kFlags + ")\nmunmap(x, 2M) }"}) {
        Session session;
        ASSERT_FALSE(run_script(session, script));
        testing::count_sentences(session, &seen);
    }
    for (const char* key :
         {"event.hugetlb_acct_memory", "event.hugetlb_acct_memory_less", "event.hugetlb_acct_refused",
          "event.dequeue_hugetlb", "event.enqueue_hugetlb", "event.set_huge_pte", "event.copy_huge_page",
          "event.unmap_huge_pte", "event.hugetlb_no_page", "event.hugetlb_no_page_taken", "event.unmap_ref_private",
          "event.alloc_pool_huge_page", "event.update_and_free_hugetlb", "event.hugetlb_max_huge_pages",
          "event.hugetlb_max_huge_pages_short", "event.hugetlb_max_huge_pages_surplus", "event.clear_huge_page",
          "event.signal_generate_bus_huge", "command.sysctl_hugepages"})
        EXPECT_GT(seen[key], 0U) << key;
}

TEST(HugetlbCalls, every_step_back_finds_the_same_machine) {
    Session session;
    ASSERT_FALSE(run_script(session, kSmall + "as p { " + kMap +
                                         "write(m) }\nq = fork(p)\nas q { write(m) }\n"
                                         "sysctl nr_hugepages = 6\nas p { write(m + 2M)\nmunmap(m, 2M) }\n"
                                         "sysctl nr_hugepages = 1\nas q { madvise(m, 2M, MADV_DONTNEED) }\nexit(p)\n"
                                         "exit(q)\nsysctl nr_hugepages = 4"));
    testing::expect_the_same_on_the_way_back(session);
}

}  // namespace
}  // namespace mmscope
