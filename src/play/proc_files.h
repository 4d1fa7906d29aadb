// /proc/buddyinfo, pagetypeinfo, zoneinfo and slabinfo of a simulated machine, as the structs that procfs prints.
//
// Free counts, sizes, marks and the pages on LRU lists come from the machine's zones and lists at this moment. What the
// model does not count is carried as read for an imported machine; a script's machine prints the lines of its profile
// (6.1, 6.12, 7.2) with zeros there.
#pragma once

#include <array>

#include "mm/page.h"
#include "procfs/buddyinfo.h"
#include "procfs/kernel_shape.h"
#include "procfs/pagetypeinfo.h"
#include "procfs/slabinfo.h"
#include "procfs/vmallocinfo.h"
#include "procfs/zoneinfo.h"

namespace mmscope {

class Machine;
class PageAllocator;
struct Zone;

// Which lines the machine's kernel prints.
KernelShape kernel_shape(const PageAllocator& memory);

// "Number of blocks type" of pagetypeinfo: the zone's pageblocks whose first frame is present, by migratetype.
std::array<u32, kMigratetypes> pageblock_counts(const PageAllocator& memory, const Zone& zone);

// Its memory is that of a real one, as far as zoneinfo has it.
bool has_imported_zones(const Machine& machine);
BuddyInfo buddyinfo_of(const Machine& machine);
PageTypeInfo pagetypeinfo_of(const Machine& machine);
ZoneInfo zoneinfo_of(const Machine& machine);
MMSCOPE_LATER VmallocInfo vmallocinfo_of(const Machine& machine);
// Without kmem_cache and kmem_cache_node, whose objects are not modelled, if no slabinfo brought them; of 2.6 its classic SLAB's.
MMSCOPE_LATER SlabInfo slabinfo_of(const Machine& machine);

}  // namespace mmscope
