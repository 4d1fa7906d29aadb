// Lines of the kernel's log, whatever brought them here, and a reader of what one line says.
//
// What stands before the message is taken off: a level `<4>`, a time `[   12.345678]`, a syslog's "host kernel:".
// Several messages that rsyslog joined with `#012` are lines again. Unlike the words of scan.h, blanks and brackets
// stay: a task's name may have them, and a row of the task table begins with one. Columns count from the start of the
// real line, so that an error points at what somebody sees.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

class LogLines {
public:
    explicit LogLines(std::string_view text, u32 first_line = 1) : rest_(text), line_(first_line - 1) {}

    bool next();                         // to the next line that says anything; false at the end
    void step_back() { stays_ = true; }  // next() gives this line again
    std::string_view text() const { return text_; }
    u32 line() const { return line_; }
    Diagnostic error(Message message) const;                         // the whole line
    Diagnostic error(std::string_view part, Message message) const;  // `part` is some of text()

private:
    void split();

    std::string_view rest_;
    std::string_view joined_;  // what is left of a line with #012
    std::string_view whole_;   // the line with its prefix
    std::string_view text_;
    u32 line_ = 0;
    bool stays_ = false;
};

// Walks one line from left to right. The first thing that is not as expected is kept; from then on every step does
// nothing, so that only the end has to be asked.
class LineReader {
public:
    explicit LineReader(const LogLines& lines) : lines_(lines), rest_(lines.text()) {}

    bool accept(std::string_view literal);  // steps over it if it stands here
    void expect(std::string_view literal);
    u64 number();
    i64 signed_number();
    u64 hex();                                         // with its 0x
    std::string_view until(std::string_view literal);  // what stands before it; steps over both
    std::string_view rest();                           // the rest of the line
    void skip_blanks();
    void expect_end();
    bool is_at_end() const { return rest_.empty(); }
    std::string_view ahead() const { return rest_; }

    bool is_good() const { return !fault_; }
    const std::optional<Diagnostic>& fault() const { return fault_; }

private:
    void fail(std::string_view part, Message message);
    u64 digits(int base);

    const LogLines& lines_;
    std::string_view rest_;
    std::optional<Diagnostic> fault_;
};

}  // namespace mmscope
