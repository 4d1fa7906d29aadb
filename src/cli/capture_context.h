// Which machine made a capture: read from the files that lie beside it, or in the folder above.
//
// `layout.txt` (the capture module's) and `uname.txt` name the kernel and the architecture, `zoneinfo` has a page set
// for each CPU; a file's own name may have a version in it. Options of the command line win over all of them. Where
// nothing is said the machine is an x86_64 with one CPU; nothing stands in for the kernel.
#pragma once

#include <string>

#include "base/result.h"
#include "base/types.h"
#include "cli/options.h"
#include "mm/profile.h"

namespace mmscope {

struct CaptureContext {
    std::string kernel;  // "6.1.176" by layout.txt, "6.1.0-50-686" by uname.txt
    const Profile* profile = nullptr;  // by whose rules this kernel runs
    Arch arch = Arch::x86_64;
    u32 cpus = 1;
    std::string zoneinfo;  // the whole file, empty if there is none
};

// `capture` is the file's path. Errors: nothing says which kernel it was, or that one is not modelled.
Result<CaptureContext, Message> find_capture_context(const std::string& capture, const Options& options);

}  // namespace mmscope
