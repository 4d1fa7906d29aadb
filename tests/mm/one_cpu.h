// One zone and one CPU's lists for tests of single rules, with the sizes that a test wants: frames 0x1000 .. 0x10fff
// are in use until stock() frees those from 0x9000 on, all pageblocks are Movable, and nothing is on the CPU's lists.
//
// What the lists do is told in numbers, as "after:pages": after how many calls how many pages were fetched or drained.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mm/page_alloc.h"
#include "one_zone.h"

namespace mmscope::test {

class OneCpu {
public:
    static constexpr u32 kUsed = 0x1000, kFree = 0x9000, kEnd = 0x11000;

    OneCpu(const Profile& profile, u32 batch, u32 high, u32 high_max = 0)
        : memory(Arch::x86_64, profile, one_zone(kUsed, kEnd), 1), trace_(1U << 16) {
        zone().pcp_batch = batch;
        zone().pcp_high = high;
        zone().pcp_high_max = high_max == 0 ? high : high_max;
    }
    // Frees the upper half.
    OneCpu& stock() {
        memory.buddy(0, trace_).add_range({kFree}, kEnd - kFree);
        return *this;
    }

    Zone& zone() { return memory.zones()[0]; }
    PerCpuPages& pages() { return memory.pcp(0, 0); }
    PcpLists lists() { return memory.pcp_lists(0, 0, trace_); }

    // A block from the lists, after a refill if that is needed; what was fetched stands in fetched().
    Pfn take(u8 order = 0, Migratetype type = kM, bool refills = true, const AllocFlags& flags = {}) {
        trace_.begin();
        const u32 before = pages().count;
        const Pfn pfn = lists().take({order}, type, flags, refills);
        if (pfn != kNoPfn) use(pfn, order);
        fetched_ = pages().count + (pfn == kNoPfn ? 0 : 1U << order) - before;
        return pfn;
    }
    // The next block of the frames that are in use comes back; or `pfn`, which a test has taken.
    void put(u8 order = 0) {
        at_ = (at_ + (1U << order) - 1) & ~((1U << order) - 1);
        put({at_}, order);
        at_ += 1U << order;
    }
    void put(Pfn pfn, u8 order) {
        const u32 before = pages().count + (1U << order);
        lists().put(pfn, {order}, memory.frames().pageblock_type(pfn));
        drained_ = before - pages().count;
    }
    std::vector<Pfn> blocks(u32 list) {
        std::vector<Pfn> listed;
        lists().list_blocks(list, &listed);
        return listed;
    }
    u32 fetched() const { return fetched_; }
    u32 drained() const { return drained_; }

    // `count` blocks taken or put back, one after another: those calls that fetched or drained.
    std::string refills_of(u32 count, u8 order = 0) {
        std::string told;
        for (u32 call = 0; call < count; ++call) {
            take(order);
            if (fetched_ != 0)
                told += (told.empty() ? "" : " ") + std::to_string(call) + ":" + std::to_string(fetched_);
        }
        return told;
    }
    std::string drains_of(u32 count, u8 order = 0) {
        std::string told;
        for (u32 call = 1; call <= count; ++call) {
            put(order);
            if (drained_ != 0)
                told += (told.empty() ? "" : " ") + std::to_string(call) + ":" + std::to_string(drained_);
        }
        return told;
    }
    // The blocks that went back to the buddy system in the last call, in order: "pfn/order/type", in hex.
    template <class Call>
    std::string drained_by(Call call) {
        trace_.begin();
        call();
        std::string told;
        for (u32 i = 0; i < trace_.kept(); ++i) {
            const TraceEvent& event = trace_.kept_event(i);
            if (event.kind != TraceKind::mm_page_pcpu_drain) continue;
            char text[32];
            std::snprintf(text, sizeof text, "%s%x/%u%c", told.empty() ? "" : " ", event.pfn, event.order,
                          kMigratetypeLetters[event.migratetype]);
            told += text;
        }
        return told;
    }

    PageAllocator memory;

private:
    void use(Pfn pfn, u8 order) {
        write_block(memory.frames().states() + pfn.value, {order}, frame_state::allocated_head(kM, Owner::kernel),
                    frame_state::allocated_tail(kM, Owner::kernel));
    }
    Trace trace_;
    u32 at_ = kUsed;
    u32 fetched_ = 0;
    u32 drained_ = 0;
};

}  // namespace mmscope::test
