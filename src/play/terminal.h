// The terminal: one command line, as a user of a shell types it, answered from the state of a machine.
//
//   cat /proc/meminfo      free -h      vmstat 1 2      getconf -a | grep PAGE      sysctl vm.min_free_kbytes
//
// It only looks; what changes a machine is a line of the script. A command prints what the tool of that name prints on
// Linux (procps 4, glibc), with the options that its usage names; in the end `| grep TEXT` keeps the lines that have
// TEXT in them. Words are cut at blanks and may stand in quotes; there are no variables, patterns or other pipes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "play/snapshot.h"

namespace mmscope {

// The text that the command prints, empty for an empty line; or why it prints none.
Result<std::string, Message> run_command_line(const Snapshot& snapshot, std::string_view line);

// What the last word of an unfinished line could become, in the order of the tables; nothing if there is no such word.
std::vector<std::string> complete_command_line(std::string_view line);

// Commands by name, for whoever has a list of them to show.
std::vector<std::string_view> command_names();

}  // namespace mmscope
