// A sscanf for Dear ImGui in the browser that knows %d and plain characters, and nothing else.
//
// Its renderer reads "#version 300 es" and "3.0" with it; what else calls sscanf there (imgui.ini, input fields) the
// page has not. The C library's own is 7 kB of the download. Included before each of ImGui's sources (CMakeLists.txt).
#pragma once

#include <stdarg.h>
#include <stdio.h>

static inline int small_sscanf(const char* text, const char* format, ...) {
    va_list targets;
    va_start(targets, format);
    int read = 0;
    for (; *format != '\0'; ++format) {
        if (format[0] != '%' || format[1] != 'd') {
            if (*text++ != *format) break;
            continue;
        }
        ++format;
        if (*text < '0' || *text > '9') break;
        int number = 0;
        while (*text >= '0' && *text <= '9') number = number * 10 + (*text++ - '0');
        *va_arg(targets, int*) = number;
        ++read;
    }
    va_end(targets);
    return read;
}

#define sscanf small_sscanf
