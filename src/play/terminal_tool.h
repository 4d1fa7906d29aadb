// What a command of the terminal is made of, and those commands that are tools of procps: free, slabtop, top, vmstat.
//
// A tool prints once: no time passes by itself here. What would make it wait (free -s, top -d) is refused with the way
// that there is, the page's `watch COMMAND`, which prints after every step. vmstat alone goes on as time passes, where
// somebody waits for it (play/running_command.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "play/snapshot.h"
#include "procfs/vmstat_tool.h"

namespace mmscope {

struct Tool {
    using Words = std::vector<std::string_view>;
    using Answer = Result<std::string, Message>;

    std::string_view name;
    std::string_view usage;
    Answer (*run)(const Snapshot& snapshot, const Tool& tool, const Words& arguments);
    std::vector<std::string> (*arguments)();  // what a word of it can become
};

// A line, cut into the command's words and those behind its `|`.
struct CommandLine {
    Tool::Words words;
    bool has_pipe = false;
    Tool::Words filter;
};
CommandLine cut_command_line(std::string_view line);
// What `grep TEXT` lets through; or what else is behind the pipe.
Tool::Answer filtered(std::string_view text, const Tool::Words& filter);

// A vmstat with its options. No rows: as many as there will be.
struct VmstatRequest {
    VmstatOptions options;
    bool wants_sums = false;  // -s
    u32 delay = 1;            // seconds
    bool has_delay = false;
    u32 rows = 1;
};
Result<VmstatRequest, Message> read_vmstat(const Tool& tool, const Tool::Words& arguments);
const Tool* find_tool(std::string_view name);  // null: there is none

Message unknown_option(const Tool& tool, std::string_view option);

Tool::Answer run_free(const Snapshot& snapshot, const Tool& tool, const Tool::Words& arguments);
Tool::Answer run_slabtop(const Snapshot& snapshot, const Tool& tool, const Tool::Words& arguments);
Tool::Answer run_top(const Snapshot& snapshot, const Tool& tool, const Tool::Words& arguments);
Tool::Answer run_vmstat(const Snapshot& snapshot, const Tool& tool, const Tool::Words& arguments);
std::vector<std::string> free_options();
std::vector<std::string> slabtop_options();
std::vector<std::string> top_options();
std::vector<std::string> vmstat_options();

}  // namespace mmscope
