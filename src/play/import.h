// Real kernel text becomes a machine of that shape, and a machine prints itself back (play/proc_files).
//
// Counts are the capture's, places are not: /proc/buddyinfo says how many blocks are free, never where, so the
// free lists are placed synthetically from the seed (play/placement). Pageblock types follow pagetypeinfo's table
// where there is one; without pagetypeinfo every free block is Movable. Where the files disagree by a few pages,
// pagetypeinfo wins over buddyinfo and both over zoneinfo's `free`. The CPUs' lists get as many frames as zoneinfo
// counts on them, from among the used ones, chosen by the seed too. Counters that are not modelled are carried.
#pragma once

#include <string_view>
#include <vector>

#include "play/imported_machine.h"
#include "play/machine.h"
#include "play/proc_files.h"

namespace mmscope {

// Recognises and parses the pasted text (any mixture of the four files, in any order). zoneinfo and buddyinfo
// must be there and be of one machine, or slabinfo alone.
Result<ImportedMachine> read_import(std::string_view text);

// The physical memory of that machine, with the capture's counts, marks and pcp settings. Frames that are
// neither free nor reserved belong to the kernel since before the script (call 0), or to slabs, where `caches` has
// any: they are placed then. An error names the zone and the order that no placement fits, or the cache. `notes`: where
// a table of pageblocks had to give way.
Result<PageAllocator, Message> place_import(const ImportedMachine& imported, u64 seed,
                                            std::vector<Message>* notes = nullptr,
                                            std::vector<ImportedCache>* caches = nullptr);

}  // namespace mmscope
