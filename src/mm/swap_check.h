// Whether swap and the rest of a machine agree: part of PageAllocator::check().
#pragma once

#include <string>

namespace mmscope {

class PageAllocator;

// Each slot is meant as often as it counts, and a page in the swap cache and its slot know each other. Empty, or a
// sentence.
std::string check_swap(const PageAllocator& memory);

}  // namespace mmscope
