#include "ui/opened_panel.h"

#include "ui/ask_panel.h"
#include "ui/block_list.h"

namespace mmscope {

namespace {

constexpr u32 kCloseId = 1;

PanelId opener(const Thing& thing) {
    if (thing.is(Thing::Kind::request)) return PanelId::ask;
    return thing.is(Thing::Kind::cpu_list) ? PanelId::pcp : PanelId::buddy;
}

float draw_rows(PanelContext& context, const Scroll& scroll, float top) {
    if (context.view.open_list.is(Thing::Kind::request)) return draw_chain(context, scroll, top);
    return draw_block_list(context, scroll, top);
}

}  // namespace

void opened_panel(PanelContext& context) {
    const Thing opened = context.view.open_list;
    if (context.tiling.list.is_empty() || opened.is(Thing::Kind::none)) return;
    Panel panel = begin_window(context, "list", context.tiling.list);
    const Painter& p = panel.painter;
    if (close_button(p, kCloseId, panel.title.cut_right(panel.title.height()))) {
        context.view.open_list = {};
        if (context.view.selection.selected() == opened) context.view.selection.let_go();
        end_panel();
        return;
    }
    panel.title.cut_left(p.px(metric::kPad));
    p.text(panel.title, p.words(), opened.is(Thing::Kind::request) ? chain_title(context) : block_list_title(context));
    Scroll scroll = begin_scroll(context, panel, "blocks", panel.body);
    const float height = draw_rows(context, scroll, scroll.content.y0);
    end_scroll(scroll, height);
    end_panel();
}

float draw_opened_under(PanelContext& context, PanelId id, const Scroll& scroll, float top) {
    const Thing& opened = context.view.open_list;
    if (!context.tiling.list.is_empty() || opened.is(Thing::Kind::none) || opener(opened) != id) return 0;
    return draw_rows(context, scroll, top);
}

}  // namespace mmscope
