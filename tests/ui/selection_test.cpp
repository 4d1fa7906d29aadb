// What is selected, and the keys that go by it.
#include <gtest/gtest.h>

#include "bench_of_panels.h"

namespace mmscope {
namespace {

TEST(Selection, lets_go_one_thing_at_a_time) {
    BenchOfPanels bench(kSomeUse);
    bench.app.select({0x1400});
    bench.settle();
    EXPECT_TRUE(bench.key("Escape"));
    EXPECT_EQ(bench.app.selected(), kNoPfn);
    EXPECT_FALSE(bench.key("Escape"));
}

TEST(Selection, goes_by_a_selection_not_drawn_yet_when_a_key_comes) {
    BenchOfPanels bench(kSomeUse);
    bench.app.select({0x1400});
    EXPECT_TRUE(bench.app.key("ArrowRight", true, true, false));
    EXPECT_EQ(bench.app.selected(), Pfn{0x1401});
    bench.app.select({0x1500});
    EXPECT_TRUE(bench.app.key("Escape", true, false, false));
    EXPECT_EQ(bench.app.selected(), kNoPfn);
    EXPECT_FALSE(bench.app.key("Escape", true, false, false));
    bench.settle();
    EXPECT_EQ(bench.app.selected(), kNoPfn);
}

TEST(Selection, walks_back_and_forward_through_selections) {
    BenchOfPanels bench(kSomeUse);
    for (const u32 pfn : {0x1400U, 0x1500U, 0x1600U}) {
        bench.app.select({pfn});
        bench.settle();
    }
    EXPECT_TRUE(bench.key("["));
    EXPECT_EQ(bench.app.selected(), Pfn{0x1500});
    EXPECT_TRUE(bench.key("["));
    EXPECT_FALSE(bench.key("["));
    EXPECT_TRUE(bench.key("]"));
    EXPECT_EQ(bench.app.selected(), Pfn{0x1500});
}

TEST(Selection, moves_the_selection_with_shift_and_arrows) {
    BenchOfPanels bench(kSomeUse);
    bench.app.select({0x1400});
    bench.settle();
    bench.key("ArrowRight", true);
    EXPECT_EQ(bench.app.selected(), Pfn{0x1401});
    bench.key("ArrowDown", true);
    EXPECT_EQ(bench.app.selected(), Pfn{0x1403});
}

TEST(Selection, never_uses_keys_that_belong_to_the_page) {
    BenchOfPanels bench(kSomeUse);
    bench.app.select({0x1400});
    for (const char* name : {"Tab", "F1", "F5", "F12", "a", "Enter", " "})
        EXPECT_FALSE(bench.app.key(name, true, false, false)) << name;
    for (const char* name : {"Escape", "[", "0", "ArrowLeft"})
        EXPECT_FALSE(bench.app.key(name, true, false, true)) << name;
    EXPECT_FALSE(bench.app.key("Tab", true, true, false));
}

TEST(Selection, forgets_the_selection_of_another_machine) {
    BenchOfPanels bench(kSomeUse);
    bench.app.select({0x1400});
    bench.settle();
    bench.session.load("#!mm 1\nmachine x86_32 { ram = 32M }\n");
    bench.settle();
    EXPECT_EQ(bench.app.selected(), kNoPfn);
}

TEST(Selection, keeps_a_selection_made_before_anything_was_drawn) {
    LookingMapView map_view;
    Session session;
    session.load("#!mm 1\nmachine x86_64 { ram = 64M }\n");
    App app(map_view);
    app.select({0x1400});
    EXPECT_EQ(app.selected(), Pfn{0x1400});
    app.resize(800, 600, 1);
    app.frame(session.snapshot(), 16);
    EXPECT_EQ(app.selected(), Pfn{0x1400});
}

}  // namespace
}  // namespace mmscope
