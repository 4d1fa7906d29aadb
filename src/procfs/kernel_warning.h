// WARN(): what the kernel logs when it comes across something that should not be, and goes on.
//
//   ------------[ cut here ]------------
//   Trying to vfree() nonexistent vm area (ffffc90000001000)
//   WARNING: CPU: 0 PID: 1 at mm/vmalloc.c vfree
//   CPU: 0 UID: 0 PID: 1 Comm: script Tainted: G    B               6.12 #1
//   Tainted: [B]=BAD_PAGE
//   ---[ end trace 0000000000000000 ]---
//
// 7.2 writes "WARNING: mm/vmalloc.c at vfree, CPU#0: script/1", 2.6 "WARNING: at mm/vmalloc.c vfree()" and the message
// behind it. Where an image was built decides line numbers and offsets (":3389 vfree+0x1fa/0x200"), and when it was
// booted the number of 2.6's traces: they are left out, as are registers and call traces. The warning itself taints the
// kernel only after all this (__warn, kernel/panic.c).
#pragma once

#include <string>
#include <string_view>

#include "base/types.h"
#include "procfs/report_caller.h"

namespace mmscope {

struct WarningPlace {
    std::string_view file;      // "mm/vmalloc.c"
    std::string_view function;  // "vfree"
};

// `taints`: bit n is the n-th letter of print_tainted(). "Not tainted", or "Tainted: G    B             "; one letter or
// blank for each that a kernel of this version (0x060c: 6.12) knows.
std::string print_tainted(u32 taints, u16 version);
// A caller that is "Not tainted" becomes one of a kernel with these taints; since 6.12 with their names on a line more.
void set_taints(ReportCaller* caller, u32 taints, u16 version);
// An empty message: WARN_ON().
void print_kernel_warning(std::string_view message, const WarningPlace& place, const ReportCaller& caller, u16 version,
                          std::string* out);

}  // namespace mmscope
