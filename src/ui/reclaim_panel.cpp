#include "ui/reclaim_panel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/lru_belts.h"
#include "ui/reclaim_fields.h"
#include "ui/swap_map.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr float kColumn = 290;  // least width of a column, CSS pixels
constexpr float kNames = 128;
constexpr u32 kRowIds = 0x100, kMapIds = 0x4000;

std::string title_of(const ReclaimGroup& group) {
    switch (group.kind) {
        case ReclaimGroup::Kind::node:
            return "Node " + group.name + ", LRU lists";
        case ReclaimGroup::Kind::command:
            return "The last command";
        case ReclaimGroup::Kind::zone:
            return "Zone " + group.name;
        case ReclaimGroup::Kind::swap:
            return "Swap";
        case ReclaimGroup::Kind::mappings:
            break;
    }
    return "In memory, by file and area";
}

// A list's pages, a piece for each zone; the longest list takes the whole width.
void draw_bar(const Painter& p, Rect bar, const ReclaimRow& row, u32 longest) {
    const bool is_file = row.name.ends_with("file");
    const Color color = owner_color(is_file ? Owner::page_cache : Owner::anonymous);
    p.fill(bar, p.theme()[Ink::raised]);
    float x = bar.x0;
    for (const u32 pages : row.by_zone) {
        const float share = static_cast<float>(pages) / static_cast<float>(std::max(1U, longest));
        const float wide = std::max(p.px(2), std::round(bar.width() * share));
        p.fill({x, bar.y0, std::min(bar.x1, x + wide - p.hairline()), bar.y1}, color);
        x += wide;
    }
}

u32 longest_of(const ReclaimGroup& group) {
    u32 longest = 0;
    for (const ReclaimRow& row : group.rows)
        longest = std::max(longest, std::accumulate(row.by_zone.begin(), row.by_zone.end(), 0U));
    return longest;
}

void draw_row(PanelContext& context, const Painter& p, Rect* place, const ReclaimRow& row, u32 longest, u32 id) {
    const Style style = p.digits(Size::small);
    const float line = p.px(context.by_touch ? 24 : metric::kLine), top = place->y0;
    const bool is_link = row.mapping != kNoMapping;
    const Thing meant = is_link ? Thing::of_mapping(row.mapping) : Thing();
    Rect first = place->cut_top(line);
    const bool is_chosen = is_link && context.view.selection.selected() == meant;
    const Rect name = first.cut_left(std::min(p.px(is_link ? 2 * kNames : kNames), first.width() * 0.7F));
    p.text(name, is_link ? p.digits(Size::small, Ink::accent) : p.words(Size::small, Ink::quiet), row.name);
    const size_t room = static_cast<size_t>(std::max(4.0F, first.width() / p.width(style, "0")));
    bool is_first = true;
    for (const std::string& text : wrapped(row.value, room)) {
        const Rect place_of_text = is_first ? first : place->cut_top(line);
        p.text(place_of_text, p.digits(Size::small, row.value == "0" ? Ink::quiet : Ink::text), text, Align::right);
        is_first = false;
    }
    if (longest != 0 && !row.by_zone.empty()) {
        draw_bar(p, place->cut_top(p.px(4)), row, longest);
        place->cut_top(p.px(2));
    }
    if (row.swap_area != kMostSwapAreas) place->cut_top(swap_map(context, p, *place, row.swap_area, id + kMapIds));
    const Rect whole{place->x0, top, place->x1, place->y0};
    if (is_chosen) p.line(whole.x0, whole.y1 - p.hairline(), whole.x1, whole.y1 - p.hairline(), p.theme()[Ink::accent]);
    const Touch found = touch(id, whole);
    if (found.hovered && !context.by_touch) tooltip(context, {row.name + "  " + row.value, row.source});
    if (!is_link) return;
    if (found.hovered) context.view.hover.point_at(meant);
    if (found.pressed) context.view.select(meant);
}

void draw_group(PanelContext& context, const Painter& p, Rect* place, const ReclaimGroup& group, u32* id) {
    p.text(place->cut_top(p.px(metric::kRow)), p.words(), title_of(group));
    p.line(place->x0, place->y0, place->x1, place->y0, p.theme()[Ink::line]);
    place->cut_top(p.px(4));
    const u32 longest = longest_of(group);
    for (const ReclaimRow& row : group.rows) draw_row(context, p, place, row, longest, (*id)++);
    place->cut_top(p.px(10));
}

}  // namespace

void reclaim_panel(PanelContext& context) {
    const auto panel = begin_panel(context, PanelId::reclaim, "");
    if (!panel) return;
    Scroll scroll = begin_scroll(context, *panel, "reclaim", panel->body);
    const Painter& p = scroll.painter;
    Rect body = scroll.content.inset(p.px(metric::kPad), 0);
    body.cut_top(p.px(4));
    if (!has_lru_pages(context.memory())) {
        p.text(body.cut_top(p.px(metric::kRow)), p.words(Size::small, Ink::quiet),
               "Nothing can be reclaimed yet. In the script: f = open(1000), then touch(f).");
    } else {
        body.cut_top(draw_lru_belts(context, p, body));
    }
    const u32 columns = std::max(1U, static_cast<u32>(body.width() / p.px(kColumn)));
    const float wide =
        std::floor((body.width() - p.px(20) * static_cast<float>(columns - 1)) / static_cast<float>(columns));
    std::vector<Rect> places;
    for (u32 i = 0; i < columns; ++i) {
        const float x = body.x0 + static_cast<float>(i) * (wide + p.px(20));
        places.push_back({x, body.y0, x + wide, body.y1});
    }
    u32 id = kRowIds;
    const auto is_higher = [](const Rect& a, const Rect& b) { return a.y0 < b.y0; };
    for (const ReclaimGroup& group : reclaim_groups(context.snapshot))
        draw_group(context, p, &*std::min_element(places.begin(), places.end(), is_higher), group, &id);
    const float bottom = std::max_element(places.begin(), places.end(), is_higher)->y0;
    end_scroll(scroll, bottom - scroll.content.y0);
    end_panel();
}

}  // namespace mmscope
