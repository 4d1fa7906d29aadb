#include "slab_table.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include "clock.h"
#include "mm/kmalloc.h"

namespace bench {

using namespace mmscope;

namespace {

constexpr u32 kMillion = 1000000;
constexpr u32 kFrames = 262144;  // 1 GiB
constexpr Gfp kKernel{gfp::kKernel};

struct Machine {
    PageAllocator memory;
    SlabAllocator slab;
    Kmalloc kmalloc;
    CacheId cache;

    explicit Machine(const Profile& profile)
        : memory(Arch::x86_64, profile, kFrames, 1, 1), slab(memory, FreelistOrder::plain, 1), kmalloc(slab, memory) {
        CacheSpec spec;
        spec.object_size = 64;
        cache = slab.create("object-64", spec);
    }
};

std::vector<u32> shuffled(u32 count) {
    Prng random(21);
    std::vector<u32> order(count);
    std::iota(order.begin(), order.end(), 0U);
    for (u32 at = count; at > 1; --at) std::swap(order[at - 1], order[random.below(at)]);
    return order;
}

double hot(Machine& machine, SlabCaller& caller) {
    const double begin = nanoseconds();
    for (u32 at = 0; at < kMillion; ++at) machine.slab.free(machine.slab.alloc(machine.cache, kKernel, caller), caller);
    return (nanoseconds() - begin) / (2.0 * kMillion);
}

double batch(Machine& machine, SlabCaller& caller) {
    std::vector<ObjectAddress> held(1000);
    const double begin = nanoseconds();
    for (u32 round = 0; round < kMillion / 1000; ++round) {
        for (ObjectAddress& object : held) object = machine.slab.alloc(machine.cache, kKernel, caller);
        for (const ObjectAddress object : held) machine.slab.free(object, caller);
    }
    return (nanoseconds() - begin) / (2.0 * kMillion);
}

double fill(Machine& machine, SlabCaller& caller, std::vector<ObjectAddress>* held) {
    held->resize(kMillion);
    const double begin = nanoseconds();
    for (ObjectAddress& object : *held) object = machine.slab.alloc(machine.cache, kKernel, caller);
    return (nanoseconds() - begin) / kMillion;
}

double scatter(Machine& machine, SlabCaller& caller) {
    std::vector<ObjectAddress> filled;
    fill(machine, caller, &filled);
    std::vector<ObjectAddress> held;
    for (const u32 at : shuffled(kMillion)) held.push_back(filled[at]);
    const double begin = nanoseconds();
    for (const ObjectAddress object : held) machine.slab.free(object, caller);
    return (nanoseconds() - begin) / kMillion;
}

double mixed_sizes(Machine& machine, SlabCaller& caller) {
    Prng random(22);
    struct Step {
        u32 slot;
        u32 size;
    };
    std::vector<Step> steps(kMillion);
    for (Step& step : steps) {
        const u32 bits = 3 + random.below(11);
        step = {random.below(8192), 1 + random.below(1U << bits)};
    }
    std::vector<ObjectAddress> held(8192);
    const double begin = nanoseconds();
    for (const Step& step : steps) {
        ObjectAddress& slot = held[step.slot];
        if (slot.is_null()) {
            slot = machine.kmalloc.alloc(machine.slab, step.size, kKernel, caller);
        } else {
            machine.kmalloc.free(machine.slab, slot, caller);
            slot = {};
        }
    }
    return (nanoseconds() - begin) / kMillion;
}

template <class Run>
double median_round(u32 rounds, const Machine& fresh, Trace& trace, Run run) {
    std::vector<double> times;
    for (u32 round = 0; round < rounds; ++round) {
        Machine machine = fresh;
        SlabCaller caller{machine.memory, trace, 1, 0};
        times.push_back(run(machine, caller));
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

}  // namespace

void print_slab_table(u32 rounds, std::string_view only, const Profile& profile) {
    if (profile.slab.kind != SlabProfile::Kind::cpu_slabs) return;
    const Machine fresh(profile);
    Trace off;
    Trace on(1U << 12);
    std::printf("objects, kernel %.*s\n", static_cast<int>(profile.name.size()), profile.name.data());
    std::printf("  %-10s %10s %10s   ns per operation, median of %u\n", "list", "trace off", "trace on", rounds);
    const auto row = [&](std::string_view name, auto run) {
        if (!only.empty() && only != name) return;
        const double without = median_round(rounds, fresh, off, run);
        const double with = median_round(rounds, fresh, on, run);
        std::printf("  %-10.*s %10.2f %10.2f\n", static_cast<int>(name.size()), name.data(), without, with);
        std::fflush(stdout);
    };
    row("hot64", hot);
    row("batch64", batch);
    row("fill64", [](Machine& machine, SlabCaller& caller) {
        std::vector<ObjectAddress> held;
        return fill(machine, caller, &held);
    });
    row("scatter64", scatter);
    row("kmalloc", mixed_sizes);
}

}  // namespace bench
