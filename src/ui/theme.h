// All colours, sizes and spacings of the picture, for dark and for light.
//
// Lengths are in CSS pixels here, on a grid of 4; Painter turns them into device pixels. Colours of things are the
// same in both themes, most of them from the Okabe-Ito set; a letter or a hatch says the same again for whoever
// does not see the colour.
#pragma once

#include "gfx/map_scene.h"
#include "mm/page.h"

namespace mmscope {

struct Color {
    u8 r = 0, g = 0, b = 0, a = 255;

    static constexpr Color hex(u32 rgb) {
        return {static_cast<u8>(rgb >> 16), static_cast<u8>(rgb >> 8), static_cast<u8>(rgb), 255};
    }
    constexpr Color with_alpha(double alpha) const { return {r, g, b, static_cast<u8>(alpha * 255 + 0.5)}; }
    // 0xAABBGGRR, as ImGui and the palette texture take it.
    constexpr u32 packed() const { return r | (u32{g} << 8) | (u32{b} << 16) | (u32{a} << 24); }
    friend constexpr bool operator==(Color, Color) = default;
};

// `share` of `over`, the rest of `under`.
Color blend(Color under, Color over, double share);
// Contrast of WCAG 2: 1 to 21.
double contrast(Color a, Color b);

enum class Ink : u8 { ground, panel, raised, line, text, quiet, accent };
inline constexpr u32 kInks = 7;

enum class ThemeKind : u8 { dark, light };

struct Theme {
    ThemeKind kind = ThemeKind::dark;
    Color inks[kInks];

    Color operator[](Ink ink) const { return inks[static_cast<u32>(ink)]; }
};
const Theme& theme(ThemeKind kind);

// The colour of a migratetype, and of whoever uses a frame (kernel: the migratetype's own).
Color migratetype_color(Migratetype type);
Color frame_color(u8 state);
Color reserved_color();
constexpr char migratetype_letter(Migratetype type) { return kMigratetypeLetters[static_cast<u32>(type)]; }
Color owner_color(Owner owner);  // alpha 0: it has none, its frames have their migratetype's
const char* owner_name(Owner owner);

// What the legend shows and hides. Each group filters on its own; an empty mask lets everything through.
// `allocated` is what is not known to be somebody's.
enum class FrameKind : u8 { free, per_cpu, allocated, slab, page_table, page_cache, anonymous, reserved };
inline constexpr u32 kFrameKinds = 8;
FrameKind kind_of(u8 state);  // of a frame that is not absent
struct LegendFilter {
    u8 kinds = 0;  // bits of FrameKind
    u8 types = 0;  // bits of Migratetype
    bool of_pageblocks = false;  // types are those of the frames' pageblocks: see shown_state()

    bool is_empty() const { return kinds == 0 && types == 0; }
    bool lets_through(u8 state) const;
    friend bool operator==(const LegendFilter&, const LegendFilter&) = default;
};
// The state by whose colours a map of pageblocks shows a frame: as used as it is, of its pageblock's type, nobody's.
// The map's shader does the same.
u8 shown_state(u8 state, Migratetype pageblock);
// The colours of all 256 state bytes; `revision` is the caller's.
MapPalette map_palette(const Theme& theme, const LegendFilter& filter);

namespace metric {                   // CSS pixels
inline constexpr float kGap = 4;     // between panels
inline constexpr float kPad = 12;    // inside panels
inline constexpr float kTitle = 32;  // height of a title bar
inline constexpr float kRow = 24;    // a line of text that can be pointed at
inline constexpr float kLine = 18;   // a line of text
inline constexpr float kRadius = 6;
inline constexpr float kChip = 24;  // height of a legend entry
}  // namespace metric

// Text sizes of the one scale.
enum class Size : u8 { small, body, title, large };
inline constexpr float kSizes[] = {12, 14, 17, 21};
enum class Face : u8 { sans, mono };

}  // namespace mmscope
