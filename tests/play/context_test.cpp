// `in irq { }` and its like: where the script's code runs, and what the kernel says of it.
#include <gtest/gtest.h>

#include "script_testing.h"

namespace mmscope {
namespace {

using testing::on_16_mib;
using testing::outcome;
using testing::value_after;

Session ran(const std::string& source) {
    Session session;
    EXPECT_EQ(outcome(session, source), "");
    return session;
}

// The key of the last command's complaint; "" if there was none.
std::string complaint(const Session& session) {
    for (const Message& message : session.narration(1000))
        if (message.key.starts_with("event.might_sleep") || message.key.starts_with("event.gfp_warning")) return message.key;
    return "";
}

std::string parameter(const Session& session, std::string_view key, std::string_view name) {
    for (const Message& message : session.narration(1000))
        for (const MessageParam& param : message.params)
            if (message.key == key && param.name == name) return param.text;
    return "";
}

TEST(InContext, a_request_that_may_sleep_is_complained_about_everywhere_but_in_process_context) {
    EXPECT_EQ(complaint(ran(on_16_mib("in process { p = alloc_page(GFP_KERNEL) }"))), "");
    for (const std::string where : {"irq", "softirq", "tasklet", "atomic"}) {
        EXPECT_EQ(complaint(ran(on_16_mib("in " + where + " { p = alloc_page(GFP_KERNEL) }"))), "event.might_sleep_" + where);
        EXPECT_EQ(complaint(ran(on_16_mib("in " + where + " { p = alloc_page(GFP_ATOMIC) }"))), "") << where;
    }
}

TEST(InContext, the_kernel_complains_and_goes_on) {
    const std::string script = "in irq { p = alloc_pages(GFP_KERNEL, 2); q = get_zeroed_page(GFP_NOFS); __free_pages(p, 2) }\n";
    EXPECT_EQ(value_after(script, "events(\"might_sleep\")"), "2");
    EXPECT_EQ(value_after(script, "q != NULL && events(\"mm_page_alloc\") == 2"), "true");
}

TEST(InContext, the_inner_block_counts_and_afterwards_the_outer_one_again) {
    EXPECT_EQ(value_after("in irq { in process { a = alloc_page(GFP_KERNEL) } }", "events(\"might_sleep\")"), "0");
    EXPECT_EQ(value_after("in irq { in process { a = 1 }\n a = alloc_page(GFP_KERNEL) }", "events(\"might_sleep\")"), "1");
    EXPECT_EQ(value_after("in irq { on cpu 0 { a = alloc_page(GFP_KERNEL) } }", "events(\"might_sleep\")"), "1");
    EXPECT_EQ(value_after("in irq { a = alloc_page(GFP_ATOMIC) }\na = alloc_page(GFP_KERNEL)", "events(\"might_sleep\")"), "0");
}

TEST(InContext, a_loop_inside_keeps_the_context_at_every_turn) {
    EXPECT_EQ(value_after("in softirq { repeat 5 { p[] = alloc_page(GFP_KERNEL) } }\nrepeat 3 { p[] = alloc_page(GFP_KERNEL) }",
                          "events(\"might_sleep\")"), "5");
}

TEST(InContext, a_script_stepped_back_into_a_block_is_in_its_context_again) {
    Session session = ran(on_16_mib("a = alloc_page(GFP_KERNEL)\nin irq { b = alloc_page(GFP_KERNEL); c = alloc_page(GFP_KERNEL) }\nd = alloc_page(GFP_KERNEL)"));
    for (const u32 step : {2U, 4U, 3U, 1U, 3U}) {
        session.seek(step);
        testing::work_to_the_end(session);
        EXPECT_EQ(complaint(session), step == 2 || step == 3 ? "event.might_sleep_irq" : "") << step;
    }
}

TEST(InContext, says_which_flag_sleeps_and_what_to_use_instead) {
    const Session modern = ran(on_16_mib("in irq { p = alloc_page(GFP_KERNEL | GFP_DMA) }"));
    EXPECT_EQ(parameter(modern, "event.might_sleep_irq", "flag"), "__GFP_DIRECT_RECLAIM");
    EXPECT_EQ(parameter(modern, "event.might_sleep_irq", "instead"), "GFP_ATOMIC|GFP_DMA");
    const Session classic = ran("machine x86_32 { ram = 16M; kernel = \"2.6\" }\nin irq { p = alloc_page(GFP_KERNEL) }");
    EXPECT_EQ(parameter(classic, "event.might_sleep_irq", "flag"), "__GFP_WAIT");
    EXPECT_EQ(parameter(classic, "event.might_sleep_irq", "instead"), "GFP_ATOMIC");
}

TEST(InContext, flags_that_contradict_each_other_are_warned_about) {
    EXPECT_EQ(complaint(ran(on_16_mib("p = alloc_page(GFP_ATOMIC | __GFP_NOFAIL)"))), "event.gfp_warning_nofail_without_reclaim");
    EXPECT_EQ(complaint(ran(on_16_mib("p = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 2)"))), "event.gfp_warning_nofail_large_order");
    EXPECT_EQ(complaint(ran("machine x86_64 { ram = 16M; kernel = \"7.2\" }\np = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 2)")), "");
    EXPECT_EQ(complaint(ran("machine x86_64 { ram = 16M; kernel = \"6.1\" }\np = alloc_page(GFP_ATOMIC | GFP_KERNEL)")),
              "event.gfp_warning_atomic_may_sleep");
}

TEST(InContext, an_unknown_place_is_an_error_where_it_stands) {
    EXPECT_EQ(outcome("in nmi { }"), "1:4 error.context_expected");
    EXPECT_EQ(outcome("in { }"), "1:4 error.context_expected");
    EXPECT_EQ(outcome("in irq"), "1:7 error.unexpected_end");
    EXPECT_EQ(outcome("in irq { "), "1:8 error.open_block");
    EXPECT_EQ(outcome("irq = 3\nin irq { irq = irq + 1 }\nexpect irq == 4"), "") << "its words are names elsewhere";
}

TEST(TwoSix, runs_a_script_of_its_time_and_prints_its_migratetypes) {
    const Session session = ran("machine x86_32 { ram = 1G; kernel = \"2.6\" }\n"
                                "p = alloc_pages(__GFP_WAIT | __GFP_IO | __GFP_FS, 3)\n"
                                "expect p != NULL\n__free_pages(p, 3)\n");
    EXPECT_EQ(session.snapshot().memory().check(), "");
    EXPECT_NE(session.proc_text("pagetypeinfo")->find("Number of blocks type     Unmovable  Reclaimable      Movable      Reserve      Isolate"),
              std::string::npos) << *session.proc_text("pagetypeinfo");
}

}  // namespace
}  // namespace mmscope
