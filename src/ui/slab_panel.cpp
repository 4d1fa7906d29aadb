#include "ui/slab_panel.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/slab_cells.h"
#include "ui/slab_fields.h"
#include "ui/slab_queues.h"
#include "ui/slab_strips.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr u32 kHeadIds = 0x10;
constexpr u32 kRowIds = 0x100;
constexpr float kTwoColumns = 720;  // CSS pixels from which the open cache stands beside the table

struct Column {
    SlabSort sort;
    const char* name;
    float width;  // CSS pixels; 0: what is left
};
// The later ones are left out first where there is no room.
constexpr Column kColumns[] = {{SlabSort::name, "cache", 0},
                               {SlabSort::objects, "in use", 96},
                               {SlabSort::pages, "pages", 52},
                               {SlabSort::size, "size", 60},
                               {SlabSort::lost, "lost", 66}};
constexpr float kLeastName = 104;

u32 columns_in(const Painter& p, float width) {
    u32 columns = static_cast<u32>(std::size(kColumns));
    const auto wanted = [&] {
        float sum = kLeastName;
        for (u32 i = 0; i < columns; ++i) sum += kColumns[i].width;
        return p.px(sum);
    };
    while (columns > 2 && wanted() > width) --columns;
    return columns;
}

// The places of the columns in a row.
std::vector<Rect> cells_of(const Painter& p, Rect row, u32 columns) {
    std::vector<Rect> cells(columns);
    for (u32 i = columns; i-- > 1;) cells[i] = row.cut_right(p.px(kColumns[i].width));
    cells[0] = row;
    return cells;
}

std::string value_of(const CacheView& cache, SlabSort column) {
    switch (column) {
        case SlabSort::name:
            return std::string(cache.name);
        case SlabSort::objects:
            return grouped(cache.counters.used) + " / " + grouped(cache.counters.total_objects);
        case SlabSort::size:
            return grouped(cache.layout.size) + " B";
        case SlabSort::pages:
            return grouped(cache_pages(cache));
        case SlabSort::lost:
            return byte_size(cache.lost_inside + cache.lost_padding);
    }
    return {};
}

void draw_head(PanelContext& context, const Painter& p, Rect row, u32 columns) {
    const std::vector<Rect> cells = cells_of(p, row, columns);
    for (u32 i = 0; i < columns; ++i) {
        const bool is_chosen = context.view.slab_sort == kColumns[i].sort;
        const Style style = p.words(Size::small, is_chosen ? Ink::text : Ink::quiet);
        const float used = p.text(cells[i], style, kColumns[i].name, i == 0 ? Align::left : Align::right);
        const float x1 = i == 0 ? cells[i].x0 + used : cells[i].x1;
        if (is_chosen) p.fill({x1 - used, row.y1 - p.px(3), x1, row.y1 - p.px(2)}, p.theme()[Ink::accent]);
        if (touch(kHeadIds + i, cells[i]).pressed) context.view.slab_sort = kColumns[i].sort;
    }
    p.line(row.x0, row.y1, row.x1, row.y1, p.theme()[Ink::line]);
}

// Which part of a cache's places is in use, under its row.
void draw_share(const Painter& p, Rect row, const CacheView& cache) {
    if (cache.counters.total_objects == 0) return;
    const float y = row.y1 - p.px(3);
    const double share = static_cast<double>(cache.counters.used) / cache.counters.total_objects;
    p.fill({row.x0, y, row.x1, y + p.px(2)}, p.theme()[Ink::line]);
    p.fill({row.x0, y, row.x0 + row.width() * static_cast<float>(share), y + p.px(2)}, owner_color(Owner::slab));
}

void draw_cache(PanelContext& context, const Painter& p, Rect row, u32 columns, const CacheView& cache, u32 id) {
    const Thing meant = Thing::of_cache(cache.cache.value);
    const bool is_open = context.view.cache == cache.cache.value;
    const bool is_empty = cache.counters.slabs == 0;
    const Touch found = touch(id, row);
    if (found.hovered || context.view.hover.now() == meant) p.fill(row, p.theme()[Ink::raised], 3);
    const std::vector<Rect> cells = cells_of(p, row.inset(p.px(2), 0), columns);
    for (u32 i = 0; i < columns; ++i) {
        const Ink ink = is_open && i == 0 ? Ink::accent : is_empty ? Ink::quiet : Ink::text;
        p.text(cells[i], p.digits(Size::small, ink), value_of(cache, kColumns[i].sort),
               i == 0 ? Align::left : Align::right);
    }
    draw_share(p, row.inset(p.px(2), 0), cache);
    if (found.hovered) {
        context.view.hover.point_at(meant);
        if (!context.by_touch) tooltip(context, cache_lines(cache));
    }
    if (found.pressed) context.view.select(meant);
}

float draw_table(PanelContext& context, const Painter& p, Rect place, const std::vector<CacheView>& caches,
                 const Rect& seen) {
    const float top = place.y0;
    const u32 columns = columns_in(p, place.width());
    draw_head(context, p, place.cut_top(p.px(metric::kRow)), columns);
    const float line = p.px(context.by_touch ? 30 : metric::kRow);
    for (u32 i = 0; i < caches.size(); ++i) {
        const Rect row = place.cut_top(line);
        if (row.y1 > seen.y0 && row.y0 < seen.y1) draw_cache(context, p, row, columns, caches[i], kRowIds + i);
    }
    return place.y0 - top;
}

