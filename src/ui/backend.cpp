#include "ui/backend.h"

#include <imgui.h>

#include "gfx/framebuffer.h"

#if defined(__EMSCRIPTEN__)
#include <imgui_impl_opengl3.h>
#endif

namespace mmscope::backend {

#if defined(__EMSCRIPTEN__)

bool create() { return ImGui_ImplOpenGL3_Init("#version 300 es"); }

void release() { ImGui_ImplOpenGL3_DestroyDeviceObjects(); }
void recreate() { ImGui_ImplOpenGL3_CreateDeviceObjects(); }

void fonts_changed() {
#if IMGUI_VERSION_NUM < 19200
    ImGui_ImplOpenGL3_DestroyFontsTexture();
    ImGui_ImplOpenGL3_CreateFontsTexture();
#endif
}

void clear(unsigned color, int width, int height) { clear_framebuffer(color, width, height); }

void draw() {
    ImGui_ImplOpenGL3_NewFrame();
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

#else

bool create() { return true; }
void release() {}
void recreate() {}

// Without a renderer somebody still has to ask for the atlas, or ImGui refuses to begin a frame.
void fonts_changed() {
    unsigned char* pixels = nullptr;
    int width = 0, height = 0;
    ImGui::GetIO().Fonts->GetTexDataAsAlpha8(&pixels, &width, &height);
}

void clear(unsigned, int, int) {}
void draw() {}

#endif

}  // namespace mmscope::backend
