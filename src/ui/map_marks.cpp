#include "ui/map_marks.h"

#include <algorithm>
#include <cmath>

#include "ui/text.h"

namespace mmscope {

namespace {

float mix(float a, float b, double share) { return a + (b - a) * static_cast<float>(share); }

Rect mix(const Rect& a, const Rect& b, double share) {
    return {mix(a.x0, b.x0, share), mix(a.y0, b.y0, share), mix(a.x1, b.x1, share), mix(a.y1, b.y1, share)};
}

constexpr float kRing = 7;  // CSS pixels

// The outline of a block, or a ring of `least` pixels around it where it is too small to be found; on a seam of the
// ground's colour, because no one colour stands out from every frame's.
void outline(const Painter& p, const MapGround& ground, Rect rect, Color color, float width, float least) {
    if (!ground.is_seen(rect)) return;
    if (rect.width() < least && rect.height() < least) {
        const float x = (rect.x0 + rect.x1) / 2, y = (rect.y0 + rect.y1) / 2;
        rect = {x - least / 2, y - least / 2, x + least / 2, y + least / 2};
    }
    const Rect edge = rect.inset(-width / 2);
    const Rect sharp{std::round(edge.x0), std::round(edge.y0), std::round(edge.x1), std::round(edge.y1)};
    p.frame(sharp.inset(-p.hairline()), p.theme()[Ink::ground], width + 2 * p.hairline());
    p.frame(sharp, color, width);
}

Rect block_rect(const MapGround& ground, Pfn pfn, Order order) {
    return ground.on_canvas(ground.layout.block(pfn, order));
}

void outline_thing(const PanelContext& context, const Painter& p, const MapGround& ground, const Thing& thing,
                   bool selected) {
    if (!thing.is(Thing::Kind::frame) && !thing.is(Thing::Kind::object)) return;
    if (!ground.layout.has(thing.pfn)) return;
    const Color color = context.theme()[selected ? Ink::accent : Ink::text];
    const BlockRef block = block_of(context.memory(), thing.pfn);
    const Rect frame = block_rect(ground, thing.pfn, {0});
    if (block.head == kNoPfn) {
        outline(p, ground, frame, color, p.px(selected ? 2 : 1), p.px(kRing));
        return;
    }
    outline(p, ground, block_rect(ground, block.head, block.order), color, p.px(selected ? 2 : 1), p.px(kRing));
    if (block.order.value != 0 && frame.width() >= p.px(4))
        outline(p, ground, frame.inset(p.hairline()), context.theme()[Ink::text], p.hairline(), p.px(kRing));
}

void draw_changes(const PanelContext& context, const Painter& p, const MapGround& ground) {
    const double age = context.changes.age(context.now);
    const double rest = 1 - age;
    const double eased = 1 - rest * rest * rest;
    const Color accent = context.theme()[Ink::accent];
    // Many are found without rings, which would hide each other and the map.
    constexpr std::size_t kMostRings = 32;
    const float least = context.changes.blocks().size() <= kMostRings ? p.px(kRing) : p.px(2);
    for (const BlockChange& change : context.changes.blocks()) {
        if (!ground.layout.has(change.from) || !ground.layout.has(change.to)) continue;
        const Rect from = block_rect(ground, change.from, change.from_order);
        const Rect to = block_rect(ground, change.to, change.to_order);
        const Rect between = mix(from, to, eased);
        if (age < 1 && ground.is_seen(between)) p.fill(between, accent.with_alpha(0.45 * (1 - eased)));
        outline(p, ground, between, accent.with_alpha(1 - 0.25 * eased), p.hairline(), least);
    }
}

Color ink_on(const PanelContext& context, u8 state) {
    const Theme& theme = context.theme();
    if (frame_state::is_free(state) || frame_state::is_on_pcp(state))
        return blend(theme[Ink::panel], theme[Ink::text], 0.85);
    const Color cell = frame_color(state), dark = Color::hex(0x0E1116), light = Color::hex(0xFFFFFF);
    return contrast(cell, dark) > contrast(cell, light) ? dark : light;
}

// As many of the lines as the rectangle has room for, from its upper left corner.
void lines_in(const Painter& p, Rect rect, Color color, std::initializer_list<std::string> lines) {
    Style style = p.digits(Size::small);
    style.color = color;
    const float line = p.px(15);
    Rect rest = rect.inset(p.px(4), p.px(3));
    for (const std::string& text : lines) {
        if (rest.height() < line - p.px(2) || p.width(style, text) > rest.width()) return;
        p.text(rest.cut_top(line), style, text);
    }
}

void label_block(const PanelContext& context, const Painter& p, const MapGround& ground, Pfn head, Order order,
                 bool cells_speak) {
    const Rect place = block_rect(ground, head, order);
    if (!ground.is_seen(place)) return;
    const Rect seen{std::max(place.x0, ground.view.x0), std::max(place.y0, ground.view.y0),
                    std::min(place.x1, ground.view.x1), std::min(place.y1, ground.view.y1)};
    const u8 state = context.frames().state(head), shown = ground.shown(context.frames(), head);
    if (!ground.filter.lets_through(shown)) return;
    const Color color = ink_on(context, shown);
    if (cells_speak && order.value != 0) return;
    const Migratetype type = frame_state::migratetype(state);
    const std::string what =
        frame_state::is_free(state) ? "free " : std::string(owner_name(frame_state::owner(state))) + " ";
    if (seen.width() < p.px(84) || seen.height() < p.px(36)) {
        Style style = p.digits(Size::small);
        style.color = frame_state::is_free(state) ? context.theme()[Ink::quiet] : color;
        const std::string text = std::to_string(order.value);
        if (p.width(style, text) + p.px(6) <= seen.width()) p.text(seen, style, text, Align::center);
        return;
    }
    lines_in(p, seen, color,
             {hex(head.value), "order " + std::to_string(order.value), what + kMigratetypeNames[static_cast<u32>(type)],
              memory_size(order.frames())});
}

// In cells that are large: every frame says its number, the head what it heads.
void label_cells(const PanelContext& context, const Painter& p, const MapGround& ground, Pfn head, Order order) {
    for (u32 i = 0; i < order.frames(); ++i) {
        const Rect cell = block_rect(ground, head + i, {0});
        if (!ground.is_seen(cell)) continue;
        const u8 state = context.frames().state(head + i), shown = ground.shown(context.frames(), head + i);
        if (!ground.filter.lets_through(shown)) continue;
        const Migratetype type = frame_state::migratetype(state);
        const std::string role = i != 0 ? "tail" : "order " + std::to_string(order.value);
        lines_in(
            p, cell, ink_on(context, shown),
            {hex(head.value + i), role, frame_state::is_free(state) ? "free" : owner_name(frame_state::owner(state)),
             kMigratetypeNames[static_cast<u32>(type)]});
    }
}

Order order_at(const FrameTable& frames, Pfn head) {
    const u8 state = frames.state(head);
    return frame_state::is_free(state) ? frame_state::order(state) : frames.used_order(head);
}

bool is_head(u8 state) { return frame_state::is_free_head(state) || frame_state::is_allocated_head(state); }

// Labels the blocks of one tile whose order is at least `least`: only frames aligned to it can head one.
void label_tile(const PanelContext& context, const Painter& p, const MapGround& ground, Pfn first, Order least,
                bool cells_speak) {
    const FrameTable& frames = context.frames();
    for (u32 i = 0; i < FrameLayout::kTileFrames; i += least.frames()) {
        const Pfn pfn = first + i;
        if (!is_head(frames.state(pfn))) continue;
        const Order order = order_at(frames, pfn);
        if (order < least || order.value > FrameLayout::kTileOrder) continue;
        label_block(context, p, ground, pfn, order, cells_speak);
        if (cells_speak && order.value != 0) label_cells(context, p, ground, pfn, order);
    }
}

void draw_section_label(const PanelContext& context, const Painter& p, const MapGround& ground, u32 number) {
    const FrameLayout::Section& section = ground.layout.sections()[number];
    const Zone& zone = context.zones()[ground.zones[number]];
    const Rect top = ground.on_canvas({0, static_cast<double>(section.top), 1, section.top + 1.0});
    Rect line{std::max(top.x0, ground.view.x0), top.y0 - p.px(18), ground.view.x1, top.y0};
    if (!ground.is_seen(line)) return;
    const bool lit = zone_of(context.memory(), context.view.selection.selected()) == zone.position ||
                     zone_of(context.memory(), context.view.hover.now()) == zone.position;
    line.cut_left(
        p.text(line, p.digits(Size::small, lit ? Ink::accent : Ink::text), zone_label(context.memory(), zone)) +
        p.px(8));
    const std::string range = hex(zone.start.value) + " .. " + hex(zone.start.value + zone.spanned - 1);
    line.cut_left(p.text(line, p.digits(Size::small, Ink::quiet), range) + p.px(8));
    p.text(line, p.words(Size::small, Ink::quiet), memory_size(zone.present) + " present");
}

// Where each row of tiles starts; as many rows as there is room for say it.
void draw_addresses(const Painter& p, const MapGround& ground, const FrameLayout::Section& section) {
    const FrameLayout& layout = ground.layout;
    const double row_height = FrameLayout::kTileSide * ground.camera.scale();
    u32 step = 1;
    while (step * row_height < p.px(20)) step *= 2;
    for (u32 row = 0; row < section.rows; row += step) {
        const u32 slot = section.first_slot + row * layout.columns();
        const Rect tile = ground.on_canvas(layout.tile_in_slot(slot));
        Rect line{ground.gutter.x0, tile.y0, ground.gutter.x1 - p.px(6), tile.y0 + p.px(16)};
        if (line.y1 < ground.gutter.y0 || line.y0 > ground.gutter.y1) continue;
        const u64 bytes = u64{layout.tiles()[slot]} << (FrameLayout::kTileOrder + kPageShift);
        p.text(line, p.digits(Size::small, Ink::quiet), address_size(bytes), Align::right);
    }
}

}  // namespace

Rect MapGround::on_canvas(const CellRect& cells) const {
    const auto x = [this](double cell) {
        return view.x0 + static_cast<float>((cell - camera.left()) * camera.scale());
    };
    const auto y = [this](double cell) { return view.y0 + static_cast<float>((cell - camera.top()) * camera.scale()); };
    return {x(cells.x0), y(cells.y0), x(cells.x1), y(cells.y1)};
}

bool MapGround::is_seen(const Rect& rect) const {
    return rect.x1 > view.x0 && rect.x0 < view.x1 && rect.y1 > view.y0 && rect.y0 < view.y1;
}

u8 MapGround::shown(const FrameTable& frames, Pfn pfn) const {
    const u8 state = frames.state(pfn);
    return filter.of_pageblocks ? shown_state(state, frames.pageblock_type(pfn)) : state;
}

void draw_block_labels(const PanelContext& context, const Painter& p, const MapGround& ground) {
    const double scale = ground.camera.scale();
    const auto has_room = [&](u32 order) {
        return (1U << ((order + 1) / 2)) * scale >= p.px(30) && (1U << (order / 2)) * scale >= p.px(17);
    };
    Order least{0};
    while (least.value <= FrameLayout::kTileOrder && !has_room(least.value)) ++least.value;
    if (least.value > FrameLayout::kTileOrder) return;
    const bool cells_speak = scale >= p.px(58);
    if (cells_speak) least = {0};
    for (u32 slot = 0; slot < ground.layout.tiles().size(); ++slot) {
        if (!ground.is_seen(ground.on_canvas(ground.layout.tile_in_slot(slot)))) continue;
        const Pfn first{static_cast<u32>(ground.layout.tiles()[slot]) << FrameLayout::kTileOrder};
        label_tile(context, p, ground, first, least, cells_speak);
    }
}

void draw_places(const PanelContext& context, const Painter& p, const MapGround& ground) {
    for (u32 i = 0; i < ground.layout.sections().size(); ++i) draw_section_label(context, p, ground, i);
    for (u32 slot = 0; slot < ground.layout.tiles().size(); ++slot) {
        if (!ground.layout.is_after_gap(slot)) continue;
        const Rect tile = ground.on_canvas(ground.layout.tile_in_slot(slot));
        if (ground.is_seen(tile))
            p.line(tile.x0 - p.px(1), tile.y0, tile.x0 - p.px(1), tile.y1, context.theme()[Ink::text], p.px(2));
    }
}

void draw_gutter(const Painter& p, const MapGround& ground) {
    if (ground.gutter.is_empty()) return;
    p.clip(ground.gutter);
    for (const FrameLayout::Section& section : ground.layout.sections()) draw_addresses(p, ground, section);
    p.end_clip();
}

void draw_outlines(const PanelContext& context, const Painter& p, const MapGround& ground) {
    draw_changes(context, p, ground);
    outline_thing(context, p, ground, context.view.hover.now(), false);
    outline_thing(context, p, ground, context.view.selection.selected(), true);
}

}  // namespace mmscope
