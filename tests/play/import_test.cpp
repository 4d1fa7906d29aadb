#include "play/import.h"

#include <gtest/gtest.h>

#include "play/capture_shape.h"
#include "procfs/proc_texts.h"

namespace mmscope {
namespace {

using test::kBuddyInfo;
using test::kPageTypeInfo;
using test::kZoneInfo;
using test::with;

Message import_error(const std::string& text, u32* line = nullptr) {
    const auto imported = read_import(text);
    EXPECT_FALSE(imported);
    if (imported) return {};
    if (line != nullptr) *line = imported.error().line;
    return imported.error().message;
}

std::string text_of(const Message& message, std::string_view name) {
    for (const MessageParam& param : message.params) {
        if (param.name == name) return param.kind == MessageParam::Kind::text ? param.text : std::to_string(param.number);
    }
    return {};
}

bool has_note(const ImportedMachine& imported, std::string_view key) {
    for (const Message& note : imported.notes) {
        if (note.key == key) return true;
    }
    return false;
}

Machine machine_of(const std::string& text, u64 seed = 1) {
    MachineSpec spec;
    spec.seed = seed;
    spec.import_text = text;
    auto machine = Machine::build(spec);
    EXPECT_TRUE(machine) << (machine ? "" : machine.error().message.key);
    return machine ? *std::move(machine) : Machine();
}

std::string proc_texts(const Machine& machine) {
    return print_zoneinfo(zoneinfo_of(machine)) + print_buddyinfo(buddyinfo_of(machine)) + print_pagetypeinfo(pagetypeinfo_of(machine));
}

TEST(ImportText, the_three_files_in_any_order_with_prompts_between) {
    for (const std::string& text : {kZoneInfo + kBuddyInfo + kPageTypeInfo, kPageTypeInfo + kZoneInfo + kBuddyInfo,
                                    "$ cat zoneinfo\n" + kZoneInfo + "$ cat buddyinfo\n" + kBuddyInfo + "$ sudo cat pagetypeinfo\n" + kPageTypeInfo}) {
        const auto imported = read_import(text);
        ASSERT_TRUE(imported) << imported.error().message.key;
        EXPECT_EQ(imported->arch, Arch::x86_64);
        EXPECT_EQ(imported->kernel, "6.12");
        EXPECT_EQ(imported->cpus, 1U);
        EXPECT_EQ(imported->nodes, 1U);
        EXPECT_TRUE(imported->pagetypeinfo);
        EXPECT_TRUE(has_note(*imported, "import.note_places"));
    }
}

TEST(ImportText, a_machine_has_the_captures_counts_marks_and_sizes) {
    const Machine machine = machine_of(kZoneInfo + kBuddyInfo + kPageTypeInfo);
    EXPECT_EQ(machine.memory().check(), "");
    EXPECT_EQ(proc_texts(machine), kZoneInfo + kBuddyInfo + kPageTypeInfo);
    EXPECT_EQ(machine.memory().sysctl().min_free_kbytes, 45056U);
    EXPECT_EQ(machine.memory().sysctl().watermark_scale_factor, 10U);
    EXPECT_EQ(machine.memory().sysctl().lowmem_reserve_ratio, default_lowmem_reserve_ratio(Arch::x86_64));
}

TEST(ImportText, the_cpus_lists_hold_as_many_frames_as_the_capture_counts) {
    const Machine machine = machine_of(kZoneInfo + kBuddyInfo + kPageTypeInfo);
    const PageAllocator& memory = machine.memory();
    u64 listed = 0;
    for (const ZoneInfo::Entry& entry : machine.import()->zoneinfo.zones)
        for (const ZoneInfo::PageSet& set : entry.pagesets) {
            const u32 zone = static_cast<u32>(&entry - machine.import()->zoneinfo.zones.data());
            EXPECT_EQ(memory.pcp(zone, set.cpu).count, set.count);
            listed += set.count;
        }
    EXPECT_GT(listed, 0U);
    EXPECT_EQ(memory.check(), "");
}

TEST(ImportText, holes_and_reserved_frames_lie_where_such_machines_have_them) {
    const Machine machine = machine_of(kZoneInfo + kBuddyInfo);
    const FrameTable& frames = machine.memory().frames();
    EXPECT_TRUE(frame_state::is_absent(frames.state({0})));
    EXPECT_TRUE(frame_state::is_reserved(frames.state({1})));
    EXPECT_TRUE(frame_state::is_reserved(frames.state({0x9e})));
    EXPECT_TRUE(frame_state::is_absent(frames.state({0x9f})));
    EXPECT_TRUE(frame_state::is_absent(frames.state({0xff})));
    EXPECT_FALSE(frame_state::is_reserved(frames.state({0x100})));
    EXPECT_FALSE(frame_state::is_reserved(frames.state({4096 + 243297 - 1})));
    EXPECT_TRUE(frame_state::is_reserved(frames.state({4096 + 243297})));
    EXPECT_TRUE(frame_state::is_reserved(frames.state({4096 + 258013 - 1})));
}

TEST(ImportText, the_seed_decides_the_places_and_nothing_else) {
    const std::string text = kZoneInfo + kBuddyInfo + kPageTypeInfo;
    const Machine one = machine_of(text, 1);
    const Machine same = machine_of(text, 1);
    const Machine other = machine_of(text, 2);
    EXPECT_EQ(one.state_hash(), same.state_hash());
    EXPECT_NE(one.state_hash(), other.state_hash());
    EXPECT_EQ(proc_texts(one), proc_texts(other));
}

TEST(ImportText, lists_are_in_ascending_order) {
    Machine machine = machine_of(kZoneInfo + kBuddyInfo + kPageTypeInfo);
    Trace nobody;
    std::vector<Pfn> blocks;
    machine.memory().buddy(1, nobody).list_blocks({10}, Migratetype::movable, 1000, &blocks);
    ASSERT_EQ(blocks.size(), 229U);
    EXPECT_TRUE(std::is_sorted(blocks.begin(), blocks.end()));
}

TEST(ImportText, pagetypeinfo_wins_over_buddyinfo_and_the_lists_over_free) {
    const std::string text = with(kZoneInfo, "free     235524", "free     235530") + with(kBuddyInfo, "DMA32      2", "DMA32      4") + kPageTypeInfo;
    const auto imported = read_import(text);
    ASSERT_TRUE(imported);
    EXPECT_TRUE(has_note(*imported, "import.note_pagetypeinfo_wins"));
    EXPECT_TRUE(has_note(*imported, "import.note_free_differs"));
    EXPECT_EQ(proc_texts(machine_of(text)), kZoneInfo + kBuddyInfo + kPageTypeInfo);
}

TEST(ImportText, a_list_that_was_not_counted_to_its_end_takes_the_rest_from_buddyinfo) {
    // 100,000 frames apart from each other do not fit into this zone; what matters is who is asked.
    const std::string capped = with(kPageTypeInfo, "DMA32, type      Movable      0      1      0      0      0      1      0      0      0      0    229 ",
                                    "DMA32, type      Movable      0      1      0      0      0      1      0      0      0      0   >220 ");
    const auto imported = read_import(kZoneInfo + kBuddyInfo + capped);
    ASSERT_TRUE(imported);
    EXPECT_TRUE(has_note(*imported, "import.note_capped"));
    EXPECT_EQ(print_buddyinfo(buddyinfo_of(machine_of(kZoneInfo + kBuddyInfo + capped))), kBuddyInfo);
}

TEST(ImportText, a_free_list_without_room_in_its_pageblocks_changes_the_table_and_says_so) {
    const std::string text = kZoneInfo + kBuddyInfo + with(kPageTypeInfo, "41          461            2", "41          463            0");
    const Machine machine = machine_of(text);
    EXPECT_EQ(machine.memory().check(), "");
    EXPECT_EQ(print_buddyinfo(buddyinfo_of(machine)), kBuddyInfo);
    EXPECT_TRUE(has_note(*machine.import(), "import.note_pageblocks"));
    EXPECT_EQ(pagetypeinfo_of(machine).sections[0].rows, parse_pagetypeinfo(kPageTypeInfo)->sections[0].rows);
}

TEST(ImportText, counts_that_no_placement_fits_name_the_zone_and_the_order) {
    // As many pages as before, but more order-9 blocks than there are pairs of pageblocks.
    const std::string zoneinfo = kZoneInfo;
    const std::string buddyinfo = with(kBuddyInfo, "1    229 ", "459      0 ");
    const auto imported = read_import(zoneinfo + buddyinfo);
    ASSERT_TRUE(imported);
    const auto memory = place_import(*imported, 1);
    ASSERT_FALSE(memory);
    EXPECT_EQ(memory.error().key, "import.cannot_place");
    EXPECT_EQ(text_of(memory.error(), "zone"), "DMA32");
    EXPECT_EQ(text_of(memory.error(), "order"), "9");
}

TEST(ImportText, what_is_missing_is_said) {
    EXPECT_EQ(import_error("").key, "import.nothing_recognised");
    EXPECT_EQ(import_error("hello\n").key, "import.nothing_recognised");
    EXPECT_EQ(import_error(kZoneInfo).key, "import.needs_buddyinfo");
    EXPECT_EQ(import_error(kZoneInfo + kPageTypeInfo).key, "import.needs_buddyinfo");
    EXPECT_EQ(import_error(kBuddyInfo).key, "import.needs_zoneinfo");
    EXPECT_EQ(import_error(kBuddyInfo + kPageTypeInfo).key, "import.needs_zoneinfo");
}

TEST(ImportText, an_error_points_into_the_pasted_text) {
    u32 line = 0;
    EXPECT_EQ(import_error("$ cat\n" + kBuddyInfo + "$ cat\n" + with(kZoneInfo, "managed  3840", "managed  x"), &line).key, "proc.number_expected");
    EXPECT_EQ(line, 17U);
    EXPECT_EQ(import_error(kZoneInfo + with(kBuddyInfo, "    229", ""), &line).key, "proc.columns");
    EXPECT_EQ(line, 85U);
    EXPECT_EQ(import_error(kZoneInfo + kBuddyInfo + std::string("\x00\x01", 2), &line).key, "proc.binary");
    EXPECT_EQ(line, 86U);
}

TEST(ImportText, ten_megabytes_are_refused) {
    EXPECT_EQ(import_error(kZoneInfo + kBuddyInfo + std::string(10U << 20, 'x')).key, "import.too_long");
}

TEST(ImportText, files_of_two_machines_are_told_apart) {
    EXPECT_EQ(import_error(kZoneInfo + kBuddyInfo + "$ cat\n" + kZoneInfo).key, "import.file_twice");
    EXPECT_EQ(import_error(kZoneInfo + kZoneInfo + kBuddyInfo).key, "proc.zone_twice");
    EXPECT_EQ(import_error(kZoneInfo + kBuddyInfo + with(kBuddyInfo.substr(kBuddyInfo.find("Node", 9)), "zone    DMA32", "zone   Normal")).key,
              "import.zone_not_in_zoneinfo");
    EXPECT_EQ(import_error(kZoneInfo + kBuddyInfo.substr(0, kBuddyInfo.find("\n") + 1)).key, "import.zone_missing");
    EXPECT_EQ(import_error(kZoneInfo + with(kBuddyInfo, "    229", "    478")).key, "import.more_free_than_managed");
    EXPECT_EQ(import_error(kZoneInfo + with(kBuddyInfo, "    229", "    100")).key, "import.free_disagrees");
    EXPECT_EQ(import_error(kZoneInfo + kBuddyInfo + with(with(kPageTypeInfo, "order: 9", "order: 10"), "512", "1024")).key, "import.pageblock_order");
    EXPECT_EQ(import_error(kZoneInfo + kBuddyInfo + with(kPageTypeInfo, "type  Reclaimable", "type      Reserve")).key, "import.unknown_type");
    EXPECT_EQ(import_error(kZoneInfo + with(kBuddyInfo, " 0 ", " 9223372036854775807 ")).key, "import.more_free_than_managed");
}

TEST(ImportText, zones_that_no_machine_has_are_refused) {
    EXPECT_EQ(import_error(with(kZoneInfo, "   Normal", "  Special") + kBuddyInfo).key, "import.unknown_zone");
    EXPECT_EQ(import_error(with(kZoneInfo, "managed  3840", "managed  3999") + kBuddyInfo).key, "import.zone_sizes");
    EXPECT_EQ(import_error(with(kZoneInfo, "start_pfn:           4096", "start_pfn:           4000") + kBuddyInfo).key, "import.zone_sizes");
    EXPECT_EQ(import_error(with(kZoneInfo, "spanned  258013", "spanned  99999999") + kBuddyInfo).key, "import.too_large");
    EXPECT_EQ(import_error(with(kZoneInfo, "start_pfn:           4096", "start_pfn:           9223372036854775807") + kBuddyInfo).key, "import.too_large");
    EXPECT_EQ(import_error(with(kZoneInfo, "zone    DMA32", "zone  HighMem") + with(kBuddyInfo, "zone    DMA32", "zone  HighMem")).key, "import.zone_order");
    EXPECT_EQ(import_error(with(kZoneInfo, "zone    DMA32", "zone      Foo") + kBuddyInfo).key, "import.unknown_arch");
}

TEST(ImportText, every_scripts_machine_imports_its_own_files_and_prints_them_back) {
    for (const char* kernel : {"6.1", "6.12", "7.2"})
        for (const Arch arch : {Arch::x86_64, Arch::x86_32, Arch::x86_32_pae})
            for (const u32 nodes : {1U, 2U}) {
                MachineSpec spec;
                spec.arch = arch;
                spec.kernel = kernel;
                spec.nodes = nodes;
                spec.cpus = 2;
                spec.ram = u64{2} << 30;
                const auto machine = Machine::build(spec);
                ASSERT_TRUE(machine);
                const std::string texts = proc_texts(*machine);
                const auto imported = read_import(texts);
                ASSERT_TRUE(imported) << imported.error().message.key << "\n" << texts;
                EXPECT_EQ(imported->arch, arch);
                EXPECT_EQ(imported->kernel, kernel);
                EXPECT_EQ(imported->cpus, 2U);
                EXPECT_EQ(imported->nodes, nodes);
                const Machine again = machine_of(texts);
                EXPECT_EQ(again.memory().check(), "");
                EXPECT_EQ(proc_texts(again), texts) << kernel << " " << kArchNames[static_cast<u32>(arch)] << " " << nodes;
            }
}

TEST(ImportText, what_a_script_changes_is_printed) {
    Machine machine = machine_of(kZoneInfo + kBuddyInfo + kPageTypeInfo);
    Trace nobody;
    AllocPages alloc;
    alloc.gfp = {gfp::kKernel};
    alloc.order = {10};
    ASSERT_NE(machine.apply(alloc, 1, 0, nobody).pfn, kNoPfn);
    EXPECT_EQ(zoneinfo_of(machine).zones[1].free, 235524U - 1024);
    EXPECT_EQ(zoneinfo_of(machine).zones[1].counters[0], (ZoneInfo::Counter{"nr_free_pages", 235524U - 1024}));
    EXPECT_EQ(buddyinfo_of(machine).rows[1].count[10], 228U);
    SetSysctl set;
    set.sysctl = machine.memory().sysctl();
    set.sysctl.min_free_kbytes = 8192;
    machine.apply(set, 2, 0, nobody);
    EXPECT_EQ(zoneinfo_of(machine).zones[1].min, machine.memory().zones()[1].mark(Watermark::min));
    EXPECT_LT(zoneinfo_of(machine).zones[1].min, 11087U);
}

TEST(ImportText, a_zoneinfo_without_boost_is_of_an_older_kernel) {
    std::string text;
    for (std::size_t at = 0; at < kZoneInfo.size();) {
        const std::string line = kZoneInfo.substr(at, kZoneInfo.find('\n', at) + 1 - at);
        if (line.find("boost") == std::string::npos && line.find("promo") == std::string::npos) text += line;
        at += line.size();
    }
    const auto imported = read_import(text + kBuddyInfo);
    ASSERT_TRUE(imported);
    EXPECT_EQ(imported->kernel, "6.1");
    EXPECT_TRUE(has_note(*imported, "import.note_older_kernel"));
    EXPECT_EQ(print_zoneinfo(zoneinfo_of(machine_of(text + kBuddyInfo))), text);
}

// Damaged text: bytes lost, doubled or changed. It is refused with a message, or gives a machine that fits together.
TEST(ImportText, damaged_text_gives_a_message_or_a_sound_machine) {
    const std::string whole = kZoneInfo + kBuddyInfo + kPageTypeInfo;
    for (u64 seed = 1; seed <= 1000; ++seed) {
        Prng prng(seed);
        std::string text = whole;
        for (u32 damages = 1 + prng.below(3); damages != 0; --damages) {
            const std::size_t at = prng.below(static_cast<u32>(text.size()));
            const std::size_t length = 1 + prng.below(prng.below(4) == 0 ? 400 : 4);
            switch (prng.below(4)) {
                case 0: text.erase(at, length); break;
                case 1: text.insert(at, text.substr(at, length)); break;
                case 2: text[at] = static_cast<char>('0' + prng.below(10)); break;
                default: text[at] = static_cast<char>(prng.below(256)); break;
            }
        }
        const auto imported = read_import(text);
        if (!imported) {
            EXPECT_FALSE(imported.error().message.is_empty()) << "seed " << seed;
            continue;
        }
        const auto memory = place_import(*imported, seed);
        if (!memory) {
            EXPECT_EQ(memory.error().key, "import.cannot_place") << "seed " << seed;
        } else if (memory->frames().frames() < 400000) {
            EXPECT_EQ(memory->check(), "") << "seed " << seed;
        }
    }
}

}  // namespace
}  // namespace mmscope
