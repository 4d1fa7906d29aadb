// The picture as a whole: it is shown in every shape, moves for a while, rests, and stays where it is.
#include <gtest/gtest.h>

#include "bench_of_panels.h"

namespace mmscope {
namespace {

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

TEST(App, keeps_its_panels_where_they_are_while_numbers_change) {
    BenchOfPanels bench(kSomeUse);
    const Tiling before = bench.app.tiling();
    bench.seek(0);
    bench.settle();
    for (u32 i = 0; i < kPanels; ++i) EXPECT_EQ(bench.app.tiling().panels[i], before.panels[i]);
}

}  // namespace
}  // namespace mmscope
