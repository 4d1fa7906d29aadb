#include "ui/lru_belts.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ui/fields.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr u32 kBeltIds = 0x800;
constexpr float kCell = 12;   // CSS pixels: a page and the seam behind it
constexpr float kLabel = 176;
constexpr float kGap = 64;    // in the middle of a long belt: how many are not drawn
constexpr u32 kTailShare = 3;  // of the cells, all but one part of three show the tail: there it is decided who goes

struct Row {
    Rect label;
    Rect pages;  // where cells lie
    float cell = 0;
    float tail_x = 0;  // where the tail's cells begin
    float gap_x = 0;   // the middle of what is not drawn
};
using Rows = std::array<Row, kLruLists>;

Row row_of(const Painter& p, Rect place, const Belt& belt) {
    Row row;
    row.label = place.cut_left(p.px(place.width() < p.px(480) ? 148 : kLabel));
    place.cut_left(p.px(10));
    row.pages = place.inset(0, p.px(5));
    row.cell = p.px(kCell);
    row.tail_x = row.pages.x1 - row.cell * static_cast<float>(belt.tail.size());
    row.gap_x = (row.pages.x0 + row.cell * static_cast<float>(belt.head.size()) + row.tail_x) / 2;
    return row;
}

Rect cell_at(const Painter& p, const Row& row, float x) {
    return {x, row.pages.y0, x + row.cell - p.px(2), row.pages.y1};
}

Rect cell_of(const Painter& p, const Rows& rows, const BeltPlace& place) {
    const Row& row = rows[static_cast<u32>(place.list)];
    const float cells = row.cell * static_cast<float>(place.cell);
    switch (place.part) {
        case BeltPlace::Part::head: return cell_at(p, row, row.pages.x0 + cells);
        case BeltPlace::Part::tail: return cell_at(p, row, row.pages.x1 - row.cell - cells);
        case BeltPlace::Part::hidden:
        case BeltPlace::Part::off: break;
    }
    return cell_at(p, row, row.gap_x - row.cell / 2);
}

void draw_page(const PanelContext& context, const Painter& p, Rect cell, const BeltPage& page, Color color,
               double alpha) {
    const auto faded = [&](Color ink) { return ink.with_alpha(alpha); };
    p.fill(cell, faded(color));
    if (page.is_mapped) p.fill({cell.x0, cell.y0 - p.px(3), cell.x1, cell.y0 - p.px(1)}, faded(p.theme()[Ink::quiet]));
    if (page.is_referenced) {
        const float x = std::round((cell.x0 + cell.x1) / 2), y = std::round((cell.y0 + cell.y1) / 2), r = p.px(2);
        p.fill({x - r, y - r, x + r, y + r}, faded(p.theme()[Ink::panel]), r);
    }
    if (page.has_come)
        p.fill({cell.x0, cell.y1 + p.px(1), cell.x1, cell.y1 + p.px(3)}, faded(p.theme()[Ink::accent]));
    for (const Thing* thing : {&context.view.hover.now(), &context.view.selection.selected()})
        if (thing->is(Thing::Kind::frame) && thing->pfn == page.pfn)
            p.frame(cell.inset(-p.hairline()), faded(p.theme()[Ink::text]), p.px(2));
}

// Frames that are on their way and so stand at no place, ascending; empty once they have arrived.
std::vector<u32> travellers(const PanelContext& context, u32 node) {
    std::vector<u32> frames;
    if (!context.travel.is_moving(context.now)) return frames;
    for (const BeltMove& move : context.travel.moves(node)) frames.push_back(move.page.pfn.value);
    std::sort(frames.begin(), frames.end());
    return frames;
}

void draw_pages(const PanelContext& context, const Painter& p, const Row& row, float x,
                const std::vector<BeltPage>& pages, const std::vector<u32>& away) {
    for (const BeltPage& page : pages) {
        const Color color = frame_color(context.frames().state(page.pfn));
        if (!std::binary_search(away.begin(), away.end(), page.pfn.value))
            draw_page(context, p, cell_at(p, row, x), page, color, 1);
        x += row.cell;
    }
}

// From its old cell to the new one, slow at both ends. What comes onto a belt or leaves it does so at its cell.
void draw_traveller(const PanelContext& context, const Painter& p, const Rows& rows, const BeltMove& move) {
    const bool comes = move.from.part == BeltPlace::Part::off, goes = move.to.part == BeltPlace::Part::off;
    const Rect from = cell_of(p, rows, comes ? move.to : move.from), to = cell_of(p, rows, goes ? move.from : move.to);
    const double age = context.travel.age(), way = age * age * (3 - 2 * age);
    const auto between = [&](float a, float b) { return std::round(a + (b - a) * static_cast<float>(way)); };
    const Rect cell{between(from.x0, to.x0), between(from.y0, to.y0), between(from.x1, to.x1), between(from.y1, to.y1)};
    // Whoever has a frame now that left may be somebody else.
    const bool is_file = is_file_list(goes ? move.from.list : move.to.list);
    const Color color = owner_color(is_file ? Owner::page_cache : Owner::anonymous);
    draw_page(context, p, cell, move.page, color, comes ? way : goes ? 1 - way : 1);
}

