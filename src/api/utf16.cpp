#include "api/utf16.h"

#include <algorithm>

namespace mmscope {

namespace {

std::string_view line_of(std::string_view text, u32 line) {
    for (; line > 1; --line) {
        const size_t end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

}  // namespace

// A lead byte of up to three bytes is one unit, one of four bytes is a pair of surrogates.
u32 utf16_units(std::string_view text) {
    u32 units = 0;
    for (const char c : text) {
        const u8 byte = static_cast<u8>(c);
        if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    return units;
}

Diagnostic in_utf16(Diagnostic diagnostic, std::string_view text) {
    if (diagnostic.line == 0 || diagnostic.column == 0) return diagnostic;
    const std::string_view line = line_of(text, diagnostic.line);
    const size_t start = std::min<size_t>(diagnostic.column - 1, line.size());
    diagnostic.column = utf16_units(line.substr(0, start)) + 1;
    diagnostic.length = utf16_units(line.substr(start, diagnostic.length));
    return diagnostic;
}

}  // namespace mmscope
