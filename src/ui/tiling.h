// Where each panel stands on the canvas. Panels are tiles with thin gaps between them; none ever covers another.
//
//   wide                          low                           tall (phones)
//   +-----------------------+    +------------------+------+    +-----------+
//   | zones                 |    | zones            | lists|    | zones     |
//   +---------------+-------+    +------------------+  or  |    +-----------+
//   | map           | frame |    | map              | frame|    | map       |
//   +---------------+       |    |                  |      |    +-----------+
//   | free lists    |       |    +------------------+------+    | lists or  |
//   +---------------+-------+                                   | frame     |
//                                                               +-----------+
// Lists: one place that six panels share, with tabs in their title bar: free lists, the CPUs' lists, what a request
// would get, what reclaim and compaction have to work with, the slab caches, and processes. Where there is less room the frame
// stands there too. All in device pixels; nothing here depends on ImGui.
#pragma once

#include "ui/geometry.h"
#include "ui/theme.h"

namespace mmscope {

enum class PanelId : u8 { zones, map, buddy, pcp, ask, reclaim, slab, process, inspector };
inline constexpr u32 kPanels = 9;
// The names by which the page knows them, and asks for their "?" texts.
inline constexpr const char* kPanelNames[kPanels] = {"zones", "map", "buddy", "pcp", "ask", "reclaim", "slab", "process",
                                                "inspector"};
inline constexpr const char* kPanelTitles[kPanels] = {
    "Zones", "Page map", "Free lists", "CPU lists", "Would it succeed?", "Reclaim", "Slab", "Processes", "Inspector"};
// Of narrow tabs.
inline constexpr const char* kShortTitles[kPanels] = {"Zones", "Map", "Free", "CPU", "Ask", "Reclaim", "Slab", "Proc", "Frame"};
constexpr bool is_list_panel(PanelId id) { return id >= PanelId::buddy && id <= PanelId::process; }

enum class Shape : u8 { wide, low, tall };

struct Tiling {
    Shape shape = Shape::wide;
    Rect panels[kPanels];      // empty: not to be seen
    Rect list;                 // what is opened from a list panel; empty where it stands under its table
    bool is_shared = false;    // the frame stands where the lists do; only the chosen one is there
    bool lists_stand = false;  // the free lists have orders downwards, as they do in a narrow panel

    bool is_tab(PanelId id) const { return is_list_panel(id) || (is_shared && id == PanelId::inspector); }
    const Rect& operator[](PanelId id) const { return panels[static_cast<u32>(id)]; }
};

struct TilingWishes {
    u32 zones = 1;                    // populated ones
    PanelId lists = PanelId::buddy;   // which of the list panels is in front
    PanelId shared = PanelId::buddy;  // the same where the frame shares their place
    bool is_list_open = false;
    bool is_alone = false;  // one panel has the whole canvas:
    PanelId alone = PanelId::map;
};

// `width` and `height` in device pixels.
Tiling tile(float width, float height, float pixel_ratio, const TilingWishes& wishes);

// Height in CSS pixels that the zones want in a strip of this width (CSS pixels), and how many stand side by side.
u32 zone_columns(float width, u32 zones);
float zones_height(float width, u32 zones);

}  // namespace mmscope
