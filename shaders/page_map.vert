#version 300 es
// One rectangle for each tile of 1,024 frames, where the camera sees it.
precision highp float;

layout(location = 0) in vec2 a_cell;  // the tile's upper left corner, in cells
layout(location = 1) in uint a_pfn;   // its first frame

uniform vec2 u_view;    // pixels
uniform vec3 u_camera;  // cell at the view's upper left corner, pixels a cell

flat out uint v_pfn;
flat out vec2 v_origin;  // pixels from the view's upper left corner

void main() {
    vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
    v_origin = (a_cell - u_camera.xy) * u_camera.z;
    v_pfn = a_pfn;
    vec2 place = (v_origin + corner * 32.0 * u_camera.z) / u_view;
    gl_Position = vec4(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
}
