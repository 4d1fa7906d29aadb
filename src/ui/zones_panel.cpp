#include "ui/zones_panel.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "ui/panel.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr double kBreak = 0.36;  // where on the gauge the stretched part ends
constexpr Watermark kMarks[] = {Watermark::min, Watermark::low, Watermark::high};
constexpr const char* kMarkNames[] = {"min", "low", "high"};
static_assert(std::size(kMarks) == std::size(kMarkNames));

u32 largest_reserve(const Zone& zone) {
    return *std::max_element(std::begin(zone.lowmem_reserve), std::end(zone.lowmem_reserve));
}

std::string reserve_text(const Zone& zone) {
    std::string text;
    for (u32 pages : zone.lowmem_reserve) text += (text.empty() ? "" : " ") + std::to_string(pages);
    return text;
}

void draw_gauge(const PanelContext& context, const Painter& p, const Zone& zone, Rect bar) {
    const Theme& theme = context.theme();
    const GaugeScale scale = gauge_scale(zone);
    const auto at = [&](double pages) {
        return bar.x0 + std::round(static_cast<float>(scale.at(pages)) * bar.width());
    };
    p.fill(bar, theme[Ink::raised]);
    const float free_end = at(zone.free_pages);
    p.fill({bar.x0, bar.y0, free_end, bar.y1}, blend(theme[Ink::panel], theme[Ink::accent], 0.55));
    if (const u32 listed = context.memory().pcp_count(zone.position); listed != 0) {
        const float end = std::min(std::max(at(zone.free_pages + listed), free_end + p.px(3)), bar.x1);
        const Rect part{std::min(free_end, end - p.px(3)), bar.y0, end, bar.y1};
        p.fill(part, blend(theme[Ink::panel], theme[Ink::accent], 0.25));
        p.dotted_frame(part, theme[Ink::accent], p.hairline());
    }
    const u32 min = zone.mark(Watermark::min);
    const u32 reserve = largest_reserve(zone);
    if (reserve != 0) p.hatch({at(min), bar.y0, at(min + reserve), bar.y1}, theme[Ink::text].with_alpha(0.45), 5);
    if (zone.boost != 0) {  // how far the marks are pushed up
        const float from = at(zone.watermark[static_cast<u32>(Watermark::min)]), to = at(zone.mark(Watermark::min));
        p.fill({from, bar.y1 + p.px(1), to, bar.y1 + p.px(3)}, theme[Ink::accent]);
    }
    for (Watermark mark : kMarks) {
        const float x = at(zone.mark(mark));
        p.line(x, bar.y0 - p.px(2), x, bar.y1 + p.px(3), theme[Ink::text],
               mark == Watermark::min ? 2 * p.hairline() : 0);
    }
    if (scale.stretched != 0) {
        const float x = at(scale.stretched);
        for (float dx : {-2.0F, 2.0F}) {
            p.line(x + p.px(dx) + p.px(2), bar.y0 - p.px(1), x + p.px(dx) - p.px(2), bar.y1 + p.px(1),
                   theme[Ink::panel], p.px(2));
        }
    }
}

// What stands behind the marks, the more telling first: only what there is.
std::vector<std::pair<const char*, std::string>> further_numbers(const PageAllocator& memory, const Zone& zone) {
    std::vector<std::pair<const char*, std::string>> numbers;
    if (zone.boost != 0) numbers.push_back({"boost", grouped(zone.boost)});
    if (const u32 listed = memory.pcp_count(zone.position); listed != 0) numbers.push_back({"pcp", grouped(listed)});
    if (zone.nr_reserved_highatomic != 0) numbers.push_back({"HighAtomic", grouped(zone.nr_reserved_highatomic)});
    numbers.push_back({"reserve", reserve_text(zone)});
    return numbers;
}

// "min 11,033  low 13,791  high 16,549", and below them "pcp 126  reserve 0 960 960 960 960". Where there is no line
// below, they stand beside the marks as far as there is room; the inspector and the tooltip have them all.
void draw_marks(const PanelContext& context, const Painter& p, const Zone& zone, Rect rest) {
    Rect line = rest.cut_top(p.px(17));
    for (size_t i = 0; i < std::size(kMarks); ++i) named_number(p, line, kMarkNames[i], grouped(zone.mark(kMarks[i])));
    if (rest.height() >= p.px(17)) line = rest.cut_top(p.px(17));
    for (const auto& [name, number] : further_numbers(context.memory(), zone))
        if (named_number_width(p, name, number) <= line.width()) named_number(p, line, name, number);
}

void draw_head(const PanelContext& context, const Painter& p, const Zone& zone, Rect line) {
    const bool grew = context.changes.touched(zone.position);
    Rect rest = line;
    rest.x1 -= p.text(rest, p.words(Size::small, Ink::quiet), "of " + grouped(zone.managed), Align::right) + p.px(5);
    rest.x1 -= p.text(rest, p.words(Size::small, Ink::quiet), "free", Align::right) + p.px(5);
    rest.x1 -=
        p.text(rest, p.digits(Size::body, grew ? Ink::accent : Ink::text), grouped(zone.free_pages), Align::right) +
        p.px(8);
    rest.cut_left(p.text(rest, p.digits(), zone.name()) + p.px(6));
    if (context.memory().nodes() > 1)
        p.text(rest, p.words(Size::small, Ink::quiet), "node " + std::to_string(zone.node));
}

