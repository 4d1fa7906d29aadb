// What machine printed this? The architecture, kernel and CPUs that the shape of a zoneinfo tells, and where
// its zones' holes and reserved frames lie.
//
// zoneinfo gives amounts, not places. Absent frames are put where the QEMU machines of mm/node.h have them:
// below 1 MiB in a zone that starts at pfn 1, at the end of any other zone's span. Reserved frames are the
// lowest of the zone that starts at pfn 1 and the topmost of the others.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "mm/node.h"
#include "mm/profile.h"
#include "procfs/pagetypeinfo.h"
#include "procfs/zoneinfo.h"

namespace mmscope {

struct CaptureShape {
    Arch arch = Arch::x86_64;
    std::string kernel;  // "6.1", "6.12", "7.2": the oldest modelled or known one whose zoneinfo has these lines
    bool is_older = false;  // a kernel before 6.1, taken for 6.1
    u32 cpus = 1;
    u32 nodes = 1;
};

// x86_64 has DMA32; without it, HighMem means 32 bits: pageblocks of order 10, or a linear map that ends at pfn
// 224254, or nothing to tell by, without PAE. Errors: another architecture, zones that no machine has, one
// that is too large.
Result<CaptureShape, Message> capture_shape(const ZoneInfo& zoneinfo, const PageTypeInfo* pagetypeinfo);

// The zones in the order of zoneinfo, one for one.
std::vector<ZoneLayout> capture_layout(const ZoneInfo& zoneinfo, Arch arch);

}  // namespace mmscope
