#include "ui/zones_panel.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "play/reclaim_view.h"
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

// Where who makes room is said in words: beside the name, or where that is too narrow among the numbers.
enum class ReclaimWords : u8 { beside_name, among_numbers };

// What stands behind the marks, the more telling first: only what there is.
std::vector<std::pair<const char*, std::string>> further_numbers(const PanelContext& context, const Zone& zone,
                                                                 ReclaimWords words) {
    const PageAllocator& memory = context.memory();
    std::vector<std::pair<const char*, std::string>> numbers;
    if (words == ReclaimWords::among_numbers) {
        const ReclaimState state = reclaim_state(context.snapshot, zone);
        numbers.push_back({state == ReclaimState::direct ? "reclaim" : "kswapd",
                           kReclaimStateNames[static_cast<u32>(state)]});
    }
    if (zone.boost != 0) numbers.push_back({"boost", grouped(zone.boost)});
    if (const u32 listed = memory.pcp_count(zone.position); listed != 0) numbers.push_back({"pcp", grouped(listed)});
    if (zone.nr_reserved_highatomic != 0) numbers.push_back({"HighAtomic", grouped(zone.nr_reserved_highatomic)});
    numbers.push_back({"reserve", reserve_text(zone)});
    return numbers;
}

// "min 11,033  low 13,791  high 16,549", and below them "pcp 126  reserve 0 960 960 960 960". Where there is no line
// below, they stand beside the marks as far as there is room; the inspector and the tooltip have them all.
void draw_marks(const PanelContext& context, const Painter& p, const Zone& zone, Rect rest, ReclaimWords words) {
    Rect line = rest.cut_top(p.px(17));
    for (size_t i = 0; i < std::size(kMarks); ++i) named_number(p, line, kMarkNames[i], grouped(zone.mark(kMarks[i])));
    if (rest.height() >= p.px(17)) line = rest.cut_top(p.px(17));
    for (const auto& [name, number] : further_numbers(context, zone, words))
        if (named_number_width(p, name, number) <= line.width()) named_number(p, line, name, number);
}

// A square place of the canvas.
void draw_reclaim_mark(const Painter& p, Rect place, ReclaimState state) {
    const Color color = p.theme()[state == ReclaimState::asleep || state == ReclaimState::ran ? Ink::quiet : Ink::text];
    const float half = place.width() / 2, x = place.x0 + half, y = place.y0 + half;
    const auto dot = [&](float radius) { p.fill({x - radius, y - radius, x + radius, y + radius}, color, radius); };
    switch (state) {
        case ReclaimState::direct:  // a fang, its point down
            p.list()->AddTriangleFilled({place.x0, place.y0}, {place.x1, place.y0}, {x, place.y1}, color.packed());
            return;
        case ReclaimState::awake: return dot(half);
        case ReclaimState::ran: dot(half / 2); break;
        case ReclaimState::hopeless:
            p.line(place.x0, place.y1, place.x1, place.y0, color, 2 * p.hairline());
            break;
        case ReclaimState::asleep: break;
    }
    p.frame(place, color, p.hairline(), half);
}

// The mark, and as much of the words as there is room for: "kswapd asleep", "asleep", or none.
ReclaimWords draw_reclaim(const PanelContext& context, const Painter& p, const Zone& zone, Rect line) {
    const ReclaimState state = reclaim_state(context.snapshot, zone);
    const float side = p.px(8), middle = std::round((line.y0 + line.y1) / 2);
    if (line.width() < side) return ReclaimWords::among_numbers;
    const Rect mark = line.cut_left(side);
    draw_reclaim_mark(p, {mark.x0, middle - side / 2, mark.x1, middle + side / 2}, state);
    line.cut_left(p.px(4));
    const bool is_calm = state == ReclaimState::asleep || state == ReclaimState::ran;
    const Style style = p.words(Size::small, is_calm ? Ink::quiet : Ink::text);
    const u32 at = static_cast<u32>(state);
    for (const char* words : {kReclaimStateWords[at], kReclaimStateNames[at]}) {
        if (p.width(style, words) > line.width()) continue;
        p.text(line, style, words);
        return ReclaimWords::beside_name;
    }
    return ReclaimWords::among_numbers;
}

ReclaimWords draw_head(const PanelContext& context, const Painter& p, const Zone& zone, Rect line) {
    const bool grew = context.changes.touched(zone.position);
    Rect rest = line;
    rest.x1 -= p.text(rest, p.words(Size::small, Ink::quiet), "of " + grouped(zone.managed), Align::right) + p.px(5);
    rest.x1 -= p.text(rest, p.words(Size::small, Ink::quiet), "free", Align::right) + p.px(5);
    rest.x1 -=
        p.text(rest, p.digits(Size::body, grew ? Ink::accent : Ink::text), grouped(zone.free_pages), Align::right) +
        p.px(8);
    rest.cut_left(p.text(rest, p.digits(), zone.name()) + p.px(6));
    if (context.memory().nodes() > 1)
        rest.cut_left(p.text(rest, p.words(Size::small, Ink::quiet), "node " + std::to_string(zone.node)) + p.px(6));
    rest.cut_left(p.px(4));
    return draw_reclaim(context, p, zone, rest);
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
    const ReclaimState state = reclaim_state(context.snapshot, zone);
    lines.push_back("reclaim, last command  " + std::string(kReclaimStateWords[static_cast<u32>(state)]));
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
    const ReclaimWords words = draw_head(context, p, zone, rest.cut_top(p.px(22)));
    rest.cut_top(p.px(3));
    draw_gauge(context, p, zone, rest.cut_top(p.px(10)));
    rest.cut_top(p.px(5));
    draw_marks(context, p, zone, rest, words);
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
