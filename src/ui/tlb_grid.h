// The TLB of each CPU that has run a process: its structures as grids, a column a set and a row a way.
#pragma once

#include "ui/panel.h"

namespace mmscope {

// Gives the height of all.
float draw_tlbs(PanelContext& context, const Painter& painter, Rect place);

}  // namespace mmscope
