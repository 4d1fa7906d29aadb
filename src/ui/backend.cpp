#include "ui/backend.h"

#include <imgui.h>

#if defined(__EMSCRIPTEN__)
#include <GLES3/gl3.h>
#include <imgui_impl_opengl3.h>
#endif

namespace mmscope::backend {

#if defined(__EMSCRIPTEN__)

bool create() { return ImGui_ImplOpenGL3_Init("#version 300 es"); }

void recreate() {
    ImGui_ImplOpenGL3_DestroyDeviceObjects();
    ImGui_ImplOpenGL3_CreateDeviceObjects();
}

void fonts_changed() {
#if IMGUI_VERSION_NUM < 19200
    ImGui_ImplOpenGL3_DestroyFontsTexture();
    ImGui_ImplOpenGL3_CreateFontsTexture();
#endif
}

void clear(unsigned color, int width, int height) {
    const auto part = [color](unsigned shift) { return static_cast<float>(color >> shift & 255U) / 255.0F; };
    glViewport(0, 0, width, height);
    glDisable(GL_SCISSOR_TEST);
    glClearColor(part(0), part(8), part(16), 1);
    glClear(GL_COLOR_BUFFER_BIT);
}

void draw() {
    ImGui_ImplOpenGL3_NewFrame();
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

#else

bool create() { return true; }
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
