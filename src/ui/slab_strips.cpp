#include "ui/slab_strips.h"

#include <algorithm>
#include <cmath>

#include "ui/slab_cells.h"
#include "ui/slab_fields.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr u32 kStripIds = 0x4000;
constexpr float kLabel = 152;    // CSS pixels: whose slab, and how full
constexpr float kLeastCell = 4;  // an object thinner than this is told as a share
constexpr float kBucket = 8;     // width of a share

using State = ObjectView::State;

// Of many thin objects: in each piece of the strip the used ones stand on the ground, those at hand on them.
void draw_shares(const Painter& p, const Strip& strip, const std::vector<ObjectView>& objects) {
    const Color slab = owner_color(Owner::slab), panel = p.theme()[Ink::panel];
    const float wide = p.px(kBucket);
    for (size_t first = 0; first < objects.size();) {
        const float x0 = strip.x(objects[first].address);
        size_t last = first;
        u32 used = 0, at_hand = 0;
        for (; last < objects.size() && strip.x(objects[last].address) < x0 + wide; ++last) {
            used += objects[last].state == State::used;
            at_hand += is_at_hand(objects[last].state);
        }
        const float count = static_cast<float>(last - first), high = strip.place.height();
        const float x1 = last < objects.size() ? strip.x(objects[last].address) : std::min(x0 + wide, strip.place.x1);
        const float y = strip.place.y1 - std::round(high * static_cast<float>(used) / count);
        p.fill({x0, strip.place.y0, x1, strip.place.y1}, blend(panel, slab, 0.12));
        p.fill({x0, y - std::round(high * static_cast<float>(at_hand) / count), x1, y}, blend(panel, slab, 0.4));
        p.fill({x0, y, x1, strip.place.y1}, slab);
        first = last;
    }
}

// The list that a free object begins, from each object to the next.
void draw_list(const Painter& p, const Strip& strip, const CacheView& cache, const std::vector<ObjectView>& objects,
               u32 from) {
    const auto middle = [&](u32 object) {
        return (left_of(strip, cache, objects[object]) + right_of(strip, cache, objects[object])) / 2;
    };
    const Color ink = p.theme()[Ink::text];
    const float y = (strip.place.y0 + strip.place.y1) / 2, head = p.px(3);
    for (u32 left = 0; left < objects.size() && objects[from].next < objects.size(); ++left) {
        const u32 to = objects[from].next;
        const float x0 = middle(from), x1 = middle(to), back = x1 > x0 ? -head : head;
        const float level = y + (x1 > x0 ? -p.px(3) : p.px(3));
        p.line(x0, level, x1, level, ink, p.px(1.4F));
        p.line(x1, level, x1 + back, level - head, ink, p.px(1.4F));
        p.line(x1, level, x1 + back, level + head, ink, p.px(1.4F));
        from = to;
    }
}

void draw_label(const Painter& p, Rect place, const SlabView& slab) {
    const std::string count = std::to_string(slab.used) + "/" + std::to_string(slab.objects);
    p.text(place.cut_right(p.px(52)), p.digits(Size::small), count, Align::right);
    p.text(place, p.words(Size::small, Ink::quiet), slab_place(slab));
}

void point_at_object(PanelContext& context, const Strip& strip, const CacheView& cache, const SlabView& slab,
                     const std::vector<ObjectView>& objects, const Touch& found) {
    const auto is_before = [&](const ObjectView& object) { return right_of(strip, cache, object) <= found.x; };
    const auto at = std::partition_point(objects.begin(), objects.end(), is_before);
    if (at == objects.end()) return;
    const Thing meant = Thing::of_object(cache.cache.value, at->address);
    context.view.hover.point_at(meant);
    const u32 number = static_cast<u32>(at - objects.begin());
    if (!context.by_touch) tooltip(context, object_lines(context.snapshot, cache, slab, *at, number));
    if (found.pressed) context.view.select(meant);
}

// The classic SLAB's struct slab and its indices, if they are on the slab: behind the colour, before the objects.
void draw_management(const Painter& p, const Strip& strip, const SlabView& slab) {
    if (slab.colour_bytes == slab.first_byte) return;
    const Rect cell{strip.x(strip.start + slab.colour_bytes), strip.place.y0,
                    strip.x(strip.start + slab.first_byte) - p.hairline(), strip.place.y1};
    p.fill(cell, blend(p.theme()[Ink::panel], p.theme()[Ink::quiet], 0.6));
}

