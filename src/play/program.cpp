#include "play/program.h"

#include <algorithm>

namespace mmscope {

void Program::bind(const Profile& profile) {
    for (const FlagName& flag : code.flag_names)
        code.constants[flag.constant] = Value::flags(*gfp_from_name(flag.name, profile));
}

std::string_view Program::text_of(SourceSpan span) const {
    if (span.line == 0 || span.line > lines.size()) return {};
    const std::string_view line = lines[span.line - 1];
    return line.substr(std::min<std::size_t>(span.column - 1, line.size()), span.length);
}

std::optional<std::string> Program::source_before(u32 pc) const {
    if (code.instructions[pc].op == Op::end) return source;
    while (code.instructions[pc].op != Op::statement) {
        if (pc == 0 || code.instructions[pc - 1].op >= Op::page_call) return std::nullopt;
        --pc;
    }
    const Instruction& statement = code.instructions[pc];
    if (statement.b != 0) return std::nullopt;
    const SourceSpan span = code.spans[pc];
    std::string text;
    for (u32 line = 1; line < span.line; ++line) text.append(lines[line - 1]).append("\n");
    text.append(lines[span.line - 1], 0, span.column - 1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == ';')) text.pop_back();
    if (statement.a == 0) return text;
    if (text.back() != '\n') text += '\n';
    for (u32 block = 0; block < statement.a; ++block) text += "}\n";
    return text;
}

}  // namespace mmscope
