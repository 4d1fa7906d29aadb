#include "mm/hugetlb_pool.h"

#include <algorithm>

namespace mmscope {

u64 HugetlbPools::frames(Arch arch) const {
    u64 sum = 0;
    for (u32 height = 1; height <= kHugePageSizes; ++height)
        sum += u64{pool(height).total()} * huge_frames(arch, height);
    return sum;
}

u64 HugetlbPools::bytes() const {
    u64 sum = files.size() * sizeof(HugetlbFile);
    for (const HugetlbFile& file : files) sum += file.used.size();
    for (const HugetlbPool& pool : pools)
        sum += pool.pages.size() * sizeof(HugetlbPage) + pool.free.size() * sizeof(Pfn);
    return sum;
}

HugetlbFrame hugetlb_frame(const HugetlbPools& pools, Arch arch, Pfn pfn) {
    for (u32 height = 1; height <= kHugePageSizes; ++height) {
        const std::vector<HugetlbPage>& pages = pools.pool(height).pages;
        const auto behind = std::upper_bound(pages.begin(), pages.end(), pfn,
                                             [](Pfn at, const HugetlbPage& page) { return at < page.head; });
        if (behind == pages.begin()) continue;
        const HugetlbPage& page = *(behind - 1);
        if (pfn - page.head < huge_frames(arch, height)) return {height, page};
    }
    return {};
}

}  // namespace mmscope
