// Processes as the picture shows them.
#include <gtest/gtest.h>

#include "bench_of_panels.h"
#include "play/process_view.h"
#include "ui/fields.h"

namespace mmscope {
namespace {

constexpr const char* kProcesses =
    "machine x86_64 { ram = 64M; cpus = 2 }\n"
    "sh = fork(init)\n"
    "as sh {\n"
    "  buf = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)\n"
    "  write(buf)\n"
    "  read(buf + 8K)\n"
    "}\n";

void open_panel(BenchOfPanels& bench) {
    const Rect lists = bench.app.tiling()[PanelId::buddy];
    for (float x = lists.x0 + 20; x < lists.x1 && bench.app.view().lists != PanelId::process; x += 24)
        bench.click(x, lists.y0 + 16);
    ASSERT_EQ(bench.app.view().lists, PanelId::process);
}

TEST(ProcessView, walks_to_the_page_that_was_written) {
    BenchOfPanels bench(kProcesses);
    const PageAllocator& memory = bench.session.snapshot().memory();
    ASSERT_EQ(process_views(memory).size(), 2U);
    const std::vector<AreaView> areas = area_views(memory, 2);
    ASSERT_EQ(areas.size(), 2U);
    EXPECT_EQ(areas[0].rights, "rw-p");
    EXPECT_EQ(areas[0].resident, 2U);
    EXPECT_EQ(areas[1].name, "[stack]");
    const std::vector<PageView> pages = page_views(memory, 2, areas[0].start, areas[0].end);
    ASSERT_EQ(pages.size(), 2U);
    EXPECT_TRUE(pages[1].entry.is_zero_page());
    const Walk walk = walk_view(memory, 2, areas[0].start + 0x123);
    EXPECT_EQ(walk.count, 4);
    ASSERT_TRUE(walk.is_leaf());
    EXPECT_EQ(walk.physical(memory.processes().mode, areas[0].start + 0x123),
              (u64{pages[0].entry.pfn().value} << kPageShift) + 0x123);
    EXPECT_EQ(entry_flags(walk.last().entry.summary()), "P RW US A D NX");
    const std::vector<std::string> lines = walk_lines(memory, 2, areas[0].start);
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_TRUE(lines[0].starts_with("PML4[255] in frame 0x"));
    EXPECT_TRUE(lines[3].ends_with(", P RW US A D NX"));
    EXPECT_EQ(read_address("0x1000"), 4096U);
    EXPECT_EQ(read_address("4096"), 4096U);
    EXPECT_FALSE(read_address("0xyz").has_value());
}

TEST(ProcessPanel, points_from_a_page_to_its_frame_and_keeps_the_walk) {
    BenchOfPanels bench(kProcesses, 1440);
    open_panel(bench);
    const Rect panel = bench.app.tiling()[PanelId::process];
    ASSERT_TRUE(bench.point(panel, [](const Thing& thing) { return thing.is(Thing::Kind::frame); }));
    bench.click_there();
    EXPECT_NE(bench.app.selected(), kNoPfn);
    EXPECT_EQ(bench.app.view().walk.pid, 2U);
    EXPECT_EQ(bench.app.view().lists, PanelId::process);
}

// Presses the frame's inspector from top to bottom until the panel of processes is open.
void press_a_mapping(BenchOfPanels& bench, Pfn pfn) {
    const Rect panel = bench.panel(PanelId::inspector);
    for (float y = panel.y0 + 40; y < panel.y1 && bench.app.view().lists != PanelId::process; y += 8) {
        bench.app.select(pfn);
        bench.settle();
        bench.click(panel.x0 + 120, y);
    }
    ASSERT_EQ(bench.app.view().lists, PanelId::process);
}

constexpr const char* kShared =
    "machine x86_64 { ram = 64M }\nsh = fork(init)\n"
    "as sh {\n"
    "  m = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, NULL, 0, 0x7f0000000000)\n"
    "  write(m + 8K)\n"
    "}\n"
    "child = fork(sh)\n"
    "as child {\n"
    "  n = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, NULL, 0, 0x7e0000000000)\n"
    "  write(n)\n"
    "}\n";

Pfn frame_behind(const BenchOfPanels& bench, u32 pid, u64 address) {
    const PageAllocator& memory = bench.session.snapshot().memory();
    return {static_cast<u32>(walk_view(memory, pid, address).physical(memory.processes().mode, address) >> kPageShift)};
}

std::vector<std::string> fields_named(const BenchOfPanels& bench, Pfn pfn, std::string_view name) {
    std::vector<std::string> values;
    for (const Field& field : frame_fields(bench.session.snapshot(), describe_frame(bench.session.snapshot(), pfn)))
        if (name == field.name) values.push_back(field.value);
    return values;
}

TEST(Inspector, lists_who_maps_a_frame) {
    BenchOfPanels bench(kShared, 1440, 1200);
    const Pfn pfn = frame_behind(bench, 2, 0x7f0000002000);
    EXPECT_EQ(fields_named(bench, pfn, "rmap"),
              (std::vector<std::string>{"pid 2 (process), 0x7f0000002000, anonymous, P US A D NX, 4 KiB",
                                        "pid 3 (process), 0x7f0000002000, anonymous, P US D NX, 4 KiB"}));
    EXPECT_EQ(fields_named(bench, pfn, "_mapcount"), std::vector<std::string>{"2"});
    const PageAllocator& memory = bench.session.snapshot().memory();
    EXPECT_EQ(fields_named(bench, memory.processes().mm(3).pgd, "table"),
              std::vector<std::string>{"PML4 of pid 3 (process), serves from 0x0"});
    EXPECT_EQ(fields_named(bench, memory.processes().mm(3).pgd, "rmap"), std::vector<std::string>());
}

TEST(Inspector, counts_mappings_beyond_the_first) {
    BenchOfPanels bench(std::string(kShared) + "repeat 40 { fork(sh) }\n", 1440, 1200);
    const std::vector<std::string> rows = fields_named(bench, frame_behind(bench, 2, 0x7f0000002000), "rmap");
    ASSERT_EQ(rows.size(), kMostMappers + 1);
    EXPECT_EQ(rows.back(), "and 10 more");
}

TEST(Inspector, says_where_in_its_file_a_page_is_and_that_nobody_counts_the_page_of_zeroes) {
    BenchOfPanels bench("machine x86_64 { ram = 64M }\nf = open(8)\ntouch(f)\nsh = fork(init)\n"
                        "as sh { m = mmap(8K)\n read(m) }\n");
    const PageAllocator& memory = bench.session.snapshot().memory();
    const Pfn last = memory.mapping_table().page(0, 7);
    EXPECT_EQ(fields_named(bench, last, "offset"), std::vector<std::string>{"0x7000 in it"});
    EXPECT_EQ(fields_named(bench, memory.processes().zero_page, "rmap").size(), 1U);
}

TEST(Inspector, leads_from_a_frame_to_the_process_that_maps_it_and_to_the_walk) {
    BenchOfPanels bench(kShared, 1440, 1200);
    press_a_mapping(bench, frame_behind(bench, 2, 0x7f0000002000));
    EXPECT_EQ(bench.app.view().walk, (ProcessPlace{2, 0x7f0000002000}));
    EXPECT_EQ(bench.app.view().pid, 2U);
    EXPECT_EQ(bench.app.selected(), frame_behind(bench, 2, 0x7f0000002000));
    EXPECT_EQ(bench.settle(), 1);
}

TEST(ProcessPanel, goes_to_who_maps_a_frame_that_is_selected_and_stays_where_the_shown_one_does) {
    BenchOfPanels bench(kShared, 1440);
    open_panel(bench);
    bench.app.show_walk({1, 0});
    bench.app.select(frame_behind(bench, 2, 0x7f0000002000));
    bench.settle();
    EXPECT_EQ(bench.app.view().walk, (ProcessPlace{2, 0x7f0000002000})) << "init does not map it, sh is the first";
    bench.app.select(frame_behind(bench, 3, 0x7e0000000000));
    bench.settle();
    EXPECT_EQ(bench.app.view().walk, (ProcessPlace{3, 0x7e0000000000}));
    bench.app.select(frame_behind(bench, 2, 0x7f0000002000));
    bench.settle();
    EXPECT_EQ(bench.app.view().walk, (ProcessPlace{3, 0x7f0000002000})) << "the child maps it too";
    bench.app.select(bench.session.snapshot().memory().processes().mm(2).pgd);
    bench.settle();
    EXPECT_EQ(bench.app.view().pid, 2U) << "whose page table it is";
    bench.app.select({0x300});
    bench.settle();
    EXPECT_EQ(bench.app.view().pid, 2U) << "nobody maps a free frame";
}

TEST(ProcessPanel, leaves_the_walk_alone_while_it_is_closed_and_catches_up_when_it_is_opened) {
    BenchOfPanels bench(kShared, 1440);
    bench.app.select(frame_behind(bench, 2, 0x7f0000002000));
    bench.settle();
    EXPECT_EQ(bench.app.view().walk, ProcessPlace());
    bench.app.show_panel("process");
    bench.settle();
    EXPECT_EQ(bench.app.view().walk, (ProcessPlace{3, 0x7f0000002000})) << "the child made the last access";
}

TEST(ProcessPanel, shows_what_is_chosen_inside_a_step_until_the_next_event) {
    BenchOfPanels bench(kShared, 1440);
    open_panel(bench);
    bench.session.look_at(1);
    bench.settle();
    bench.app.show_walk({1, 0x7f0000002000});
    bench.settle();
    EXPECT_TRUE(bench.app.view().is_walk_new);
    bench.session.look_at(2);
    bench.settle();
    EXPECT_FALSE(bench.app.view().is_walk_new);
}

TEST(ProcessPanel, rests_without_processes_and_on_a_large_area) {
    BenchOfPanels none("machine x86_64 { ram = 64M }\n", 1440);
    open_panel(none);
    EXPECT_LT(none.settle(), 10);
    BenchOfPanels large(
        "machine x86_64 { ram = 256M }\nsh = fork(init)\nas sh {\n"
        "  m = mmap(1G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)\n  touch(m, 32M)\n}\n",
        1440);
    open_panel(large);
    EXPECT_LT(large.settle(), 10);
}

TEST(ProcessPanel, a_huge_page_is_one_piece_and_every_place_in_it_leads_to_its_own_frame) {
    BenchOfPanels bench("machine x86_64 { ram = 64M }\nsysctl transparent_hugepage = \"always\"\nsh = fork(init)\n"
                        "as sh {\n  m = mmap(4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, NULL, 0, 0x7f0000000000)\n"
                        "  write(m)\n}\n",
                        1440);
    const PageAllocator& memory = bench.session.snapshot().memory();
    const std::vector<PageView> pages = page_views(memory, 2, 0x7f0000000000, 0x7f0000400000);
    ASSERT_EQ(pages.size(), 1U);
    EXPECT_EQ(pages[0].pages, 512U);
    EXPECT_EQ(area_views(memory, 2)[0].resident, 512U);
    open_panel(bench);
    const Rect panel = bench.app.tiling()[PanelId::process];
    const auto is_inside = [&](const Thing& thing) {
        return thing.is(Thing::Kind::frame) && thing.pfn - pages[0].entry.pfn() - 1 < 511;
    };
    ASSERT_TRUE(bench.point(panel, is_inside));
    bench.click_there();
    EXPECT_LT(bench.app.selected() - pages[0].entry.pfn(), 512U);
    EXPECT_LT(bench.settle(), 10);
}

}  // namespace
}  // namespace mmscope
