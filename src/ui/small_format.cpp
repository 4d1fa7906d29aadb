// Formatting for Dear ImGui in the browser: %s %.*s %d %i %u %x %X %c %%, with width and zeros; nothing with a point.
//
// What draws text here formats it itself; ImGui builds a few names with these (IMGUI_DISABLE_DEFAULT_FORMAT_FUNCTIONS).
// The C library's own formatting, which must know numbers with a point, is 4 kB of the download.
#ifdef __EMSCRIPTEN__

#include <imgui.h>
#include <imgui_internal.h>

#include <cstdarg>

namespace {

// Writes as far as there is room, and counts all.
struct Output {
    char* buffer;
    size_t size;
    size_t length = 0;

    void put(char c) {
        if (length + 1 < size) buffer[length] = c;
        ++length;
    }
    void put_number(unsigned long long value, unsigned base, const char* digits, int width, char fill) {
        char text[24];
        int count = 0;
        do text[count++] = digits[value % base];
        while ((value /= base) != 0);
        for (int at = count; at < width; ++at) put(fill);
        while (count != 0) put(text[--count]);
    }
};

// One conversion behind its '%'; the format behind it.
const char* convert(const char* format, va_list* arguments, Output* out) {
    const char fill = *format == '0' ? '0' : ' ';
    int width = 0;
    while (*format >= '0' && *format <= '9') width = width * 10 + (*format++ - '0');
    int most = -1;
    if (format[0] == '.' && format[1] == '*') {
        most = va_arg(*arguments, int);
        format += 2;
    }
    switch (*format) {
        case 's':
            for (const char* text = va_arg(*arguments, const char*); *text != '\0' && most != 0; --most)
                out->put(*text++);
            break;
        case 'c':
            out->put(static_cast<char>(va_arg(*arguments, int)));
            break;
        case 'd':
        case 'i': {
            const long long value = va_arg(*arguments, int);
            if (value < 0) out->put('-');
            out->put_number(static_cast<unsigned long long>(value < 0 ? -value : value), 10, "0123456789", width, fill);
            break;
        }
        case 'u':
            out->put_number(va_arg(*arguments, unsigned), 10, "0123456789", width, fill);
            break;
        case 'x':
            out->put_number(va_arg(*arguments, unsigned), 16, "0123456789abcdef", width, fill);
            break;
        case 'X':
            out->put_number(va_arg(*arguments, unsigned), 16, "0123456789ABCDEF", width, fill);
            break;
        default:
            out->put(*format);
    }
    return format + 1;
}

}  // namespace

int ImFormatStringV(char* buffer, size_t size, const char* format, va_list arguments) {
    Output out{buffer, buffer != nullptr ? size : 0};
    va_list rest;
    va_copy(rest, arguments);
    while (*format != '\0') {
        if (*format != '%')
            out.put(*format++);
        else
            format = convert(format + 1, &rest, &out);
    }
    va_end(rest);
    if (out.size != 0) buffer[out.length < out.size ? out.length : out.size - 1] = '\0';
    const size_t most = out.size != 0 ? out.size - 1 : out.length;
    return static_cast<int>(out.length < most ? out.length : most);
}

int ImFormatString(char* buffer, size_t size, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = ImFormatStringV(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

#endif
