// Compaction on the page map: the pageblocks that its scanners have looked into, the pages that they moved, and where
// the two stand, each with its name and an arrow towards the other. Also the frames of one file or area.
#pragma once

#include "ui/map_marks.h"

namespace mmscope {

// Everything but the frames of the mapping or cache that is hovered, else those that are counted (null: none are), else
// those of the selected one, drawn faint.
void dim_others(const PanelContext& context, const Painter& painter, const MapGround& ground, const FrameSet* counted);
void draw_scanners(const PanelContext& context, const Painter& painter, const MapGround& ground);
// "moved 132 pages: [ ] from, [#] to", at the right end of a line, if there is room.
void draw_moves_key(const PanelContext& context, const Painter& painter, Rect line);
// What the last command's compaction did with a frame; empty: nothing.
std::string move_text(const PanelContext& context, Pfn pfn);

}  // namespace mmscope
