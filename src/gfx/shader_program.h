// A linked pair of shaders. It can be created again at any time: after a lost WebGL context the old name means
// nothing, so `create` never deletes what was there before.
#pragma once

#include <string>
#include <string_view>

#include "base/types.h"

namespace mmscope {

class ShaderProgram {
public:
    // Compiles and links. Empty, or the stage and what the compiler said of it.
    std::string create(std::string_view vertex, std::string_view fragment);
    void destroy();

    u32 name() const { return program_; }
    int uniform(const char* name) const;  // -1: the program does not use it

private:
    u32 program_ = 0;
};

}  // namespace mmscope
