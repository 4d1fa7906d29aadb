#version 300 es
// The page map: from a pixel of a tile to a cell, from the cell to its frame, from the frame's state byte to a colour.
//
// A pixel that covers several cells shows their shares: the average of their colours, weighted by the area of
// each under the pixel, over at most 8 x 8 of them; inside one block that is one colour. Blocks are found from
// the state bytes alone: heads say that they are, and blocks are aligned, so all edges lie on the grid of their size.
precision highp float;
precision highp int;
precision highp usampler2D;

uniform usampler2D u_states;  // one texel a frame
uniform sampler2D u_palette;  // row 0: cells, row 1: outlines
uniform usampler2D u_pageblocks;  // one texel a pageblock: its migratetype
uniform int u_pageblock_order;    // -1: frames have the colours of their own types
uniform vec2 u_view;          // pixels
uniform vec3 u_camera;        // cell at the view's upper left corner, pixels a cell
uniform float u_hairline;     // pixels
uniform vec3 u_panel;
uniform int u_row;            // log2 of the texels in a row of states and of pageblocks
uniform ivec2 u_lit;          // order and head state of the list that is lit; order -1: none
uniform uvec2 u_lit_pfns;     // its zone: first frame, and the one after the last

flat in uint v_pfn;
flat in vec2 v_origin;

out vec4 o_color;

const uint kAbsent = 0x0fu;
const uint kPerCpu = 0x06u;  // under the mask 0x87: on a per-CPU list, whose outline is dotted
const float kOutlined = 8.0;  // hairlines: blocks narrower than this have no outline
const float kSeamed = 20.0;   // from here on a strip of the panel lies between the outlines of two blocks

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

uint pfn_of(ivec2 cell) { return v_pfn + (spread(uint(cell.x)) | (spread(uint(cell.y)) << 1)); }

ivec2 texel(uint at) { return ivec2(at & ((1u << uint(u_row)) - 1u), at >> uint(u_row)); }

uint state_of(uint pfn) { return texelFetch(u_states, texel(pfn), 0).r; }

bool is_absent(uint state) { return (state & 0x8fu) == kAbsent; }

bool is_lit(uint pfn) {
    if (u_lit.x < 0) return true;
    if (pfn < u_lit_pfns.x || pfn >= u_lit_pfns.y) return false;
    return state_of(pfn & ~((1u << uint(u_lit.x)) - 1u)) == uint(u_lit.y);
}

// The colours of a frame in a row of the palette: those of its state, or of one that has its pageblock's type in the
// place of its own and of its owner.
vec4 palette(uint pfn, uint state, int row) {
    if (u_pageblock_order >= 0 && (state & 0x87u) != 7u) {
        bool is_pale = (state & 0x80u) != 0u || (state & 0x87u) == kPerCpu;
        uint type = texelFetch(u_pageblocks, texel(pfn >> uint(u_pageblock_order)), 0).r;
        state = (state & (is_pale ? 0x8fu : 0x88u)) | (type << 4);
    }
    return texelFetch(u_palette, ivec2(int(state), row), 0);
}

// `stripe` is where the pixel is on the hatch: 0 or 1.
vec3 color_of(uint pfn, uint state, float stripe) {
    vec4 color = palette(pfn, state, 0);
    vec3 seen = mix(u_panel, color.rgb, mix(color.a, 1.0, stripe));
    return is_lit(pfn) ? seen : mix(u_panel, seen, 0.22);
}

// The average over all cells of the tile under the pixel.
vec3 shares(vec2 at, float stripe) {
    vec2 low = max(at - 0.5 / u_camera.z, 0.0);
    vec2 high = min(at + 0.5 / u_camera.z, 32.0);
    ivec2 first = ivec2(floor(low));
    ivec2 last = ivec2(ceil(high)) - 1;
    ivec2 stride = (last - first + 8) / 8;
    vec4 sum = vec4(0.0);
    for (int y = first.y; y <= last.y; y += stride.y) {
        float tall = min(high.y, float(y + stride.y)) - max(low.y, float(y));
        for (int x = first.x; x <= last.x; x += stride.x) {
            float weight = tall * (min(high.x, float(x + stride.x)) - max(low.x, float(x)));
            uint pfn = pfn_of(ivec2(x, y));
            uint state = state_of(pfn);
            sum += vec4(is_absent(state) ? u_panel : color_of(pfn, state, stripe), 1.0) * weight;
        }
    }
    return sum.rgb / max(sum.a, 1e-6);
}

