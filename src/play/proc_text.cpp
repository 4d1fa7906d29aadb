#include "play/proc_text.h"

#include <algorithm>

#include "play/machine.h"
#include "play/proc_files.h"
#include "play/proc_memory.h"
#include "play/process_files.h"
#include "procfs/free_tool.h"
#include "procfs/slabtop.h"
#include "procfs/top_memory.h"

namespace mmscope {

bool is_process_file(std::string_view name) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    if (slash == 0 || name.find_first_not_of("0123456789") != slash) return false;
    for (const std::string_view file : {"/maps", "/smaps", "/statm", "/status"})
        if (name.substr(slash) == file) return true;
    return false;
}

std::optional<std::string> proc_text(const Machine& machine, std::string_view name) {
    if (name == "buddyinfo") return print_buddyinfo(buddyinfo_of(machine));
    if (name == "meminfo") return print_meminfo(meminfo_of(machine));
    if (name == "pagetypeinfo") return print_pagetypeinfo(pagetypeinfo_of(machine));
    if (name == "slabinfo") return print_slabinfo(slabinfo_of(machine));
    if (name == "swaps") return print_swaps(swaps_of(machine));
    if (name == "vmstat") return print_vmstat(vmstat_of(machine));
    if (name == "zoneinfo") return print_zoneinfo(zoneinfo_of(machine));
    if (name == "free") return print_free(meminfo_of(machine));
    if (name == "slabtop") return print_slabtop(slabinfo_of(machine));
    if (name == "top") return print_top_memory(meminfo_of(machine));
    return process_file_text(machine.memory(), name);
}

}  // namespace mmscope
