#include "ui/swap_map.h"

#include <algorithm>
#include <cmath>

#include "ui/text.h"

namespace mmscope {

namespace {

constexpr float kCell = 6;     // CSS pixels
constexpr u32 kMostRows = 24;

struct Slots {
    u32 first = 0;  // its slot
    u32 count = 0;
    u32 used = 0;
    u32 cached = 0;  // of them, with a page in the swap cache
};

Slots look(const SwapSpace& space, u32 area, u32 first, u32 count) {
    Slots slots{first, count, 0, 0};
    for (u32 slot = first; slot < first + count; ++slot) {
        const SwapEntry entry = SwapEntry::of(area, slot);
        const bool is_cached = space.cached(entry) != kNoPfn;
        slots.cached += is_cached ? 1 : 0;
        slots.used += is_cached || space.count(entry) != 0 ? 1 : 0;
    }
    return slots;
}

void draw_cell(const Painter& p, Rect cell, const Slots& slots) {
    p.fill(cell, p.theme()[Ink::raised]);
    if (slots.used == 0) return;
    const double share = static_cast<double>(slots.used) / slots.count;
    p.fill(cell, blend(p.theme()[Ink::panel], owner_color(Owner::anonymous), 0.3 + 0.7 * share));
    if (slots.cached != 0) p.hatch(cell, p.theme()[Ink::text], 3);
}

std::vector<std::string> lines_of(const SwapSpace& space, u32 area, const Slots& slots) {
    if (slots.count > 1) {
        return {"slots " + grouped(slots.first) + " to " + grouped(slots.first + slots.count - 1),
                "used " + grouped(slots.used) + ", in the swap cache " + grouped(slots.cached)};
    }
    const SwapEntry entry = SwapEntry::of(area, slots.first);
    std::vector<std::string> lines{"slot " + grouped(slots.first)};
    lines.push_back(slots.used == 0 ? "free" : "entries that mean it: " + grouped(space.count(entry)));
    if (slots.cached != 0) lines.push_back("in the swap cache, frame " + hex(space.cached(entry).value));
    return lines;
}

}  // namespace

float swap_map(PanelContext& context, const Painter& p, Rect place, u32 area, u32 id) {
    const SwapSpace& space = context.memory().swap();
    const u32 pages = space.areas()[area].pages();
    const float side = p.px(kCell);
    const u32 columns = std::max(1U, static_cast<u32>(place.width() / side));
    const u32 of_cell = (pages + columns * kMostRows - 1) / (columns * kMostRows);
    const u32 cells = (pages + of_cell - 1) / of_cell, rows = (cells + columns - 1) / columns;
    const auto slots_at = [&](u32 cell) {
        const u32 first = cell * of_cell;
        return look(space, area, first + 1, std::min(of_cell, pages - first));
    };
    for (u32 cell = 0; cell < cells; ++cell) {
        const float x = place.x0 + side * static_cast<float>(cell % columns);
        const float y = place.y0 + side * static_cast<float>(cell / columns);
        draw_cell(p, {x, y, x + side - p.hairline(), y + side - p.hairline()}, slots_at(cell));
    }
    const Rect grid{place.x0, place.y0, place.x0 + side * static_cast<float>(columns),
                    place.y0 + side * static_cast<float>(rows)};
    const Touch found = touch(id, grid);
    if (found.hovered && !context.by_touch) {
        const auto cell_of = [&](float distance, u32 cells_there) {
            return static_cast<u32>(std::clamp(distance / side, 0.0F, static_cast<float>(cells_there - 1)));
        };
        const u32 column = cell_of(found.x - grid.x0, columns), row = cell_of(found.y - grid.y0, rows);
        const u32 cell = row * columns + column;
        if (cell < cells) tooltip(context, lines_of(space, area, slots_at(cell)));
    }
    return grid.height() + p.px(4);
}

}  // namespace mmscope
