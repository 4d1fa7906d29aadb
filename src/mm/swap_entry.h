// Where a page went: the number of a swap area and a slot of it (swp_entry_t). Slot 0 holds an area's header, so the
// entry 0 is none.
#pragma once

#include "base/types.h"

namespace mmscope {

inline constexpr u32 kMostSwapAreas = 23;        // MAX_SWAPFILES: 32 less the types of migration, HMM and others
inline constexpr u32 kMostSwapSlots = 1U << 22;  // of all areas together: 16 GiB

struct SwapEntry {
    static constexpr u32 kOffsetBits = 26;

    u32 value = 0;

    static constexpr SwapEntry of(u32 area, u32 slot) { return {area << kOffsetBits | slot}; }
    constexpr u32 area() const { return value >> kOffsetBits; }
    constexpr u32 slot() const { return value & ((1U << kOffsetBits) - 1); }
    constexpr bool is_none() const { return value == 0; }
    friend bool operator==(const SwapEntry&, const SwapEntry&) = default;
};

// A word that says where a page is: its frame; or, not in memory, a swap entry, the shadow that its eviction left
// behind (mm/workingset.h), or nothing (kNoPfn). Frame numbers are below 2^24, and an area's number is below 31.
namespace page_word {
inline constexpr u32 kShadow = 0x40000000, kSwapped = 0x80000000;
constexpr Pfn page(u32 word) { return word < kShadow ? Pfn{word} : kNoPfn; }
constexpr bool is_shadow(u32 word) { return (word & (kShadow | kSwapped)) == kShadow; }
constexpr SwapEntry swap(u32 word) {
    return (word & kSwapped) != 0 && word != kNoPfn.value ? SwapEntry{word & ~kSwapped} : SwapEntry{};
}
constexpr u32 swapped(SwapEntry entry) { return kSwapped | entry.value; }
}  // namespace page_word

}  // namespace mmscope
