// The words of a script: numbers with binary suffixes, strings, names, operators.
//
// A newline separates statements, except inside parentheses and brackets, where it is white space; `;` always
// separates. `#` starts a comment. The text is bytes: UTF-8 may stand in strings and comments, nowhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"

namespace mmscope {

// Where something stands in a source: line and column from 1, length in bytes on that line.
struct SourceSpan {
    u32 line = 0;
    u32 column = 0;
    u32 length = 0;
};

enum class TokenKind : u8 { end, separator, word, number, text, symbol, bad };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view text;        // as written; quotes of strings included
    SourceSpan span;
    u32 offset = 0;               // of the first byte in the source
    i64 number = 0;               // of a number
    const char* fault = nullptr;  // of a bad token: the key of its message

    bool is(std::string_view symbol_or_word) const {
        return (kind == TokenKind::symbol || kind == TokenKind::word) && text == symbol_or_word;
    }
};

// Copying a lexer is looking ahead.
class Lexer {
public:
    explicit Lexer(std::string_view source) : source_(source) {}

    Token next();
    // Forgets open parentheses, so that the next newline separates again (recovery after an error).
    void close_all() { open_ = 0; }
    // After the word that ends `<<`: the text from the next line up to the line that starts with `terminator`.
    // Nothing if something else follows on the line or the terminator is missing.
    std::optional<std::string_view> here_document(std::string_view terminator);

    u32 offset() const { return offset_; }
    u32 line() const { return line_; }

private:
    void skip_blanks();
    Token token(TokenKind kind, u32 length);
    Token bad(const char* fault, u32 length);
    Token read_number();
    Token read_text();
    Token read_symbol();
    char at(u32 ahead) const { return offset_ + ahead < source_.size() ? source_[offset_ + ahead] : '\0'; }

    std::string_view source_;
    u32 offset_ = 0;
    u32 line_ = 1;
    u32 line_start_ = 0;
    u32 open_ = 0;  // parentheses and brackets
};

// The bytes that a string token stands for: without quotes, \" \\ \n \t resolved.
std::string text_value(const Token& token);

}  // namespace mmscope
