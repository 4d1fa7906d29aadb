// Memory of huge pages that were set aside for it: mmap(MAP_HUGETLB), and what goes in and out of its pools.
//
//   boot, vm.nr_hugepages --> pool --fault--> [ leaf of the PD or PDPT ] --munmap, exit--> pool
//                               '-- mmap reserves as many as the area has, or answers -ENOMEM
//
// It is the only way to leaves of 1 GiB for a process. A fault takes a page from the pool, fills it with zeroes and
// sets one entry, for reads as for writes. Whoever mapped the area has pages reserved for all of it, one for each; a
// child after fork has none, and where nothing is left its write gets SIGBUS. If it is the owner of the reserve who
// must copy and cannot, the children lose the page to it. Pages of 1 GiB come from boot alone, at a multiple of 1 GiB,
// the highest first; those of the usual size from boot or at run time, as many as the page allocator has. Pages in use
// that are above vm.nr_hugepages are surplus and go back to the page allocator when they are free. Left out: MAP_SHARED
// and files of hugetlbfs, nr_overcommit_hugepages, 1 GiB at run time, cgroups, migration, one surplus count for each
// node. What MADV_DONTNEED takes is reserved again (6.9) only if no child still maps it. At boot of a machine without
// transparent huge pages Linux computes min_free_kbytes before it counts the pages of 1 GiB. (mm/hugetlb.c)
#pragma once

#include "mm/page_table.h"

namespace mmscope {

// A view that binds the pools to a machine's memory; made for one call, cheap to make.
class Hugetlb {
public:
    Hugetlb(PageAllocator& memory, u32 cpu, u32 call, Trace& trace)
        : memory_(memory), cpu_(cpu), call_(call), trace_(trace) {}

    // Whether this kernel has pages of such a leaf: 1 GiB on x86_64 alone, and here not on 2.6, where only a mount of
    // hugetlbfs reached them.
    static bool has_size(const PageAllocator& memory, u32 height);
    // Which of an area's pages lies at the address, counted in its file.
    static u32 index_of(const PageAllocator& memory, const Vma& area, u64 address);

    // hugepagesz=1G hugepages=N: before anybody has had memory.
    void take_at_boot(u32 wanted);
    // vm.nr_hugepages, and hugepages=N of the usual size: the pool grows as far as it can, and shrinks by what is free
    // and not reserved; what is left above becomes surplus. How many it keeps (set_max_huge_pages).
    u32 set_max_huge_pages(u32 wanted);

    // The area becomes one of hugetlb memory, its pages reserved. False: the pool has too few (hugetlb_reserve_pages).
    bool open(Vma* area);
    // It is gone from its process, its pages too: what is still reserved is free for others (hugetlb_vm_op_close).
    void close(const Vma& area);
    // All areas of a call are closed: what was known of their file goes with the last one (resv_map_release).
    void forget(const Vma& area);

    // A page for the address, mapped by the entry that is about to be set; kNoPfn: none is left that is not reserved
    // for somebody else. `avoid`: even its owner may not use the reserve, because it covers another page
    // (alloc_hugetlb_folio).
    enum class Reserved : u8 { use, avoid };
    Pfn take(const Vma& area, u64 address, Reserved reserved);
    // One more entry maps it, or one less; the last one gives it back (free_huge_folio).
    void map(Pfn head, u32 height) { ++find(head, height).mapcount; }
    void unmap(Pfn head, u32 height);
    u32 mapcount(Pfn head, u32 height) { return find(head, height).mapcount; }
    // The leaves of [start, end) go from one process; the area stays or has gone already (__unmap_hugepage_range).
    enum class Area : u8 { stays, gone };
    u32 zap_range(u32 mm, const Vma& area, u64 start, u64 end, Area what);

private:
    HugetlbPools& pools() { return memory_.processes().hugetlb; }
    HugetlbPage& find(Pfn head, u32 height);
    void add(Pfn head, u32 height);
    bool take_gigantic(u32 node);
    bool grow(u32 node);
    Pfn remove_free();
    void give_back(Pfn head, u32 height);
    void restore_reserve(const Vma& area, u64 address);
    Order order_of(u32 height) const { return huge_order(memory_.arch(), height); }

    PageAllocator& memory_;
    u32 cpu_;
    u32 call_;
    Trace& trace_;
};

// Pools, their frames, what is reserved and what page tables map agree. `mapped`: entries by the head's frame, as
// counted from all page tables. Empty, or a sentence.
std::string check_hugetlb(const PageAllocator& memory, const std::vector<u32>& mapped);

}  // namespace mmscope
