// The picture: panels on a canvas, fed with input, drawn when something changed.
//
// It reads snapshots and never changes a machine. Places come in CSS pixels of the canvas; the canvas itself has
// CSS size times pixel ratio device pixels, and everything inside counts in those. `frame` says whether another
// frame is wanted: while something moves, and for a few frames after input, because ImGui answers input late.
// There is one App at a time, because ImGui has one current context.
#pragma once

#include <optional>
#include <string>

#include "ui/map_panel.h"

struct ImGuiContext;

namespace mmscope {

enum class PointerKind : u8 { move, down, up, leave };

class App {
public:
    explicit App(MapView& map_view);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // TrueType or OpenType bytes; both empty: ImGui's own face.
    void set_faces(std::string mono, std::string sans);
    void set_theme(ThemeKind kind, Motion motion);
    void resize(double width, double height, double pixel_ratio);  // CSS pixels

    void pointer(PointerKind kind, double x, double y, int button, bool touch);
    void wheel(double x, double y, double delta_x, double delta_y);  // notches: 100 CSS pixels of scrolling each
    void pinch(double x, double y, double factor);
    // A key by its DOM name ("ArrowLeft", "[", "Escape"). True if it was used; Tab, F keys, Ctrl and Alt never are.
    bool key(std::string_view name, bool down, bool shift, bool ctrl);
    void focus(bool focused);

    // Builds one frame from the snapshot. True if another is wanted. Nothing happens on an empty canvas.
    bool frame(const Snapshot& snapshot, double milliseconds);
    // Draws what the last frame built; needs the GL context.
    void render();

    void select(Pfn pfn);  // kNoPfn: let go
    Pfn selected() const;  // kNoPfn: no frame
    void show_kinds(u8 kinds);  // of frames, as the map's legend does: bits of FrameKind; 0: all
    // Leaves on the map what this names (play/counted_frames.h), within those kinds, and shows the rest faintly; "": all
    // again. False, and all, where it names nothing.
    bool show_frames_of(std::string_view text);
    // Brings the list panel of this name (kPanelNames) to the front, once. False if none is called so.
    bool show_panel(std::string_view name);
    Pfn hovered() const;
    const char* take_help_request();  // a panel's name, "" for none

    const ViewState& view() const { return view_; }
    const MapPanel& map() const { return map_; }
    const Tiling& tiling() const { return tiling_; }

private:
    bool begin(double milliseconds);
    void take_machine(const Snapshot& snapshot);
    void tile_panels(const Snapshot& snapshot);
    void draw_panels(const Snapshot& snapshot);
    void reveal(const PanelContext& context);
    bool is_moving() const;
    void take_wish();
    bool walk(bool forward);
    bool let_go();
    bool use_key(std::string_view name, bool shift);
    bool move_selection(int across, int down);
    void wake() { wanted_ = kWake; }

    static constexpr int kWake = 4;  // frames after input: place, press, release, and what that changed

    ImGuiContext* imgui_;
    Fonts fonts_;
    ViewState view_;
    Changes changes_;
    Scanners scanners_;
    MapPanel map_;
    Tiling tiling_;
    ThemeKind theme_ = ThemeKind::dark;
    Motion motion_ = Motion::full;
    float width_ = 0, height_ = 0, ratio_ = 1;  // device pixels
    double now_ = 0;
    int wanted_ = 0;
    bool by_touch_ = false;
    Thing revealed_;             // the selection that the map has shown
    std::optional<Thing> wish_;  // selected from outside, not yet taken up
    std::vector<u32> machine_;   // by which another machine is told
};

}  // namespace mmscope
