// The inspector: struct page of the selected frame (or of the one under the pointer, while none is selected), or
// struct zone of the selected zone.
//
// The frame number stands in binary as well: the bits below the block's order count frames inside the block,
// and the bit at the order is the one that tells a block from its buddy.
#pragma once

#include "ui/panel_context.h"

namespace mmscope {

void inspector_panel(PanelContext& context);

}  // namespace mmscope
