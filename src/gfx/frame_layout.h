// Where each page frame stands in the picture: pfn to cell and back.
//
// A tile is a block of order 10: 1,024 frames as 32 x 32 cells in Morton (Z) order, so that a block of order o is
// a square or a 2:1 rectangle, and a split or a merge of buddies is a halving that one can see:
//
//     order 4          order 3          order 2        pfn within    0 1 4 5
//     [       ]        [       ]        [   |   ]      the block:    2 3 6 7
//     [       ]        [-------]        [---+---]                    8 9 ..
//
// Tiles without any memory are left out, so a PCI hole costs no room. The others stand in slots, in ascending
// order, in rows of `columns()` tiles; a section (a zone) starts a new row, with room for a label above it.
// All lengths are in cells. A tile belongs to one section whole: where two zones meet inside a tile, the
// lower zone shows it.
#pragma once

#include <vector>

#include "base/types.h"

namespace mmscope {

struct CellRect {
    double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    double width() const { return x1 - x0; }
    double height() const { return y1 - y0; }
};

class FrameLayout {
public:
    static constexpr u32 kTileOrder = 10;
    static constexpr u32 kTileFrames = 1U << kTileOrder;
    static constexpr u32 kTileSide = 32;      // cells
    static constexpr u32 kMostSections = 16;  // what the shader has room for; further zones join the last one

    struct Section {
        u32 first_slot = 0;
        u32 slots = 0;
        u32 top = 0;   // cells
        u32 rows = 0;  // of tiles
    };

    // The tiles (pfn >> 10) that have memory, ascending within each section.
    void set_tiles(const std::vector<std::vector<u16>>& sections);
    // Chooses the tiles per row that show everything largest in `width` x `height` pixels with `label` pixels above
    // each section; whole multiples of 4 tiles (16 MiB) a row on all but small machines.
    void arrange(double width, double height, double label);

    const std::vector<u16>& tiles() const { return tiles_; }  // by slot
    const std::vector<Section>& sections() const { return sections_; }
    u32 columns() const { return columns_; }
    double width() const { return columns_ * double{kTileSide}; }
    double height() const { return height_; }
    double gap() const { return gap_; }              // cells above each section
    double fit_scale() const { return fit_scale_; }  // pixels a cell at which all of it fits
    // Counts up whenever anything above changed.
    u32 revision() const { return revision_; }

    static constexpr u32 kNoSlot = 0xffffffffU;
    u32 slot_of(Pfn pfn) const;  // of its tile; kNoSlot: not in the picture
    bool has(Pfn pfn) const { return slot_of(pfn) != kNoSlot; }
    // The cells of a block of at most order 10; `pfn` aligned to it and in the picture.
    CellRect block(Pfn pfn, Order order) const;
    CellRect tile_in_slot(u32 slot) const;
    // The frame at a place, or kNoPfn between and beside the tiles.
    Pfn at(double x, double y) const;
    // Slot whose tile does not follow the one before it in the same section: memory is missing in between.
    bool is_after_gap(u32 slot) const;

private:
    u32 rows_with(u32 columns) const;
    const Section& section_of(u32 slot) const;

    std::vector<u16> tiles_;
    std::vector<u32> slots_;  // by tile
    std::vector<Section> sections_;
    u32 columns_ = 1;
    u32 gap_ = 0;
    double height_ = 0;
    double fit_scale_ = 1;
    u32 revision_ = 0;
};

}  // namespace mmscope
