#version 300 es
// The page map: from a pixel to a cell, from the cell to its frame, from the frame's state byte to a colour.
//
// A pixel that covers several cells shows their shares: the average of their colours, weighted by the area of
// each under the pixel, over at most 8 x 8 of them. Outlines are found from the state bytes alone: the head of a
// block says that it is one, and blocks are aligned, so their edges lie on the grid of their size.
precision highp float;
precision highp int;
precision highp usampler2D;

uniform usampler2D u_states;   // one texel a frame
uniform usampler2D u_tiles;    // slot -> tile
uniform sampler2D u_palette;   // row 0: cells, row 1: outlines
uniform vec2 u_origin;         // upper left corner of the map, in framebuffer pixels from below
uniform vec3 u_camera;         // cell at that corner, pixels a cell
uniform float u_hairline;      // pixels
uniform vec3 u_panel;
uniform ivec4 u_sections[16];  // top, first slot, slots, rows of tiles
uniform int u_section_count;
uniform int u_columns;
uniform ivec2 u_row;           // log2 of the states' width; of the tiles' width
uniform ivec3 u_lit;           // order, head state and section (its first slot) of the list that is lit; order -1: none

out vec4 o_color;

const uint kNone = 0xffffffffu;
const uint kAbsent = 0x0fu;

uint spread(uint v) {
    v = (v | (v << 4)) & 0x0f0fu;
    v = (v | (v << 2)) & 0x3333u;
    return (v | (v << 1)) & 0x5555u;
}

uint even_bits(uint v) {
    v &= 0x555u;
    v = (v | (v >> 1)) & 0x333u;
    v = (v | (v >> 2)) & 0x30fu;
    return (v | (v >> 4)) & 0x01fu;
}

uint state_of(uint pfn) {
    uint mask = (1u << uint(u_row.x)) - 1u;
    return texelFetch(u_states, ivec2(pfn & mask, pfn >> uint(u_row.x)), 0).r;
}

ivec4 section_at(int y) {
    ivec4 found = ivec4(0);
    for (int i = 0; i < u_section_count; ++i) {
        if (y >= u_sections[i].x) found = u_sections[i];
    }
    return found;
}

// First pfn of the tile in this column and row of its section.
uint tile_at(ivec2 place, ivec4 section) {
    int number = place.y * u_columns + place.x;
    if (place.x < 0 || place.x >= u_columns || place.y < 0 || number >= section.z) return kNone;
    int slot = section.y + number;
    int mask = (1 << u_row.y) - 1;
    return texelFetch(u_tiles, ivec2(slot & mask, slot >> u_row.y), 0).r << 10;
}

// The tile under the pixel's middle, which most of its cells are in.
ivec2 g_place;
uint g_tile;

uint pfn_at(ivec2 cell, ivec4 section) {
    ivec2 inside = cell - ivec2(0, section.x);
    ivec2 place = inside >> 5;
    uint tile = place == g_place ? g_tile : tile_at(place, section);
    if (tile == kNone) return kNone;
    return tile + (spread(uint(inside.x & 31)) | (spread(uint(inside.y & 31)) << 1));
}

bool is_lit(uint pfn, ivec4 section) {
    if (u_lit.x < 0) return true;
    if (u_lit.z != section.y) return false;
    uint head = pfn & ~((1u << uint(u_lit.x)) - 1u);
    return state_of(head) == uint(u_lit.y);
}

// Colour and coverage of one cell. `stripe` is where the pixel is on the hatch: 0 or 1.
vec4 cell_color(ivec2 cell, ivec4 section, float stripe) {
    uint pfn = pfn_at(cell, section);
    if (pfn == kNone) return vec4(0.0);
    uint state = state_of(pfn);
    if ((state & 0x8fu) == kAbsent) return vec4(0.0);
    vec4 color = texelFetch(u_palette, ivec2(int(state), 0), 0);
    vec3 seen = mix(u_panel, color.rgb, mix(color.a, 1.0, stripe));
    return vec4(is_lit(pfn, section) ? seen : mix(u_panel, seen, 0.22), 1.0);
}

