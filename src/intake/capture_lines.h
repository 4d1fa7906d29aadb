// Walks a capture line by line and word by word without copying: captures run to tens of megabytes.
//
// Words are what stands between blanks. A line's fields are words KEY=NUMBER or KEY=NUMBER,NUMBER,...; their readers
// say what they expect and leave the first fault in fault(), with its place.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

// A field to look for: up to `most` numbers go to `values`, and `found` says how many there were.
struct CaptureField {
    std::string_view key;
    u32* values = nullptr;
    u32 most = 1;
    u32 least = 1;  // 0: the field may be left out
    u32 found = 0;
};

class CaptureLines {
public:
    explicit CaptureLines(std::string_view text) : rest_(text) {}

    bool next();  // to the next line that is not blank; false at the end, where line() stays
    u32 line() const { return line_; }
    std::string_view text() const { return text_; }  // the whole line
    std::string_view rest() const { return words_; } // what no word has been taken of, without blanks before it
    std::string_view word();                         // the next word; empty at the end of the line

    // The rest of the line as fields, in any order. Keys that are not among `fields` are passed over.
    bool fields(std::span<CaptureField> fields);
    // The whole of `text`, which lies in this line, as a decimal number below `below`.
    bool number(std::string_view text, u64 below, u32* value);
    // "n0" with 'n': the number behind the prefix.
    bool prefixed(std::string_view text, std::string_view prefix, u64 below, u32* value);

    // Notes what is wrong and with which word of this line (or, without one, with the line); always false.
    bool fail(std::string_view word, Message message);
    bool fail(Message message) { return fail(text_, std::move(message)); }
    bool fail_line() { return fail(Message("capture.line").text("found", text_.substr(0, 60))); }
    Diagnostic& fault() { return fault_; }

private:
    bool field(CaptureField* field, std::string_view values);

    std::string_view rest_;
    std::string_view text_;
    std::string_view words_;
    u32 line_ = 0;
    Diagnostic fault_;
};

}  // namespace mmscope
