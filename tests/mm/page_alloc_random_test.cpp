// Random requests on machines of every kernel: whatever happens, everything fits together and nothing is given twice.
#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"
#include "mm/page_alloc.h"

namespace mmscope {
namespace {

struct Scene {
    Arch arch;
    u32 frames;
    u32 nodes;
    u32 cpus;
    const char* kernel;
};

class RandomRequests : public ::testing::TestWithParam<Scene> {
protected:
    RandomRequests()
        : memory_(GetParam().arch, *profile_for(GetParam().kernel).profile, GetParam().frames, GetParam().nodes,
                  GetParam().cpus) {}

    void alloc() {
        constexpr u32 kMasks[] = {gfp::kKernel,
                                  gfp::kKernel | gfp::kMovable | gfp::kHighmem,
                                  gfp::kKernel | gfp::kReclaimable,
                                  gfp::kHigh | gfp::kKswapdReclaim,
                                  gfp::kKswapdReclaim,
                                  gfp::kKernel | gfp::kDma,
                                  gfp::kKernel | gfp::kMemalloc,
                                  gfp::kKernel | gfp::kThisnode,
                                  gfp::kKernel | gfp::kCold};
        const u8 order = static_cast<u8>(prng_.below(4) == 0 ? prng_.below(kNrPageOrders) : prng_.below(4));
        const Gfp mask{kMasks[prng_.below(std::size(kMasks))]};
        const Pfn pfn = memory_.alloc_pages(mask, {order}, ++calls_, cpu(), nobody_);
        if (pfn == kNoPfn) return;
        for (u32 frame = 0; frame < (1U << order); ++frame)
            ASSERT_TRUE(used_.emplace(pfn.value + frame, calls_).second)
                << "frame " << pfn.value + frame << " is given twice";
        held_.push_back({pfn, {order}});
    }
    void free() {
        if (held_.empty()) return;
        const u32 at = prng_.below(static_cast<u32>(held_.size()));
        const auto [pfn, order] = held_[at];
        held_[at] = held_.back();
        held_.pop_back();
        ASSERT_EQ(memory_.free_fault(pfn, order), FreeFault::none);
        memory_.free_pages(pfn, order, cpu(), nobody_);
        for (u32 frame = 0; frame < order.frames(); ++frame) used_.erase(pfn.value + frame);
    }
    void keep_house() {
        switch (prng_.below(4)) {
            case 0:
                return memory_.refresh_vm_stats(nobody_);
            case 1:
                return memory_.drain_pages(std::nullopt, cpu(), nobody_);
            case 2:
                return memory_.drain_pages(prng_.below(static_cast<u32>(memory_.zones().size())), std::nullopt,
                                           nobody_);
            default:
                break;
        }
        VmSysctl sysctl = memory_.sysctl();
        sysctl.min_free_kbytes = 512 + prng_.below(4096);
        memory_.write_sysctl(SysctlName::min_free_kbytes, sysctl);
    }
    u32 cpu() { return prng_.below(GetParam().cpus); }

    PageAllocator memory_;
    Prng prng_{7};
    Trace nobody_;
    u32 calls_ = 0;
    std::vector<std::pair<Pfn, Order>> held_;
    std::map<u32, u32> used_;
};

// Phases that fill memory to the last page and phases that empty it again.
TEST_P(RandomRequests, leave_everything_in_order) {
    for (u32 step = 0; step < 12000; ++step) {
        const bool fills = step / 1500 % 2 == 0;
        if (prng_.below(100) < (fills ? 80U : 25U))
            alloc();
        else
            free();
        if (prng_.below(200) == 0) keep_house();
        if (step % 500 == 0) {
            ASSERT_EQ(memory_.check(), "") << "after step " << step;
        }
        if (HasFatalFailure()) return;
    }
    while (!held_.empty()) free();
    memory_.drain_pages(std::nullopt, std::nullopt, nobody_);
    ASSERT_EQ(memory_.check(), "");
    for (const Zone& zone : memory_.zones()) EXPECT_EQ(zone.free_pages, zone.managed) << zone.name();
}

INSTANTIATE_TEST_SUITE_P(
    Machines, RandomRequests,
    ::testing::Values(Scene{Arch::x86_64, 16384, 1, 1, "6.12"}, Scene{Arch::x86_64, 32768, 2, 4, "6.12"},
                      Scene{Arch::x86_64, 16384, 1, 2, "6.1"}, Scene{Arch::x86_64, 65536, 1, 3, "7.2"},
                      Scene{Arch::x86_32, 240000, 1, 2, "6.1"}, Scene{Arch::x86_32_pae, 240000, 1, 1, "6.1"},
                      Scene{Arch::x86_32, 16384, 1, 1, "2.6"}, Scene{Arch::x86_64, 1200000, 1, 2, "6.12"}));

}  // namespace
}  // namespace mmscope
