// /proc/meminfo and vmstat of machines that scripts made and changed.
#include "play/proc_memory.h"

#include <gtest/gtest.h>

#include "play/proc_files.h"
#include "play/process_files.h"
#include "procfs/counter_names.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using testing::loaded;
using testing::work_to_the_end;

Session played(const std::string& script) {
    Session session = loaded(script);
    session.run();
    work_to_the_end(session);
    EXPECT_FALSE(session.failure());
    return session;
}

MeminfoFile meminfo_after(const std::string& script) { return meminfo_of(*played(script).snapshot().machine); }

const std::string kMachine = "machine x86_64 { ram = 256M }\n";

TEST(ProcMemory, memory_that_is_free_and_in_use_adds_up_to_the_total) {
    const MeminfoFile before = meminfo_after(kMachine);
    const MeminfoFile after = meminfo_after(kMachine + "a = alloc_pages(GFP_KERNEL, 10)");
    EXPECT_EQ(before.value("MemTotal"), before.value("MemFree"));
    EXPECT_EQ(after.value("MemTotal"), before.value("MemTotal"));
    EXPECT_EQ(before.value("MemFree") - after.value("MemFree"), 4096U);
}

TEST(ProcMemory, pages_of_a_file_are_cached_and_half_or_more_of_them_available) {
    const MeminfoFile file = meminfo_after(kMachine + "f = open(4000)\ntouch(f)\n");
    EXPECT_EQ(file.value("Cached"), 16000U);
    EXPECT_EQ(file.value("Inactive(file)") + file.value("Active(file)"), 16000U);
    const MeminfoFile without = meminfo_after(kMachine);
    EXPECT_LT(file.value("MemAvailable"), without.value("MemAvailable"));
    EXPECT_GT(file.value("MemAvailable") + 16000, without.value("MemAvailable"));
}

TEST(ProcMemory, touched_anonymous_memory_is_no_cache_and_not_available) {
    const MeminfoFile file = meminfo_after(kMachine + "a = mmap(1M)\ntouch(a)\n");
    EXPECT_EQ(file.value("AnonPages"), 1024U);
    EXPECT_EQ(file.value("Inactive(anon)") + file.value("Active(anon)"), 1024U);
    EXPECT_EQ(file.value("Cached"), 0U);
}

TEST(ProcMemory, the_terms_of_mem_available_add_up_to_its_line) {
    const Session session = played(kMachine + "f = open(4000)\ntouch(f)\n");
    const MemAvailable terms = mem_available_of(*session.snapshot().machine);
    const MeminfoFile file = meminfo_of(*session.snapshot().machine);
    EXPECT_EQ(terms.file, 4000U);
    EXPECT_EQ(terms.free * 4, file.value("MemFree"));
    EXPECT_EQ((terms.free - terms.total_reserve + terms.file - terms.file_kept) * 4, file.value("MemAvailable"));
}

TEST(ProcMemory, high_memory_is_told_apart_on_32_bits) {
    const MeminfoFile file = meminfo_after("machine x86_32 { ram = 1G; kernel = \"6.1\" }\n");
    EXPECT_EQ(file.value("HighTotal") + file.value("LowTotal"), file.value("MemTotal"));
    EXPECT_GT(file.value("HighFree"), 0U);
    EXPECT_EQ(file.value("VmallocTotal"), 122880U);
    EXPECT_EQ(file.value("Hugepagesize"), 4096U);
    EXPECT_EQ(meminfo_after("machine x86_32_pae { ram = 2G; kernel = \"6.1\" }\n").value("VmallocTotal"), 122880U);
}

TEST(ProcMemory, the_commit_limit_is_half_of_memory_in_whole_pages) {
    const MeminfoFile file = meminfo_after(kMachine);
    EXPECT_EQ(file.value("CommitLimit"), file.value("MemTotal") / 8 * 4);
}

TEST(ProcMemory, every_kernel_prints_its_own_lines) {
    for (const Profile& profile : profiles()) {
        const std::string kernel(profile.name);
        const Session session = played("machine x86_64 { ram = 64M; kernel = \"" + kernel + "\" }\n");
        const KernelShape shape = kernel_shape(session.snapshot().memory());
        EXPECT_EQ(meminfo_of(*session.snapshot().machine).lines.size(), blank_meminfo(shape).lines.size()) << kernel;
        EXPECT_EQ(vmstat_of(*session.snapshot().machine).counters.size(), vmstat_names(shape).size()) << kernel;
    }
}

