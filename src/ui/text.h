// Numbers as people read them, without std::format: fixed forms, ASCII.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"

namespace mmscope {

std::string grouped(u64 value);         // 249,871
std::string signed_grouped(i64 value);  // +3, -1,024
std::string hex(u64 value);             // 0x8100
std::string memory_size(u64 pages);     // 4 KiB, 61.4 MiB, 3 GiB: of pages of 4 KiB, three digits and a unit
std::string address_size(u64 bytes);    // 0, 64M, 3G, 4.58G: where something starts, rounded down
// 1234567 as "1.2M" where `most` characters do not hold "1,234,567".
std::string compact(u64 value, u32 most);

// The pieces of a text that are at most `most` characters, broken at spaces where that can be.
std::vector<std::string> wrapped(const std::string& text, size_t most);

}  // namespace mmscope
