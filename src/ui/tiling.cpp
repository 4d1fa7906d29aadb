#include "ui/tiling.h"

#include <algorithm>
#include <cmath>

namespace mmscope {

namespace {

// CSS pixels.
constexpr float kTall = 860;  // narrower than this, panels stand one under the other
constexpr float kInspector = 296;
constexpr float kSharedColumn = 348;  // beside a low map
constexpr float kLists = 268;         // height of the matrix with orders across, and of the line below it
constexpr float kLeastMap = 250;      // a map lower than this gives its place beside the lists to itself
constexpr float kGauge = 250;         // least width of a zone's gauge
constexpr float kGaugeHeight = 88;
constexpr float kLowGaugeHeight = 71;  // in one column, with marks and reserve in one line

struct Canvas {
    Rect rest;
    float ratio;
    float px(float css) const { return std::round(css * ratio); }
    float gap() const { return px(metric::kGap); }
    Rect top(float css) {
        const Rect strip = rest.cut_top(std::min(px(css), rest.height()));
        rest.cut_top(gap());
        return strip;
    }
};

void share(Tiling& tiling, Rect place, const Canvas& canvas, PanelId shared) {
    tiling.is_shared = true;
    tiling.panels[static_cast<u32>(shared)] = place;
    tiling.lists_stand = place.width() < canvas.px(640);
}

void tile_wide(Tiling& tiling, Canvas canvas, const TilingWishes& wishes, Rect* map) {
    const float inspector = std::clamp(std::round(canvas.rest.width() * 0.24F), canvas.px(kInspector), canvas.px(360));
    Rect column = canvas.rest.cut_right(inspector);
    if (wishes.is_list_open) {
        tiling.list = column.cut_bottom(std::round(column.height() * 0.42F));
        column.cut_bottom(canvas.gap());
    }
    tiling.panels[static_cast<u32>(PanelId::inspector)] = column;
    canvas.rest.cut_right(canvas.gap());
    tiling.panels[static_cast<u32>(wishes.lists)] = canvas.rest.cut_bottom(canvas.px(kLists));
    canvas.rest.cut_bottom(canvas.gap());
    *map = canvas.rest;
}

}  // namespace

u32 zone_columns(float width, u32 zones) {
    const u32 most = std::max<u32>(1, static_cast<u32>(width / kGauge));
    if (zones <= most) return std::max<u32>(1, zones);
    const u32 rows = (zones + most - 1) / most;
    return (zones + rows - 1) / rows;
}

float zones_height(float width, u32 zones) {
    const u32 columns = zone_columns(width, zones);
    const u32 rows = (std::max<u32>(1, zones) + columns - 1) / columns;
    return metric::kTitle + (columns == 1 ? kLowGaugeHeight : kGaugeHeight) * static_cast<float>(rows);
}

Tiling tile(float width, float height, float pixel_ratio, const TilingWishes& wishes) {
    Tiling tiling;
    Canvas canvas{{0, 0, width, height}, pixel_ratio};
    const float css_width = width / pixel_ratio;
    const float css_height = height / pixel_ratio;
    const float zones = zones_height(css_width, wishes.zones);
    const bool tall = css_width < kTall;
    const bool low = !tall && css_height - zones - kLists - 2 * metric::kGap < kLeastMap;
    tiling.shape = tall ? Shape::tall : low ? Shape::low : Shape::wide;
    if (wishes.is_alone) {
        tiling.panels[static_cast<u32>(wishes.alone)] = canvas.rest;
        tiling.lists_stand = tall;
        return tiling;
    }
    Rect* const panels = tiling.panels;
    Rect& map = panels[static_cast<u32>(PanelId::map)];
    if (tall) {
        panels[static_cast<u32>(PanelId::zones)] = canvas.top(std::min(zones, css_height * 0.32F));
        map = canvas.top(canvas.rest.height() / pixel_ratio * 0.52F);
        share(tiling, canvas.rest, canvas, wishes.shared);
    } else if (low) {
        Rect column = canvas.rest.cut_right(canvas.px(kSharedColumn));
        canvas.rest.cut_right(canvas.gap());
        const float narrower = canvas.rest.width() / pixel_ratio;
        panels[static_cast<u32>(PanelId::zones)] =
            canvas.top(std::min(zones_height(narrower, wishes.zones), css_height * 0.4F));
        map = canvas.rest;
        share(tiling, column, canvas, wishes.shared);
    } else {
        panels[static_cast<u32>(PanelId::zones)] = canvas.top(zones);
        tile_wide(tiling, canvas, wishes, &map);
    }
    return tiling;
}

}  // namespace mmscope
