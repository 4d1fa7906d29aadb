// What a command of the terminal is made of, and those commands that are tools of procps: free, slabtop, top, vmstat.
//
// A tool prints once: no time passes by itself here. What would make it wait (free -s, top -d) is refused with the way
// that there is, the page's `watch COMMAND`, which prints after every step.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "play/snapshot.h"

namespace mmscope {

struct Tool {
    using Words = std::vector<std::string_view>;
    using Answer = Result<std::string, Message>;

    std::string_view name;
    std::string_view usage;
    Answer (*run)(const Snapshot& snapshot, const Tool& tool, const Words& arguments);
    std::vector<std::string> (*arguments)();  // what a word of it can become
};

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
