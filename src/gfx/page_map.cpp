#include "gfx/page_map.h"

#include <GLES3/gl3.h>

#include <algorithm>
#include <array>
#include <vector>

#include "shaders_embedded.h"

namespace mmscope {

namespace {

constexpr u32 kRowShift = 12;       // frames in a dirty row
constexpr u32 kTileRowShift = 8;    // texels in a row of the tile texture
constexpr u32 kTileRows = 128;      // 32,768 tiles: 128 GiB

u32 new_texture() {
    u32 texture = 0;
    glGenTextures(1, &texture);
    glBindTexture(GL_TEXTURE_2D, texture);
    for (u32 filter : {GL_TEXTURE_MIN_FILTER, GL_TEXTURE_MAG_FILTER}) {
        glTexParameteri(GL_TEXTURE_2D, filter, GL_NEAREST);
    }
    return texture;
}

void set_color(int uniform, u32 color) {
    const auto part = [color](u32 shift) { return static_cast<float>((color >> shift) & 255U) / 255.0F; };
    glUniform3f(uniform, part(0), part(8), part(16));
}

}  // namespace

std::string PageMap::create() {
    *this = PageMap();
    std::string problem = program_.create(kPageMapVert, kPageMapFrag);
    if (!problem.empty()) return problem;
    const auto at = [this](const char* name) { return program_.uniform(name); };
    uniforms_ = {at("u_origin"),   at("u_camera"),        at("u_hairline"), at("u_panel"), at("u_sections"),
                 at("u_section_count"), at("u_columns"), at("u_row"),      at("u_lit")};
    glUseProgram(program_.name());
    glUniform1i(at("u_states"), 0);
    glUniform1i(at("u_tiles"), 1);
    glUniform1i(at("u_palette"), 2);

    int largest = 0;
    glGetIntegerv(GL_MAX_TEXTURE_SIZE, &largest);
    most_rows_ = static_cast<u32>(largest);
    while (width_shift_ > 8 && (1U << width_shift_) > most_rows_) --width_shift_;
    glGenVertexArrays(1, &vertex_array_);
    tiles_ = new_texture();
    glTexStorage2D(GL_TEXTURE_2D, 1, GL_R16UI, 1 << kTileRowShift, kTileRows);
    palette_ = new_texture();
    glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 256, 2);
    return {};
}

bool PageMap::resize(u32 frames) {
    const u32 rows = (frames + (1U << width_shift_) - 1) >> width_shift_;
    if (rows > most_rows_) return false;
    if (states_ != 0) glDeleteTextures(1, &states_);
    states_ = new_texture();
    glTexStorage2D(GL_TEXTURE_2D, 1, GL_R8UI, 1 << width_shift_, static_cast<int>(rows));
    frames_ = frames;
    return true;
}

// Rows of the texture from frame first_row * 4096 on; the last one may be cut short.
void PageMap::send(const u8* states, u32 frames, u32 first_row, u32 end_row) {
    const u32 first = first_row << kRowShift;
    const u32 end = std::min(end_row << kRowShift, frames);
    const u32 width = 1U << width_shift_;
    const u32 whole = (end - first) >> width_shift_;
    const u32 rest = (end - first) & (width - 1);
    const int y = static_cast<int>(first >> width_shift_);
    if (whole != 0) {
        glTexSubImage2D(GL_TEXTURE_2D, 0, 0, y, static_cast<int>(width), static_cast<int>(whole), GL_RED_INTEGER,
                        GL_UNSIGNED_BYTE, states + first);
    }
    if (rest != 0) {
        glTexSubImage2D(GL_TEXTURE_2D, 0, 0, y + static_cast<int>(whole), static_cast<int>(rest), 1, GL_RED_INTEGER,
                        GL_UNSIGNED_BYTE, states + end - rest);
    }
}

