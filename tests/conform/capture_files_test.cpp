// Every capture of real kernels is read whole, and what it says agrees with itself.
#include <gtest/gtest.h>

#include <map>
#include <span>

#include "cli/capture_context.h"
#include "cli/source.h"
#include "intake/kernel_dump.h"
#include "intake/module_capture.h"
#include "intake/page_trace.h"
#include "intake/recognise.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

using Path = std::filesystem::path;

// The files below fixtures/kernels whose path has `part` in it and whose name begins and ends so.
std::vector<Path> captures(const Path& shared, const std::string& part, const std::string& begin, const std::string& end) {
    std::vector<Path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(shared / "fixtures" / "kernels")) {
        const std::string name = entry.path().filename().string();
        if (entry.path().string().find(part) == std::string::npos) continue;
        if (name.starts_with(begin) && name.ends_with(end)) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<Path> page_files(const Path& shared) {
    std::vector<Path> found;
    for (const char* begin : {"pages_", "order0_", "random_"}) {
        for (Path& path : captures(shared, "-mod/mod/", begin, ".txt.gz")) found.push_back(std::move(path));
    }
    return found;
}

u32 occurrences(std::string_view text, std::string_view of) {
    u32 count = 0;
    for (std::size_t at = text.find(of); at != std::string_view::npos; at = text.find(of, at + of.size())) ++count;
    return count;
}

u32 count_on(const KernelDump& dump, u32 zone, u32 order) {
    std::size_t count = 0;
    for (const DumpList& list : dump.lists) {
        if (list.zone == zone && list.order.value == order) count += list.pfns.size();
    }
    return static_cast<u32>(count);
}

// The lists against the counters of the same moment, and each page set's count against its own lists.
void expect_consistent(const KernelDump& dump, std::span<const ZoneState> states, Order pageblock_order) {
    for (const ZoneState& state : states) {
        for (u32 order = 0; order < kNrPageOrders; ++order) {
            EXPECT_EQ(count_on(dump, state.zone, order), state.nr_free[order]) << dump.zones[state.zone].name << " order " << order;
        }
    }
    for (const DumpPcp& pcp : dump.pcps) {
        std::size_t pages = 0;
        for (u32 i = 0; i < kPcpLists; ++i) pages += pcp.lists[i].size() * pcp_list_order(i, pageblock_order).frames();
        EXPECT_EQ(pages, pcp.count) << "cpu " << pcp.cpu;
    }
}

TEST(CaptureFiles, every_page_file_of_the_module_is_read_whole) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const std::vector<Path> files = page_files(*shared);
    EXPECT_GE(files.size(), 28U);
    for (const Path& file : files) {
        SCOPED_TRACE(file.string());
        const auto text = read_text_file(file.string());
        ASSERT_TRUE(text);
        EXPECT_EQ(capture_kind(*text), CaptureKind::module_capture);
        const auto capture = parse_module_capture(*text);
        ASSERT_TRUE(capture) << capture.error().message.key << " in line " << capture.error().line;
        EXPECT_EQ(capture->count(ModuleStep::Kind::alloc), occurrences(*text, "\nA "));
        EXPECT_EQ(capture->count(ModuleStep::Kind::free), occurrences(*text, "\nF "));
        EXPECT_EQ(capture->dumps.size(), occurrences(*text, "\nFREELISTS"));
        std::size_t states = capture->states.size();
        for (const KernelDump& dump : capture->dumps) states += dump.states.size();
        EXPECT_EQ(states, occurrences(*text, "\n  s "));
    }
}

TEST(CaptureFiles, the_counts_of_the_public_kinds_are_known) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const std::map<std::string, u32> allocations{{"pages_basic", 99}, {"pages_fifo", 18}, {"order0_atomic", 600}, {"order0_movable", 2000},
                                                 {"order0_reclaimable", 2000}, {"order0_unmovable", 2000}, {"random_s1", 957}};
    for (const auto& [name, count] : allocations) {
        for (const Path& file : captures(*shared, "-mod/mod/", name, ".txt.gz")) {
            SCOPED_TRACE(file.string());
            const auto text = read_text_file(file.string());
            const auto capture = parse_module_capture(*text);
            ASSERT_TRUE(capture);
            EXPECT_EQ(capture->count(ModuleStep::Kind::alloc), count);
            EXPECT_EQ(capture->count(ModuleStep::Kind::free), count);
            EXPECT_EQ(capture->dumps.size(), name == "pages_fifo" ? 37U : 3U);
        }
    }
}

