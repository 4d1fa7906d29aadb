#include "gfx/page_map.h"

#include <GLES3/gl3.h>

#include <algorithm>
#include <cstddef>

#include "shaders_embedded.h"

namespace mmscope {

namespace {

constexpr u32 kRowShift = 12;  // frames in a dirty row
constexpr u32 kTilesInRow = 1U << (kRowShift - FrameLayout::kTileOrder);

u32 new_texture() {
    u32 texture = 0;
    glGenTextures(1, &texture);
    glBindTexture(GL_TEXTURE_2D, texture);
    for (u32 filter : {GL_TEXTURE_MIN_FILTER, GL_TEXTURE_MAG_FILTER}) {
        glTexParameteri(GL_TEXTURE_2D, filter, GL_NEAREST);
    }
    return texture;
}

struct Parts {
    float r, g, b;
};

Parts parts(u32 color) {
    const auto part = [color](u32 shift) { return static_cast<float>((color >> shift) & 255U) / 255.0F; };
    return {part(0), part(8), part(16)};
}

}  // namespace

std::string PageMap::create() {
    *this = PageMap();
    std::string problem = program_.create(kPageMapVert, kPageMapFrag);
    if (!problem.empty()) return problem;
    const auto at = [this](const char* name) { return program_.uniform(name); };
    uniforms_ = {at("u_view"), at("u_camera"), at("u_hairline"), at("u_panel"),
                 at("u_row"),  at("u_lit"),    at("u_lit_pfns"), at("u_pageblock_order")};
    glUseProgram(program_.name());
    glUniform1i(at("u_states"), 0);
    glUniform1i(at("u_palette"), 1);
    glUniform1i(at("u_pageblocks"), 2);

    int largest = 0;
    glGetIntegerv(GL_MAX_TEXTURE_SIZE, &largest);
    most_rows_ = static_cast<u32>(largest);
    while (width_shift_ > 8 && (1U << width_shift_) > most_rows_) --width_shift_;
    palette_ = new_texture();
    glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 256, 2);
    pageblocks_ = new_texture();
    glTexStorage2D(GL_TEXTURE_2D, 1, GL_R8UI, 1, 1);
    glGenFramebuffers(1, &framebuffer_);

    glGenVertexArrays(1, &vertex_array_);
    glGenBuffers(1, &instances_);
    glBindVertexArray(vertex_array_);
    glBindBuffer(GL_ARRAY_BUFFER, instances_);
    glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, sizeof(Tile), nullptr);
    glVertexAttribIPointer(1, 1, GL_UNSIGNED_INT, sizeof(Tile), reinterpret_cast<const void*>(offsetof(Tile, pfn)));
    for (u32 attribute : {0U, 1U}) {
        glEnableVertexAttribArray(attribute);
        glVertexAttribDivisor(attribute, 1);
    }
    glBindVertexArray(0);
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

// Texels first .. end - 1, from the beginning of a row on; the last row may be cut short.
void PageMap::send(const u8* texels, u32 first, u32 end) {
    const u32 width = 1U << width_shift_;
    const u32 whole = (end - first) >> width_shift_;
    const u32 rest = (end - first) & (width - 1);
    const int y = static_cast<int>(first >> width_shift_);
    if (whole != 0) {
        glTexSubImage2D(GL_TEXTURE_2D, 0, 0, y, static_cast<int>(width), static_cast<int>(whole), GL_RED_INTEGER,
                        GL_UNSIGNED_BYTE, texels + first);
    }
    if (rest != 0) {
        glTexSubImage2D(GL_TEXTURE_2D, 0, 0, y + static_cast<int>(whole), static_cast<int>(rest), 1, GL_RED_INTEGER,
                        GL_UNSIGNED_BYTE, texels + end - rest);
    }
}

bool PageMap::upload(const u8* states, u32 frames, u8* dirty_rows) {
    if (!is_created() || frames == 0) return false;
    const u32 rows = (frames + (1U << kRowShift) - 1) >> kRowShift;
    const bool is_new = states != address_ || frames != frames_ || states_ == 0;
    if (frames != frames_ && !resize(frames)) return false;
    if (is_new) std::fill_n(dirty_rows, rows, u8{1});
    address_ = states;
    stale_rows_.resize(rows);
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, states_);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    u8* const end = dirty_rows + rows;
    for (u8* first = std::find(dirty_rows, end, 1); first != end;) {
        u8* const clean = std::find(first, end, 0);
        const u32 first_row = static_cast<u32>(first - dirty_rows), end_row = static_cast<u32>(clean - dirty_rows);
        send(states, first_row << kRowShift, std::min(end_row << kRowShift, frames));
        std::fill(first, clean, u8{0});
        std::fill(stale_rows_.begin() + first_row, stale_rows_.begin() + end_row, u8{1});
        first = std::find(clean, end, 1);
    }
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
    return true;
}

void PageMap::take_palette(const MapPalette& palette) {
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 256, 1, GL_RGBA, GL_UNSIGNED_BYTE, palette.cell.data());
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 1, 256, 1, GL_RGBA, GL_UNSIGNED_BYTE, palette.outline.data());
}

// A pageblock that has another type than before makes its frames stale.
void PageMap::take_pageblocks(const PageblockTypes& pageblocks) {
    const bool is_new = sent_types_.size() != pageblocks.count;
    if (is_new) {
        glDeleteTextures(1, &pageblocks_);
        pageblocks_ = new_texture();
        const u32 rows = (pageblocks.count + (1U << width_shift_) - 1) >> width_shift_;
        glTexStorage2D(GL_TEXTURE_2D, 1, GL_R8UI, 1 << width_shift_, static_cast<int>(rows));
        sent_types_.assign(pageblocks.count, 0xff);
    }
    bool has_changed = false;
    for (u32 block = 0; block < pageblocks.count; ++block) {
        if (sent_types_[block] == pageblocks.types[block]) continue;
        sent_types_[block] = pageblocks.types[block];
        stale_rows_[(block << pageblocks.order.value) >> kRowShift] = 1;
        has_changed = true;
    }
    if (!has_changed) return;
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    send(sent_types_.data(), 0, pageblocks.count);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
}

