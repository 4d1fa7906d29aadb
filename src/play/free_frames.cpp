#include "play/free_frames.h"

#include <algorithm>

namespace mmscope {

FreeFrames::FreeFrames(const KernelDump& dump) {
    u32 frames = 0;
    for (const DumpZone& zone : dump.zones) {
        zones_.push_back({zone.start, zone.start + zone.spanned});
        frames = std::max(frames, zones_.back().end.value);
    }
    is_free_.resize(frames);
    for (const DumpList& list : dump.lists)
        for (const Pfn pfn : list.pfns) give(pfn, list.order);
    const Order pageblock = dump.blocks.empty() ? Order{9} : dump.blocks[0].order;
    for (const DumpPcp& pcp : dump.pcps)
        for (u32 list = 0; list < kPcpLists; ++list)
            for (const Pfn pfn : pcp.lists[list]) give(pfn, pcp_list_order(list, pageblock));
}

bool FreeFrames::has_block(Pfn pfn, Order order) const {
    if (block_start(pfn, order) != pfn) return false;
    return std::any_of(zones_.begin(), zones_.end(), [&](const Span& zone) {
        return zone.start <= pfn && pfn < zone.end && zone.end - pfn >= order.frames();
    });
}

u32 FreeFrames::change(Pfn pfn, Order order, u8 to) {
    u32 already = 0;
    for (u32 at = pfn.value; at < pfn.value + order.frames(); ++at) {
        already += is_free_[at] == to;
        is_free_[at] = to;
    }
    return already;
}

u32 FreeFrames::count() const { return static_cast<u32>(std::count(is_free_.begin(), is_free_.end(), 1)); }

u32 FreeFrames::count_also_in(const FreeFrames& other) const {
    u32 both = 0;
    for (std::size_t at = 0; at < std::min(is_free_.size(), other.is_free_.size()); ++at)
        both += is_free_[at] & other.is_free_[at];
    return both;
}

}  // namespace mmscope
