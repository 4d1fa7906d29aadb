// Huge pages in scripts: the setting, what /proc prints of them, the sentences, and the way back.
#include <gtest/gtest.h>

#include <algorithm>

#include "play/narration.h"
#include "play/proc_memory.h"
#include "play/proc_text.h"
#include "play/process_files.h"
#include "play/process_view.h"
#include "play/terminal.h"
#include "every_step.h"

namespace mmscope {
namespace {

using testing::run_script;
using testing::work_to_the_end;

std::string end_of(const std::string& script) {
    Session session;
    const std::optional<Diagnostic> failure = run_script(session, script);
    EXPECT_EQ(session.snapshot().machine->check(), "");
    return failure ? failure->message.key : "";
}

const std::string kMap = "m = mmap(8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, NULL, 0, 0x7f0000000000)\n";
// 64 MiB: switched off at boot, and on by hand.
const std::string kSmall = "machine x86_64 { ram = 64M; cpus = 2; swap = 32M }\nsysctl transparent_hugepage = \"always\"\n"
                           "p = fork(init)\nas p { " + kMap + " touch(m, 8M) }\n";

u64 field(const PidMaps::Area& area, std::string_view name) {
    for (const PidMaps::Field& each : area.fields)
        if (each.name == name) return each.value;
    return ~u64{0};
}

TEST(HugeCalls, the_machine_block_and_a_write_to_the_file_switch_them) {
    const std::string touch = "p = fork(init)\nas p { before = vmstat(\"pgfault\")\n" + kMap +
                              "touch(m, 8M)\nfaults = vmstat(\"pgfault\") - before }\n";
    EXPECT_EQ(end_of("machine x86_64 { transparent_hugepage = \"always\" }\n" + touch + "expect faults == 4"), "");
    EXPECT_EQ(end_of("machine x86_64 { transparent_hugepage = \"never\" }\n" + touch + "expect faults == 2048"), "");
    EXPECT_EQ(end_of(touch + "expect faults == 2048 \"madvise, and nobody has\""), "");
    EXPECT_EQ(end_of("sysctl transparent_hugepage = \"always\"\n" + touch + "expect faults == 4"), "");
    EXPECT_EQ(end_of("machine x86_64 { ram = 256M; transparent_hugepage = \"always\" }\n" + touch +
                     "expect faults == 2048 \"never below 512 MiB\""),
              "");
    EXPECT_EQ(end_of("p = fork(init)\nas p { " + kMap + "expect madvise(m, 4M, MADV_HUGEPAGE) == 0\ntouch(m, 8M) }\n"
                     "expect vmstat(\"thp_fault_alloc\") == 2"),
              "");
}

TEST(HugeCalls, what_the_setting_cannot_be_is_said) {
    EXPECT_EQ(end_of("machine x86_64 { transparent_hugepage = \"sometimes\" }"), "error.thp_expected");
    EXPECT_EQ(end_of("machine x86_64 { transparent_hugepage = 1 }"), "error.thp_expected");
    EXPECT_EQ(end_of("sysctl transparent_hugepage = 1"), "error.thp_expected");
    EXPECT_EQ(end_of("sysctl transparent_hugepage = \"on\""), "error.thp_expected");
    EXPECT_EQ(end_of("machine x86_64 { kernel = \"2.6\"; transparent_hugepage = \"always\" }"), "error.no_thp");
    EXPECT_EQ(end_of("machine x86_64 { kernel = \"2.6\" }\nsysctl transparent_hugepage = \"never\""), "error.no_thp");
    EXPECT_EQ(end_of("machine x86_64 { kernel = \"2.6\" }\np = fork(init)\nas p { m = mmap(4M)\n"
                     "expect madvise(m, 4M, MADV_HUGEPAGE) == -22 }"),
              "");
}

TEST(HugeCalls, the_files_of_proc_and_sys_say_the_same) {
    Session session;
    ASSERT_FALSE(run_script(session, kSmall + "as p { munmap(m, 64K)\n madvise(m + 4M, 2M, MADV_NOHUGEPAGE) }"));
    const Machine& machine = *session.snapshot().machine;
    EXPECT_EQ(meminfo_of(machine).value("AnonHugePages"), 3 * 2048U) << "one is split";
    const std::string vmstat = *proc_text(machine, "vmstat"), zoneinfo = *proc_text(machine, "zoneinfo");
    EXPECT_NE(vmstat.find("nr_anon_transparent_hugepages 3\n"), std::string::npos);
    EXPECT_NE(vmstat.find("thp_fault_alloc 4\n"), std::string::npos);
    EXPECT_NE(vmstat.find("thp_split_pmd 1\n"), std::string::npos);
    EXPECT_NE(vmstat.find("thp_deferred_split_page 1\n"), std::string::npos);
    EXPECT_NE(zoneinfo.find("nr_anon_transparent_hugepages 3\n"), std::string::npos);
    u64 resident = 0, huge = 0;
    const PidMaps maps = pid_maps_of(machine.memory(), 2, MapsDetail::smaps);
    for (const PidMaps::Area& area : maps.areas) {
        resident += field(area, "Rss");
        huge += field(area, "AnonHugePages");
        const bool is_not_advised =
            std::find(area.vm_flags.begin(), area.vm_flags.end(), "nh") != area.vm_flags.end();
        EXPECT_EQ(is_not_advised, area.start == 0x7f0000400000) << "the flag keeps the areas apart";
        EXPECT_EQ(field(area, "THPeligible"), area.end - area.start >= 0x1f0000 && !is_not_advised ? 1U : 0U);
        EXPECT_EQ(field(area, "Rss"), field(area, "Private_Dirty") + field(area, "Shared_Dirty"));
    }
    EXPECT_EQ(huge, 3 * 2048U);
    EXPECT_EQ(resident, pid_status_of(machine.memory(), 2)[PidStatusField::VmRSS]);
    const auto file = run_command_line(session.snapshot(), "cat /sys/kernel/mm/transparent_hugepage/enabled");
    ASSERT_TRUE(file);
    EXPECT_EQ(*file, "[always] madvise never\n");
    EXPECT_FALSE(run_command_line(session.snapshot(), "sysctl vm.transparent_hugepage")) << "it is no sysctl";
}

TEST(HugeCalls, a_walk_ends_at_the_leaf_and_an_area_counts_its_huge_pages) {
    Session session;
    ASSERT_FALSE(run_script(session, kSmall));
    const PageAllocator& memory = session.snapshot().memory();
    EXPECT_EQ(walk_lines(memory, 2, 0x7f0000123456).size(), 4U) << "PML4, PDPT, PD, and where it lies";
    EXPECT_NE(walk_lines(memory, 2, 0x7f0000123456)[2].find(" PS"), std::string::npos);
    for (const AreaView& area : area_views(memory, 2)) EXPECT_EQ(area.huge, area.start == 0x7f0000000000 ? 2048U : 0U);
    const Walk walk = walk_view(memory, 2, 0x7f0000123456);
    const Pfn frame{static_cast<u32>(walk.physical(memory.processes().mode, 0x7f0000123456) >> kPageShift)};
    const FrameInfo info = describe_frame(session.snapshot(), frame);
    EXPECT_EQ(info.block.head, walk.last().entry.pfn());
    EXPECT_EQ(info.block.order.value, 9);
    EXPECT_EQ(info.mapcount, 1);
    ASSERT_TRUE(info.mapped);
}

TEST(HugeCalls, smaps_names_flags_in_the_order_of_their_bits) {
    Session session;
    ASSERT_FALSE(run_script(session, "p = fork(init)\nas p { " + kMap + "madvise(m, 8M, MADV_HUGEPAGE) }"));
    const std::vector<std::string> wanted{"rd", "wr", "mr", "mw", "me", "ac", "sd", "hg"};
    const PidMaps maps = pid_maps_of(session.snapshot().memory(), 2, MapsDetail::smaps);
    const auto area = std::find_if(maps.areas.begin(), maps.areas.end(),
                                   [](const PidMaps::Area& each) { return each.start == 0x7f0000000000; });
    ASSERT_NE(area, maps.areas.end());
    EXPECT_EQ(area->vm_flags, wanted);
}

TEST(HugeCalls, every_sentence_is_filled) {
    Session session;
    ASSERT_FALSE(run_script(session, "machine x86_64 { ram = 600M; transparent_hugepage = \"always\" }\np = fork(init)\n"
                                     "as p { " + kMap + "read(m)\nwrite(m)\nwrite(m + 2M)\nwrite(m + 4M)\n"
                                     "munmap(m + 4M, 2M)\nmunmap(m + 2M, 4K)\nmadvise(m, 1M, MADV_NOHUGEPAGE)\n"
                                     "madvise(m, 1M, MADV_HUGEPAGE) }\nsysctl transparent_hugepage = \"madvise\""));
    std::map<std::string, u32> seen;
    testing::count_sentences(session, &seen);
    for (const char* key : {"event.clear_huge_page", "event.pgtable_trans_huge_deposit", "event.set_huge_pmd",
                            "event.thp_zero_page_alloc", "event.map_huge_zero_page", "event.unmap_huge_pmd",
                            "event.thp_split_pmd", "event.thp_deferred_split_page", "event.hugepage_madvise",
                            "event.hugepage_madvise_not", "command.sysctl_thp"})
        EXPECT_GT(seen[key], 0U) << key;
}

TEST(HugeCalls, every_step_back_finds_the_same_machine) {
    Session session;
    ASSERT_FALSE(run_script(session, kSmall + "q = fork(p)\nas q { write(m, 64K)\n munmap(m + 3M, 2M) }\n"
                                              "as p { write(m + 2M)\n mprotect(m + 4M, 1M, PROT_READ) }\n"
                                              "r = fork(q)\nas r { write(m + 6M)\n madvise(m, 1M, MADV_DONTNEED) }\n"
                                              "s = mmap(40M)\nfor i in 0..10 { touch(s, 4M, i * 4M) }\n"
                                              "as p { touch(m, 8M) }\nexit(q)\nmunmap(s)\nas p { touch(m, 8M) }"));
    EXPECT_GT(session.snapshot().memory().vmstat(VmCounter::thp_split_page), 0U);
    testing::expect_the_same_on_the_way_back(session);
}

}  // namespace
}  // namespace mmscope
