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
constexpr std::size_t kLeastOfTrace = 1'000'000;

struct Access {
    u64 address;
    TlbSide side;
};

std::vector<Access> random_accesses(u32 pages) {
    Prng random(31);
    std::vector<Access> list(kTenMillion);
    for (Access& access : list) access = {u64{random.below(pages)} << kPageShift, TlbSide::data};
    return list;
}

// A reference touches every page that it reaches into; a modify does so twice.
std::vector<Access> accesses_of(std::string_view trace) {
    std::vector<MemoryReference> references;
    LackeyReader reader;
    reader.read(trace, &references);
    reader.finish(&references);
    std::vector<Access> once, list;
    for (const MemoryReference& one : references) {
        const TlbSide side = one.kind == MemoryReference::Kind::fetch ? TlbSide::instruction : TlbSide::data;
        for (u32 time = 0; time < (one.kind == MemoryReference::Kind::modify ? 2U : 1U); ++time)
            for (u64 page = one.address >> kPageShift; page <= (one.address + one.size - 1U) >> kPageShift; ++page)
                once.push_back({page << kPageShift, side});
    }
    while (!once.empty() && list.size() < kLeastOfTrace) list.insert(list.end(), once.begin(), once.end());
    return list;
}

// Of each side's accesses, those that follow one another to the same page are one run.
std::vector<TlbRun> runs_of(const std::vector<Access>& list) {
    std::vector<TlbRun> runs;
    std::size_t open[kTlbSides] = {};
    for (const Access& access : list) {
        std::size_t& last = open[static_cast<u32>(access.side)];
        const u64 page = access.address >> kPageShift;
        if (last != 0 && runs[last - 1].page() == page && runs[last - 1].accesses() < TlbRun::kMost) {
            ++runs[last - 1].bits;
        } else {
            runs.emplace_back(page, access.side, 1);
            last = runs.size();
        }
    }
    return runs;
}

template <class Run>
double millions_a_second(u32 rounds, std::size_t accesses, const TlbGeometry& geometry, Run run) {
    std::vector<double> times;
    for (u32 round = 0; round < rounds; ++round) {
        Tlb tlb(geometry);
        const double begin = nanoseconds();
        run(tlb);
        times.push_back(nanoseconds() - begin);
    }
    std::sort(times.begin(), times.end());
    return static_cast<double>(accesses) * 1000.0 / times[times.size() / 2];
}

// Called, so that a WebAssembly engine has compiled it well before it becomes hot.
[[gnu::noinline]] void access_all(Tlb& tlb, const std::vector<Access>& list) {
    for (const Access& access : list) tlb.access(access.side, {access.address});
}

}  // namespace

void print_tlb_table(u32 rounds, std::string_view only, std::string_view trace) {
    const TlbGeometry geometry = *read_tlb_geometry("l1i=128/8,l1d=64/4,l2=1536/12");
    std::printf("TLB\n  %-10s %10s %10s   million accesses a second, median of %u\n", "list", "singly", "in runs", rounds);
    const auto row = [&](std::string_view name, const std::vector<Access>& list) {
        const std::vector<TlbRun> runs = runs_of(list);
        const double singly =
            millions_a_second(rounds, list.size(), geometry, [&](Tlb& tlb) { access_all(tlb, list); });
        const double in_runs = millions_a_second(rounds, list.size(), geometry, [&](Tlb& tlb) { tlb.run(runs); });
        std::printf("  %-10.*s %10.0f %10.0f\n", static_cast<int>(name.size()), name.data(), singly, in_runs);
        std::fflush(stdout);
    };
    if (only.empty() || only == "random4k") row("random4k", random_accesses(4096));
    if (only.empty() || only == "random1m") row("random1m", random_accesses(1U << 20));
    if (!trace.empty() && (only.empty() || only == "trace")) row("trace", accesses_of(trace));
}

}  // namespace bench
