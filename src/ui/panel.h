// The frame around a panel: its ground, its title bar with "?" and the button that gives it the whole canvas.
//
//     if (const auto panel = begin_panel(context, PanelId::zones, "pages of 4 KiB")) {
//         ... draw in panel->body with panel->painter ...
//         end_panel();
//     }
#pragma once

#include <optional>
#include <string_view>

#include "ui/panel_context.h"

namespace mmscope {

struct Panel {
    Painter painter;
    Rect title;  // what the title bar has left for the panel's own use, right of the title
    Rect body;   // below the title bar, without padding
};

// What shows between the panels and at their corners. The canvas is cleared to the panels' colour, because a clear
// costs next to nothing and a fill of all its pixels does not.
void draw_ground(const PanelContext& context);

// Nothing if the panel has no place at the moment; then end_panel must not be called.
std::optional<Panel> begin_panel(PanelContext& context, PanelId id, std::string_view subtitle);
void end_panel();

// The ground and an empty title bar alone, for what is not a panel of its own. Goes with end_panel, too.
Panel begin_window(PanelContext& context, const char* name, Rect place);
bool close_button(const Painter& painter, u32 id, Rect place);

// Whether the pointer is on a place of the current panel, and whether it was pressed there.
struct Touch {
    bool hovered = false;
    bool pressed = false;
    float x = 0, y = 0;  // where the pointer is, device pixels
};
Touch touch(u32 id, Rect place);

// A part of the panel that scrolls, with the wheel or a finger. `end_scroll` is told how high its content was.
struct Scroll {
    Painter painter;
    Rect content;  // x0, y0, x1 of the content; y1 far below
    Rect seen;     // what of it can be seen
};
Scroll begin_scroll(PanelContext& context, const Panel& panel, const char* id, Rect place);
void end_scroll(const Scroll& scroll, float height);
// Brings a row of the content into sight with the next frame, if it is not there.
void scroll_to(const Scroll& scroll, Rect row);

// "min 11,033": the name quiet, the number in the digits' face; cut off the line.
void named_number(const Painter& p, Rect& line, std::string_view name, std::string_view number);
float named_number_width(const Painter& p, std::string_view name, std::string_view number);

// One sentence in the middle of a body that has nothing to show.
void empty_state(const Panel& panel, std::string_view sentence);

// A note beside the pointer, drawn over everything: first line strong, the others quiet.
void tooltip(PanelContext& context, const std::vector<std::string>& lines);

}  // namespace mmscope
