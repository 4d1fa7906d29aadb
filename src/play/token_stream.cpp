#include "play/token_stream.h"

namespace mmscope {

TokenStream::TokenStream(std::string_view source) : lexer_(source) { advance(); }

Token TokenStream::peek() const {
    Lexer ahead = lexer_;
    return ahead.next();
}

void TokenStream::advance() {
    last_ = current_;
    current_ = lexer_.next();
}

bool TokenStream::accept(std::string_view symbol_or_word) {
    if (!is(symbol_or_word)) return false;
    advance();
    return true;
}

bool TokenStream::expect(std::string_view symbol_or_word) {
    return accept(symbol_or_word) || fail_unexpected(symbol_or_word);
}

bool TokenStream::expect_close(std::string_view symbol, SourceSpan open) {
    if (accept(symbol)) return true;
    if (current_.span.line == open.line && !is_at_end()) return fail_unexpected(symbol);
    return fail(open, Message("error.open_parenthesis").text("symbol", symbol == ")" ? "(" : "["));
}

void TokenStream::skip_separators() {
    while (current_.kind == TokenKind::separator) advance();
}

bool TokenStream::leads_to(std::string_view word) const {
    Lexer ahead = lexer_;
    Token token = current_;
    while (token.kind == TokenKind::separator) token = ahead.next();
    return token.is(word);
}

std::optional<std::string_view> TokenStream::here_document() {
    const std::optional<std::string_view> text = lexer_.here_document(current_.text);
    advance();
    return text;
}

bool TokenStream::report(SourceSpan span, Message message) {
    if (!reported_ && errors_.size() < kMostErrors)
        errors_.push_back({span.line, span.column, span.length, std::move(message)});
    reported_ = true;
    return false;
}

bool TokenStream::fail(SourceSpan span, Message message) {
    report(span, std::move(message));
    lost_ = true;
    lost_line_ = span.line;
    return false;
}

bool TokenStream::fail_unexpected(std::string_view wanted) {
    if (current_.kind == TokenKind::bad)
        return fail(current_.span, Message(current_.fault).text("text", current_.text));
    if (current_.kind == TokenKind::end)
        return fail(current_.span, Message("error.unexpected_end").text("wanted", wanted));
    if (current_.kind == TokenKind::separator && current_.text != ";") {
        return fail(current_.span, Message("error.unexpected_line_end").text("wanted", wanted));
    }
    return fail(current_.span, Message("error.unexpected").text("wanted", wanted).text("found", current_.text));
}

// A statement in which a parenthesis stayed open may have swallowed lines: they are given back to the next one.
void TokenStream::recover() {
    lexer_.close_all();
    while (!is_at_end() && current_.kind != TokenKind::separator && !is("{") && !is("}") &&
           current_.span.line <= lost_line_)
        advance();
    lost_ = false;
}

bool TokenStream::enter(SourceSpan span) {
    if (nesting_ < kMostNesting) {
        ++nesting_;
        return true;
    }
    fail(span, Message("error.bound_nesting").number("most", kMostNesting));
    while (!is_at_end()) advance();
    return false;
}

}  // namespace mmscope
