// Every machine at rest becomes a simulated one and prints itself back: the same bytes, but for the three zones
// where the kernel's own files disagree (fixtures/README.md, fact 7).
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "play/import.h"
#include "play/proc_memory.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

using std::filesystem::path;

// At rest: a whole capture of a machine on which nothing was run.
std::vector<path> machines_at_rest(const path& shared) {
    std::vector<path> machines;
    for (const auto& entry : std::filesystem::directory_iterator(shared / "fixtures" / "kernels")) {
        const path folder = entry.path();
        const bool is_at_rest = std::filesystem::exists(folder / "iomem") && !std::filesystem::exists(folder / "procps");
        if (is_at_rest) machines.push_back(folder);
    }
    std::sort(machines.begin(), machines.end());
    return machines;
}

std::string capture_text(const path& folder, bool with_pagetypeinfo) {
    std::string text = test::read_file(folder / "zoneinfo") + test::read_file(folder / "buddyinfo");
    if (with_pagetypeinfo) text += test::read_file(folder / "pagetypeinfo");
    return text;
}

Result<Machine> import_machine(const std::string& text, u64 seed) {
    MachineSpec spec;
    spec.seed = seed;
    spec.import_text = text;
    return Machine::build(spec);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

// The zones ("node 0 Normal") in whose lines two zoneinfo texts differ, with the names of those lines.
std::set<std::string> differing_lines(const std::string& left, const std::string& right) {
    std::set<std::string> differences;
    const auto a = lines_of(left);
    const auto b = lines_of(right);
    if (a.size() != b.size()) return {"number of lines"};
    std::string zone;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].starts_with("Node")) zone = a[i].substr(0, 6) + a[i].substr(a[i].rfind(' '));
        std::string name = a[i].substr(0, a[i].rfind(' '));
        name.erase(0, name.find_first_not_of(' '));
        while (!name.empty() && name.back() == ' ') name.pop_back();
        if (a[i] != b[i]) differences.insert(zone + ": " + name);
    }
    return differences;
}

// What may differ, by machine: zoneinfo's `free` against the lists.
std::set<std::string> expected_differences(const std::string& machine) {
    if (machine == "amd64-6.12-8G-numa2") return {"Node 1 Normal: nr_free_pages", "Node 1 Normal: pages free"};
    if (machine == "amd64-7.2-2G") return {"Node 0 DMA32: nr_free_pages", "Node 0 DMA32: pages free"};
    return {};
}

TEST(Import, the_machines_at_rest_are_sixteen) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    EXPECT_EQ(machines_at_rest(*shared).size(), 16U);
}

TEST(Import, every_machine_at_rest_prints_its_files_back) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const path& folder : machines_at_rest(*shared)) {
        const std::string name = folder.filename().string();
        const auto machine = import_machine(capture_text(folder, true), 1);
        ASSERT_TRUE(machine) << name << ": " << machine.error().message.key;
        EXPECT_EQ(machine->memory().check(), "") << name;
        EXPECT_EQ(print_pagetypeinfo(pagetypeinfo_of(*machine)), test::read_file(folder / "pagetypeinfo")) << name;
        EXPECT_EQ(differing_lines(print_zoneinfo(zoneinfo_of(*machine)), test::read_file(folder / "zoneinfo")),
                  expected_differences(name)) << name;
        const std::string buddyinfo = print_buddyinfo(buddyinfo_of(*machine));
        if (name == "amd64-6.1-6G-numa2") {  // pagetypeinfo counts other blocks in node 0 Normal, and wins
            EXPECT_NE(buddyinfo, test::read_file(folder / "buddyinfo"));
        } else {
            EXPECT_EQ(buddyinfo, test::read_file(folder / "buddyinfo")) << name;
        }
    }
}

std::vector<path> folders_with_slabinfo(const path& shared) {
    std::vector<path> folders;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(shared / "fixtures" / "kernels"))
        if (entry.path().filename() == "slabinfo") folders.push_back(entry.path().parent_path());
    std::sort(folders.begin(), folders.end());
    return folders;
}

// In 97 captures; the caches beside the memory that they were in, and alone.
TEST(Import, every_slabinfo_prints_itself_back) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 texts = 0;
    for (const path& folder : folders_with_slabinfo(*shared)) {
        const std::string slabinfo = test::read_file(folder / "slabinfo");
        const std::string memory = capture_text(folder, std::filesystem::exists(folder / "pagetypeinfo"));
        for (const std::string& text : {memory + slabinfo, slabinfo}) {
            const auto machine = import_machine(text, 1);
            ASSERT_TRUE(machine) << folder << ": " << machine.error().message.key;
            EXPECT_EQ(print_slabinfo(slabinfo_of(*machine)), slabinfo) << folder;
            ++texts;
        }
    }
    EXPECT_EQ(texts, 2 * 97U);
}

