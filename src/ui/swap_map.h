// The slots of one swap area as a grid, in the order in which they are given: free ones are the ground, used ones
// filled, and hatched those whose page is in the swap cache too. A large area has a cell for several slots: the more of
// them are used, the stronger.
#pragma once

#include "ui/panel.h"

namespace mmscope {

// Draws into the top of `place`; its height. The pointer on a cell tells what is there.
float swap_map(PanelContext& context, const Painter& p, Rect place, u32 area, u32 id);

}  // namespace mmscope
