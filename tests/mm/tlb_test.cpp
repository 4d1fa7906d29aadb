#include "mm/tlb.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "naive_tlb.h"

namespace mmscope {
namespace {

constexpr TlbSide kData = TlbSide::data;
constexpr TlbSide kCode = TlbSide::instruction;
constexpr u64 kPage = 4096;

Tlb make(const char* geometry) { return Tlb(*read_tlb_geometry(geometry)); }
Tlb::Translation frame(u32 pfn) { return {{pfn}, 0}; }

// Where each of these pages is found, as letters: 1, 2, or w for a walk.
std::string found(Tlb& tlb, std::initializer_list<u64> pages) {
    std::string letters;
    for (const u64 page : pages) {
        letters += "12w"[static_cast<u32>(tlb.access(kData, {page * kPage}))];
        EXPECT_EQ(tlb.check(), "");
    }
    return letters;
}

TEST(Tlb, the_first_access_walks_and_the_second_hits) {
    Tlb tlb = make("l1i=4,l1d=4,l2=8");
    EXPECT_EQ(found(tlb, {7, 7, 7}), "w11");
    EXPECT_EQ(tlb.counts().lookups[1], 3U);
    EXPECT_EQ(tlb.counts().l1_misses[1], 1U);
    EXPECT_EQ(tlb.counts().walks[1], 1U);
}

TEST(Tlb, the_oldest_of_a_set_goes_first) {
    Tlb tlb = make("l1i=4,l1d=2");
    EXPECT_EQ(found(tlb, {1, 2, 1, 3, 1, 2}), "ww1w1w");
}

TEST(Tlb, a_page_has_its_place_in_one_set) {
    Tlb tlb = make("l1i=4,l1d=4/1");
    EXPECT_EQ(found(tlb, {0, 1, 2, 3, 0, 4, 0, 1}), "wwww1ww1");
}

TEST(Tlb, sets_that_are_no_power_of_two_are_chosen_by_the_rest) {
    Tlb tlb = make("l1i=4,l1d=3/1");
    EXPECT_EQ(found(tlb, {0, 1, 2, 0, 3, 1, 2, 0}), "www1w11w");
}

TEST(Tlb, tree_plru_takes_where_the_tree_points_and_not_the_oldest) {
    Tlb tlb = make("l1i=4,l1d=4,policy=plru");
    // After 1 2 3 4 and 1, the tree points to the right half and in it to 3; the oldest is 2.
    EXPECT_EQ(found(tlb, {1, 2, 3, 4, 1, 5, 2, 3}), "wwww1w1w");
}

TEST(Tlb, l2_catches_what_l1_has_lost_and_gives_it_back) {
    Tlb tlb = make("l1i=4,l1d=1,l2=4");
    EXPECT_EQ(found(tlb, {1, 2, 1, 1}), "ww21");
    EXPECT_EQ(tlb.cycles(), 7U + 20 * 5);  // a walk of four entries, one of a cached PDE, one hit in L2
}

TEST(Tlb, the_sides_have_an_l1_of_their_own_and_share_an_l2) {
    Tlb tlb = make("l1i=4,l1d=4,l2=8");
    EXPECT_EQ(tlb.access(kData, {kPage}), TlbLevel::walk);
    EXPECT_EQ(tlb.access(kCode, {kPage}), TlbLevel::l2);
    EXPECT_EQ(tlb.access(kCode, {kPage}), TlbLevel::l1);
}

TEST(Tlb, two_l2_are_not_shared) {
    Tlb tlb = make("l1i=4,l1d=4,l2i=8,l2d=8");
    EXPECT_EQ(tlb.access(kData, {kPage}), TlbLevel::walk);
    EXPECT_EQ(tlb.access(kCode, {kPage}), TlbLevel::walk);
}

TEST(Tlb, a_large_page_is_one_entry) {
    Tlb tlb = make("l1i=4,l1d=4,l1d-2m=2,l2=8");
    EXPECT_EQ(tlb.access(kData, {0x200000}, PageSize::size_2m), TlbLevel::walk);
    EXPECT_EQ(tlb.access(kData, {0x3fffff}, PageSize::size_2m), TlbLevel::l1);
    EXPECT_EQ(tlb.access(kData, {0x400000}, PageSize::size_2m), TlbLevel::walk);
    EXPECT_EQ(tlb.access(kData, {0x600000}, PageSize::size_2m), TlbLevel::walk);
    EXPECT_EQ(tlb.access(kData, {0x200000}, PageSize::size_2m), TlbLevel::l2);
    EXPECT_EQ(tlb.check(), "");
}

TEST(Tlb, a_size_without_an_l2_walks_when_l1_has_lost_it) {
    Tlb tlb = make("l1i=4,l1d=4,l1d-1g=1,l2=8,l2-1g=0");
    for (const u64 address : {0x40000000ULL, 0x80000000ULL, 0x40000000ULL})
        EXPECT_EQ(tlb.access(kData, {address}, PageSize::size_1g), TlbLevel::walk);
    EXPECT_EQ(tlb.structure(2, kData, PageSize::size_1g), nullptr);
}

TEST(Tlb, a_walk_begins_below_the_deepest_entry_that_is_cached) {
    Tlb tlb = make("l1i=1,l1d=1");
    EXPECT_EQ(tlb.begin_walk(kData, {0}, PageSize::size_4k), WalkLevel::pml4);
    EXPECT_EQ(tlb.begin_walk(kData, {kPage}, PageSize::size_4k), WalkLevel::pt);
    EXPECT_EQ(tlb.begin_walk(kData, {0x200000}, PageSize::size_4k), WalkLevel::pd);
    EXPECT_EQ(tlb.begin_walk(kData, {0x40000000}, PageSize::size_4k), WalkLevel::pdpt);
    EXPECT_EQ(tlb.begin_walk(kData, {0x8000000000}, PageSize::size_4k), WalkLevel::pml4);
    EXPECT_EQ(tlb.counts().entries_read, 4U + 1 + 2 + 3 + 4);
    EXPECT_EQ(tlb.begin_walk(kData, {0x600000}, PageSize::size_2m), WalkLevel::pd);
    EXPECT_EQ(tlb.begin_walk(kData, {0xc0000000}, PageSize::size_1g), WalkLevel::pdpt);
    EXPECT_EQ(tlb.counts().entries_read, 14U + 1 + 1);
    EXPECT_EQ(tlb.check(), "");
}

TEST(Tlb, without_paging_structure_caches_every_walk_is_whole) {
    Tlb tlb = make("l1i=1,l1d=1,pde=0,pdpte=0,pml4e=0");
    EXPECT_EQ(found(tlb, {1, 2, 3}), "www");
    EXPECT_EQ(tlb.counts().walks_begun[static_cast<u32>(WalkLevel::pml4)], 3U);
    EXPECT_EQ(tlb.counts().entries_read, 12U);
}

TEST(Tlb, a_translation_comes_back_until_it_is_dropped_even_if_it_is_stale) {
    Tlb tlb = make("l1i=4,l1d=4,l2=8");
    tlb.fill(kData, {0x5000}, PageSize::size_4k, Tlb::Scope::asid, frame(7));
    EXPECT_EQ(tlb.look_up(kData, {0x5fff}).translation.pfn, Pfn{7});
    tlb.fill(kData, {0x5000}, PageSize::size_4k, Tlb::Scope::asid, frame(8));
    EXPECT_EQ(tlb.look_up(kData, {0x5000}).translation.pfn, Pfn{8});
    EXPECT_EQ(tlb.look_up(kCode, {0x5000}).level, TlbLevel::l2);
    tlb.invlpg({0x5123});
    EXPECT_EQ(tlb.look_up(kData, {0x5000}).level, TlbLevel::walk);
    EXPECT_EQ(tlb.look_up(kCode, {0x5000}).level, TlbLevel::walk);
    EXPECT_EQ(tlb.check(), "");
}

TEST(Tlb, an_asid_does_not_see_anothers_pages_but_every_one_sees_global_pages) {
    Tlb tlb = make("l1i=4,l1d=4,l2=8");
    tlb.set_asid(1);
    tlb.fill(kData, {0x1000}, PageSize::size_4k, Tlb::Scope::asid, frame(1));
    tlb.fill(kData, {0x2000}, PageSize::size_4k, Tlb::Scope::global, frame(2));
    tlb.set_asid(2);
    EXPECT_EQ(tlb.look_up(kData, {0x1000}).level, TlbLevel::walk);
    EXPECT_EQ(tlb.look_up(kData, {0x2000}).translation.pfn, Pfn{2});
    tlb.set_asid(1);
    EXPECT_EQ(tlb.look_up(kData, {0x1000}).translation.pfn, Pfn{1});
}

TEST(Tlb, flushing_an_asid_leaves_the_others_and_global_entries) {
    Tlb tlb = make("l1i=4,l1d=4,l2=8");
    for (const u32 asid : {1U, 2U}) {
        tlb.set_asid(asid);
        tlb.fill(kData, {0x1000}, PageSize::size_4k, Tlb::Scope::asid, frame(asid));
    }
    tlb.fill(kData, {0x2000}, PageSize::size_4k, Tlb::Scope::global, frame(9));
    tlb.flush_asid(2);
    EXPECT_EQ(tlb.look_up(kData, {0x1000}).level, TlbLevel::walk);
    EXPECT_EQ(tlb.look_up(kData, {0x2000}).level, TlbLevel::l1);
    tlb.set_asid(1);
    EXPECT_EQ(tlb.look_up(kData, {0x1000}).level, TlbLevel::l1);
    tlb.flush_all();
    EXPECT_EQ(tlb.look_up(kData, {0x1000}).level, TlbLevel::walk);
    EXPECT_EQ(tlb.look_up(kData, {0x2000}).level, TlbLevel::walk);
    EXPECT_EQ(tlb.check(), "");
}

TEST(Tlb, invlpg_drops_one_page_and_all_paging_structure_entries_of_the_asid) {
    Tlb tlb = make("l1i=4,l1d=4,l2=8");
    EXPECT_EQ(found(tlb, {1, 2}), "ww");
    tlb.set_asid(1);
    EXPECT_EQ(found(tlb, {3}), "w");
    tlb.set_asid(0);
    tlb.invlpg({0x1000});
    EXPECT_EQ(tlb.begin_walk(kData, {0x1000}, PageSize::size_4k), WalkLevel::pml4);
    EXPECT_EQ(found(tlb, {2}), "1");
    tlb.set_asid(1);
    EXPECT_EQ(tlb.begin_walk(kData, {0x4000}, PageSize::size_4k), WalkLevel::pt);
}

TEST(Tlb, linux_drops_33_pages_one_by_one_and_34_at_once) {
    Tlb tlb = make("l1i=4,l1d=64,l2=256/4");
    for (u64 page = 0; page < 40; ++page) tlb.access(kData, {page * kPage});
    EXPECT_EQ(tlb.flush_range({0}, {33 * kPage}, PageSize::size_4k), Tlb::RangeFlush::pages);
    EXPECT_EQ(tlb.counts().invlpg, 33U);
    EXPECT_EQ(found(tlb, {39, 33, 32}), "11w");
    EXPECT_EQ(tlb.flush_range({0}, {34 * kPage}, PageSize::size_4k), Tlb::RangeFlush::whole);
    EXPECT_EQ(tlb.counts().flushes, 1U);
    EXPECT_EQ(found(tlb, {39}), "w");
    EXPECT_EQ(tlb.flush_range({0}, {33 * 0x200000}, PageSize::size_2m), Tlb::RangeFlush::pages);
}

TEST(Tlb, a_freed_way_is_filled_before_anything_is_replaced) {
    for (const char* geometry : {"l1i=4,l1d=4", "l1i=4,l1d=4,policy=plru"}) {
        Tlb tlb = make(geometry);
        EXPECT_EQ(found(tlb, {1, 2, 3, 4}), "wwww");
        tlb.invlpg({3 * kPage});
        EXPECT_EQ(found(tlb, {5, 1, 2, 4, 5}), "w1111");
    }
}

TEST(Tlb, a_view_tells_tag_asid_size_and_age) {
    Tlb tlb = make("l1i=4,l1d=4");
    tlb.set_asid(5);
    tlb.fill(kData, {0x7000}, PageSize::size_4k, Tlb::Scope::asid, frame(1));
    tlb.fill(kData, {0x600000}, PageSize::size_2m, Tlb::Scope::global, frame(512));
    const Tlb::Structure& l1d = *tlb.structure(1, kData, PageSize::size_4k);
    const auto old = tlb.view(l1d, 0, 0);
    const auto young = tlb.view(l1d, 0, 1);
    ASSERT_TRUE(old && young);
    EXPECT_EQ(old->page, 7U);
    EXPECT_EQ(old->asid, 5U);
    EXPECT_EQ(old->age, 1U);
    EXPECT_EQ(young->page, 3U);
    EXPECT_EQ(young->scope, Tlb::Scope::global);
    EXPECT_EQ(young->size, PageSize::size_2m);
    EXPECT_EQ(young->age, 0U);
    EXPECT_EQ(young->translation.pfn, Pfn{512});
    EXPECT_FALSE(tlb.view(l1d, 0, 2));
    EXPECT_EQ(tlb.next_victim(l1d, 0), 2U);
}

TEST(Tlb, a_copy_goes_its_own_way) {
    Tlb tlb = make("l1i=4,l1d=2");
    EXPECT_EQ(found(tlb, {1, 2}), "ww");
    Tlb copy = tlb;
    EXPECT_EQ(found(copy, {3}), "w");
    EXPECT_EQ(found(tlb, {1, 2}), "11");
    EXPECT_EQ(found(copy, {2, 3}), "11");
}

TEST(Tlb, the_highest_pages_of_the_address_space_are_pages_too) {
    Tlb tlb = make("l1i=4,l1d=4,l2=8");
    EXPECT_EQ(tlb.access(kData, {0xffffffffffffffff}), TlbLevel::walk);
    EXPECT_EQ(tlb.access(kData, {0xfffffffffffff000}), TlbLevel::l1);
    EXPECT_EQ(tlb.access(kData, {0}), TlbLevel::walk);
    EXPECT_EQ(tlb.check(), "");
}

// ---- against the naive model ----

struct Geometry {
    u32 l1i, l1i_ways, l1d, l1d_ways, l2, l2_ways;
};
constexpr Geometry kGeometries[] = {{128, 8, 64, 4, 1536, 12}, {64, 64, 72, 72, 512, 8}, {1, 1, 1, 1, 1, 1},
                                    {8, 1, 8, 2, 16, 4},       {12, 3, 20, 5, 63, 7},    {6, 2, 96, 6, 3072, 24},
                                    {16, 16, 3, 3, 40, 40},    {4, 2, 4, 4, 4, 1}};

struct Access {
    TlbSide side;
    u64 page;
};

// Loops over few pages, jumps among many, and strides that press on one set.
std::vector<Access> random_trace(u64 seed, u32 length) {
    Prng random(seed);
    std::vector<Access> trace;
    const u32 pages = 1U << random.between(2, 14);
    u64 page = 0;
    while (trace.size() < length) {
        const TlbSide side = random.below(3) == 0 ? kCode : kData;
        const u32 way = random.below(8);
        if (way == 0)
            page = random.below(pages);
        else if (way == 1)
            page += u64{16} << random.below(4);
        else if (way == 2)
            page = page < 3 ? page : page - random.below(3);
        for (u32 again = random.below(3) + 1; again-- > 0;) trace.push_back({side, page});
    }
    return trace;
}

void expect_equal(const Tlb& tlb, const test::NaiveHierarchy& naive, const std::string& what) {
    const TlbCounts& counts = tlb.counts();
    EXPECT_EQ(counts.lookups[0], naive.l1i->hits + naive.l1i->misses) << what;
    EXPECT_EQ(counts.lookups[1], naive.l1d->hits + naive.l1d->misses) << what;
    EXPECT_EQ(counts.l1_misses[0], naive.l1i->misses) << what;
    EXPECT_EQ(counts.l1_misses[1], naive.l1d->misses) << what;
    EXPECT_EQ(counts.l1_misses[0] + counts.l1_misses[1], naive.l2->hits + naive.l2->misses) << what;
    EXPECT_EQ(counts.walks[0] + counts.walks[1], naive.l2->misses) << what;
    EXPECT_EQ(tlb.check(), "") << what;
}

template <class Structure>
void compare_random_traces(const char* policy) {
    for (const Geometry& one : kGeometries) {
        const std::string text = "l1i=" + std::to_string(one.l1i) + "/" + std::to_string(one.l1i_ways) +
                                 ",l1d=" + std::to_string(one.l1d) + "/" + std::to_string(one.l1d_ways) +
                                 ",l2=" + std::to_string(one.l2) + "/" + std::to_string(one.l2_ways) +
                                 ",policy=" + policy;
        for (u64 seed = 1; seed <= 10; ++seed) {
            Tlb tlb = make(text.c_str());
            auto naive =
                test::naive_hierarchy<Structure>(one.l1i, one.l1i_ways, one.l1d, one.l1d_ways, one.l2, one.l2_ways);
            for (const Access& access : random_trace(seed, 5000)) {
                tlb.access(access.side, {access.page * kPage + seed});
                naive.access(access.side == kCode, access.page);
            }
            expect_equal(tlb, naive, text + ", seed " + std::to_string(seed));
        }
    }
}

TEST(Tlb, lru_counts_as_a_naive_model_does) { compare_random_traces<test::NaiveLruTlb>("lru"); }
TEST(Tlb, tree_plru_counts_as_a_naive_model_does) { compare_random_traces<test::NaivePlruTlb>("plru"); }

TEST(Tlb, runs_count_as_single_accesses_do) {
    // Sets as many on both sides, more on one, no power of two; more ways than tags are compared at once.
    for (const char* geometry : {"l1i=8/2,l1d=4,l2=16/4", "l1i=8/2,l1d=12/3,l2=16/4,policy=plru", "l1i=16/2,l1d=8/4",
                                 "l1i=8/4,l1d=32/1,l2=48", "l1i=12/4,l1d=16/2,l2=24/8", "l1i=40,l1d=36,l2=66/33"}) {
        for (u64 seed = 1; seed <= 10; ++seed) {
            Tlb single = make(geometry);
            Tlb in_runs = make(geometry);
            std::vector<TlbRun> runs;
            for (const Access& access : random_trace(seed, 3000)) {
                single.access(access.side, {access.page * kPage});
                const bool goes_on = !runs.empty() && runs.back().page() == access.page &&
                                     runs.back().side() == static_cast<u32>(access.side);
                if (goes_on)
                    ++runs.back().bits;
                else
                    runs.emplace_back(access.page, access.side, 1);
            }
            const std::size_t half = runs.size() / 2;  // what the first call leaves the second one finds
            in_runs.run({runs.data(), half});
            in_runs.run({runs.data() + half, runs.size() - half});
            EXPECT_EQ(single.counts(), in_runs.counts()) << geometry << ", seed " << seed;
            EXPECT_EQ(in_runs.check(), "");
        }
    }
}

}  // namespace
}  // namespace mmscope
