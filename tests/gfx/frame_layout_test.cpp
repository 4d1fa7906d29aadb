#include "gfx/frame_layout.h"

#include <gtest/gtest.h>

#include <numeric>

namespace mmscope {
namespace {

std::vector<u16> tiles(u16 first, u16 count) {
    std::vector<u16> list(count);
    std::iota(list.begin(), list.end(), first);
    return list;
}

// Node 0's DMA and DMA32 up to 3 GiB, then the rest from 4 GiB: 1 GiB of PCI hole in between.
FrameLayout machine_of_6_gib() {
    FrameLayout layout;
    layout.set_tiles({tiles(0, 4), tiles(4, 764), tiles(1024, 768)});
    layout.arrange(1200, 700, 20);
    return layout;
}

TEST(FrameLayout, gives_every_frame_a_cell_of_its_own_and_finds_it_there) {
    const FrameLayout layout = machine_of_6_gib();
    for (u32 pfn = 0; pfn < (1024 + 768) * FrameLayout::kTileFrames; pfn += 37) {
        if (!layout.has({pfn})) continue;
        const CellRect cell = layout.block({pfn}, {0});
        EXPECT_EQ(cell.width(), 1);
        ASSERT_EQ(layout.at(cell.x0 + 0.5, cell.y0 + 0.5), Pfn{pfn});
    }
}

TEST(FrameLayout, leaves_holes_out) {
    const FrameLayout layout = machine_of_6_gib();
    EXPECT_TRUE(layout.has({768 * 1024 - 1}));
    EXPECT_FALSE(layout.has({768 * 1024}));
    EXPECT_FALSE(layout.has({1024 * 1024 - 1}));
    EXPECT_TRUE(layout.has({1024 * 1024}));
    EXPECT_FALSE(layout.has({2000 * 1024}));
    const double cells = layout.width() * layout.height();
    EXPECT_LT(cells, 1.2 * (768 + 768) * FrameLayout::kTileFrames);
}

// order 0: 1x1, 1: 2x1, 2: 2x2, 3: 4x2 ... 10: 32x32
TEST(FrameLayout, shows_a_block_of_each_order_as_a_square_or_a_two_to_one_rectangle) {
    const FrameLayout layout = machine_of_6_gib();
    for (u8 order = 0; order <= 10; ++order) {
        const CellRect block = layout.block({5 * 1024}, {order});
        EXPECT_EQ(block.width() * block.height(), 1 << order);
        EXPECT_EQ(block.width(), block.height() * (order % 2 + 1));
    }
}

TEST(FrameLayout, makes_neighbours_of_buddies) {
    const FrameLayout layout = machine_of_6_gib();
    for (u8 order = 0; order < 10; ++order) {
        const CellRect whole = layout.block({6 * 1024}, {static_cast<u8>(order + 1)});
        const CellRect low = layout.block({6 * 1024}, {order});
        const CellRect high = layout.block({6 * 1024 + (1U << order)}, {order});
        EXPECT_EQ(low.x0, whole.x0);
        EXPECT_EQ(high.x1, whole.x1);
        EXPECT_EQ(high.y1, whole.y1);
        EXPECT_TRUE(low.x1 == high.x0 || low.y1 == high.y0);
    }
}

TEST(FrameLayout, keeps_every_frame_of_a_block_inside_its_rectangle) {
    const FrameLayout layout = machine_of_6_gib();
    for (u8 order = 0; order <= 10; ++order) {
        const Pfn head{7 * 1024 + (order == 10 ? 0U : 3U << order & 1023U & ~((1U << order) - 1))};
        const CellRect block = layout.block(head, {order});
        for (u32 i = 0; i < (1U << order); ++i) {
            const CellRect cell = layout.block(head + i, {0});
            EXPECT_TRUE(cell.x0 >= block.x0 && cell.x1 <= block.x1 && cell.y0 >= block.y0 && cell.y1 <= block.y1);
        }
    }
}

TEST(FrameLayout, has_nothing_between_the_zones_and_beside_the_last_tile) {
    FrameLayout layout;
    layout.set_tiles({tiles(0, 4), tiles(4, 60)});
    layout.arrange(800, 600, 20);
    EXPECT_EQ(layout.at(-1, 30), kNoPfn);
    EXPECT_EQ(layout.at(layout.width() + 1, 30), kNoPfn);
    EXPECT_EQ(layout.at(0.5, layout.sections()[0].top - 0.5), kNoPfn);
    EXPECT_EQ(layout.at(0.5, layout.sections()[1].top - 0.5), kNoPfn);
    EXPECT_EQ(layout.at(4 * 32 + 0.5, layout.sections()[0].top + 0.5), kNoPfn);
    EXPECT_EQ(layout.at(0.5, layout.height() + 0.5), kNoPfn);
}

TEST(FrameLayout, fits_into_the_view_at_its_own_scale) {
    for (const auto& [width, height] : {std::pair{1200.0, 700.0}, {370.0, 300.0}, {300.0, 900.0}, {2400.0, 400.0}}) {
        FrameLayout layout = machine_of_6_gib();
        layout.arrange(width, height, 20);
        EXPECT_LE(layout.width() * layout.fit_scale(), width + 0.5);
        EXPECT_LE(layout.height() * layout.fit_scale(), height + 0.5);
    }
}

TEST(FrameLayout, marks_tiles_after_missing_memory_inside_a_zone) {
    FrameLayout layout;
    layout.set_tiles({{0, 1, 5, 6}, tiles(8, 4)});
    layout.arrange(800, 600, 20);
    EXPECT_FALSE(layout.is_after_gap(0));
    EXPECT_FALSE(layout.is_after_gap(1));
    EXPECT_TRUE(layout.is_after_gap(2));
    EXPECT_FALSE(layout.is_after_gap(4));
}

TEST(FrameLayout, lets_surplus_zones_join_the_last_section) {
    FrameLayout layout;
    std::vector<std::vector<u16>> many;
    for (u16 i = 0; i < 20; ++i) many.push_back({i});
    layout.set_tiles(many);
    layout.arrange(800, 600, 20);
    EXPECT_EQ(layout.sections().size(), FrameLayout::kMostSections);
    EXPECT_TRUE(layout.has({19 * 1024}));
    EXPECT_EQ(layout.at(layout.block({19 * 1024}, {0}).x0, layout.block({19 * 1024}, {0}).y0), Pfn{19 * 1024});
}

TEST(FrameLayout, stands_an_empty_machine_and_an_empty_view) {
    FrameLayout layout;
    layout.set_tiles({});
    layout.arrange(0, 0, 20);
    EXPECT_EQ(layout.at(0, 0), kNoPfn);
    EXPECT_FALSE(layout.has({0}));
}

}  // namespace
}  // namespace mmscope
