#include "intake/golden.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

constexpr const char* kInit = "GOLD init free=3808 L 5/0:120, 6/0:140, 10/1:400,800,c00, |mt 0 1 1 1 1 1 1 1\n";

void expect_error(const std::string& text, const std::string& key, u32 line) {
    const auto events = parse_golden(text);
    ASSERT_FALSE(events) << text;
    EXPECT_EQ(events.error().message.key, key) << text;
    EXPECT_EQ(events.error().line, line) << text;
}

TEST(GoldenFormat, an_event_has_a_block_and_the_state_after_it) {
    const auto events = parse_golden(std::string("[    1.5] ") + kInit + "noise\nGOLD a 8 2 400 free=3552 L |mt 0 1 0 0 1 1 1 1\nGOLD end free=1 L |mt 0 0 0 0 0 0 0 0\n");
    ASSERT_TRUE(events);
    ASSERT_EQ(events->size(), 2U);
    const GoldenEvent& init = (*events)[0];
    EXPECT_EQ(init.after.free_pages, 3808U);
    ASSERT_EQ(init.after.lists.size(), 3U);
    EXPECT_EQ(init.after.lists[2], (GoldenList{10, 1, {0x400, 0x800, 0xc00}}));
    const GoldenEvent& alloc = (*events)[1];
    EXPECT_EQ(alloc.kind, GoldenEvent::Kind::alloc);
    EXPECT_EQ(alloc.order, 8U);
    EXPECT_EQ(alloc.type, 2U);
    EXPECT_EQ(alloc.pfn, 0x400U);
    EXPECT_EQ(alloc.line, 3U);
    EXPECT_TRUE(alloc.after.lists.empty());
    EXPECT_EQ(alloc.after.block_types, (std::vector<u8>{0, 1, 0, 0, 1, 1, 1, 1}));
}

TEST(GoldenFormat, lines_that_cannot_be_are_errors) {
    expect_error("", "conform.unknown_format", 0);
    expect_error("GOLD a 8 2 400 free=3552 L |mt 0 1 0 0 1 1 1 1\n", "conform.golden_no_init", 1);
    for (const char* line : {"GOLD", "GOLD x 8 2 400 free=1 L |mt 0 1 0 0 1 1 1 1", "GOLD a 11 2 400 free=1 L |mt 0 1 0 0 1 1 1 1",
                             "GOLD a 8 6 400 free=1 L |mt 0 1 0 0 1 1 1 1", "GOLD a 8 2 1000 free=1 L |mt 0 1 0 0 1 1 1 1",
                             "GOLD a 8 2 400 free=x L |mt 0 1 0 0 1 1 1 1", "GOLD a 8 2 400 free=1 |mt 0 1 0 0 1 1 1 1",
                             "GOLD a 8 2 400 free=1 L 400, |mt 0 1 0 0 1 1 1 1", "GOLD a 8 2 400 free=1 L 5/0 |mt 0 1 0 0 1 1 1 1",
                             "GOLD a 8 2 400 free=1 L 5:0/1 |mt 0 1 0 0 1 1 1 1", "GOLD a 8 2 400 free=1 L 5/0:xyz |mt 0 1 0 0 1 1 1 1",
                             "GOLD a 8 2 400 free=1 L", "GOLD a 8 2 400 free=1 L |mt 0 1 0 0 1 1 1", "GOLD a 8 2 400 free=1 L |mt 0 1 0 0 1 1 1 7"}) {
        expect_error(std::string(kInit) + line + "\n", "conform.golden_line", 2);
    }
}

}  // namespace
}  // namespace mmscope
