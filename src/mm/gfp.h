// Allocation flags: names, values, and what they permit.
//
// Inside the engine a mask always has the bits of Linux 6.12 (`gfp::k...`); names of the 2.6 era are accepted
// and mean what they meant (`__GFP_WAIT` is `__GFP_RECLAIM`, `__GFP_REPEAT` is `__GFP_RETRY_MAYFAIL`). Two
// names have no bit today and get one that no kernel prints: `__GFP_COLD` and `__GFP_NO_GROW`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"
#include "mm/page.h"
#include "mm/profile.h"

namespace mmscope {

enum class ZoneType : u8 { dma, dma32, normal, highmem, movable, device };
inline constexpr u32 kZoneTypes = 6;
inline constexpr const char* kZoneNames[kZoneTypes] = {"DMA", "DMA32", "Normal", "HighMem", "Movable", "Device"};

struct Gfp {
    u32 bits = 0;
    constexpr bool has(u32 flag) const { return (bits & flag) != 0; }
    friend constexpr bool operator==(Gfp, Gfp) = default;
};

namespace gfp {
inline constexpr u32 kDma = 0x1, kHighmem = 0x2, kDma32 = 0x4, kMovable = 0x8, kReclaimable = 0x10, kHigh = 0x20, kIo = 0x40,
                     kFs = 0x80, kZero = 0x100, kAtomic = 0x200, kDirectReclaim = 0x400, kKswapdReclaim = 0x800, kWrite = 0x1000,
                     kNowarn = 0x2000, kRetryMayfail = 0x4000, kNofail = 0x8000, kNoretry = 0x10000, kMemalloc = 0x20000,
                     kComp = 0x40000, kNomemalloc = 0x80000, kHardwall = 0x100000, kThisnode = 0x200000, kAccount = 0x400000,
                     kCold = 0x40000000, kNoGrow = 0x80000000;
inline constexpr u32 kReclaim = kDirectReclaim | kKswapdReclaim;
inline constexpr u32 kKernel = kReclaim | kIo | kFs;
}  // namespace gfp

// The mask that one name stands for in this kernel ("GFP_KERNEL", "__GFP_WAIT"); nothing for an unknown name.
std::optional<Gfp> gfp_from_name(std::string_view name, const Profile& profile);
// Every name that gfp_from_name knows, for suggestions and completion.
const std::string_view* gfp_names(u32* count);
// "GFP_KERNEL|__GFP_COMP": the largest composite first, then single flags in the kernel's order (%pGg of 6.1 and 6.12).
std::string gfp_to_text(Gfp mask, const Profile& profile);

// The rule that a mask breaks, if it breaks one (gfp_zone's table; include/linux/gfp.h).
enum class GfpFault : u8 { none, two_zones, movable_and_reclaimable };
GfpFault gfp_fault(Gfp mask);

// gfp_zone(): the highest zone a mask allows on a machine that has all zones of `arch`. The mask must be legal.
ZoneType gfp_zone(Gfp mask, Arch arch);
// gfp_migratetype(): U, M or E.
constexpr Migratetype gfp_migratetype(Gfp mask) {
    return static_cast<Migratetype>((mask.bits & (gfp::kMovable | gfp::kReclaimable)) >> 3);
}

}  // namespace mmscope