TEST(ProcMemory, vmstat_has_what_the_machine_counted) {
    const Session session = played(kMachine + "f = open(100)\ntouch(f)\na = alloc_page(GFP_KERNEL)\ndrop_caches(1)\n");
    const VmstatFile file = vmstat_of(*session.snapshot().machine);
    const PageAllocator& memory = session.snapshot().memory();
    for (u32 index = 0; index < kVmCounters; ++index) {
        const u64 counted = memory.vmstat(static_cast<VmCounter>(index));
        EXPECT_EQ(file.find(kVmCounterNames[index]).value_or(counted), counted) << kVmCounterNames[index];
    }
    EXPECT_EQ(file.value("pgalloc_dma32"), 101U);
    EXPECT_EQ(file.value("drop_pagecache"), 1U);
    EXPECT_EQ(file.value("nr_file_pages"), 0U);
}

u64 sum_in(const ZoneInfo& zoneinfo, std::string_view name) {
    u64 sum = 0;
    for (const ZoneInfo::Entry& zone : zoneinfo.zones)
        for (const auto* counters : {&zone.counters, &zone.node_stats})
            for (const ZoneInfo::Counter& counter : *counters)
                if (counter.name == name) sum += counter.value;
    return sum;
}

TEST(ProcMemory, zoneinfo_and_vmstat_agree_on_the_lists) {
    const Session session = played(
        "machine x86_64 { ram = 8G; nodes = 2; cpus = 2 }\nf = open(300)\non cpu 1 { touch(f) }\n"
        "a = mmap(1M)\ntouch(a)\n");
    const ZoneInfo zones = zoneinfo_of(*session.snapshot().machine);
    const VmstatFile file = vmstat_of(*session.snapshot().machine);
    for (const char* const name : {"nr_inactive_file", "nr_inactive_anon", "nr_zone_inactive_file", "nr_file_pages"}) {
        const u64 sum = sum_in(zones, name);
        EXPECT_EQ(sum, file.value(name)) << name;
        EXPECT_GT(sum, 0U) << name;
    }
}

// Files are dirtied, written and reclaimed on both nodes, and processes swapped.
TEST(ProcMemory, what_zoneinfo_counts_by_zone_and_node_adds_up_to_vmstat) {
    const std::string busy =
        "f = open(2000)\nfill = mmap(30M)\npwrite(f, 4M)\nsync()\npwrite(f, 64K)\na = fork(init)\n"
        "as a { x = mmap(70M)\n touch(x, 70M) }\non cpu 1 { b = fork(init) }\n";
    for (const std::string kernel : {"6.1", "6.12", "7.2"}) {
        const Session session = played("machine x86_64 { ram = 96M; nodes = 2; cpus = 2; swap = 64M; kernel = \"" + kernel +
                                       "\" }\n" + busy);
        const ZoneInfo zones = zoneinfo_of(*session.snapshot().machine);
        const VmstatFile file = vmstat_of(*session.snapshot().machine);
        for (const ZoneInfo::Entry& zone : zones.zones)
            for (const auto* counters : {&zone.counters, &zone.node_stats})
                for (const ZoneInfo::Counter& counter : *counters)
                    EXPECT_EQ(sum_in(zones, counter.name), file.find(counter.name).value_or(counter.value))
                        << kernel << ' ' << counter.name;
        for (const char* const name : {"numa_hit", "numa_local", "numa_miss", "numa_foreign", "numa_other", "nr_dirtied",
                                       "nr_written", "nr_vmscan_write"})
            EXPECT_GT(sum_in(zones, name), 0U) << kernel << ' ' << name;
    }
}

TEST(ProcMemory, vm_pte_of_2_6_has_pte_tables_alone) {
    for (const std::string kernel : {"2.6", "6.12"}) {
        const Session session = played("machine x86_64 { ram = 64M; kernel = \"" + kernel + "\" }\nsh = fork(init)\n");
        const Mm& mm = session.snapshot().memory().processes().mm(2);
        const u64 pages = kernel == "2.6" ? mm.tables[0] : mm.tables[0] + mm.tables[1] + mm.tables[2];
        EXPECT_EQ(pid_status_of(session.snapshot().memory(), 2)[PidStatusField::VmPTE], pages * 4) << kernel;
    }
}

