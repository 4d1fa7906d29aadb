// Millions of accesses that the TLB model carries out in a second, one at a time and as runs of accesses to one page.
//
//   random4k     10 million accesses of the data side to 4,096 pages at random
//   random1m     the same to a million pages
//   trace        a Valgrind lackey trace (--trace FILE, not gzipped): 1,000,000 of its references or more, repeated
//
// The TLB is L1I 128/8, L1D 64/4, L2 1536/12 (entries/ways), pages of 4 KiB, LRU. Lists are made beforehand.
#pragma once

#include <string_view>

#include "base/types.h"

namespace bench {

// `trace` is the text of a trace; empty: no such row. `only`: a row's name, or empty for all.
void print_tlb_table(mmscope::u32 rounds, std::string_view only, std::string_view trace);

}  // namespace bench
