// MemAvailable, free and vmstat, computed from the files of real machines and held against what those printed.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <set>
#include <sstream>

#include "play/machine.h"
#include "play/proc_memory.h"
#include "procfs/counter_names.h"
#include "procfs/free_tool.h"
#include "procfs/mem_available.h"
#include "procfs/vmstat_tool.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

using std::filesystem::path;

path kernels(const path& shared) { return shared / "fixtures" / "kernels"; }
path procps(const path& shared) { return kernels(shared) / "amd64-6.1-512M-procps" / "procps"; }

MeminfoFile read_meminfo(const path& file) {
    const auto meminfo = parse_meminfo(test::read_file(file));
    EXPECT_TRUE(meminfo) << file;
    return meminfo ? *meminfo : MeminfoFile();
}

VmstatFile read_vmstat(const path& file) {
    const auto vmstat = parse_vmstat(test::read_file(file));
    EXPECT_TRUE(vmstat) << file;
    return vmstat ? *vmstat : VmstatFile();
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    return {std::istream_iterator<std::string>(stream), {}};
}

// The kernel that a capture is of, by the name of its folder: "amd64-6.12-1G", "i386-686-pae-2G".
KernelShape shape_of(const path& kernels, const path& file) {
    const std::string name = file.lexically_relative(kernels).begin()->string();
    KernelShape kernel;
    kernel.is_64_bit = name.starts_with("amd64");
    kernel.has_pae = name.find("-pae-") != std::string::npos;
    kernel.version = name.starts_with("amd64-6.12-") ? 0x060c : name.starts_with("amd64-7.2-") ? 0x0702 : 0x0601;
    return kernel;
}

TEST(MemAvailableConform, every_machine_reckons_it_from_its_zones_and_its_meminfo) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 machines = 0, equal = 0;
    for (const path& file : test::files_named(kernels(*shared), "meminfo")) {
        const path zones = file.parent_path() / "zoneinfo";
        if (file.filename() != "meminfo" || !std::filesystem::exists(zones)) continue;
        const auto zoneinfo = parse_zoneinfo(test::read_file(zones));
        ASSERT_TRUE(zoneinfo) << zones;
        const MeminfoFile meminfo = read_meminfo(file);
        const u64 kib = mem_available(meminfo, *zoneinfo).pages() * (kPageSize >> 10);
        EXPECT_EQ(kib, meminfo.value("MemAvailable")) << file;
        ++machines;
        if (kib == meminfo.value("MemAvailable")) ++equal;
    }
    test::compared("machines' MemAvailable", equal, machines);
    EXPECT_GE(machines, 97U);
}

TEST(MeminfoConform, each_kernel_prints_the_lines_that_are_known_of_it) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 files = 0;
    for (const path& file : test::files_named(kernels(*shared), "meminfo")) {
        if (file.filename().string().starts_with("node")) continue;
        MeminfoFile meminfo = read_meminfo(file);
        for (MeminfoFile::Line& line : meminfo.lines) line.value = 0;
        EXPECT_EQ(meminfo, blank_meminfo(shape_of(kernels(*shared), file))) << file;
        ++files;
    }
    test::compared("files of meminfo, by their lines", files, files);
    EXPECT_GE(files, 110U);
}

// The files of a capture were read one after another by processes that took memory themselves: gauges may differ by
// pages.
TEST(MeminfoConform, an_imported_machine_prints_what_its_zones_determine) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const std::set<std::string> fixed = {"MemTotal", "HighTotal", "LowTotal", "VmallocTotal", "Hugepagesize"};
    const std::set<std::string> gauges = {
        "MemFree",      "MemAvailable",   "Cached",       "Active",     "Inactive",    "Active(anon)", "Inactive(anon)",
        "Active(file)", "Inactive(file)", "HighFree",     "LowFree",    "AnonPages",   "Mapped",       "Shmem",
        "KReclaimable", "Slab",           "SReclaimable", "SUnreclaim", "KernelStack", "PageTables"};
    constexpr u64 kMostDrift = 4096;  // KiB
    u32 machines = 0, lines = 0, equal = 0;
    for (const path& file : test::files_named(kernels(*shared), "zoneinfo")) {
        const path folder = file.parent_path();
        if (file.filename() != "zoneinfo" || folder.parent_path() != kernels(*shared)) continue;
        if (!std::filesystem::exists(folder / "iomem")) continue;  // a whole capture of a machine at rest
        MachineSpec spec;
        for (const char* const name : {"zoneinfo", "buddyinfo", "pagetypeinfo"})
            spec.import_text += test::read_file(folder / name);
        const auto machine = Machine::build(spec);
        ASSERT_TRUE(machine) << folder;
        const MeminfoFile printed = meminfo_of(*machine), real = read_meminfo(folder / "meminfo");
        ++machines;
        for (const MeminfoFile::Line& line : real.lines) {
            if (!fixed.contains(line.name) && !gauges.contains(line.name)) continue;
            const u64 value = printed.find(line.name).value_or(~u64{0});
            const u64 drift = std::max(value, line.value) - std::min(value, line.value);
            EXPECT_LE(drift, fixed.contains(line.name) ? 0 : kMostDrift) << folder << " " << line.name;
            ++lines;
            equal += drift == 0 ? 1 : 0;
        }
    }
    test::compared("lines of meminfo of imported machines", equal, lines);
    EXPECT_GE(machines, 16U);
}

