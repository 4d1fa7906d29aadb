// Draws the page map: every page frame of a machine as a cell, from the machine's own state bytes.
//
// The states live in an R8UI texture of immutable storage, one texel a frame, 4,096 texels (or MAX_TEXTURE_SIZE) a
// row; there is no pass that encodes anything. `upload` sends the rows that the machine marked as written and
// clears the marks. Tiles are drawn as instances of one rectangle into a texture as large as the view, and that is
// copied to the screen: while the camera rests, only tiles whose frames changed are drawn again. This class knows
// what a state byte looks like but not what it means: FrameLayout says where frames stand, MapPalette which
// colours states have.
#pragma once

#include <string>
#include <vector>

#include "gfx/map_scene.h"
#include "gfx/shader_program.h"

namespace mmscope {

class PageMap {
public:
    // Makes all GL objects; needs a current WebGL2 (OpenGL ES 3) context. Empty, or why it cannot be.
    // Call it again after a lost context: nothing of the old one is touched.
    std::string create();
    bool is_created() const { return program_.name() != 0; }

    // Takes over the states that changed: `dirty_rows` has one byte for each 4,096 frames. Everything is taken when
    // the number of frames or their address changed. False: the machine is too large for this GPU's textures.
    bool upload(const u8* states, u32 frames, u8* dirty_rows);

    // Draws the scene's rectangle. Leaves viewport, scissor, program, vertex array and texture units 0 to 2 changed.
    void draw(const MapScene& scene);

private:
    struct Uniforms {
        int view, camera, hairline, panel, row, lit, lit_pfns, pageblock_order;
    };
    struct Tile {
        float x, y;  // cells
        u32 pfn;
    };
    bool resize(u32 frames);
    void send(const u8* texels, u32 first, u32 end);
    void take_pageblocks(const PageblockTypes& pageblocks);
    bool is_drawn(const MapScene& scene) const;
    void resize_canvas(const MapScene& scene);
    std::vector<Tile> tiles_to_draw(const FrameLayout& layout, bool all);
    void draw_tiles(const MapScene& scene, const std::vector<Tile>& tiles, bool all);
    void take_palette(const MapPalette& palette);
    void set_uniforms(const MapScene& scene) const;

    ShaderProgram program_;
    Uniforms uniforms_{};
    u32 vertex_array_ = 0;
    u32 instances_ = 0;
    u32 states_ = 0;
    u32 palette_ = 0;
    u32 pageblocks_ = 0;
    u32 canvas_ = 0;  // what was drawn, and the framebuffer to draw it in
    u32 framebuffer_ = 0;
    u32 width_shift_ = 12;  // log2 of the texels a row
    u32 most_rows_ = 0;
    u32 frames_ = 0;
    const u8* address_ = nullptr;
    std::vector<u8> stale_rows_;  // written since they were drawn
    std::vector<u8> sent_types_;  // of the pageblocks, as their texture has them
    MapScene drawn_;              // what the canvas shows; its pointers are not followed
    u32 layout_revision_ = 0;
    u32 palette_revision_ = 0;
};

}  // namespace mmscope
