#include "play/region_pool.h"

#include <utility>

namespace mmscope {

namespace {

Pfn take_at(std::vector<Pfn>* from, u32 at) {
    std::swap((*from)[at], from->back());
    const Pfn pfn = from->back();
    from->pop_back();
    return pfn;
}

}  // namespace

void RegionPool::add(Pfn pfn, Order order, May may) {
    (may == May::be_whole ? whole_ : split_)[order.value].push_back(pfn);
}

// A region of order r has room for 2^(r - o - 1) blocks of order o of which no two are buddies, and a block of
// order o takes away as much room as that at every order below it, wherever it is cut.
bool RegionPool::holds(const Demand& demand, Order* short_order) const {
    for (u32 order = kNrPageOrders; order-- > 0;) {
        i64 room = static_cast<i64>(whole_[order].size());
        for (u32 above = order + 1; above < kNrPageOrders; ++above) {
            const i64 regions = static_cast<i64>(whole_[above].size() + split_[above].size());
            room += (regions - static_cast<i64>(demand[above])) * (i64{1} << (above - order - 1));
        }
        *short_order = {static_cast<u8>(order)};
        if (room < static_cast<i64>(demand[order])) return false;
    }
    return true;
}

Pfn RegionPool::take(Order order, Prng* prng) {
    // Whole regions above `order` can only be split from now on: all of them are candidates.
    u32 choices = static_cast<u32>(whole_[order.value].size());
    for (u32 above = order.value + 1U; above < kNrPageOrders; ++above) {
        choices += static_cast<u32>(whole_[above].size() + split_[above].size());
    }
    if (choices == 0) return kNoPfn;
    u32 chosen = prng->below(choices);
    if (chosen < whole_[order.value].size()) return take_at(&whole_[order.value], chosen);
    chosen -= static_cast<u32>(whole_[order.value].size());
    for (u32 above = order.value + 1U; above < kNrPageOrders; ++above) {
        for (std::vector<Pfn>* regions : {&whole_[above], &split_[above]}) {
            if (chosen >= regions->size()) {
                chosen -= static_cast<u32>(regions->size());
                continue;
            }
            Pfn pfn = take_at(regions, chosen);
            while (above-- > order.value) {
                const Order half{static_cast<u8>(above)};
                const bool upper = prng->below(2) != 0;
                split_[above].push_back(pfn + (upper ? 0 : half.frames()));
                if (upper) pfn = pfn + half.frames();
            }
            return pfn;
        }
    }
    return kNoPfn;
}

}  // namespace mmscope
