#include "ui/buddy_panel.h"

#include <algorithm>
#include <cmath>

#include "play/proc_files.h"
#include "ui/opened_panel.h"
#include "ui/text.h"
#include "ui/zone_tabs.h"

namespace mmscope {

namespace {

constexpr u32 kTotals = kMigratetypes;  // the row (or column) of sums
constexpr u32 kLines = kMigratetypes + 1;
constexpr u32 kCellIds = 0x100;
constexpr float kBar = 3;  // CSS pixels at the foot of a cell, so that numbers and their labels stand higher

// Where the matrix has its cells: orders across and types down, or the other way round.
struct Grid {
    Rect place;
    bool stands = false;
    float label = 0, header = 0, cell_width = 0, cell_height = 0;

    Rect at(u32 across, u32 down) const {
        const float x = place.x0 + label + cell_width * static_cast<float>(across);
        const float y = place.y0 + header + cell_height * static_cast<float>(down);
        return {std::round(x), std::round(y), std::round(x + cell_width), std::round(y + cell_height)};
    }
    Rect cell(u32 order, u32 type) const { return stands ? at(type, order) : at(order, type); }
    Rect order_label(u32 order) const {
        Rect rect = cell(order, 0);
        return stands ? Rect{place.x0, rect.y0, rect.x0, rect.y1} : Rect{rect.x0, place.y0, rect.x1, rect.y0};
    }
    Rect type_label(u32 type) const {
        Rect rect = cell(0, type);
        return stands ? Rect{rect.x0, place.y0, rect.x1, rect.y0} : Rect{place.x0, rect.y0, rect.x0, rect.y1};
    }
    float height() const { return header + cell_height * static_cast<float>(stands ? kNrPageOrders : kLines); }
};

Grid make_grid(const Painter& p, Rect place, bool stands, bool by_touch) {
    Grid grid{place, stands, 0, 0, 0, 0};
    const u32 across = stands ? kLines : kNrPageOrders;
    grid.label = p.px(stands ? 62 : place.width() < p.px(720) ? 32 : 108);
    grid.header = p.px(stands ? 24 : 32);
    grid.cell_width = (place.width() - grid.label) / static_cast<float>(across);
    const u32 down = stands ? kNrPageOrders : kLines;
    const float least = p.px(by_touch ? 28 : 24);
    grid.cell_height = std::clamp((place.height() - grid.header) / static_cast<float>(down), least, p.px(34));
    return grid;
}

void draw_type_label(const Painter& p, Rect place, u32 type, bool stands) {
    if (!stands) place.y1 -= p.px(kBar);
    if (type == kTotals) {
        p.text(place, p.words(Size::small, Ink::quiet), "all", stands ? Align::right : Align::left);
        return;
    }
    const float side = p.px(14);
    const Color color = migratetype_color(static_cast<Migratetype>(type));
    const float y = std::round((place.y0 + place.y1 - side) / 2);
    Rect box{place.x0, y, place.x0 + side, y + side};
    if (stands) box = {place.x1 - side, y, place.x1, y + side};
    p.fill(box, color, 3);
    Style letter = p.digits(Size::small);
    const Color dark = Color::hex(0x0E1116), light = Color::hex(0xFFFFFF);
    letter.color = contrast(color, dark) > contrast(color, light) ? dark : light;
    p.text(box, letter, std::string_view(&kMigratetypeLetters[type], 1), Align::center);
    place.cut_left(side + p.px(7));
    if (!stands && place.width() > p.px(60)) p.text(place, p.words(Size::small), kMigratetypeNames[type]);
}

void draw_order_label(const Painter& p, Rect place, u32 order, bool stands) {
    std::string size = memory_size(1U << order);
    if (stands || place.width() < p.px(54)) size = size.substr(0, size.find(' ')) + size.substr(size.find(' ') + 1, 1);
    place.x1 -= stands ? 0 : p.px(6);
    if (stands) {
        place.y1 -= p.px(kBar);
        p.text(place.cut_left(p.px(20)), p.digits(Size::small), std::to_string(order), Align::right);
        place.cut_left(p.px(6));
        p.text(place, p.words(Size::small, Ink::quiet), size);
        return;
    }
    p.text(place.cut_top(place.height() / 2), p.digits(Size::small), std::to_string(order), Align::right);
    p.text(place, p.words(Size::small, Ink::quiet), size, Align::right);
}

// The count, its bar and its change; `list` kind none for a sum.
void draw_cell(const PanelContext& context, const Painter& p, Rect cell, const Zone& zone, u32 order, u32 type,
               bool lit, bool chosen) {
    const Theme& theme = context.theme();
    const bool is_sum = type == kTotals;
    const u64 count = is_sum ? zone.area.nr_free({static_cast<u8>(order)}) : zone.area.count[order][type];
    const i64 change =
        is_sum ? 0 : context.changes.of_list(zone.position, {static_cast<u8>(order)}, static_cast<Migratetype>(type));
    Rect inner = cell.inset(p.px(1));
    if (change != 0) {
        const double age = context.changes.age(context.now);
        p.fill(inner, blend(theme[Ink::panel], theme[Ink::accent], 0.14 + 0.4 * (1 - age) * (1 - age)), 3);
    } else if (lit) {
        p.fill(inner, theme[Ink::raised], 3);
    }
    if (chosen) p.frame(inner, theme[Ink::accent], p.px(1.5F), 3);
    Rect text = inner;
    text.x1 -= p.px(5), text.x0 += p.px(3), text.y1 -= p.px(kBar);
    const u32 room = static_cast<u32>(text.width() / p.width(p.digits(Size::small), "0"));
    const float used = p.text(text, p.digits(Size::small, count == 0 || is_sum ? Ink::quiet : Ink::text),
                              count == 0 ? "\xc2\xb7" : compact(count, room), Align::right);
    text.x1 -= used + p.px(4);
    const std::string delta = signed_grouped(change);
    if (change != 0 && p.width(p.digits(Size::small), delta) <= text.width())
        p.text(text, p.digits(Size::small, Ink::accent), delta);
    if (count == 0 || is_sum || zone.free_pages == 0) return;
    const double share = std::min(1.0, static_cast<double>(count << order) / zone.free_pages);
    const float from = inner.x0 + p.px(4), to = inner.x1 - p.px(4), y = inner.y1 - p.px(4);
    p.fill({from, y, to, y + p.px(2)}, theme[Ink::line]);
    p.fill({from, y, from + std::max(p.px(2), std::round((to - from) * static_cast<float>(share))), y + p.px(2)},
           migratetype_color(static_cast<Migratetype>(type)));
}

void cell_tooltip(PanelContext& context, const Zone& zone, const Thing& list) {
    const u32 type = static_cast<u32>(list.type);
    const u32 count = zone.area.count[list.order.value][type];
    const u64 pages = u64{count} << list.order.value;
    tooltip(context,
            {grouped(count) + (count == 1 ? " free block of " : " free blocks of ") + memory_size(list.order.frames()),
             grouped(pages) + " pages (" + memory_size(pages) + ")",
             "free_area[" + std::to_string(list.order.value) + "].free_list[" + kMigratetypeNames[type] + "] of " +
                 zone_label(context.memory(), zone)});
}

void draw_cells(PanelContext& context, const Painter& p, const Grid& grid, const Zone& zone) {
    ViewState& view = context.view;
    const Thing& selected = view.selection.selected();
    const Thing lists[] = {
        view.hover.now().is(Thing::Kind::list) ? view.hover.now() : list_of(context.memory(), view.hover.now().pfn),
        selected.is(Thing::Kind::list) ? selected : list_of(context.memory(), selected.pfn)};
    for (u32 type = 0; type < kLines; ++type) {
        for (u32 order = 0; order < kNrPageOrders; ++order) {
            const Rect cell = grid.cell(order, type);
            const Thing list = Thing::list(zone.position, {static_cast<u8>(order)}, static_cast<Migratetype>(type));
            draw_cell(context, p, cell, zone, order, type, lists[0] == list, lists[1] == list);
            if (type == kTotals) continue;
            const Touch found = touch(kCellIds + type * kNrPageOrders + order, cell);
            if (found.hovered) {
                view.hover.point_at(list);
                if (!context.by_touch) cell_tooltip(context, zone, list);
            }
            if (found.pressed) view.select(list);
        }
    }
}

float draw_matrix(PanelContext& context, const Painter& p, Rect place, const Zone& zone) {
    const Grid grid = make_grid(p, place, context.tiling.lists_stand, context.by_touch);
    for (u32 type = 0; type < kLines; ++type) draw_type_label(p, grid.type_label(type), type, grid.stands);
    for (u32 order = 0; order < kNrPageOrders; ++order)
        draw_order_label(p, grid.order_label(order), order, grid.stands);
    const Color line = p.theme()[Ink::line];
    const Rect sums = grid.cell(0, kTotals), first = grid.cell(0, 0);
    const Rect last = grid.cell(kNrPageOrders - 1, kTotals);
    if (grid.stands) {
        p.line(place.x0, first.y0, place.x1, first.y0, line);
        p.line(sums.x0, first.y0, sums.x0, last.y1, line);
    } else {
        p.line(place.x0, first.y0, place.x1, first.y0, line);
        p.line(place.x0, sums.y0, place.x1, sums.y0, line);
    }
    draw_cells(context, p, grid, zone);
    return grid.height();
}

// How many pageblocks have each type, over as many lines as it takes; gives their height. Of the types that a running
// system seldom has only those that some pageblock has.
float draw_pageblocks(const PanelContext& context, const Painter& p, Rect place, const Zone& zone) {
    const float top = place.y0;
    Rect line = place.cut_top(p.px(20));
    line.cut_left(p.text(line, p.words(Size::small, Ink::quiet), "pageblocks") + p.px(12));
    const auto counts = pageblock_counts(context.memory(), zone);
    for (u32 type = 0; type < kMigratetypes; ++type) {
        if (counts[type] == 0 && type > static_cast<u32>(Migratetype::reclaimable)) continue;
        const std::string number = grouped(counts[type]);
        if (named_number_width(p, kMigratetypeNames[type], number) > line.width()) line = place.cut_top(p.px(20));
        named_number(p, line, kMigratetypeNames[type], number);
    }
    return place.y0 - top;
}

}  // namespace

void buddy_panel(PanelContext& context) {
    const auto shown = begin_zone_panel(context, PanelId::buddy);
    if (!shown) return;
    Scroll scroll = begin_scroll(context, shown->panel, "matrix", shown->body);
    const Painter& p = scroll.painter;
    const float pad = p.px(context.tiling.lists_stand ? 8 : metric::kPad);
    Rect place{scroll.content.x0 + pad, scroll.content.y0 + p.px(4), scroll.content.x1 - pad,
               scroll.content.y0 + shown->body.height() - p.px(6 + 24)};
    float height = p.px(4) + draw_matrix(context, p, place, shown->zone) + p.px(4);
    place.y0 = scroll.content.y0 + height, place.y1 = scroll.content.y1;
    height += draw_pageblocks(context, p, place, shown->zone) + p.px(6);
    height += draw_opened_under(context, PanelId::buddy, scroll, scroll.content.y0 + height);
    end_scroll(scroll, height);
    end_panel();
}

}  // namespace mmscope
