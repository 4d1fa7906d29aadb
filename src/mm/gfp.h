// Allocation flags: names, values, and what they permit.
//
// Inside the engine a mask always has the bits of Linux 6.12 (`gfp::k...`), whatever the kernel; gfp_value() and
// gfp_from_value() turn it into the number that this kernel prints as `mode:` and back. Names of every era are
// accepted and mean what they meant: `__GFP_WAIT` is `__GFP_RECLAIM`, `__GFP_REPEAT` is `__GFP_RETRY_MAYFAIL`.
// Two names of 2.6 have no bit today and get one that no later kernel prints: `__GFP_COLD` and `__GFP_NO_GROW`.
// Flags whose bit depends on the kernel's configuration (`__GFP_NOLOCKDEP` and the like) are known and have none.
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
inline constexpr u32 kDma = 0x1, kHighmem = 0x2, kDma32 = 0x4, kMovable = 0x8, kReclaimable = 0x10, kHigh = 0x20,
                     kIo = 0x40, kFs = 0x80, kZero = 0x100, kAtomic = 0x200, kDirectReclaim = 0x400,
                     kKswapdReclaim = 0x800, kWrite = 0x1000, kNowarn = 0x2000, kRetryMayfail = 0x4000,
                     kNofail = 0x8000, kNoretry = 0x10000, kMemalloc = 0x20000, kComp = 0x40000,
                     kNomemalloc = 0x80000, kHardwall = 0x100000, kThisnode = 0x200000, kAccount = 0x400000,
                     kZerotags = 0x800000, kCold = 0x40000000, kNoGrow = 0x80000000;
inline constexpr u32 kReclaim = kDirectReclaim | kKswapdReclaim;
inline constexpr u32 kKernel = kReclaim | kIo | kFs;
}  // namespace gfp

// The mask that one name stands for in this kernel ("GFP_KERNEL", "__GFP_WAIT"); nothing for an unknown name.
std::optional<Gfp> gfp_from_name(std::string_view name, const Profile& profile);
// Every name that gfp_from_name knows, for suggestions and completion.
const std::string_view* gfp_names(u32* count);
// "GFP_KERNEL|__GFP_COMP", as this kernel's %pGg prints it: the largest composite first, then single flags in its
// order, then what has no name as a number. Of nothing: "none". 2.6 printed numbers alone; here its names, with
// their underscores, and GFP_NOWAIT, which is 0 there.
std::string gfp_to_text(Gfp mask, const Profile& profile);

// What text or a number of a kernel means; `unknown` is what is left over.
struct GfpReading {
    Gfp mask;
    u32 unknown_bits = 0;           // no flag of this kernel
    std::string_view unknown_name;  // the first name that is none
    bool is_whole() const { return unknown_bits == 0 && unknown_name.empty(); }
};
// "GFP_KERNEL|__GFP_COMP", "none", "GFP_KERNEL|0x1000000".
GfpReading gfp_from_text(std::string_view text, const Profile& profile);
// The `mode:` that this kernel prints for a mask (flags that it lacks are dropped), and the way back. Of 2.6 the
// values are those of 2.6.32; __GFP_MOVABLE is also read where 2.6.24 had it.
u32 gfp_value(Gfp mask, const Profile& profile);
GfpReading gfp_from_value(u32 value, const Profile& profile);

// The rule that a mask breaks, if it breaks one (gfp_zone's table; include/linux/gfp.h).
enum class GfpFault : u8 { none, two_zones, movable_and_reclaimable };
GfpFault gfp_fault(Gfp mask);

// What the kernel complains about (WARN_ON_ONCE) and goes on.
enum class GfpWarning : u8 { nofail_without_reclaim, nofail_large_order, atomic_may_sleep, order_too_large };
struct GfpRule {
    std::string_view key;   // of the sentence
    u32 with;               // all of these flags,
    u32 without;            // none of these,
    int above_order;        // an order larger than this,
    u16 first_version;      // and a kernel from this one
    u16 last_version;       // to that one
};
inline constexpr GfpRule kGfpRules[] = {  // by GfpWarning
    {"event.gfp_warning_nofail_without_reclaim", gfp::kNofail, gfp::kDirectReclaim, -1, 0x040a, 0xffff},
    {"event.gfp_warning_nofail_large_order", gfp::kNofail, 0, 1, 0x0206, 0x060c},
    {"event.gfp_warning_atomic_may_sleep", gfp::kAtomic | gfp::kDirectReclaim, 0, -1, 0x0404, 0x0602},
    {"error.order_too_large", 0, gfp::kNowarn, static_cast<int>(kMaxPageOrder), 0x0206, 0xffff},
};
inline constexpr u32 kGfpWarnings = sizeof(kGfpRules) / sizeof(kGfpRules[0]);
// Bit w is set if this kernel complains about GfpWarning w.
u32 gfp_warnings(Gfp mask, Order order, const Profile& profile);

// gfp_zone(): the highest zone a mask allows on a machine that has all zones of `arch`. The mask must be legal.
ZoneType gfp_zone(Gfp mask, Arch arch);
// gfp_migratetype(): U, M or E.
constexpr Migratetype gfp_migratetype(Gfp mask) {
    return static_cast<Migratetype>((mask.bits & (gfp::kMovable | gfp::kReclaimable)) >> 3);
}

}  // namespace mmscope
