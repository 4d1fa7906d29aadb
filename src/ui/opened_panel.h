// What is opened from a list panel: the blocks of a list, or why a request of "Would it succeed?" gets what it gets.
//
// It stands beside the inspector where there is room (Tiling::list), and under the panel's table elsewhere.
#pragma once

#include "ui/panel.h"

namespace mmscope {

// The panel of its own; nothing where it has no place.
MMSCOPE_LATER void opened_panel(PanelContext& context);
// The rows under a panel's table, from `top` on; gives their height, 0 where they stand elsewhere or `id` did not
// open them.
MMSCOPE_LATER float draw_opened_under(PanelContext& context, PanelId id, const Scroll& scroll, float top);

}  // namespace mmscope
