#include "ui/map_panel.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/fields.h"
#include "ui/map_marks.h"
#include "ui/map_scanners.h"
#include "ui/panel.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr float kLargestCell = 120;  // CSS pixels
constexpr float kSectionLabel = 20;
constexpr float kGutter = 48;
constexpr u32 kMapId = 1;

std::vector<std::string> describe(const PanelContext& context, Pfn pfn) {
    const PageAllocator& memory = context.memory();
    const u8 state = context.frames().state(pfn);
    std::vector<std::string> lines{"pfn " + hex(pfn.value) + "  (" + grouped(pfn.value) + ")"};
    const BlockRef block = block_of(memory, pfn);
    if (block.head == kNoPfn) {
        lines.push_back(frame_state::is_reserved(state) ? "reserved: present, not managed" : "absent: no memory here");
    } else {
        const char* type = kMigratetypeNames[static_cast<u32>(frame_state::migratetype(state))];
        const std::string what = block.is_free ? "free" : owner_name(frame_state::owner(state));
        lines.push_back(what + ", " + type + ", order " + std::to_string(block.order.value) + " block of " +
                        memory_size(block.order.frames()));
        lines.push_back("from " + hex(block.head.value) + " to " + hex(block.head.value + block.order.frames() - 1));
        const Migratetype pageblock = context.frames().pageblock_type(pfn);
        lines.push_back(std::string("pageblock ") + kMigratetypeNames[static_cast<u32>(pageblock)]);
    }
    if (const auto place = memory.cpu_list_of(block.head))
        lines.push_back("on a list of CPU " + std::to_string(place->cpu) + ", " + cpu_list_name(memory, place->list));
    const Zone* zone = memory.zone_of(pfn);
    if (const Pfn head = context.frames().folio(pfn); frame_state::is_on_lru(context.frames().state(head))) {
        const MappedPage page = memory.frames().mapped(head);
        lines.push_back("page " + grouped(page.index + (pfn - head)) + " of " + mapping_name(memory, page.mapping));
    }
    if (const std::string moved = move_text(context, pfn); !moved.empty()) lines.push_back(moved);
    if (zone != nullptr) lines.push_back("zone " + zone_label(memory, *zone));
    return lines;
}

}  // namespace

std::vector<std::vector<u16>> tiles_of(const PageAllocator& memory, std::vector<u8>* zones) {
    std::vector<std::vector<u16>> sections;
    zones->clear();
    const FrameTable& frames = memory.frames();
    u32 next = 0;  // a tile that two zones share goes to the lower one
    for (const Zone& zone : memory.zones()) {
        if (!zone.is_populated()) continue;
        std::vector<u16> tiles;
        const u32 first = std::max(next, zone.start.value >> FrameLayout::kTileOrder);
        const u32 end = (std::min(zone.start.value + zone.spanned, frames.frames()) + FrameLayout::kTileFrames - 1) >>
                        FrameLayout::kTileOrder;
        for (u32 tile = first; tile < end; ++tile) {
            const u8* states = frames.states() + (size_t{tile} << FrameLayout::kTileOrder);
            if (std::all_of(states, states + FrameLayout::kTileFrames, frame_state::is_absent)) continue;
            tiles.push_back(static_cast<u16>(tile));
            next = tile + 1;
        }
        if (tiles.empty()) continue;
        if (zones->size() < FrameLayout::kMostSections) zones->push_back(zone.position);
        sections.push_back(std::move(tiles));
    }
    return sections;
}

// The layout depends on where memory is, which never changes in a machine; another machine has other spans.
void MapPanel::take_machine(const PanelContext& context) {
    std::vector<u32> machine{context.frames().frames()};
    for (const Zone& zone : context.zones())
        machine.insert(machine.end(), {zone.start.value, zone.spanned, zone.present});
    if (machine == machine_) return;
    machine_ = std::move(machine);
    layout_.set_tiles(tiles_of(context.memory(), &section_zones_));
    arranged_ = {};
    camera_ = MapCamera();
}

void MapPanel::place(const PanelContext& context, const Painter& p, Rect body) {
    const bool tall = context.tiling.shape == Shape::tall;
    legend_ = body.inset(p.px(metric::kPad), 0);
    float height = legend_height(context, p, legend_.width(), LegendNames::shown);
    names_ = height <= body.height() / 2 ? LegendNames::shown : LegendNames::hidden;
    if (names_ == LegendNames::hidden) height = legend_height(context, p, legend_.width(), names_);
    legend_ = legend_.cut_bottom(height + p.px(4));
    body.y1 = legend_.y0 - p.px(4);
    gutter_ = tall ? Rect{} : body.cut_left(p.px(kGutter));
    view_ = body.inset(tall ? p.px(8) : 0, 0);
    if (!tall) view_.x1 -= p.px(metric::kPad);
    if (view_.is_empty()) return;
    if (!(arranged_ == Rect{0, 0, view_.width(), view_.height()})) {
        arranged_ = {0, 0, view_.width(), view_.height()};
        layout_.arrange(view_.width(), view_.height(), p.px(kSectionLabel));
    }
    camera_.set_view(view_.width(), view_.height(), layout_, p.px(kLargestCell));
}

void MapPanel::take_colours(const PanelContext& context) {
    const u32 revision = palette_.revision;
    palette_ = map_palette(context.theme(), filter_);
    palette_.revision = revision + 1;
    palette_theme_ = context.theme().kind;
}

void MapPanel::count_frames(const PanelContext& context) {
    const bool is_same = counted_ == context.view.counted && counted_generation_ == context.snapshot.generation;
    if (is_same) return;
    counted_ = context.view.counted;
    counted_generation_ = context.snapshot.generation;
    counted_frames_ = counted_ ? frames_of(context.snapshot, *counted_) : FrameSet();
}

