#include "intake/trace_lines.h"

#include <charconv>
#include <cstddef>

namespace mmscope {
namespace {

using std::size_t;

// "            init-1      "
bool read_name_and_pid(std::string_view task, TraceLine* line) {
    while (task.ends_with(' ')) task.remove_suffix(1);
    while (task.starts_with(' ')) task.remove_prefix(1);
    const size_t dash = task.rfind('-');
    if (dash == std::string_view::npos) return false;
    line->task = task.substr(0, dash);
    const auto pid = std::from_chars(task.data() + dash + 1, task.data() + task.size(), line->pid);
    return pid.ec == std::errc() && pid.ptr == task.data() + task.size();
}

// "            init-1       [000] ": a task's name may have anything in it, brackets too. What follows goes to *rest.
bool read_task(std::string_view text, std::string_view* rest, TraceLine* line) {
    for (size_t open = text.find(" ["); open != std::string_view::npos; open = text.find(" [", open + 1)) {
        const char* const digits = text.data() + open + 2;
        const auto read = std::from_chars(digits, text.data() + text.size(), line->cpu);
        if (read.ec != std::errc() || read.ptr - digits < 3) continue;
        *rest = text.substr(static_cast<size_t>(read.ptr - text.data()));
        if (!rest->starts_with("] ")) continue;
        rest->remove_prefix(2);
        if (read_name_and_pid(text.substr(0, open), line)) return true;
    }
    return false;
}

// "9.826315:"
bool read_timestamp(std::string_view word, TraceLine* line) {
    if (!word.ends_with(':')) return false;
    word.remove_suffix(1);
    line->timestamp = word;
    const size_t dot = word.find('.');
    return dot != 0 && dot != std::string_view::npos && word.find_first_not_of("0123456789.") == std::string_view::npos;
}

// "CPU:0 [LOST 123 EVENTS]"
bool read_lost(std::string_view text, u32* lost) {
    constexpr std::string_view kLost = " [LOST ";
    const size_t at = text.starts_with("CPU:") ? text.find(kLost) : std::string_view::npos;
    if (at == std::string_view::npos || !text.ends_with(" EVENTS]")) return false;
    u32 count = 0;
    if (std::from_chars(text.data() + at + kLost.size(), text.data() + text.size(), count).ec != std::errc()) count = 1;
    *lost += count;
    return true;
}

}  // namespace

void LineCursor::skip_blanks() {
    size_t at = 0;
    while (at < rest_.size() && rest_[at] == ' ') ++at;
    rest_.remove_prefix(at);
}

std::string_view LineCursor::word() {
    skip_blanks();
    size_t end = 0;
    while (end < rest_.size() && rest_[end] != ' ') ++end;
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
}

bool LineCursor::value(std::string_view key, std::string_view* value) {
    const std::string_view next = word();
    if (!next.starts_with(key)) return false;
    *value = next.substr(key.size());
    return !value->empty();
}

bool LineCursor::number(std::string_view key, u32 below, u32* number) {
    std::string_view text;
    if (!value(key, &text)) return false;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), *number);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() && *number < below;
}

bool LineCursor::text(std::string_view key, std::string_view next, std::string_view* value) {
    skip_blanks();
    if (!rest_.starts_with(key)) return false;
    rest_.remove_prefix(key.size());
    const size_t end = next.empty() ? rest_.size() : rest_.find(next);
    if (end == std::string_view::npos) return false;
    *value = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return !value->empty();
}

bool TraceLineReader::read(TraceLine* line) {
    std::string_view rest;
    if (!read_task(text_, &rest, line)) return false;
    LineCursor cursor(rest);
    line->flags = cursor.word();
    if (!read_timestamp(cursor.word(), line)) return false;
    line->name = cursor.word();
    if (!line->name.ends_with(':')) return false;
    line->name.remove_suffix(1);
    line->fields = cursor;
    return true;
}

bool TraceLineReader::next(TraceLine* line) {
    while (!rest_.empty()) {
        const size_t end = rest_.find('\n');
        text_ = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        if (text_.ends_with('\r')) text_.remove_suffix(1);
        ++line_;
        if (text_.empty() || text_[0] == '#' || (text_[0] == 'C' && read_lost(text_, &lost_))) continue;
        line->line = line_;
        if (read(line)) return true;
        note_torn();
    }
    return false;
}

void TraceLineReader::note_torn() {
    if (torn_++ != 0) return;
    first_torn_ = {line_, 1, static_cast<u32>(text_.size()),
                   Message("capture.torn").text("found", text_.substr(0, 60))};
}

}  // namespace mmscope
