// Real kernel text becomes a machine of that shape, and a machine prints itself back.
//
// Counts are the capture's, places are not: /proc/buddyinfo says how many blocks are free, never where, so the
// free lists are placed synthetically from the seed. Pageblock types follow pagetypeinfo's table where there
// is one; without pagetypeinfo every free block is Movable. Counters that are not modelled are carried as read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "play/machine.h"
#include "procfs/buddyinfo.h"
#include "procfs/pagetypeinfo.h"
#include "procfs/zoneinfo.h"

namespace mmscope {

struct ImportedMachine {
    Arch arch = Arch::x86_64;
    std::string kernel;                          // "6.1", "6.12", "7.2": found from the shape of zoneinfo
    ZoneInfo zoneinfo;
    BuddyInfo buddyinfo;
    std::optional<PageTypeInfo> pagetypeinfo;
    std::vector<Message> notes;                  // what was assumed or could not be kept
};

// Recognises and parses the pasted text (any mixture of the three files, in any order).
Result<ImportedMachine> read_import(std::string_view text);
// The physical memory of that machine, with the capture's counts, marks and pcp settings.
Result<PageAllocator, Message> place_import(const ImportedMachine& imported, u64 seed);

// The /proc structs of a machine (imported or not), from its zones and free lists.
BuddyInfo buddyinfo_of(const Machine& machine);
PageTypeInfo pagetypeinfo_of(const Machine& machine);
ZoneInfo zoneinfo_of(const Machine& machine);

}  // namespace mmscope
