#include "ui/text.h"

#include <algorithm>

#include "play/value.h"

namespace mmscope {

namespace {

// `value` / `unit` with at most three digits; a fraction only below 100 and where it is not zero.
std::string scaled(u64 value, u64 unit) {
    const u64 tenths = (value * 10 + unit / 2) / unit;
    std::string text = grouped(tenths / 10);
    if (tenths < 1000 && tenths % 10 != 0) {
        text += '.';
        text += static_cast<char>('0' + tenths % 10);
    }
    return text;
}

}  // namespace

std::string grouped(u64 value) {
    char digits[32];
    char* end = digits + sizeof digits;
    char* first = end;
    u32 count = 0;
    do {
        if (count != 0 && count % 3 == 0) *--first = ',';
        *--first = static_cast<char>('0' + value % 10);
        value /= 10;
        ++count;
    } while (value != 0);
    return std::string(first, end);
}

std::string signed_grouped(i64 value) {
    return (value < 0 ? "-" : "+") + grouped(value < 0 ? 0 - static_cast<u64>(value) : static_cast<u64>(value));
}

std::string hex(u64 value) {
    return hex_text(value);
}

std::string memory_size(u64 pages) {
    if (pages < 256) return scaled(pages * 4, 1) + " KiB";
    if (pages < 262144) return scaled(pages, 256) + " MiB";
    return scaled(pages, 262144) + " GiB";
}

std::string address_size(u64 bytes) {
    constexpr u64 kMebi = u64{1} << 20, kGibi = u64{1} << 30;
    if (bytes == 0) return "0";
    if (bytes >= kGibi) {
        const u64 hundredths = bytes % kGibi * 100 / kGibi;
        std::string text = std::to_string(bytes / kGibi);
        if (hundredths != 0) text += '.' + std::to_string(hundredths / 10);
        if (hundredths % 10 != 0) text += std::to_string(hundredths % 10);
        return text + 'G';
    }
    return bytes % kMebi == 0 ? std::to_string(bytes / kMebi) + "M" : std::to_string(bytes / 1024) + "K";
}

std::string compact(u64 value, u32 most) {
    std::string text = grouped(value);
    if (text.size() <= most) return text;
    if (value < 1000000) return scaled(value, 1000) + "k";
    return scaled(value, 1000000) + "M";
}

std::vector<std::string> wrapped(const std::string& text, size_t most) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        size_t length = std::min(most, text.size() - at);
        if (at + length < text.size()) {
            const size_t space = text.rfind(' ', at + length);
            if (space != std::string::npos && space > at) length = space - at;
        }
        lines.push_back(text.substr(at, length));
        at += length;
        while (at < text.size() && text[at] == ' ') ++at;
    }
    return lines;
}

}  // namespace mmscope
