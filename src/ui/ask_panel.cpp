#include "ui/ask_panel.h"

#include <algorithm>
#include <cmath>

#include "play/prospect.h"
#include "ui/opened_panel.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr u32 kCellIds = 0x200;
constexpr u32 kCpuId = 0x10;
constexpr u32 kLinkId = 0x20;
constexpr float kTwoLines = 32;  // CSS pixels: from this height on a cell has zone and source one below the other

// Zones have no colours in the picture; here their tone tells them apart at a glance, their letter says which.
constexpr Color kZoneColors[] = {Color::hex(0xE69F00), Color::hex(0x0072B2), Color::hex(0x009E73),
                                 Color::hex(0xCC79A7), Color::hex(0x56B4E9), Color::hex(0x8A8F98)};
static_assert(std::size(kZoneColors) == kZoneTypes);

constexpr const char* kSourceNames[] = {
    "", "on the CPU's list", "free list", "claims a pageblock", "steals", "HighAtomic reserve"};
static_assert(std::size(kSourceNames) == kBlockSources);
constexpr const char* kAnswerNames[] = {"gives", "too few pages free", "no block of the order",
                                        "would mix migratetypes", "no usable list has one"};
static_assert(std::size(kAnswerNames) == kZoneAnswers);
constexpr const char* kPassNames[] = {"above low, unmixed", "above low", "slow path, above min", "no mark counts"};
static_assert(std::size(kPassNames) == kAllocPasses);

std::string source_text(const AllocProspect& prospect) {
    const BlockProspect& block = prospect.block;
    std::string text = block.refills ? "refill, " : "";
    text += kSourceNames[static_cast<u32>(block.source)];
    if (block.source == BlockSource::cpu_list) return text;
    return text + ", " + kMigratetypeNames[static_cast<u32>(block.from)] + " order " +
           std::to_string(block.block_order.value);
}

// "__GFP_RECLAIMABLE|GFP_KERNEL" where there is room for it, else without what every name has.
std::string row_name(const Painter& p, u32 row, float room) {
    std::string name = kAskedFlags[row];
    if (p.width(p.digits(Size::small), name) <= room) return name;
    if (const size_t bar = name.find('|'); bar != std::string::npos) name.erase(bar);
    for (const char* prefix : {"__GFP_", "GFP_"})
        if (name.starts_with(prefix)) return name.substr(std::string_view(prefix).size());
    return name;
}

void draw_cell(const PanelContext& context, const Painter& p, Rect cell, const AllocProspect& prospect, bool lit,
               bool chosen) {
    const Theme& theme = context.theme();
    const Rect inner = cell.inset(p.px(1));
    const std::string sign(1, sign_of(prospect));
    if (prospect.succeeds()) {
        const Zone& zone = context.zones()[prospect.giver()->zone];
        const Color tone = kZoneColors[static_cast<u32>(zone.type)];
        p.fill(inner, blend(theme[Ink::panel], tone, lit ? 0.42 : 0.24), 3);
        const std::string name = short_zone(context.memory(), zone);
        const std::string from = sign + mark_sign(prospect);
        if (inner.height() < p.px(kTwoLines)) {
            p.text(inner, p.digits(Size::small), name + " " + from, Align::center);
        } else {
            Rect upper = inner;
            p.text(upper.cut_top(inner.height() / 2), p.digits(Size::small), name, Align::center);
            p.text(upper, p.digits(Size::small), from, Align::center);
        }
    } else {
        if (lit) p.fill(inner, theme[Ink::raised], 3);
        p.text(inner, p.digits(Size::small, Ink::quiet), sign, Align::center);
    }
    if (chosen) p.frame(inner, theme[Ink::accent], p.px(1.5F), 3);
}