// Whether the canvas shows this scene but for the stale rows.
bool PageMap::is_drawn(const MapScene& scene) const {
    return canvas_ != 0 && layout_revision_ == scene.layout->revision() &&
           palette_revision_ == scene.palette->revision && drawn_.width == scene.width &&
           drawn_.height == scene.height && drawn_.left == scene.left && drawn_.top == scene.top &&
           drawn_.scale == scene.scale && drawn_.pixel_ratio == scene.pixel_ratio && drawn_.lit == scene.lit &&
           (drawn_.pageblocks.types != nullptr) == (scene.pageblocks.types != nullptr);
}

void PageMap::resize_canvas(const MapScene& scene) {
    if (canvas_ != 0 && drawn_.width == scene.width && drawn_.height == scene.height) return;
    if (canvas_ != 0) glDeleteTextures(1, &canvas_);
    canvas_ = new_texture();
    glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, scene.width, scene.height);
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, canvas_, 0);
}

std::vector<PageMap::Tile> PageMap::tiles_to_draw(const FrameLayout& layout, bool all) {
    std::vector<Tile> tiles;
    for (u32 row = 0; row < stale_rows_.size(); ++row) {
        if (!all && stale_rows_[row] == 0) continue;
        stale_rows_[row] = 0;
        for (u32 i = 0; i < kTilesInRow; ++i) {
            const Pfn pfn{(row * kTilesInRow + i) << FrameLayout::kTileOrder};
            if (!layout.has(pfn)) continue;
            const CellRect place = layout.tile_in_slot(layout.slot_of(pfn));
            tiles.push_back({static_cast<float>(place.x0), static_cast<float>(place.y0), pfn.value});
        }
    }
    return tiles;
}

void PageMap::set_uniforms(const MapScene& scene) const {
    glUniform1i(uniforms_.row, static_cast<int>(width_shift_));
    glUniform2f(uniforms_.view, static_cast<float>(scene.width), static_cast<float>(scene.height));
    glUniform3f(uniforms_.camera, static_cast<float>(scene.left), static_cast<float>(scene.top),
                static_cast<float>(scene.scale));
    glUniform1f(uniforms_.hairline, std::max(1.0F, static_cast<float>(static_cast<int>(scene.pixel_ratio + 0.25))));
    const Parts panel = parts(scene.palette->panel);
    glUniform3f(uniforms_.panel, panel.r, panel.g, panel.b);
    glUniform2i(uniforms_.lit, scene.lit.is_lit ? scene.lit.order.value : -1, scene.lit.head_state);
    glUniform1i(uniforms_.pageblock_order, scene.pageblocks.types != nullptr ? scene.pageblocks.order.value : -1);
    glUniform2ui(uniforms_.lit_pfns, scene.lit.first.value, scene.lit.first.value + scene.lit.frames);
}

void PageMap::draw_tiles(const MapScene& scene, const std::vector<Tile>& tiles, bool all) {
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    glViewport(0, 0, scene.width, scene.height);
    glDisable(GL_SCISSOR_TEST);
    glDisable(GL_BLEND);
    if (all) {
        const Parts panel = parts(scene.palette->panel);
        glClearColor(panel.r, panel.g, panel.b, 1);
        glClear(GL_COLOR_BUFFER_BIT);
    }
    glUseProgram(program_.name());
    set_uniforms(scene);
    glBindVertexArray(vertex_array_);
    glBindBuffer(GL_ARRAY_BUFFER, instances_);
    glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(tiles.size() * sizeof(Tile)), tiles.data(), GL_STREAM_DRAW);
    glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, static_cast<int>(tiles.size()));
}

void PageMap::draw(const MapScene& scene) {
    if (!is_created() || states_ == 0 || scene.width <= 0 || scene.height <= 0) return;
    glActiveTexture(GL_TEXTURE1);
    glBindTexture(GL_TEXTURE_2D, palette_);
    if (palette_revision_ != scene.palette->revision) take_palette(*scene.palette);
    glActiveTexture(GL_TEXTURE2);
    glBindTexture(GL_TEXTURE_2D, pageblocks_);
    if (scene.pageblocks.types != nullptr) take_pageblocks(scene.pageblocks);
    glActiveTexture(GL_TEXTURE0);
    const bool all = !is_drawn(scene);
    if (all) resize_canvas(scene);
    const std::vector<Tile> tiles = tiles_to_draw(*scene.layout, all);
    if (!tiles.empty()) {
        glBindTexture(GL_TEXTURE_2D, states_);
        draw_tiles(scene, tiles, all);
    }
    drawn_ = scene;
    layout_revision_ = scene.layout->revision();
    palette_revision_ = scene.palette->revision;

    const int y = scene.framebuffer_height - scene.y - scene.height;
    glDisable(GL_SCISSOR_TEST);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer_);
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, 0);
    glBlitFramebuffer(0, 0, scene.width, scene.height, scene.x, y, scene.x + scene.width, y + scene.height,
                      GL_COLOR_BUFFER_BIT, GL_NEAREST);
    glBindFramebuffer(GL_FRAMEBUFFER, 0);
}

}  // namespace mmscope
