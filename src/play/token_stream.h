// What a parser sees of a source: the current token, and a place for errors.
//
// One error a statement is kept, and twenty in all; after an error in the grammar the parser leaves the
// statement (`is_lost`), and whoever reads statements goes on at the next line.
#pragma once

#include <vector>

#include "base/message.h"
#include "play/lexer.h"

namespace mmscope {

class TokenStream {
public:
    static constexpr u32 kMostErrors = 20;
    static constexpr u32 kMostNesting = 32;

    explicit TokenStream(std::string_view source);

    const Token& current() const { return current_; }
    const Token& last() const { return last_; }  // the one before
    Token peek() const;                          // the one after
    bool is(std::string_view symbol_or_word) const { return current_.is(symbol_or_word); }
    bool is_at_end() const { return current_.kind == TokenKind::end; }
    void advance();
    bool accept(std::string_view symbol_or_word);
    // Takes the symbol or reports that it is missing.
    bool expect(std::string_view symbol_or_word);
    // Takes what closes the parenthesis or bracket at `open`, or reports that it stays open.
    bool expect_close(std::string_view symbol, SourceSpan open);
    void skip_separators();
    bool leads_to(std::string_view word) const;  // behind the separators that come now
    std::optional<std::string_view> here_document();  // current token: the terminator

    // Reports an error at a span; the second form also leaves the statement. Both answer false.
    bool report(SourceSpan span, Message message);
    bool fail(SourceSpan span, Message message);
    bool fail_unexpected(std::string_view wanted);
    bool is_lost() const { return lost_; }

    void begin_statement() { reported_ = lost_ = false; }
    // Goes to the next line, or to a `{` on the way there.
    void recover();
    // Blocks and parentheses within each other. False past the bound: nothing more is read.
    bool enter(SourceSpan span);
    void leave() { --nesting_; }

    std::vector<Diagnostic> take_errors() { return std::move(errors_); }
    bool has_errors() const { return !errors_.empty(); }

private:
    Lexer lexer_;
    Token current_;
    Token last_;
    std::vector<Diagnostic> errors_;
    u32 nesting_ = 0;
    u32 lost_line_ = 0;
    bool reported_ = false;
    bool lost_ = false;
};

}  // namespace mmscope
