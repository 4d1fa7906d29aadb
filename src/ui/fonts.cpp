#include "ui/fonts.h"

#include <imgui.h>

#include <cmath>
#include <iterator>

namespace mmscope {

namespace {

// Ascent to descent over the em square: Inter 4.1, JetBrains Mono 2.3.
constexpr float kLinePerEm[] = {1.21F, 1.32F};

constexpr ImWchar kGlyphs[] = {0x20,   0x7e,   0xb7,   0xb7,   0xd7,   0xd7,   0x2013, 0x2014, 0x2026,
                               0x2026, 0x2192, 0x2192, 0x2264, 0x2265, 0x2713, 0x2713, 0};

}  // namespace

void Fonts::set_faces(std::string mono, std::string sans) {
    bytes_[static_cast<u32>(Face::sans)] = std::move(sans);
    bytes_[static_cast<u32>(Face::mono)] = std::move(mono);
    pixel_ratio_ = 0;
}

float Fonts::line_height(Face face, Size size) const {
    return std::round(kSizes[static_cast<u32>(size)] * pixel_ratio_ * kLinePerEm[static_cast<u32>(face)]);
}

bool Fonts::rasterise(float pixel_ratio) {
    if (pixel_ratio == pixel_ratio_) return false;
    pixel_ratio_ = pixel_ratio;
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Clear();
    for (u32 face = 0; face < 2; ++face) {
        const bool is_mono = static_cast<Face>(face) == Face::mono;
        for (u32 size = 0; size < std::size(kSizes); ++size) {
            ImFontConfig config;
            config.FontDataOwnedByAtlas = false;
            config.OversampleH = is_mono || pixel_ratio > 1.5F ? 1 : 2;
            config.PixelSnapH = is_mono;
            config.SizePixels = line_height(static_cast<Face>(face), static_cast<Size>(size));
            std::string& bytes = bytes_[face];
            fonts_[face][size] = bytes.empty()
                                     ? atlas.AddFontDefault(&config)
                                     : atlas.AddFontFromMemoryTTF(bytes.data(), static_cast<int>(bytes.size()),
                                                                  config.SizePixels, &config, kGlyphs);
        }
    }
    return true;
}

}  // namespace mmscope
