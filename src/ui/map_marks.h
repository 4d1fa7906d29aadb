// What stands on top of the page map's cells: labels in blocks that have room for one, the outlines of what is
// selected, hovered and changed, the names of zones, and addresses beside the rows.
#pragma once

#include "ui/map_camera.h"
#include "ui/panel_context.h"

namespace mmscope {

// The map as it lies on the canvas.
struct MapGround {
    const FrameLayout& layout;
    const MapCamera& camera;
    Rect view;                     // where its cells are drawn
    Rect gutter;                   // left of it, for addresses; may be empty
    const std::vector<u8>& zones;  // the zone (position) of each of the layout's sections
    const LegendFilter& filter;

    Rect on_canvas(const CellRect& cells) const;
    bool is_seen(const Rect& rect) const;
    // The state by whose colours the frame is shown.
    u8 shown(const FrameTable& frames, Pfn pfn) const;
};

// Orders, frame numbers and fields inside blocks and cells that are large enough for them.
void draw_block_labels(const PanelContext& context, const Painter& painter, const MapGround& ground);
// Zone names above their sections, and pins where memory is missing in between.
void draw_places(const PanelContext& context, const Painter& painter, const MapGround& ground);
// Physical addresses beside the rows of tiles.
void draw_gutter(const Painter& painter, const MapGround& ground);
// Blocks that the last command gave or took back, then what is hovered and selected.
void draw_outlines(const PanelContext& context, const Painter& painter, const MapGround& ground);

}  // namespace mmscope
