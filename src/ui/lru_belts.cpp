#include "ui/lru_belts.h"

#include <algorithm>
#include <cmath>

#include "play/lru_view.h"
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
    Rect pages;  // where cells lie
    float cell = 0;
    float tail_x = 0;  // where the tail's cells begin
};

void draw_page(const PanelContext& context, const Painter& p, Rect cell, const BeltPage& page) {
    const u8 state = context.frames().state(page.pfn);
    p.fill(cell, frame_color(state));
    if (page.is_mapped) p.fill({cell.x0, cell.y0 - p.px(3), cell.x1, cell.y0 - p.px(1)}, p.theme()[Ink::quiet]);
    if (page.is_referenced) {
        const float x = std::round((cell.x0 + cell.x1) / 2), y = std::round((cell.y0 + cell.y1) / 2), r = p.px(2);
        p.fill({x - r, y - r, x + r, y + r}, p.theme()[Ink::panel], r);
    }
    if (page.has_come) p.fill({cell.x0, cell.y1 + p.px(1), cell.x1, cell.y1 + p.px(3)}, p.theme()[Ink::accent]);
    for (const Thing* thing : {&context.view.hover.now(), &context.view.selection.selected()})
        if (thing->is(Thing::Kind::frame) && thing->pfn == page.pfn)
            p.frame(cell.inset(-p.hairline()), p.theme()[Ink::text], p.px(2));
}

void draw_pages(const PanelContext& context, const Painter& p, const Row& row, float x,
                const std::vector<BeltPage>& pages) {
    for (const BeltPage& page : pages) {
        draw_page(context, p, {x, row.pages.y0, x + row.cell - p.px(2), row.pages.y1}, page);
        x += row.cell;
    }
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
        tooltip(context, {"frame " + hex(page.pfn.value) + huge, mapping_name(memory, mapped.mapping) + ", page " + grouped(mapped.index),
                          page.is_referenced ? "used since it was last looked at" : "not used since it was last looked at"});
    }
    if (found.pressed) context.view.select(Thing::frame(page.pfn));
}

void draw_belt(PanelContext& context, const Painter& p, Rect place, const Belt& belt, u32 id) {
    Rect label = place.cut_left(p.px(place.width() < p.px(480) ? 148 : kLabel));
    p.text(label.cut_right(p.px(56)), p.digits(Size::small, belt.pages == 0 ? Ink::quiet : Ink::text),
           grouped(belt.pages), Align::right);
    p.text(label, p.words(Size::small, Ink::quiet), kLruListNames[static_cast<u32>(belt.list)]);
    place.cut_left(p.px(10));
    Row row{place.inset(0, p.px(5)), p.px(kCell), 0};
    p.line(row.pages.x0, row.pages.y1 + p.px(4), row.pages.x1, row.pages.y1 + p.px(4), p.theme()[Ink::line]);
    row.tail_x = row.pages.x1 - row.cell * static_cast<float>(belt.tail.size());
    draw_pages(context, p, row, row.pages.x0, belt.head);
    draw_pages(context, p, row, row.tail_x, belt.tail);
    if (!belt.tail.empty()) {
        const float x = row.pages.x0 + row.cell * static_cast<float>(belt.head.size());
        p.text({x, place.y0, row.tail_x, place.y1}, p.digits(Size::small, Ink::quiet), "+" + grouped(belt.hidden), Align::center);
    }
    const Touch found = touch(id, row.pages);
    if (!found.hovered) return;
    if (const BeltPage* page = page_at(row, belt, found.x)) point_at(context, *page, found);
}

}  // namespace

float draw_lru_belts(PanelContext& context, const Painter& p, Rect place) {
    const float top = place.y0, line = p.px(context.by_touch ? 32 : 26);
    const float room = place.width() - p.px(place.width() < p.px(480) ? 158 : kLabel + 10) - p.px(kGap);
    const u32 cells = static_cast<u32>(std::max(3.0F, std::floor(room / p.px(kCell))));
    const PageAllocator& memory = context.memory();
    for (u32 node = 0; node < memory.nodes(); ++node) {
        Rect title = place.cut_top(p.px(metric::kRow));
        p.text(title, p.words(Size::small, Ink::quiet),
               memory.nodes() == 1 ? "head: put on here" : "node " + std::to_string(node) + "   head: put on here");
        p.text(title, p.words(Size::small, Ink::quiet), "tail: reclaim looks here first", Align::right);
        const auto belts = lru_belts(context.snapshot, node, cells / kTailShare, cells - cells / kTailShare);
        for (const Belt& belt : belts)
            draw_belt(context, p, place.cut_top(line), belt, kBeltIds + node * kLruLists + static_cast<u32>(belt.list));
        place.cut_top(p.px(8));
    }
    return place.y0 - top;
}

}  // namespace mmscope
