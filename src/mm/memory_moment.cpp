#include "mm/memory_moment.h"

#include "mm/page_alloc.h"

namespace mmscope {

u64 MemoryMoment::lru_pages() const {
    u64 sum = 0;
    for (const Zone& zone : zones)
        for (const u32 pages : zone.lru_size) sum += pages;
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
    moment.shmem = memory.mapping_table().resident(MappingKind::shmem);
    moment.file_pages = memory.mapping_table().resident(MappingKind::file) + moment.shmem;
    moment.mapped = memory.vmstat(VmCounter::nr_mapped);
    for (u32 node = 0; node < memory.nodes(); ++node)
        moment.huge_pages.push_back(memory.huge_pages_mapped(node) * memory.frames().pageblock_order().frames());
    moment.page_tables = memory.vmstat(VmCounter::nr_page_table_pages);
    moment.slab_reclaimable = memory.vmstat(VmCounter::nr_slab_reclaimable);
    moment.slab_unreclaimable = memory.vmstat(VmCounter::nr_slab_unreclaimable);
    return moment;
}

}  // namespace mmscope
