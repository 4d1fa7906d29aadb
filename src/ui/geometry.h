// Rectangles of the canvas, in device pixels, y downwards.
#pragma once

namespace mmscope {

struct Rect {
    float x0 = 0, y0 = 0, x1 = 0, y1 = 0;

    constexpr float width() const { return x1 - x0; }
    constexpr float height() const { return y1 - y0; }
    constexpr bool is_empty() const { return x1 <= x0 || y1 <= y0; }
    constexpr bool contains(float x, float y) const { return x >= x0 && x < x1 && y >= y0 && y < y1; }
    constexpr Rect inset(float by) const { return {x0 + by, y0 + by, x1 - by, y1 - by}; }
    constexpr Rect inset(float across, float down) const { return {x0 + across, y0 + down, x1 - across, y1 - down}; }
    friend constexpr bool operator==(const Rect&, const Rect&) = default;

    // Cuts a strip off and gives it away.
    constexpr Rect cut_top(float by) {
        const Rect strip{x0, y0, x1, y0 + by};
        y0 += by;
        return strip;
    }
    constexpr Rect cut_bottom(float by) {
        const Rect strip{x0, y1 - by, x1, y1};
        y1 -= by;
        return strip;
    }
    constexpr Rect cut_left(float by) {
        const Rect strip{x0, y0, x0 + by, y1};
        x0 += by;
        return strip;
    }
    constexpr Rect cut_right(float by) {
        const Rect strip{x1 - by, y0, x1, y1};
        x1 -= by;
        return strip;
    }
};

}  // namespace mmscope