TEST(CaptureFiles, the_lists_of_every_dump_agree_with_the_counters) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 compared = 0;
    for (const Path& file : page_files(*shared)) {
        SCOPED_TRACE(file.string());
        const auto text = read_text_file(file.string());
        const auto capture = parse_module_capture(*text);
        ASSERT_TRUE(capture);
        const Order pageblock_order = capture->dumps[0].blocks[0].order;
        for (std::size_t i = 0; i < capture->steps.size(); ++i) {
            if (capture->steps[i].kind != ModuleStep::Kind::dump) continue;
            const KernelDump& dump = capture->dumps[capture->steps[i].number];
            const bool has_own = i == 0 || !dump.states.empty();
            const auto states = has_own ? std::span<const ZoneState>(dump.states) : capture->after(capture->steps[i - 1]);
            if (!states.empty()) ++compared;
            expect_consistent(dump, states, pageblock_order);
        }
    }
    EXPECT_GE(compared, 52U);  // of the first dumps only those of pages_basic have counters
}

TEST(CaptureFiles, the_cpu_that_made_the_calls_is_found) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const Path& file : page_files(*shared)) {
        SCOPED_TRACE(file.string());
        const auto text = read_text_file(file.string());
        const auto capture = parse_module_capture(*text);
        ASSERT_TRUE(capture);
        const auto cpu = capture->calling_cpu();
        ASSERT_TRUE(cpu);
        // With interrupts off on that one, the lists of the others stay as they are.
        for (const DumpPcp& pcp : capture->dumps[0].pcps) {
            if (pcp.cpu == *cpu) continue;
            for (const KernelDump& dump : capture->dumps) EXPECT_EQ(dump.pcp(pcp.zone, pcp.cpu)->lists, pcp.lists) << "cpu " << pcp.cpu;
        }
    }
}

TEST(CaptureFiles, every_snapshot_is_read_and_agrees_with_its_counters) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const std::vector<Path> files = captures(*shared, "/", "capmod-snaps", ".txt.gz");
    EXPECT_GE(files.size(), 5U);
    for (const Path& file : files) {
        SCOPED_TRACE(file.string());
        const auto text = read_text_file(file.string());
        EXPECT_EQ(capture_kind(*text), CaptureKind::kernel_dumps);
        const auto dumps = parse_kernel_dumps(*text);
        ASSERT_TRUE(dumps) << dumps.error().message.key << " in line " << dumps.error().line;
        EXPECT_EQ(dumps->size(), file.string().find("-frag") != std::string::npos ? 7U : 2U);
        for (const KernelDump& dump : *dumps) {
            EXPECT_EQ(dump.states.size(), dump.zones.size());
            EXPECT_EQ(dump.blocks.size(), dump.zones.size());
            expect_consistent(dump, dump.states, dump.blocks[0].order);
        }
    }
}

TEST(CaptureFiles, every_trace_is_read_without_a_torn_line) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const std::vector<Path> files = captures(*shared, "/", "trace.txt", ".gz");
    EXPECT_GE(files.size(), 6U);
    using Kind = PageTraceEvent::Kind;
    const std::map<Kind, std::string> names{{Kind::alloc, ": mm_page_alloc: "}, {Kind::free, ": mm_page_free: "},
                                            {Kind::free_batched, ": mm_page_free_batched: "},
                                            {Kind::alloc_zone_locked, ": mm_page_alloc_zone_locked: "},
                                            {Kind::pcpu_drain, ": mm_page_pcpu_drain: "}, {Kind::alloc_extfrag, ": mm_page_alloc_extfrag: "},
                                            {Kind::migrated, ": mm_compaction_migratepages: "},
                                            {Kind::marker, ": tracing_mark_write: "}};
    for (const Path& file : files) {
        SCOPED_TRACE(file.string());
        const auto text = read_text_file(file.string());
        EXPECT_EQ(capture_kind(*text), CaptureKind::page_trace);
        PageTraceReader reader(*text);
        std::map<Kind, u32> counts;
        u32 events = 0;
        while (const auto event = reader.next()) {
            ++counts[event->kind];
            ++events;
        }
        for (const auto& [kind, name] : names) EXPECT_EQ(counts[kind], occurrences(*text, name)) << name;
        EXPECT_EQ(counts[Kind::isolated], occurrences(*text, "isolate_freepages: "));
        EXPECT_EQ(reader.torn(), 0U) << "line " << reader.first_torn().line;
        EXPECT_EQ(reader.lost(), 0U);
        EXPECT_EQ(events + reader.others() + occurrences(*text, "\n#") + 1, occurrences(*text, "\n"));
    }
}

TEST(CaptureFiles, the_machine_of_every_capture_is_found) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const Path& file : page_files(*shared)) {
        SCOPED_TRACE(file.string());
        const std::string folder = file.parent_path().parent_path().filename().string();
        const auto context = find_capture_context(file.string(), {});
        ASSERT_TRUE(context) << context.error().key;
        EXPECT_EQ(context->profile->name, folder.find("6.12") != std::string::npos ? "6.12" : "6.1");
        EXPECT_EQ(context->arch, folder.starts_with("i386") ? Arch::x86_32 : Arch::x86_64);
        EXPECT_EQ(context->cpus, folder.find("2cpu") != std::string::npos ? 2U : 1U);
        EXPECT_FALSE(context->zoneinfo.empty());
    }
}

}  // namespace
}  // namespace mmscope
