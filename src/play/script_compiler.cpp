#include "play/script_compiler.h"

#include "play/expression_compiler.h"
#include "play/machine_block.h"
#include "play/script_text.h"
#include "play/sysctl.h"
#include "play/vocabulary.h"

namespace mmscope {

namespace {

class ScriptCompiler {
public:
    ScriptCompiler(std::string_view source, Program* program)
        : program_(*program),
          out_(source, &program->code, &program->names, ExpressionCompiler::Purity::script),
          tokens_(out_.tokens()) {}

    std::vector<Diagnostic> compile(std::string_view source);

private:
    void declare_lists(std::string_view source);
    void statements();
    void statement();
    bool simple_or_block();
    bool assignment();
    bool item_assignment();
    bool call_statement();
    bool sysctl();
    bool repeat_loop();
    bool for_loop();
    bool while_loop();
    bool condition();
    bool on_cpu();
    bool in_context();
    bool as_process();
    bool expectation();
    bool saying(Op op);
    bool break_on();
    bool block();
    bool loop_block();

    Program& program_;
    ExpressionCompiler out_;
    TokenStream& tokens_;
    u32 blocks_ = 0;  // open ones
    u32 loops_ = 0;   // of them, bodies of loops
};

std::vector<Diagnostic> ScriptCompiler::compile(std::string_view source) {
    declare_lists(source);
    tokens_.skip_separators();
    if (tokens_.is("machine")) {
        tokens_.begin_statement();
        parse_machine(tokens_, &program_);
        if (tokens_.is_lost()) tokens_.recover();
    }
    statements();
    while (!tokens_.is_at_end()) {  // a `}` that closes nothing
        tokens_.begin_statement();
        tokens_.report(tokens_.current().span, Message("error.nothing_to_close"));
        tokens_.advance();
        statements();
    }
    out_.emit(Op::end, {0, 0, 0});
    return tokens_.take_errors();
}

// `name [ ] =` anywhere makes the name a list, so that len(name) can be asked before the first append.
void ScriptCompiler::declare_lists(std::string_view source) {
    Lexer lexer(source);
    Token last[3];
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
        if (token.is("=") && last[2].is("]") && last[1].is("[") && last[0].kind == TokenKind::word &&
            !out_.names_a_value(last[0].text)) {
            program_.names.is_list[out_.variable(last[0].text)] = 1;
        }
        last[0] = last[1];
        last[1] = last[2];
        last[2] = token;
    }
}

void ScriptCompiler::statements() {
    tokens_.skip_separators();
    while (!tokens_.is_at_end() && !tokens_.is("}")) {
        statement();
        tokens_.skip_separators();
    }
}

void ScriptCompiler::statement() {
    tokens_.begin_statement();
    out_.emit(Op::statement, tokens_.current().span, blocks_, loops_);
    simple_or_block();
    const bool ends_well = tokens_.current().kind == TokenKind::separator || tokens_.is("}") || tokens_.is_at_end();
    if (!tokens_.is_lost() && !ends_well)
        tokens_.fail(tokens_.current().span, Message("error.line_end_expected").text("found", tokens_.current().text));
    if (!tokens_.is_lost()) return;
    tokens_.recover();
    if (tokens_.is("{")) block();  // the body of a statement whose head was wrong
}

bool ScriptCompiler::simple_or_block() {
    const Token first = tokens_.current();
    if (first.kind == TokenKind::bad) return tokens_.fail_unexpected("");
    if (first.kind != TokenKind::word)
        return tokens_.fail(first.span, Message("error.statement_expected").text("found", first.text));
    if (first.is("machine")) return tokens_.fail(first.span, Message("error.machine_first"));
    if (first.is("sysctl")) return sysctl();
    if (first.is("repeat")) return repeat_loop();
    if (first.is("for")) return for_loop();
    if (first.is("while")) return while_loop();
    if (first.is("if")) return condition();
    if (first.is("expect")) return expectation();
    if (first.is("mark")) return saying(Op::mark);
    if (first.is("note")) return saying(Op::note);
    if (first.is("break")) return break_on();
    if (first.is("on")) return on_cpu();
    if (first.is("in")) return in_context();
    if (first.is("else")) return tokens_.fail(first.span, Message("error.else_alone"));
    if (first.is("as")) return as_process();
    if (first.is("pause")) {
        tokens_.advance();
        out_.emit(Op::pause, first.span);
        return true;
    }
    const Token second = tokens_.peek();
    if (second.is("=")) return assignment();
    if (second.is("[")) return item_assignment();
    return call_statement();
}

bool ScriptCompiler::assignment() {
    const Token name = tokens_.current();
    if (out_.names_a_value(name.text))
        return tokens_.fail(name.span, Message("error.reserved").text("name", name.text));
    tokens_.advance();
    tokens_.advance();
    const bool compiled = out_.expression();
    const u32 variable = out_.variable(name.text);  // also after an error, lest every use is one more
    out_.emit(Op::store, name.span, variable);
    return compiled;
}

// x[] = value; x[i] = value.
bool ScriptCompiler::item_assignment() {
    const Token name = tokens_.current();
    if (out_.names_a_value(name.text))
        return tokens_.fail(name.span, Message("error.reserved").text("name", name.text));
    tokens_.advance();
    const SourceSpan open = tokens_.current().span;
    tokens_.advance();
    const bool is_append = tokens_.is("]");
    if (!is_append && !out_.expression()) return false;
    if (!tokens_.expect_close("]", open) || !tokens_.expect("=")) return false;
    const u32 variable = is_append ? out_.variable(name.text) : out_.known_variable(name.text);
    if (variable == kNoVariable)
        return tokens_.fail(name.span, Message("error.unknown_name_plain").text("name", name.text));
    if (!out_.expression()) return false;
    out_.emit(is_append ? Op::append : Op::store_item, name.span, variable);
    return true;
}

bool ScriptCompiler::call_statement() {
    const Token first = tokens_.current();
    const bool is_call = tokens_.peek().is("(");
    if (!out_.expression()) return false;
    if (!is_call) return tokens_.report(span_between(first.span, tokens_.last().span), Message("error.no_effect"));
    out_.emit(Op::discard, first.span);
    return true;
}

bool ScriptCompiler::sysctl() {
    const SourceSpan span = tokens_.current().span;
    tokens_.advance();
    const Token name = tokens_.current();
    if (name.kind != TokenKind::word) return tokens_.fail(name.span, Message("error.sysctl_expected"));
    tokens_.advance();
    if (!tokens_.expect("=") || !out_.expression()) return false;
    const u32 found = find_name(name.text, kSysctlNames, kSysctlCount);
    if (found < kSysctlCount) {
        out_.emit(Op::sysctl, span_between(span, tokens_.last().span), found);
        return true;
    }
    if (is_later_sysctl(name.text)) return tokens_.report(name.span, Message("error.later_key").text("key", name.text));
    const std::string_view suggestion = nearest(name.text, {std::begin(kSysctlNames), std::end(kSysctlNames)});
    Message message(suggestion.empty() ? "error.unknown_sysctl_plain" : "error.unknown_sysctl");
    message.text("name", name.text);
    if (!suggestion.empty()) message.text("suggestion", suggestion);
    return tokens_.report(name.span, std::move(message));
}

bool ScriptCompiler::repeat_loop() {
    const SourceSpan span = tokens_.current().span;
    tokens_.advance();
    if (!out_.expression()) return false;
    const u32 counter = out_.hidden_variables(1);
    out_.emit(Op::repeat_start, span, counter);
    const u32 top = out_.emit(Op::repeat_next, span, counter);
    if (!loop_block()) return false;
    out_.emit(Op::turn, span, top);
    out_.patch(top, out_.here());
    return true;
}

bool ScriptCompiler::for_loop() {
    const SourceSpan span = tokens_.current().span;
    tokens_.advance();
    const Token name = tokens_.current();
    if (name.kind != TokenKind::word) return tokens_.fail(name.span, Message("error.name_expected"));
    if (out_.names_a_value(name.text))
        return tokens_.fail(name.span, Message("error.reserved").text("name", name.text));
    tokens_.advance();
    if (!tokens_.expect("in") || !out_.expression()) return false;
    const bool is_range = tokens_.accept("..");
    if (is_range && !out_.expression()) return false;
    const u32 counter = out_.hidden_variables(2);
    out_.emit(is_range ? Op::range_start : Op::list_start, span, counter);
    const u32 top = out_.emit(is_range ? Op::range_next : Op::list_next, span, counter, 0, out_.variable(name.text));
    if (!loop_block()) return false;
    out_.emit(Op::turn, span, top);
    out_.patch(top, out_.here());
    return true;
}

bool ScriptCompiler::while_loop() {
    const SourceSpan span = tokens_.current().span;
    tokens_.advance();
    const u32 top = out_.here();
    if (!out_.expression()) return false;
    const u32 leave = out_.emit(Op::jump_if_false, span);
    if (!loop_block()) return false;
    out_.emit(Op::turn, span, top);
    out_.patch(leave, out_.here());
    return true;
}

bool ScriptCompiler::condition() {
    std::vector<u32> ends;
    for (;;) {
        const SourceSpan span = tokens_.current().span;
        tokens_.advance();  // if
        if (!out_.expression()) return false;
        const u32 skip = out_.emit(Op::jump_if_false, span);
        if (!block()) return false;
        ends.push_back(out_.emit(Op::jump, span));
        out_.patch(skip, out_.here());
        // `else` may stand on a later line than the `}`.
        while (tokens_.current().kind == TokenKind::separator && tokens_.leads_to("else")) tokens_.advance();
        if (!tokens_.accept("else")) break;
        if (tokens_.is("if")) continue;
        if (!block()) return false;
        break;
    }
    for (const u32 jump : ends) out_.patch(jump, out_.here());
    return true;
}

bool ScriptCompiler::on_cpu() {
    const SourceSpan span = tokens_.current().span;
    tokens_.advance();
    if (!tokens_.expect("cpu")) return false;
    const SourceSpan number = tokens_.current().span;
    if (!out_.expression()) return false;
    const u32 old = out_.hidden_variables(1);
    out_.emit(Op::enter_cpu, span_between(number, tokens_.last().span), old);
    if (!block()) return false;
    out_.emit(Op::leave_cpu, span, old);
    return true;
}

bool ScriptCompiler::in_context() {
    const SourceSpan span = tokens_.current().span;
    tokens_.advance();
    const Token where = tokens_.current();
    const u32 found = where.kind == TokenKind::word ? find_name(where.text, kContextNames, kContexts) : kContexts;
    if (found == kContexts) return tokens_.fail(where.span, Message("error.context_expected"));
    tokens_.advance();
    const u32 old = out_.hidden_variables(1);
    out_.emit(Op::enter_context, span_between(span, where.span), old, found);
    if (!block()) return false;
    out_.emit(Op::leave_context, span, old);
    return true;
}

bool ScriptCompiler::as_process() {
    const SourceSpan span = tokens_.current().span;
    tokens_.advance();
    const SourceSpan process = tokens_.current().span;
    if (!out_.expression()) return false;
    const u32 old = out_.hidden_variables(1);
    out_.emit(Op::enter_process, span_between(process, tokens_.last().span), old);
    if (!block()) return false;
    out_.emit(Op::leave_process, span, old);
    return true;
}

bool ScriptCompiler::expectation() {
    tokens_.advance();
    const SourceSpan first = tokens_.current().span;
    if (!out_.expression()) return false;
    const SourceSpan span = span_between(first, tokens_.last().span);
    u32 sentence = kNoText;
    if (tokens_.current().kind == TokenKind::text) {
        sentence = out_.text(text_value(tokens_.current()));
        tokens_.advance();
    }
    Op compare = Op::end;
    if (out_.is_comparison(&compare)) {
        out_.code().instructions.pop_back();
        out_.code().spans.pop_back();
        out_.emit(Op::expect_compare, span, sentence, static_cast<u32>(compare));
    } else {
        out_.emit(Op::expect, span, sentence);
    }
    return true;
}

bool ScriptCompiler::saying(Op op) {
    const SourceSpan span = tokens_.current().span;
    tokens_.advance();
    const Token said = tokens_.current();
    if (said.kind == TokenKind::bad) return tokens_.fail_unexpected("");
    if (said.kind != TokenKind::text) return tokens_.fail(said.span, Message("error.string_expected"));
    tokens_.advance();
    out_.emit(op, span, out_.text(text_value(said)));
    return true;
}

bool ScriptCompiler::break_on() {
    const SourceSpan span = tokens_.current().span;
    tokens_.advance();
    if (!tokens_.expect("on")) return false;
    const Token what = tokens_.current();
    tokens_.advance();
    const u32 reason = find_name(what.text, kBreakOnNames, kBreakOnReasons);
    if (reason == kBreakOnReasons) return tokens_.fail(what.span, Message("error.break_on_expected"));
    out_.emit(Op::break_on, span, 1U << reason);
    return true;
}

bool ScriptCompiler::block() {
    const SourceSpan open = tokens_.current().span;
    if (!tokens_.expect("{") || !tokens_.enter(open)) return false;
    ++blocks_;
    statements();
    --blocks_;
    tokens_.leave();
    if (tokens_.accept("}")) return true;
    tokens_.begin_statement();
    return tokens_.fail(open, Message("error.open_block"));
}

bool ScriptCompiler::loop_block() {
    ++loops_;
    const bool compiled = block();
    --loops_;
    return compiled;
}

}  // namespace

