// The blocks of one list, head first: of a free list, or of a CPU's list.
#pragma once

#include "ui/panel.h"

namespace mmscope {

// The rows of the open list, from `top` on; gives their height.
float draw_block_list(PanelContext& context, const Scroll& scroll, float top);
// Its headline: "order 9 Movable, DMA32".
std::string block_list_title(const PanelContext& context);

// The heads of a list's blocks, first first, at most `most`.
std::vector<Pfn> blocks_on(const PageAllocator& memory, const Thing& list, u32 most);

}  // namespace mmscope