// Two processes share 1 MiB, of which 64 pages are touched, 16 of them by both; the child has 8 private pages more.
const std::string kSharing =
    "sh = fork(init)\n"
    "as sh { s = mmap(1M, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS)\n touch(s, 256K) }\n"
    "other = fork(sh)\nas other { touch(s, 64K)\n p = mmap(32K)\n touch(p, 32K) }\n";

TEST(ProcMemory, shared_memory_is_cached_and_mapped_and_not_anonymous) {
    const MeminfoFile before = meminfo_after(kMachine + "sh = fork(init)\nother = fork(sh)\n");
    const MeminfoFile file = meminfo_after(kMachine + kSharing);
    EXPECT_EQ(file.value("Shmem"), 256U);
    EXPECT_EQ(file.value("Cached"), 256U);
    EXPECT_EQ(file.value("Mapped"), 256U);
    EXPECT_EQ(file.value("AnonPages"), before.value("AnonPages") + 32);
    EXPECT_EQ(file.value("Inactive(anon)") + file.value("Active(anon)"), file.value("AnonPages") + 256);
    EXPECT_EQ(file.value("Inactive(file)") + file.value("Active(file)"), 0U);
}

TEST(ProcMemory, shared_memory_that_is_on_swap_or_unmapped_counts_no_more) {
    const std::string swapped = "machine x86_64 { ram = 32M; swap = 32M }\n" + kSharing +
                                "as other { q = mmap(24M)\n touch(q, 24M)\n r = mmap(20M)\n touch(r, 20M)\n"
                                " touch(q, 24M) }\n";
    const MeminfoFile file = meminfo_after(swapped);
    EXPECT_LT(file.value("Shmem"), 256U);
    EXPECT_EQ(file.value("Cached"), file.value("Shmem"));
    EXPECT_EQ(meminfo_after(kMachine + kSharing + "exit(other)\nexit(sh)\n").value("Shmem"), 0U);
    EXPECT_EQ(meminfo_after(kMachine + kSharing + "drop_caches(1)\n").value("Shmem"), 256U);
}

TEST(ProcMemory, meminfo_vmstat_and_the_nodes_of_zoneinfo_have_the_same_gauges) {
    const Session session = played("machine x86_64 { ram = 8G; nodes = 2; cpus = 2 }\nf = open(40)\n" + kSharing +
                                   "on cpu 1 { as other { m = mmap(160K, PROT_READ, MAP_PRIVATE, f)\n read(m)\n"
                                   " p2 = mmap(64K)\n touch(p2, 64K) } }\n");
    const ZoneInfo zones = zoneinfo_of(*session.snapshot().machine);
    const VmstatFile file = vmstat_of(*session.snapshot().machine);
    const MeminfoFile meminfo = meminfo_of(*session.snapshot().machine);
    const std::pair<const char*, const char*> names[] = {{"nr_anon_pages", "AnonPages"}, {"nr_mapped", "Mapped"},
                                                         {"nr_file_pages", "Cached"},    {"nr_shmem", "Shmem"},
                                                         {"nr_page_table_pages", "PageTables"}};
    for (const auto& [name, line] : names) {
        u64 sum = 0;
        for (const ZoneInfo::Entry& zone : zones.zones)
            for (const ZoneInfo::Counter& counter : zone.node_stats)
                if (counter.name == name) sum += counter.value;
        EXPECT_EQ(sum, file.value(name)) << name;
        EXPECT_EQ(sum * 4, meminfo.value(line)) << name;
        EXPECT_GT(sum, 0U) << name;
    }
}

TEST(ProcMemory, a_moment_before_the_last_command_has_its_counters_then) {
    const Session session = played(kMachine + "f = open(100)\ntouch(f)\ndrop_caches(1)\n");
    const Snapshot snapshot = session.snapshot();
    EXPECT_EQ(vmstat_moment_of(*snapshot.machine).counters.value("drop_pagecache"), 1U);
    EXPECT_EQ(vmstat_moment_of(*snapshot.machine, *snapshot.counted_before).counters.value("drop_pagecache"), 0U);
}

}  // namespace
}  // namespace mmscope
