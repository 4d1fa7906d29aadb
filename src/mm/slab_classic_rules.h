// How a cache of the classic SLAB is laid out (mm/slab.c, Linux 2.6.32).
//
//   on-slab    | colour | struct slab, one index an object | object | object | ... | object | left over |
//   off-slab   | colour | object | object | ... | object | left over |     and struct slab in a general cache
//
// The management goes off the slab where an object has an eighth of a page or more and what is left over would not hold
// it anyhow. A slab is as small as it can be without wasting more than an eighth, and two pages at most unless one
// object needs more. Each new slab begins its objects one cache line further on than the one before it, as far as what
// is left over allows: so that objects of different slabs do not fight for the same lines. Units are bytes and objects.
#pragma once

#include <string>
#include <string_view>

#include "mm/slab_rules.h"

namespace mmscope {

struct ClassicLayout {
    u32 size = 0;  // of an object's place
    u32 align = 0;
    Order order;         // of a slab
    u16 objects = 0;     // in it; 0: an object is too large
    u32 management = 0;  // struct slab and its indices
    bool is_off_slab = false;
    u32 colour = 0;      // how many beginnings there are, none and one being the same
    u32 colour_off = 0;  // between two of them
    // For each CPU an array of `limit` objects, filled and flushed by `batchcount`, and one for all of `shared` times
    // that.
    u32 limit = 0;
    u32 batchcount = 0;
    u32 shared = 0;
    friend bool operator==(const ClassicLayout&, const ClassicLayout&) = default;
};

// In the terms that SLUB has too; what SLUB alone has stays 0.
CacheLayout common_layout(const ClassicLayout& classic);

// kmem_cache_create: `spec.object_size` is 1 .. kLargestObject. `frames` is the machine's memory: below 32 MiB no slab
// has two pages.
ClassicLayout classic_layout(const CacheSpec& spec, Arch arch, u32 cpus, u32 frames);

// The same of a cache whose size, alignment, order, objects and arrays are known: where the management lies, and how
// many colours what is left over allows. It goes off the slab if it does not fit.
void place_management(Arch arch, ClassicLayout* layout);

// The general caches of kmalloc: by doubling, each twice, the second one for DMA. Left out: those of 96 and 192 bytes,
// which kernels for short cache lines had besides, and those above 128 KiB, which came when the books were written.
inline constexpr u32 kClassicSmallest = 32;
inline constexpr u32 kClassicSizes = 13;
inline constexpr u32 kClassicKmallocMaxSize = kClassicSmallest << (kClassicSizes - 1);  // 131072
std::string classic_general_name(u32 of_size, bool is_dma);  // "size-64", "size-64(DMA)"; of_size 0 .. 12
u32 classic_general_size(u64 size);                          // which of them holds it; kClassicSizes: none

}  // namespace mmscope
