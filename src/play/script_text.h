// A script as text, before anything of it is compiled: its bound, the version of its language, its lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/message.h"

namespace mmscope {

inline constexpr u32 kMostSourceBytes = 256 * 1024;
inline constexpr u32 kScriptVersion = 1;

// What is wrong with a text of this length; empty if it is within the bound.
Message bound_fault(std::string_view source);
// What is wrong with the number after `#!mm`, which must stand at the very beginning; nothing without such a line.
std::optional<Diagnostic> version_fault(std::string_view source);
// The lines without their ends, which are \n or \r\n.
std::vector<std::string> split_lines(std::string_view source);

}  // namespace mmscope
