#include "ui/slab_queues.h"

#include <algorithm>
#include <cmath>

#include "ui/slab_fields.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr u32 kQueueIds = 0x3000;
constexpr float kLabel = 152;    // CSS pixels, as the strips below have it
constexpr float kLeastCell = 3;  // places thinner than this are one bar

void draw_bar(const Painter& p, Rect bar, const QueueView& queue) {
    const Color slab = owner_color(Owner::slab), panel = p.theme()[Ink::panel];
    const float wide = bar.width() / static_cast<float>(std::max(queue.limit, 1U));
    const auto x = [&](u32 place) { return bar.x0 + std::round(wide * static_cast<float>(place)); };
    p.fill(bar, blend(panel, slab, 0.12));
    const bool has_cells = wide >= p.px(kLeastCell);
    if (has_cells) {
        for (u32 place = 0; place < queue.held; ++place)
            p.dotted_frame({x(place), bar.y0, x(place + 1) - p.hairline(), bar.y1}, slab, p.hairline());
    } else {
        p.fill({bar.x0, bar.y0, x(queue.held), bar.y1}, blend(panel, slab, 0.4));
    }
    p.frame(bar, blend(panel, slab, 0.6), p.hairline());
    if (queue.batchcount == 0) return;
    const float at = x(queue.batchcount);
    p.line(at, bar.y0 - p.px(3), at, bar.y1, p.theme()[Ink::quiet], p.px(1.4F));
}

}  // namespace

float draw_slab_queues(PanelContext& context, const Scroll& scroll, Rect place, const CacheView& cache) {
    const Painter& p = scroll.painter;
    const float top = place.y0;
    const u32 nodes = context.memory().nodes();
    const std::vector<QueueView> queues = queue_views(*context.snapshot.machine, cache.cache);
    for (u32 i = 0; i < queues.size(); ++i) {
        Rect row = place.cut_top(p.px(metric::kRow));
        if (row.y1 <= scroll.seen.y0 || row.y0 >= scroll.seen.y1) continue;
        const Touch found = touch(kQueueIds + i, row);
        Rect label = row.cut_left(p.px(kLabel));
        const std::string count = std::to_string(queues[i].held) + "/" + std::to_string(queues[i].limit);
        p.text(label.cut_right(p.px(52)), p.digits(Size::small), count, Align::right);
        p.text(label, p.words(Size::small, Ink::quiet), queue_name(queues[i], nodes));
        row.cut_left(p.px(10));
        draw_bar(p, row.inset(0, p.px(7)), queues[i]);
        if (found.hovered && !context.by_touch) tooltip(context, {queue_sentence(queues[i], nodes)});
    }
    if (!queues.empty()) place.cut_top(p.px(6));
    return place.y0 - top;
}

}  // namespace mmscope