TEST(VmstatConform, each_kernel_prints_the_counters_that_are_known_of_it) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 files = 0;
    for (const path& file : test::files_named(kernels(*shared), "vmstat")) {
        if (file.filename() != "vmstat") continue;
        std::vector<std::string> names;
        for (const VmstatFile::Counter& counter : read_vmstat(file).counters) names.push_back(counter.name);
        const CounterNames known = vmstat_names(shape_of(kernels(*shared), file));
        EXPECT_EQ(names, std::vector<std::string>(known.begin(), known.end())) << file;
        ++files;
    }
    test::compared("files of vmstat, by their counters", files, files);
    EXPECT_GE(files, 97U);
}

// The meminfo of each command was read right before it. `free` was the first, and loading it took memory; the output of
// each stays in tmpfs, a part of Cached. So two are held against the next meminfo, which shows the machine as they saw
// it.
TEST(FreeConform, every_column_is_that_of_procps) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    using Unit = FreeOptions::Unit;
    const struct {
        const char *output, *memory;
        FreeOptions options;
    } runs[] = {{"free", "free-m", {}},
                {"free-m", "free-m", {Unit::mebi}},
                {"free-h", "free-h", {Unit::human}},
                {"free-hi", "free-hi", {Unit::human, true}},
                {"free-w", "free-wl", {Unit::kibi, false, true}},
                {"free-wl", "free-wl", {Unit::kibi, false, true, true}},
                {"free-t", "free-t", {Unit::bytes, false, false, false, true}}};
    u32 words = 0;
    for (const auto& run : runs) {
        const std::string printed = test::read_file(procps(*shared) / (std::string(run.output) + ".txt"));
        const MeminfoFile meminfo = read_meminfo(procps(*shared) / (std::string(run.memory) + ".meminfo"));
        EXPECT_EQ(print_free(meminfo, run.options), printed) << run.output;
        for (const std::string& line : lines_of(printed)) words += static_cast<u32>(words_of(line).size());
    }
    test::compared("words that free prints", words, words);
    EXPECT_GE(words, 129U);
}

u64 number_before(const std::string& text, const std::string& words) {
    for (const std::string& line : lines_of(text))
        if (line.ends_with(' ' + words)) return std::stoull(line);
    ADD_FAILURE() << words;
    return 0;
}

// `vmstat -s` shows the sums from which `vmstat` reckons: /proc/stat is not among the captured files.
VmstatMoment moment_of_sums(const path& folder) {
    const std::string sums = test::read_file(folder / "vmstat-s.txt");
    VmstatMoment moment;
    moment.memory = read_meminfo(folder / "vmstat-s.meminfo");
    moment.counters = {{{"pgpgin", number_before(sums, "K paged in")},
                        {"pgpgout", number_before(sums, "K paged out")},
                        {"pswpin", number_before(sums, "pages swapped in")},
                        {"pswpout", number_before(sums, "pages swapped out")}}};
    moment.activity.interrupts = number_before(sums, "interrupts");
    moment.activity.context_switches = number_before(sums, "CPU context switches");
    moment.activity.user = number_before(sums, "non-nice user cpu ticks");
    moment.activity.nice = number_before(sums, "nice user cpu ticks");
    moment.activity.system = number_before(sums, "system cpu ticks");
    moment.activity.idle = number_before(sums, "idle cpu ticks");
    moment.activity.iowait = number_before(sums, "IO-wait cpu ticks");
    moment.activity.softirq = number_before(sums, "softirq cpu ticks");
    return moment;
}

// vmstat -a ran before vmstat -s and vmstat -w behind it, so each rate lies between theirs.
TEST(VmstatConform, rates_since_boot_lie_between_those_of_the_runs_before_and_behind) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const std::string wide = print_vmstat_row(vmstat_since_boot(moment_of_sums(procps(*shared))), {false, true});
    const std::vector<std::string> model = words_of(wide);
    const auto before = words_of(lines_of(test::read_file(procps(*shared) / "vmstat-a.txt"))[2]);
    const auto behind = words_of(lines_of(test::read_file(procps(*shared) / "vmstat-w.txt"))[2]);
    u32 equal = 0;
    for (u32 column = 6; column < before.size(); ++column) {
        const u64 one = std::stoull(before[column]), other = std::stoull(behind[column]);
        EXPECT_GE(std::stoull(model[column]), std::min(one, other)) << column;
        EXPECT_LE(std::stoull(model[column]), std::max(one, other)) << column;
        ++equal;
    }
    test::compared("rates that vmstat prints", equal, equal);
    EXPECT_EQ(equal, 11U);
}

