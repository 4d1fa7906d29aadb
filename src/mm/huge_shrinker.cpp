// What reclaim takes of huge pages besides those on LRU lists, and check() of all of them.
#include <algorithm>

#include "mm/huge_memory.h"

namespace mmscope {

namespace {

constexpr u64 kShrinkBatch = 128;  // SHRINK_BATCH
constexpr u64 kDefaultSeeks = 2;

// do_shrink_slab: of `freeable` things a share is looked at that grows as the priority falls, in batches or all of
// them at once; what is too little for that is put off. scan(most) gives how many it looked at; 0: it stops.
template <class Scan>
void shrink_by_share(u64 freeable, u32 priority, u64* put_off, Scan scan) {
    if (freeable == 0) return;
    const u64 before = *put_off, more = (freeable >> priority) * 4 / kDefaultSeeks;
    const u64 batch = std::min(kShrinkBatch, freeable);
    u64 left = std::min((before >> priority) + more, 2 * freeable), scanned = 0;
    while (left >= batch) {
        const u64 looked_at = scan(std::min(kShrinkBatch, left));
        if (looked_at == 0) break;
        left -= std::min(left, looked_at);
        scanned += looked_at;
    }
    const u64 all = before + more;
    *put_off = std::min(all > scanned ? all - scanned : 0, 2 * freeable);
}

}  // namespace

// deferred_split_scan: the oldest first.
u64 HugePages::shrink_queue(u32 node, u64 most) {
    u64 split = 0;
    const std::vector<Pfn>& queue = memory_.node_data()[node].split_queue;
    for (; split < most && !queue.empty(); ++split) split_page(queue.front(), Place::on_list);
    return split;
}

// shrink_huge_zero_page_scan.
u64 HugePages::shrink_zero_page() {
    ProcessTable& table = memory_.processes();
    const Pfn pfn = table.huge_zero_page;
    if (pfn == kNoPfn) return 0;
    table.huge_zero_page = kNoPfn;
    memory_.free_isolated(pfn, memory_.frames().pageblock_order(), cpu_, trace_);
    return memory_.frames().pageblock_order().frames();
}

void HugePages::shrink(u32 node, u32 priority) {
    NodeData& data = memory_.node_data()[node];
    shrink_by_share(data.split_queue.size(), priority, &data.split_put_off,
                    [&](u64 most) { return shrink_queue(node, most); });
    ProcessTable& table = memory_.processes();
    if (table.huge_zero_page == kNoPfn) return;
    for (const Mm& mm : table.mms)
        if (mm.has_huge_zero_page) return;
    shrink_by_share(memory_.frames().pageblock_order().frames(), priority, &table.huge_zero_put_off,
                    [&](u64) { return shrink_zero_page(); });
}

std::string check_huge_pages(const PageAllocator& memory) {
    const FrameTable& frames = memory.frames();
    if (frames.mapcount_words().empty()) return "";
    const auto where = [](Pfn pfn) { return " (pfn " + std::to_string(pfn.value) + ")"; };
    for (u32 pfn = 0; pfn < frames.frames(); pfn += frames.pageblock_order().frames()) {
        const Pfn head{pfn};
        if (!frames.is_huge(head)) continue;
        const u32 mapped = frames.mapped_pages(head);
        if (mapped == 0) return "nobody maps a huge page" + where(head);
        if (!frames.swap_entry(head).is_none()) return "a huge page is in the swap cache" + where(head);
        const std::vector<Pfn>& queue = memory.node_data()[memory.zone_of(head)->node].split_queue;
        const auto times = std::count(queue.begin(), queue.end(), head);
        if (times != (mapped < frames.folio_pages(head) ? 1 : 0))
            return "a huge page of which a part is unmapped is not queued once, or another is" + where(head);
    }
    u32 users = 0;
    for (const NodeData& node : memory.node_data())
        for (const Pfn head : node.split_queue)
            if (!frames.is_huge(head)) return "no huge page stands on the split queue" + where(head);
    for (const Mm& mm : memory.processes().mms) users += mm.has_huge_zero_page ? 1 : 0;
    return users != 0 && memory.processes().huge_zero_page == kNoPfn ? "the huge page of zeroes is used and gone" : "";
}

}  // namespace mmscope
