// The vocabulary that every floor shares: page frame numbers, orders, sizes.
//
// A page frame number (pfn) names one 4 KiB frame of physical memory. An order names a block of 2^order
// frames whose first pfn is a multiple of 2^order. State is kept in fixed-width integers, because size_t
// is 32 bits in WebAssembly and a saved machine must mean the same everywhere.
#pragma once

#include <compare>
#include <cstdint>

// Of a function that the page's first picture does without (src/api/later.txt): it stays one, so that it can come later.
#define MMSCOPE_LATER [[gnu::noinline]]

namespace mmscope {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

inline constexpr u32 kPageShift = 12;          // 4 KiB frames; other page sizes are not modelled
inline constexpr u32 kPageSize = 1U << kPageShift;
inline constexpr u32 kNrPageOrders = 11;       // NR_PAGE_ORDERS, Linux 6.12: orders 0..10
inline constexpr u32 kMaxPageOrder = kNrPageOrders - 1;

// The number of a page frame. Arithmetic is in frames.
struct Pfn {
    u32 value = 0;
    friend constexpr bool operator==(Pfn, Pfn) = default;
    friend constexpr auto operator<=>(Pfn, Pfn) = default;
    friend constexpr Pfn operator+(Pfn pfn, u32 frames) { return {pfn.value + frames}; }
    friend constexpr u32 operator-(Pfn a, Pfn b) { return a.value - b.value; }
};

inline constexpr Pfn kNoPfn{0xffffffffU};  // stands where Linux has a NULL struct page

// An address in some address space, in bytes.
struct VirtAddr {
    u64 value = 0;
    friend constexpr bool operator==(VirtAddr, VirtAddr) = default;
    friend constexpr auto operator<=>(VirtAddr, VirtAddr) = default;
};

// The order of a block: 2^value frames.
struct Order {
    u8 value = 0;
    friend constexpr bool operator==(Order, Order) = default;
    friend constexpr auto operator<=>(Order, Order) = default;
    constexpr u32 frames() const { return 1U << value; }
};

// The first frame of the aligned block of `order` that contains `pfn`.
constexpr Pfn block_start(Pfn pfn, Order order) { return {pfn.value & ~(order.frames() - 1)}; }

}  // namespace mmscope
