// Whoever can draw the page map. The picture's own is gfx's PageMap; tests have one that only looks.
#pragma once

#include "gfx/map_scene.h"

namespace mmscope {

class MapView {
public:
    virtual ~MapView() = default;
    // Called while ImGui's draw lists are rendered, between what lies under the map and what lies over it.
    virtual void draw(const MapScene& scene) = 0;
};

}  // namespace mmscope