void cell_tooltip(PanelContext& context, u32 row, Order order, const AllocProspect& prospect) {
    std::vector<std::string> lines{std::string(kAskedFlags[row]) + ", order " + std::to_string(order.value) + " (" +
                                   memory_size(order.frames()) + ")"};
    if (const ZoneVerdict* giver = prospect.giver()) {
        lines.push_back(zone_label(context.memory(), context.zones()[giver->zone]) + ": " + source_text(prospect));
        lines.push_back(kPassNames[static_cast<u32>(giver->pass)]);
        lines.push_back(arithmetic(*giver));
    } else {
        lines.push_back(std::string(prospect.sleeps() ? "has to wait: " : "fails: ") + kAnswerNames[static_cast<u32>(reason_of(prospect))]);
        if (!prospect.chain.empty()) {
            const ZoneVerdict& last = prospect.chain.back();
            lines.push_back(zone_label(context.memory(), context.zones()[last.zone]) + ": " + arithmetic(last));
        }
    }
    tooltip(context, lines);
}

// Over the rows' names: "CPU 0 of 4", where a press asks for the next one.
void draw_cpu(PanelContext& context, const Painter& p, Rect place) {
    const u32 cpus = context.memory().cpus();
    if (context.view.cpu >= cpus) context.view.cpu = 0;
    if (cpus == 1) {
        p.text(place, p.words(Size::small, Ink::quiet), "order");
        return;
    }
    const std::string text = "CPU " + std::to_string(context.view.cpu) + " of " + std::to_string(cpus);
    const Touch found = touch(kCpuId, place);
    p.text(place, p.digits(Size::small, found.hovered ? Ink::text : Ink::accent), text);
    if (found.pressed) context.view.cpu = (context.view.cpu + 1) % cpus;
}

// The row's name, on two lines where one is too narrow for it and the row has the height.
void draw_row_name(const Painter& p, Rect place, u32 row) {
    const Style style = p.digits(Size::small);
    const float room = place.width() - p.px(6);
    const std::string name = row_name(p, row, room);
    const size_t seam = name.rfind('_') + 1;
    if (p.width(style, name) <= room || seam == 0 || place.height() < p.px(kTwoLines)) {
        p.text(place, style, name);
        return;
    }
    place = place.inset(0, p.px(1));
    p.text(place.cut_top(place.height() / 2), style, name.substr(0, seam));
    p.text(place, style, name.substr(seam));
}

float draw_table(PanelContext& context, const Painter& p, Rect place) {
    const float label = place.width() < p.px(560) ? p.px(84) : p.px(206);
    const float width = (place.width() - label) / kNrPageOrders;
    const float height = p.px(width < p.px(46) ? kTwoLines + 2 : context.by_touch ? 28 : 23);
    const float top = place.y0;
    ViewState& view = context.view;
    Rect head = place.cut_top(p.px(22));
    draw_cpu(context, p, head.cut_left(label));
    for (u32 order = 0; order < kNrPageOrders; ++order)
        p.text(head.cut_left(width), p.digits(Size::small, Ink::quiet), std::to_string(order), Align::center);
    p.line(place.x0, place.y0, place.x1, place.y0, p.theme()[Ink::line]);
    for (u8 row = 0; row < kAskedRows; ++row) {
        Rect line = place.cut_top(height);
        draw_row_name(p, line.cut_left(label), row);
        for (u8 order = 0; order < kNrPageOrders; ++order) {
            const Rect cell = line.cut_left(width);
            const Thing request = Thing::request(row, {order});
            const AllocProspect prospect = ask_row(context.memory(), row, {order}, view.cpu);
            draw_cell(context, p, cell, prospect, view.hover.now() == request, view.open_list == request);
            const Touch found = touch(kCellIds + row * kNrPageOrders + order, cell);
            if (found.hovered) {
                view.hover.point_at(request);
                if (!context.by_touch && view.open_list != request) cell_tooltip(context, row, {order}, prospect);
            }
            if (found.pressed) view.select(request);
        }
    }
    return place.y0 - top;
}

