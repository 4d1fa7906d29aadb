// A picture without a renderer: a script's machine, an App, and hands to point and press with.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "play/session.h"
#include "ui/app.h"

namespace mmscope {

// Blocks of two orders on a small machine.
inline constexpr const char* kSomeUse =
    "machine x86_64 { ram = 64M }\nrepeat 20 { a[] = alloc_pages(GFP_KERNEL, 1) }\nb = alloc_pages(GFP_KERNEL, 5)\n";

struct LookingMapView : MapView {
    MapScene seen;
    void draw(const MapScene& scene) override { seen = scene; }
};

class BenchOfPanels {
public:
    explicit BenchOfPanels(const std::string& script, float width = 1060, float height = 760, float ratio = 1)
        : app(map_view) {
        const std::vector<Diagnostic> faults = session.load("#!mm 1\n" + script);
        EXPECT_TRUE(faults.empty()) << (faults.empty() ? "" : faults[0].message.key);
        run();
        app.resize(width, height, ratio);
        settle();
    }

    void run() {
        session.run();
        finish();
    }
    void seek(u32 step) {
        session.seek(step);
        finish();
    }
    // Draws until no further frame is wanted; gives the number of frames.
    int settle() {
        for (int frames = 1; frames < 200; ++frames) {
            now += 16;
            if (!app.frame(session.snapshot(), now)) return frames;
        }
        ADD_FAILURE() << "the picture never rests";
        return 200;
    }
    // CSS pixels.
    void move(double x, double y) {
        app.pointer(PointerKind::move, x, y, 0, false);
        settle();
    }
    void click(double x, double y, bool touch = false) {
        app.pointer(PointerKind::move, x, y, 0, touch);
        app.pointer(PointerKind::down, x, y, 0, touch);
        settle();
        app.pointer(PointerKind::up, x, y, 0, touch);
        settle();
        now += 1000;  // the next one is no double click
    }
    bool key(const char* name, bool shift = false) {
        const bool used = app.key(name, true, shift, false);
        app.key(name, false, shift, false);
        settle();
        return used;
    }
    // The middle of a frame's cell on the canvas, in device pixels (CSS pixels at ratio 1).
    std::pair<double, double> place_of(Pfn pfn) const {
        const CellRect cell = app.map().layout().block(pfn, {0});
        const MapCamera& camera = app.map().camera();
        return {app.map().view().x0 + ((cell.x0 + cell.x1) / 2 - camera.left()) * camera.scale(),
                app.map().view().y0 + ((cell.y0 + cell.y1) / 2 - camera.top()) * camera.scale()};
    }
    // The first place in the rectangle where the pointer is on such a thing; false if there is none.
    template <class Test>
    bool point(const Rect& place, Test is_it) {
        for (float y = place.y0 + 4; y < place.y1; y += 8) {
            for (float x = place.x0 + 6; x < place.x1; x += 12) {
                move(x, y);
                x_ = x, y_ = y;
                if (is_it(app.view().hover.now())) return true;
            }
        }
        return false;
    }
    void click_there(bool touch = false) { click(x_, y_, touch); }
    // Presses the tab of a list panel.
    void bring(PanelId id) {
        const Rect place = panel(app.view().lists);
        for (float x = place.x0 + 8; x < place.x1 - 70 && app.view().lists != id; x += 8) click(x, place.y0 + 12);
        ASSERT_EQ(app.view().lists, id);
    }
    const Rect& panel(PanelId id) const { return app.tiling()[id]; }

    LookingMapView map_view;
    Session session;
    App app;
    double now = 1000;

private:
    float x_ = 0, y_ = 0;
    void finish() {
        while (session.work(100000)) {
        }
    }
};

}  // namespace mmscope