// Order and head of the block around the frame, if it is one of at least `least`; else -1. From the largest down:
// a free head says its order; an allocated block of order k has a tail frame in its middle.
int block_of(uint pfn, uint state, int least, out uint head) {
    bool is_free = (state & 0x80u) != 0u;
    head = pfn;
    if (!is_free && (state & 7u) == 7u) return -1;
    for (int order = 10; order >= least; --order) {
        head = pfn & ~((1u << uint(order)) - 1u);
        uint found = state_of(head);
        if (is_free) {
            if ((found & 0x80u) != 0u && int(found & 15u) >= order && (found & 15u) != 15u) return int(found & 15u);
        } else if ((found & 0x88u) == 0u && (found & 7u) != 7u) {
            if (order == 0) return 0;
            uint middle = state_of(head + (1u << uint(order - 1)));
            if ((middle & 0x88u) == 0x08u && (middle & 7u) != 7u) return order;
        }
    }
    return -1;
}

// The least order whose blocks are `pixels` wide and high.
int order_of_size(float pixels) {
    float cells = max(pixels / u_camera.z, 1.0);
    return 2 * int(ceil(log2(cells) - 0.001));
}

float distance_to_grid(vec2 at, float cells) {
    vec2 line = abs(fract(at / cells + 0.5) - 0.5) * cells * u_camera.z;
    return min(line.x, line.y);
}

void main() {
    float scale = u_camera.z;
    vec2 pixel = vec2(gl_FragCoord.x, u_view.y - gl_FragCoord.y);
    vec2 at = clamp((pixel - v_origin) / scale, vec2(0.0), vec2(31.999));
    ivec2 cell = ivec2(at);
    uint pfn = pfn_of(cell);
    uint state = state_of(pfn);
    vec2 world = (pixel + u_camera.xy * scale) / u_hairline;
    float stripe = step(0.5, fract((world.x + world.y) / 6.0));

    // Close by, only pixels on the grid of blocks with outlines look for one; from afar every pixel does, because most
    // of them then need to know no more.
    int least = order_of_size(kOutlined * u_hairline);
    bool near_edge = distance_to_grid(at, exp2(float(least / 2))) < u_hairline ||
                     distance_to_grid(at, exp2(float(order_of_size(kSeamed * u_hairline) / 2))) < 2.0 * u_hairline;
    uint head = pfn;
    int order = scale < 2.0 || near_edge ? block_of(pfn, state, min(least, 10), head) : -1;
    uint inside = head & 1023u;
    vec2 size = vec2(float(1 << ((max(order, 0) + 1) / 2)), float(1 << (max(order, 0) / 2)));
    vec2 from = at - vec2(float(even_bits(inside)), float(even_bits(inside >> 1)));
    vec2 edge = min(from, size - from) * scale;
    float to_edge = min(edge.x, edge.y);
    float small = min(size.x, size.y) * scale / u_hairline;
    bool is_seamed = small >= kSeamed;
    if (!is_seamed) to_edge = min(from.x, from.y) * scale;  // small blocks share one line, the right or lower block's

    vec3 color = u_panel;
    if (scale < 2.0 && (order < 0 || min(edge.x, edge.y) < 0.5)) {
        color = shares(at, stripe);
    } else if (!is_absent(state)) {
        color = color_of(pfn, state, stripe);
    }
    if (scale > 7.0 * u_hairline && (state & 0x87u) != 7u && distance_to_grid(at, 1.0) < 0.5 * u_hairline) {
        color = mix(color, u_panel, 0.35 * smoothstep(7.0, 16.0, scale / u_hairline));
    }
    if (order >= 0) {
        float strength = smoothstep(kOutlined - 3.0, 14.0, small) * (is_lit(pfn) ? 1.0 : 0.35);
        float seam = is_seamed ? u_hairline : 0.0;
        vec4 line = palette(pfn, state, 1);
        if (to_edge < seam) {
            color = mix(color, u_panel, strength);
        } else if (to_edge < seam + u_hairline && ((state & 0x87u) != kPerCpu || fract((world.x + world.y) / 4.0) < 0.5)) {
            color = mix(color, line.rgb, line.a * strength);
        }
    }
    o_color = vec4(color, 1.0);
}
