// One zone of one machine for tests of single rules: zone DMA as the golden file has it, frames 1 .. 0xfff in eight
// pageblocks of 512, all Movable and all in use until a test puts free blocks on the lists.
//
// Lists are written "order/type:block,block", head first, numbers in hex; pageblocks as one letter each.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "mm/page_alloc.h"

namespace mmscope::test {

inline constexpr Migratetype kU = Migratetype::unmovable, kM = Migratetype::movable, kE = Migratetype::reclaimable,
                             kH = Migratetype::highatomic;

inline std::vector<ZoneLayout> one_zone(u32 first, u32 end) {
    ZoneLayout layout;
    layout.type = ZoneType::dma;
    layout.start = {first};
    layout.spanned = end - first;
    layout.present = {{{first}, end - first}};
    return {layout};
}

class OneZone {
public:
    explicit OneZone(const Profile& profile, u32 first = 1, u32 end = 0x1000)
        : memory_(Arch::x86_64, profile, one_zone(first, end), 1) {}

    void put(u32 pfn, u8 order, Migratetype type) { buddy().add_block({pfn}, {order}, type, Buddy::Place::tail); }
    void boot(u32 first, u32 frames) { buddy().add_range({first}, frames); }
    void label(u32 pfn, Migratetype type) { memory_.frames().set_pageblock_type({pfn}, type); }
    u32 alloc(u8 order, Migratetype type) {
        const Pfn pfn = buddy().rmqueue({order}, type);
        if (pfn == kNoPfn) return pfn.value;
        memory_.frames().fill_states(pfn, 1U << order, frame_state::allocated_tail(type, Owner::kernel));
        memory_.frames().fill_states(pfn, 1, frame_state::allocated_head(type, Owner::kernel));
        Allocation allocation;
        allocation.order = {order};
        memory_.frames().links()[pfn.value] = allocation.pack();
        EXPECT_EQ(memory_.check(), "");
        return pfn.value;
    }
    void free(u32 pfn, u8 order) {
        buddy().free_block({pfn}, {order});
        EXPECT_EQ(memory_.check(), "");
    }

    std::string lists() {
        std::string text;
        for (u8 order = 0; order < kNrPageOrders; ++order)
            for (u32 type = 0; type < kMigratetypes; ++type) {
                std::vector<Pfn> blocks;
                buddy().list_blocks({order}, static_cast<Migratetype>(type), 100, &blocks);
                if (blocks.empty()) continue;
                text += (text.empty() ? "" : " ") + std::to_string(order) + "/" + kMigratetypeLetters[type];
                for (const Pfn pfn : blocks) {
                    char number[16];
                    std::snprintf(number, sizeof number, "%x", pfn.value);
                    text += (pfn == blocks.front() ? ":" : ",") + std::string(number);
                }
            }
        return text;
    }
    std::string pageblocks() const {
        std::string text;
        for (u32 block = 0; block < memory_.frames().pageblocks(); ++block)
            text += kMigratetypeLetters[memory_.frames().pageblock_types()[block]];
        return text;
    }
    u32 free_pages() const { return memory_.zones()[0].free_pages; }

private:
    Buddy buddy() { return memory_.buddy(0, nobody_); }
    Trace nobody_;
    PageAllocator memory_;
};

}  // namespace mmscope::test
