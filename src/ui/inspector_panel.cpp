#include "ui/inspector_panel.h"

#include <algorithm>
#include <bit>

#include "ui/fields.h"
#include "ui/panel.h"
#include "ui/slab_fields.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr float kNames = 84;  // width of the names' column, CSS pixels
constexpr u32 kLinkIds = 0x100;

float draw_fields(PanelContext& context, const Painter& p, Rect place, const std::vector<Field>& fields) {
    const float top = place.y0;
    const float line = p.px(context.by_touch ? 24 : 20);
    const Style value_style = p.digits(Size::small);
    const size_t room = static_cast<size_t>(std::max(4.0F, (place.width() - p.px(kNames)) / p.width(value_style, "0")));
    for (u32 i = 0; i < fields.size(); ++i) {
        const Field& field = fields[i];
        const bool is_link = field.link != kNoPfn || field.mapping != kNoMapping;
        const Thing meant = field.mapping != kNoMapping ? Thing::of_mapping(field.mapping) : Thing::frame(field.link);
        bool named = false;
        for (const std::string& text : wrapped(field.value.empty() ? "-" : field.value, room)) {
            Rect row = place.cut_top(line);
            Touch found;
            if (is_link && !named) found = touch(kLinkIds + i, row);
            const Rect name = row.cut_left(p.px(kNames));
            if (!named) p.text(name, p.words(Size::small, Ink::quiet), field.name);
            named = true;
            p.text(row, p.digits(Size::small, is_link ? Ink::accent : Ink::text), text);
            if (found.hovered) context.view.hover.point_at(meant);
            if (found.pressed) context.view.select(meant);
        }
    }
    return place.y0 - top;
}

// The number in groups of four bits: the bit of the buddy in the accent, those of frames inside the block quiet.
void draw_bits(const Painter& p, Rect line, Pfn pfn, const BlockRef& block) {
    const u32 bits = std::max<u32>(20, (static_cast<u32>(std::bit_width(pfn.value)) + 3U) & ~3U);
    for (u32 bit = bits; bit-- > 0;) {
        const bool in_block = block.head != kNoPfn && bit < block.order.value;
        const bool tells = block.head != kNoPfn && bit == block.order.value && bit < kMaxPageOrder;
        const Style style = p.digits(Size::small, tells ? Ink::accent : in_block ? Ink::quiet : Ink::text);
        const float used = p.text(line, style, pfn.value >> bit & 1 ? "1" : "0");
        if (tells) p.fill({line.x0, line.y1 - p.px(2), line.x0 + used, line.y1}, p.theme()[Ink::accent]);
        line.cut_left(used + (bit % 4 == 0 ? p.px(5) : 0));
    }
}

void draw_swatch(const Painter& p, Rect box, u8 state) {
    const Color color = frame_color(state);
    const Color panel = p.theme()[Ink::panel];
    if (frame_state::is_absent(state)) {
        p.frame(box, p.theme()[Ink::line], p.hairline());
    } else if (frame_state::is_free(state)) {
        p.fill(box, blend(panel, color, 0.25));
        p.frame(box, color, p.hairline());
    } else if (frame_state::is_on_pcp(state)) {
        p.fill(box, blend(panel, color, 0.25));
        p.dotted_frame(box, color, p.hairline());
    } else {
        p.fill(box, color);
        if (frame_state::is_reserved(state)) p.hatch(box, blend(panel, p.theme()[Ink::quiet], 0.6), 4);
    }
}

float draw_frame(PanelContext& context, const Painter& p, Rect place, Pfn pfn, bool is_selected) {
    const float top = place.y0;
    const FrameInfo info = describe_frame(context.snapshot, pfn);
    Rect head = place.cut_top(p.px(32));
    Rect box = head.cut_left(p.px(16));
    box = {box.x0, box.y0 + p.px(8), box.x1, box.y0 + p.px(24)};
    draw_swatch(p, box, info.state);
    head.cut_left(p.px(10));
    head.cut_left(p.text(head, p.digits(Size::large), hex(pfn.value)) + p.px(10));
    if (!is_selected) p.text(head, p.words(Size::small, Ink::quiet), "under the pointer", Align::right);
    draw_bits(p, place.cut_top(p.px(20)), pfn, info.block);
    place.cut_top(p.px(8));
    p.line(place.x0, place.y0, place.x1, place.y0, p.theme()[Ink::line]);
    place.cut_top(p.px(6));
    place.cut_top(draw_fields(context, p, place, frame_fields(context.snapshot, info)));
    return place.y0 - top;
}