VmstatRow row_of(const std::string& line, const VmstatOptions& options) {
    VmstatRow row;
    std::vector<u64*> fields = {&row.running,    &row.blocked,          &row.swapped,  &row.free,      &row.buffers,
                                &row.cache,      &row.swap_in,          &row.swap_out, &row.blocks_in, &row.blocks_out,
                                &row.interrupts, &row.context_switches, &row.user,     &row.system,    &row.idle,
                                &row.iowait,     &row.stolen,           &row.guest};
    if (options.shows_active) fields[4] = &row.inactive, fields[5] = &row.active;
    u32 column = 0;
    for (const std::string& word : words_of(line)) *fields.at(column++) = std::stoull(word);
    return row;
}

struct VmstatRun {
    const char* name;
    VmstatOptions options;
};
constexpr VmstatRun kVmstatRuns[] = {
    {"vmstat", {}}, {"vmstat-1-3", {}}, {"vmstat-a", {true, false}}, {"vmstat-w", {false, true}}};

TEST(VmstatConform, headings_and_rows_are_laid_out_as_procps_does) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 rows = 0;
    for (const VmstatRun& run : kVmstatRuns) {
        const auto lines = lines_of(test::read_file(procps(*shared) / (std::string(run.name) + ".txt")));
        EXPECT_EQ(vmstat_heading(run.options), lines[0] + '\n' + lines[1] + '\n') << run.name;
        for (u32 at = 2; at < lines.size(); ++at, ++rows)
            EXPECT_EQ(print_vmstat_row(row_of(lines[at], run.options), run.options), lines[at] + '\n') << run.name;
    }
    test::compared("rows that vmstat prints", rows, rows);
    EXPECT_EQ(rows, 6U);
}

// But for inact: vmstat's own anonymous memory is among it, and was not yet when the meminfo was read.
TEST(VmstatConform, columns_of_memory_are_those_of_procps) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 columns = 0;
    for (const VmstatRun& run : kVmstatRuns) {
        const std::string name = run.name;
        const auto lines = lines_of(test::read_file(procps(*shared) / (name + ".txt")));
        VmstatMoment moment;
        moment.memory = read_meminfo(procps(*shared) / (name + ".meminfo"));
        const auto words = words_of(print_vmstat_row(vmstat_since_boot(moment), run.options));
        for (u32 column = 2; column < 6; ++column) {
            if (run.options.shows_active && column == 4) continue;
            EXPECT_EQ(words[column], words_of(lines[2])[column]) << name << " " << column;
            ++columns;
        }
    }
    test::compared("columns of memory that vmstat prints", columns, columns);
    EXPECT_EQ(columns, 15U);
}

// What the workload of a trace did between two captures, as if it had taken ten seconds.
TEST(VmstatConform, a_row_between_two_files_is_their_difference) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 pairs = 0;
    for (const path& file : test::files_named(kernels(*shared), "vmstat")) {
        const path folder = file.parent_path();
        const path later = folder.parent_path() / "after-workload";
        if (folder.filename() != "before" || !std::filesystem::exists(later / "vmstat")) continue;
        const VmstatMoment before{read_meminfo(folder / "meminfo"), read_vmstat(file), {}};
        const VmstatMoment now{read_meminfo(later / "meminfo"), read_vmstat(later / "vmstat"), {}};
        const VmstatRow row = vmstat_between(before, now, 10);
        const auto a_second = [&](std::string_view name, u64 kib) {
            return (kib * (now.counters.value(name) - before.counters.value(name)) + 5) / 10;
        };
        EXPECT_EQ(row.swap_in, a_second("pswpin", 4)) << later;
        EXPECT_EQ(row.swap_out, a_second("pswpout", 4)) << later;
        EXPECT_EQ(row.blocks_in, a_second("pgpgin", 1)) << later;
        EXPECT_EQ(row.blocks_out, a_second("pgpgout", 1)) << later;
        EXPECT_EQ(row.free, now.memory.value("MemFree")) << later;
        ++pairs;
    }
    test::compared("pairs of vmstat files", pairs, pairs);
    EXPECT_GE(pairs, 6U);
}

// Read off the two files: pswpin 0 and 120 pages, pswpout 0 and 362, pgpgin 44 and 269580 KiB, pgpgout 4 and 1452.
TEST(VmstatConform, a_machine_short_of_memory_shows_its_swapping) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const path folder = kernels(*shared) / "amd64-6.12-256M-trace-reclaim-classic";
    const VmstatMoment before{{}, read_vmstat(folder / "before" / "vmstat"), {}};
    const VmstatMoment now{{}, read_vmstat(folder / "after-workload" / "vmstat"), {}};
    const VmstatRow row = vmstat_between(before, now, 10);
    EXPECT_EQ(row.swap_in, 48U);
    EXPECT_EQ(row.swap_out, 145U);
    EXPECT_EQ(row.blocks_in, 26954U);
    EXPECT_EQ(row.blocks_out, 145U);
}

}  // namespace
}  // namespace mmscope
