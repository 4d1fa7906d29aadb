// Which machine made a capture: from the texts of the files that lie beside it, or from the capture itself.
//
// layout.txt (the capture module's) and uname.txt name the kernel and the architecture; zoneinfo has a page set for
// each CPU. A dump shows less: its zones tell the architecture, its page sets the CPUs, and the counters with it only
// how the kernel tunes its per-CPU lists, which is enough to choose between the rules of 6.1 and those of 6.12.
#pragma once

#include <span>
#include <string_view>

#include "intake/kernel_dump.h"
#include "mm/profile.h"

namespace mmscope {

// Texts of whole files, empty where there is none.
struct CaptureSurroundings {
    std::string_view layout;
    std::string_view uname;
    std::string_view zoneinfo;
    bool name_machine() const { return !layout.empty() || !uname.empty(); }
};

bool is_layout(std::string_view text);
bool is_uname(std::string_view text);

// "6.1.176" by layout.txt, "6.1.0-50-686" by uname.txt; empty if neither says.
std::string_view kernel_of(const CaptureSurroundings& surroundings);
Arch arch_of(const CaptureSurroundings& surroundings);  // x86_64 unless layout.txt or uname.txt says otherwise
u32 cpus_of(const CaptureSurroundings& surroundings);   // 1 without zoneinfo

// `states` are counters of the same kernel, where there are any. A kernel without them is empty.
std::string_view shown_kernel(std::span<const ZoneState> states);  // "6.1", "6.12"
Arch shown_arch(const KernelDump& dump);
u32 shown_cpus(const KernelDump& dump);

}  // namespace mmscope
