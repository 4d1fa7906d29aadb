// Would it succeed? A table of requests, orders across and flags down: which zone would give right now, from where and
// by which mark, or why none would; and for one cell the whole chain of zones with the numbers that decide.
//
//     GFP_KERNEL    [D32 +] [D32 o] [D32 !m] [ < ]      zone and source: = the CPU's list, + a refill of it, o the free
//                                                       lists, ! claim, ~ steal, * HighAtomic; m by min, x by no mark
//
// The answers are would_alloc's, asked anew in every drawn frame; nothing of them is kept.
#pragma once

#include "ui/panel.h"

namespace mmscope {

MMSCOPE_LATER void ask_panel(PanelContext& context);

// The chain of the opened request, from `top` on; gives its height.
float draw_chain(PanelContext& context, const Scroll& scroll, float top);
// Its headline: "GFP_KERNEL, order 3".
std::string chain_title(const PanelContext& context);

}  // namespace mmscope
