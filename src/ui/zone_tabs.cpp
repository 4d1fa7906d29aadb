#include "ui/zone_tabs.h"

namespace mmscope {

namespace {

constexpr u32 kZoneIds = 0x10;

float zone_tab_width(const PanelContext& context, const Painter& p, const Zone& zone) {
    return p.width(p.digits(Size::small), zone_label(context.memory(), zone)) + p.px(14);
}

float zone_tabs_width(const PanelContext& context, const Painter& p) {
    float width = p.px(8);
    for (const Zone& zone : context.zones()) width += zone.is_populated() ? zone_tab_width(context, p, zone) : 0;
    return width;
}

// The zones' names; the chosen one underlined.
void draw_tabs(PanelContext& context, const Painter& p, Rect bar) {
    for (const Zone& zone : context.zones()) {
        if (!zone.is_populated()) continue;
        const bool chosen = context.view.zone == zone.position;
        const Rect tab = bar.cut_left(zone_tab_width(context, p, zone));
        if (touch(kZoneIds + zone.position, tab).pressed) context.view.zone = zone.position;
        p.text(tab, p.digits(Size::small, chosen ? Ink::text : Ink::quiet), zone_label(context.memory(), zone),
               Align::center);
        if (chosen) p.fill({tab.x0 + p.px(7), tab.y1 - p.px(2), tab.x1 - p.px(7), tab.y1}, p.theme()[Ink::accent]);
    }
}

Rect zone_tabs(PanelContext& context, const Panel& panel) {
    const Painter& p = panel.painter;
    Rect body = panel.body;
    Rect bar = panel.title;
    bar.cut_left(p.px(8));
    if (zone_tabs_width(context, p) > bar.width()) bar = body.cut_top(p.px(metric::kRow + 4)).inset(p.px(4), 0);
    draw_tabs(context, p, bar);
    return body;
}

}  // namespace

std::optional<ZonePanel> begin_zone_panel(PanelContext& context, PanelId id) {
    const auto panel = begin_panel(context, id, "");
    if (!panel) return std::nullopt;
    if (context.view.zone >= context.zones().size()) {
        empty_state(*panel, "This machine has no zones.");
        end_panel();
        return std::nullopt;
    }
    const Rect body = zone_tabs(context, *panel);  // a press there chooses the zone
    return ZonePanel{*panel, body, context.zones()[context.view.zone]};
}

}  // namespace mmscope
