// The pools of huge pages that hugetlb memory is made of (struct hstate), one for each size that this machine has.
//
//   pages    [ 0x200: 1 mapping ][ 0x400: free ][ 0x600: free ] ...   all of the pool, by frame
//   free     [ 0x600, 0x400 ]                                        the last is given next
//   reserved 1                                                       of the free ones, promised to somebody's mmap
//
// A page of a pool is one block to its users: 2 MiB, 4 MiB on 32 bits without PAE, or 1 GiB. To the page allocator its
// frames are in use by the kernel and stay so, free in the pool or not: they are on no LRU list, not swapped, and no
// process counts them as resident. A page of 1 GiB is larger than any block that the allocator knows: boot takes it
// away before there is one, and here its frames are blocks of order 10 side by side. (mm/hugetlb.c)
#pragma once

#include <array>
#include <vector>

#include "base/types.h"
#include "mm/profile.h"

namespace mmscope {

inline constexpr u32 kHugePageSizes = 2;  // heights 1 and 2 of a leaf

// The order of the block that a leaf at height 1 or 2 maps.
constexpr Order huge_order(Arch arch, u32 height) {
    if (arch == Arch::x86_32) return {10};
    return {static_cast<u8>(9 * height)};
}
constexpr u32 huge_frames(Arch arch, u32 height) { return 1U << huge_order(arch, height).value; }

struct HugetlbPage {
    Pfn head;
    u32 mapcount = 0;  // entries that map it; 0: free in the pool
};

// What a node has of a pool. Surplus pages are counted by the pool alone, here on node 0.
struct HugetlbCounts {
    u32 total = 0, unused = 0, surplus = 0;
};

struct HugetlbPool {
    std::vector<HugetlbPage> pages;
    std::vector<Pfn> free;
    u32 reserved = 0;   // resv_huge_pages
    u32 surplus = 0;    // of `pages`, that the pool would give back if nobody used them
    u32 next_node_to_alloc = 0, next_node_to_free = 0;

    u32 total() const { return static_cast<u32>(pages.size()); }
    u32 unused() const { return static_cast<u32>(free.size()); }
    u32 persistent() const { return total() - surplus; }
    u32 available() const { return unused() - reserved; }  // free, and nobody's yet
};

// The pages of an unnamed file of hugetlb memory that its owner has had from the pool: what was reserved for them is
// used up (struct resv_map).
struct HugetlbFile {
    std::vector<u8> used;  // by page of the file; empty: nobody reserved any
};

struct HugetlbPools {
    std::array<HugetlbPool, kHugePageSizes> pools;  // by height - 1
    std::vector<HugetlbFile> files;                 // number n at [n - 1]

    HugetlbPool& pool(u32 height) { return pools[height - 1]; }
    const HugetlbPool& pool(u32 height) const { return pools[height - 1]; }
    // Of all sizes, in pages of 4 KiB (hugetlb_total_pages).
    u64 frames(Arch arch) const;
    u64 bytes() const;
};

// The huge page of a pool that a frame is part of, and how it is kept; height 0: none.
struct HugetlbFrame {
    u32 height = 0;
    HugetlbPage page;
};
HugetlbFrame hugetlb_frame(const HugetlbPools& pools, Arch arch, Pfn pfn);

}  // namespace mmscope
