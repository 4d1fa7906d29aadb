// How a machine's memory stood at one moment: all that the kernel's log says of it in a Mem-Info block (show_mem).
//
// The numbers of the zones and of the lists above them, without the frames: some kilobytes. Taken when the kernel
// complains, because afterwards what it complained about may be gone.
#pragma once

#include <vector>

#include "mm/hugetlb_pool.h"
#include "mm/zone.h"

namespace mmscope {

class PageAllocator;

struct MemoryMoment {
    std::vector<Zone> zones;
    std::vector<u32> on_cpu_lists;    // pages, zone by zone and CPU by CPU
    std::vector<u8> kswapd_failures;  // node by node
    struct PageStates {               // of a node (PageAllocator::node_page_state)
        u64 file_pages = 0, shmem = 0, mapped = 0, page_tables = 0;
        u64 huge_pages = 0;  // in huge pages that are mapped as a whole
        std::array<HugetlbCounts, kHugePageSizes> hugetlb{};  // by height - 1
    };
    std::vector<PageStates> page_states;  // node by node
    u64 swap_total = 0, swap_free = 0, swap_cached = 0;
    u64 slab_reclaimable = 0, slab_unreclaimable = 0;

    u32 cpus() const { return zones.empty() ? 0 : static_cast<u32>(on_cpu_lists.size() / zones.size()); }
    u32 on_cpu_list(const Zone& zone, u32 cpu) const { return on_cpu_lists[zone.position * cpus() + cpu]; }
    u64 on_all_cpu_lists(const Zone& zone) const {
        u64 sum = 0;
        for (u32 cpu = 0; cpu < cpus(); ++cpu) sum += on_cpu_list(zone, cpu);
        return sum;
    }
    u64 lru_pages() const;      // on all lists
    PageStates pages() const;   // of all nodes
    u64 bytes() const {
        return zones.size() * sizeof(Zone) + on_cpu_lists.size() * sizeof(u32) + kswapd_failures.size() +
               page_states.size() * sizeof(PageStates);
    }
};

MemoryMoment memory_moment(const PageAllocator& memory);

}  // namespace mmscope
