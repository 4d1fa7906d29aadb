// The system calls that change what a process may use: mmap, munmap, mprotect, brk, madvise; and malloc on top of them.
//
// They give addresses or -errno, as the kernel's would, and check their arguments in its order. Promising memory spends
// no frame. What is promised is counted (Committed_AS) and may be refused: mode 0 refuses a single request larger than
// all memory (2.6: than what could be free now), mode 1 nothing, mode 2 what goes beyond CommitLimit less the reserves
// for root and for the user. What is taken away is first taken out of the page tables, then the TLBs forget it, then
// the frames are freed, then the tables that have become useless. hugetlb memory is never promised beyond what its pool
// has (hugetlb.h). Left out: MAP_GROWSDOWN, MAP_POPULATE, locking, mremap. (mm/mmap.c, mm/mprotect.c, mm/madvise.c,
// mm/util.c)
#pragma once

#include <iterator>

#include "mm/page_table.h"
#include "mm/tlb_flush.h"

namespace mmscope {

namespace prot {
inline constexpr u32 kRead = 1, kWrite = 2, kExec = 4;
}
namespace map_flag {
inline constexpr u32 kShared = 1, kPrivate = 2, kFixed = 0x10, kAnonymous = 0x20, kNoReserve = 0x4000,
                     kHugetlb = 0x40000, kFixedNoReplace = 0x100000;
inline constexpr u32 kHugeShift = 26, kHugeMask = 0x3f;  // above MAP_HUGETLB: log2 of the page size, 0: the usual one
}
namespace advice {
inline constexpr i64 kNormal = 0, kRandom = 1, kSequential = 2, kWillNeed = 3, kDontNeed = 4, kHugePage = 14,
                     kNoHugePage = 15;
// Those that this kernel takes.
constexpr bool is_known(i64 what, const Profile& profile) {
    return (what >= kNormal && what <= kDontNeed) || (profile.has_thp && (what == kHugePage || what == kNoHugePage));
}
}

struct MmapRequest {
    u64 address = 0;
    u64 bytes = 0;
    u32 protection = 0;
    u32 flags = 0;
    u32 file = kNoFile;  // number of its mapping; kNoFile with MAP_ANONYMOUS
    u64 offset = 0;      // bytes
};

// Why a call answers -errno (malloc: NULL, brk: the old end): the test that the kernel's function failed.
enum class MmRefusal : u8 {
    none, zero_bytes, offset_unaligned, length_wraps, length_too_large, offset_overflow, too_many_areas, kind, no_file,
    fixed_beyond, unaligned, below_min, exists, no_gap, overcommit, shmem_bound, outside, protection, nothing_mapped,
    hole, advice, brk_outside, brk_occupied, hugetlb_size, hugetlb_1g, hugetlb_file, hugetlb_shared, hugetlb_unaligned,
    hugetlb_pool
};
inline constexpr const char* kMmRefusalNames[] = {
    "none",      "zero_bytes", "offset_unaligned", "length_wraps", "length_too_large", "offset_overflow",
    "too_many_areas", "kind",  "no_file",          "fixed_beyond", "unaligned",        "below_min",
    "exists",    "no_gap",     "overcommit",       "shmem_bound",  "outside",          "protection",
    "nothing_mapped", "hole",  "advice",           "brk_outside",  "brk_occupied",     "hugetlb_size",
    "hugetlb_1g",     "hugetlb_file", "hugetlb_shared", "hugetlb_unaligned", "hugetlb_pool"};
static_assert(std::size(kMmRefusalNames) == static_cast<std::size_t>(MmRefusal::hugetlb_pool) + 1);

// CommitLimit and Committed_AS, in pages: what areas promise and what tmpfs has.
u64 commit_limit(const PageAllocator& memory);
u64 committed_pages(const PageAllocator& memory);
// How many pages more may be promised to a process of so large areas, of `pages` that are asked for.
u64 commit_room(const PageAllocator& memory, u64 pages, u32 total_vm);
// "rw-p" of an area's flags.
std::string area_rights(u32 flags);

// A view that binds one living process to a machine; made for one call, cheap to make.
class ProcessMemory {
public:
    ProcessMemory(PageAllocator& memory, u32 pid, u32 cpu, u32 call, Trace& trace)
        : memory_(memory), mm_(memory.processes().processes[pid - 1].mm), cpu_(cpu), call_(call), trace_(trace) {}
    enum class ByMm : u8 { yes };
    ProcessMemory(PageAllocator& memory, ByMm, u32 mm, u32 cpu, u32 call, Trace& trace)
        : memory_(memory), mm_(mm), cpu_(cpu), call_(call), trace_(trace) {}

    i64 mmap(const MmapRequest& request);
    i64 munmap(u64 address, u64 bytes);
    i64 mprotect(u64 address, u64 bytes, u32 protection);
    i64 brk(u64 address);  // the new end of the heap, or the old one if that cannot be
    i64 madvise(u64 address, u64 bytes, i64 advice);
    u64 malloc(u64 bytes);   // 0: no memory
    bool free(u64 address);  // false: malloc did not give this

    // Everything goes: areas, frames, tables (exit_mmap).
    void unmap_all();
    // An area as exec makes it; [start, end) is free.
    void add_area(const Vma& area);
    // The pages of [start, end) go, the areas stay (zap_page_range). Pages that were mapped.
    u32 zap_range(u64 start, u64 end);
    // Whether so many pages may be promised (__vm_enough_memory); then they are.
    bool commit(u64 pages);
    void uncommit(u64 pages) { memory_.processes().committed -= pages; }
    // Why the last call failed.
    MmRefusal refusal() const { return refusal_; }

private:
    Mm& mm() { return memory_.processes().mms[mm_]; }
    i64 check_request(const MmapRequest& request, u64 bytes);
    i64 place_fixed(const MmapRequest& request, u64 bytes);
    i64 place(const MmapRequest& request, u64 bytes, u64 alignment = kPageSize);
    i64 map_hugetlb(const MmapRequest& request);
    bool cuts_huge_page(u64 address) const;
    i64 advise_hugetlb(const Vma& area, u64 start, u64 end, i64 what);
    void advise_huge(u64 start, u64 end, i64 what);
    void split_huge_at(u64 start, u64 end);
    void unmap_areas(u64 start, u64 end);
    // What is out of the page tables and may still be in TLBs: first these are flushed, then it goes.
    struct Zapped {
        TlbGather flush;
        std::vector<Pfn> pages, huge;
        std::vector<PageTables::Detached> tables;
    };
    u32 zap(u64 start, u64 end, Zapped* zapped);
    bool zap_entry(u64 address, EntryPlace place, PageEntry entry, Zapped* zapped);
    void finish(Zapped* zapped);
    bool protect_area(u64 start, u64 end, u32 protection, TlbGather* gathered);
    PageEntry with_rights(PageEntry entry, const Vma& area, u32 height) const;
    PageTables tables() { return PageTables(memory_, mm_, cpu_, trace_); }
    i64 refuse(Errno error, MmRefusal why) {
        refusal_ = why;
        return failed(error);
    }
    i64 keep_brk(MmRefusal why) {
        refusal_ = why;
        return static_cast<i64>(mm().brk);
    }

    PageAllocator& memory_;
    u32 mm_;
    u32 cpu_;
    u32 call_;
    Trace& trace_;
    MmRefusal refusal_ = MmRefusal::none;
};

}  // namespace mmscope