// Anything that has a name and fields.
float draw_named(PanelContext& context, const Painter& p, Rect place, std::string_view name,
                 const std::vector<Field>& fields) {
    const float top = place.y0;
    p.text(place.cut_top(p.px(32)), p.digits(Size::large), name);
    place.cut_top(p.px(4));
    p.line(place.x0, place.y0, place.x1, place.y0, p.theme()[Ink::line]);
    place.cut_top(p.px(6));
    place.cut_top(draw_fields(context, p, place, fields));
    return place.y0 - top;
}

float draw_zone(PanelContext& context, const Painter& p, Rect place, const Zone& zone, bool is_meant) {
    const float top = place.y0;
    if (!is_meant) {
        p.text(place.cut_top(p.px(24)), p.words(Size::small, Ink::quiet), "Point at a frame, or click one to keep it.");
        place.cut_top(p.px(8));
    }
    place.cut_top(draw_named(context, p, place, zone_label(context.memory(), zone), zone_fields(context.memory(), zone)));
    return place.y0 - top;
}

float draw_mapping(PanelContext& context, const Painter& p, Rect place, u32 number) {
    const MappingKind kind = context.memory().mapping_table().mappings[number].kind;
    const bool is_named = kind == MappingKind::file || kind == MappingKind::shmem;
    return draw_named(context, p, place, is_named ? mapping_name(context.memory(), number) : "anonymous",
                      mapping_fields(context.snapshot, number));
}

// Fields of what the slab allocator has.
std::vector<Field> slab_fields(const Snapshot& snapshot, const Thing& thing) {
    if (thing.is(Thing::Kind::cache)) return cache_fields(snapshot, thing.cache);
    if (thing.is(Thing::Kind::object)) return object_fields(snapshot, thing.address);
    return {};
}

const char* subtitle_of(const Thing& thing) {
    switch (thing.kind) {
        case Thing::Kind::frame:
            return "struct page";
        case Thing::Kind::mapping:
            return "pages of one mapping";
        case Thing::Kind::cache:
            return "struct kmem_cache";
        case Thing::Kind::object:
            return "object in a slab";
        default:
            return "struct zone";
    }
}

}  // namespace

void inspector_panel(PanelContext& context) {
    const Thing& selected = context.view.selection.selected();
    const auto has_fields = [](const Thing& thing) {
        using Kind = Thing::Kind;
        for (const Kind kind : {Kind::frame, Kind::zone, Kind::mapping, Kind::cache, Kind::object})
            if (thing.is(kind)) return true;
        return false;
    };
    const bool keeps = has_fields(selected);
    const Thing& thing = keeps ? selected : context.view.hover.now();
    const bool has_frame = thing.is(Thing::Kind::frame) && thing.pfn.value < context.frames().frames();
    const bool has_mapping =
        thing.is(Thing::Kind::mapping) && thing.mapping < context.memory().mapping_table().mappings.size();
    const auto panel = begin_panel(context, PanelId::inspector, subtitle_of(thing));
    if (!panel) return;
    if (context.view.zone >= context.zones().size()) {
        empty_state(*panel, "This machine has no zones.");
        end_panel();
        return;
    }
    Scroll scroll = begin_scroll(context, *panel, "fields", panel->body);
    const Painter& p = scroll.painter;
    Rect place = scroll.content.inset(p.px(metric::kPad), p.px(6));
    float height = p.px(12);
    if (has_frame) {
        height += draw_frame(context, p, place, thing.pfn, keeps);
    } else if (const std::vector<Field> fields = slab_fields(context.snapshot, thing); !fields.empty()) {
        height += draw_named(context, p, place, fields.front().value, {fields.begin() + 1, fields.end()});
    } else if (has_mapping) {
        height += draw_mapping(context, p, place, thing.mapping);
    } else {
        const u8 zone = thing.is(Thing::Kind::zone) ? thing.zone : context.view.zone;
        height += draw_zone(context, p, place, context.zones()[zone], thing.is(Thing::Kind::zone));
    }
    end_scroll(scroll, height);
    end_panel();
}

}  // namespace mmscope
