#include "play/proc_text.h"

#include "play/proc_files.h"
#include "play/proc_memory.h"
#include "procfs/free_tool.h"
#include "procfs/slabtop.h"
#include "procfs/top_memory.h"

namespace mmscope {

std::optional<std::string> proc_text(const Machine& machine, std::string_view name) {
    if (name == "buddyinfo") return print_buddyinfo(buddyinfo_of(machine));
    if (name == "meminfo") return print_meminfo(meminfo_of(machine));
    if (name == "pagetypeinfo") return print_pagetypeinfo(pagetypeinfo_of(machine));
    if (name == "slabinfo") return print_slabinfo(slabinfo_of(machine));
    if (name == "vmstat") return print_vmstat(vmstat_of(machine));
    if (name == "zoneinfo") return print_zoneinfo(zoneinfo_of(machine));
    if (name == "free") return print_free(meminfo_of(machine));
    if (name == "slabtop") return print_slabtop(slabinfo_of(machine));
    if (name == "top") return print_top_memory(meminfo_of(machine));
    return std::nullopt;
}

}  // namespace mmscope
