#include "ui/paint.h"

#include <imgui.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <string>

namespace mmscope {

namespace {

constexpr std::string_view kEllipsis = "\xe2\x80\xa6";

ImVec2 upper(Rect rect) { return {rect.x0, rect.y0}; }
ImVec2 lower(Rect rect) { return {rect.x1, rect.y1}; }

}  // namespace

float Painter::px(float css) const { return std::round(css * ratio_); }
float Painter::hairline() const { return std::max(1.0F, std::floor(ratio_ + 0.25F)); }

void Painter::fill(Rect rect, Color color, float radius) const {
    if (!rect.is_empty()) list_->AddRectFilled(upper(rect), lower(rect), color.packed(), px(radius));
}

void Painter::frame(Rect rect, Color color, float width, float radius) const {
    const Rect middle = rect.inset((width - 1) / 2);  // ImGui moves the line's middle by half a pixel more
    if (!middle.is_empty()) list_->AddRect(upper(middle), lower(middle), color.packed(), px(radius), 0, width);
}

// Dots as long as their gaps, from each corner.
void Painter::dotted_frame(Rect rect, Color color, float width) const {
    const float dot = 2 * width;
    for (float x = rect.x0; x < rect.x1; x += 2 * dot) {
        const float end = std::min(x + dot, rect.x1);
        fill({x, rect.y0, end, rect.y0 + width}, color);
        fill({x, rect.y1 - width, end, rect.y1}, color);
    }
    for (float y = rect.y0; y < rect.y1; y += 2 * dot) {
        const float end = std::min(y + dot, rect.y1);
        fill({rect.x0, y, rect.x0 + width, end}, color);
        fill({rect.x1 - width, y, rect.x1, end}, color);
    }
}

void Painter::line(float x0, float y0, float x1, float y1, Color color, float width) const {
    if (width == 0) width = hairline();
    const bool straight = x0 == x1 || y0 == y1;
    if (!straight) {
        list_->AddLine({x0, y0}, {x1, y1}, color.packed(), width);
    } else if (x0 == x1) {
        list_->AddRectFilled({x0, y0}, {x0 + width, y1}, color.packed());
    } else {
        list_->AddRectFilled({x0, y0}, {x1, y0 + width}, color.packed());
    }
}

void Painter::round_corners(Rect rect, Color outside, float radius) const {
    const float r = px(radius);
    for (int corner = 0; corner < 4; ++corner) {
        const bool right = corner == 1 || corner == 2, down = corner >= 2;
        list_->PathLineTo({right ? rect.x1 : rect.x0, down ? rect.y1 : rect.y0});
        list_->PathArcToFast({right ? rect.x1 - r : rect.x0 + r, down ? rect.y1 - r : rect.y0 + r}, r, 6 + 3 * corner,
                             9 + 3 * corner);
        list_->PathFillConvex(outside.packed());
    }
}

void Painter::hatch(Rect rect, Color color, float step_css) const {
    clip(rect);
    const float step = px(step_css);
    const float height = rect.height();
    const float first = std::floor((rect.x0 - height) / step) * step;
    for (float x = first; x < rect.x1; x += step) {
        list_->AddLine({x, rect.y1}, {x + height, rect.y0}, color.packed(), hairline());
    }
    end_clip();
}

void Painter::clip(Rect rect) const { list_->PushClipRect(upper(rect), lower(rect), true); }
void Painter::end_clip() const { list_->PopClipRect(); }

float Painter::line_height(const Style& style) const { return fonts_->line_height(style.face, style.size); }

// Below the middle of a line. Small and body text share one baseline, so that they can stand side by side.
float Painter::baseline(const Style& style) const {
    const float size = style.size <= Size::body ? 13 : kSizes[static_cast<u32>(style.size)];
    return px(0.36F * size);
}

// From the top of a line to its baseline, as ImGui rounds it.
float Painter::ascent(const Style& style) const {
    const float per_line = style.face == Face::mono ? 1.02F / 1.32F : 0.969F / 1.21F;
    return std::floor(line_height(style) * per_line + 1);
}

float Painter::width(const Style& style, std::string_view text) const {
    ImFont* font = fonts_->face(style.face, style.size);
    return font->CalcTextSizeA(line_height(style), FLT_MAX, 0, text.data(), text.data() + text.size()).x;
}

float Painter::text(Rect rect, const Style& style, std::string_view text, Align align) const {
    ImFont* font = fonts_->face(style.face, style.size);
    const float height = line_height(style);
    float wide = width(style, text);
    std::string cut;
    if (wide > rect.width() + 1) {
        cut = text;
        while (!cut.empty() && width(style, cut) + width(style, kEllipsis) > rect.width()) cut.pop_back();
        if (cut.empty()) return 0;
        cut += kEllipsis;
        text = cut;
        wide = width(style, text);
    }
    float x = rect.x0;
    if (align == Align::right) x = rect.x1 - wide;
    if (align == Align::center) x = (rect.x0 + rect.x1 - wide) / 2;
    const float y = (rect.y0 + rect.y1) / 2 + baseline(style) - ascent(style);
    list_->AddText(font, height, {std::round(x), std::round(y)}, style.color.packed(), text.data(),
                   text.data() + text.size());
    return wide;
}

}  // namespace mmscope
