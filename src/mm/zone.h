// A zone: a span of frames with one purpose, its free lists, and the marks that guard its last pages.
//
//   start_pfn                                        start_pfn + spanned
//   |---- reserved ----|------- managed -------|.absent.|
//                       free + allocated = managed
//
// All amounts are in pages. Sections 1.3 to 1.7 of Linux' rules live here as functions over a machine's zones:
// min_free_kbytes, watermarks, lowmem_reserve, per-CPU list sizes, counter thresholds.
#pragma once

#include <array>
#include <vector>

#include "base/types.h"
#include "mm/gfp.h"
#include "mm/page.h"

namespace mmscope {

inline constexpr u32 kMaxZonesPerNode = 5;

enum class Watermark : u8 { min, low, high, promo };
inline constexpr u32 kWatermarks = 4;

// free_area[]: how many free blocks of each order and type; bit o of nonempty[t] says that a list has any.
struct FreeArea {
    u32 count[kNrPageOrders][kMigratetypes] = {};
    u16 nonempty[kMigratetypes] = {};

    u32 nr_free(Order order) const;  // blocks of this order, all types
    bool has(Order order, Migratetype type) const {  // or larger
        return (nonempty[static_cast<u32>(type)] >> order.value) != 0;
    }
    u32 pages(Migratetype type) const {
        u32 sum = 0;
        for (u32 order = 0; order < kNrPageOrders; ++order) sum += count[order][static_cast<u32>(type)] << order;
        return sum;
    }
};

// Where compaction stands in a zone, and when it last gave up (struct zone's compact_* fields).
struct CompactionState {
    u32 migrate_pfn[2] = {};        // where the migration scanner goes on: asynchronous runs, others
    u32 free_pfn = 0;               // where the free scanner goes on
    u32 considered = 0;             // requests since the last failure,
    u8 defer_shift = 0;             // of which 2^defer_shift are turned away
    u8 order_failed = 0;            // the least order that failed since
    bool flushes_skips = false;     // kswapd is to clear the skip marks of the pageblocks
};

struct Zone {
    ZoneType type = ZoneType::normal;
    u8 index = 0;       // in its node: the kernel's zone_idx() (Normal is 2 on x86_64, 1 on x86_32)
    u8 node = 0;
    u8 position = 0;    // in PageAllocator::zones()
    Pfn start;
    u32 spanned = 0;
    u32 present = 0;
    u32 managed = 0;
    u32 free_pages = 0;                 // on the free lists, exactly
    u32 nr_free_pages = 0;              // NR_FREE_PAGES as the watermark test reads it: CPUs fold theirs in late
    u32 watermark[kWatermarks] = {};    // without boost
    u32 boost = 0;
    u32 watermark_boost_factor = 15000;  // the sysctl, in 1/10,000 of the high mark; 0: no boost
    u32 lowmem_reserve[kMaxZonesPerNode] = {};  // by the requester's highest zone index
    u32 first_list = 0;                 // of kNrPageOrders * kMigratetypes list heads in the FrameTable
    u32 nr_reserved_highatomic = 0;     // pages of HighAtomic pageblocks
    bool is_boosted = false;            // ZONE_BOOSTED_WATERMARK: kswapd is to be woken once the allocation is done
    bool is_below_high = false;         // ZONE_BELOW_HIGH (6.7 and later): per-CPU lists shrink
    bool is_reclaim_active = false;     // ZONE_RECLAIM_ACTIVE: kswapd is at work, per-CPU lists stay short
    u32 lru_size[kLruLists] = {};       // pages on the node's LRU lists that lie in this zone
    CompactionState compaction;
    u32 pcp_batch = 0;                  // of each CPU's list
    u32 pcp_high = 0;                   // 6.1: high; 6.7 and later: high_min
    u32 pcp_high_max = 0;
    u32 stat_threshold = 0;
    u64 pages_allocated = 0;            // PGALLOC of this zone
    u64 pages_freed = 0;                // its share of PGFREE
    u64 numa_hit = 0;                   // allocations asked for on this zone's node, and served here
    u64 numa_miss = 0;                  // asked for on another node, served here
    u64 numa_foreign = 0;               // asked for here, served on another node
    FreeArea area;

