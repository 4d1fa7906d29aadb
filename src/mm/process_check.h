// Whether everything that processes have fits together; costs a pass over all page tables and all frames.
#pragma once

#include "mm/page_alloc.h"

namespace mmscope {

// Areas, page tables, frames, counts, promises and TLBs agree: empty, or a sentence.
std::string check_processes(const PageAllocator& memory);

}  // namespace mmscope
