#include "tlb_table.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/prng.h"
#include "clock.h"
#include "intake/lackey.h"
#include "mm/tlb.h"
#include "mm/tlb_geometry.h"

namespace bench {

using namespace mmscope;

namespace {

constexpr u32 kTenMillion = 10'000'000;
constexpr double kWarmUp = 3e8;  // nanoseconds: a WebAssembly engine compiles well what it has seen to be hot, beside it
constexpr std::size_t kWarmUpPart = 10'000;
constexpr std::size_t kLeastOfTrace = 1'000'000;

// Each access by itself, in eight bytes.
using Accesses = std::vector<TlbRun>;

Accesses random_accesses(u32 pages) {
    Prng random(31);
    Accesses list;
    list.reserve(kTenMillion);
    while (list.size() < kTenMillion) list.emplace_back(random.below(pages), TlbSide::data, 1);
    return list;
}

// A reference touches every page that it reaches into; a modify does so twice.
Accesses accesses_of(std::string_view trace) {
    std::vector<MemoryReference> references;
    LackeyReader reader;
    reader.read(trace, &references);
    reader.finish(&references);
    Accesses once, list;
    for (const MemoryReference& one : references) {
        const TlbSide side = one.kind == MemoryReference::Kind::fetch ? TlbSide::instruction : TlbSide::data;
        for (u32 time = 0; time < (one.kind == MemoryReference::Kind::modify ? 2U : 1U); ++time)
            for (u64 page = one.address >> kPageShift; page <= (one.address + one.size - 1U) >> kPageShift; ++page)
                once.emplace_back(page, side, 1);
    }
    while (!once.empty() && list.size() < kLeastOfTrace) list.insert(list.end(), once.begin(), once.end());
    return list;
}

// Of each side's accesses, those that follow one another to the same page are one run.
std::vector<TlbRun> runs_of(const Accesses& list) {
    std::vector<TlbRun> runs;
    std::size_t open[kTlbSides] = {};
    for (const TlbRun access : list) {
        std::size_t& last = open[access.side()];
        if (last != 0 && runs[last - 1].page() == access.page() && runs[last - 1].accesses() < TlbRun::kMost) {
            ++runs[last - 1].bits;
        } else {
            runs.push_back(access);
            last = runs.size();
        }
    }
    return runs;
}

// Called, so that a WebAssembly engine can go over to better code between two calls.
[[gnu::noinline]] void play(Tlb& tlb, std::span<const TlbRun> list) { tlb.run(list); }

double millions_a_second(u32 rounds, std::size_t accesses, const TlbGeometry& geometry, std::span<const TlbRun> list) {
    Tlb warm(geometry);
    const std::span<const TlbRun> part = list.first(std::min(list.size(), kWarmUpPart));
    for (const double begin = nanoseconds(); nanoseconds() - begin < kWarmUp;) play(warm, part);
    std::vector<double> times;
    for (u32 round = 0; round < rounds; ++round) {
        Tlb tlb(geometry);
        const double begin = nanoseconds();
        play(tlb, list);
        times.push_back(nanoseconds() - begin);
    }
    std::sort(times.begin(), times.end());
    return static_cast<double>(accesses) * 1000.0 / times[times.size() / 2];
}

}  // namespace

void print_tlb_table(u32 rounds, std::string_view only, std::string_view trace) {
    const TlbGeometry geometry = *read_tlb_geometry("l1i=128/8,l1d=64/4,l2=1536/12");
    std::printf("TLB\n  %-10s %10s %10s   million accesses a second, median of %u\n", "list", "singly", "in runs", rounds);
    const auto row = [&](std::string_view name, const Accesses& list) {
        const double singly = millions_a_second(rounds, list.size(), geometry, list);
        const double in_runs = millions_a_second(rounds, list.size(), geometry, runs_of(list));
        std::printf("  %-10.*s %10.0f %10.0f\n", static_cast<int>(name.size()), name.data(), singly, in_runs);
        std::fflush(stdout);
    };
    if (only.empty() || only == "random4k") row("random4k", random_accesses(4096));
    if (only.empty() || only == "random1m") row("random1m", random_accesses(1U << 20));
    if (!trace.empty() && (only.empty() || only == "trace")) row("trace", accesses_of(trace));
}

}  // namespace bench
