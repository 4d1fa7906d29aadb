// The canvas' own framebuffer: what every frame begins with.
#pragma once

#include "base/types.h"

namespace mmscope {

// Fills all of it with one colour, 0xAABBGGRR, and makes it the viewport. Sizes in device pixels.
void clear_framebuffer(u32 color, int width, int height);

}  // namespace mmscope
