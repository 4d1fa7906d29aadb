#include "procfs/columns.h"

#include <charconv>

namespace mmscope {

void append_right(std::string* out, std::string_view text, u32 width) {
    if (text.size() < width) out->append(width - text.size(), ' ');
    out->append(text);
}

void append_left(std::string* out, std::string_view text, u32 width) {
    out->append(text);
    if (text.size() < width) out->append(width - text.size(), ' ');
}

void append_number(std::string* out, u64 value, u32 width) {
    char digits[20];
    const auto written = std::to_chars(digits, digits + sizeof digits, value);
    append_right(out, std::string_view(digits, static_cast<std::size_t>(written.ptr - digits)), width);
}

}  // namespace mmscope
