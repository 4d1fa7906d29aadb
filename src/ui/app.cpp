#include "ui/app.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "ui/backend.h"
#include "ui/ask_panel.h"
#include "ui/buddy_panel.h"
#include "ui/inspector_panel.h"
#include "ui/opened_panel.h"
#include "ui/panel.h"
#include "ui/pcp_panel.h"
#include "ui/process_panel.h"
#include "ui/reclaim_panel.h"
#include "ui/slab_panel.h"
#include "ui/zones_panel.h"

namespace mmscope {

namespace {

void set_style(const Theme& theme, float ratio) {
    ImGuiStyle& style = ImGui::GetStyle();
    style = ImGuiStyle();
    style.WindowPadding = {0, 0};
    style.ItemSpacing = {0, 0};
    style.WindowBorderSize = 0;
    style.ChildBorderSize = 0;
    style.WindowMinSize = {1, 1};
    style.ScrollbarSize = std::round(10 * ratio);
    style.ScrollbarRounding = std::round(3 * ratio);
    style.Colors[ImGuiCol_ScrollbarBg] = ImVec4(0, 0, 0, 0);
    style.Colors[ImGuiCol_ScrollbarGrab] = ImGui::ColorConvertU32ToFloat4(theme[Ink::line].packed());
    for (ImGuiCol color : {ImGuiCol_ScrollbarGrabHovered, ImGuiCol_ScrollbarGrabActive}) {
        style.Colors[color] = ImGui::ColorConvertU32ToFloat4(blend(theme[Ink::line], theme[Ink::quiet], 0.5).packed());
    }
    ImGui::GetIO().MouseDragThreshold = std::round(5 * ratio);
}

}  // namespace

App::App(MapView& map_view) : imgui_(ImGui::CreateContext()), map_(map_view) {
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.ConfigFlags |= ImGuiConfigFlags_NoMouseCursorChange;
}

App::~App() { ImGui::DestroyContext(imgui_); }

void App::set_faces(std::string mono, std::string sans) { fonts_.set_faces(std::move(mono), std::move(sans)); }

void App::set_theme(ThemeKind kind, Motion motion) {
    theme_ = kind;
    motion_ = motion;
    wake();
}

void App::resize(double width, double height, double pixel_ratio) {
    ratio_ = static_cast<float>(pixel_ratio > 0 ? pixel_ratio : 1);
    width_ = static_cast<float>(std::round(width * pixel_ratio));
    height_ = static_cast<float>(std::round(height * pixel_ratio));
    wake();
}

bool App::frame(const Snapshot& snapshot, double milliseconds) {
    if (!begin(milliseconds)) return false;
    if (snapshot.machine != nullptr) {
        take_machine(snapshot);
        tile_panels(snapshot);
        draw_panels(snapshot);
    }
    ImGui::Render();
    if (view_.hover.settle()) wake();
    wanted_ = std::max(0, wanted_ - 1);
    return wanted_ > 0 || is_moving();
}

void App::render() {
    backend::clear(mmscope::theme(theme_)[Ink::panel].packed(), static_cast<int>(width_), static_cast<int>(height_));
    backend::draw();
}

// Nothing can be drawn on a canvas without size: it is hidden, or not laid out yet.
bool App::begin(double milliseconds) {
    if (width_ < 1 || height_ < 1) return false;
    ImGui::SetCurrentContext(imgui_);
    if (fonts_.rasterise(ratio_)) backend::fonts_changed();
    set_style(mmscope::theme(theme_), ratio_);
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = {width_, height_};
    io.DeltaTime = static_cast<float>(std::clamp((milliseconds - now_) / 1000, 1e-4, 0.1));
    now_ = milliseconds;
    ImGui::NewFrame();
    return true;
}

void App::take_machine(const Snapshot& snapshot) {
    const PageAllocator& memory = snapshot.memory();
    std::vector<u32> machine{memory.frames().frames()};
    for (const Zone& zone : memory.zones())
        machine.insert(machine.end(), {zone.start.value, zone.spanned, zone.managed});
    if (machine != machine_) {
        machine_ = std::move(machine);
        view_.selection.forget();
        view_.hover = {};
        view_.open_list = {};
        view_.counted.reset();
        view_.cpu = 0;
        view_.cache = kNoCache;
        view_.pid = 0;
        view_.walk = view_.walk_hovered = {};
        revealed_ = {};
        changes_.forget();
        scanners_.forget();
        // The zone with most to show.
        const auto larger = [](const Zone& a, const Zone& b) { return a.managed < b.managed; };
        const auto largest = std::max_element(memory.zones().begin(), memory.zones().end(), larger);
        view_.zone = largest == memory.zones().end() ? u8{0} : largest->position;
    }
    take_wish();
    changes_.observe(snapshot, now_, motion_);
    scanners_.observe(snapshot, now_, motion_);
}

void App::tile_panels(const Snapshot& snapshot) {
    u32 populated = 0;
    for (const Zone& zone : snapshot.memory().zones()) populated += zone.is_populated();
    tiling_ = tile(
        width_, height_, ratio_,
        {populated, view_.lists, view_.shared, !view_.open_list.is(Thing::Kind::none), view_.is_alone, view_.alone});
}

void App::draw_panels(const Snapshot& snapshot) {
    const Painter painter(ImGui::GetBackgroundDrawList(), mmscope::theme(theme_), fonts_, ratio_);
    PanelContext context{snapshot, painter, view_, changes_, scanners_, tiling_, now_, by_touch_};
    draw_ground(context);
    zones_panel(context);
    map_.draw(context, motion_);
    buddy_panel(context);
    const auto has_place = [&](PanelId id) { return !tiling_[id].is_empty(); };
    if (has_place(PanelId::pcp)) pcp_panel(context);
    if (has_place(PanelId::ask)) ask_panel(context);
    if (has_place(PanelId::reclaim)) reclaim_panel(context);
    if (has_place(PanelId::slab)) slab_panel(context);
    if (has_place(PanelId::process)) process_panel(context);
    if (!view_.open_list.is(Thing::Kind::none)) opened_panel(context);
    inspector_panel(context);
    reveal(context);
}

// A frame that was selected anywhere is brought into the map's view, once.
void App::reveal(const PanelContext& context) {
    const Thing& selected = view_.selection.selected();
    if (selected == revealed_) return;
    revealed_ = selected;
    if (selected.is(Thing::Kind::frame) || selected.is(Thing::Kind::object)) map_.show(context, selected.pfn, false, motion_);
    wake();
}

bool App::is_moving() const {
    return map_.is_moving() || changes_.is_moving(now_) || scanners_.is_moving(now_);
}

// Taken up by the next frame, which knows first whether the machine is still the same, or by a key before it.
void App::select(Pfn pfn) {
    wish_ = pfn == kNoPfn ? Thing() : Thing::frame(pfn);
    wake();
}

void App::show_kinds(u8 kinds) {
    map_.show_kinds(kinds);
    wake();
}

bool App::show_frames_of(std::string_view text) {
    view_.counted = read_frames_of(text);
    wake();
    return view_.counted.has_value();
}

bool App::show_panel(std::string_view name) {
    for (u32 i = 0; i < kPanels; ++i) {
        const auto id = static_cast<PanelId>(i);
        if (!is_list_panel(id) || name != kPanelNames[i]) continue;
        view_.bring_to_front(id);
        if (view_.is_alone && is_list_panel(view_.alone)) view_.alone = id;
        wake();
        return true;
    }
    return false;
}

void App::take_wish() {
    if (wish_) view_.select(*wish_);
    wish_.reset();
}

Pfn App::selected() const {
    const Thing& thing = wish_ ? *wish_ : view_.selection.selected();
    return thing.is(Thing::Kind::frame) ? thing.pfn : kNoPfn;
}

Pfn App::hovered() const {
    const Thing& thing = view_.hover.now();
    return thing.is(Thing::Kind::frame) ? thing.pfn : kNoPfn;
}

const char* App::take_help_request() {
    const int panel = view_.help;
    view_.help = -1;
    return panel < 0 ? "" : kPanelNames[panel];
}

}  // namespace mmscope
