#include "play/free_frames.h"

#include <algorithm>

namespace mmscope {

FreeFrames::FreeFrames(const KernelDump& dump) {
    for (const DumpZone& zone : dump.zones) {
        const u32 end = zone.start.value + zone.spanned;
        if (frames_.size() < end) frames_.resize(end, kOutside);
        std::fill(frames_.begin() + zone.start.value, frames_.begin() + end, kUsed);
    }
    for (const DumpList& list : dump.lists)
        for (const Pfn pfn : list.pfns) give(pfn, list.order);
    const Order pageblock = dump.blocks.empty() ? Order{9} : dump.blocks[0].order;
    for (const DumpPcp& pcp : dump.pcps)
        for (u32 list = 0; list < kPcpLists; ++list)
            for (const Pfn pfn : pcp.lists[list]) give(pfn, pcp_list_order(list, pageblock));
}

bool FreeFrames::has_frames(Pfn pfn, Order order) const {
    if (pfn.value >= frames_.size() || frames_.size() - pfn.value < order.frames()) return false;
    const auto first = frames_.begin() + pfn.value;
    return std::find(first, first + order.frames(), kOutside) == first + order.frames();
}

u32 FreeFrames::change(Pfn pfn, Order order, u8 to) {
    u32 already = 0;
    for (u32 at = pfn.value; at < pfn.value + order.frames(); ++at) {
        already += frames_[at] == to;
        frames_[at] = to;
    }
    return already;
}

u32 FreeFrames::count() const { return static_cast<u32>(std::count(frames_.begin(), frames_.end(), kFree)); }

u32 FreeFrames::count_also_in(const FreeFrames& other) const {
    u32 both = 0;
    for (std::size_t at = 0; at < std::min(frames_.size(), other.frames_.size()); ++at)
        both += frames_[at] == kFree && other.frames_[at] == kFree;
    return both;
}

}  // namespace mmscope
