// The engine's messages as English sentences, out of the same catalogue that the page has (web/locales/en.json).
#pragma once

#include <string>
#include <vector>

#include "base/message.h"

namespace mmscope {

// Numbers are grouped ("1,024"), page frame numbers hexadecimal ("0x8100"). A key that the catalogue does not
// know is said as it is, with its parameters.
std::string say(const Message& message);

// "FILE:line:column: sentence"; without a line just "FILE: sentence".
std::string say_at(std::string_view file, const Diagnostic& diagnostic);

}  // namespace mmscope
