// A machine with files and anonymous memory, for tests of reclaim, compaction and the slow path: one node, one CPU, one
// zone (Normal) of 64 MiB unless said otherwise, min 512, low 640, high 768 pages; calls are followed by check().
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "mm/compaction.h"
#include "mm/oom.h"
#include "mm/page_cache.h"
#include "mm/vmscan.h"

namespace mmscope::test {

inline constexpr Gfp kKernelMask{gfp::kKernel};
inline constexpr Gfp kAtomicMask{gfp::kHigh | gfp::kKswapdReclaim};
inline constexpr Gfp kMovableMask{gfp::kKernel | gfp::kHardwall | gfp::kHighmem | gfp::kMovable};

class PagedMachine {
public:
    explicit PagedMachine(u32 mebibytes = 64, const Profile& profile = profile_6_12())
        : memory(Arch::x86_64, profile, layout(mebibytes * 256), 1), trace(1U << 19) {
        memory.buddy(0, trace).add_range({kFirst}, mebibytes * 256);
        VmSysctl sysctl = memory.sysctl();
        sysctl.min_free_kbytes = 2048;
        memory.set_sysctl(sysctl);
    }

    u32 file(u32 pages) { return cache().add(MappingKind::file, pages, ++call); }
    u32 area(u32 pages) { return cache().add(MappingKind::anonymous, pages, ++call); }
    TouchResult touch(u32 mapping, u32 first, u32 count) {
        trace.begin();
        const TouchResult result = cache().touch(mapping, first, count, ++call);
        EXPECT_EQ(memory.check(), "");
        return result;
    }
    TouchResult touch(u32 mapping) { return touch(mapping, 0, memory.mapping_table().mappings[mapping].pages); }
    Pfn alloc(Gfp mask, u8 order = 0) {
        trace.begin();
        const Pfn pfn = memory.alloc_pages(mask, {order}, ++call, 0, trace);
        EXPECT_EQ(memory.check(), "");
        return pfn;
    }
    void free(Pfn pfn, u8 order = 0) { memory.free_pages(pfn, {order}, 0, trace); }
    void run_daemons() {
        trace.begin();
        memory.run_daemons(0, trace);
        EXPECT_EQ(memory.check(), "");
    }
    PageCache cache() { return PageCache(memory, 0, trace); }

    Pfn frame(u32 mapping, u32 index) const {
        return memory.mapping_table().page(mapping, index);
    }
    u32 resident(u32 mapping) const { return memory.mapping_table().mappings[mapping].resident; }
    u32 size(LruList list) const { return memory.lru_size(0, list); }
    const Zone& zone() const { return memory.zones()[0]; }
    // Pages that can be taken until the low mark is reached, less `margin`.
    u32 pages_above_low(u32 margin) const { return zone().free_pages - zone().mark(Watermark::low) - margin; }
    // Events of the last call.
    u32 count(TraceKind kind) const {
        u32 sum = 0;
        for (u32 at = 0; at < trace.kept(); ++at) sum += trace.kept_event(at).kind == kind;
        return sum;
    }
    // Kinds of the last call's events, first ones first, each once; those of single pages and blocks left out.
    std::vector<TraceKind> story(std::initializer_list<TraceKind> of) const {
        std::vector<TraceKind> kinds;
        for (u32 at = 0; at < trace.kept(); ++at) {
            const TraceKind kind = trace.kept_event(at).kind;
            if (std::find(of.begin(), of.end(), kind) == of.end()) continue;
            if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
        }
        return kinds;
    }

    PageAllocator memory;
    Trace trace;
    u32 call = 0;

private:
    static constexpr u32 kFirst = 0x1000;
    static std::vector<ZoneLayout> layout(u32 frames) {
        ZoneLayout zone;
        zone.index = 2;
        zone.start = {kFirst};
        zone.spanned = frames;
        zone.present = {{{kFirst}, frames}};
        return {zone};
    }
};

}  // namespace mmscope::test