bool PageMap::upload(const u8* states, u32 frames, u8* dirty_rows) {
    if (!is_created() || frames == 0) return false;
    const u32 rows = (frames + (1U << kRowShift) - 1) >> kRowShift;
    if (frames != frames_ && !resize(frames)) return false;
    if (states != address_ || states_ == 0) std::fill_n(dirty_rows, rows, u8{1});
    address_ = states;
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, states_);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    u8* const end = dirty_rows + rows;
    for (u8* first = std::find(dirty_rows, end, 1); first != end;) {
        u8* const clean = std::find(first, end, 0);
        send(states, frames, static_cast<u32>(first - dirty_rows), static_cast<u32>(clean - dirty_rows));
        std::fill(first, clean, u8{0});
        first = std::find(clean, end, 1);
    }
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
    return true;
}

void PageMap::take_layout(const FrameLayout& layout) {
    layout_revision_ = layout.revision();
    const u32 rows = (static_cast<u32>(layout.tiles().size()) + (1U << kTileRowShift) - 1) >> kTileRowShift;
    std::vector<u16> tiles(layout.tiles());
    tiles.resize(static_cast<size_t>(rows) << kTileRowShift);
    glBindTexture(GL_TEXTURE_2D, tiles_);
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 1 << kTileRowShift, static_cast<int>(std::min(rows, kTileRows)), GL_RED_INTEGER,
                    GL_UNSIGNED_SHORT, tiles.data());
}

void PageMap::take_palette(const MapPalette& palette) {
    palette_revision_ = palette.revision;
    glBindTexture(GL_TEXTURE_2D, palette_);
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 256, 1, GL_RGBA, GL_UNSIGNED_BYTE, palette.cell.data());
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 1, 256, 1, GL_RGBA, GL_UNSIGNED_BYTE, palette.outline.data());
}

void PageMap::set_uniforms(const MapScene& scene) const {
    const FrameLayout& layout = *scene.layout;
    std::array<int, 4 * FrameLayout::kMostSections> sections{};
    u32 next = 0;
    for (const FrameLayout::Section& section : layout.sections()) {
        for (u32 value : {section.top, section.first_slot, section.slots, section.rows}) {
            sections[next++] = static_cast<int>(value);
        }
    }
    glUniform4iv(uniforms_.sections, FrameLayout::kMostSections, sections.data());
    glUniform1i(uniforms_.section_count, static_cast<int>(layout.sections().size()));
    glUniform1i(uniforms_.columns, static_cast<int>(layout.columns()));
    glUniform2i(uniforms_.row, static_cast<int>(width_shift_), static_cast<int>(kTileRowShift));
    glUniform2f(uniforms_.origin, static_cast<float>(scene.x), static_cast<float>(scene.framebuffer_height - scene.y));
    glUniform3f(uniforms_.camera, static_cast<float>(scene.left), static_cast<float>(scene.top),
                static_cast<float>(scene.scale));
    glUniform1f(uniforms_.hairline, std::max(1.0F, static_cast<float>(static_cast<int>(scene.pixel_ratio + 0.25))));
    set_color(uniforms_.panel, scene.palette->panel);
    const LitList& lit = scene.lit;
    const bool is_lit = lit.is_lit && lit.section < layout.sections().size();
    glUniform3i(uniforms_.lit, is_lit ? lit.order.value : -1, lit.head_state,
                is_lit ? static_cast<int>(layout.sections()[lit.section].first_slot) : 0);
}

void PageMap::draw(const MapScene& scene) {
    if (!is_created() || states_ == 0 || scene.width <= 0 || scene.height <= 0) return;
    glActiveTexture(GL_TEXTURE1);
    glBindTexture(GL_TEXTURE_2D, tiles_);
    if (layout_revision_ != scene.layout->revision()) take_layout(*scene.layout);
    glActiveTexture(GL_TEXTURE2);
    glBindTexture(GL_TEXTURE_2D, palette_);
    if (palette_revision_ != scene.palette->revision) take_palette(*scene.palette);
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, states_);

    const int from_below = scene.framebuffer_height - scene.y - scene.height;
    glViewport(scene.x, from_below, scene.width, scene.height);
    glScissor(scene.x, from_below, scene.width, scene.height);
    glEnable(GL_SCISSOR_TEST);
    glDisable(GL_BLEND);
    glUseProgram(program_.name());
    set_uniforms(scene);
    glBindVertexArray(vertex_array_);
    glDrawArrays(GL_TRIANGLES, 0, 3);
}

}  // namespace mmscope
