// MemAvailable: how much memory a program could have without the machine having to swap, in pages.
//
//   free                                  NR_FREE_PAGES
//   - total reserve                       what the zones keep from such requests: lowmem_reserve and the high mark
//   + file pages, less what is kept       pages of files that reclaim can drop: all but half, or all but the low marks
//   + reclaimable, less what is kept      of slabs and others that can be shrunk, likewise
//
// An estimate of the kernel's, exact in its arithmetic (si_mem_available, mm/show_mem.c); never below 0. Its terms stand
// apart, so that each can be shown.
#pragma once

#include "procfs/meminfo_file.h"
#include "procfs/zoneinfo.h"

namespace mmscope {

struct MemAvailable {
    u64 free = 0;
    u64 total_reserve = 0;
    u64 file = 0, file_kept = 0;
    u64 reclaimable = 0, reclaimable_kept = 0;

    u64 pages() const;
};

// The zones give marks and reserves. Marks in zoneinfo have their boost in them, but the reserve was computed when they
// were set, before a boost came (calculate_totalreserve_pages).
MemAvailable mem_available(u64 free, u64 file, u64 reclaimable, const ZoneInfo& zones);
// From a meminfo, whose amounts are whole pages.
MemAvailable mem_available(const MeminfoFile& meminfo, const ZoneInfo& zones);

}  // namespace mmscope
