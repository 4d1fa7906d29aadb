#include "ui/map_scanners.h"

#include <algorithm>
#include <cmath>

#include "ui/text.h"

namespace mmscope {

namespace {

constexpr u32 kMostDimmed = 6000;  // rectangles; a draw list of ImGui has room for 16,383

Rect block_rect(const MapGround& ground, Pfn pfn, Order order) {
    return ground.on_canvas(ground.layout.block(pfn, order));
}

// ---- one mapping, or one cache ----

struct Dimming {
    const MapGround& ground;
    const FrameSet& members;
    Order least;                      // smaller blocks are not told apart
    std::vector<Rect> faint;

    // The block if nothing of it is a member's, else its halves.
    void add(Pfn first, Order order) {
        const u32 found = members.count(first, order.frames());
        if (found == order.frames()) return;
        if (found == 0 || order <= least) {
            if (found * 2 < order.frames()) faint.push_back(block_rect(ground, first, order));
            return;
        }
        const Order half{static_cast<u8>(order.value - 1)};
        add(first, half);
        add(first + half.frames(), half);
    }
};

// Something that has frames here and there.
bool is_scattered(const PanelContext& context, const Thing& thing) {
    const bool is_known = thing.mapping < context.memory().mapping_table().mappings.size();
    return (thing.is(Thing::Kind::mapping) && is_known) || thing.is(Thing::Kind::cache);
}

std::optional<FrameSet> members_of(const PanelContext& context, const FrameSet* counted) {
    const Thing& hovered = context.view.hover.now();
    if (!is_scattered(context, hovered) && counted != nullptr) return *counted;
    const Thing& thing = is_scattered(context, hovered) ? hovered : context.view.selection.selected();
    if (!is_scattered(context, thing)) return std::nullopt;
    return thing.is(Thing::Kind::cache) ? frames_of_cache(context.snapshot.machine->heap(), {thing.cache})
                                        : frames_of_mapping(context.memory().mapping_table(), thing.mapping);
}

// ---- scanners ----

// The pageblocks that lie in what was swept, each once.
std::vector<u32> pageblocks_of(const std::vector<Scanners::Sweep>& sweeps, bool of_free_scanner, Order pageblock) {
    std::vector<u32> blocks;
    for (const Scanners::Sweep& sweep : sweeps) {
        if (sweep.is_of_free_scanner != of_free_scanner) continue;
        for (u32 block = sweep.first >> pageblock.value; block <= (sweep.end - 1) >> pageblock.value; ++block)
            blocks.push_back(block);
    }
    std::sort(blocks.begin(), blocks.end());
    blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
    return blocks;
}

void tint_swept(const PanelContext& context, const Painter& p, const MapGround& ground) {
    const Order pageblock = context.frames().pageblock_order();
    const std::vector<Scanners::Sweep> sweeps = context.scanners.sweeps(context.now);
    for (const bool of_free_scanner : {false, true}) {
        const Color tint = context.theme()[of_free_scanner ? Ink::accent : Ink::text].with_alpha(0.13);
        for (const u32 block : pageblocks_of(sweeps, of_free_scanner, pageblock)) {
            const Pfn first{block << pageblock.value};
            if (!ground.layout.has(first)) continue;
            const Rect rect = block_rect(ground, first, pageblock);
            if (ground.is_seen(rect)) p.fill(rect, tint);
        }
    }
}

// A page left an empty square behind and lies in the full one now.
void draw_moves(const PanelContext& context, const Painter& p, const MapGround& ground) {
    const Color text = context.theme()[Ink::text], ground_color = context.theme()[Ink::ground];
    const auto square = [&](Pfn pfn) {
        Rect cell = block_rect(ground, pfn, {0});
        const float grow = std::max(0.0F, (p.px(3) - cell.width()) / 2);
        return cell.inset(-std::ceil(grow));
    };
    for (const Scanners::Move& move : context.scanners.moves(context.now)) {
        if (ground.layout.has(move.from)) {
            const Rect cell = square(move.from);
            if (ground.is_seen(cell)) p.frame(cell, text, p.hairline());
        }
        if (!ground.layout.has(move.to)) continue;
        const Rect cell = square(move.to);
        if (!ground.is_seen(cell)) continue;
        const float margin = cell.width() > p.px(8) ? std::round(cell.width() / 4) : 0;
        p.fill(cell.inset(margin), text);
        if (margin > 0) p.frame(cell.inset(margin), ground_color, p.hairline());
    }
}

// The pageblock under a scanner, and its flag: the migration scanner's above, the free scanner's below; where a pageblock
// is hardly higher than a flag only the arrow, beside it, so that the zone's heading and the other flag stay free.
void draw_scanner(const PanelContext& context, const Painter& p, const MapGround& ground, Pfn pfn, bool is_free_scanner,
                  bool is_faint) {
    const Order pageblock = context.frames().pageblock_order();
    const Pfn block = block_start(ground.layout.has(pfn) ? pfn : Pfn{pfn.value - 1}, pageblock);
    if (pfn == kNoPfn || !ground.layout.has(block)) return;
    const Rect rect = block_rect(ground, block, pageblock);
    if (!ground.is_seen(rect)) return;
    const Theme& theme = context.theme();
    const Color ink = is_faint ? theme[Ink::quiet] : theme[is_free_scanner ? Ink::accent : Ink::text];
    p.frame(rect.inset(-p.hairline()), theme[Ink::ground], p.px(2) + 2 * p.hairline());
    p.frame(rect, ink, is_faint ? p.hairline() : p.px(2));
    const Style style = p.digits(Size::small, is_faint ? Ink::quiet : Ink::text);
    const float high = p.px(17);
    const bool is_beside = rect.height() < 1.5F * high;
    std::string name = is_free_scanner ? "< free" : "migrate >";
    if (is_faint) name += " (before)";
    if (is_beside) name = is_free_scanner ? "<" : ">";
    const float wide = p.width(style, name) + p.px(8);
    float x = is_free_scanner ? rect.x1 - wide : rect.x0;
    float y = is_free_scanner ? rect.y1 : rect.y0 - high;
    if (is_beside) x = is_free_scanner ? rect.x0 - wide : rect.x1;
    if (is_beside) y = rect.y0;
    x = std::clamp(x, ground.view.x0, std::max(ground.view.x0, ground.view.x1 - wide));
    y = std::clamp(y, ground.view.y0, std::max(ground.view.y0, ground.view.y1 - high));
    const Rect flag{std::round(x), std::round(y), std::round(x + wide), std::round(y + high)};
    p.fill(flag, theme[Ink::raised], 3);
    p.frame(flag, ink, p.hairline(), 3);
    p.text(flag, style, name, Align::center);
}

}  // namespace

void dim_others(const PanelContext& context, const Painter& p, const MapGround& ground, const FrameSet* counted) {
    const std::optional<FrameSet> members = members_of(context, counted);
    if (!members) return;
    Dimming dimming{ground, *members, {0}, {}};
    const auto is_small = [&] {
        return block_rect(ground, {u32{ground.layout.tiles().front()} << FrameLayout::kTileOrder}, dimming.least)
                   .height() < p.px(2);
    };
    while (!ground.layout.tiles().empty() && dimming.least.value < FrameLayout::kTileOrder && is_small())
        ++dimming.least.value;
    for (;; ++dimming.least.value) {
        dimming.faint.clear();
        for (u32 slot = 0; slot < ground.layout.tiles().size(); ++slot) {
            if (!ground.is_seen(ground.on_canvas(ground.layout.tile_in_slot(slot)))) continue;
            dimming.add({u32{ground.layout.tiles()[slot]} << FrameLayout::kTileOrder}, {FrameLayout::kTileOrder});
        }
        if (dimming.faint.size() <= kMostDimmed || dimming.least.value >= FrameLayout::kTileOrder) break;
    }
    const Color veil = context.theme()[Ink::panel].with_alpha(0.78);
    for (const Rect& rect : dimming.faint)
        if (ground.is_seen(rect)) p.fill(rect, veil);
}

void draw_scanners(const PanelContext& context, const Painter& p, const MapGround& ground) {
    tint_swept(context, p, ground);
    draw_moves(context, p, ground);
    for (const Scanners::Place& place : context.scanners.places(context.now)) {
        draw_scanner(context, p, ground, place.migrate, false, place.is_remembered);
        draw_scanner(context, p, ground, place.free, true, place.is_remembered);
    }
}

void draw_moves_key(const PanelContext& context, const Painter& p, Rect line) {
    const u64 moved = context.scanners.moved();
    if (moved == 0) return;
    const Style style = p.words(Size::small, Ink::quiet);
    const std::string text = "compaction moved " + grouped(moved) + ":";
    const float side = p.px(8), gap = p.px(5);
    const float wide = p.width(style, text) + p.width(style, "from") + p.width(style, "to") + 2 * side + 6 * gap;
    if (wide > line.width()) return;
    line.x0 = line.x1 - wide;
    line.cut_left(p.text(line, style, text) + 2 * gap);
    for (const bool is_target : {false, true}) {
        const float y = std::round((line.y0 + line.y1 - side) / 2);
        const Rect box{line.x0, y, line.x0 + side, y + side};
        if (is_target) {
            p.fill(box, context.theme()[Ink::text]);
        } else {
            p.frame(box, context.theme()[Ink::text], p.hairline());
        }
        line.cut_left(side + gap);
        line.cut_left(p.text(line, style, is_target ? "to" : "from") + 2 * gap);
    }
}

std::string move_text(const PanelContext& context, Pfn pfn) {
    const Scanners::Move* move = context.scanners.move_of(pfn);
    if (move == nullptr) return {};
    return move->to == pfn ? "compaction moved a page here from " + hex(move->from.value)
                           : "compaction moved its page to " + hex(move->to.value);
}

}  // namespace mmscope
