// The page map under a pointer: selecting, zooming, panning, its legend.
#include <gtest/gtest.h>

#include "bench_of_panels.h"

namespace mmscope {
namespace {

TEST(Map, selects_the_frame_that_was_clicked) {
    BenchOfPanels bench(kSomeUse);
    for (const u32 pfn : {0x100U, 0x7ffU, 0x1000U, 0x1fffU, 0x2345U}) {
        const auto [x, y] = bench.place_of({pfn});
        bench.click(x, y);
        EXPECT_EQ(bench.app.selected(), Pfn{pfn});
    }
}

TEST(Map, selects_the_right_frame_behind_a_hole) {
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

TEST(Map, selects_with_a_finger_and_hovers_nothing_afterwards) {
    BenchOfPanels bench(kSomeUse, 390, 690, 2);
    const auto [x, y] = bench.place_of({0x1800});
    bench.click(x / 2, y / 2, true);
    EXPECT_EQ(bench.app.selected(), Pfn{0x1800});
    EXPECT_EQ(bench.app.hovered(), kNoPfn);
}

TEST(Map, hovers_the_frame_under_the_pointer) {
    BenchOfPanels bench(kSomeUse);
    const auto [x, y] = bench.place_of({0x1400});
    bench.move(x, y);
    EXPECT_EQ(bench.app.hovered(), Pfn{0x1400});
    bench.app.pointer(PointerKind::leave, 0, 0, 0, false);
    bench.move(-10, -10);
    EXPECT_EQ(bench.app.hovered(), kNoPfn);
}

TEST(Map, zooms_around_the_pointer) {
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

TEST(Map, pans_by_a_drag_and_selects_nothing) {
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

TEST(Map, shows_everything_again_after_a_double_click) {
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

TEST(Map, brings_a_frame_selected_elsewhere_into_view) {
    BenchOfPanels bench("machine x86_64 { ram = 1G }\n");
    for (int i = 0; i < 12; ++i) bench.app.wheel(200, 250, 0, -1);
    bench.settle();
    bench.app.select({0x3f000});
    bench.settle();
    const auto [x, y] = bench.place_of({0x3f000});
    EXPECT_TRUE(bench.app.map().view().contains(static_cast<float>(x), static_cast<float>(y)));
}

TEST(Map, keeps_a_third_of_its_panel_where_the_legends_words_would_take_it) {
    const std::string all_kinds = "machine x86_64 { ram = 64M }\nf = open(4); touch(f)\np = kmalloc(8, GFP_KERNEL)\nsh = fork(init)\n";
    for (const float height : {420.F, 500.F, 690.F}) {
        BenchOfPanels bench(all_kinds, 390, height, 2);
        EXPECT_GT(bench.app.map().view().height(), bench.panel(PanelId::map).height() * 0.35F) << height;
    }
}

TEST(Map, shows_the_types_of_pageblocks_when_the_legends_last_entry_is_pressed) {
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

TEST(Map, shows_the_kinds_of_frames_that_are_asked_for_from_outside) {
    BenchOfPanels bench("machine x86_64 { ram = 64M }");
    bench.app.show_kinds(1U << static_cast<u32>(FrameKind::free));
    bench.settle();
    EXPECT_EQ(bench.app.map().filter().kinds, 1);
    bench.app.show_kinds(0);
    bench.settle();
    EXPECT_TRUE(bench.app.map().filter().is_empty());
}

TEST(Map, leaves_the_frames_of_a_pressed_number_until_another_machine_comes) {
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
