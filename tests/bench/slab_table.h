// Nanoseconds for one object operation (one alloc or one free), median of the rounds, as rows below the page lists'.
//
//   hot64       one object of 64 bytes, taken and given back
//   batch64     a thousand of them taken, then given back
//   fill64      a million taken, on a machine of which nothing was used before
//   scatter64   the same million given back in random order
//   kmalloc     slots of 1 to 8,192 bytes, small sizes more often, filled and emptied at random
#pragma once

#include <string_view>

#include "mm/profile.h"

namespace bench {

// Nothing for a kernel whose CPUs have no slabs. `only`: a row's name, or empty for all.
void print_slab_table(mmscope::u32 rounds, std::string_view only, const mmscope::Profile& profile);

}  // namespace bench
