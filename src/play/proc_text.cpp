#include "play/proc_text.h"

#include "play/machine.h"
#include "play/proc_files.h"
#include "play/proc_memory.h"
#include "play/process_files.h"
#include "play/slab_files.h"
#include "procfs/free_tool.h"
#include "procfs/slabtop.h"
#include "procfs/top_memory.h"

namespace mmscope {

std::optional<std::string> proc_text(const Machine& machine, std::string_view name) {
    if (name == "buddyinfo") return print_buddyinfo(buddyinfo_of(machine));
    if (name == "meminfo") return print_meminfo(meminfo_of(machine));
    if (name == "pagetypeinfo") return print_pagetypeinfo(pagetypeinfo_of(machine));
    if (name == "slabinfo") return print_slabinfo(slabinfo_of(machine));
    if (name == "swaps") return print_swaps(swaps_of(machine));
    if (name == "vmallocinfo") return print_vmallocinfo(vmallocinfo_of(machine));
    if (name == "vmstat") return print_vmstat(vmstat_of(machine));
    if (name == "zoneinfo") return print_zoneinfo(zoneinfo_of(machine));
    if (name == "free") return print_free(meminfo_of(machine));
    if (name == "ps")
        return print_ps(ps_processes_of(machine.memory()), kUsualPsColumns, meminfo_of(machine).value("MemTotal"));
    if (name == "slabtop") return print_slabtop(slabinfo_of(machine));
    if (name == "top") return print_top_memory(meminfo_of(machine));
    if (name.starts_with(kSlabFilePrefix)) {
        const std::string_view path = name.substr(kSlabFilePrefix.size());
        const std::optional<std::string> folder = slab_folder_text(machine, path);
        return folder ? folder : slab_file_text(machine, path);
    }
    return process_file_text(machine.memory(), name);
}

}  // namespace mmscope
