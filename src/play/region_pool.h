// The not yet decided frames of one migratetype, as aligned regions of a power of two, and the free blocks
// that can be cut from them.
//
//   a region of order 3 takes a block of order 1:   [ block | - - | . . . . ]
//                                                           '- its buddy must not become one free block,
//                                                              but may hold smaller ones
//
// Two buddies that are both free would have merged, so of a region's two halves only one may be free as a whole.
// Blocks are taken largest first; then which region gives a block makes no difference to what still fits, and
// the choice is the seed's alone.
#pragma once

#include <array>
#include <vector>

#include "base/prng.h"
#include "base/types.h"

namespace mmscope {

class RegionPool {
public:
    using Demand = std::array<u64, kNrPageOrders>;  // blocks by order
    enum class May : u8 { be_whole, be_split };     // whether the region itself may be one free block

    void add(Pfn pfn, Order order, May may);
    // Whether this pool can give all these blocks; if not, *short_order is the largest order that is short.
    bool holds(const Demand& demand, Order* short_order) const;
    // A block of `order`, or kNoPfn. Orders must come in descending order.
    Pfn take(Order order, Prng* prng);

    // What is left, as regions.
    template <class Use>
    void for_each(Use use) const {
        for (u8 order = 0; order < kNrPageOrders; ++order) {
            for (const Pfn pfn : whole_[order]) use(pfn, Order{order});
            for (const Pfn pfn : split_[order]) use(pfn, Order{order});
        }
    }

private:
    std::array<std::vector<Pfn>, kNrPageOrders> whole_;
    std::array<std::vector<Pfn>, kNrPageOrders> split_;
};

}  // namespace mmscope
