// Machine::state_hash: everything that a later command can depend on, room by room.
#include "play/machine.h"

#include <type_traits>

#include "play/digest.h"

namespace mmscope {

namespace {

void hash_zone(const Zone& zone, Digest* digest) {
    digest->add(zone.start.value);
    digest->add(zone.spanned);
    digest->add(zone.present);
    digest->add(zone.managed);
    digest->add(zone.free_pages);
    digest->add(zone.nr_free_pages);
    digest->add(zone.nr_reserved_highatomic);
    digest->add(u64{zone.is_boosted} | u64{zone.is_below_high} << 1 | u64{zone.is_reclaim_active} << 2 |
                u64{zone.compaction.flushes_skips} << 3 | u64{zone.compaction.defer_shift} << 8 |
                u64{zone.compaction.order_failed} << 16 | u64{zone.compaction.considered} << 32);
    digest->add(zone.compaction.migrate_pfn[0] | u64{zone.compaction.migrate_pfn[1]} << 32);
    digest->add(zone.compaction.free_pfn);
    digest->add(zone.lru_size, sizeof zone.lru_size);
    digest->add(zone.boost);
    digest->add(zone.pages_allocated);
    digest->add(zone.pages_freed);
    digest->add(zone.numa_hit);
    digest->add(zone.numa_miss);
    if (zone.numa_foreign != 0) digest->add(zone.numa_foreign);
    digest->add(zone.watermark, sizeof zone.watermark);
    digest->add(zone.lowmem_reserve, sizeof zone.lowmem_reserve);
    digest->add(zone.area.count, sizeof zone.area.count);
}

void hash_daemons(const NodeData& node, Digest* digest) {
    digest->add(u64{node.kswapd_is_awake} | u64{node.kswapd_order.value} << 8 | u64{node.kswapd_highest_index} << 16 |
                u64{node.kswapd_failures} << 24 | u64{node.kcompactd_order.value} << 32 |
                u64{node.kcompactd_highest_index} << 40);
    digest->add(node.nonresident_age);
    for (const auto* pair : {&node.cost, &node.refaults, &node.activations, &node.restores, &node.activations_seen})
        digest->add(pair->data(), sizeof *pair);
    for (const Pfn pfn : node.split_queue) digest->add(pfn.value);
    if (node.split_put_off != 0) digest->add(node.split_put_off);
}

void hash_mappings(const MappingTable& table, Digest* digest) {
    for (const Mapping& mapping : table.mappings) {
        digest->add(u64{mapping.pages} | u64{mapping.call} << 32);
        digest->add(mapping.dirtied_at);
        digest->add(u64{mapping.resident} | u64{mapping.is_gone} << 32 | u64{mapping.is_promised} << 40 | static_cast<u64>(mapping.kind) << 33);
    }
    for (const TmpfsFile& file : table.tmpfs) {
        digest->add(file.path.data(), file.path.size());
        digest->add(u64{file.mapping} << 1 | u64{file.is_linked});
    }
    digest->add(table.frame.data(), table.frame.size() * sizeof(u32));
    digest->add(table.killed_by);
    digest->add(table.dirty.data(), table.dirty.size() * sizeof(u32));
    digest->add(table.seconds << 2 | static_cast<u64>(table.flusher));
}

void hash_swap(const SwapSpace& space, Digest* digest) {
    for (const SwapArea& area : space.areas()) {
        digest->add(u64{area.is_used} | u64{area.slots} << 1 | u64{static_cast<u32>(area.priority)} << 32);
        digest->add(u64{area.next} | u64{area.used} << 32);
    }
    digest->add(space.order().data(), space.order().size());
    digest->add(space.counts().data(), space.counts().size() * sizeof(u16));
    digest->add(space.words().data(), space.words().size() * sizeof(u32));
}

void hash_hugetlb(const HugetlbPools& pools, Digest* digest) {
    for (const HugetlbPool& pool : pools.pools) {
        for (const HugetlbPage& page : pool.pages) digest->add(page.head.value | u64{page.mapcount} << 32);
        for (const Pfn head : pool.free) digest->add(head.value);
        if (pool.pages.empty() && pool.next_node_to_alloc == 0) continue;
        digest->add(pool.reserved | u64{pool.surplus} << 32);
        digest->add(pool.next_node_to_alloc | u64{pool.next_node_to_free} << 32);
    }
    for (const HugetlbFile& file : pools.files) digest->add(file.used.data(), file.used.size());
}

void hash_processes(const ProcessTable& table, Digest* digest) {
    for (const Process& process : table.processes)
        digest->add((u64{process.mm} << 32 | process.parent) ^ static_cast<u64>(process.oom_score_adj) << 16);
    for (const OomKill& kill : table.oom_kills) {
        digest->add(u64{kill.call} << 32 | static_cast<u32>(kill.end));
        digest->add(kill.has_victim() ? kill.tasks[kill.victim].pid : 0);
    }
    for (const Mm& mm : table.mms) {
        digest->add(mm.context_id);
        digest->add(mm.tlb_generation);
        digest->add(mm.brk | u64{mm.has_huge_zero_page} << 63);
        for (const Vma& area : mm.areas) {
            if (area.is_hugetlb())
                digest->add(area.huge_file | u64{area.huge_height} << 32 | static_cast<u64>(area.reserve) << 40);
            digest->add(area.start);
            digest->add(area.end);
            digest->add(area.flags | u64{area.file} << 32);
            digest->add(area.pgoff ^ u64{area.anon_vma} << 40);
        }
    }
    for (const Mm& mm : table.mms)
        for (const DepositedTable& waiting : mm.deposited) digest->add(u64{waiting.slot} << 32 | waiting.pfn.value);
    hash_hugetlb(table.hugetlb, digest);
    if (table.huge_zero_page != kNoPfn) digest->add(table.huge_zero_page.value | table.huge_zero_put_off << 32);
    digest->add(table.tables.words().data(), table.tables.words().size() * sizeof(u64));
    digest->add(table.tables.frames().data(), table.tables.frames().size() * sizeof(u32));
    for (const CpuTlb& cpu : table.cpus) {
        digest->add(u64{cpu.loaded_mm} | u64{cpu.asid} << 32 | u64{cpu.next_asid} << 40 | u64{cpu.is_lazy} << 48);
        for (const CpuTlb::Context& context : cpu.contexts) digest->add(context.id ^ context.generation << 32);
        if (!cpu.tlb) continue;
        digest->add(cpu.tlb->keys().data(), cpu.tlb->keys().size() * sizeof(u64));
        digest->add(cpu.tlb->order().data(), cpu.tlb->order().size() * sizeof(u64));
    }
    digest->add(table.committed);
}

void hash_classic(const ClassicCache& cache, Digest* digest) {
    const auto add_array = [&](const ArrayCache& array) {
        digest->add(array.objects.data(), array.objects.size() * sizeof(ObjectAddress));
        digest->add(u64{array.limit} | u64{array.is_touched} << 32);
    };
    digest->add(cache.lists.data(), sizeof cache.lists);
    for (const ArrayCache& array : cache.arrays) add_array(array);
    add_array(cache.shared);
    digest->add(u64{cache.free_objects} | u64{cache.colour_next} << 32);
    digest->add(u64{cache.used} | u64{cache.spare} << 32);
    digest->add(cache.next_reap << 1 | u64{cache.is_free_touched});
}

void hash_heap(const Heap& heap, Digest* digest) {
    Heap::for_each_array(heap, [&](const auto& array) {
        using Item = typename std::remove_cvref_t<decltype(array)>::value_type;
        static_assert(std::has_unique_object_representations_v<Item>, "equal items are equal bytes");
        digest->add(array.data(), array.size() * sizeof(Item));
    });
    const Heap::Rest rest = heap.rest();
    for (const SlabCache& cache : rest.slab.caches) {
        digest->add((u64{cache.used} | u64{static_cast<u32>(cache.users)} << 32) ^ u64{cache.is_destroyed} << 63);
        digest->add(u64{cache.spare} | u64{cache.is_unlinked} << 32);
    }
    digest->add(rest.slab.prng.state());
    rest.slab.debug.for_each_number([&](u64 number) { digest->add(number); });
    digest->add(rest.kmalloc.requested_sums.data(), sizeof rest.kmalloc.requested_sums);
    digest->add(rest.kmalloc.large_use.requested);
    for (const ClassicCache& cache : rest.classic) hash_classic(cache, digest);
    digest->add(rest.vmalloc.nr_pages ^ u64{rest.vmalloc.lazy_pages} << 40 ^ u64{rest.last_kmap} << 20);
    for (const NamedCache& name : rest.names) {
        digest->add(name.name.data(), name.name.size());
        digest->add(u64{name.cache.value} | u64{name.destroyed_by} << 32);
        digest->add(u64{name.call} | u64{name.object_size} << 32);
    }
}

void hash_pcp(const PerCpuPages& pages, Digest* digest) {
    digest->add(pages.count | u64{pages.high} << 32);
    digest->add(pages.free_count | u64{static_cast<u32>(pages.free_diff)} << 32);
    digest->add(pages.free_factor | u32{pages.alloc_factor} << 8 | u32{pages.was_high_order} << 16);
}

}  // namespace

u64 Machine::state_hash() const {
    Digest digest;
    const FrameTable& frames = memory_.frames();
    digest.add(frames.states(), frames.frames());
    digest.add(frames.links(), u64{frames.link_count()} * sizeof(FrameLink));
    digest.add(frames.pageblock_types(), frames.pageblock_entries());
    for (const Zone& zone : memory_.zones()) hash_zone(zone, &digest);
    for (const PerCpuPages& pages : memory_.all_pcp()) hash_pcp(pages, &digest);
    for (const NodeData& node : memory_.node_data()) {
        hash_daemons(node, &digest);
        if (memory_.node_data().size() > 1) digest.add(node.events.data(), sizeof node.events);  // one node: the sums
    }
    if (heap_.made() != nullptr && !heap_.made()->is_fresh()) hash_heap(*heap_.made(), &digest);
    hash_mappings(memory_.mapping_table(), &digest);
    hash_processes(memory_.processes(), &digest);
    hash_swap(memory_.swap(), &digest);
    digest.add(frames.swap_words().data(), frames.swap_words().size() * sizeof(u32));
    digest.add(frames.mark_bytes().data(), frames.mark_bytes().size());
    digest.add(frames.mapcount_words().data(), frames.mapcount_words().size() * sizeof(u32));
    digest.add(frames.mapped_words().data(), frames.mapped_words().size() * sizeof(u32));
    // Machines that never had to do with huge pages keep the digests that they had before there were any.
    const PageAllocator::Counted& counted = memory_.counted();
    const u32 first_thp = static_cast<u32>(VmCounter::nr_anon_transparent_hugepages);
    digest.add(counted.data(), first_thp * sizeof counted[0]);
    for (u32 at = first_thp; at < kVmCounters; ++at)
        if (counted[at] != 0) digest.add(u64{at} << 48 | counted[at]);
    if (memory_.sysctl().thp() != memory_.boot_thp()) digest.add(memory_.sysctl().transparent_hugepage);
    const VmSysctl& sysctl = memory_.sysctl();
    digest.add(sysctl.min_free_kbytes);
    digest.add(sysctl.watermark_scale_factor);
    digest.add(sysctl.lowmem_reserve_ratio.data(), sizeof sysctl.lowmem_reserve_ratio);
    digest.add(sysctl.percpu_pagelist_high_fraction);
    digest.add(sysctl.watermark_boost_factor);
    digest.add(sysctl.overcommit_memory | u64{sysctl.overcommit_ratio} << 32);
    digest.add(sysctl.dirty_background_ratio | u64{sysctl.dirty_ratio} << 32);
    digest.add(sysctl.dirty_writeback_centisecs | u64{sysctl.dirty_expire_centisecs} << 32);
    digest.add(sysctl.swappiness | u64{sysctl.panic_on_oom} << 32);
    if (sysctl.nr_hugepages != 0) digest.add(sysctl.nr_hugepages);
    digest.add(prng_.state());
    digest.add(seconds_);
    return digest.value();
}

}  // namespace mmscope
