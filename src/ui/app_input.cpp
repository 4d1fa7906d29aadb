// Pointer, wheel, pinch and keys: the half of App that listens.
#include <imgui.h>

#include <cfloat>
#include <cmath>

#include "ui/app.h"

namespace mmscope {

namespace {

constexpr double kWheelZoom = 0.16;  // for a notch of the wheel, in powers of e
constexpr double kKeyZoom = 1.35;
constexpr double kKeyPan = 64;  // CSS pixels

}  // namespace

void App::pointer(PointerKind kind, double x, double y, int button, bool touch) {
    ImGui::SetCurrentContext(imgui_);
    ImGuiIO& io = ImGui::GetIO();
    by_touch_ = touch;
    io.AddMouseSourceEvent(touch ? ImGuiMouseSource_TouchScreen : ImGuiMouseSource_Mouse);
    if (kind != PointerKind::leave) io.AddMousePosEvent(static_cast<float>(x * ratio_), static_cast<float>(y * ratio_));
    if (kind == PointerKind::down || kind == PointerKind::up) {
        // The DOM counts left, middle, right; ImGui left, right, middle.
        const int imgui_button = button == 1 ? 2 : button == 2 ? 1 : button;
        if (imgui_button >= 0 && imgui_button < ImGuiMouseButton_COUNT)
            io.AddMouseButtonEvent(imgui_button, kind == PointerKind::down);
    }
    // A finger that was lifted points nowhere; one that left holds nothing.
    if (kind == PointerKind::leave && touch) {
        io.AddMousePosEvent(-FLT_MAX, -FLT_MAX);
        io.AddMouseButtonEvent(0, false);
    }
    if (kind == PointerKind::leave || (touch && kind == PointerKind::up)) io.AddMousePosEvent(-FLT_MAX, -FLT_MAX);
    wake();
}

void App::wheel(double x, double y, double delta_x, double delta_y) {
    wake();
    if (map_.zoom_at(static_cast<float>(x * ratio_), static_cast<float>(y * ratio_),
                     static_cast<double>(std::exp(static_cast<float>(-delta_y * kWheelZoom)))))
        return;
    ImGui::SetCurrentContext(imgui_);
    ImGui::GetIO().AddMouseWheelEvent(static_cast<float>(-delta_x), static_cast<float>(-delta_y));
}

void App::pinch(double x, double y, double factor) {
    map_.zoom_at(static_cast<float>(x * ratio_), static_cast<float>(y * ratio_), factor);
    wake();
}

void App::focus(bool focused) {
    ImGui::SetCurrentContext(imgui_);
    ImGui::GetIO().AddFocusEvent(focused);
    wake();
}

bool App::key(std::string_view name, bool down, bool shift, bool ctrl) {
    if (ctrl || !down) return false;
    const bool used = use_key(name, shift);
    if (used) wake();
    return used;
}

bool App::use_key(std::string_view name, bool shift) {
    take_wish();  // a key goes by what was selected last, drawn or not
    if (name == "Escape") return let_go();
    if (name == "[") return walk(false);
    if (name == "]") return walk(true);
    struct Arrow {
        std::string_view name;
        int across, down;
    };
    for (const Arrow& arrow :
         {Arrow{"ArrowLeft", -1, 0}, {"ArrowRight", 1, 0}, {"ArrowUp", 0, -1}, {"ArrowDown", 0, 1}}) {
        if (name != arrow.name) continue;
        if (shift) return move_selection(arrow.across, arrow.down);
        map_.pan(-arrow.across * kKeyPan * ratio_, -arrow.down * kKeyPan * ratio_);
        return true;
    }
    if (name == "+" || name == "=") return map_.zoom(kKeyZoom), true;
    if (name == "-" || name == "_") return map_.zoom(1 / kKeyZoom), true;
    if (name == "0") return map_.fit(now_, motion_), true;
    return false;
}

bool App::walk(bool forward) {
    const bool moved = forward ? view_.selection.forward() : view_.selection.back();
    if (moved) view_.select(view_.selection.selected());
    return moved;
}

// One thing at a time: the selection, the open list, the whole canvas.
bool App::let_go() {
    if (!view_.selection.selected().is(Thing::Kind::none)) {
        view_.selection.let_go();
    } else if (!view_.open_list.is(Thing::Kind::none)) {
        view_.open_list = {};
    } else if (view_.is_alone) {
        view_.is_alone = false;
    } else {
        return false;
    }
    return true;
}

// Shift and an arrow: the frame beside the selected one in the picture.
bool App::move_selection(int across, int down) {
    if (selected() == kNoPfn) {
        if (map_.layout().tiles().empty()) return false;
        view_.select(Thing::frame({u32{map_.layout().tiles().front()} << FrameLayout::kTileOrder}));
        return true;
    }
    const Pfn next = map_.neighbour(selected(), across, down);
    if (next == kNoPfn) return false;
    view_.select(Thing::frame(next));
    return true;
}

}  // namespace mmscope
