// Drawing in the terms of the picture: CSS lengths, inks, aligned text. The one face of ImGui's draw lists.
#pragma once

#include <string_view>

#include "ui/fonts.h"
#include "ui/geometry.h"
#include "ui/theme.h"

struct ImDrawList;

namespace mmscope {

enum class Align : u8 { left, center, right };

struct Style {
    Face face = Face::sans;
    Size size = Size::body;
    Color color;
};

class Painter {
public:
    Painter(ImDrawList* list, const Theme& theme, const Fonts& fonts, float pixel_ratio)
        : list_(list), theme_(&theme), fonts_(&fonts), ratio_(pixel_ratio) {}

    ImDrawList* list() const { return list_; }
    const Theme& theme() const { return *theme_; }
    Painter on(ImDrawList* list) const { return Painter(list, *theme_, *fonts_, ratio_); }

    float px(float css) const;  // device pixels, whole
    float hairline() const;     // one CSS pixel, at least one of the device
    Style words(Size size = Size::body, Ink ink = Ink::text) const { return {Face::sans, size, (*theme_)[ink]}; }
    Style digits(Size size = Size::body, Ink ink = Ink::text) const { return {Face::mono, size, (*theme_)[ink]}; }

    void fill(Rect rect, Color color, float radius = 0) const;
    void frame(Rect rect, Color color, float width, float radius = 0) const;
    void dotted_frame(Rect rect, Color color, float width) const;
    void line(float x0, float y0, float x1, float y1, Color color, float width = 0) const;  // 0: a hairline
    void round_corners(Rect rect, Color outside, float radius) const;  // of a rectangle that is there already
    void hatch(Rect rect, Color color, float step_css) const;
    void clip(Rect rect) const;
    void end_clip() const;

    float width(const Style& style, std::string_view text) const;
    float line_height(const Style& style) const;
    // Text whose line is centred between the rectangle's top and bottom; cut with an ellipsis where it is too long.
    // Gives the width that was used.
    float text(Rect rect, const Style& style, std::string_view text, Align align = Align::left) const;

private:
    float baseline(const Style& style) const;
    float ascent(const Style& style) const;

    ImDrawList* list_;
    const Theme* theme_;
    const Fonts* fonts_;
    float ratio_;
};

}  // namespace mmscope
