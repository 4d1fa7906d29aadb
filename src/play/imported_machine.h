// What a capture of a real machine holds beyond what the model keeps up to date: counters, and where the
// files disagreed. Read by play/import, carried by the machine, printed back by play/proc_files.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/message.h"
#include "mm/profile.h"
#include "play/imported_slabs.h"
#include "procfs/buddyinfo.h"
#include "procfs/pagetypeinfo.h"
#include "procfs/zoneinfo.h"

namespace mmscope {

struct ImportedMachine {
    Arch arch = Arch::x86_64;
    std::string kernel;                          // "6.1", "6.12", "7.2": found from the shape of zoneinfo
    u32 cpus = 1;
    u32 nodes = 1;
    ZoneInfo zoneinfo;
    BuddyInfo buddyinfo;
    std::optional<PageTypeInfo> pagetypeinfo;
    // Of slabinfo, the newest first, until a machine has taken them over. A slabinfo alone has no zones: it makes a
    // machine of this much memory.
    std::vector<ImportedCache> caches;
    u64 ram = 0;  // bytes; 0: zoneinfo says what there is
    bool has_zones() const { return ram == 0; }
    // Pages of slabs that both slabinfo and zoneinfo's counters have: by node, reclaimable or not.
    std::vector<std::array<u64, 2>> slab_pages;
    std::vector<Message> notes;                  // what was assumed or could not be kept
};

}  // namespace mmscope
