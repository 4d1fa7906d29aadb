#include "ui/app.h"

#include <gtest/gtest.h>

#include "bench_of_panels.h"
#include "ui/block_list.h"

namespace mmscope {
namespace {

constexpr const char* kSomeUse =
    "machine x86_64 { ram = 64M }\nrepeat 20 { a[] = alloc_pages(GFP_KERNEL, 1) }\nb = alloc_pages(GFP_KERNEL, 5)\n";

constexpr const char* kTwoCpus =
    "machine x86_64 { ram = 1G; cpus = 2 }\nrepeat 20 { a[] = alloc_page(GFP_KERNEL) }\n"
    "on cpu 1 { b = alloc_page(GFP_HIGHUSER_MOVABLE) }\n__free_page(a[3])\n";

class Machines : public ::testing::TestWithParam<const char*> {};

TEST_P(Machines, are_shown_in_every_shape_theme_and_pixel_ratio_and_then_rest) {
    BenchOfPanels bench(GetParam());
    for (const auto& [width, height] :
         {std::pair{1540, 950}, {1060, 420}, {768, 1024}, {390, 690}, {320, 480}, {120, 60}}) {
        for (const double ratio : {1.0, 1.5, 2.0}) {
            bench.app.set_theme(ratio == 1.0 ? ThemeKind::dark : ThemeKind::light, Motion::full);
            bench.app.resize(width, height, ratio);
            bench.settle();
            EXPECT_EQ(bench.settle(), 1);
        }
    }
}

TEST_P(Machines, have_every_list_panel_in_every_shape) {
    for (const auto& [width, height] : {std::pair{1540, 950}, {1060, 420}, {390, 690}}) {
        BenchOfPanels bench(GetParam(), static_cast<float>(width), static_cast<float>(height));
        for (const PanelId id : {PanelId::pcp, PanelId::ask, PanelId::reclaim, PanelId::buddy}) {
            bench.bring(id);
            EXPECT_FALSE(bench.panel(id).is_empty());
            EXPECT_EQ(bench.settle(), 1);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, Machines,
    ::testing::Values(kSomeUse, "machine x86_64 { ram = 1G }\nalloc_pages(GFP_KERNEL, 3)\n",
                      "machine x86_64 { ram = 6G; nodes = 2; cpus = 2 }\nalloc_pages(GFP_KERNEL, 10)\n",
                      "machine x86_32 { ram = 1G }\nalloc_pages(GFP_HIGHUSER, 2)\n",
                      "machine x86_64 { ram = 128M; cpus = 2 }\nrepeat 300 { p[] = alloc_page(GFP_KERNEL) }\n"
                      "while alloc_pages(GFP_KERNEL, 2) != NULL {}\non cpu 1 { alloc_pages(GFP_ATOMIC, 3) }\n",
                      "machine x86_64 { ram = 64M; kernel = \"2.6\"; cpus = 4 }\nalloc_page(GFP_KERNEL)\n",
                      "machine x86_64 { ram = 64M; kernel = \"6.1\" }\nalloc_page(GFP_KERNEL)\n",
                      "machine x86_32_pae { ram = 2G }\nalloc_pages(GFP_DMA, 0)\n", "machine x86_64 { ram = 16M }\n"));

TEST(App, draws_nothing_on_a_canvas_without_size) {
    LookingMapView map_view;
    Session session;
    session.load("#!mm 1\n");
    App app(map_view);
    EXPECT_FALSE(app.frame(session.snapshot(), 16));
    app.resize(0, 0, 1);
    EXPECT_FALSE(app.frame(session.snapshot(), 32));
}

TEST(App, shows_a_session_that_has_no_machine_yet) {
    LookingMapView map_view;
    Session session;
    App app(map_view);
    app.resize(800, 600, 1);
    app.frame(session.snapshot(), 16);
}

TEST(App, wants_no_frame_when_nothing_changed) {
    BenchOfPanels bench(kSomeUse);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(bench.settle(), 1);
}

TEST(App, moves_for_a_while_after_a_step_and_then_rests) {
    BenchOfPanels bench(kSomeUse);
    bench.seek(20);
    bench.settle();
    bench.seek(21);
    EXPECT_GT(bench.settle(), 10);
    EXPECT_EQ(bench.settle(), 1);
}

TEST(App, does_not_move_when_motion_is_reduced) {
    BenchOfPanels bench(kSomeUse);
    bench.app.set_theme(ThemeKind::dark, Motion::reduced);
    bench.settle();
    bench.seek(20);
    bench.settle();
    bench.seek(21);
    EXPECT_LE(bench.settle(), 3);
}

TEST(App, selects_the_frame_that_was_clicked) {
    BenchOfPanels bench(kSomeUse);
    for (const u32 pfn : {0x100U, 0x7ffU, 0x1000U, 0x1fffU, 0x2345U}) {
        const auto [x, y] = bench.place_of({pfn});
        bench.click(x, y);
        EXPECT_EQ(bench.app.selected(), Pfn{pfn});
    }
}

TEST(App, selects_the_right_frame_behind_a_hole) {
    BenchOfPanels bench("machine x86_64 { ram = 6G }\n", 1540, 950);
    bench.app.select({0x140123});
    bench.settle();
    for (int i = 0; i < 30; ++i) {
        const auto [x, y] = bench.place_of({0x140123});
        bench.app.wheel(x, y, 0, -1);
        bench.settle();
    }
    bench.app.select(kNoPfn);
    const auto [x, y] = bench.place_of({0x140123});
    bench.click(x, y);
    EXPECT_EQ(bench.app.selected(), Pfn{0x140123});
}

TEST(App, selects_with_a_finger_and_hovers_nothing_afterwards) {
    BenchOfPanels bench(kSomeUse, 390, 690, 2);
    const auto [x, y] = bench.place_of({0x1800});
    bench.click(x / 2, y / 2, true);
    EXPECT_EQ(bench.app.selected(), Pfn{0x1800});
    EXPECT_EQ(bench.app.hovered(), kNoPfn);
}

TEST(App, hovers_the_frame_under_the_pointer) {
    BenchOfPanels bench(kSomeUse);
    const auto [x, y] = bench.place_of({0x1400});
    bench.move(x, y);
    EXPECT_EQ(bench.app.hovered(), Pfn{0x1400});
    bench.app.pointer(PointerKind::leave, 0, 0, 0, false);
    bench.move(-10, -10);
    EXPECT_EQ(bench.app.hovered(), kNoPfn);
}

TEST(App, zooms_around_the_pointer) {
    BenchOfPanels bench(kSomeUse);
    const auto [x, y] = bench.place_of({0x1c00});
    for (int i = 0; i < 8; ++i) bench.app.wheel(x, y, 0, -1);
    bench.settle();
    const auto [x_after, y_after] = bench.place_of({0x1c00});
    EXPECT_NEAR(x_after, x, 1.5);
    EXPECT_NEAR(y_after, y, 1.5);
    bench.app.pinch(x, y, 0.01);
    bench.settle();
    EXPECT_TRUE(bench.app.map().camera().is_fitted());
}

TEST(App, pans_by_a_drag_and_selects_nothing) {
    BenchOfPanels bench(kSomeUse);
    const auto [x, y] = bench.place_of({0x1c00});
    for (int i = 0; i < 10; ++i) bench.app.wheel(x, y, 0, -1);
    bench.settle();
    const double left = bench.app.map().camera().left();
    bench.app.pointer(PointerKind::down, x, y, 0, false);
    bench.settle();
    bench.app.pointer(PointerKind::move, x - 40, y, 0, false);
    bench.settle();
    bench.app.pointer(PointerKind::up, x - 40, y, 0, false);
    bench.settle();
    EXPECT_GT(bench.app.map().camera().left(), left);
    EXPECT_EQ(bench.app.selected(), kNoPfn);
}

TEST(App, shows_everything_again_after_a_double_click) {
    BenchOfPanels bench(kSomeUse);
    const auto [x, y] = bench.place_of({0x1c00});
    for (int i = 0; i < 10; ++i) bench.app.wheel(x, y, 0, -1);
    bench.settle();
    for (int i = 0; i < 2; ++i) {
        bench.app.pointer(PointerKind::down, x, y, 0, false);
        bench.app.frame(bench.session.snapshot(), bench.now += 16);
        bench.app.pointer(PointerKind::up, x, y, 0, false);
        bench.app.frame(bench.session.snapshot(), bench.now += 16);
    }
    bench.settle();
    EXPECT_TRUE(bench.app.map().camera().is_fitted());
}

TEST(App, brings_a_frame_selected_elsewhere_into_view) {
    BenchOfPanels bench("machine x86_64 { ram = 1G }\n");
    for (int i = 0; i < 12; ++i) bench.app.wheel(200, 250, 0, -1);
    bench.settle();
    bench.app.select({0x3f000});
    bench.settle();
    const auto [x, y] = bench.place_of({0x3f000});
    EXPECT_TRUE(bench.app.map().view().contains(static_cast<float>(x), static_cast<float>(y)));
}

TEST(App, opens_a_list_from_its_count_and_a_frame_from_its_list) {
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

TEST(App, opens_a_cpus_list_from_its_cell_and_a_frame_from_the_list) {
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

TEST(App, lights_the_cpus_list_of_the_frame_under_the_pointer) {
    BenchOfPanels bench(kTwoCpus);
    const PageAllocator& memory = bench.session.snapshot().memory();
    const Thing list = Thing::cpu_list(bench.app.view().zone, 1, 1);
    EXPECT_EQ(list_of(memory, blocks_on(memory, list, 10).at(2)), list);
}

TEST(App, opens_the_chain_of_a_request_from_its_cell_and_lets_go_of_it) {
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

TEST(App, keeps_an_open_request_through_another_step_and_forgets_it_with_the_machine) {
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

TEST(App, lights_the_hovered_list_on_the_map) {
    BenchOfPanels bench(kSomeUse, 1060, 760);
    const Rect& buddy = bench.panel(PanelId::buddy);
    bench.move(buddy.x1 - 30, buddy.y0 + 32 + 4 + 32 + 24 * 1.5);
    EXPECT_TRUE(bench.app.view().hover.now().is(Thing::Kind::list));
}

TEST(App, lets_go_one_thing_at_a_time) {
    BenchOfPanels bench(kSomeUse);
    bench.app.select({0x1400});
    bench.settle();
    EXPECT_TRUE(bench.key("Escape"));
    EXPECT_EQ(bench.app.selected(), kNoPfn);
    EXPECT_FALSE(bench.key("Escape"));
}

TEST(App, goes_by_a_selection_not_drawn_yet_when_a_key_comes) {
    BenchOfPanels bench(kSomeUse);
    bench.app.select({0x1400});
    EXPECT_TRUE(bench.app.key("ArrowRight", true, true, false));
    EXPECT_EQ(bench.app.selected(), Pfn{0x1401});
    bench.app.select({0x1500});
    EXPECT_TRUE(bench.app.key("Escape", true, false, false));
    EXPECT_EQ(bench.app.selected(), kNoPfn);
    EXPECT_FALSE(bench.app.key("Escape", true, false, false));
    bench.settle();
    EXPECT_EQ(bench.app.selected(), kNoPfn);
}

TEST(App, walks_back_and_forward_through_selections) {
    BenchOfPanels bench(kSomeUse);
    for (const u32 pfn : {0x1400U, 0x1500U, 0x1600U}) {
        bench.app.select({pfn});
        bench.settle();
    }
    EXPECT_TRUE(bench.key("["));
    EXPECT_EQ(bench.app.selected(), Pfn{0x1500});
    EXPECT_TRUE(bench.key("["));
    EXPECT_FALSE(bench.key("["));
    EXPECT_TRUE(bench.key("]"));
    EXPECT_EQ(bench.app.selected(), Pfn{0x1500});
}

TEST(App, moves_the_selection_with_shift_and_arrows) {
    BenchOfPanels bench(kSomeUse);
    bench.app.select({0x1400});
    bench.settle();
    bench.key("ArrowRight", true);
    EXPECT_EQ(bench.app.selected(), Pfn{0x1401});
    bench.key("ArrowDown", true);
    EXPECT_EQ(bench.app.selected(), Pfn{0x1403});
}

TEST(App, never_uses_keys_that_belong_to_the_page) {
    BenchOfPanels bench(kSomeUse);
    bench.app.select({0x1400});
    for (const char* name : {"Tab", "F1", "F5", "F12", "a", "Enter", " "})
        EXPECT_FALSE(bench.app.key(name, true, false, false)) << name;
    for (const char* name : {"Escape", "[", "0", "ArrowLeft"})
        EXPECT_FALSE(bench.app.key(name, true, false, true)) << name;
    EXPECT_FALSE(bench.app.key("Tab", true, true, false));
}

TEST(App, gives_a_panel_the_whole_canvas_and_takes_it_back) {
    BenchOfPanels bench(kSomeUse);
    const Rect map = bench.panel(PanelId::map);
    bench.click(map.x1 - 16, map.y0 + 16);
    EXPECT_EQ(bench.panel(PanelId::map), (Rect{0, 0, 1060, 760}));
    EXPECT_TRUE(bench.panel(PanelId::zones).is_empty());
    EXPECT_TRUE(bench.key("Escape"));
    EXPECT_EQ(bench.panel(PanelId::map), map);
}

TEST(App, asks_for_the_help_of_the_panel_whose_question_mark_was_pressed) {
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

TEST(App, brings_a_list_panel_to_the_front_by_its_name_and_then_leaves_the_choice_to_the_tabs) {
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

TEST(App, brings_a_list_panel_to_the_front_that_takes_the_whole_canvas_from_another) {
    BenchOfPanels bench(kSomeUse);
    const Rect lists = bench.panel(PanelId::buddy);
    bench.click(lists.x1 - 16, lists.y0 + 16);
    bench.app.show_panel("slab");
    bench.settle();
    EXPECT_EQ(bench.panel(PanelId::slab), (Rect{0, 0, 1060, 760}));
}

TEST(App, forgets_the_selection_of_another_machine) {
    BenchOfPanels bench(kSomeUse);
    bench.app.select({0x1400});
    bench.settle();
    bench.session.load("#!mm 1\nmachine x86_32 { ram = 32M }\n");
    bench.settle();
    EXPECT_EQ(bench.app.selected(), kNoPfn);
}

TEST(App, keeps_a_selection_made_before_anything_was_drawn) {
    LookingMapView map_view;
    Session session;
    session.load("#!mm 1\nmachine x86_64 { ram = 64M }\n");
    App app(map_view);
    app.select({0x1400});
    EXPECT_EQ(app.selected(), Pfn{0x1400});
    app.resize(800, 600, 1);
    app.frame(session.snapshot(), 16);
    EXPECT_EQ(app.selected(), Pfn{0x1400});
}

TEST(App, keeps_its_panels_where_they_are_while_numbers_change) {
    BenchOfPanels bench(kSomeUse);
    const Tiling before = bench.app.tiling();
    bench.seek(0);
    bench.settle();
    for (u32 i = 0; i < kPanels; ++i) EXPECT_EQ(bench.app.tiling().panels[i], before.panels[i]);
}

TEST(Picture, shows_the_types_of_pageblocks_when_the_legends_last_entry_is_pressed) {
    BenchOfPanels bench("machine x86_64 { ram = 64M }");
    const Rect map = bench.panel(PanelId::map);
    const auto is_on = [&] { return bench.app.map().filter().of_pageblocks; };
    float x = map.x1 - 8;
    while (x > map.x0 && !is_on()) bench.click(x -= 20, map.y1 - 16);
    EXPECT_TRUE(is_on());
    EXPECT_TRUE(bench.app.map().filter().is_empty());
    bench.click(x, map.y1 - 16);
    EXPECT_FALSE(is_on());
}

TEST(Picture, shows_the_kinds_of_frames_that_are_asked_for_from_outside) {
    BenchOfPanels bench("machine x86_64 { ram = 64M }");
    bench.app.show_kinds(1U << static_cast<u32>(FrameKind::free));
    bench.settle();
    EXPECT_EQ(bench.app.map().filter().kinds, 1);
    bench.app.show_kinds(0);
    bench.settle();
    EXPECT_TRUE(bench.app.map().filter().is_empty());
}

TEST(Picture, leaves_the_frames_of_a_pressed_number_until_another_machine_comes) {
    BenchOfPanels bench(kSomeUse);
    const Zone& zone = bench.session.snapshot().memory().zones()[1];
    EXPECT_TRUE(bench.app.show_frames_of("node 0 zone DMA32"));
    bench.settle();
    EXPECT_EQ(bench.app.map().counted_frames().size(), zone.spanned);
    EXPECT_FALSE(bench.app.show_frames_of("zone of mine"));
    bench.settle();
    EXPECT_EQ(bench.app.map().counted_frames().size(), 0U);
    bench.app.show_frames_of("node 0 zone DMA32");
    bench.settle();
    bench.session.load("#!mm 1\nmachine x86_32 { ram = 32M }\n");
    bench.settle();
    EXPECT_EQ(bench.app.map().counted_frames().size(), 0U);
}

}  // namespace
}  // namespace mmscope