// One zone's answer: its name, what it says, and the arithmetic below.
void draw_verdict(const PanelContext& context, const Painter& p, Rect* place, const ZoneVerdict& verdict) {
    const float line = p.px(metric::kLine);
    Rect head = place->cut_top(line);
    head.cut_left(p.text(head, p.digits(Size::small), zone_label(context.memory(), context.zones()[verdict.zone])) +
                  p.px(8));
    const bool gives = verdict.answer == ZoneAnswer::gives;
    p.text(head, p.words(Size::small, gives ? Ink::accent : Ink::text), kAnswerNames[static_cast<u32>(verdict.answer)]);
    const Style style = p.digits(Size::small, Ink::quiet);
    const size_t room = static_cast<size_t>(std::max(8.0F, place->width() / p.width(style, "0")));
    for (const std::string& text : wrapped(arithmetic(verdict), room)) p.text(place->cut_top(line), style, text);
    place->cut_top(p.px(4));
}

void draw_outcome(PanelContext& context, const Painter& p, Rect* place, const AllocProspect& prospect) {
    Rect line = place->cut_top(p.px(metric::kRow));
    if (!prospect.succeeds()) {
        p.text(line, p.words(Size::small), prospect.sleeps() ? "has to wait: reclaim comes first" : "fails: NULL");
        return;
    }
    const Pfn pfn = prospect.block.pfn;
    const Touch found = touch(kLinkId, line);
    if (found.hovered) context.view.hover.point_at(Thing::frame(pfn));
    if (found.pressed) context.view.select(Thing::frame(pfn));
    line.cut_left(p.text(line, p.digits(Size::small, Ink::accent), hex(pfn.value)) + p.px(8));
    p.text(line, p.words(Size::small), source_text(prospect));
}

}  // namespace

void ask_panel(PanelContext& context) {
    const auto panel = begin_panel(context, PanelId::ask, "");
    if (!panel) return;
    if (context.zones().empty()) {
        empty_state(*panel, "This machine has no zones.");
        end_panel();
        return;
    }
    Scroll scroll = begin_scroll(context, *panel, "requests", panel->body);
    const Painter& p = scroll.painter;
    const Rect place{scroll.content.x0 + p.px(metric::kPad), scroll.content.y0 + p.px(2), scroll.content.x1 - p.px(8),
                     scroll.content.y1};
    float height = p.px(2) + draw_table(context, p, place) + p.px(4);
    height += draw_opened_under(context, PanelId::ask, scroll, scroll.content.y0 + height);
    end_scroll(scroll, height);
    end_panel();
}

float draw_chain(PanelContext& context, const Scroll& scroll, float top) {
    const Painter& p = scroll.painter;
    const Thing& asked = context.view.open_list;
    const u32 cpu = std::min(context.view.cpu, context.memory().cpus() - 1);
    const AllocProspect prospect = ask_row(context.memory(), asked.number, asked.order, cpu);
    Rect place = Rect{scroll.content.x0, top, scroll.content.x1, top + 1e6F}.inset(p.px(metric::kPad), 0);
    if (context.tiling.list.is_empty()) p.text(place.cut_top(p.px(metric::kRow)), p.words(), chain_title(context));
    draw_outcome(context, p, &place, prospect);
    const ZoneVerdict* before = nullptr;
    for (const ZoneVerdict& verdict : prospect.chain) {
        if (before == nullptr || before->pass != verdict.pass)
            p.text(place.cut_top(p.px(metric::kRow)), p.words(Size::small, Ink::quiet),
                   kPassNames[static_cast<u32>(verdict.pass)]);
        draw_verdict(context, p, &place, verdict);
        before = &verdict;
    }
    return place.y0 - top + p.px(8);
}

std::string chain_title(const PanelContext& context) {
    const Thing& asked = context.view.open_list;
    return std::string(kAskedFlags[asked.number]) + ", order " + std::to_string(asked.order.value);
}

}  // namespace mmscope
