// Dear ImGui's own OpenGL backend, where there is a GPU; natively there is none, and the same calls let ImGui run
// with nobody to draw (tests).
#pragma once

namespace mmscope::backend {

bool create();         // needs a current WebGL2 context and an ImGui context
void release();        // the context was lost: forgets its objects, while that still offends nobody
void recreate();       // the context is back: all its objects anew
void fonts_changed();  // the atlas was filled again
void clear(unsigned color, int width, int height);  // 0xAABBGGRR
void draw();                                        // what ImGui::Render left

}  // namespace mmscope::backend
