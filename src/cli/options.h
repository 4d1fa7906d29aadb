// The command line: which subcommand, which files, which options.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "mm/tlb_geometry.h"

namespace mmscope {

// Where `eval` stops before it asks.
struct StopPoint {
    enum class Kind : u8 { end, step, mark, line };
    Kind kind = Kind::end;
    u32 number = 0;
    std::string label;
};

// What `ask` asks about.
struct AskedRequest {
    std::string gfp;
    u32 order = 0;
};

struct Options {
    enum class Command : u8 { help, run, eval, ask, explain, conform, tlb };
    Command command = Command::help;
    // run, eval, ask: at most one script; explain: logs; conform: captures; tlb: a trace
    std::vector<std::string> files;
    std::vector<std::string> from;         // /proc files to start from
    std::vector<std::string> proc;         // what to print at the end: their names, or command lines of the terminal
    std::vector<std::string> expressions;
    StopPoint at;
    std::optional<AskedRequest> asked;     // of ask; nothing: the whole table
    u32 cpu = 0;                           // of ask: where the caller runs
    std::string kernel;                    // of conform; empty: from the files beside the capture
    u32 cpus = 0;                          // of conform; 0: likewise
    TlbGeometry tlb;                       // of tlb
    PageSize page_size = PageSize::size_4k;  // of tlb: of every page
    bool trace = false;
    bool json = false;
};

// Errors are usage errors; `arguments` without the program's name.
Result<Options, Message> read_options(const std::vector<std::string>& arguments);

}  // namespace mmscope