// The average over all cells under the pixel.
vec4 shares(vec2 at, ivec4 section, float stripe) {
    vec2 low = at - 0.5 / u_camera.z;
    vec2 high = at + 0.5 / u_camera.z;
    ivec2 first = ivec2(floor(low));
    ivec2 last = ivec2(ceil(high)) - 1;
    ivec2 stride = (last - first + 8) / 8;
    vec4 sum = vec4(0.0);
    float area = 0.0;
    for (int y = first.y; y <= last.y; y += stride.y) {
        float tall = min(high.y, float(y + stride.y)) - max(low.y, float(y));
        for (int x = first.x; x <= last.x; x += stride.x) {
            float weight = tall * (min(high.x, float(x + stride.x)) - max(low.x, float(x)));
            vec4 color = cell_color(ivec2(x, y), section, stripe);
            sum += vec4(color.rgb, 1.0) * (color.a * weight);
            area += weight;
        }
    }
    return vec4(sum.rgb / max(sum.a, 1e-6), sum.a / area);
}

// Order of the block around `pfn`, -1 if it is in none.
int block_of(uint pfn, uint state, out uint head) {
    bool is_free = (state & 0x80u) != 0u;
    head = pfn;
    if (!is_free && (state & 7u) == 7u) return -1;
    int order = 0;
    for (; order <= 10; ++order) {
        head = pfn & ~((1u << uint(order)) - 1u);
        uint found = state_of(head);
        if (is_free && (found & 0x80u) != 0u && (found & 15u) != 15u) return int(found & 15u);
        if (!is_free && (found & 0x88u) == 0u) break;
    }
    // An allocated head does not say its order: the block ends where its tail frames end.
    while (order < 10 && (head & ((2u << uint(order)) - 1u)) == 0u) {
        uint next = state_of(head + (1u << uint(order)));
        if ((next & 0x88u) != 0x08u || (next & 7u) == 7u) break;
        ++order;
    }
    return min(order, 10);
}

// Puts the outline of the block and the hairlines between its cells over the color.
vec3 outlined(vec3 color, vec2 at, ivec2 cell, ivec4 section) {
    float scale = u_camera.z;
    uint pfn = pfn_at(cell, section);
    if (pfn == kNone) return color;
    uint state = state_of(pfn);
    uint head;
    int order = block_of(pfn, state, head);
    if (order < 0) return color;
    uint inside = head & 1023u;
    ivec2 corner = g_place * 32 + ivec2(even_bits(inside), even_bits(inside >> 1) + uint(section.x));
    vec2 size = vec2(1 << ((order + 1) / 2), 1 << (order / 2));
    vec2 from = at - vec2(corner);
    vec2 edge = min(from, size - from) * scale;
    float distance = min(edge.x, edge.y);
    float small = min(size.x, size.y) * scale / u_hairline;
    float strength = smoothstep(5.0, 14.0, small) * (is_lit(pfn, section) ? 1.0 : 0.35);
    vec4 line = texelFetch(u_palette, ivec2(int(state), 1), 0);
    vec2 grid = abs(fract(at + 0.5) - 0.5) * scale;
    if (scale > 7.0 * u_hairline && min(grid.x, grid.y) < 0.5 * u_hairline) {
        color = mix(color, u_panel, 0.35 * smoothstep(7.0, 16.0, scale / u_hairline));
    }
    float seam = small >= 20.0 ? u_hairline : 0.0;  // a free strip of the panel between the outlines of two blocks
    if (distance < seam) return mix(color, u_panel, strength);
    float width = small >= 20.0 ? 1.0 : 0.5;
    return distance < seam + width * u_hairline ? mix(color, line.rgb, line.a * strength) : color;
}

void main() {
    vec2 pixel = vec2(gl_FragCoord.x - u_origin.x, u_origin.y - gl_FragCoord.y);
    float scale = u_camera.z;
    vec2 at = u_camera.xy + pixel / scale;
    ivec2 cell = ivec2(floor(at));
    ivec4 section = section_at(cell.y);
    if (section.z == 0 || cell.y >= section.x + section.w * 32 || at.y < 0.0) {
        o_color = vec4(u_panel, 1.0);
        return;
    }
    g_place = (cell - ivec2(0, section.x)) >> 5;
    g_tile = tile_at(g_place, section);
    vec2 world = at * scale / u_hairline;
    float stripe = step(0.5, fract((world.x + world.y) / 6.0));
    vec4 seen = scale > 2.0 ? cell_color(cell, section, stripe) : shares(at, section, stripe);
    vec3 color = mix(u_panel, seen.rgb, seen.a);

    // Only pixels on the grid of the smallest block whose outline can be seen look for one.
    float side = exp2(ceil(log2(max(5.0 * u_hairline / scale, 1.0))));
    vec2 line = abs(fract(at / side + 0.5) - 0.5) * side * scale;
    if (min(line.x, line.y) < 2.0 * u_hairline) color = outlined(color, at, cell, section);
    o_color = vec4(color, 1.0);
}
