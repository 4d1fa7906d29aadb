#include "ui/block_list.h"

#include "ui/text.h"

namespace mmscope {

namespace {

constexpr u32 kMostRows = 200;
constexpr u32 kRowIds = 0x400;

void draw_row(PanelContext& context, const Painter& p, Rect row, u32 number, Pfn pfn, Order order) {
    ViewState& view = context.view;
    const auto is_of = [&](const Thing& thing) {
        return thing.is(Thing::Kind::frame) && thing.pfn.value - pfn.value < order.frames();
    };
    const Touch found = touch(kRowIds + number, row);
    if (found.hovered) view.hover.point_at(Thing::frame(pfn));
    if (found.pressed) view.select(Thing::frame(pfn));
    const bool selected = is_of(view.selection.selected());
    if (selected || is_of(view.hover.now())) p.fill(row.inset(p.px(6), 0), p.theme()[Ink::raised], 3);
    if (selected)
        p.fill({row.x0 + p.px(6), row.y0 + p.px(3), row.x0 + p.px(8), row.y1 - p.px(3)}, p.theme()[Ink::accent]);
    Rect rest = row.inset(p.px(metric::kPad), 0);
    p.text(rest.cut_left(p.px(32)), p.digits(Size::small, Ink::quiet), std::to_string(number + 1), Align::right);
    rest.cut_left(p.px(12));
    p.text(rest.cut_left(p.px(84)), p.digits(Size::small), hex(pfn.value));
    p.text(rest, p.digits(Size::small, Ink::quiet), grouped(pfn.value), Align::right);
}

u32 count_of(const PanelContext& context, const Thing& list) {
    if (list.is(Thing::Kind::list))
        return context.zones()[list.zone].area.count[list.order.value][static_cast<u32>(list.type)];
    return static_cast<u32>(blocks_on(context.memory(), list, ~0U).size());
}

Order order_of(const PanelContext& context, const Thing& list) {
    if (list.is(Thing::Kind::list)) return list.order;
    return cpu_list_order(context.memory(), list.number).value_or(Order{0});
}

}  // namespace

std::vector<Pfn> blocks_on(const PageAllocator& memory, const Thing& list, u32 most) {
    std::vector<Pfn> blocks;
    const FrameTable& frames = memory.frames();
    const u32 head = head_of(memory, list);
    for (u32 at = frames.links()[head].next; at != head && blocks.size() < most; at = frames.links()[at].next) {
        blocks.push_back({at});
    }
    return blocks;
}

std::string block_list_title(const PanelContext& context) {
    const Thing& list = context.view.open_list;
    const std::string zone = zone_label(context.memory(), context.zones()[list.zone]);
    if (list.is(Thing::Kind::cpu_list))
        return "CPU " + std::to_string(list.cpu) + ", " + cpu_list_name(context.memory(), list.number) + ", " + zone;
    return "order " + std::to_string(list.order.value) + " " + kMigratetypeNames[static_cast<u32>(list.type)] + ", " +
           zone;
}

float draw_block_list(PanelContext& context, const Scroll& scroll, float top) {
    const Painter& p = scroll.painter;
    const Thing& list = context.view.open_list;
    const u32 count = count_of(context, list);
    const std::vector<Pfn> blocks = blocks_on(context.memory(), list, kMostRows);
    Rect rest{scroll.content.x0, top, scroll.content.x1, top + 1e6F};
    Rect head = rest.cut_top(p.px(metric::kRow)).inset(p.px(metric::kPad), 0);
    std::string title = count == 0 ? "empty" : grouped(count) + (count == 1 ? " block" : " blocks") + ", head first";
    if (count > kMostRows) title += ", the first " + std::to_string(kMostRows);
    if (context.tiling.list.is_empty()) title = block_list_title(context) + ": " + title;
    p.text(head, p.words(Size::small, Ink::quiet), title);
    const float height = p.px(context.by_touch ? 32 : metric::kRow);
    for (u32 i = 0; i < blocks.size(); ++i) {
        const Rect row = rest.cut_top(height);
        if (row.y1 < scroll.seen.y0 || row.y0 > scroll.seen.y1) continue;
        draw_row(context, p, row, i, blocks[i], order_of(context, list));
    }
    return rest.y0 - top;
}

}  // namespace mmscope
