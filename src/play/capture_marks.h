// The watermarks, reserves and per-CPU sizes of a captured machine, and the sysctls that explain them.
//
// Marks are taken as printed (boost apart). The sysctls behind them are not in zoneinfo: they are inferred, so that
// a later `sysctl` of a script recomputes from what the machine most likely had. Where the values of boot explain
// the marks, the machine has those.
#pragma once

#include "mm/page_alloc.h"
#include "procfs/zoneinfo.h"

namespace mmscope {

// The zones of `memory` are those of `zoneinfo`, one for one.
void set_marks(const ZoneInfo& zoneinfo, PageAllocator* memory);

// Of one zone: the marks, the boost and the reserves.
void set_zone_marks(const ZoneInfo::Entry& entry, Zone* zone);
// What set_marks makes of pcp high: the kernel's high (6.1) or high_min (7.2), else the rule's value.
void set_pcp(const ZoneInfo::Entry& entry, Zone* zone);

}  // namespace mmscope
