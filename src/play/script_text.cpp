#include "play/script_text.h"

#include <algorithm>

namespace mmscope {

Message bound_fault(std::string_view source) {
    if (source.size() <= kMostSourceBytes) return {};
    Message message("error.bound_source");
    return message.number("bytes", static_cast<i64>(source.size())).number("most", kMostSourceBytes);
}

std::optional<Diagnostic> version_fault(std::string_view source) {
    constexpr std::string_view kMagic = "#!mm";
    if (source.substr(0, kMagic.size()) != kMagic) return std::nullopt;
    std::string_view line = source.substr(0, source.find_first_of("\r\n"));
    const u32 length = static_cast<u32>(line.size());
    line.remove_prefix(kMagic.size());
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    if (line == std::to_string(kScriptVersion)) return std::nullopt;
    const bool is_newer =
        !line.empty() && line.front() > '0' && line.find_first_not_of("0123456789") == std::string_view::npos;
    Message message(is_newer ? "error.newer_version" : "error.bad_version");
    message.text("version", line.substr(0, 20)).number("known", kScriptVersion);
    return Diagnostic{1, 1, length, std::move(message)};
}

std::vector<std::string> split_lines(std::string_view source) {
    std::vector<std::string> lines;
    for (std::size_t first = 0; first <= source.size();) {
        const std::size_t newline = std::min(source.find('\n', first), source.size());
        std::string_view line = source.substr(first, newline - first);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        lines.emplace_back(line);
        first = newline + 1;
    }
    return lines;
}

}  // namespace mmscope
