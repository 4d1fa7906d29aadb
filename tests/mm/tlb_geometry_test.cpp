#include "mm/tlb_geometry.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

using Unit = TlbGeometry::Unit;

void expect_error(const std::string& text, const std::string& key, u32 column, u32 length) {
    const auto geometry = read_tlb_geometry(text);
    ASSERT_FALSE(geometry) << text;
    EXPECT_EQ(geometry.error().message.key, key) << text;
    EXPECT_EQ(geometry.error().line, 1U) << text;
    EXPECT_EQ(geometry.error().column, column) << text;
    EXPECT_EQ(geometry.error().length, length) << text;
}

TEST(TlbGeometry, entries_and_ways_are_read) {
    const auto geometry = read_tlb_geometry("l1i=128/8,l1d=64/4,l2=1536/12");
    ASSERT_TRUE(geometry);
    EXPECT_EQ(*geometry->shape(1, TlbSide::instruction, PageSize::size_4k), (TlbShape{128, 8}));
    EXPECT_EQ(*geometry->shape(1, TlbSide::data, PageSize::size_2m), (TlbShape{64, 4}));
    EXPECT_EQ(geometry->shape(2, TlbSide::data, PageSize::size_4k),
              geometry->shape(2, TlbSide::instruction, PageSize::size_1g));
    EXPECT_EQ(geometry->shape(2, TlbSide::data, PageSize::size_4k)->sets(), 128U);
    EXPECT_EQ(geometry->policy, TlbPolicy::lru);
}

TEST(TlbGeometry, a_number_alone_is_fully_associative) {
    const auto geometry = read_tlb_geometry("l1i=64,l1d=96,policy=plru");
    ASSERT_TRUE(geometry);
    EXPECT_EQ(geometry->shape(1, TlbSide::data, PageSize::size_4k)->sets(), 1U);
    EXPECT_EQ(geometry->shape(2, TlbSide::data, PageSize::size_4k), nullptr);
    EXPECT_FALSE(geometry->has_l2(TlbSide::data));
    EXPECT_EQ(geometry->policy, TlbPolicy::tree_plru);
}

TEST(TlbGeometry, a_page_size_may_have_a_structure_of_its_own_or_none) {
    const auto geometry = read_tlb_geometry("l1i=64,l1d=64/4,l1d-2m=32/4,l2=1024/8,l2-1g=0");
    ASSERT_TRUE(geometry);
    EXPECT_EQ(geometry->shape(1, TlbSide::data, PageSize::size_2m)->entries, 32U);
    EXPECT_EQ(geometry->shape(1, TlbSide::data, PageSize::size_1g)->entries, 64U);
    EXPECT_EQ(geometry->shape(2, TlbSide::data, PageSize::size_2m)->entries, 1024U);
    EXPECT_EQ(geometry->shape(2, TlbSide::data, PageSize::size_1g), nullptr);
}

TEST(TlbGeometry, every_named_cpu_is_a_geometry_and_its_text_reads_back) {
    EXPECT_EQ(tlb_geometries().size(), 9U);
    for (const NamedTlbGeometry& one : tlb_geometries()) {
        const auto geometry = read_tlb_geometry(one.name);
        ASSERT_TRUE(geometry) << one.name;
        EXPECT_EQ(geometry->text(), one.text) << one.name;
        EXPECT_EQ(*read_tlb_geometry(geometry->text()), *geometry) << one.name;
    }
    EXPECT_TRUE(read_tlb_geometry("Skylake"));
    const auto by_hand = read_tlb_geometry("L1I=4,l1d=8/2,pde=0,policy=plru");
    ASSERT_TRUE(by_hand);
    EXPECT_EQ(by_hand->text(), "l1i=4,l1d=8/2,pde=0,policy=plru");
}

TEST(TlbGeometry, what_is_wrong_is_said_with_its_place) {
    expect_error("pentium", "tlb.no_cpu", 1, 7);
    expect_error("", "tlb.no_cpu", 1, 0);
    expect_error("l1i=128/8,l1d", "tlb.item", 11, 3);
    expect_error("l1i=128/8,", "tlb.item", 11, 0);
    expect_error("l1i=128/8,l3=64/4", "tlb.unknown", 11, 2);
    expect_error("l1i=128/8,l1d-4k=64/4", "tlb.unknown", 11, 6);
    expect_error("l1i=128/8,l1d=64/x", "tlb.number", 18, 1);
    expect_error("l1i=128/8,l1d=-64/4", "tlb.number", 15, 3);
    expect_error("l1i=128/8,l1d=/4", "tlb.number", 15, 0);
    expect_error("l1i=65537,l1d=64/4", "tlb.number", 5, 5);
    expect_error("l1i=99999999999,l1d=64/4", "tlb.number", 5, 11);
    expect_error("l1i=128/8,l1d=64/5", "tlb.ways", 15, 4);
    expect_error("l1i=128/8,l1d=64/0", "tlb.ways", 15, 4);
    expect_error("l1i=128/8,l1d=4/8", "tlb.ways", 15, 3);
    expect_error("l1i=128/8,l1d=64/4,l1d=64/4", "tlb.twice", 20, 3);
    expect_error("l1i=8,l1d=8,pde=1,pde=1", "tlb.twice", 19, 3);
    expect_error("l1i=8,l1d=8,policy=lru,policy=lru", "tlb.twice", 24, 6);
    expect_error("l1i=8,l1d=8,policy=random", "tlb.policy", 20, 6);
    expect_error("l1i=128/8", "tlb.no_l1", 1, 9);
    expect_error("l1i=128/8,l1d=0", "tlb.no_l1", 1, 15);
    expect_error("l1i=8,l1d=8,l1d-1g=0", "tlb.no_l1", 1, 20);
}

}  // namespace
}  // namespace mmscope
