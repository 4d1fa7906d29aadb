#include "procfs/log_lines.h"

#include <charconv>
#include <cstddef>

namespace mmscope {
namespace {

using std::size_t;

constexpr u32 kMostShown = 40;  // bytes of a wrong word in a message

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Length of "<4>", "[   12.345678] " or "[    T1] " at the start, 0 if there is none. A row of the task table begins
// "[    149]" and is none: a time has a point, and the number of who speaks (a task, a CPU) a letter.
size_t bracket_prefix(std::string_view line) {
    if (line.empty() || (line[0] != '[' && line[0] != '<')) return 0;
    const bool is_level = line[0] == '<';
    const size_t close = line.find(is_level ? '>' : ']');
    if (close == std::string_view::npos || close == 1) return 0;
    bool has_sign = false;
    for (const char c : line.substr(1, close - 1)) {
        const bool is_sign = c == '.' || (!is_level && (c == 'T' || c == 'C'));
        if (!is_digit(c) && !is_sign && c != ' ') return 0;
        has_sign |= is_sign;
    }
    if (!is_level && !has_sign) return 0;
    const bool has_blank = close + 1 < line.size() && line[close + 1] == ' ';
    return close + (has_blank && !is_level ? 2 : 1);
}

std::string_view without_prefix(std::string_view line) {
    if (const size_t at = line.find(" kernel: "); at != std::string_view::npos) line.remove_prefix(at + 9);
    for (size_t length = bracket_prefix(line); length != 0; length = bracket_prefix(line)) line.remove_prefix(length);
    return line;
}

}  // namespace

void LogLines::split() {
    const size_t at = joined_.find("#012");
    text_ = joined_.substr(0, at);
    joined_.remove_prefix(at == std::string_view::npos ? joined_.size() : at + 4);
}

bool LogLines::next() {
    if (stays_) return stays_ = false, true;
    while (!joined_.empty() || !rest_.empty()) {
        if (joined_.empty()) {
            const size_t end = rest_.find('\n');
            whole_ = rest_.substr(0, end);
            rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
            ++line_;
            while (!whole_.empty() && whole_.back() == '\r') whole_.remove_suffix(1);
            joined_ = without_prefix(whole_);
        }
        split();
        if (text_.find_first_not_of(" \t") != std::string_view::npos) return true;
    }
    return false;
}

Diagnostic LogLines::error(Message message) const {
    return {line_, 1, static_cast<u32>(whole_.size()), std::move(message)};
}

Diagnostic LogLines::error(std::string_view part, Message message) const {
    const u32 column = static_cast<u32>(part.data() - whole_.data()) + 1;
    return {line_, column, static_cast<u32>(part.size()), std::move(message)};
}

void LineReader::fail(std::string_view part, Message message) {
    if (!fault_) fault_ = lines_.error(part, std::move(message));
    rest_ = rest_.substr(rest_.size());
}

bool LineReader::accept(std::string_view literal) {
    if (fault_ || !rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
}

void LineReader::expect(std::string_view literal) {
    if (fault_ || accept(literal)) return;
    fail(rest_.substr(0, literal.size()), Message("proc.text_expected").text("expected", literal));
}

void LineReader::skip_blanks() {
    while (accept(" ")) {
    }
}

u64 LineReader::digits(int base) {
    if (fault_) return 0;
    i64 value = 0;
    const char* const end = rest_.data() + rest_.size();
    const auto read = std::from_chars(rest_.data(), end, value, base);
    const size_t length = static_cast<size_t>(read.ptr - rest_.data());
    if (read.ec == std::errc::result_out_of_range) {
        const std::string_view word = rest_.substr(0, length);
        fail(word, Message("proc.number_too_large").text("found", word.substr(0, kMostShown)));
        return 0;
    }
    if (read.ec != std::errc() || rest_[0] == '-') {
        const std::string_view word = rest_.substr(0, rest_.find(' '));
        fail(word, Message("proc.number_expected").text("found", word.substr(0, kMostShown)));
        return 0;
    }
    rest_.remove_prefix(length);
    return static_cast<u64>(value);
}

u64 LineReader::number() { return digits(10); }

i64 LineReader::signed_number() {
    const bool is_negative = accept("-");
    const i64 value = static_cast<i64>(digits(10));
    return is_negative ? -value : value;
}

u64 LineReader::hex() {
    expect("0x");
    return digits(16);
}

std::string_view LineReader::until(std::string_view literal) {
    if (fault_) return {};
    const size_t at = rest_.find(literal);
    if (at == std::string_view::npos) {
        fail(rest_, Message("proc.text_expected").text("expected", literal));
        return {};
    }
    const std::string_view before = rest_.substr(0, at);
    rest_.remove_prefix(at + literal.size());
    return before;
}

std::string_view LineReader::rest() {
    const std::string_view all = rest_;
    rest_ = rest_.substr(rest_.size());
    return all;
}

void LineReader::expect_end() {
    if (fault_ || rest_.empty()) return;
    fail(rest_, Message("proc.rest_unexpected").text("found", rest_.substr(0, kMostShown)));
}

}  // namespace mmscope
