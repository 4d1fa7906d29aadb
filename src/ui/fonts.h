// The two typefaces at the sizes of the scale, rasterised for one pixel ratio.
//
// Words are set in the sans face, identifiers and numbers in the mono one, whose digits all have one width. The
// atlas holds the printable ASCII and a few signs (middle dot, times, dashes, ellipsis, arrow, comparisons, tick).
#pragma once

#include <string>

#include "ui/theme.h"

struct ImFont;

namespace mmscope {

class Fonts {
public:
    // TrueType or OpenType bytes; empty: ImGui's own pixel face (tests).
    void set_faces(std::string mono, std::string sans);
    // Fills ImGui's atlas. True if it changed, so that a renderer has to take it again.
    bool rasterise(float pixel_ratio);

    ImFont* face(Face face, Size size) const {
        return fonts_[static_cast<unsigned>(face)][static_cast<unsigned>(size)];
    }
    // ImGui's measure of a font is its line height: ascent to descent.
    float line_height(Face face, Size size) const;

private:
    std::string bytes_[2];
    ImFont* fonts_[2][4] = {};
    float pixel_ratio_ = 0;
};

}  // namespace mmscope
