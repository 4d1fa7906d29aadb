#include "ui/map_legend.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

namespace mmscope {

namespace {

constexpr const char* kKindNames[] = {"Free", "Per-CPU", "Allocated", "Slab",
                                        "Page tables", "Page cache", "Anonymous", "Reserved"};
static_assert(std::size(kKindNames) == kFrameKinds);
constexpr u32 kIds = 0x100;
constexpr float kChipGap = 12;  // CSS pixels

struct Entry {
    enum class Group : u8 { kind, type, pageblocks };
    Group group;
    u8 number;  // of FrameKind or Migratetype
    const char* name;
};
using Group = Entry::Group;

// The first three types are always there; the others where some pageblock has them.
std::vector<Entry> entries(const PanelContext& context) {
    std::vector<Entry> list;
    const bool has_mappings = !context.memory().mapping_table().mappings.empty();
    const Heap* heap = context.snapshot.machine->heap_so_far();
    const bool has_slabs = heap != nullptr && !(heap->slab().slabs().empty() && heap->classic().slabs().empty());
    const bool has_tables =
        !context.memory().processes().is_empty() || (heap != nullptr && heap->vmalloc().table_pages() != 0);
    for (u8 i = 0; i < kFrameKinds; ++i) {
        const FrameKind kind = static_cast<FrameKind>(i);
        if ((kind == FrameKind::page_cache || kind == FrameKind::anonymous) && !has_mappings) continue;
        if (kind == FrameKind::slab && !has_slabs) continue;
        if (kind == FrameKind::page_table && !has_tables) continue;
        list.push_back({Group::kind, i, kKindNames[i]});
    }
    u32 seen = 7;
    const FrameTable& frames = context.frames();
    for (u32 i = 0; i < frames.pageblocks(); ++i) seen |= 1U << frames.pageblock_types()[i];
    for (u8 i = 0; i < kMigratetypes; ++i) {
        if (seen >> i & 1) list.push_back({Group::type, i, kMigratetypeNames[i]});
    }
    list.push_back({Group::pageblocks, 0, "pageblocks"});
    return list;
}

struct Flow {
    Rect place;
    float x, y, row, gap;

    Flow(const Painter& p, Rect where)
        : place(where), x(where.x0), y(where.y0), row(p.px(metric::kChip)), gap(p.px(kChipGap)) {}
    Rect next(float width) {
        if (x > place.x0 && x + width > place.x1) x = place.x0, y += row;
        const Rect chip{x, y, x + width, y + row};
        x += width + gap;
        return chip;
    }
};

float chip_width(const Painter& p, const Entry& entry, LegendNames names) {
    return names == LegendNames::hidden ? p.px(20) : p.px(14 + 6) + p.width(p.words(Size::small), entry.name);
}

// Four pageblocks, two of them of another type.
void draw_tiles(const Painter& p, Rect box) {
    const float half = std::round(box.width() / 2), seam = p.hairline();
    const Color movable = migratetype_color(Migratetype::movable), other = migratetype_color(Migratetype::unmovable);
    p.fill({box.x0, box.y0, box.x0 + half - seam, box.y0 + half - seam}, movable);
    p.fill({box.x0 + half, box.y0, box.x1, box.y0 + half - seam}, other);
    p.fill({box.x0, box.y0 + half, box.x0 + half - seam, box.y1}, other);
    p.fill({box.x0 + half, box.y0 + half, box.x1, box.y1}, movable);
}

void draw_lettered(const Painter& p, Rect box, Color color, char letter, double strength) {
    const Color dark = Color::hex(0x0E1116), light = Color::hex(0xFFFFFF);
    p.fill(box, blend(p.theme()[Ink::panel], color, strength), 3);
    Style style = p.digits(Size::small);
    style.color = contrast(color, dark) > contrast(color, light) ? dark : light;
    p.text(box, style, std::string_view(&letter, 1), Align::center);
}

void draw_swatch(const Painter& p, const Entry& entry, Rect box, double strength) {
    const Theme& theme = p.theme();
    const Color panel = theme[Ink::panel];
    if (entry.group == Group::pageblocks) return draw_tiles(p, box);
    if (entry.group == Group::type) {
        const Migratetype type = static_cast<Migratetype>(entry.number);
        return draw_lettered(p, box, migratetype_color(type), migratetype_letter(type), strength);
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
        case FrameKind::slab:
            draw_lettered(p, box, owner_color(Owner::slab), 'S', strength);
            break;
        case FrameKind::page_table:
            draw_lettered(p, box, owner_color(Owner::page_table), 'T', strength);
            break;
        case FrameKind::page_cache:
            draw_lettered(p, box, owner_color(Owner::page_cache), 'F', strength);
            break;
        case FrameKind::anonymous:
            draw_lettered(p, box, owner_color(Owner::anonymous), 'A', strength);
            break;
        case FrameKind::reserved:
            p.fill(box, blend(panel, reserved_color(), 0.3 * strength));
            p.hatch(box, blend(panel, theme[Ink::quiet], 0.6 * strength), 4);
            break;
    }
}

// What of its group is chosen; of the switch a bit if it is on.
u8 chosen_of(const LegendFilter& filter, Group group) {
    return group == Group::kind ? filter.kinds : group == Group::type ? filter.types : filter.of_pageblocks;
}

// The first choice in a group leaves only it; choosing all of them again is choosing none.
void toggle(LegendFilter* filter, const Entry& entry) {
    if (entry.group == Group::pageblocks) {
        filter->of_pageblocks = !filter->of_pageblocks;
        return;
    }
    const bool is_kind = entry.group == Group::kind;
    u8& mask = is_kind ? filter->kinds : filter->types;
    mask = static_cast<u8>(mask ^ (1U << entry.number));
    if (std::popcount(mask) == static_cast<int>(is_kind ? kFrameKinds : kMigratetypes)) mask = 0;
}

}  // namespace

float legend_height(const PanelContext& context, const Painter& painter, float width, LegendNames names) {
    Flow flow(painter, {0, 0, width, 0});
    for (const Entry& entry : entries(context)) flow.next(chip_width(painter, entry, names));
    return flow.y + flow.row;
}

bool draw_legend(const PanelContext& context, const Painter& p, Rect place, LegendNames names, LegendFilter* filter) {
    const LegendFilter before = *filter;
    Flow flow(p, place);
    u32 id = kIds;
    for (const Entry& entry : entries(context)) {
        const Rect chip = flow.next(chip_width(p, entry, names));
        const Touch found = touch(id++, chip);
        const u8 mask = chosen_of(before, entry.group);
        const bool shown = mask == 0 || (mask >> entry.number & 1) != 0;
        const float side = p.px(14);
        const float y = chip.y0 + (chip.height() - side) / 2;
        Rect text = chip;
        Rect box = text.cut_left(side);
        box.y0 = y, box.y1 = y + side;
        draw_swatch(p, entry, box, shown ? 1.0 : 0.25);
        if (names == LegendNames::shown) {
            text.cut_left(p.px(6));
            Style style = p.words(Size::small, found.hovered ? Ink::text : Ink::quiet);
            if (!shown) style.color = blend(p.theme()[Ink::panel], style.color, 0.55);
            p.text(text, style, entry.name);
        } else {
            text = box;
        }
        if (mask != 0 && shown)
            p.line(text.x0, chip.y1 - p.px(3), text.x1, chip.y1 - p.px(3), p.theme()[Ink::accent]);
        if (found.pressed) toggle(filter, entry);
    }
    return !(before == *filter);
}

}  // namespace mmscope
