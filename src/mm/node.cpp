#include "mm/node.h"

#include <algorithm>

namespace mmscope {

namespace {

constexpr u32 kFrames4G = 1U << 20;
constexpr u32 kFrames3G = 3U << 18;
constexpr u32 kFrames3G5 = 7U << 17;
constexpr u32 kFramesDma = 0x1000;       // 16 MiB
constexpr u32 kLegacyHole = 0x9f;        // first frame of the BIOS and VGA window below 1 MiB
constexpr u32 kFirstMiB = 0x100;
constexpr u32 kFirmwareTail = 35;        // frames that firmware keeps at the end of RAM below 4 GiB
constexpr u32 kKernelImage = 8192;       // frames of text, data and early boot allocations

using Ranges = std::vector<FrameRange>;

u32 end_of(FrameRange range) { return range.start.value + range.frames; }

Ranges cut(const Ranges& ranges, u32 first, u32 end) {
    Ranges inside;
    for (const FrameRange range : ranges) {
        const u32 low = std::max(first, range.start.value);
        const u32 high = std::min(end, end_of(range));
        if (low < high) inside.push_back({{low}, high - low});
    }
    return inside;
}

u32 frames_of(const Ranges& ranges) {
    u32 sum = 0;
    for (const FrameRange range : ranges) sum += range.frames;
    return sum;
}

// The topmost `count` frames of `ranges`.
Ranges topmost(const Ranges& ranges, u32 count) {
    Ranges top;
    for (auto range = ranges.rbegin(); range != ranges.rend() && count != 0; ++range) {
        const u32 taken = std::min(count, range->frames);
        top.insert(top.begin(), {{end_of(*range) - taken}, taken});
        count -= taken;
    }
    return top;
}

// RAM as the firmware reports it, holes as in node.h. 32 bits without PAE reach no further than 4 GiB.
Ranges present_ranges(Arch arch, u64 ram_frames) {
    const bool split = ram_frames >= kFrames3G5;
    const u32 low = split ? kFrames3G : static_cast<u32>(ram_frames);
    Ranges ranges = {{{1}, kLegacyHole - 1}, {{kFirstMiB}, low - kFirmwareTail - kFirstMiB}};
    if (split && arch != Arch::x86_32) ranges.push_back({{kFrames4G}, static_cast<u32>(ram_frames - kFrames3G)});
    return ranges;
}

// The first frame of node 1: behind the first 4 GiB of RAM, or half of it where there is no more than that.
u32 node_boundary(u64 ram_frames) {
    const u32 first = ram_frames > kFrames4G ? kFrames4G : static_cast<u32>(ram_frames / 2);
    const bool split = ram_frames >= kFrames3G5;
    if (split && first > kFrames3G) return kFrames4G + (first - kFrames3G);
    return first;
}

struct ZoneSpan {
    u32 start;
    u32 end;
};

ZoneSpan span_of(ZoneType type, Arch arch, const Profile& profile) {
    constexpr u32 kTop = 0xffffffffU;
    const u32 highmem = profile.highmem_start(arch);
    switch (type) {
        case ZoneType::dma: return {1, kFramesDma};
        case ZoneType::dma32: return {kFramesDma, kFrames4G};
        case ZoneType::normal: return arch == Arch::x86_64 ? ZoneSpan{kFrames4G, kTop} : ZoneSpan{kFramesDma, highmem};
        case ZoneType::highmem: return {highmem, kTop};
        default: return {0, 0};
    }
}

// A zone spans what its own limits and its node's leave, up to the last frame of either, holes included.
ZoneLayout lay_out_zone(ZoneType type, u8 index, u8 node, const Ranges& node_ranges, ZoneSpan limits) {
    ZoneLayout zone;
    zone.type = type;
    zone.index = index;
    zone.node = node;
    zone.present = cut(node_ranges, limits.start, limits.end);
    if (zone.present.empty()) return zone;
    zone.start = {std::max(limits.start, node_ranges.front().start.value)};
    zone.spanned = std::min(limits.end, end_of(node_ranges.back())) - zone.start.value;
    return zone;
}

void reserve(std::vector<ZoneLayout>& zones) {
    ZoneLayout* top = nullptr;
    for (ZoneLayout& zone : zones) {
        if (zone.present.empty()) continue;
        if (zone.type == ZoneType::dma) {
            zone.reserved = cut(zone.present, 0, kFirstMiB);
        } else {
            zone.reserved = topmost(zone.present, frames_of(zone.present) / 64);
            top = &zone;
        }
    }
    if (top == nullptr) return;
    // A small topmost zone cannot give 8,192 frames: it gives at most half of what it has.
    const u32 present = frames_of(top->present);
    top->reserved = topmost(top->present, present / 64 + std::min(kKernelImage, present / 2));
}

}  // namespace

const std::vector<ZoneType>& zone_types(Arch arch) {
    static const std::vector<ZoneType> k64 = {ZoneType::dma, ZoneType::dma32, ZoneType::normal, ZoneType::movable,
                                              ZoneType::device};
    static const std::vector<ZoneType> k32 = {ZoneType::dma, ZoneType::normal, ZoneType::highmem, ZoneType::movable};
    return arch == Arch::x86_64 ? k64 : k32;
}

Order pageblock_order(Arch arch) { return {static_cast<u8>(arch == Arch::x86_32 ? 10 : 9)}; }

std::vector<ZoneLayout> machine_layout(Arch arch, u64 ram_frames, u32 nodes, const Profile& profile) {
    const Ranges present = present_ranges(arch, ram_frames);
    std::vector<ZoneLayout> zones;
    for (u8 node = 0; node < nodes; ++node) {
        const u32 boundary = node_boundary(ram_frames);
        Ranges own = present;
        if (nodes == 2) own = node == 0 ? cut(present, 0, boundary) : cut(present, boundary, 0xffffffffU);
        u8 index = 0;
        for (const ZoneType type : zone_types(arch))
            zones.push_back(lay_out_zone(type, index++, node, own, span_of(type, arch, profile)));
    }
    reserve(zones);
    return zones;
}

}  // namespace mmscope
