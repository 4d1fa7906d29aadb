#include "ui/theme.h"

#include <cmath>
#include <iterator>

namespace mmscope {

namespace {

constexpr Theme kThemes[] = {
    {ThemeKind::dark,
     {Color::hex(0x0E1116), Color::hex(0x151A21), Color::hex(0x1C232C), Color::hex(0x242B35), Color::hex(0xE6EAF0),
      Color::hex(0x9AA6B2), Color::hex(0x4C9BE8)}},
    {ThemeKind::light,
     {Color::hex(0xF6F7F9), Color::hex(0xFFFFFF), Color::hex(0xF0F2F5), Color::hex(0xDFE3E8), Color::hex(0x1A1F26),
      Color::hex(0x5B6672), Color::hex(0x1F6FC4)}},
};
static_assert(std::size(kThemes[0].inks) == kInks);

constexpr Color kMigratetypeColors[] = {
    Color::hex(0xD55E00), Color::hex(0x56B4E9), Color::hex(0x009E73),
    Color::hex(0xF0E442), Color::hex(0xCC79A7), Color::hex(0x8A8F98),
};
static_assert(std::size(kMigratetypeColors) == kMigratetypes);

constexpr Color kNoColor = {0, 0, 0, 0};  // the migratetype's own
constexpr Color kOwnerColors[] = {
    kNoColor, Color::hex(0x0072B2), Color::hex(0xE69F00), Color::hex(0x6FBF73), Color::hex(0x8E7CC3), kNoColor,
    kNoColor,
};
static_assert(std::size(kOwnerColors) == kOwners);

constexpr const char* kOwnerNames[] = {"kernel",    "slab",    "page table",  "page cache",
                                       "anonymous", "vmalloc", "per-CPU list"};
static_assert(std::size(kOwnerNames) == kOwners);

constexpr Color kReserved = Color::hex(0x3A424D);
static_assert(std::size(kSizes) == 4);

double channel(u8 value) {
    const double share = value / 255.0;
    return share <= 0.03928 ? share / 12.92
                            : static_cast<double>(std::pow(static_cast<float>((share + 0.055) / 1.055), 2.4F));
}

double luminance(Color color) {
    return 0.2126 * channel(color.r) + 0.7152 * channel(color.g) + 0.0722 * channel(color.b);
}

constexpr double kFreeShare = 0.25;     // of its colour, over the panel
constexpr double kFilteredShare = 0.1;  // what is left of a filtered frame's colours

}  // namespace

const Theme& theme(ThemeKind kind) { return kThemes[static_cast<u32>(kind)]; }

Color blend(Color under, Color over, double share) {
    const auto mix = [share](u8 a, u8 b) { return static_cast<u8>(a + (b - a) * share + 0.5); };
    return {mix(under.r, over.r), mix(under.g, over.g), mix(under.b, over.b), 255};
}

double contrast(Color a, Color b) {
    const double lighter = std::fmax(luminance(a), luminance(b));
    const double darker = std::fmin(luminance(a), luminance(b));
    return (lighter + 0.05) / (darker + 0.05);
}

Color migratetype_color(Migratetype type) {
    return static_cast<u32>(type) < kMigratetypes ? kMigratetypeColors[static_cast<u32>(type)] : kMigratetypeColors[5];
}

Color reserved_color() { return kReserved; }

Color frame_color(u8 state) {
    if (frame_state::is_reserved(state)) return kReserved;
    const Color type = migratetype_color(frame_state::migratetype(state));
    if (!frame_state::is_allocated(state)) return type;
    const Color owner = kOwnerColors[static_cast<u32>(frame_state::owner(state))];
    return owner.a == 0 ? type : owner;
}

Color owner_color(Owner owner) { return kOwnerColors[static_cast<u32>(owner)]; }

const char* owner_name(Owner owner) { return kOwnerNames[static_cast<u32>(owner)]; }

FrameKind kind_of(u8 state) {
    if (frame_state::is_free(state)) return FrameKind::free;
    if (frame_state::is_on_pcp(state)) return FrameKind::per_cpu;
    if (frame_state::is_reserved(state)) return FrameKind::reserved;
    switch (frame_state::owner(state)) {
        case Owner::slab:
            return FrameKind::slab;
        case Owner::page_table:
            return FrameKind::page_table;
        case Owner::page_cache:
            return FrameKind::page_cache;
        case Owner::anonymous:
            return FrameKind::anonymous;
        default:
            return FrameKind::allocated;
    }
}

bool LegendFilter::lets_through(u8 state) const {
    const FrameKind kind = kind_of(state);
    if (kinds != 0 && (kinds >> static_cast<u32>(kind) & 1) == 0) return false;
    if (types == 0) return true;
    return kind != FrameKind::reserved && (types >> static_cast<u32>(frame_state::migratetype(state)) & 1) != 0;
}

u8 shown_state(u8 state, Migratetype pageblock) {
    if (frame_state::is_reserved(state) || frame_state::is_absent(state)) return state;
    const bool is_pale = frame_state::is_free(state) || frame_state::is_on_pcp(state);
    return static_cast<u8>((state & (is_pale ? 0x8f : 0x88)) | static_cast<u32>(pageblock) << 4);
}

MapPalette map_palette(const Theme& theme, const LegendFilter& filter) {
    MapPalette palette;
    const Color panel = theme[Ink::panel];
    palette.panel = panel.packed();
    for (u32 i = 0; i < 256; ++i) {
        const u8 state = static_cast<u8>(i);
        const Color color = frame_color(state);
        // Of a CPU's list: the shader dots the line.
        const bool is_free = frame_state::is_free(state) || frame_state::is_on_pcp(state);
        const bool hatched = frame_state::is_reserved(state) || frame_state::migratetype(state) == Migratetype::isolate;
        Color cell = is_free ? blend(panel, color, kFreeShare) : color;
        Color outline = is_free ? blend(panel, color, 0.85) : panel;
        if (frame_state::is_reserved(state)) cell = blend(panel, color, theme.kind == ThemeKind::dark ? 0.7 : 0.3);
        if (!filter.lets_through(state)) {
            cell = blend(panel, cell, kFilteredShare);
            outline = blend(panel, outline, kFilteredShare);
        }
        palette.cell[i] = (hatched ? cell.with_alpha(0.45) : cell).packed();
        palette.outline[i] = outline.packed();
    }
    return palette;
}

}  // namespace mmscope