const BeltPage* page_at(const Row& row, const Belt& belt, float x) {
    const bool is_tail = !belt.tail.empty() && x >= row.tail_x;
    const std::vector<BeltPage>& pages = is_tail ? belt.tail : belt.head;
    const float at = (x - (is_tail ? row.tail_x : row.pages.x0)) / row.cell;
    return at >= 0 && at < static_cast<float>(pages.size()) ? &pages[static_cast<size_t>(at)] : nullptr;
}

void point_at(PanelContext& context, const BeltPage& page, const Touch& found) {
    const PageAllocator& memory = context.memory();
    const MappedPage mapped = context.frames().mapped(page.pfn);
    context.view.hover.point_at(Thing::frame(page.pfn));
    if (!context.by_touch) {
        const std::string huge = page.pages > 1 ? ", a huge page of " + memory_size(page.pages) : "";
        tooltip(context,
                {"frame " + hex(page.pfn.value) + huge,
                 mapping_name(memory, mapped.mapping) + ", page " + grouped(mapped.index),
                 page.is_referenced ? "used since it was last looked at" : "not used since it was last looked at"});
    }
    if (found.pressed) context.view.select(Thing::frame(page.pfn));
}

void draw_belt(PanelContext& context, const Painter& p, const Row& row, const Belt& belt,
               const std::vector<u32>& away) {
    Rect label = row.label;
    p.text(label.cut_right(p.px(56)), p.digits(Size::small, belt.pages == 0 ? Ink::quiet : Ink::text),
           grouped(belt.pages), Align::right);
    p.text(label, p.words(Size::small, Ink::quiet), kLruListNames[static_cast<u32>(belt.list)]);
    p.line(row.pages.x0, row.pages.y1 + p.px(4), row.pages.x1, row.pages.y1 + p.px(4), p.theme()[Ink::line]);
    draw_pages(context, p, row, row.pages.x0, belt.head, away);
    draw_pages(context, p, row, row.tail_x, belt.tail, away);
    if (belt.tail.empty()) return;
    const float x = row.pages.x0 + row.cell * static_cast<float>(belt.head.size());
    p.text({x, row.label.y0, row.tail_x, row.label.y1}, p.digits(Size::small, Ink::quiet), "+" + grouped(belt.hidden),
           Align::center);
}

void draw_node(PanelContext& context, const Painter& p, Rect* place, u32 node, float line) {
    const float room = place->width() - p.px(place->width() < p.px(480) ? 158 : kLabel + 10) - p.px(kGap);
    const u32 cells = static_cast<u32>(std::max(3.0F, std::floor(room / p.px(kCell))));
    const u32 heads = cells / kTailShare;
    const Belts& belts = context.travel.belts(context.snapshot, node, heads, cells - heads);
    const std::vector<u32> away = travellers(context, node);
    Rows rows;
    for (u32 at = 0; at < kLruLists; ++at) rows[at] = row_of(p, place->cut_top(line), belts[at]);
    for (u32 at = 0; at < kLruLists; ++at) draw_belt(context, p, rows[at], belts[at], away);
    if (!away.empty())
        for (const BeltMove& move : context.travel.moves(node)) draw_traveller(context, p, rows, move);
    for (u32 at = 0; at < kLruLists; ++at) {
        const Touch found = touch(kBeltIds + node * kLruLists + at, rows[at].pages);
        if (!found.hovered) continue;
        if (const BeltPage* page = page_at(rows[at], belts[at], found.x)) point_at(context, *page, found);
    }
}

}  // namespace

float draw_lru_belts(PanelContext& context, const Painter& p, Rect place) {
    const float top = place.y0, line = p.px(context.by_touch ? 32 : 26);
    const u32 nodes = context.memory().nodes();
    for (u32 node = 0; node < nodes; ++node) {
        Rect title = place.cut_top(p.px(metric::kRow));
        p.text(title, p.words(Size::small, Ink::quiet),
               nodes == 1 ? "head: put on here" : "node " + std::to_string(node) + "   head: put on here");
        p.text(title, p.words(Size::small, Ink::quiet), "tail: reclaim looks here first", Align::right);
        draw_node(context, p, &place, node, line);
        place.cut_top(p.px(8));
    }
    return place.y0 - top;
}

}  // namespace mmscope
