// struct page in nine bytes: the state byte, the link, and finding a block from any of its frames.
#include <gtest/gtest.h>

#include <set>

#include "mm/page.h"

namespace mmscope {
namespace {

using namespace frame_state;

TEST(FrameState, every_kind_of_frame_has_a_byte_of_its_own) {
    std::set<u8> bytes = {kReserved, kAbsent};
    u32 count = 2;
    for (u32 t = 0; t < kMigratetypes; ++t) {
        const Migratetype type = static_cast<Migratetype>(t);
        bytes.insert(free_tail(type));
        ++count;
        for (u8 order_of = 0; order_of < kNrPageOrders; ++order_of, ++count) bytes.insert(free_head(type, {order_of}));
        for (u32 o = 0; o < kOwners; ++o, count += 2) {
            bytes.insert(allocated_head(type, static_cast<Owner>(o)));
            bytes.insert(allocated_tail(type, static_cast<Owner>(o)));
        }
    }
    EXPECT_EQ(bytes.size(), count);
}

TEST(FrameState, a_byte_is_exactly_one_of_free_allocated_reserved_and_absent) {
    for (u32 byte = 0; byte < 256; ++byte) {
        const u8 state = static_cast<u8>(byte);
        EXPECT_EQ(is_free(state) + is_allocated(state) + is_reserved(state) + is_absent(state), 1) << byte;
    }
}

TEST(FrameState, what_was_written_is_read_back) {
    for (u32 t = 0; t < kMigratetypes; ++t) {
        const Migratetype type = static_cast<Migratetype>(t);
        for (u8 order_of = 0; order_of < kNrPageOrders; ++order_of) {
            EXPECT_TRUE(is_free_head(free_head(type, {order_of})));
            EXPECT_EQ(order(free_head(type, {order_of})), Order{order_of});
            EXPECT_EQ(migratetype(free_head(type, {order_of})), type);
        }
        EXPECT_TRUE(is_free(free_tail(type)));
        EXPECT_FALSE(is_free_head(free_tail(type)));
        for (u32 o = 0; o < kOwners; ++o) {
            const u8 head = allocated_head(type, static_cast<Owner>(o));
            const u8 tail = allocated_tail(type, static_cast<Owner>(o));
            EXPECT_TRUE(is_allocated_head(head));
            EXPECT_TRUE(is_allocated(tail));
            EXPECT_FALSE(is_allocated_head(tail));
            EXPECT_EQ(owner(head), static_cast<Owner>(o));
            EXPECT_EQ(owner(tail), static_cast<Owner>(o));
            EXPECT_EQ(migratetype(tail), type);
        }
    }
}

TEST(FrameState, a_filled_block_ends_where_its_order_says) {
    for (u8 order_of = 0; order_of < kNrPageOrders; ++order_of) {
        std::vector<u8> states(3 << kMaxPageOrder, kAbsent);
        const u32 first = 1U << kMaxPageOrder;
        fill_block(states.data() + first, {order_of}, 0x85);
        for (u32 pfn = 0; pfn < states.size(); ++pfn)
            ASSERT_EQ(states[pfn] == 0x85, pfn >= first && pfn - first < (1U << order_of))
                << pfn << " of order " << u32{order_of};
    }
}

TEST(Allocation, survives_its_link) {
    Allocation allocation;
    allocation.call = 0xfffffffeU;
    allocation.order = {10};
    allocation.refcount = 0xffff;
    for (const bool compound : {false, true})
        for (const bool zeroed : {false, true}) {
            allocation.compound = compound;
            allocation.zeroed = zeroed;
            const Allocation back = Allocation::unpack(allocation.pack());
            EXPECT_EQ(back.call, allocation.call);
            EXPECT_EQ(back.order, allocation.order);
            EXPECT_EQ(back.refcount, allocation.refcount);
            EXPECT_EQ(back.compound, compound);
            EXPECT_EQ(back.zeroed, zeroed);
        }
}

TEST(FrameTable, has_whole_blocks_of_the_largest_order_and_is_absent_at_first) {
    const FrameTable frames(1025, 3, {9});
    EXPECT_EQ(frames.frames(), 2048U);
    EXPECT_EQ(frames.pageblocks(), 4U);
    EXPECT_TRUE(is_absent(frames.state({2047})));
    EXPECT_EQ(frames.pageblock_type({2047}), Migratetype::movable);
    for (u32 list = 0; list < 3; ++list) {
        EXPECT_EQ(frames.links()[frames.list_head(list)].next, frames.list_head(list));
        EXPECT_EQ(frames.links()[frames.list_head(list)].prev, frames.list_head(list));
    }
}

// 0        8   12  14 15 16
// |free 3  |fr2|al1|a|re|absent ...
TEST(FrameTable, a_block_is_found_from_each_of_its_frames) {
    FrameTable frames(1024, 0, {9});
    const Migratetype type = Migratetype::reclaimable;
    const auto place = [&](u32 pfn, u8 order_of, u8 head, u8 tail) {
        frames.fill_states({pfn}, 1U << order_of, tail);
        frames.fill_states({pfn}, 1, head);
        Allocation allocation;
        allocation.order = {order_of};
        frames.links()[pfn] = allocation.pack();
    };
    place(0, 3, free_head(type, {3}), free_tail(type));
    place(8, 2, free_head(type, {2}), free_tail(type));
    place(12, 1, allocated_head(type, Owner::slab), allocated_tail(type, Owner::slab));
    place(14, 0, allocated_head(type, Owner::slab), allocated_tail(type, Owner::slab));
    frames.fill_states({15}, 1, kReserved);

    const u32 heads[] = {0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 12, 12, 14};
    const u32 orders[] = {3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 0};
    for (u32 pfn = 0; pfn < 15; ++pfn) {
        const BlockRef block = frames.block_of({pfn});
        EXPECT_EQ(block.head, Pfn{heads[pfn]}) << pfn;
        EXPECT_EQ(block.order.value, orders[pfn]) << pfn;
        EXPECT_EQ(block.is_free, pfn < 12) << pfn;
    }
    EXPECT_EQ(frames.block_of({15}).head, kNoPfn) << "reserved";
    EXPECT_EQ(frames.block_of({16}).head, kNoPfn) << "absent";
}

TEST(FrameTable, writing_states_marks_the_rows_written_and_no_others) {
    FrameTable frames(5 << FrameTable::kRowShift, 0, {9});
    std::fill_n(frames.dirty_rows(), frames.row_count(), u8{0});
    frames.fill_states({(2U << FrameTable::kRowShift) - 1}, 2, kReserved);
    EXPECT_EQ(std::vector<u8>(frames.dirty_rows(), frames.dirty_rows() + 5), (std::vector<u8>{0, 1, 1, 0, 0}));
}

}  // namespace
}  // namespace mmscope