// What kmalloc gave and nobody asked for, summed for the machine.
std::string kmalloc_sentence(const Heap& heap) {
    if (!heap.has_slub()) return {};
    const KmallocUse use = heap.kmalloc().use(heap.slab());
    if (use.objects == 0) return {};
    return "kmalloc: " + byte_size(use.requested) + " asked for, " + byte_size(use.given) + " given";
}

// A selected frame of a slab opens its cache and wants the slab in sight, once: then another cache may be opened.
void follow_selection(PanelContext& context) {
    const Thing& selected = context.view.selection.selected();
    const Pfn pfn = selected.is(Thing::Kind::frame) ? selected.pfn : kNoPfn;
    if (std::exchange(context.view.slab_frame, pfn) == pfn || pfn == kNoPfn) return;
    const std::optional<SlabOfFrame> found = slab_of(*context.snapshot.machine, pfn);
    if (!found) return;
    context.view.cache = found->id.value;
    context.view.is_slab_sought = true;
}

const CacheView* open_cache(PanelContext& context, const std::vector<CacheView>& caches) {
    const auto is_open = [&](const CacheView& cache) { return cache.cache.value == context.view.cache; };
    const auto found = std::find_if(caches.begin(), caches.end(), is_open);
    if (found != caches.end()) return &*found;
    if (caches.empty() || caches.front().counters.slabs == 0) return nullptr;
    const auto fuller = [](const CacheView& a, const CacheView& b) { return cache_pages(a) < cache_pages(b); };
    return &*std::max_element(caches.begin(), caches.end(), fuller);
}

float draw_open(PanelContext& context, const Scroll& scroll, Rect place, const CacheView* cache) {
    const Painter& p = scroll.painter;
    if (cache == nullptr) {
        for (const char* sentence : {"No cache has a slab yet.", "In the script: p = kmalloc(100, GFP_KERNEL)"})
            p.text(place.cut_top(p.px(metric::kRow)), p.words(Size::small, Ink::quiet), sentence);
        return 2 * p.px(metric::kRow);
    }
    const float top = place.y0;
    Rect head = place.cut_top(p.px(metric::kRow));
    head.cut_left(p.text(head, p.digits(Size::small), cache->name) + p.px(10));
    p.text(head, p.words(Size::small, Ink::quiet), layout_sentence(*cache));
    if (cache->is_left_over)
        p.text(place.cut_top(p.px(metric::kRow)), p.words(Size::small), left_over_sentence(*cache));
    place.cut_top(draw_cell_legend(p, place, *cache) + p.px(4));
    place.cut_top(draw_slab_queues(context, scroll, place, *cache));
    return place.y0 - top + draw_slab_strips(context, scroll, place, *cache);
}

void draw_side_by_side(PanelContext& context, const Panel& panel, const std::vector<CacheView>& caches) {
    const Painter& outer = panel.painter;
    Rect right = panel.body;
    const Rect left = right.cut_left(std::round(right.width() * 0.42F));
    outer.line(left.x1, left.y0, left.x1, left.y1, outer.theme()[Ink::line]);
    Scroll table = begin_scroll(context, panel, "caches", left);
    const Rect rows = table.content.inset(outer.px(metric::kPad), 0);
    end_scroll(table, draw_table(context, table.painter, rows, caches, table.seen) + outer.px(6));
    Scroll open = begin_scroll(context, panel, "slabs", right);
    const Rect strips = open.content.inset(outer.px(metric::kPad), 0);
    end_scroll(open, draw_open(context, open, strips, open_cache(context, caches)) + outer.px(6));
}

void draw_under(PanelContext& context, const Panel& panel, const std::vector<CacheView>& caches) {
    Scroll scroll = begin_scroll(context, panel, "caches", panel.body);
    const Painter& p = scroll.painter;
    Rect place = scroll.content.inset(p.px(metric::kPad), 0);
    place.cut_top(draw_open(context, scroll, place, open_cache(context, caches)) + p.px(10));
    place.cut_top(draw_table(context, p, place, caches, scroll.seen));
    end_scroll(scroll, place.y0 - scroll.content.y0 + p.px(6));
}

}  // namespace

void slab_panel(PanelContext& context) {
    const auto panel = begin_panel(context, PanelId::slab, "");
    if (!panel) return;
    const Machine& machine = *context.snapshot.machine;
    const Painter& p = panel->painter;
    const std::string sentence = kmalloc_sentence(machine.heap());
    Rect bar = panel->title;
    if (p.width(p.words(Size::small), sentence) < bar.width())
        p.text(bar, p.words(Size::small, Ink::quiet), sentence, Align::right);
    follow_selection(context);
    const std::vector<CacheView> caches = sorted_caches(machine, context.view.slab_sort);
    if (panel->body.width() >= p.px(kTwoColumns)) {
        draw_side_by_side(context, *panel, caches);
    } else {
        draw_under(context, *panel, caches);
    }
    end_panel();
}

}  // namespace mmscope
