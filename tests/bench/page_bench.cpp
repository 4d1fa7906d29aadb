// page_bench: nanoseconds for one page operation (one alloc or one free), CPU time, median of 15 rounds.
//
//   page_bench [--rounds N] [--only LIST] [--kernel NAME] [--malloc] [--trace FILE]
//
// Rows: the null allocator (what the harness itself costs), the engine with nobody looking, and with the trace
// attached; below them objects of slab caches (slab_table.h), processes (process_table.h) and the TLB (tlb_table.h,
// which takes the text of a lackey trace from FILE). --malloc times malloc and free of as many
// bytes instead, for LD_PRELOAD. The same program runs natively and, under Node, as WebAssembly; figures count as
// ratios of one run.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "clock.h"
#include "mm/page_alloc.h"
#include "process_table.h"
#include "slab_table.h"
#include "tlb_table.h"
#include "workloads.h"

namespace {

using namespace mmscope;
using bench::nanoseconds;
using bench::Step;
using bench::Workload;

constexpr u32 kBatch = 1024;  // V8 enters optimised code at a call, so a long list goes in short calls
constexpr u32 kAhead = 8;     // the slot of a step this far ahead is fetched, so that its miss is not the allocator's

struct Null {
    using Handle = u32;
    u32 next = 0;
    Handle alloc(Order) { return ++next; }
    void free(Handle handle) { next ^= handle; }
};

// The handle is the pfn and the order, as a caller of the kernel's keeps them.
struct Engine {
    using Handle = u32;
    PageAllocator* memory;
    Trace* trace;
    Handle alloc(Order order) {
        // The reserves are open to it, so that a list can take every frame.
        return memory->alloc_pages(Gfp{gfp::kKernel | gfp::kMovable | gfp::kMemalloc}, order, 1, 0, *trace).value << 4 | order.value;
    }
    void free(Handle handle) {
        // Out of memory left kNoPfn << 4: such a slot gives nothing back.
        if (handle < 0xfffffff0U) memory->free_pages({handle >> 4}, {static_cast<u8>(handle & 15)}, 0, *trace);
    }
};

// The C library's, or whichever LD_PRELOAD puts in its place; its pages are never touched.
struct Malloc {
    using Handle = void*;
    Handle alloc(Order order) { return std::malloc(std::size_t{kPageSize} << order.value); }
    void free(Handle handle) { std::free(handle); }
};

template <class Allocator>
__attribute__((noinline)) void do_batch(Allocator& allocator, const Step* step, u32 count, typename Allocator::Handle* held) {
    for (u32 at = 0; at < count; ++at) {
        __builtin_prefetch(held + step[at + kAhead].slot, 1);
        auto& slot = held[step[at].slot];
        if (slot == typename Allocator::Handle{}) {
            slot = allocator.alloc({step[at].order});
        } else {
            allocator.free(slot);
            slot = {};
        }
    }
}

template <class Allocator>
void do_steps(Allocator& allocator, const std::vector<Step>& steps, std::vector<typename Allocator::Handle>& held) {
    // Through a pointer that the compiler cannot see through: the batch stays a call of its own.
    void (*volatile batch)(Allocator&, const Step*, u32, typename Allocator::Handle*) = do_batch<Allocator>;
    const std::size_t count = steps.size() - std::min<std::size_t>(steps.size(), kAhead);
    for (std::size_t at = 0; at < count; at += kBatch)
        batch(allocator, steps.data() + at, static_cast<u32>(std::min<std::size_t>(kBatch, count - at)), held.data());
}

template <class Make>
double median_round(const Workload& work, u32 rounds, Make make) {
    std::vector<double> times;
    for (u32 round = 0; round < rounds; ++round) {
        auto allocator = make();
        std::vector<typename decltype(allocator)::Handle> held(work.slots);
        do_steps(allocator, work.fill, held);
        const double begin = nanoseconds();
        do_steps(allocator, work.steps, held);
        times.push_back((nanoseconds() - begin) / static_cast<double>(work.steps.size()));
        for (auto& slot : held)
            if (slot != typename decltype(allocator)::Handle{}) allocator.free(slot);
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

// One zone of frames that are all managed and free, as right after boot.
PageAllocator make_memory(u32 frames, const Profile& profile) {
    ZoneLayout zone;
    zone.type = ZoneType::dma32;
    zone.index = 1;
    zone.start = {1024};
    zone.spanned = frames;
    zone.present = {{zone.start, frames}};
    PageAllocator memory(Arch::x86_64, profile, {zone}, 1);
    Trace nobody;
    for (u32 at = 0; at < frames; at += 1024) memory.buddy(0, nobody).add_block(zone.start + at, {10}, Migratetype::movable, Buddy::Place::tail);
    memory.set_sysctl(memory.sysctl());
    return memory;
}

void print_table(u32 frames, u32 rounds, std::string_view only, const Profile& profile) {
    const PageAllocator fresh = make_memory(frames, profile);
    std::printf("%u frames, %.2f bytes a frame, kernel %.*s\n", frames, static_cast<double>(fresh.bytes()) / frames,
                static_cast<int>(profile.name.size()), profile.name.data());
    std::printf("  %-10s %8s %10s %10s   ns per operation, median of %u\n", "list", "null", "trace off", "trace on", rounds);
    PageAllocator memory;
    Trace off;
    Trace on(1U << 12);
    const auto engine = [&](Trace& trace) {
        memory = fresh;
        return Engine{&memory, &trace};
    };
    for (const Workload& work : bench::make_workloads(frames)) {
        if (!only.empty() && work.name != only) continue;
        const double null = median_round(work, rounds, [] { return Null{}; });
        const double without = median_round(work, rounds, [&] { return engine(off); });
        const double with = median_round(work, rounds, [&] { return engine(on); });
        std::printf("  %-10.*s %8.2f %10.2f %10.2f\n", static_cast<int>(work.name.size()), work.name.data(), null, without, with);
        std::fflush(stdout);
    }
}

void print_malloc(u32 frames, u32 rounds, std::string_view only) {
    std::printf("%u frames\n", frames);
    for (const Workload& work : bench::make_workloads(frames)) {
        if (!only.empty() && work.name != only) continue;
        const double time = median_round(work, rounds, [] { return Malloc{}; });
        std::printf("  %-10.*s %8s %10.2f\n", static_cast<int>(work.name.size()), work.name.data(), "", time);
        std::fflush(stdout);
    }
}

// The whole file; empty if there is none.
std::string text_of(const char* path) {
    std::string text;
    std::FILE* file = std::fopen(path, "rb");
    if (file == nullptr) return text;
    char piece[1 << 16];
    for (std::size_t got; (got = std::fread(piece, 1, sizeof piece, file)) != 0;) text.append(piece, got);
    std::fclose(file);
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    u32 rounds = 15;
    std::string_view only;
    bool with_malloc = false;
    std::string trace;
    const Profile* profile = &profile_6_12();
    for (int at = 1; at < argc; ++at) {
        const bool has_value = at + 1 < argc;
        if (std::strcmp(argv[at], "--malloc") == 0) with_malloc = true;
        if (std::strcmp(argv[at], "--rounds") == 0 && has_value) rounds = static_cast<u32>(std::max(1, std::atoi(argv[at + 1])));
        if (std::strcmp(argv[at], "--only") == 0 && has_value) only = argv[at + 1];
        if (std::strcmp(argv[at], "--trace") == 0 && has_value) trace = text_of(argv[at + 1]);
        if (std::strcmp(argv[at], "--kernel") == 0 && has_value) profile = profile_for(argv[at + 1]).profile;
    }
    if (profile == nullptr) return std::fputs("no such kernel\n", stderr), 2;
    for (const u32 frames : {262144U, 4194304U}) {
        if (with_malloc) print_malloc(frames, rounds, only);
        else print_table(frames, rounds, only, *profile);
    }
    if (with_malloc) return 0;
    bench::print_slab_table(rounds, only, *profile);
    bench::print_process_table(rounds, only, *profile);
    bench::print_tlb_table(rounds, only, trace);
    return 0;
}
