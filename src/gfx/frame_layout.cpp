#include "gfx/frame_layout.h"

#include <algorithm>
#include <cmath>

namespace mmscope {

namespace {

// The even bits of v, closed up: the column of a Morton number; of v >> 1, the row.
u32 even_bits(u32 v) {
    v &= 0x55555555U;
    v = (v | (v >> 1)) & 0x33333333U;
    v = (v | (v >> 2)) & 0x0f0f0f0fU;
    v = (v | (v >> 4)) & 0x00ff00ffU;
    return (v | (v >> 8)) & 0x0000ffffU;
}

// The inverse: the lower five bits of v, spread to even places.
u32 spread(u32 v) {
    v = (v | (v << 4)) & 0x0f0fU;
    v = (v | (v << 2)) & 0x3333U;
    return (v | (v << 1)) & 0x5555U;
}

}  // namespace

void FrameLayout::set_tiles(const std::vector<std::vector<u16>>& sections) {
    tiles_.clear();
    slots_.clear();
    sections_.clear();
    for (const std::vector<u16>& tiles : sections) {
        if (tiles.empty()) continue;
        if (sections_.size() < kMostSections) sections_.push_back({static_cast<u32>(tiles_.size()), 0, 0, 0});
        sections_.back().slots += static_cast<u32>(tiles.size());
        for (u16 tile : tiles) {
            if (tile >= slots_.size()) slots_.resize(tile + 1U, kNoSlot);
            slots_[tile] = static_cast<u32>(tiles_.size());
            tiles_.push_back(tile);
        }
    }
    ++revision_;
}

u32 FrameLayout::rows_with(u32 columns) const {
    u32 rows = 0;
    for (const Section& section : sections_) rows += (section.slots + columns - 1) / columns;
    return rows;
}

void FrameLayout::arrange(double width, double height, double label) {
    const double labels = label * static_cast<double>(sections_.size());
    const u32 most = std::max<u32>(1, static_cast<u32>(tiles_.size()));
    const u32 step = most >= 64 ? 4 : 1;
    double best = 0;
    columns_ = step;
    for (u32 columns = step; columns < most + step; columns += step) {
        const double tile = std::min(width / columns, (height - labels) / std::max<u32>(1, rows_with(columns)));
        if (tile > best) best = tile, columns_ = columns;
    }
    // A tile is a whole number of pixels wide where that can be: then all tiles look alike.
    fit_scale_ = std::max(best >= 4 ? std::floor(best) : best, 0.25) / kTileSide;
    gap_ = static_cast<u32>(std::ceil(label / fit_scale_));
    u32 top = 0;
    for (Section& section : sections_) {
        section.top = top + gap_;
        section.rows = (section.slots + columns_ - 1) / columns_;
        top = section.top + section.rows * kTileSide;
    }
    height_ = top;
    if (height_ * fit_scale_ > height && height > 0) fit_scale_ = height / height_;
    ++revision_;
}

u32 FrameLayout::slot_of(Pfn pfn) const {
    const u32 tile = pfn.value >> kTileOrder;
    return tile < slots_.size() ? slots_[tile] : kNoSlot;
}

const FrameLayout::Section& FrameLayout::section_of(u32 slot) const {
    const auto after = [](u32 number, const Section& section) { return number < section.first_slot; };
    return *(std::upper_bound(sections_.begin(), sections_.end(), slot, after) - 1);
}

CellRect FrameLayout::tile_in_slot(u32 slot) const {
    const Section& section = section_of(slot);
    const u32 place = slot - section.first_slot;
    const double x = place % columns_ * kTileSide;
    const double y = section.top + place / columns_ * kTileSide;
    return {x, y, x + kTileSide, y + kTileSide};
}

CellRect FrameLayout::block(Pfn pfn, Order order) const {
    const CellRect tile = tile_in_slot(slot_of(pfn));
    const u32 place = pfn.value & (kTileFrames - 1);
    const double x = tile.x0 + even_bits(place);
    const double y = tile.y0 + even_bits(place >> 1);
    return {x, y, x + (1U << ((order.value + 1) / 2)), y + (1U << (order.value / 2))};
}

Pfn FrameLayout::at(double x, double y) const {
    if (x < 0 || x >= width()) return kNoPfn;
    for (const Section& section : sections_) {
        const double down = y - section.top;
        if (down < 0 || down >= section.rows * double{kTileSide}) continue;
        const u32 column = static_cast<u32>(x);
        const u32 row = static_cast<u32>(down);
        const u32 place = row / kTileSide * columns_ + column / kTileSide;
        if (place >= section.slots) return kNoPfn;
        const u32 within = spread(column % kTileSide) | (spread(row % kTileSide) << 1);
        return {(static_cast<u32>(tiles_[section.first_slot + place]) << kTileOrder) + within};
    }
    return kNoPfn;
}

bool FrameLayout::is_after_gap(u32 slot) const {
    return slot != section_of(slot).first_slot && tiles_[slot] != tiles_[slot - 1] + 1;
}

}  // namespace mmscope