    const char* name() const { return kZoneNames[static_cast<u32>(type)]; }
    bool is_populated() const { return present != 0; }
    bool contains(Pfn pfn) const { return pfn.value - start.value < spanned; }
    u32 list(Order order, Migratetype type_of_list) const {
        return first_list + order.value * kMigratetypes + static_cast<u32>(type_of_list);
    }
    u32 mark(Watermark which) const { return watermark[static_cast<u32>(which)] + boost; }  // what tests and prints use
};

inline constexpr u32 kListsPerZone = kNrPageOrders * kMigratetypes;

// The vm sysctls that these rooms answer to.
enum class SysctlName : u8 {
    min_free_kbytes, watermark_scale_factor, lowmem_reserve_ratio, percpu_pagelist_high_fraction, watermark_boost_factor,
    overcommit_memory, overcommit_ratio, dirty_background_ratio, dirty_ratio, dirty_writeback_centisecs,
    dirty_expire_centisecs, swappiness, panic_on_oom, nr_hugepages,
    transparent_hugepage  // not one of them: /sys/kernel/mm/transparent_hugepage/enabled
};
inline constexpr u32 kSysctlCount = 15;

// Where faults bring huge pages (mm/huge_memory.h).
enum class ThpEnabled : u8 { always, madvise, never };
inline constexpr const char* kThpEnabledNames[] = {"always", "madvise", "never"};
inline constexpr u32 kThpEnabledCount = 3;

struct VmSysctl {
    u32 min_free_kbytes = 0;
    u32 watermark_scale_factor = 10;
    std::array<u32, kMaxZonesPerNode> lowmem_reserve_ratio{};  // by zone index; unused places are 0
    u32 percpu_pagelist_high_fraction = 0;  // 0: pcp high follows the low mark; else the managed pages' share, 8 and up
    u32 watermark_boost_factor = 15000;     // of 10,000: the most that a boost adds, by the high mark; 0: no boost
    u32 overcommit_memory = 0;              // 0: only what is plainly too much is refused, 1: nothing, 2: beyond the limit
    u32 overcommit_ratio = 50;              // percent of memory that the limit of mode 2 counts
    u32 dirty_background_ratio = 10;        // percent of what can be dirtied; above, the flusher is woken
    u32 dirty_ratio = 20;                   // likewise; half way to it whoever writes waits
    u32 dirty_writeback_centisecs = 500;    // how often the flusher looks for old pages; 0: never
    u32 dirty_expire_centisecs = 3000;      // how old those are
    u32 swappiness = 60;                    // of 200 parts those for anonymous memory; 0: none while files are left
    u32 panic_on_oom = 0;                   // 1 or 2: instead of killing anybody the kernel stops
    u32 nr_hugepages = 0;                   // pages that the pool of usual huge pages keeps (mm/hugetlb.h)
    u32 transparent_hugepage = static_cast<u32>(ThpEnabled::madvise);
    ThpEnabled thp() const { return static_cast<ThpEnabled>(transparent_hugepage); }
    friend bool operator==(const VmSysctl&, const VmSysctl&) = default;
};

// lowmem_reserve_ratio as it is at boot: x86_64 "256 256 32 0 0", x86_32 "256 32 0 0".
std::array<u32, kMaxZonesPerNode> default_lowmem_reserve_ratio(Arch arch);

// Whether a machine is too small for huge pages by itself: below 512 MiB they are switched off at boot, whatever was
// asked for, and so are their page of zeroes and their reclaim (hugepage_init).
bool is_small_for_thp(const std::vector<Zone>& zones);
// init_per_zone_wmark_min and khugepaged's set_recommended_min_free_kbytes: the value after boot.
u32 boot_min_free_kbytes(const std::vector<Zone>& zones, Arch arch, const Profile& profile, u32 watermark_scale_factor);
// The value after huge pages were switched to `after.thp()`: khugepaged only ever raises what there is; without it the
// square-root rule holds again, unless somebody has written another value since (start_stop_khugepaged).
u32 min_free_kbytes_for_thp(const std::vector<Zone>& zones, Arch arch, const Profile& profile, const VmSysctl& before,
                            ThpEnabled after);
// __setup_per_zone_wmarks: fills watermark[], clears boost.
void setup_watermarks(std::vector<Zone>& zones, Arch arch, const Profile& profile, const VmSysctl& sysctl);
// setup_per_zone_lowmem_reserve.
void setup_lowmem_reserve(std::vector<Zone>& zones, const VmSysctl& sysctl);
// zone_batchsize, zone_highsize and calculate_normal_threshold. A node's CPUs share its lists' pages; CPUs are dealt
// to nodes in equal runs, and a node without one counts them all.
void setup_per_cpu(std::vector<Zone>& zones, const Profile& profile, u32 cpus, u32 high_fraction = 0);
// What the kernel computes anew when `written` is written, and nothing else: marks and boost with the two sysctls they
// come from, and the pcp sizes with them; the reserves with their ratio; the pcp sizes with a fraction that is another
// than before; nothing with the boost factor.
void recompute_after(SysctlName written, std::vector<Zone>& zones, Arch arch, const Profile& profile, u32 cpus,
                     const VmSysctl& before, const VmSysctl& after);

// "fragmentation index" x 1000 of debugfs extfrag_index: -1000 if a block is free, 0 = lack of memory,
// towards 1000 = fragmentation (__fragmentation_index, mm/vmstat.c).
int fragmentation_index(const Zone& zone, Order order);
// "unusable free space index" x 1000 of debugfs unusable_index: the share of the free pages that lies in blocks too
// small for this order; 1000 where nothing is free (unusable_free_index, mm/vmstat.c).
u32 unusable_index(const Zone& zone, Order order);

}  // namespace mmscope
