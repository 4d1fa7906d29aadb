// The files of /proc that a simulated machine prints, by name.
//
// `free`, `slabtop` and `top` stand among them, though they are tools, so that one list says what can be asked for by one word;
// more of the tools, with their options, has the terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mmscope {

class Machine;

inline constexpr std::string_view kProcFileNames[] = {"buddyinfo", "meminfo", "pagetypeinfo", "slabinfo",
                                                      "swaps",     "vmstat",  "zoneinfo"};
inline constexpr std::string_view kToolNames[] = {"free", "slabtop", "top"};

// Of a process: "2/maps", "2/smaps", "2/statm", "2/status".
bool is_process_file(std::string_view name);

// Nothing for an unknown name, or a process that is not there.
std::optional<std::string> proc_text(const Machine& machine, std::string_view name);

}  // namespace mmscope