TEST(Import, slabinfo_changes_nothing_of_the_other_files) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const path& folder : machines_at_rest(*shared)) {
        const std::string memory = capture_text(folder, true);
        const auto with = import_machine(memory + test::read_file(folder / "slabinfo"), 3);
        const auto without = import_machine(memory, 3);
        ASSERT_TRUE(with && without) << folder;
        EXPECT_EQ(with->check(), "") << folder;
        EXPECT_EQ(print_zoneinfo(zoneinfo_of(*with)), print_zoneinfo(zoneinfo_of(*without))) << folder;
        EXPECT_EQ(print_buddyinfo(buddyinfo_of(*with)), print_buddyinfo(buddyinfo_of(*without))) << folder;
        EXPECT_EQ(print_pagetypeinfo(pagetypeinfo_of(*with)), print_pagetypeinfo(pagetypeinfo_of(*without))) << folder;
        EXPECT_EQ(print_meminfo(meminfo_of(*with)), print_meminfo(meminfo_of(*without))) << folder;
    }
}

// Which caches are reclaimable is told by their names; the kernel counted their pages a moment before or after.
TEST(Import, reclaimable_slabs_are_as_many_as_zoneinfo_counts) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const path& folder : machines_at_rest(*shared)) {
        const auto machine = import_machine(capture_text(folder, true) + test::read_file(folder / "slabinfo"), 1);
        ASSERT_TRUE(machine) << folder;
        u64 counted = 0, here = 0;
        for (const ZoneInfo::Entry& zone : machine->import()->zoneinfo.zones)
            for (const ZoneInfo::Counter& stat : zone.node_stats)
                if (stat.name == "nr_slab_reclaimable") counted += stat.value;
        for (const auto& pages : machine->import()->slab_pages) here += pages[0];
        EXPECT_LE(here > counted ? here - counted : counted - here, 4U) << folder << " " << here << " " << counted;
    }
}

TEST(Import, the_zone_whose_files_disagree_has_the_counts_of_pagetypeinfo) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const path folder = *shared / "fixtures" / "kernels" / "amd64-6.1-6G-numa2";
    const auto machine = import_machine(capture_text(folder, true), 1);
    ASSERT_TRUE(machine);
    const auto captured = parse_buddyinfo(test::read_file(folder / "buddyinfo"));
    ASSERT_TRUE(captured);
    const BuddyInfo printed = buddyinfo_of(*machine);
    constexpr i64 kMinus[kNrPageOrders] = {-1, 1, 0, 0, 0, 0, 1, -1, 0, 0, 0};
    for (std::size_t row = 0; row < printed.rows.size(); ++row)
        for (u32 order = 0; order < kNrPageOrders; ++order) {
            const bool disagrees = printed.rows[row].node == 0 && printed.rows[row].zone == "Normal";
            const i64 expected = static_cast<i64>(captured->rows[row].count[order]) + (disagrees ? kMinus[order] : 0);
            EXPECT_EQ(static_cast<i64>(printed.rows[row].count[order]), expected) << row << " order " << order;
        }
}

TEST(Import, without_pagetypeinfo_every_free_block_is_movable) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const path& folder : machines_at_rest(*shared)) {
        const auto machine = import_machine(capture_text(folder, false), 1);
        ASSERT_TRUE(machine) << folder;
        EXPECT_EQ(machine->memory().check(), "") << folder;
        EXPECT_EQ(print_buddyinfo(buddyinfo_of(*machine)), test::read_file(folder / "buddyinfo")) << folder;
        for (const PageTypeInfo::Section& section : pagetypeinfo_of(*machine).sections)
            for (const PageTypeInfo::Row& row : section.rows)
                for (const PageTypeInfo::Count& count : row.count) EXPECT_TRUE(row.type == "Movable" || count.blocks == 0) << folder;
    }
}

// Not only at rest: every place where all three files were read, also in the middle of fragmentation and OOM.
TEST(Import, every_capture_keeps_its_counts_for_any_seed) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 captures = 0;
    for (const path& file : test::files_named(*shared / "fixtures" / "kernels", "pagetypeinfo")) {
        const path folder = file.parent_path();
        if (!std::filesystem::exists(folder / "zoneinfo") || !std::filesystem::exists(folder / "buddyinfo")) continue;
        ++captures;
        const auto machine = import_machine(capture_text(folder, true), captures);
        ASSERT_TRUE(machine) << folder << ": " << machine.error().message.key;
        EXPECT_EQ(machine->memory().check(), "") << folder;
        const auto captured = parse_pagetypeinfo(test::read_file(file));
        ASSERT_TRUE(captured);
        const PageTypeInfo printed = pagetypeinfo_of(*machine);
        for (std::size_t i = 0; i < printed.sections.size(); ++i) {
            EXPECT_EQ(printed.sections[i].rows, captured->sections[i].rows) << folder;
            EXPECT_EQ(printed.sections[i].blocks, captured->sections[i].blocks) << folder;
        }
    }
    EXPECT_GT(captures, 80U);
}

}  // namespace
}  // namespace mmscope
