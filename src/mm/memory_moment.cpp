#include "mm/memory_moment.h"

#include "mm/page_alloc.h"

namespace mmscope {

namespace {

HugetlbCounts hugetlb_counts(const PageAllocator& memory, const HugetlbPool& pool, u32 node) {
    HugetlbCounts counts;
    for (const HugetlbPage& page : pool.pages) counts.total += memory.zone_of(page.head)->node == node ? 1 : 0;
    for (const Pfn head : pool.free) counts.unused += memory.zone_of(head)->node == node ? 1 : 0;
    counts.surplus = node == 0 ? pool.surplus : 0;
    return counts;
}

}  // namespace

u64 MemoryMoment::lru_pages() const {
    u64 sum = 0;
    for (const Zone& zone : zones)
        for (const u32 pages : zone.lru_size) sum += pages;
    return sum;
}

MemoryMoment::PageStates MemoryMoment::pages() const {
    PageStates sum;
    for (const PageStates& node : page_states) {
        sum.file_pages += node.file_pages;
        sum.shmem += node.shmem;
        sum.mapped += node.mapped;
        sum.page_tables += node.page_tables;
        sum.huge_pages += node.huge_pages;
    }
    return sum;
}

MemoryMoment memory_moment(const PageAllocator& memory) {
    MemoryMoment moment;
    moment.zones = memory.zones();
    for (const PerCpuPages& pages : memory.all_pcp()) moment.on_cpu_lists.push_back(pages.count);
    for (const NodeData& node : memory.node_data()) moment.kswapd_failures.push_back(node.kswapd_failures);
    moment.swap_total = memory.swap().total();
    moment.swap_free = memory.swap().free();
    moment.swap_cached = memory.swap().cached_pages();
    for (u32 node = 0; node < memory.nodes(); ++node) {
        const HugetlbPools& pools = memory.processes().hugetlb;
        const auto state = [&](VmCounter gauge) { return memory.node_page_state(gauge, node); };
        moment.page_states.push_back({state(VmCounter::nr_file_pages), state(VmCounter::nr_shmem),
                                      state(VmCounter::nr_mapped), state(VmCounter::nr_page_table_pages),
                                      memory.huge_pages_mapped(node) * memory.frames().pageblock_order().frames(),
                                      {hugetlb_counts(memory, pools.pool(1), node),
                                       hugetlb_counts(memory, pools.pool(2), node)}});
    }
    moment.slab_reclaimable = memory.vmstat(VmCounter::nr_slab_reclaimable);
    moment.slab_unreclaimable = memory.vmstat(VmCounter::nr_slab_unreclaimable);
    return moment;
}

}  // namespace mmscope
