#include "intake/capture_lines.h"

#include <algorithm>
#include <charconv>

namespace mmscope {
namespace {

using std::size_t;

constexpr u64 kAny = u64{1} << 32;

std::string_view without_blanks(std::string_view text) {
    size_t at = 0;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    return text.substr(at);
}

}  // namespace

bool CaptureLines::next() {
    while (!rest_.empty()) {
        const size_t end = std::min(rest_.find('\n'), rest_.size());
        text_ = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        ++line_;
        if (text_.ends_with('\r')) text_.remove_suffix(1);
        words_ = without_blanks(text_);
        if (!words_.empty()) return true;
    }
    return false;
}

std::string_view CaptureLines::word() {
    size_t end = 0;
    while (end < words_.size() && words_[end] != ' ' && words_[end] != '\t') ++end;
    const std::string_view word = words_.substr(0, end);
    words_ = without_blanks(words_.substr(end));
    return word;
}

bool CaptureLines::number(std::string_view text, u64 below, u32* value) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), *value);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size() && *value < below) return true;
    return fail(text, Message("capture.number").text("found", text.substr(0, 40)));
}

bool CaptureLines::prefixed(std::string_view text, std::string_view prefix, u64 below, u32* value) {
    if (!text.starts_with(prefix)) return fail(text, Message("capture.word").text("prefix", prefix).text("found", text.substr(0, 40)));
    return number(text.substr(prefix.size()), below, value);
}

bool CaptureLines::field(CaptureField* field, std::string_view values) {
    if (field->found != 0) return fail(values, Message("capture.field_twice").text("field", field->key));
    for (;;) {
        const size_t comma = std::min(values.find(','), values.size());
        const std::string_view value = values.substr(0, comma);
        if (field->found == field->most) return fail(values, Message("capture.field_count").text("field", field->key));
        if (!number(value, kAny, field->values + field->found++)) return false;
        if (comma == values.size()) break;
        values.remove_prefix(comma + 1);
    }
    return field->found >= field->least || fail(values, Message("capture.field_count").text("field", field->key));
}

// Fields mostly come in the order they are looked for, so that each is sought behind the one before it.
bool CaptureLines::fields(std::span<CaptureField> fields) {
    size_t at = 0;
    for (std::string_view next = word(); !next.empty(); next = word()) {
        const size_t equals = next.find('=');
        if (equals == std::string_view::npos) return fail(next, Message("capture.field").text("found", next.substr(0, 40)));
        for (size_t tried = 0; tried < fields.size(); ++tried, ++at) {
            if (at == fields.size()) at = 0;
            if (fields[at].key != next.substr(0, equals)) continue;
            if (!field(&fields[at], next.substr(equals + 1))) return false;
            break;
        }
    }
    for (const CaptureField& one : fields) {
        if (one.found < one.least) return fail(Message("capture.field_missing").text("field", one.key));
    }
    return true;
}

bool CaptureLines::fail(std::string_view word, Message message) {
    fault_ = {line_, static_cast<u32>(word.data() - text_.data()) + 1, static_cast<u32>(word.size()), std::move(message)};
    return false;
}

}  // namespace mmscope
