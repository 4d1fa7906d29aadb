// Which machine made a capture: read from the files that lie beside it, or in the folder above.
//
// `layout.txt` (the capture module's) and `uname.txt` name the kernel and the architecture, `zoneinfo` has a page set
// for each cpu. Options of the command line win over all of them.
#pragma once

#include <string>

#include "base/result.h"
#include "base/types.h"
#include "cli/options.h"

namespace mmscope {

struct CaptureContext {
    enum class Arch : u8 { x86_64, i686, i686_pae };
    std::string kernel;        // "6.1.176"
    Arch arch = Arch::x86_64;
    u32 cpus = 1;
    std::string zoneinfo;      // the whole file, empty if there is none
};

// Errors: no file and no --kernel says which kernel it was.
Result<CaptureContext, Message> find_capture_context(const std::string& capture, const Options& options);

}  // namespace mmscope
