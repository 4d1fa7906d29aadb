// Where a machine's memory lies: nodes, their zones' spans, and the holes between.
//
// One rule for every script's machine, that of the QEMU machines behind the fixtures: absent are pfn 0, the
// legacy hole 0x9f..0xff, the last 35 frames of RAM below 4 GiB, and the PCI hole; RAM of 3.5 GiB and more is
// 3 GiB low and the rest from 4 GiB. Reserved (present, not managed) are the first MiB, 1/64 of every other
// zone for its struct pages, and 8,192 frames of the topmost for the kernel's image.
#pragma once

#include <vector>

#include "mm/zone.h"

namespace mmscope {

struct FrameRange {
    Pfn start;
    u32 frames = 0;
};

// One zone's place before there are frames: what is present and which of that is never managed.
struct ZoneLayout {
    ZoneType type = ZoneType::normal;
    u8 index = 0;
    u8 node = 0;
    Pfn start;
    u32 spanned = 0;
    std::vector<FrameRange> present;   // ascending
    std::vector<FrameRange> reserved;  // ascending, inside `present`
};

// The zones of `arch` in index order for each node in turn, unpopulated ones included (x86_64: DMA, DMA32,
// Normal, Movable, Device; x86_32: DMA, Normal, HighMem, Movable). ram_frames >= 4,096; nodes 1 or 2.
// Where HighMem begins is the profile's.
std::vector<ZoneLayout> machine_layout(Arch arch, u64 ram_frames, u32 nodes, const Profile& profile = profile_6_12());

// Zone types of `arch` by index.
const std::vector<ZoneType>& zone_types(Arch arch);
Order pageblock_order(Arch arch);  // 9; 10 on x86_32 without PAE

}  // namespace mmscope
