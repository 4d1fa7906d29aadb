#include "ui/map_camera.h"

#include <algorithm>
#include <cmath>

namespace mmscope {

namespace {

constexpr double kFlight = 220;  // milliseconds

// Half a view beyond the edges is allowed, so that the place under the pointer can stay there while zooming.
double clamp_corner(double corner, double cells, double seen) {
    return std::clamp(corner, -seen / 2, std::max(0.0, cells - seen) + seen / 2);
}

}  // namespace

void MapCamera::set_view(float width, float height, const FrameLayout& layout, double largest_scale) {
    width_ = std::max(1.0F, width);
    height_ = std::max(1.0F, height);
    cells_wide_ = layout.width();
    cells_high_ = layout.height();
    least_scale_ = layout.fit_scale();
    largest_scale_ = std::max(largest_scale, least_scale_);
    at_ = is_fitted_ && !is_flying_ ? fitted() : clamped(at_);
}

MapCamera::Place MapCamera::fitted() const { return {0, 0, least_scale_}; }

MapCamera::Place MapCamera::clamped(Place place) const {
    place.scale = std::clamp(place.scale, least_scale_, largest_scale_);
    place.left = clamp_corner(place.left, cells_wide_, width_ / place.scale);
    place.top = clamp_corner(place.top, cells_high_, height_ / place.scale);
    return place;
}

void MapCamera::zoom(double x, double y, double factor) {
    const double scale = std::clamp(at_.scale * factor, least_scale_, largest_scale_);
    is_flying_ = false;
    is_fitted_ = scale <= least_scale_;
    at_ = is_fitted_ ? fitted() : clamped({cell_x(x) - x / scale, cell_y(y) - y / scale, scale});
}

void MapCamera::pan(double dx, double dy) {
    if (is_fitted_) return;
    is_flying_ = false;
    at_ = clamped({at_.left - dx / at_.scale, at_.top - dy / at_.scale, at_.scale});
}

void MapCamera::fit(double now, Motion motion) {
    is_fitted_ = true;
    fly(fitted(), now, motion);
}

void MapCamera::show(const CellRect& cells, bool closer, double now, Motion motion) {
    const Place& place = is_flying_ ? to_ : at_;
    const double margin = 8 / place.scale;
    const bool inside = cells.x0 >= place.left + margin && cells.x1 <= place.left + width_ / place.scale - margin &&
                        cells.y0 >= place.top + margin && cells.y1 <= place.top + height_ / place.scale - margin;
    if ((inside || is_fitted_) && !closer) return;
    double scale = place.scale;
    if (closer) scale = std::max(scale, std::min(width_ / cells.width(), height_ / cells.height()) / 3);
    is_fitted_ = scale <= least_scale_;
    fly(clamped({(cells.x0 + cells.x1 - width_ / scale) / 2, (cells.y0 + cells.y1 - height_ / scale) / 2, scale}), now,
        motion);
}

void MapCamera::fly(Place to, double now, Motion motion) {
    from_ = at_;
    to_ = to;
    since_ = now;
    is_flying_ = motion == Motion::full;
    if (!is_flying_) at_ = to;
}

bool MapCamera::advance(double now) {
    if (!is_flying_) return false;
    const double age = std::clamp((now - since_) / kFlight, 0.0, 1.0);
    const double rest = 1 - age;
    const double eased = 1 - rest * rest * rest;
    const double scale = from_.scale * static_cast<double>(std::pow(static_cast<float>(to_.scale / from_.scale),
                                                                    static_cast<float>(eased)));
    // The corner moves with the scale, so that the flight is a straight line on the screen.
    const double change = 1 / to_.scale - 1 / from_.scale;
    const double moved = std::fabs(change) < 1e-9 ? eased : (1 / scale - 1 / from_.scale) / change;
    at_ = clamped({from_.left + (to_.left - from_.left) * moved, from_.top + (to_.top - from_.top) * moved, scale});
    is_flying_ = age < 1;
    return is_flying_;
}

}  // namespace mmscope
