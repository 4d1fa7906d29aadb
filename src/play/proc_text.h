// The files of /proc that a simulated machine prints, by name.
//
// `free`, `ps`, `slabtop` and `top` stand among them, though they are tools, so that one list says what can be asked for by one word;
// more of the tools, with their options, has the terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mmscope {

class Machine;

inline constexpr std::string_view kProcFileNames[] = {"buddyinfo", "meminfo", "pagetypeinfo", "slabinfo",
                                                      "swaps",     "vmallocinfo", "vmstat", "zoneinfo"};
inline constexpr std::string_view kToolNames[] = {"free", "ps", "slabtop", "top"};

// Of a cache of SLUB's: "slab/kmalloc-64/order" has the file of /sys/kernel/slab, "slab/kmalloc-64" all of them, each
// line after its file's name.
inline constexpr std::string_view kSlabFilePrefix = "slab/";

// A process's files too: "2/maps" (play/process_files.h). Nothing for an unknown name, or a process or a cache that is
// not there.
std::optional<std::string> proc_text(const Machine& machine, std::string_view name);

}  // namespace mmscope
