#include "api/picture.h"

#include <emscripten/html5.h>

#include <cmath>

#include "ui/backend.h"

namespace mmscope {

std::string Picture::create(const std::string& selector, std::string mono, std::string sans) {
    if (has_context_) return {};
    EmscriptenWebGLContextAttributes attributes;
    emscripten_webgl_init_context_attributes(&attributes);
    attributes.alpha = false;
    attributes.depth = false;
    attributes.antialias = false;
    attributes.majorVersion = 2;
    attributes.enableExtensionsByDefault = false;
    const EMSCRIPTEN_WEBGL_CONTEXT_HANDLE context = emscripten_webgl_create_context(selector.c_str(), &attributes);
    if (context <= 0) return "this browser gives no WebGL2 context";
    if (emscripten_webgl_make_context_current(context) != EMSCRIPTEN_RESULT_SUCCESS)
        return "the WebGL2 context cannot be used";
    selector_ = selector;
    app_.set_faces(std::move(mono), std::move(sans));
    if (!backend::create()) return "Dear ImGui's renderer cannot start";
    std::string problem = map_view_.page_map.create();
    has_context_ = problem.empty();
    return problem;
}

// The canvas has as many pixels as the screen has under it; CSS gives it its size.
void Picture::resize(double width, double height, double pixel_ratio) {
    if (has_context_) {
        emscripten_set_canvas_element_size(selector_.c_str(), static_cast<int>(std::round(width * pixel_ratio)),
                                           static_cast<int>(std::round(height * pixel_ratio)));
    }
    app_.resize(width, height, pixel_ratio);
}

bool Picture::draw(const Snapshot& snapshot, double milliseconds) {
    if (!has_context_ || is_lost_) return false;
    const bool more = app_.frame(snapshot, milliseconds);
    if (snapshot.machine != nullptr) {
        // The marks of written rows are the picture's own: nothing of the machine depends on them.
        FrameTable& frames = const_cast<FrameTable&>(snapshot.memory().frames());
        map_view_.page_map.upload(frames.states(), frames.frames(), frames.dirty_rows());
    }
    app_.render();
    return more;
}

void Picture::context_lost() {
    if (!has_context_ || is_lost_) return;
    is_lost_ = true;
    backend::release();
}

std::string Picture::context_restored() {
    if (!is_lost_) return {};
    std::string problem = map_view_.page_map.create();
    if (!problem.empty()) return problem;
    backend::recreate();
    is_lost_ = false;
    return {};
}

}  // namespace mmscope