void zone_tooltip(PanelContext& context, const Zone& zone) {
    const std::string name = zone_label(context.memory(), zone);
    const u32 listed = context.memory().pcp_count(zone.position);
    std::vector<std::string> lines{
             grouped(zone.free_pages) + " pages free (" + memory_size(zone.free_pages) + ") in " + name,
             "NR_FREE_PAGES as its CPUs have folded it  " + grouped(zone.nr_free_pages),
             grouped(listed) + " more on the CPUs' lists: pcp->count",
             grouped(zone.managed) + " managed, " + grouped(zone.present) + " present, " + grouped(zone.spanned) +
                 " spanned",
             "_watermark  min " + grouped(zone.mark(Watermark::min)) + "  low " + grouped(zone.mark(Watermark::low)) +
                 "  high " + grouped(zone.mark(Watermark::high)),
             "lowmem_reserve[]  " + reserve_text(zone),
             "pfn " + hex(zone.start.value) + " .. " + hex(zone.start.value + zone.spanned - 1)};
    if (zone.boost != 0) lines.push_back("of each mark is boost  " + grouped(zone.boost));
    if (zone.nr_reserved_highatomic != 0)
        lines.push_back("nr_reserved_highatomic  " + grouped(zone.nr_reserved_highatomic));
    tooltip(context, lines);
}

void draw_zone(PanelContext& context, const Painter& p, const Zone& zone, Rect card) {
    const Theme& theme = context.theme();
    const int selected = zone_of(context.memory(), context.view.selection.selected());
    const int hovered = zone_of(context.memory(), context.view.hover.now());
    const Touch found = touch(zone.position, card);
    if (hovered == zone.position) p.fill(card.inset(p.px(2)), theme[Ink::raised], 4);
    if (selected == zone.position)
        p.fill({card.x0 + p.px(2), card.y0 + p.px(8), card.x0 + p.px(4), card.y1 - p.px(8)}, theme[Ink::accent]);
    if (found.hovered) {
        context.view.hover.point_at(Thing::of_zone(zone.position));
        if (!context.by_touch) zone_tooltip(context, zone);
    }
    if (found.pressed) context.view.select(Thing::of_zone(zone.position));

    Rect rest = card.inset(p.px(metric::kPad), p.px(6));
    draw_head(context, p, zone, rest.cut_top(p.px(22)));
    rest.cut_top(p.px(3));
    draw_gauge(context, p, zone, rest.cut_top(p.px(10)));
    rest.cut_top(p.px(5));
    draw_marks(context, p, zone, rest);
}

}  // namespace

double GaugeScale::at(double pages) const {
    pages = std::clamp(pages, 0.0, managed);
    if (stretched == 0) return pages / managed;
    if (pages <= stretched) return pages / stretched * kBreak;
    return kBreak + (pages - stretched) / (managed - stretched) * (1 - kBreak);
}

GaugeScale gauge_scale(const Zone& zone) {
    const double marks =
        std::max<double>(zone.mark(Watermark::high), zone.mark(Watermark::min) + largest_reserve(zone));
    const double managed = std::max(1.0, static_cast<double>(zone.managed));
    const double stretched = marks * 1.2;
    return {managed, stretched > 0 && stretched < managed * kBreak ? stretched : 0};
}

void zones_panel(PanelContext& context) {
    u64 free = 0, managed = 0;
    std::vector<const Zone*> populated;
    for (const Zone& zone : context.zones()) {
        free += zone.free_pages;
        managed += zone.managed;
        if (zone.is_populated()) populated.push_back(&zone);
    }
    const std::string subtitle = memory_size(free) + " free of " + memory_size(managed);
    const auto panel = begin_panel(context, PanelId::zones, subtitle);
    if (!panel) return;
    Scroll scroll = begin_scroll(context, *panel, "zones", panel->body);
    const Painter& p = scroll.painter;
    const u32 count = static_cast<u32>(populated.size());
    const float css_width = panel->body.width() / p.px(1);
    const u32 columns = zone_columns(css_width, count);
    const u32 rows = (count + columns - 1) / columns;
    const float height = p.px((zones_height(css_width, count) - metric::kTitle) / static_cast<float>(rows));
    const float width = scroll.content.width() / static_cast<float>(columns);
    for (u32 i = 0; i < count; ++i) {
        const float x = std::round(scroll.content.x0 + width * static_cast<float>(i % columns));
        const float y = scroll.content.y0 + height * static_cast<float>(i / columns);
        if (i % columns != 0) p.line(x, y + p.px(8), x, y + height - p.px(8), context.theme()[Ink::line]);
        draw_zone(context, p, *populated[i], {x, y, x + width, y + height});
    }
    end_scroll(scroll, height * static_cast<float>(rows));
    end_panel();
}

}  // namespace mmscope
