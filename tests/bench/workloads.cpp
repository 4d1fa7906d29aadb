#include "workloads.h"

#include <algorithm>

#include "base/prng.h"

namespace bench {

using mmscope::Prng;
using mmscope::u32;
using mmscope::u8;

namespace {

constexpr u32 kSteps = 1U << 20;

Workload hotpair0() {
    Workload work{"hotpair0", 1, {}, {}};
    work.steps.assign(kSteps, {0, 0});
    return work;
}

Workload batch128() {
    Workload work{"batch128", 128, {}, {}};
    while (work.steps.size() < kSteps) {
        for (u32 slot = 0; slot < 128; ++slot) work.steps.push_back({slot, 0});
        for (u32 slot = 128; slot-- > 0;) work.steps.push_back({slot, 0});
    }
    return work;
}

std::vector<u32> shuffled(u32 count, Prng& random) {
    std::vector<u32> order(count);
    for (u32 at = 0; at < count; ++at) order[at] = at;
    for (u32 at = count; at > 1; --at) std::swap(order[at - 1], order[random.below(at)]);
    return order;
}

Workload fill0(u32 frames) {
    Prng random(11);
    Workload work{"fill0", frames, {}, {}};
    for (u32 slot = 0; slot < frames; ++slot) work.steps.push_back({slot, 0});
    for (const u32 slot : shuffled(frames, random)) work.steps.push_back({slot, 0});
    return work;
}

Workload churn0(u32 frames) {
    Prng random(12);
    Workload work{"churn0", frames, {}, {}};
    const std::vector<u32> order = shuffled(frames, random);
    for (u32 at = 0; at < frames / 2; ++at) work.fill.push_back({order[at], 0});
    for (u32 at = 0; at < kSteps; ++at) work.steps.push_back({random.below(frames), 0});
    return work;
}

u8 halving_order(Prng& random) {
    const u32 drawn = random.below(2047);  // order o with weight 2^(10 - o)
    u8 order = 0;
    for (u32 edge = 1024; order < 10 && drawn >= edge; ++order) edge += 1024U >> (order + 1);
    return order;
}

u8 uniform_order(Prng& random) { return static_cast<u8>(random.below(11)); }

// Slots enough that 60 % of the frames are held while half of the slots are.
Workload toggling(std::string_view name, u32 frames, double mean_frames, u8 (*draw)(Prng&), mmscope::u64 seed) {
    Prng random(seed);
    const u32 slots = static_cast<u32>(2 * 0.6 * frames / mean_frames);
    Workload work{name, slots, {}, {}};
    const std::vector<u32> order = shuffled(slots, random);
    for (u32 at = 0; at < slots / 2; ++at) work.fill.push_back({order[at], draw(random)});
    for (u32 at = 0; at < kSteps; ++at) work.steps.push_back({random.below(slots), draw(random)});
    return work;
}

}  // namespace

std::vector<Workload> make_workloads(u32 frames) {
    return {hotpair0(), batch128(), fill0(frames), churn0(frames), toggling("mix", frames, 11 * 1024.0 / 2047, halving_order, 13),
            toggling("uniform", frames, 2047.0 / 11, uniform_order, 14)};
}

}  // namespace bench
