// What processes cost, as rows below the page lists': nanoseconds for one of what the row counts, median of the rounds.
//
//   hit          a read through the MMU of a page that the L1 TLB holds
//   fault        the first write to a page of 100,000 (TLB miss, walk, fault, demand zero, entry, again)
//   fork         of a process of 10,000 pages: for each page
//   reclaim      of 100,000 pages of files that nobody maps, by direct reclaim: for each page
#pragma once

#include <string_view>

#include "mm/profile.h"

namespace bench {

// `only`: a row's name, or empty for all.
void print_process_table(mmscope::u32 rounds, std::string_view only, const mmscope::Profile& profile);

}  // namespace bench
