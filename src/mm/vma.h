// The memory of a process as it was promised: its areas (struct vm_area_struct) and where new ones go.
//
//   0x10000        start_brk      brk                        mmap_base       stack
//   | text data bss | heap -->     |        ...        <-- mmap areas |  gap  | <-- stack |  TASK_SIZE
//
// Areas are sorted, do not overlap, and have pages of one kind: protection, flags, a file with an offset or none. Two
// neighbours that could be one are one; a part that changes is split off. New areas go below mmap_base, the highest gap
// first, and keep 256 pages from a stack above them, which grows down. Addresses are in bytes, sizes in pages where
// their name says so. Left out: ASLR, huge-page alignment of large areas, the vdso, userfaultfd, mlock. (mm/vma.c)
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/types.h"
#include "mm/paging.h"

namespace mmscope {

namespace vm_flag {  // as the kernel numbers them
inline constexpr u32 kRead = 1, kWrite = 2, kExec = 4, kShared = 8, kMayRead = 0x10, kMayWrite = 0x20, kMayExec = 0x40,
                     kMayShare = 0x80, kGrowsDown = 0x100, kDontExpand = 0x40000, kAccount = 0x100000,
                     kNoReserve = 0x200000, kHugetlb = 0x400000,
                     kHugePage = 0x20000000, kNoHugePage = 0x40000000;  // madvise wants huge pages here, or none
inline constexpr u32 kAccess = kRead | kWrite | kExec;
inline constexpr u32 kMayAll = kMayRead | kMayWrite | kMayExec;
}  // namespace vm_flag

// What a system call that fails answers, negated.
enum class Errno : u8 {
    eperm = 1, enoent = 2, enoexec = 8, ebadf = 9, eagain = 11, enomem = 12, eacces = 13, eexist = 17, einval = 22, enospc = 28,
    enametoolong = 36, eoverflow = 75
};
constexpr i64 failed(Errno error) { return -static_cast<i64>(error); }

inline constexpr u32 kNoFile = 0xffffffffU;
inline constexpr u64 kStackGuardGap = 256 * u64{kPageSize};
inline constexpr u64 kStackLimit = u64{8} << 20;  // RLIMIT_STACK
inline constexpr u32 kMostAreas = 65530;          // vm.max_map_count, of one process
inline constexpr u64 kLeastMapAddress = 0x10000;  // vm.mmap_min_addr

constexpr u64 page_floor(u64 bytes) { return bytes & ~u64{kPageSize - 1}; }
constexpr u64 page_ceiling(u64 bytes) { return page_floor(bytes + kPageSize - 1); }

struct Vma {
    u64 start = 0;
    u64 end = 0;  // excluded
    u32 flags = 0;
    u32 file = kNoFile;  // number of its mapping (mm/mapping.h); shared anonymous memory has one too
    u64 pgoff = 0;       // of `start`: page of the file; of private anonymous memory the page number of the address
    u32 anon_vma = 0;    // not 0: it has, or had, anonymous pages; areas with another one are not merged with it
    // Of hugetlb memory (mm/hugetlb.h): the unnamed file that it is of, and whether pages of the pool are kept for it
    // (HPAGE_RESV_OWNER); `taken`: the owner took a page away from here (HPAGE_RESV_UNMAPPED).
    enum class Reserve : u8 { none, owner, taken };
    u32 huge_file = 0;   // from 1; 0: no hugetlb memory
    u8 huge_height = 0;  // of its leaves: 1 or 2
    Reserve reserve = Reserve::none;

    bool has(u32 flag) const { return (flags & flag) != 0; }
    bool is_anonymous() const { return file == kNoFile; }
    bool is_hugetlb() const { return huge_file != 0; }
    u32 pages() const { return static_cast<u32>((end - start) >> kPageShift); }
    u64 file_page(u64 address) const { return pgoff + ((address - start) >> kPageShift); }
    // Private and writable: a written page is the process's own.
    bool is_copied_on_write() const { return (flags & (vm_flag::kShared | vm_flag::kMayWrite)) == vm_flag::kMayWrite; }
    friend bool operator==(const Vma&, const Vma&) = default;
};

enum class RssKind : u8 { file, anon, shmem };
inline constexpr u32 kRssKinds = 3;

// A page table that waits beside the leaf of a huge page, to be filled if that is split (pmd_huge_pte).
struct DepositedTable {
    u32 slot = 0;  // of the table in which the leaf stands
    Pfn pfn = kNoPfn;
};

// struct mm_struct.
struct Mm {
    bool is_used = false;
    u64 context_id = 0;      // never the same again: what a TLB's ASID belongs to
    u64 tlb_generation = 0;  // grows with each flush
    u32 owner = 0;           // pid
    std::vector<Vma> areas;
    Pfn pgd = kNoPfn;  // frame of the topmost table
    u64 task_size = 0;
    u64 mmap_base = 0;
    u64 start_code = 0, end_code = 0, start_brk = 0, brk = 0, start_stack = 0;
    u32 exe = kNoFile;
    std::array<u32, kRssKinds> rss{};             // pages
    std::array<u32, kMostTableLevels> tables{};   // by height, the topmost not counted
    u32 swap_entries = 0;                         // MM_SWAPENTS: pages in swap slots
    std::vector<DepositedTable> deposited;        // counted in `tables` too
    u32 hugetlb_pages = 0;                        // of 4 KiB, that leaves of hugetlb memory map (hugetlb_usage)
    bool has_huge_zero_page = false;              // it uses the huge page of zeroes (MMF_HUGE_ZERO_PAGE)
    u32 total_vm = 0, most_vm = 0, most_rss = 0;  // pages

    u32 resident() const { return rss[0] + rss[1] + rss[2]; }
    u32 table_pages() const { return tables[0] + tables[1] + tables[2] + tables[3]; }

    // The number of the first area that ends behind `address`; areas.size(): none (find_vma).
    u32 find_vma(u64 address) const;
    const Vma* area_of(u64 address) const;  // that contains it; or null
    bool is_free(u64 start, u64 end) const;
    // With five levels of tables areas stay below 2^47, unless a hint lies above (DEFAULT_MAP_WINDOW).
    u64 map_window() const { return std::min(task_size, (u64{1} << 47) - kPageSize); }
    // Where an area of so many bytes goes whose hint, 0: none, could not be followed, at a multiple of `alignment`;
    // nothing: there is no such gap (vm_unmapped_area).
    std::optional<u64> unmapped_area(u64 bytes, u64 hint, u64 alignment = kPageSize) const;
    // Puts an area into a free range and merges it with its neighbours where they could be one.
    enum class Merged : u8 { none, before, after, both };
    Merged insert(const Vma& area);
    // From here on `address` begins an area, if it lies in one.
    void split(u64 address);
    // The areas of [start, end) go; those at its ends are split. Gives what went.
    std::vector<Vma> remove(u64 start, u64 end);
    // Merges areas that have become alike around and in [start, end).
    void merge(u64 start, u64 end);
    // VmPTE and what the OOM killer weighs: the pages of PTE, PMD and PUD tables (mm_pgtables_bytes).
    u32 pgtable_pages() const { return tables[0] + tables[1] + tables[2]; }

    std::string check() const;  // of the areas: empty, or a sentence

private:
    bool can_merge(const Vma& before, const Vma& after) const;
};

// An Mm without areas, as exec begins it.
Mm empty_mm(const PagingMode& mode);

}  // namespace mmscope
