#include "gfx/shader_program.h"

#include <GLES3/gl3.h>

namespace mmscope {

namespace {

std::string compile(u32 stage, std::string_view source, u32* shader) {
    *shader = glCreateShader(stage);
    const char* text = source.data();
    const int length = static_cast<int>(source.size());
    glShaderSource(*shader, 1, &text, &length);
    glCompileShader(*shader);
    int compiled = 0;
    glGetShaderiv(*shader, GL_COMPILE_STATUS, &compiled);
    if (compiled) return {};
    char log[1024] = "";
    glGetShaderInfoLog(*shader, sizeof log, nullptr, log);
    return std::string(stage == GL_VERTEX_SHADER ? "vertex shader: " : "fragment shader: ") + log;
}

std::string link(u32 program, u32 vertex, u32 fragment) {
    glAttachShader(program, vertex);
    glAttachShader(program, fragment);
    glLinkProgram(program);
    int linked = 0;
    glGetProgramiv(program, GL_LINK_STATUS, &linked);
    if (linked) return {};
    char log[1024] = "";
    glGetProgramInfoLog(program, sizeof log, nullptr, log);
    return std::string("shader program: ") + log;
}

}  // namespace

std::string ShaderProgram::create(std::string_view vertex, std::string_view fragment) {
    program_ = 0;
    u32 stages[2] = {0, 0};
    std::string problem = compile(GL_VERTEX_SHADER, vertex, &stages[0]);
    if (problem.empty()) problem = compile(GL_FRAGMENT_SHADER, fragment, &stages[1]);
    if (problem.empty()) {
        program_ = glCreateProgram();
        problem = link(program_, stages[0], stages[1]);
    }
    for (u32 shader : stages) {
        if (shader != 0) glDeleteShader(shader);
    }
    if (!problem.empty()) destroy();
    return problem;
}

void ShaderProgram::destroy() {
    if (program_ != 0) glDeleteProgram(program_);
    program_ = 0;
}

int ShaderProgram::uniform(const char* name) const { return glGetUniformLocation(program_, name); }

}  // namespace mmscope
