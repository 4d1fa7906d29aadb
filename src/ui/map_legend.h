// The legend under the map, which is a filter as well: what is chosen keeps its colours, the rest fades.
//
//   [ ] Free  [#] Allocated  [F] Page cache  [A] Anonymous  [/] Reserved  |  [U] Unmovable  [M] Movable ...  [:] pageblocks
//
// Each group chooses on its own. The last entry is a switch: types are then those of the frames' pageblocks, which is
// how one sees these change hands. Pages of files and of anonymous memory join the legend when the script has opened a
// file or mapped an area. Where its words would leave the map no room, as on a phone, there are signs alone.
#pragma once

#include "ui/panel.h"

namespace mmscope {

enum class LegendNames : u8 { shown, hidden };
// Height in device pixels that the legend needs in this width.
float legend_height(const PanelContext& context, const Painter& painter, float width, LegendNames names);
// Draws it; true if the filter was changed.
bool draw_legend(const PanelContext& context, const Painter& painter, Rect place, LegendNames names, LegendFilter* filter);

}  // namespace mmscope
