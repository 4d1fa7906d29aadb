#include "ui/slab_cells.h"

#include <algorithm>
#include <cmath>

namespace mmscope {

namespace {

using State = ObjectView::State;
using Part = PlacePart::Kind;

constexpr float kBox = 18;  // CSS pixels: a swatch of the legend

Color slab_color() { return owner_color(Owner::slab); }
// The table of picture.md has no red; the one of Unmovable is as far from a slab's blue as can be.
Color red_zone_color() { return migratetype_color(Migratetype::unmovable); }

// Free, in one of its ways.
void draw_free(const Painter& p, Rect cell, State state) {
    const Color slab = slab_color(), panel = p.theme()[Ink::panel];
    const float seam = p.hairline();
    p.fill(cell, blend(panel, slab, 0.12));
    if (is_at_hand(state)) {
        p.dotted_frame(cell, slab, seam);
    } else {
        p.frame(cell, slab, seam);
    }
    if (state == State::remotely_freed) p.hatch(cell, blend(panel, slab, 0.6), 5);
    if (state != State::poisoned) return;
    p.line(cell.x0, cell.y0, cell.x1, cell.y1, slab);
    p.line(cell.x0, cell.y1, cell.x1, cell.y0, slab);
}

// `asked`: where what was asked for ends.
void draw_used(const Painter& p, Rect cell, float asked) {
    const Color slab = slab_color();
    p.fill(cell, blend(p.theme()[Ink::panel], slab, 0.4));
    p.fill({cell.x0, cell.y0, std::min(cell.x1, asked), cell.y1}, slab);
}

void draw_red_zone(const Painter& p, Rect cell, bool is_active) {
    const Color red = red_zone_color(), panel = p.theme()[Ink::panel];
    p.fill(cell, blend(panel, red, is_active ? 0.7 : 0.16));
    if (!is_active) p.hatch(cell, red, 3);
}

void draw_behind(const Painter& p, Rect cell, Part part) {
    const Color panel = p.theme()[Ink::panel], quiet = p.theme()[Ink::quiet];
    p.fill(cell, blend(panel, quiet, part == Part::free_pointer ? 0.5 : part == Part::tracks ? 0.3 : 0.12));
}

bool is_red_zone(Part part) { return part == Part::left_redzone || part == Part::right_redzone; }
bool is_active(const PlacePart& part) { return part.filler == 0xcc; }

void draw_part(const Painter& p, Rect cell, const PlacePart& part, const ObjectView& object) {
    if (is_red_zone(part.kind)) {
        draw_red_zone(p, cell, is_active(part));
    } else if (part.kind != Part::object) {
        draw_behind(p, cell, part.kind);
    } else if (object.state == State::used) {
        draw_used(p, cell, cell.x1);
    } else {
        draw_free(p, cell, object.state);
    }
}

// 0xa5, where a byte is wide enough to be seen.
void draw_poison_end(const Painter& p, const Strip& strip, Rect cell) {
    const float wide = static_cast<float>(strip.scale);
    if (wide >= p.px(1)) p.fill({cell.x1 - wide, cell.y0, cell.x1, cell.y1}, slab_color());
}

void draw_parts(const Painter& p, const Strip& strip, u64 place, const ObjectView& object,
                const std::vector<PlacePart>& parts) {
    for (const PlacePart& part : parts) {
        const bool is_last = &part == &parts.back();
        const Rect cell{strip.x(place + part.from), strip.place.y0,
                        strip.x(place + part.to) - (is_last ? p.hairline() : 0), strip.place.y1};
        if (cell.x1 <= cell.x0) continue;
        draw_part(p, cell, part, object);
        if (part.kind == Part::object && object.state == State::poisoned) draw_poison_end(p, strip, cell);
        if (part.overwritten == 0) continue;
        p.fill({cell.x0, cell.y0, std::max(cell.x1, cell.x0 + p.px(3)), cell.y0 + p.px(4)}, p.theme()[Ink::text]);
    }
}

struct LegendEntry {
    const char* name;
    State state = State::used;
    Part part = Part::object;  // another one: it is that
    u8 filler = 0;
};

std::vector<LegendEntry> entries_of(const CacheView& cache) {
    std::vector<LegendEntry> entries{{"in use"}};
    const bool is_debugged = (cache.flags & slab_flag::kDebug) != 0;
    if (cache.classic) {
        entries.push_back({"in an array", State::in_array});
    } else if (cache.layout.sheaf_capacity != 0) {
        entries.push_back({"in a sheaf", State::in_sheaf});
    } else if (!is_debugged) {
        entries.push_back({"the CPU's own list", State::cpu_free});
        entries.push_back({"freed by another CPU", State::remotely_freed});
    }
    if (cache.is_poisoned) {
        entries.push_back({"free, poisoned 6b a5", State::poisoned});
    } else {
        entries.push_back({"free", State::free});
    }
    if ((cache.flags & slab_flag::kRedZone) != 0) {
        entries.push_back({"red zone cc, in use", State::used, Part::left_redzone, 0xcc});
        entries.push_back({"red zone bb, free", State::free, Part::left_redzone, 0xbb});
    }
    if (!is_debugged) return entries;
    if (cache.layout.pointer_offset >= cache.layout.inuse)
        entries.push_back({"free pointer", State::free, Part::free_pointer});
    if (cache.layout.track_bytes != 0) entries.push_back({"tracks", State::free, Part::tracks});
    entries.push_back({"padding", State::free, Part::padding});
    return entries;
}

}  // namespace

float Strip::x(u64 address) const {
    return place.x0 + static_cast<float>(std::round(static_cast<double>(address - start) * scale));
}

float left_of(const Strip& strip, const CacheView& cache, const ObjectView& object) {
    return strip.x(object.address - cache.layout.red_left_pad);
}

float right_of(const Strip& strip, const CacheView& cache, const ObjectView& object) {
    return strip.x(object.address - cache.layout.red_left_pad + cache.layout.size);
}

bool is_at_hand(State state) {
    return state == State::cpu_free || state == State::in_sheaf || state == State::in_array;
}

void draw_object(const Painter& p, const Strip& strip, const CacheView& cache, const ObjectView& object,
                 const std::vector<PlacePart>& parts) {
    if (!parts.empty()) return draw_parts(p, strip, object.address - cache.layout.red_left_pad, object, parts);
    const Rect cell{left_of(strip, cache, object), strip.place.y0, right_of(strip, cache, object) - p.hairline(),
                    strip.place.y1};
    if (object.state != State::used) return draw_free(p, cell, object.state);
    const u64 asked = object.requested == 0 ? cache.object_size : object.requested;
    draw_used(p, cell, strip.x(object.address + asked));
}

float draw_cell_legend(const Painter& p, Rect place, const CacheView& cache) {
    const float row = p.px(metric::kRow), gap = p.px(14), box = p.px(kBox);
    const Style style = p.words(Size::small, Ink::quiet);
    float x = place.x0, y = place.y0;
    for (const LegendEntry& entry : entries_of(cache)) {
        const float wide = box + p.px(6) + p.width(style, entry.name);
        if (x > place.x0 && x + wide > place.x1) x = place.x0, y += row;
        const Rect cell{x, y + p.px(5), x + box, y + row - p.px(5)};
        ObjectView object;
        object.state = entry.state;
        draw_part(p, cell, {entry.part, 0, 0, entry.filler, 0}, object);
        p.text({x + box + p.px(6), y, x + wide, y + row}, style, entry.name);
        x += wide + gap;
    }
    return y + row - place.y0;
}

}  // namespace mmscope
