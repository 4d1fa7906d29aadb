#include "gfx/framebuffer.h"

#include <GLES3/gl3.h>

namespace mmscope {

void clear_framebuffer(u32 color, int width, int height) {
    const auto part = [color](u32 shift) { return static_cast<float>(color >> shift & 255U) / 255.0F; };
    glViewport(0, 0, width, height);
    glDisable(GL_SCISSOR_TEST);
    glClearColor(part(0), part(8), part(16), 1);
    glClear(GL_COLOR_BUFFER_BIT);
}

}  // namespace mmscope
