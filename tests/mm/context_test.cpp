// Which flags belong where: the table of the classic texts, row by row, and the kernel's rule behind it.
#include "mm/context.h"

#include <gtest/gtest.h>

#include "shared_folder.h"

namespace mmscope {
namespace {

Gfp mask(std::string_view text, const Profile& profile) {
    const GfpReading reading = gfp_from_text(text, profile);
    EXPECT_TRUE(reading.is_whole()) << text;
    return reading.mask;
}

// "Where / what to use" of ../shared/seeds. Who may not sleep in process context holds a lock: Context::atomic.
struct Row {
    const char* where;   // as the text has it
    Context context;
    const char* use;
    const char* not_use;  // what would sleep there; "" where anything may
};
constexpr Row kTable[] = {
    {"進程上下文，可以睡眠", Context::process, "GFP_KERNEL", ""},
    {"進程上下文，不可以睡眠", Context::atomic, "GFP_ATOMIC", "GFP_KERNEL"},
    {"中斷處理程序", Context::irq, "GFP_ATOMIC", "GFP_KERNEL"},
    {"軟中斷", Context::softirq, "GFP_ATOMIC", "GFP_KERNEL"},
    {"tasklet", Context::tasklet, "GFP_ATOMIC", "GFP_KERNEL"},
    {"需要用於DMA的內存，可以睡眠", Context::process, "GFP_DMA|GFP_KERNEL", ""},
    {"需要用於DMA的內存，不可以睡眠", Context::atomic, "GFP_DMA|GFP_ATOMIC", "GFP_DMA|GFP_KERNEL"},
};

TEST(Context, every_row_of_the_texts_table_is_the_rule_in_every_kernel) {
    for (const Profile& profile : profiles())
        for (const Row& row : kTable) {
            EXPECT_TRUE(may_be_used(mask(row.use, profile), row.context)) << row.where << " " << profile.name;
            if (*row.not_use == '\0') continue;
            const Gfp sleeper = mask(row.not_use, profile);
            EXPECT_FALSE(may_be_used(sleeper, row.context)) << row.where << " " << profile.name;
            EXPECT_TRUE(may_be_used(sleeper, Context::process)) << "before or after: " << row.where;
            EXPECT_EQ(without_sleep(sleeper, profile), mask(row.use, profile)) << row.where << " " << profile.name;
        }
}

TEST(Context, the_texts_have_these_rows_and_no_others) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    std::string table;
    for (const auto& file : std::filesystem::directory_iterator(*shared / "seeds")) {
        const std::string text = test::read_file(file.path());
        const std::size_t head = text.find("相應標誌\n");
        if (head != std::string::npos) table = text.substr(head, text.find("```", head) - head);
    }
    std::size_t rows = 0;
    for (const Row& row : kTable) {
        const std::size_t at = table.find("\n" + std::string(row.where) + "\t");
        ASSERT_NE(at, std::string::npos) << row.where;
        std::string advice = table.substr(at + 1, table.find('\n', at + 1) - at - 1);
        for (std::size_t bar = advice.find("｜"); bar != std::string::npos; bar = advice.find("｜")) advice.replace(bar, std::string("｜").size(), "|");
        EXPECT_NE(advice.find(row.use), std::string::npos) << advice;
        ++rows;
    }
    EXPECT_EQ(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\t')), rows);
}

// The texts' list of composites: which may block.
TEST(Context, a_composite_may_sleep_where_the_texts_say_that_it_may_block) {
    for (const Profile& profile : profiles()) {
        for (const char* name : {"GFP_NOIO", "GFP_NOFS", "GFP_KERNEL", "GFP_USER", "GFP_HIGHUSER", "__GFP_WAIT"})
            EXPECT_TRUE(may_sleep(mask(name, profile))) << name;
        for (const char* name : {"GFP_ATOMIC", "GFP_NOWAIT", "GFP_DMA", "__GFP_HIGH", "GFP_TRANSHUGE_LIGHT"})
            EXPECT_FALSE(may_sleep(mask(name, profile))) << name;
    }
}

TEST(Context, only_process_context_may_sleep) {
    for (u32 at = 0; at < kContexts; ++at) {
        const Context where = static_cast<Context>(at);
        EXPECT_EQ(may_be_used({gfp::kDirectReclaim}, where), where == Context::process) << kContextNames[at];
        EXPECT_TRUE(may_be_used({gfp::kKswapdReclaim}, where)) << "waking kswapd is no sleep";
    }
}

TEST(Context, the_advice_keeps_zone_and_zeroing_and_drops_what_only_sleepers_can_do) {
    const auto advice = [](std::string_view text, const Profile& profile) {
        return gfp_to_text(without_sleep(mask(text, profile), profile), profile);
    };
    EXPECT_EQ(advice("GFP_USER|GFP_DMA32|__GFP_ZERO", profile_6_12()), "GFP_ATOMIC|GFP_DMA32|__GFP_ZERO");
    EXPECT_EQ(advice("GFP_KERNEL|__GFP_NOFAIL|__GFP_NORETRY|__GFP_RETRY_MAYFAIL", profile_6_1()), "GFP_ATOMIC");
    EXPECT_EQ(advice("GFP_KERNEL|__GFP_REPEAT", profile_2_6()), "GFP_ATOMIC");
}

}  // namespace
}  // namespace mmscope
