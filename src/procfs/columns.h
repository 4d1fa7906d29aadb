// Columns of fixed width, as the kernel's seq_printf makes them ("%6lu", "%12s", "%-12s").
//
// A value wider than its column is never cut: the column grows, as it does in /proc.
#pragma once

#include <string>
#include <string_view>

#include "base/types.h"

namespace mmscope {

void append_right(std::string* out, std::string_view text, u32 width);  // "%12s"
void append_left(std::string* out, std::string_view text, u32 width);   // "%-12s"
void append_number(std::string* out, u64 value, u32 width = 0);         // "%6lu"

}  // namespace mmscope