Compilation compile_script(std::string_view source) {
    Compilation result;
    if (Message fault = bound_fault(source); !fault.is_empty()) {
        result.errors.push_back({0, 0, 0, std::move(fault)});
        return result;
    }
    if (std::optional<Diagnostic> fault = version_fault(source)) {
        result.errors.push_back(std::move(*fault));
        return result;
    }
    result.program.source = source;
    result.program.lines = split_lines(source);
    for (const std::string_view flag : kFrameFlags) result.program.code.texts.emplace_back(flag);
    result.errors = ScriptCompiler(source, &result.program).compile(source);
    return result;
}

Result<Code> compile_question(std::string_view expression, const Program& program) {
    if (Message fault = bound_fault(expression); !fault.is_empty()) return Diagnostic{1, 1, 0, std::move(fault)};
    Code code;
    code.texts = program.code.texts;
    Names names = program.names;
    ExpressionCompiler compiler(expression, &code, &names, ExpressionCompiler::Purity::question);
    TokenStream& tokens = compiler.tokens();
    tokens.skip_separators();
    compiler.expression();
    tokens.skip_separators();
    if (!tokens.is_at_end())
        tokens.fail(tokens.current().span, Message("error.line_end_expected").text("found", tokens.current().text));
    if (tokens.has_errors()) return tokens.take_errors().front();
    return code;
}

}  // namespace mmscope
