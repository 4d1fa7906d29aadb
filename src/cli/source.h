// The script that a command runs: a file, or /proc files that become its first statement, or both.
//
// With --from the engine is given `machine from text <<END ... END` before the script's own lines. A source knows
// which line of what it gave the engine stands in which file, so that errors point into the user's files.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "play/session.h"

namespace mmscope {

class Source {
public:
    // An error is the whole line to print.
    static Result<Source, std::string> read(const std::vector<std::string>& script, const std::vector<std::string>& from);

    const std::string& text() const { return text_; }
    // "FILE:line:column: sentence" for a place in text().
    std::string say(const Diagnostic& diagnostic) const;
    // The line of the script's own file; 0 for one before it.
    u32 script_line(u32 line) const { return line > lines_before_ ? line - lines_before_ : 0; }

private:
    struct Part {
        std::string file;
        u32 lines_before = 0;
    };
    std::string say_in(const std::vector<Part>& parts, const Diagnostic& diagnostic) const;

    std::string text_;
    std::string script_file_;
    std::vector<Part> from_;
    u32 lines_before_ = 0;  // lines of text() before the script
};

// Reads a source into a session. Nothing, and every error is told on stderr, if it cannot be read or does not compile.
std::optional<Source> load_source(const std::vector<std::string>& script, const std::vector<std::string>& from, Session* session);

// How reading a file went: to its end, to where its compressed form is cut off or damaged, or not at all.
enum class TextEnd : u8 { whole, cut, unreadable };
struct TextRead {
    TextEnd end = TextEnd::whole;
    u64 bytes = 0;  // of text that was read
};
// Piece by piece, for what need not lie in memory as a whole; unpacked if it is gzipped.
TextRead read_text_pieces(const std::string& path, const std::function<void(std::string_view)>& take);
// The whole file; nothing if it cannot be read to its end.
std::optional<std::string> read_text_file(const std::string& path);
// "FILE: cut off behind so many bytes."
std::string say_cut(const std::string& path, const TextRead& read);

}  // namespace mmscope
