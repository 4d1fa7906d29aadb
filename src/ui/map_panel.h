// The page map panel: every frame of the machine, from the whole of it to single frames.
//
// Wheel and pinch zoom around the pointer, a drag pans, a click selects a frame, a double click shows everything
// again. The cells are drawn by a MapView; this panel lays them out, moves the camera, and draws names, labels
// and outlines on top. The legend below it filters.
#pragma once

#include "ui/map_camera.h"
#include "ui/map_legend.h"
#include "ui/map_view.h"
#include "ui/panel_context.h"

struct ImDrawList;
struct ImDrawCmd;

namespace mmscope {

class MapPanel {
public:
    explicit MapPanel(MapView& view) : map_view_(&view) {}

    void draw(PanelContext& context, Motion motion);
    bool is_moving() const { return is_moving_; }

    // Input that belongs to the map: pixels of the canvas. False if the place is not on the map.
    bool zoom_at(float x, float y, double factor);
    void pan(double dx, double dy);  // pixels
    void zoom(double factor);        // around the middle
    void fit(double now, Motion motion) { camera_.fit(now, motion); }
    // Brings a frame into view; `closer`: large enough to be read.
    void show(const PanelContext& context, Pfn pfn, bool closer, Motion motion);
    // The frame beside this one in the picture; kNoPfn if there is none.
    Pfn neighbour(Pfn pfn, int across, int down) const;

    const FrameLayout& layout() const { return layout_; }
    const MapCamera& camera() const { return camera_; }
    const Rect& view() const { return view_; }  // where the cells are, on the canvas
    const LegendFilter& filter() const { return filter_; }
    // Of what was counted at the last drawn frame; empty where nothing is.
    const FrameSet& counted_frames() const { return counted_frames_; }
    // As if these had been chosen in the legend: bits of FrameKind; 0: all.
    void show_kinds(u8 kinds) {
        has_new_filter_ = has_new_filter_ || filter_.kinds != kinds;
        filter_.kinds = kinds;
    }

private:
    void take_machine(const PanelContext& context);
    void place(const PanelContext& context, const Painter& painter, Rect body);
    void take_colours(const PanelContext& context);
    void submit(const PanelContext& context, const Painter& painter);
    void interact(PanelContext& context, Motion motion);
    void count_frames(const PanelContext& context);
    std::string subtitle(const PanelContext& context) const;
    LitList lit_list(const PanelContext& context) const;
    static void render(const ImDrawList* list, const ImDrawCmd* command);

    MapView* map_view_;
    FrameLayout layout_;
    std::vector<u8> section_zones_;  // zone position by section
    std::vector<u32> machine_;       // what the layout was made from
    Rect arranged_;                  // the view that it was arranged for
    MapCamera camera_;
    MapPalette palette_;
    ThemeKind palette_theme_ = ThemeKind::dark;
    LegendFilter filter_;
    bool has_new_filter_ = false;  // from outside, not yet drawn
    // What ViewState::counted names, of the moment that is shown.
    std::optional<FramesOf> counted_;
    u64 counted_generation_ = 0;
    FrameSet counted_frames_;
    MapScene scene_;
    Rect view_, gutter_, legend_;
    LegendNames names_ = LegendNames::shown;
    bool is_moving_ = false;
};

// The tiles of each populated zone that have memory (FrameLayout::set_tiles), and which zones those are.
std::vector<std::vector<u16>> tiles_of(const PageAllocator& memory, std::vector<u8>* zones);

}  // namespace mmscope
