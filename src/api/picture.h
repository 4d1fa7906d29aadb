// The canvas: its WebGL2 context, the page map's GL objects, and the App that draws on it.
//
// Without a canvas there is still an App, so that a selection can be set and asked for; it is only never drawn.
#pragma once

#include <string>

#include "gfx/page_map.h"
#include "ui/app.h"

namespace mmscope {

class Picture {
public:
    Picture() : app_(map_view_) {}

    // Empty, or why there can be no picture. `selector` is a CSS selector of the canvas.
    std::string create(const std::string& selector, std::string mono, std::string sans);
    void resize(double width, double height, double pixel_ratio);
    // One frame. True if another is wanted.
    bool draw(const Snapshot& snapshot, double milliseconds);
    void context_lost();
    std::string context_restored();

    App& app() { return app_; }

private:
    // ImGui's draw callback ends here.
    struct GpuMapView final : MapView {
        PageMap page_map;
        void draw(const MapScene& scene) override { page_map.draw(scene); }
    };

    GpuMapView map_view_;
    App app_;
    std::string selector_;
    bool has_context_ = false;
    bool is_lost_ = false;
};

}  // namespace mmscope
