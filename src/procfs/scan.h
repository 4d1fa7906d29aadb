// Reading /proc text that came through terminals, logs and clipboards.
//
// A scanner walks the lines that are not blank and cuts each into words at blanks, tabs, commas and round
// brackets. CRLF, and what a log puts before a line (`<6>`, `[   12.345678]`, a time of day, `host kernel:`),
// are taken off first; columns still count from the start of the real line.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct Word {
    std::string_view text;
    u32 column = 0;  // of its first byte, from 1
};

class LineScanner {
public:
    explicit LineScanner(std::string_view text, u32 first_line = 1) : rest_(text), next_line_(first_line) {}

    bool next();  // to the next line with words; false at the end, where line() stays at the last such line
    u32 line() const { return line_; }
    const std::vector<Word>& words() const { return words_; }
    bool is_indented() const { return indented_; }
    std::string_view text() const { return text_; }  // without prefix and line end

    Diagnostic error(const Word& word, Message message) const;
    Diagnostic error(Message message) const;  // the whole line

private:
    void cut(std::string_view line);

    std::string_view rest_;
    std::string_view text_;
    std::vector<Word> words_;
    u32 next_line_;
    u32 line_ = 0;
    u32 line_length_ = 0;
    bool indented_ = false;
};

// The number that a word is: an error for anything else, and for one that needs more than 63 bits.
Result<u64> number_of(const LineScanner& scanner, const Word& word);
bool is_number(std::string_view text);

// "Node 0, zone    DMA32", which begins a zone or a row in all three files.
struct ZoneHeading {
    u32 node = 0;
    std::string_view zone;
    u32 words = 0;  // words used, junk before it included
};
std::optional<ZoneHeading> zone_heading(const std::vector<Word>& words);

// The first byte that no text has (NUL and other control characters), as an error.
std::optional<Diagnostic> binary_byte(std::string_view text, u32 first_line);

}  // namespace mmscope
