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

}  // namespace mmscope
