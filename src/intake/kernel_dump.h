// The exact state of a kernel's page allocator, as the capture module printed it.
//
//   FREELISTS before                                                          begins a dump, with its label
//   ZONE n0 DMA32 start_pfn=4096 spanned=126941 ... wmark=652,815,978 ...     begins a zone of node 0
//   FL n0 DMA32 o3 t1: 51760 46152                                            a free list, head first
//   PCPSET n0 DMA32 cpu0 count=120 high=407 batch=31                          one cpu's page set
//   PCP n0 DMA32 cpu0 list3: 8168 10416                                       one of its lists, head first
//   END
//   PAGEBLOCKS n0 DMA32 start=4096 pageblock_order=9:UURRMM...                a letter per pageblock (may be left out)
//     s n0 DMA32 free=100416 nr=0,4,... pcp=194 high=407 batch=31 ...         counters at that moment (may be left out)
//
// Frame numbers are decimal. Zones stand in the file's order and everything else names a zone by its index. Lists that
// are empty are not printed. Numbers of migratetypes and of per-cpu lists are those of the kernel that printed them:
// 4 is Isolate, or CMA where the kernel has that type. Fields that are not listed here are passed over.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

inline constexpr u32 kPcpLists = 14;                    // NR_PCP_LISTS with huge pages: 3 types x orders 0..3, then 2
inline constexpr std::string_view kBlockLetters = "UMRHCI";  // Unmovable Movable Reclaimable HighAtomic CMA Isolate

struct DumpZone {
    u32 node = 0;
    std::string name;
    Pfn start;
    u32 spanned = 0;  // pages, as are all counts here
    u32 present = 0;
    u32 managed = 0;
    u32 min = 0;      // wmark=min,low,high, without the boost
    u32 low = 0;
    u32 high = 0;
    u32 boost = 0;
    u32 highatomic_reserved = 0;
    u32 flags = 0;
    std::vector<u32> lowmem_reserve;  // by zone type, as many as the kernel has
    bool contains(Pfn pfn) const { return pfn.value >= start.value && pfn.value - start.value < spanned; }
    friend bool operator==(const DumpZone&, const DumpZone&) = default;
};

struct DumpList {
    u32 zone = 0;
    Order order;
    u8 type = 0;
    std::vector<Pfn> pfns;  // head first, never empty
    friend bool operator==(const DumpList&, const DumpList&) = default;
};

struct DumpPcp {
    u32 zone = 0;
    u32 cpu = 0;
    u32 count = 0;  // pages: what the lists hold
    u32 high = 0;
    u32 batch = 0;
    std::array<std::vector<Pfn>, kPcpLists> lists;  // head first
    friend bool operator==(const DumpPcp&, const DumpPcp&) = default;
};

struct DumpBlocks {
    u32 zone = 0;
    Order order;          // pageblock_order
    std::string letters;  // of kBlockLetters; the first is of the block that holds the zone's first frame
    friend bool operator==(const DumpBlocks&, const DumpBlocks&) = default;
};

// A line `  s`: one zone's counters, and the page set of the cpu that printed them.
struct ZoneState {
    u32 zone = 0;
    u32 free_pages = 0;  // NR_FREE_PAGES without the cpus' own deltas
    std::array<u32, kNrPageOrders> nr_free{};
    u32 pcp_count = 0;
    u32 pcp_high = 0;
    u32 pcp_batch = 0;
    // Until 6.6 free_factor alone, since 6.7 the other four.
    std::optional<u32> free_factor;
    std::optional<u32> free_count;
    std::optional<u32> alloc_factor;
    std::optional<u32> high_min;
    std::optional<u32> high_max;
    friend bool operator==(const ZoneState&, const ZoneState&) = default;
};

struct KernelDump {
    u32 line = 0;  // of FREELISTS
    std::string label;
    std::vector<DumpZone> zones;
    std::vector<DumpList> lists;     // in the file's order: by zone, order, type
    std::vector<DumpPcp> pcps;       // by zone, cpu
    std::vector<DumpBlocks> blocks;  // by zone, or none at all
    std::vector<ZoneState> states;   // by zone, or none at all

    const DumpList* list(u32 zone, Order order, u8 type) const;  // null: empty
    const DumpPcp* pcp(u32 zone, u32 cpu) const;                 // null: no such page set
    // Whether `of_states`, printed at this moment, count the page sets of `cpu`.
    bool has_counts(u32 cpu, std::span<const ZoneState> of_states) const;
    // The first cpu whose page sets `states` count, which is the one that ran the module; nothing without states.
    std::optional<u32> printing_cpu() const;
};

// The order of the blocks on per-cpu list `index`: 0..3, then that of huge pages, which is pageblock_order.
Order pcp_list_order(u32 index, Order pageblock_order);

// The dumps of a file of dumps alone (capmod-snaps.txt). Errors: a line in no form above or torn, a dump without END,
// zones unknown or twice, numbers no kernel has, blocks that are misaligned, outside their zone or free twice.
Result<std::vector<KernelDump>> parse_kernel_dumps(std::string_view text);

}  // namespace mmscope
