// A bug that slab_debug has found, as the report that the kernel's log has of it: addresses become the kernel's.
//
// Who allocated and freed an object is "call 12", a command of the script. The caller in whose context it was found,
// and the taints, are for who has them (play/failure_report.h).
#pragma once

#include "mm/page_alloc.h"
#include "mm/slab_bug.h"
#include "procfs/slab_report.h"

namespace mmscope {

SlabReport slab_report_of(const SlabBug& bug, const PageAllocator& memory);

}  // namespace mmscope
