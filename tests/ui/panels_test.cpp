// Panels: what opens from them, their tabs, the whole canvas, their "?".
#include <gtest/gtest.h>

#include "bench_of_panels.h"
#include "ui/block_list.h"

namespace mmscope {
namespace {

constexpr const char* kTwoCpus =
    "machine x86_64 { ram = 1G; cpus = 2 }\nrepeat 20 { a[] = alloc_page(GFP_KERNEL) }\n"
    "on cpu 1 { b = alloc_page(GFP_HIGHUSER_MOVABLE) }\n__free_page(a[3])\n";

TEST(Panels, opens_a_list_from_its_count_and_a_frame_from_its_list) {
    BenchOfPanels bench(kSomeUse, 1060, 760);
    const Zone& zone = bench.session.snapshot().memory().zones()[bench.app.view().zone];
    ASSERT_NE(zone.area.count[10][1], 0U);
    // The last column of the row of Movable: order 10.
    const Rect& buddy = bench.panel(PanelId::buddy);
    bench.click(buddy.x1 - 30, buddy.y0 + 32 + 4 + 32 + 24 * 1.5);
    const Thing list = Thing::list(zone.position, {10}, Migratetype::movable);
    EXPECT_EQ(bench.app.view().selection.selected(), list);
    ASSERT_FALSE(bench.app.tiling().list.is_empty());
    const Rect& rows = bench.app.tiling().list;
    bench.click(rows.x0 + 60, rows.y0 + 32 + 24 + 12);
    const std::vector<Pfn> blocks = blocks_on(bench.session.snapshot().memory(), list, 10);
    EXPECT_EQ(bench.app.selected(), blocks.at(0));
}

TEST(Panels, opens_a_cpus_list_from_its_cell_and_a_frame_from_the_list) {
    BenchOfPanels bench(kTwoCpus);
    bench.bring(PanelId::pcp);
    const PageAllocator& memory = bench.session.snapshot().memory();
    const Thing list = Thing::cpu_list(bench.app.view().zone, 1, 1);  // order 0, Movable
    ASSERT_FALSE(blocks_on(memory, list, 10).empty());
    ASSERT_TRUE(bench.point(bench.panel(PanelId::pcp), [&](const Thing& thing) { return thing == list; }));
    bench.click_there();
    EXPECT_EQ(bench.app.view().open_list, list);
    const Rect& rows = bench.app.tiling().list;
    ASSERT_FALSE(rows.is_empty());
    bench.click(rows.x0 + 60, rows.y0 + 32 + 24 + 12);
    EXPECT_EQ(bench.app.selected(), blocks_on(memory, list, 10).at(0));
}

TEST(Panels, lights_the_cpus_list_of_the_frame_under_the_pointer) {
    BenchOfPanels bench(kTwoCpus);
    const PageAllocator& memory = bench.session.snapshot().memory();
    const Thing list = Thing::cpu_list(bench.app.view().zone, 1, 1);
    EXPECT_EQ(list_of(memory, blocks_on(memory, list, 10).at(2)), list);
}

TEST(Panels, opens_the_chain_of_a_request_from_its_cell_and_lets_go_of_it) {
    BenchOfPanels bench(kTwoCpus);
    bench.bring(PanelId::ask);
    const Thing request = Thing::request(3, {9});  // GFP_ATOMIC
    ASSERT_TRUE(bench.point(bench.panel(PanelId::ask), [&](const Thing& thing) { return thing == request; }));
    bench.click_there();
    EXPECT_EQ(bench.app.view().open_list, request);
    EXPECT_FALSE(bench.app.tiling().list.is_empty());
    EXPECT_TRUE(bench.key("Escape"));
    EXPECT_TRUE(bench.key("Escape"));
    EXPECT_TRUE(bench.app.view().open_list.is(Thing::Kind::none));
}

TEST(Panels, keeps_an_open_request_through_another_step_and_forgets_it_with_the_machine) {
    BenchOfPanels bench(kTwoCpus);
    bench.bring(PanelId::ask);
    ASSERT_TRUE(bench.point(bench.panel(PanelId::ask), [](const Thing& thing) { return thing.is(Thing::Kind::request); }));
    bench.click_there();
    bench.seek(3);
    bench.settle();
    EXPECT_TRUE(bench.app.view().open_list.is(Thing::Kind::request));
    bench.session.load("#!mm 1\nmachine x86_32 { ram = 32M }\n");
    bench.settle();
    EXPECT_TRUE(bench.app.view().open_list.is(Thing::Kind::none));
}

TEST(Panels, lights_the_hovered_list_on_the_map) {
    BenchOfPanels bench(kSomeUse, 1060, 760);
    const Rect& buddy = bench.panel(PanelId::buddy);
    bench.move(buddy.x1 - 30, buddy.y0 + 32 + 4 + 32 + 24 * 1.5);
    EXPECT_TRUE(bench.app.view().hover.now().is(Thing::Kind::list));
}

TEST(Panels, gives_a_panel_the_whole_canvas_and_takes_it_back) {
    BenchOfPanels bench(kSomeUse);
    const Rect map = bench.panel(PanelId::map);
    bench.click(map.x1 - 16, map.y0 + 16);
    EXPECT_EQ(bench.panel(PanelId::map), (Rect{0, 0, 1060, 760}));
    EXPECT_TRUE(bench.panel(PanelId::zones).is_empty());
    EXPECT_TRUE(bench.key("Escape"));
    EXPECT_EQ(bench.panel(PanelId::map), map);
}

TEST(Panels, asks_for_the_help_of_the_panel_whose_question_mark_was_pressed) {
    BenchOfPanels bench(kSomeUse);
    EXPECT_STREQ(bench.app.take_help_request(), "");
    for (const PanelId id : {PanelId::zones, PanelId::map, PanelId::buddy, PanelId::pcp, PanelId::ask, PanelId::reclaim,
                             PanelId::inspector}) {
        if (is_list_panel(id)) bench.bring(id);
        const Rect& panel = bench.panel(id);
        bench.click(panel.x1 - 48, panel.y0 + 16);
        EXPECT_STREQ(bench.app.take_help_request(), kPanelNames[static_cast<u32>(id)]);
        EXPECT_STREQ(bench.app.take_help_request(), "");
    }
}

TEST(Panels, brings_a_list_panel_to_the_front_by_its_name_and_then_leaves_the_choice_to_the_tabs) {
    for (const auto& [width, height] : {std::pair{1540.F, 950.F}, {390.F, 690.F}}) {
        BenchOfPanels bench(kSomeUse, width, height);
        for (u32 i = 0; i < kPanels; ++i) {
            const auto id = static_cast<PanelId>(i);
            EXPECT_EQ(bench.app.show_panel(kPanelNames[i]), is_list_panel(id)) << kPanelNames[i];
            bench.settle();
            if (is_list_panel(id)) {
                EXPECT_FALSE(bench.panel(id).is_empty()) << kPanelNames[i];
            }
        }
        EXPECT_FALSE(bench.app.show_panel("trace"));
        bench.bring(PanelId::pcp);
        bench.settle();
        EXPECT_FALSE(bench.panel(PanelId::pcp).is_empty());
    }
}

TEST(Panels, brings_a_list_panel_to_the_front_that_takes_the_whole_canvas_from_another) {
    BenchOfPanels bench(kSomeUse);
    const Rect lists = bench.panel(PanelId::buddy);
    bench.click(lists.x1 - 16, lists.y0 + 16);
    bench.app.show_panel("slab");
    bench.settle();
    EXPECT_EQ(bench.panel(PanelId::slab), (Rect{0, 0, 1060, 760}));
}

}  // namespace
}  // namespace mmscope
