// The Mem-Info block of the kernel's log: how the memory stood when the kernel complained (show_mem, 2.6 to 7.2).
//
//   Mem-Info:
//   active_anon:59294 inactive_anon:0 isolated_anon:0      totals of the machine, in pages
//   Node 0 active_anon:237176kB ... all_unreclaimable? yes  one line a node, in kB
//   Node 0 DMA free:1032kB boost:0kB min:120kB ...          one line a zone, in kB; marks with their boost
//   lowmem_reserve[]: 0 231 231 231 231                     of the zone above it, in pages
//   Node 0 DMA: 1*4kB (M) 0*8kB ... = 1028kB                free blocks by order, with the types that have any
//   5886 total pagecache pages                              and what else the machine has
//
// Which counters a line has differs from kernel to kernel: they are ordered lists of names and numbers, as read;
// mem_info_layout.h knows each kernel's. Zone lines and free lists name their node only on kernels with CONFIG_NUMA.
// Zones above what the request could use are missing from 6.1 on, and so are zones without memory everywhere.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "procfs/ram_and_swap.h"

namespace mmscope {

struct MemInfo {
    struct Counter {
        std::string name;
        u64 value = 0;
        friend bool operator==(const Counter&, const Counter&) = default;
    };
    using Counters = std::vector<Counter>;

    // "CPU    0: hi:  186, btch:  31 usd:  12" (2.6): one CPU's list of the zone, in pages.
    struct CpuList {
        u32 cpu = 0;
        u64 high = 0, batch = 0, used = 0;
        friend bool operator==(const CpuList&, const CpuList&) = default;
    };
    struct ZoneName {
        std::optional<u32> node;  // only with CONFIG_NUMA
        std::string zone;
        friend bool operator==(const ZoneName&, const ZoneName&) = default;
    };
    struct CpuLists {
        ZoneName of;
        std::vector<CpuList> cpus;
        friend bool operator==(const CpuLists&, const CpuLists&) = default;
    };
    struct Node {
        u32 node = 0;
        Counters counters;  // kB
        bool all_unreclaimable = false;
        Counters behind;                // what 7.2 prints after all_unreclaimable
        bool blank_before_thp = false;  // "shmem_thp: 0kB", 6.1 and older
        friend bool operator==(const Node&, const Node&) = default;
    };
    struct Zone {
        ZoneName of;
        Counters counters;                      // kB
        std::optional<bool> all_unreclaimable;  // 2.6, where no node has a line
        std::vector<u64> lowmem_reserve;        // pages, by the zone index that a request may use
        friend bool operator==(const Zone&, const Zone&) = default;
    };
    struct Blocks {
        u64 count = 0;
        std::string types;  // letters of the migratetypes that have any: U M E H C I; none in 2.6
        friend bool operator==(const Blocks&, const Blocks&) = default;
    };
    struct FreeLists {
        ZoneName of;
        std::array<Blocks, kNrPageOrders> orders;
        u64 total = 0;  // kB
        friend bool operator==(const FreeLists&, const FreeLists&) = default;
    };
    struct HugePages {
        u32 node = 0;
        u64 total = 0, free = 0, surplus = 0;
        u64 size = 0;  // kB
        friend bool operator==(const HugePages&, const HugePages&) = default;
    };

    std::vector<CpuLists> cpu_lists;
    std::vector<Counters> totals;  // line by line, in pages
    std::vector<Node> nodes;
    std::vector<Zone> zones;
    std::vector<FreeLists> free_lists;
    std::vector<HugePages> huge_pages;
    RamAndSwap machine;
    friend bool operator==(const MemInfo&, const MemInfo&) = default;
};

// The counter of this name; null if the kernel prints none.
const u64* find_counter(const MemInfo::Counters& counters, std::string_view name);
u64 counter_or_zero(const MemInfo::Counters& counters, std::string_view name);

// Reads what follows the line "Mem-Info:", at which `lines` stands, and stops behind the block. Lines of others in
// between are passed over; their numbers go to `skipped`. Errors: numbers, units, sizes, a block that is cut off.
Result<MemInfo> parse_mem_info(LogLines& lines, std::vector<u32>* skipped = nullptr);
void print_mem_info(const MemInfo& info, std::string* out);

}  // namespace mmscope
