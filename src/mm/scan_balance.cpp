#include "mm/scan_balance.h"

#include <algorithm>

#include "mm/lru.h"

namespace mmscope {

namespace {

constexpr u32 kAllSwappiness = 200;

ScanBalance balance_of(const ScanBasis& basis) {
    if (!basis.can_swap) return ScanBalance::file;
    if (basis.priority == 0 && basis.swappiness != 0) return ScanBalance::equal;
    if (basis.file_is_tiny) return ScanBalance::anon;
    return basis.trims_cache ? ScanBalance::file : ScanBalance::fract;
}

}  // namespace

ScanTargets scan_targets(const ScanBasis& basis) {
    ScanTargets targets;
    targets.balance = balance_of(basis);
    const u64 sum = basis.cost[0] + basis.cost[1];
    const u64 anon_cost = sum + basis.cost[0], file_cost = sum + basis.cost[1];
    const u64 total = anon_cost + file_cost + 1;
    targets.fraction = {basis.swappiness * total / (anon_cost + 1),
                        (kAllSwappiness - basis.swappiness) * total / (file_cost + 1)};
    for (u32 at = 0; at < kLruLists; ++at) {
        const bool is_file = is_file_list(static_cast<LruList>(at));
        u64 pages = basis.sizes[at] >> basis.priority;
        if (targets.balance == ScanBalance::fract)
            pages = pages * targets.fraction[is_file ? 1 : 0] / (targets.fraction[0] + targets.fraction[1]);
        const bool is_out = targets.balance == (is_file ? ScanBalance::anon : ScanBalance::file);
        targets.pages[at] = is_out ? 0 : static_cast<u32>(pages);
    }
    return targets;
}

bool scale_down(const std::array<u32, kLruLists>& targets, std::array<u32, kLruLists>* left) {
    std::array<u32, kLruLists>& pages = *left;
    const u32 anon = pages[0] + pages[1], file = pages[2] + pages[3];
    if (anon == 0 || file == 0) return false;
    const u32 fewer = file > anon ? 0 : 2, others = 2 - fewer;
    const u64 of_all = u64{targets[fewer]} + targets[fewer + 1] + 1;
    const u64 percentage = u64{std::min(anon, file)} * 100 / of_all;
    pages[fewer] = pages[fewer + 1] = 0;
    for (const u32 list : {others, others + 1}) {
        const u32 scanned = targets[list] - pages[list];
        const u32 wanted = static_cast<u32>(targets[list] * (100 - percentage) / 100);
        pages[list] = wanted - std::min(wanted, scanned);
    }
    return true;
}

}  // namespace mmscope
