#include "play/lexer.h"

#include <algorithm>

namespace mmscope {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word_part(char c) { return is_word_start(c) || is_digit(c); }

int digit_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
}

u32 suffix_shift(char c) {
    if (c == 'K') return 10;
    if (c == 'M') return 20;
    return c == 'G' ? 30 : 0;
}

constexpr std::string_view kLongSymbols[] = {"||", "&&", "==", "!=", "<=", ">=", "<<", ">>", ".."};
constexpr std::string_view kShortSymbols = "+-*/%<>=!~&|^()[]{},@";

}  // namespace

void Lexer::skip_blanks() {
    for (;;) {
        const char c = at(0);
        if (c == '#') {
            while (offset_ < source_.size() && source_[offset_] != '\n') ++offset_;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            ++offset_;
        } else if (c == '\n' && open_ != 0) {
            line_start_ = ++offset_;
            ++line_;
        } else {
            return;
        }
    }
}

Token Lexer::token(TokenKind kind, u32 length) {
    Token token;
    token.kind = kind;
    token.text = source_.substr(offset_, length);
    token.span = {line_, offset_ - line_start_ + 1, length};
    token.offset = offset_;
    offset_ += length;
    return token;
}

Token Lexer::bad(const char* fault, u32 length) {
    Token wrong = token(TokenKind::bad, length);
    wrong.fault = fault;
    return wrong;
}

Token Lexer::next() {
    skip_blanks();
    if (offset_ >= source_.size()) return token(TokenKind::end, 0);
    const char c = at(0);
    if (c == '\n') {
        const Token newline = token(TokenKind::separator, 1);
        ++line_;
        line_start_ = offset_;
        return newline;
    }
    if (c == ';') return token(TokenKind::separator, 1);
    if (is_digit(c)) return read_number();
    if (c == '"') return read_text();
    if (!is_word_start(c)) return read_symbol();
    u32 length = 1;
    while (is_word_part(at(length))) ++length;
    return token(TokenKind::word, length);
}

Token Lexer::read_number() {
    const bool is_hex = at(0) == '0' && (at(1) == 'x' || at(1) == 'X');
    const int base = is_hex ? 16 : 10;
    u32 length = is_hex ? 2 : 0;
    const u32 first_digit = length;
    u64 value = 0;
    bool overflows = false;
    for (; digit_value(at(length)) < base; ++length) {
        overflows |= __builtin_mul_overflow(value, static_cast<u64>(base), &value);
        overflows |= __builtin_add_overflow(value, static_cast<u64>(digit_value(at(length))), &value);
    }
    const bool has_digits = length > first_digit;
    const u32 shift = suffix_shift(at(length));
    if (shift != 0) {
        overflows |= __builtin_mul_overflow(value, u64{1} << shift, &value);
        ++length;
    }
    const bool may_be_address = is_hex && shift == 0;
    overflows |= !may_be_address && value >> 63 != 0;
    if (!has_digits || is_word_part(at(length))) {
        while (is_word_part(at(length))) ++length;
        return bad("error.bad_number", length);
    }
    if (overflows) return bad("error.number_too_large", length);
    Token number = token(TokenKind::number, length);
    number.number = static_cast<i64>(value);
    return number;
}

Token Lexer::read_text() {
    u32 length = 1;
    while (at(length) != '"') {
        const u32 width = at(length) == '\\' ? 2 : 1;
        if (offset_ + length + width > source_.size() || at(length + width - 1) == '\n')
            return bad("error.open_string", length);
        length += width;
    }
    return token(TokenKind::text, length + 1);
}

Token Lexer::read_symbol() {
    const std::string_view rest = source_.substr(offset_, 2);
    if (std::find(std::begin(kLongSymbols), std::end(kLongSymbols), rest) != std::end(kLongSymbols))
        return token(TokenKind::symbol, 2);
    const char c = at(0);
    if (kShortSymbols.find(c) == std::string_view::npos) {
        u32 length = 1;  // a character of several bytes is underlined as a whole
        while ((static_cast<unsigned char>(at(length)) & 0xc0) == 0x80) ++length;
        return bad("error.bad_character", length);
    }
    if (c == '(' || c == '[') ++open_;
    if ((c == ')' || c == ']') && open_ != 0) --open_;
    return token(TokenKind::symbol, 1);
}

std::optional<std::string_view> Lexer::here_document(std::string_view terminator) {
    while (at(0) == ' ' || at(0) == '\t' || at(0) == '\r') ++offset_;
    if (at(0) != '\n') return std::nullopt;
    line_start_ = ++offset_;
    ++line_;
    const u32 first = offset_;
    while (offset_ < source_.size()) {
        const bool ends = source_.substr(offset_, terminator.size()) == terminator &&
                          !is_word_part(at(static_cast<u32>(terminator.size())));
        if (ends) {
            const std::string_view text = source_.substr(first, offset_ - first);
            offset_ += static_cast<u32>(terminator.size());
            return text;
        }
        const std::size_t newline = source_.find('\n', offset_);
        if (newline == std::string_view::npos) break;
        line_start_ = offset_ = static_cast<u32>(newline) + 1;
        ++line_;
    }
    return std::nullopt;
}

std::string text_value(const Token& token) {
    std::string value;
    for (std::size_t at = 1; at + 1 < token.text.size(); ++at) {
        char c = token.text[at];
        if (c == '\\') {
            c = token.text[++at];
            if (c == 'n') c = '\n';
            if (c == 't') c = '\t';
        }
        value += c;
    }
    return value;
}

}  // namespace mmscope
