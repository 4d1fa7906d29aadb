// Processes as the picture shows them.
#include <gtest/gtest.h>

#include "bench_of_panels.h"
#include "play/process_view.h"

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