void draw_objects(PanelContext& context, const Painter& p, const Strip& strip, const CacheView& cache,
                const SlabView& slab, const std::vector<ObjectView>& objects) {
    const Thing &selected = context.view.selection.selected(), &hovered = context.view.hover.now();
    const auto is_meant = [&](const ObjectView& object) {
        const Thing thing = Thing::of_object(cache.cache.value, object.address);
        return thing == selected || thing == hovered;
    };
    for (u32 i = 0; i < objects.size(); ++i) {
        draw_object(p, strip, cache, objects[i], place_parts(*context.snapshot.machine, slab.slab, i));
        if (!is_meant(objects[i])) continue;
        const Rect cell{left_of(strip, cache, objects[i]), strip.place.y0, right_of(strip, cache, objects[i]),
                        strip.place.y1};
        p.frame(cell.inset(-p.hairline()), p.theme()[Ink::text], p.px(2));
    }
    for (u32 i = 0; i < objects.size(); ++i)
        if (is_meant(objects[i])) draw_list(p, strip, cache, objects, i);
}

bool has_frame(const SlabView& slab, const Thing& thing) {
    return thing.is(Thing::Kind::frame) && thing.pfn.value - slab.pfn.value < slab.order.frames();
}

// A frame of the slab, selected or pointed at anywhere: the strip is framed, and the bytes of that page are underlined.
void draw_frame_mark(const PanelContext& context, const Painter& p, const Strip& strip, const SlabView& slab) {
    const Thing& selected = context.view.selection.selected();
    for (const Thing* thing : {&selected, &context.view.hover.now()}) {
        if (!has_frame(slab, *thing)) continue;
        const Color ink = p.theme()[thing == &selected ? Ink::text : Ink::accent];
        p.frame(strip.place.inset(-p.px(2)), ink, p.px(thing == &selected ? 2 : 1));
        const u64 page = u64{thing->pfn.value} << kPageShift;
        p.fill({strip.x(page), strip.place.y1, strip.x(page + kPageSize), strip.place.y1 + p.px(3)}, ink);
    }
}

void draw_slab(PanelContext& context, const Painter& p, Rect row, const CacheView& cache, const SlabView& slab,
               u32 id) {
    draw_label(p, row.cut_left(p.px(kLabel)), slab);
    row.cut_left(p.px(10));
    const std::vector<ObjectView> objects = object_views(*context.snapshot.machine, slab.slab);
    const u64 bytes = u64{slab.order.frames()} << kPageShift;
    const Strip strip{row.inset(0, p.px(3)), u64{slab.pfn.value} << kPageShift,
                      row.width() / static_cast<double>(bytes)};
    p.hatch(strip.place, blend(p.theme()[Ink::panel], p.theme()[Ink::quiet], 0.4), 5);
    draw_management(p, strip, slab);
    const bool is_thin = cache.layout.size * strip.scale < p.px(kLeastCell);
    if (is_thin) {
        draw_shares(p, strip, objects);
    } else {
        draw_objects(context, p, strip, cache, slab, objects);
    }
    for (u32 page = 1; page < slab.order.frames(); ++page) {
        const float x = strip.x(strip.start + (u64{page} << kPageShift));
        p.line(x, row.y0, x, row.y0 + p.px(3), p.theme()[Ink::quiet]);
    }
    draw_frame_mark(context, p, strip, slab);
    const Touch found = touch(id, row);
    if (found.hovered) point_at_object(context, strip, cache, slab, objects, found);
}

}  // namespace

float draw_slab_strips(PanelContext& context, const Scroll& scroll, Rect place, const CacheView& cache) {
    const Painter& p = scroll.painter;
    const float top = place.y0, line = p.px(context.by_touch ? 30 : 24);
    const std::vector<SlabView> slabs = slab_views(*context.snapshot.machine, cache.cache);
    const Thing wanted = context.view.is_slab_sought ? context.view.selection.selected() : Thing();
    for (u32 i = 0; i < slabs.size(); ++i) {
        const Rect row = place.cut_top(line);
        if (has_frame(slabs[i], wanted)) {
            scroll_to(scroll, row);
            context.view.is_slab_sought = false;
        }
        if (row.y1 > scroll.seen.y0 && row.y0 < scroll.seen.y1)
            draw_slab(context, p, row, cache, slabs[i], kStripIds + i);
    }
    return place.y0 - top;
}

}  // namespace mmscope
