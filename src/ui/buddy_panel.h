// The free lists of one zone as a matrix, orders by migratetypes, as /proc/pagetypeinfo has them, with the sums that
// /proc/buddyinfo has; and the blocks of one list, head first.
//
// The bar under a count is the list's share of the zone's free pages. A list that the last command made longer
// or shorter says by how much. A click on a count opens its list: beside the inspector where there is room, under
// the matrix elsewhere.
#pragma once

#include "ui/panel.h"

namespace mmscope {

void buddy_panel(PanelContext& context);
// The panel of the open list (Tiling::list); nothing where it has no place of its own.
void block_list_panel(PanelContext& context);

// The list's rows, from `top` on; gives their height. Shared by the two places where it can stand.
float draw_block_list(PanelContext& context, const Scroll& scroll, float top);
// Its headline: "order 9 Movable of DMA32, 27 blocks, head first".
std::string block_list_title(const PanelContext& context);

// The heads of a list's blocks, first first, at most `most`.
std::vector<Pfn> blocks_on(const PageAllocator& memory, const Thing& list, u32 most);

}  // namespace mmscope
