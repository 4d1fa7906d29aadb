#include "play/expression_compiler.h"

#include <algorithm>

#include "play/memory_calls.h"
#include "play/slab_calls.h"

namespace mmscope {

namespace {

struct BinaryOperator {
    std::string_view symbol;
    u32 precedence;
    Op op;
};

constexpr u32 kOrPrecedence = 1, kAndPrecedence = 2, kLowestPrecedence = 1;
constexpr BinaryOperator kBinaryOperators[] = {
    {"|", 3, Op::bit_or},      {"^", 4, Op::bit_xor},       {"&", 5, Op::bit_and},       {"==", 6, Op::equal},
    {"!=", 6, Op::not_equal},  {"<", 7, Op::less},          {"<=", 7, Op::less_equal},   {">", 7, Op::greater},
    {">=", 7, Op::greater_equal}, {"<<", 8, Op::shift_left}, {">>", 8, Op::shift_right}, {"+", 9, Op::add},
    {"-", 9, Op::subtract},    {"*", 10, Op::multiply},     {"/", 10, Op::divide},       {"%", 10, Op::modulo},
};

const BinaryOperator* binary_operator(const Token& token) {
    for (const BinaryOperator& candidate : kBinaryOperators)
        if (token.kind == TokenKind::symbol && token.text == candidate.symbol) return &candidate;
    return nullptr;
}

constexpr std::string_view kWatermarkNames[] = {"min", "low", "high"};

bool is_gfp_name(std::string_view word) {
    u32 count = 0;
    const std::string_view* names = gfp_names(&count);
    return std::find(names, names + count, word) != names + count;
}

}  // namespace

SourceSpan span_between(SourceSpan first, SourceSpan last) {
    if (last.line == first.line && last.column + last.length > first.column)
        first.length = last.column + last.length - first.column;
    return first;
}

ExpressionCompiler::ExpressionCompiler(std::string_view source, Code* code, Names* names, Purity purity)
    : tokens_(source), code_(code), names_(names), purity_(purity) {
    for (u32 at = 0; at < names->variables.size(); ++at)
        if (!names->variables[at].empty()) variable_by_name_.emplace(names->variables[at], at);
}

u32 ExpressionCompiler::emit(Op op, SourceSpan span, u32 a, u32 b, u32 c) {
    code_->instructions.push_back({op, a, b, c});
    code_->spans.push_back(span);
    return here() - 1;
}

void ExpressionCompiler::patch(u32 instruction, u32 target) {
    Instruction& jump = code_->instructions[instruction];
    const bool ends_loop = jump.op == Op::repeat_next || jump.op == Op::range_next || jump.op == Op::list_next;
    (ends_loop ? jump.b : jump.a) = target;
}

u32 ExpressionCompiler::text(std::string_view value) {
    code_->texts.emplace_back(value);
    return static_cast<u32>(code_->texts.size()) - 1;
}

u32 ExpressionCompiler::known_variable(std::string_view name) const {
    const auto found = variable_by_name_.find(name);
    return found == variable_by_name_.end() ? kNoVariable : found->second;
}

u32 ExpressionCompiler::variable(std::string_view name) {
    if (const u32 known = known_variable(name); known != kNoVariable) return known;
    const u32 made = hidden_variables(1);
    names_->variables[made] = name;
    variable_by_name_.emplace(name, made);
    return made;
}

u32 ExpressionCompiler::hidden_variables(u32 count) {
    const u32 first = static_cast<u32>(names_->variables.size());
    names_->variables.resize(first + count);
    names_->is_list.resize(first + count);
    return first;
}

bool ExpressionCompiler::names_a_value(std::string_view word) const {
    return is_reserved(word) || is_gfp_name(word) || find_name(word, kZoneNames, kZoneTypes) < kZoneTypes ||
           find_name(word, kMigratetypeNames, kMigratetypes) < kMigratetypes;
}

bool ExpressionCompiler::constant(Value value, SourceSpan span) {
    code_->constants.push_back(value);
    emit(Op::constant, span, static_cast<u32>(code_->constants.size()) - 1);
    return true;
}

bool ExpressionCompiler::is_comparison(Op* op) const {
    *op = code_->instructions.back().op;
    return *op >= Op::less && *op <= Op::not_equal;
}

bool ExpressionCompiler::expression() {
    const SourceSpan span = tokens_.current().span;
    if (!tokens_.enter(span)) return false;
    const bool compiled = binary(kLowestPrecedence);
    tokens_.leave();
    return compiled;
}

bool ExpressionCompiler::binary(u32 least_precedence) {
    if (!unary()) return false;
    for (;;) {
        const Token symbol = tokens_.current();
        const bool is_and = symbol.is("&&");
        if (is_and || symbol.is("||")) {
            const u32 precedence = is_and ? kAndPrecedence : kOrPrecedence;
            if (precedence < least_precedence) return true;
            if (!logical(is_and, precedence, symbol.span)) return false;
            continue;
        }
        const BinaryOperator* found = binary_operator(symbol);
        if (found == nullptr || found->precedence < least_precedence) return true;
        tokens_.advance();
        if (!binary(found->precedence + 1)) return false;
        emit(found->op, symbol.span);
    }
}

// `a && b` leaves true or false; b is not looked at if a decides.
bool ExpressionCompiler::logical(bool is_and, u32 precedence, SourceSpan span) {
    tokens_.advance();
    const u32 decides = emit(is_and ? Op::jump_if_false : Op::jump_if_true, span);
    if (!binary(precedence + 1)) return false;
    emit(Op::to_truth, span);
    const u32 done = emit(Op::jump, span);
    patch(decides, here());
    constant(Value::boolean(!is_and), span);
    patch(done, here());
    return true;
}

bool ExpressionCompiler::unary() {
    const Token symbol = tokens_.current();
    if (!symbol.is("-") && !symbol.is("!") && !symbol.is("~") && !symbol.is("+")) return postfix();
    if (!tokens_.enter(symbol.span)) return false;
    tokens_.advance();
    const bool compiled = unary();
    tokens_.leave();
    if (!compiled) return false;
    if (symbol.is("-")) emit(Op::negate, symbol.span);
    if (symbol.is("!")) emit(Op::negate_truth, symbol.span);
    if (symbol.is("~")) emit(Op::complement, symbol.span);
    return true;
}

bool ExpressionCompiler::postfix() {
    const SourceSpan first = tokens_.current().span;
    if (!primary()) return false;
    while (tokens_.accept("[")) {
        const SourceSpan open = tokens_.last().span;
        if (!expression() || !tokens_.expect_close("]", open)) return false;
        emit(Op::item, span_between(first, tokens_.last().span));
    }
    return true;
}

bool ExpressionCompiler::primary() {
    const Token token = tokens_.current();
    if (token.kind == TokenKind::word) return word();
    if (token.kind == TokenKind::number) {
        tokens_.advance();
        const bool is_address = token.number < 0;
        return constant(is_address ? Value::address(static_cast<u64>(token.number), 0) : Value::integer(token.number),
                        token.span);
    }
    if (token.kind == TokenKind::text) {
        tokens_.advance();
        return constant(Value::text(text(text_value(token))), token.span);
    }
    if (tokens_.accept("(")) return expression() && tokens_.expect_close(")", token.span);
    if (tokens_.accept("["))
        return tokens_.expect_close("]", token.span) && constant(Value::list(kNoVariable), token.span);
    if (token.kind == TokenKind::bad) return tokens_.fail_unexpected("");
    return tokens_.fail(token.span, Message("error.value_expected"));
}

bool ExpressionCompiler::word() {
    const Token name = tokens_.current();
    if (tokens_.peek().is("(")) return call();
    tokens_.advance();
    if (value_word(name)) return true;
    if (const u32 type = find_name(name.text, kZoneNames, kZoneTypes); type < kZoneTypes) return zone_word(name, type);
    if (const u32 known = known_variable(name.text); known != kNoVariable) {
        emit(Op::load, name.span, known);
        return true;
    }
    report_unknown_name(name);
    return true;  // the grammar is fine: go on reading
}

bool ExpressionCompiler::value_word(const Token& name) {
    if (name.is("true") || name.is("false")) return constant(Value::boolean(name.is("true")), name.span);
    if (name.is("init")) return constant(Value::process(kInitPid), name.span);
    if (name.is("NULL")) return constant(Value::null(), name.span);
    if (name.is("ops")) {
        emit(Op::load_ops, name.span);
        return true;
    }
    if (name.is("oom_victim")) {
        emit(Op::look, name.span, static_cast<u32>(Looking::oom_victim));
        return true;
    }
    if (const std::optional<i64> number = mmap_constant(name.text)) return constant(Value::integer(*number), name.span);
    if (const std::optional<i64> flag = slab_constant(name.text)) return constant(Value::integer(*flag), name.span);
    if (is_gfp_name(name.text)) {
        code_->flag_names.push_back({static_cast<u32>(code_->constants.size()), std::string(name.text)});
        return constant(Value::flags({}), name.span);
    }
    const u32 type = find_name(name.text, kMigratetypeNames, kMigratetypes);
    if (type == kMigratetypes || type == static_cast<u32>(Migratetype::movable)) return false;  // Movable: first a zone
    return constant(Value::migratetype(static_cast<Migratetype>(type)), name.span);
}

// DMA32, Normal@1.
bool ExpressionCompiler::zone_word(const Token& name, u32 type) {
    u32 node = 0;
    if (tokens_.accept("@")) {
        const Token number = tokens_.current();
        if (number.kind != TokenKind::number || number.number < 0 || number.number > 255)
            return tokens_.fail(number.span, Message("error.node_expected"));
        node = static_cast<u32>(number.number);
        tokens_.advance();
    }
    return constant(Value::zone(static_cast<ZoneType>(type), node), span_between(name.span, tokens_.last().span));
}

bool ExpressionCompiler::call() {
    const Token name = tokens_.current();
    const CallWord* word = find_call(name.text);
    const bool is_known = check_call(name, word);
    tokens_.advance();
    tokens_.advance();
    u32 count = 0;
    if (!arguments(word, &count)) return false;
    const SourceSpan span = span_between(name.span, tokens_.last().span);
    if (!is_known) return true;
    if (count < word->least || count > word->most) {
        tokens_.report(span, Message("error.argument_count").text("signature", word->signature).number("count", count));
        return true;
    }
    switch (word->kind) {
        case CallWord::Kind::page_call: emit(Op::page_call, span, word->id, count); break;
        case CallWord::Kind::looking: emit(Op::look, span, word->id, count); break;
        case CallWord::Kind::random: emit(Op::random, span); break;
    }
    return true;
}

bool ExpressionCompiler::check_call(const Token& name, const CallWord* word) {
    if (word == nullptr) {
        const std::string_view suggestion = nearest_call(name.text);
        if (suggestion.empty())
            return tokens_.report(name.span, Message("error.unknown_call_plain").text("name", name.text));
        return tokens_.report(name.span,
                              Message("error.unknown_call").text("name", name.text).text("suggestion", suggestion));
    }
    if (purity_ == Purity::question && word->kind != CallWord::Kind::looking) {
        return tokens_.report(name.span, Message("error.question_changes").text("name", name.text));
    }
    return true;
}

bool ExpressionCompiler::arguments(const CallWord* word, u32* count) {
    const SourceSpan open = tokens_.last().span;
    const bool has_mark = word != nullptr && word->name == looking_word(Looking::watermark).name;
    if (tokens_.accept(")")) return true;
    do {
        const bool is_mark = has_mark && *count == 1;
        if (is_mark && watermark_name()) {
            // pushed as its number
        } else if (is_mark) {
            return tokens_.fail(tokens_.current().span, Message("error.watermark_expected"));
        } else if (!expression()) {
            return false;
        }
        ++*count;
    } while (tokens_.accept(","));
    return tokens_.expect_close(")", open);
}

bool ExpressionCompiler::watermark_name() {
    const Token name = tokens_.current();
    const auto* found = std::find(std::begin(kWatermarkNames), std::end(kWatermarkNames), name.text);
    if (found == std::end(kWatermarkNames)) return false;
    tokens_.advance();
    return constant(Value::integer(found - std::begin(kWatermarkNames)), name.span);
}

namespace {

std::string joined(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

}  // namespace

void ExpressionCompiler::report_unknown_name(const Token& name) {
    if (const CallWord* word = find_call(name.text)) {
        tokens_.report(
            name.span,
            Message("error.call_without_arguments").text("name", name.text).text("signature", word->signature));
        return;
    }
    std::vector<std::string_view> candidates = {"true", "false", "NULL", "ops", "oom_victim"};
    for (const auto& variable : variable_by_name_) candidates.push_back(variable.first);
    candidates.insert(candidates.end(), std::begin(kZoneNames), std::end(kZoneNames));
    candidates.insert(candidates.end(), std::begin(kMigratetypeNames), std::end(kMigratetypeNames));
    u32 count = 0;
    const std::string_view* flags = gfp_names(&count);
    candidates.insert(candidates.end(), flags, flags + count);
    const std::vector<std::string_view> slab_flags = slab_constant_names();
    candidates.insert(candidates.end(), slab_flags.begin(), slab_flags.end());
    const std::string_view suggestion = nearest(name.text, candidates);
    if (suggestion.empty() && name.text.starts_with("SLAB_")) {
        tokens_.report(name.span, Message("error.unknown_slab_flag").text("name", name.text).text("known", joined(slab_flags)));
        return;
    }
    Message message(suggestion.empty() ? "error.unknown_name_plain" : "error.unknown_name");
    message.text("name", name.text);
    if (!suggestion.empty()) message.text("suggestion", suggestion);
    tokens_.report(name.span, std::move(message));
}

}  // namespace mmscope
