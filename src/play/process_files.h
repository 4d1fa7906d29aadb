// /proc/PID/maps, smaps, statm and status of a simulated process, as the structs that procfs prints.
//
// Files have no names here: "file 3" is the third that the script opened, on device 00:02. Of status there are the
// lines that speak of memory and who the process is.
#pragma once

#include <optional>

#include "mm/page_alloc.h"
#include "procfs/pid_maps.h"
#include "procfs/pid_memory.h"

namespace mmscope {

enum class MapsDetail : u8 { maps, smaps };
PidMaps pid_maps_of(const PageAllocator& memory, u32 pid, MapsDetail detail);
PidStatm pid_statm_of(const PageAllocator& memory, u32 pid);
PidStatus pid_status_of(const PageAllocator& memory, u32 pid);

// The text of "PID/maps", "PID/smaps", "PID/statm", "PID/status"; nothing for another name or a process that is not.
std::optional<std::string> process_file_text(const PageAllocator& memory, std::string_view name);

}  // namespace mmscope
