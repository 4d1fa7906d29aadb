#include "mm/workingset.h"

#include <algorithm>

namespace mmscope {

namespace {

// A shadow: kShadow, PG_workingset, the node, the age.
constexpr u32 kWasWorkingset = 1U << 29, kNodeShift = 28, kAgeMask = (1U << kNodeShift) - 1;

}  // namespace

u32 Workingset::evict(Pfn pfn) {
    NodeData& node = node_of(pfn);
    if (!memory_.profile().has_workingset) return kNoPfn.value;
    const u32 age = static_cast<u32>(node.nonresident_age++) & kAgeMask;
    const bool was = memory_.frames().has_mark(pfn, page_mark::kWorkingset);
    return page_word::kShadow | (was ? kWasWorkingset : 0U) | u32{memory_.zone_of(pfn)->node} << kNodeShift | age;
}

// The pages that would have had to give way: the active ones, and all of the other kind.
u64 Workingset::size_to_keep_for(u32 node, bool is_file) const {
    const auto size = [&](LruList list) { return u64{memory_.lru_size(node, list)}; };
    u64 pages = size(LruList::active_file) + (is_file ? 0 : size(LruList::inactive_file));
    if (memory_.swap().free() != 0)
        pages += size(LruList::active_anon) + (is_file ? size(LruList::inactive_anon) : 0);
    return pages;
}

void Workingset::refault(Pfn pfn, u32 word) {
    if (!page_word::is_shadow(word)) return;
    const u32 number = word >> kNodeShift & 1;
    const bool is_of_file = is_file(pfn);
    const u32 kind = is_of_file ? 1 : 0;
    NodeData& node = memory_.node_data()[number];
    ++node.refaults[kind];
    const u32 distance = (static_cast<u32>(node.nonresident_age) - word) & kAgeMask;
    const u64 size = size_to_keep_for(number, is_of_file);
    const bool is_active = distance <= size;
    trace_.emit(TraceKind::workingset_refault, memory_.zone_of(pfn)->position, is_active ? 1 : 0, kind, pfn.value,
                distance, static_cast<u32>(size));
    if (!is_active) return;
    MappedPage page = memory_.frames().mapped(pfn);
    page.active = true;
    memory_.frames().set_mapped(pfn, page);
    ++node.nonresident_age;
    ++node.activations[kind];
    if ((word & kWasWorkingset) == 0) return;
    memory_.frames().set_mark(pfn, page_mark::kWorkingset, true);
    ++node.restores[kind];
    note_cost(memory_.zone_of(pfn)->node, is_of_file, 1, 0);
}

// What lies further back counts less: once the costs are a quarter of the lists, both are halved.
void Workingset::note_cost(u32 number, bool is_file, u32 io, u32 rotated) {
    constexpr u64 kCostOfIo = 32;  // SWAP_CLUSTER_MAX
    NodeData& node = memory_.node_data()[number];
    node.cost[is_file ? 1 : 0] += io * kCostOfIo + (memory_.profile().rotation_costs ? rotated : 0);
    u64 pages = 0;
    for (u32 list = 0; list < kLruLists; ++list) pages += memory_.lru_size(number, static_cast<LruList>(list));
    if (node.cost[0] + node.cost[1] <= pages / 4) return;
    for (u64& cost : node.cost) cost /= 2;
}

}  // namespace mmscope
