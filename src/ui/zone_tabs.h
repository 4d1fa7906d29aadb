// The zones' names over a panel that shows one zone at a time: the one in view underlined, a press chooses another.
#pragma once

#include "ui/panel.h"

namespace mmscope {

// In the title bar, or below it where that is too narrow; gives what is left of the body.
Rect zone_tabs(PanelContext& context, const Panel& panel);

}  // namespace mmscope
