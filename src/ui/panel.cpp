#include "ui/panel.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>

namespace mmscope {

namespace {

constexpr ImGuiWindowFlags kWindow = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                     ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBackground |
                                     ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoScrollWithMouse |
                                     ImGuiWindowFlags_NoBringToFrontOnFocus;
constexpr u32 kButtonIds = 0xf000;
constexpr float kZoneTabs = 150;  // CSS pixels that tabs leave for the names of zones beside them, if they can

bool icon_button(const Painter& painter, u32 id, Rect place, Rect* icon) {
    const Touch found = touch(id, place);
    if (found.hovered) painter.fill(place.inset(painter.px(4)), painter.theme()[Ink::raised], 4);
    const float side = painter.px(10);
    const float x = std::round((place.x0 + place.x1 - side) / 2), y = std::round((place.y0 + place.y1 - side) / 2);
    *icon = {x, y, x + side, y + side};
    return found.pressed;
}

// Four corners of a frame: outward when the panel may grow, inward when it may shrink back.
void draw_corners(const Painter& p, Rect icon, bool inward) {
    const Color color = p.theme()[Ink::quiet];
    const float arm = p.px(4), thick = p.hairline();
    for (int corner = 0; corner < 4; ++corner) {
        const bool right = corner & 1, down = corner & 2;
        const float x = right ? icon.x1 - (inward ? arm : thick) : icon.x0 + (inward ? arm - thick : 0);
        const float y = down ? icon.y1 - (inward ? arm : thick) : icon.y0 + (inward ? arm - thick : 0);
        const float x0 = right ? icon.x1 - arm : icon.x0, y0 = down ? icon.y1 - arm : icon.y0;
        p.line(x0, y, x0 + arm, y, color);
        p.line(x, y0, x, y0 + arm, color);
    }
}

void title_buttons(PanelContext& context, const Painter& p, PanelId id, Rect* bar) {
    ViewState& view = context.view;
    Rect icon;
    if (icon_button(p, kButtonIds, bar->cut_right(bar->height()), &icon)) {
        view.is_alone = !view.is_alone;
        view.alone = id;
    }
    draw_corners(p, icon, view.is_alone);
    if (icon_button(p, kButtonIds + 1, bar->cut_right(bar->height()), &icon)) view.help = static_cast<int>(id);
    p.text(icon.inset(-p.px(4)), p.words(Size::body, Ink::quiet), "?", Align::center);
}

// The names of the panels that share a place, short ones where there is no room; the one in front underlined.
void title_tabs(PanelContext& context, const Painter& p, PanelId front, Rect* bar) {
    float gap = p.px(16), wanted = 0;
    const auto width = [&](const char* title) { return p.width(p.words(), title) + gap; };
    for (u32 i = 0; i < kPanels; ++i)
        if (context.tiling.is_tab(static_cast<PanelId>(i))) wanted += width(kPanelTitles[i]);
    const float room = bar->width() - p.px(kZoneTabs);
    const char* const* titles = wanted <= room ? kPanelTitles : kShortTitles;
    if (titles == kShortTitles && bar->width() < p.px(340)) gap = p.px(11);  // a phone
    for (u32 i = 0; i < kPanels; ++i) {
        const PanelId id = static_cast<PanelId>(i);
        if (!context.tiling.is_tab(id)) continue;
        const bool chosen = front == id;
        const Rect tab = bar->cut_left(width(titles[i]));
        if (touch(kButtonIds + 2 + i, tab).pressed) {
            context.view.bring_to_front(id);
            if (context.view.is_alone) context.view.alone = id;
        }
        p.text(tab.inset(std::floor(gap / 2), 0), p.words(Size::body, chosen ? Ink::text : Ink::quiet), titles[i]);
        if (chosen) p.fill({tab.x0 + gap / 2, tab.y1 - p.px(2), tab.x1 - gap / 2, tab.y1}, p.theme()[Ink::accent]);
    }
}

void title_bar(PanelContext& context, Panel* panel, PanelId id, std::string_view subtitle) {
    const Painter& p = panel->painter;
    Rect& bar = panel->title;
    title_buttons(context, p, id, &bar);
    const bool is_tab = context.tiling.is_tab(id);
    bar.cut_left(p.px(is_tab ? metric::kPad - 8 : metric::kPad));
    if (is_tab) {
        title_tabs(context, p, id, &bar);
        return;
    }
    bar.cut_left(p.text(bar, p.words(), kPanelTitles[static_cast<u32>(id)]) + p.px(10));
    const float wide = p.width(p.words(Size::small), subtitle);
    if (wide < bar.width()) bar.cut_left(p.text(bar, p.words(Size::small, Ink::quiet), subtitle) + p.px(10));
}

}  // namespace

void draw_ground(const PanelContext& context) {
    const Painter& p = context.painter;
    const Color ground = context.theme()[Ink::ground];
    const float gap = p.px(metric::kGap);
    std::vector<Rect> places(std::begin(context.tiling.panels), std::end(context.tiling.panels));
    places.push_back(context.tiling.list);
    for (const Rect& place : places) {
        if (place.is_empty()) continue;
        p.fill({place.x1, place.y0, place.x1 + gap, place.y1 + gap}, ground);
        p.fill({place.x0, place.y1, place.x1, place.y1 + gap}, ground);
        if (!context.view.is_alone) p.round_corners(place, ground, metric::kRadius);
    }
}

Panel begin_window(PanelContext& context, const char* name, Rect place) {
    ImGui::SetNextWindowPos({place.x0, place.y0});
    ImGui::SetNextWindowSize({place.width(), place.height()});
    ImGui::Begin(name, nullptr, kWindow);
    Panel panel{context.painter.on(ImGui::GetWindowDrawList()), {}, place};
    const Painter& p = panel.painter;
    panel.title = panel.body.cut_top(p.px(metric::kTitle));
    const float y = panel.title.y1 - p.hairline();
    p.line(place.x0, y, place.x1, y, context.theme()[Ink::line]);
    return panel;
}

bool close_button(const Painter& p, u32 id, Rect place) {
    Rect icon;
    const bool pressed = icon_button(p, id, place, &icon);
    const Color color = p.theme()[Ink::quiet];
    p.line(icon.x0 + 1, icon.y0 + 1, icon.x1 - 1, icon.y1 - 1, color, p.px(1.2F));
    p.line(icon.x0 + 1, icon.y1 - 1, icon.x1 - 1, icon.y0 + 1, color, p.px(1.2F));
    return pressed;
}

std::optional<Panel> begin_panel(PanelContext& context, PanelId id, std::string_view subtitle) {
    const Rect place = context.tiling[id];
    if (place.is_empty()) return std::nullopt;
    Panel panel = begin_window(context, kPanelNames[static_cast<u32>(id)], place);
    title_bar(context, &panel, id, subtitle);
    return panel;
}

void end_panel() { ImGui::End(); }

Touch touch(u32 id, Rect place) {
    if (place.is_empty()) return {};
    ImGui::PushID(static_cast<int>(id));
    ImGui::SetCursorScreenPos({place.x0, place.y0});
    const bool clicked = ImGui::InvisibleButton("touch", {place.width(), place.height()});
    const bool hovered = ImGui::IsItemHovered();
    ImGui::PopID();
    // A finger that scrolled does not press.
    const float slack = ImGui::GetIO().MouseDragThreshold;
    return {hovered, clicked && ImGui::GetIO().MouseDragMaxDistanceSqr[0] <= slack * slack, ImGui::GetIO().MousePos.x,
            ImGui::GetIO().MousePos.y};
}

Scroll begin_scroll(PanelContext& context, const Panel& panel, const char* id, Rect place) {
    ImGui::SetCursorScreenPos({place.x0, place.y0});
    ImGui::BeginChild(id, {std::max(1.0F, place.width()), std::max(1.0F, place.height())}, 0,
                      ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoNav);
    const bool held = ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem) && ImGui::IsMouseDown(0);
    if (context.by_touch && held) ImGui::SetScrollY(ImGui::GetScrollY() - ImGui::GetIO().MouseDelta.y);
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float wide = ImGui::GetContentRegionAvail().x;
    return {panel.painter.on(ImGui::GetWindowDrawList()), {start.x, start.y, start.x + wide, start.y + 1e6F}, place};
}

