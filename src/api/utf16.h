// Columns as JavaScript counts them. The engine counts bytes of UTF-8; a string in the browser is UTF-16.
#pragma once

#include <string_view>

#include "base/message.h"

namespace mmscope {

// How many UTF-16 units the text is long. Bytes that are no UTF-8 count one each.
u32 utf16_units(std::string_view text);

// The same place in the same text, with column and length in UTF-16 units.
Diagnostic in_utf16(Diagnostic diagnostic, std::string_view text);

}  // namespace mmscope
