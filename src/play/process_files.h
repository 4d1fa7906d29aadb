// /proc/PID/maps, smaps, statm, status, oom_score and oom_score_adj of a simulated process, as the structs that procfs
// prints, and its row of `ps`.
//
// Files have no names here: "file 3" is the third that the script opened, on device 00:02. Of status there are the
// lines that speak of memory and who the process is. A process has no name of its own: init is "init", every other one
// "process".
#pragma once

#include <optional>

#include "mm/page_alloc.h"
#include "procfs/pid_maps.h"
#include "procfs/pid_memory.h"
#include "procfs/ps_tool.h"

namespace mmscope {

enum class MapsDetail : u8 { maps, smaps };
PidMaps pid_maps_of(const PageAllocator& memory, u32 pid, MapsDetail detail);
PidStatm pid_statm_of(const PageAllocator& memory, u32 pid);
PidStatus pid_status_of(const PageAllocator& memory, u32 pid);

// "[heap]", "file 2", "" of anonymous memory: the name of an area in maps.
std::string area_name(const PageAllocator& memory, const Mm& mm, const Vma& area);
// The kernel's comm of a process.
std::string_view process_name(u32 pid);
// All that live, by pid.
std::vector<PsProcess> ps_processes_of(const PageAllocator& memory);

// Whether a name is "PID/maps" or another file of a process, which may not be there.
bool is_process_file(std::string_view name);
// Its text; nothing for another name or a process that is not.
std::optional<std::string> process_file_text(const PageAllocator& memory, std::string_view name);

}  // namespace mmscope
