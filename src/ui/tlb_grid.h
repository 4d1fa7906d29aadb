// The TLB of each CPU that has run a process: those of its structures that hold something as grids, a column a set and
// a row a way, each with its level and its sets times ways.
#pragma once

#include "ui/panel.h"

namespace mmscope {

// Gives the height of all.
float draw_tlbs(PanelContext& context, const Painter& painter, Rect place);

}  // namespace mmscope
