// What the page map shows in one frame: plain values from whoever lays it out to whoever draws it.
//
// The palette has two colours for each of the 256 state bytes: the cell and the outline of its block. A state
// that the legend filters out simply has fainter colours. Pixels are device pixels of the framebuffer.
#pragma once

#include <array>

#include "gfx/frame_layout.h"

namespace mmscope {

struct MapPalette {
    std::array<u32, 256> cell{};     // 0xAABBGGRR; alpha is 255, or less where the colour is hatched over the panel
    std::array<u32, 256> outline{};  // alpha 0: blocks of this state have none
    u32 panel = 0;                   // behind the cells
    u32 revision = 0;                // counts up whenever any colour changed
};

// Frames outside the lit list are drawn faint. `head_state` is the state byte of the heads of its blocks, which lie in
// first .. first + frames - 1 (a zone).
struct LitList {
    bool is_lit = false;
    Order order;
    u8 head_state = 0;
    Pfn first;
    u32 frames = 0;
    friend bool operator==(const LitList&, const LitList&) = default;
};

// The migratetype of each pageblock, for a map that shows these in the place of the frames' own types; null: it does
// not. Where two zones meet inside a pageblock it has one colour, the lower zone's.
struct PageblockTypes {
    const u8* types = nullptr;
    u32 count = 0;
    Order order;
};

struct MapScene {
    const FrameLayout* layout = nullptr;
    const MapPalette* palette = nullptr;
    // The rectangle of the framebuffer, y downwards, and the framebuffer's height.
    int x = 0, y = 0, width = 0, height = 0, framebuffer_height = 0;
    // The camera: the cell at the rectangle's upper left corner, and pixels a cell.
    double left = 0, top = 0, scale = 1;
    double pixel_ratio = 1;  // device pixels a CSS pixel: the width of a hairline
    LitList lit;
    PageblockTypes pageblocks;
};

}  // namespace mmscope
