#include "ui/map_legend.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace mmscope {

namespace {

constexpr const char* kKindNames[] = {"Free", "Per-CPU", "Allocated", "Reserved"};
static_assert(std::size(kKindNames) == kFrameKinds);
constexpr u32 kIds = 0x100;

struct Entry {
    bool is_kind;
    u8 number;  // of FrameKind or Migratetype
    const char* name;
};

// The first three types are always there; the others where some pageblock has them.
std::vector<Entry> entries(const PanelContext& context) {
    std::vector<Entry> list;
    for (u8 i = 0; i < kFrameKinds; ++i) list.push_back({true, i, kKindNames[i]});
    u32 seen = 7;
    const FrameTable& frames = context.frames();
    for (u32 i = 0; i < frames.pageblocks(); ++i) seen |= 1U << frames.pageblock_types()[i];
    for (u8 i = 0; i < kMigratetypes; ++i) {
        if (seen >> i & 1) list.push_back({false, i, kMigratetypeNames[i]});
    }
    return list;
}

struct Flow {
    Rect place;
    float x, y, row;

    Flow(const Painter& p, Rect where) : place(where), x(where.x0), y(where.y0), row(p.px(metric::kChip)) {}
    Rect next(float width) {
        if (x > place.x0 && x + width > place.x1) x = place.x0, y += row;
        const Rect chip{x, y, x + width, y + row};
        x += width;
        return chip;
    }
};

float chip_width(const Painter& p, const Entry& entry) {
    return p.width(p.words(Size::small), entry.name) + p.px(14 + 6 + 14);
}

void draw_swatch(const Painter& p, const Entry& entry, Rect box, double strength) {
    const Theme& theme = p.theme();
    const Color panel = theme[Ink::panel];
    if (!entry.is_kind) {
        const Color color = migratetype_color(static_cast<Migratetype>(entry.number));
        const Color dark = Color::hex(0x0E1116), light = Color::hex(0xFFFFFF);
        p.fill(box, blend(panel, color, strength), 3);
        Style style = p.digits(Size::small);
        style.color = contrast(color, dark) > contrast(color, light) ? dark : light;
        const char letter = migratetype_letter(static_cast<Migratetype>(entry.number));
        p.text(box, style, std::string_view(&letter, 1), Align::center);
        return;
    }
    const Color neutral = blend(panel, theme[Ink::quiet], strength);
    switch (static_cast<FrameKind>(entry.number)) {
        case FrameKind::free:
            p.fill(box, blend(panel, neutral, 0.25));
            p.frame(box, neutral, p.hairline());
            break;
        case FrameKind::per_cpu:
            p.fill(box, blend(panel, neutral, 0.25));
            p.dotted_frame(box, neutral, p.hairline());
            break;
        case FrameKind::allocated:
            p.fill(box, neutral);
            break;
        case FrameKind::reserved:
            p.fill(box, blend(panel, reserved_color(), 0.3 * strength));
            p.hatch(box, blend(panel, theme[Ink::quiet], 0.6 * strength), 4);
            break;
    }
}

// The first choice in a group leaves only it; choosing all of them again is choosing none.
void toggle(LegendFilter* filter, const Entry& entry) {
    u8& mask = entry.is_kind ? filter->kinds : filter->types;
    mask = static_cast<u8>(mask ^ (1U << entry.number));
    if (std::popcount(mask) == static_cast<int>(entry.is_kind ? kFrameKinds : kMigratetypes)) mask = 0;
}

}  // namespace

float legend_height(const PanelContext& context, const Painter& painter, float width) {
    Flow flow(painter, {0, 0, width, 0});
    for (const Entry& entry : entries(context)) flow.next(chip_width(painter, entry));
    return flow.y + flow.row;
}

bool draw_legend(const PanelContext& context, const Painter& p, Rect place, LegendFilter* filter) {
    const LegendFilter before = *filter;
    Flow flow(p, place);
    u32 id = kIds;
    for (const Entry& entry : entries(context)) {
        const Rect chip = flow.next(chip_width(p, entry));
        const Touch found = touch(id++, chip);
        const u8 mask = entry.is_kind ? before.kinds : before.types;
        const bool shown = mask == 0 || (mask >> entry.number & 1) != 0;
        const float side = p.px(14);
        const float y = chip.y0 + (chip.height() - side) / 2;
        Rect text = chip;
        Rect box = text.cut_left(side);
        box.y0 = y, box.y1 = y + side;
        draw_swatch(p, entry, box, shown ? 1.0 : 0.25);
        text.cut_left(p.px(6));
        Style style = p.words(Size::small, found.hovered ? Ink::text : Ink::quiet);
        if (!shown) style.color = blend(p.theme()[Ink::panel], style.color, 0.55);
        p.text(text, style, entry.name);
        if (mask != 0 && shown)
            p.line(text.x0, chip.y1 - p.px(3), text.x1 - p.px(14), chip.y1 - p.px(3), p.theme()[Ink::accent]);
        if (found.pressed) toggle(filter, entry);
    }
    return !(before == *filter);
}

}  // namespace mmscope
