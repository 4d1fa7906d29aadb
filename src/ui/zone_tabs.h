// A panel that shows one zone at a time: the zones' names over it, the one in view underlined; a press chooses another.
#pragma once

#include "ui/panel.h"

namespace mmscope {

struct ZonePanel {
    Panel panel;
    Rect body;         // what the zones' names leave of the panel's, where its title bar is too narrow for them
    const Zone& zone;  // in view
};

// Nothing if the panel is collapsed or the machine has no zones, which it then says; else goes with end_panel.
std::optional<ZonePanel> begin_zone_panel(PanelContext& context, PanelId id);

}  // namespace mmscope
