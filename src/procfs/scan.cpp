#include "procfs/scan.h"

#include <charconv>
#include <cstddef>

namespace mmscope {
namespace {

using std::size_t;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }
bool is_separator(char c) { return is_blank(c) || c == ',' || c == '(' || c == ')'; }

// Length of "<6>" or "[   12.345678] " at the start, 0 if there is none.
size_t bracket_prefix(std::string_view line) {
    const char open = line.empty() ? '\0' : line[0];
    if (open != '[' && open != '<') return 0;
    const size_t close = line.find(open == '[' ? ']' : '>');
    if (close == std::string_view::npos || close == 1) return 0;
    for (size_t i = 1; i < close; ++i) {
        if (!is_digit(line[i]) && line[i] != '.' && line[i] != ' ') return 0;
    }
    return close + 1;
}

// Length of a time such as "12:00:01.5" or "2024-05-01T12:00:01+02:00" at the start, 0 if there is none.
size_t time_prefix(std::string_view line) {
    size_t length = 0;
    u32 colons = 0;
    while (length < line.size() && !is_blank(line[length])) {
        const char c = line[length];
        if (!is_digit(c) && std::string_view(":.-+,TZ").find(c) == std::string_view::npos) return 0;
        if (c == ':') ++colons;
        ++length;
    }
    return colons >= 2 ? length : 0;
}

std::string_view without_prefix(std::string_view line) {
    for (;;) {
        size_t skip = 0;
        while (skip < line.size() && is_blank(line[skip])) ++skip;
        const std::string_view start = line.substr(skip);
        size_t prefix = bracket_prefix(start);
        if (prefix == 0) prefix = time_prefix(start);
        if (prefix == 0) return line;
        line = start.substr(prefix);
        if (!line.empty() && line[0] == ' ') line.remove_prefix(1);
    }
}

}  // namespace

bool LineScanner::next() {
    while (!rest_.empty()) {
        const size_t end = rest_.find('\n');
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        const u32 number = next_line_++;
        while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        cut(line);
        if (words_.empty()) continue;
        line_ = number;
        line_length_ = static_cast<u32>(line.size());
        return true;
    }
    words_.clear();
    return false;
}

void LineScanner::cut(std::string_view line) {
    words_.clear();
    text_ = without_prefix(line);
    if (const size_t at = text_.find(" kernel: "); at != std::string_view::npos) text_.remove_prefix(at + 9);
    indented_ = !text_.empty() && is_blank(text_[0]);
    const char* const start = line.data();
    for (size_t i = 0; i < text_.size();) {
        if (is_separator(text_[i])) {
            ++i;
            continue;
        }
        const size_t from = i;
        while (i < text_.size() && !is_separator(text_[i])) ++i;
        words_.push_back({text_.substr(from, i - from), static_cast<u32>(text_.data() + from - start) + 1});
    }
}

Diagnostic LineScanner::error(const Word& word, Message message) const {
    return {line_, word.column, static_cast<u32>(word.text.size()), std::move(message)};
}

Diagnostic LineScanner::error(Message message) const { return {line_, 1, line_length_, std::move(message)}; }

bool is_number(std::string_view text) {
    for (const char c : text) {
        if (!is_digit(c)) return false;
    }
    return !text.empty();
}

Result<u64> number_of(const LineScanner& scanner, const Word& word) {
    if (!is_number(word.text)) {
        return scanner.error(word, Message("proc.number_expected").text("found", word.text.substr(0, 40)));
    }
    i64 value = 0;
    const auto read = std::from_chars(word.text.data(), word.text.data() + word.text.size(), value);
    if (read.ec != std::errc()) {
        return scanner.error(word, Message("proc.number_too_large").text("found", word.text.substr(0, 40)));
    }
    return static_cast<u64>(value);
}

std::optional<ZoneHeading> zone_heading(const std::vector<Word>& words) {
    for (u32 i = 0; i + 3 < words.size(); ++i) {
        if (words[i].text != "Node" || words[i + 2].text != "zone" || !is_number(words[i + 1].text)) continue;
        u32 node = 0;
        const std::string_view digits = words[i + 1].text;
        if (std::from_chars(digits.data(), digits.data() + digits.size(), node).ec != std::errc()) return std::nullopt;
        return ZoneHeading{node, words[i + 3].text, i + 4};
    }
    return std::nullopt;
}

std::optional<Diagnostic> binary_byte(std::string_view text, u32 first_line) {
    u32 line = first_line;
    size_t line_start = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') {
            ++line;
            line_start = i + 1;
        }
        const u8 byte = static_cast<u8>(c);
        const bool is_text = byte >= 0x20 ? byte != 0x7f : (byte >= 0x07 && byte <= 0x0d) || byte == 0x1b;
        if (is_text) continue;
        Message message = Message("proc.binary").hex("byte", byte);
        return Diagnostic{line, static_cast<u32>(i - line_start) + 1, 1, std::move(message)};
    }
    return std::nullopt;
}

}  // namespace mmscope
