// What a capture of a real machine holds beyond what the model keeps up to date: counters, and where the
// files disagreed. Read by play/import, carried by the machine, printed back by play/proc_files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/message.h"
#include "mm/profile.h"
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
    std::vector<Message> notes;                  // what was assumed or could not be kept
};

}  // namespace mmscope
