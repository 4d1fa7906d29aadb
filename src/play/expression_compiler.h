// Expressions to instructions: operators and precedence as in C, calls, names of zones, types and flags.
//
// A name that is nowhere assigned is an error here and now, and so is a wrong number of arguments; whether a
// value is a page or a number shows when it runs. A mistake in meaning (unknown call) is reported and the
// reading goes on; a mistake in grammar leaves the statement.
#pragma once

#include <map>

#include "play/program.h"
#include "play/token_stream.h"
#include "play/vocabulary.h"

namespace mmscope {

class ExpressionCompiler {
public:
    // Where commands and random() may stand: in a script, not in a question about the machine.
    enum class Purity : u8 { script, question };

    ExpressionCompiler(std::string_view source, Code* code, Names* names, Purity purity);

    TokenStream& tokens() { return tokens_; }
    Code& code() { return *code_; }
    Names& names() { return *names_; }

    // Compiles an expression from the current token on; its value ends up on the stack. False: reported.
    bool expression();
    // As expression(), and says what `expect` has to compare: true and the comparing operator if that is the
    // last thing the expression does.
    bool is_comparison(Op* op) const;

    u32 emit(Op op, SourceSpan span, u32 a = 0, u32 b = 0, u32 c = 0);  // its index
    u32 here() const { return static_cast<u32>(code_->instructions.size()); }
    void patch(u32 instruction, u32 target);
    u32 text(std::string_view value);  // its number
    // The number of a variable. `variable` makes it if there is none; `known_variable` may not find it.
    u32 variable(std::string_view name);
    u32 known_variable(std::string_view name) const;
    u32 hidden_variables(u32 count);   // the first of them
    bool names_a_value(std::string_view word) const;  // zone, migratetype, flag, NULL: not a variable's name

private:
    bool binary(u32 least_precedence);
    bool logical(bool is_and, u32 precedence, SourceSpan span);
    bool unary();
    bool postfix();
    bool primary();
    bool word();
    bool value_word(const Token& name);
    bool zone_word(const Token& name, u32 type);
    bool call();
    bool arguments(const CallWord* word, u32* count);
    bool watermark_name();
    bool check_call(const Token& name, const CallWord* word);
    void report_unknown_name(const Token& name);
    bool constant(Value value, SourceSpan span);

    TokenStream tokens_;
    Code* code_;
    Names* names_;
    Purity purity_;
    std::map<std::string, u32, std::less<>> variable_by_name_;
};

// The span from the first byte of `first` to the last of `last`; to the end of the line if that is further on.
SourceSpan span_between(SourceSpan first, SourceSpan last);

}  // namespace mmscope
