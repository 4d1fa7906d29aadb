#include "ui/pcp_panel.h"

#include <algorithm>
#include <cmath>

#include "ui/block_list.h"
#include "ui/opened_panel.h"
#include "ui/text.h"
#include "ui/zone_tabs.h"

namespace mmscope {

namespace {

constexpr u32 kListIds = 0x1000;
constexpr float kCellWidth = 52;  // at least, CSS pixels
constexpr float kCellHeight = 26;

// "0U", "9M"; of the two lists of huge pages "9-" has all that is not Movable.
std::string short_name(const PageAllocator& memory, u32 list) {
    const char letter = list < 12 ? kMigratetypeLetters[list % 3] : list == 12 ? '-' : 'M';
    return std::to_string(cpu_list_order(memory, list)->value) + letter;
}

Migratetype type_of(u32 list) {
    if (list == 12) return Migratetype::unmovable;
    return list == 13 ? Migratetype::movable : static_cast<Migratetype>(list % 3);
}

void draw_cell(const PanelContext& context, const Painter& p, Rect cell, u32 list, u32 blocks, double share, bool lit,
               bool chosen) {
    const Theme& theme = context.theme();
    const Rect inner = cell.inset(p.px(1));
    p.fill(inner, theme[Ink::raised], 3);
    if (lit) p.fill(inner, blend(theme[Ink::raised], theme[Ink::accent], 0.25), 3);
    if (chosen) p.frame(inner, theme[Ink::accent], p.px(1.5F), 3);
    Rect text = inner;
    text.x0 += p.px(4), text.x1 -= p.px(4), text.y1 -= p.px(3);
    p.text(text, p.words(Size::small, Ink::quiet), short_name(context.memory(), list));
    p.text(text, p.digits(Size::small, blocks == 0 ? Ink::quiet : Ink::text),
           blocks == 0 ? "\xc2\xb7" : compact(blocks, 4), Align::right);
    if (blocks == 0) return;
    const float y = inner.y1 - p.px(4);
    const float wide = std::max(p.px(2), std::round(text.width() * static_cast<float>(share)));
    p.fill({text.x0, y, text.x0 + wide, y + p.px(2)}, migratetype_color(type_of(list)));
}

void cell_tooltip(PanelContext& context, const Zone& zone, const Thing& list, u32 blocks) {
    const u32 pages = blocks << cpu_list_order(context.memory(), list.number)->value;
    tooltip(context, {grouped(blocks) + (blocks == 1 ? " block, " : " blocks, ") + grouped(pages) +
                          (pages == 1 ? " page" : " pages"),
                      "pcp->lists[" + std::to_string(list.number) + "] of CPU " + std::to_string(list.cpu) + ", zone " +
                          zone_label(context.memory(), zone),
                      cpu_list_name(context.memory(), list.number) + ": not in nr_free, not in NR_FREE_PAGES"});
}

// The counters, over as many lines as they take.
void draw_numbers(const PanelContext& context, const Painter& p, Rect* place, const Zone& zone, u32 cpu) {
    const float height = p.px(20);
    Rect line = place->cut_top(height);
    line.cut_left(p.text(line, p.digits(), "CPU " + std::to_string(cpu)) + p.px(14));
    for (const NamedNumber& entry : pcp_numbers(context.memory(), zone, cpu)) {
        const std::string number =
            entry.number < 0 ? signed_grouped(entry.number) : grouped(static_cast<u64>(entry.number));
        if (named_number_width(p, entry.name, number) > line.width()) line = place->cut_top(height);
        named_number(p, line, entry.name, number);
    }
}

// The lists, from left to right and on to the next row.
void draw_lists(PanelContext& context, const Painter& p, Rect* place, const Zone& zone, u32 cpu) {
    ViewState& view = context.view;
    const Thing lit =
        view.hover.now().is(Thing::Kind::frame) ? list_of(context.memory(), view.hover.now().pfn) : view.hover.now();
    const Thing& selected = view.selection.selected();
    const Thing chosen = selected.is(Thing::Kind::frame) ? list_of(context.memory(), selected.pfn) : selected;
    u32 lists = 0;
    while (lists < kNrPcpLists && cpu_list_order(context.memory(), lists)) ++lists;
    u32 across = std::clamp(static_cast<u32>(place->width() / p.px(kCellWidth)), 1U, lists);
    if (across < lists) across = std::max(1U, across / 3 * 3);  // an order's three types stay together
    const float width = place->width() / static_cast<float>(across), height = p.px(context.by_touch ? 32 : kCellHeight);
    const u32 count = std::max(1U, context.memory().pcp(zone.position, cpu).count);
    Rect row;
    for (u8 list = 0; list < lists; ++list) {
        if (list % across == 0) row = place->cut_top(height);
        const Rect cell = row.cut_left(width);
        const Thing thing = Thing::cpu_list(zone.position, cpu, list);
        const u32 blocks = static_cast<u32>(blocks_on(context.memory(), thing, ~0U).size());
        const double share = static_cast<double>(blocks << cpu_list_order(context.memory(), list)->value) / count;
        draw_cell(context, p, cell, list, blocks, std::min(1.0, share), lit == thing, chosen == thing);
        const Touch found = touch(kListIds + cpu * kNrPcpLists + list, cell);
        if (found.hovered) {
            view.hover.point_at(thing);
            if (!context.by_touch) cell_tooltip(context, zone, thing, blocks);
        }
        if (found.pressed) view.select(thing);
    }
}

}  // namespace

std::vector<NamedNumber> pcp_numbers(const PageAllocator& memory, const Zone& zone, u32 cpu) {
    const PerCpuPages& pages = memory.pcp(zone.position, cpu);
    std::vector<NamedNumber> numbers{{"count", pages.count}};
    switch (memory.profile().pcp_tuning) {
        case Profile::PcpTuning::fixed:
            numbers.insert(numbers.end(), {{"high", zone.pcp_high}, {"batch", zone.pcp_batch}});
            break;
        case Profile::PcpTuning::free_factor:
            numbers.insert(numbers.end(),
                           {{"high", zone.pcp_high}, {"batch", zone.pcp_batch}, {"free_factor", pages.free_factor}});
            break;
        case Profile::PcpTuning::adaptive:
            numbers.insert(numbers.end(), {{"high", pages.high},
                                           {"batch", zone.pcp_batch},
                                           {"high_min", zone.pcp_high},
                                           {"high_max", zone.pcp_high_max},
                                           {"free_count", pages.free_count},
                                           {"alloc_factor", pages.alloc_factor}});
            break;
    }
    numbers.push_back({"vm_stat_diff", pages.free_diff});
    return numbers;
}

void pcp_panel(PanelContext& context) {
    const auto shown = begin_zone_panel(context, PanelId::pcp);
    if (!shown) return;
    Scroll scroll = begin_scroll(context, shown->panel, "cpus", shown->body);
    const Painter& p = scroll.painter;
    Rect place = scroll.content.inset(p.px(metric::kPad), 0);
    for (u32 cpu = 0; cpu < context.memory().cpus(); ++cpu) {
        place.cut_top(p.px(6));
        draw_numbers(context, p, &place, shown->zone, cpu);
        place.cut_top(p.px(2));
        draw_lists(context, p, &place, shown->zone, cpu);
    }
    float height = place.y0 - scroll.content.y0 + p.px(8);
    height += draw_opened_under(context, PanelId::pcp, scroll, scroll.content.y0 + height);
    end_scroll(scroll, height);
    end_panel();
}

}  // namespace mmscope