void end_scroll(const Scroll& scroll, float height) {
    ImGui::SetCursorScreenPos({scroll.content.x0, scroll.content.y0});
    ImGui::Dummy({1, std::max(1.0F, height)});
    ImGui::EndChild();
}

void scroll_to(const Scroll& scroll, Rect row) {
    if (row.y0 >= scroll.seen.y0 && row.y1 <= scroll.seen.y1) return;
    const float middle = (row.y0 + row.y1) / 2 - scroll.content.y0;
    ImGui::SetScrollY(std::max(0.0F, middle - scroll.seen.height() / 2));
}

void named_number(const Painter& p, Rect& line, std::string_view name, std::string_view number) {
    line.cut_left(p.text(line, p.words(Size::small, Ink::quiet), name) + p.px(4));
    line.cut_left(p.text(line, p.digits(Size::small), number) + p.px(10));
}

float named_number_width(const Painter& p, std::string_view name, std::string_view number) {
    return p.width(p.words(Size::small), name) + p.px(4) + p.width(p.digits(Size::small), number);
}

void empty_state(const Panel& panel, std::string_view sentence) {
    const Painter& p = panel.painter;
    Rect line = panel.body.inset(p.px(metric::kPad));
    line.y1 = line.y0 + p.px(metric::kRow);
    p.text(line, p.words(Size::small, Ink::quiet), sentence);
}

void tooltip(PanelContext& context, const std::vector<std::string>& lines) {
    const Painter p = context.painter.on(ImGui::GetForegroundDrawList());
    const float line = p.px(metric::kLine), pad = p.px(8);
    float wide = 0;
    for (const std::string& text : lines) wide = std::max(wide, p.width(p.digits(Size::small), text));
    const ImVec2 pointer = ImGui::GetIO().MousePos, canvas = ImGui::GetIO().DisplaySize;
    const float width = wide + 2 * pad, height = line * static_cast<float>(lines.size()) + 2 * pad;
    float x = pointer.x + p.px(14), y = pointer.y + p.px(16);
    if (x + width > canvas.x) x = std::max(0.0F, pointer.x - width - p.px(10));
    if (y + height > canvas.y) y = std::max(0.0F, pointer.y - height - p.px(10));
    const Rect box{std::round(x), std::round(y), std::round(x + width), std::round(y + height)};
    p.fill(box, p.theme()[Ink::raised], metric::kRadius);
    p.frame(box, p.theme()[Ink::line], p.hairline(), metric::kRadius);
    Rect rest = box.inset(pad);
    for (size_t i = 0; i < lines.size(); ++i) {
        p.text(rest.cut_top(line), p.digits(Size::small, i == 0 ? Ink::text : Ink::quiet), lines[i]);
    }
}

}  // namespace mmscope