std::string MapPanel::subtitle(const PanelContext& context) const {
    if (counted_) return "frames of " + counted_->words + ", the others faint";
    return memory_size(context.memory().present_pages()) + ", one cell a page frame of 4 KiB";
}

// The list that the pointer is on, or else the selected one.
LitList MapPanel::lit_list(const PanelContext& context) const {
    const Thing* list = nullptr;
    for (const Thing* thing : {&context.view.hover.now(), &context.view.selection.selected()}) {
        if (list == nullptr && thing->is(Thing::Kind::list)) list = thing;
    }
    if (list == nullptr) return {};
    const Zone& zone = context.zones()[list->zone];
    return {true, list->order, frame_state::free_head(list->type, list->order), zone.start, zone.spanned};
}

void MapPanel::render(const ImDrawList*, const ImDrawCmd* command) {
    const MapPanel* panel = static_cast<const MapPanel*>(command->UserCallbackData);
    panel->map_view_->draw(panel->scene_);
}

void MapPanel::submit(const PanelContext& context, const Painter& p) {
    scene_.layout = &layout_;
    scene_.palette = &palette_;
    scene_.x = static_cast<int>(view_.x0);
    scene_.y = static_cast<int>(view_.y0);
    scene_.width = static_cast<int>(view_.width());
    scene_.height = static_cast<int>(view_.height());
    scene_.framebuffer_height = static_cast<int>(ImGui::GetIO().DisplaySize.y);
    scene_.left = camera_.left();
    scene_.top = camera_.top();
    scene_.scale = camera_.scale();
    scene_.pixel_ratio = p.px(100) / 100;
    scene_.lit = lit_list(context);
    const FrameTable& frames = context.frames();
    scene_.pageblocks = {nullptr, frames.pageblocks(), frames.pageblock_order()};
    if (filter_.of_pageblocks) scene_.pageblocks.types = frames.pageblock_types();
    p.list()->AddCallback(&MapPanel::render, this);
    p.list()->AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

void MapPanel::interact(PanelContext& context, Motion motion) {
    const Touch found = touch(kMapId, view_);
    const ImGuiIO& io = ImGui::GetIO();
    const bool held = ImGui::IsItemActive();
    if (held && ImGui::IsMouseDragging(0)) {
        camera_.pan(io.MouseDelta.x, io.MouseDelta.y);
        return;
    }
    if (found.hovered && ImGui::IsMouseDoubleClicked(0)) {
        camera_.fit(context.now, motion);
        return;
    }
    if (!found.hovered && !held) return;
    const Pfn pfn = layout_.at(camera_.cell_x(io.MousePos.x - view_.x0), camera_.cell_y(io.MousePos.y - view_.y0));
    if (pfn == kNoPfn || frame_state::is_absent(context.frames().state(pfn))) return;
    context.view.hover.point_at(Thing::frame(pfn));
    if (!context.by_touch) tooltip(context, describe(context, pfn));
    if (found.pressed) context.view.select(Thing::frame(pfn));
}

void MapPanel::draw(PanelContext& context, Motion motion) {
    take_machine(context);
    count_frames(context);
    const auto panel = begin_panel(context, PanelId::map, subtitle(context));
    is_moving_ = false;
    if (!panel) {
        view_ = {};
        return;
    }
    const Painter& p = panel->painter;
    place(context, p, panel->body);
    draw_moves_key(context, p, panel->title);
    if (!view_.is_empty()) {
        is_moving_ = camera_.advance(context.now);
        interact(context, motion);
        const bool is_faded_anew = std::exchange(has_new_filter_, false);
        if (palette_.revision == 0 || palette_theme_ != context.theme().kind || is_faded_anew) take_colours(context);
        submit(context, p);
        const MapGround ground{layout_, camera_, view_, gutter_, section_zones_, filter_};
        draw_gutter(p, ground);
        p.clip(view_);
        dim_others(context, p, ground, counted_ ? &counted_frames_ : nullptr);
        draw_places(context, p, ground);
        draw_block_labels(context, p, ground);
        draw_outlines(context, p, ground);
        draw_scanners(context, p, ground);
        p.end_clip();
    }
    if (draw_legend(context, p, legend_, names_, &filter_)) {
        take_colours(context);
        is_moving_ = true;
    }
    end_panel();
}

bool MapPanel::zoom_at(float x, float y, double factor) {
    if (!view_.contains(x, y)) return false;
    camera_.zoom(x - view_.x0, y - view_.y0, factor);
    return true;
}

void MapPanel::pan(double dx, double dy) { camera_.pan(dx, dy); }

void MapPanel::zoom(double factor) { camera_.zoom(view_.width() / 2, view_.height() / 2, factor); }

void MapPanel::show(const PanelContext& context, Pfn pfn, bool closer, Motion motion) {
    if (view_.is_empty() || !layout_.has(pfn)) return;
    const BlockRef block = block_of(context.memory(), pfn);
    camera_.show(block.head == kNoPfn ? layout_.block(pfn, {0}) : layout_.block(block.head, block.order), closer,
                 context.now, motion);
}

Pfn MapPanel::neighbour(Pfn pfn, int across, int down) const {
    if (!layout_.has(pfn)) return kNoPfn;
    const CellRect cell = layout_.block(pfn, {0});
    Pfn found = layout_.at(cell.x0 + 0.5 + across, cell.y0 + 0.5 + down);
    // Over the gap between two zones in one step.
    if (found == kNoPfn && down != 0) found = layout_.at(cell.x0 + 0.5, cell.y0 + 0.5 + down * (1 + layout_.gap()));
    return found;
}

}  // namespace mmscope
