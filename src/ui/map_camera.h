// Which part of the page map is seen: a corner in cells and a scale in pixels a cell.
//
// The smallest scale shows everything, from the view's upper left corner; the largest shows a few cells. While
// everything is shown, it stays so when the view or the layout changes. Flights between two places
// take 220 ms and are cut short by whatever the user does next.
#pragma once

#include "gfx/frame_layout.h"
#include "ui/changes.h"
#include "ui/geometry.h"

namespace mmscope {

class MapCamera {
public:
    // Once a frame, before anything else: the view's size in pixels and how large a cell may become.
    void set_view(float width, float height, const FrameLayout& layout, double largest_scale);

    // x and y are pixels from the view's upper left corner.
    void zoom(double x, double y, double factor);
    void pan(double dx, double dy);
    void fit(double now, Motion motion);
    // Flies there so that `cells` is in view, if it is not; `closer`: large enough to be read, too.
    void show(const CellRect& cells, bool closer, double now, Motion motion);
    bool advance(double now);  // true while flying

    double left() const { return at_.left; }
    double top() const { return at_.top; }
    double scale() const { return at_.scale; }
    double cell_x(double x) const { return at_.left + x / at_.scale; }
    double cell_y(double y) const { return at_.top + y / at_.scale; }
    bool is_fitted() const { return is_fitted_; }

private:
    struct Place {
        double left = 0, top = 0, scale = 1;
    };
    Place fitted() const;
    Place clamped(Place place) const;
    void fly(Place to, double now, Motion motion);

    Place at_;
    bool is_fitted_ = true;
    double width_ = 1, height_ = 1;           // of the view, pixels
    double cells_wide_ = 1, cells_high_ = 1;  // of the layout
    double least_scale_ = 1, largest_scale_ = 1;
    bool is_flying_ = false;
    Place from_, to_;
    double since_ = 0;
};

}  // namespace mmscope
