// The script up to the current step, to which a button or the terminal appends its command.
#include <gtest/gtest.h>

#include "play/session.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using testing::loaded;
using testing::seek;
using testing::work_to_the_end;

// Runs what the script was up to `step` from its start: the state is the one that it was cut at.
void expect_same_place(std::string_view script, u32 step, std::string_view cut) {
    SCOPED_TRACE(step);
    Session session = loaded(script);
    seek(session, step);
    const std::optional<std::string> text = session.source_so_far();
    ASSERT_TRUE(text.has_value());
    EXPECT_EQ(*text, cut);
    Session again = loaded(*text);
    again.run();
    work_to_the_end(again);
    EXPECT_EQ(again.snapshot().step, step);
    EXPECT_EQ(again.snapshot().machine->state_hash(), session.snapshot().machine->state_hash());
}

TEST(SourceSoFar, ends_before_the_statement_that_comes_next) {
    const std::string_view script =
        "a = alloc_pages(GFP_KERNEL, 3)\nmark \"held\"; b = alloc_page(GFP_KERNEL)\n__free_page(b)";
    expect_same_place(script, 0, "");
    expect_same_place(script, 1, "a = alloc_pages(GFP_KERNEL, 3)\nmark \"held\"");
    expect_same_place(script, 2, "a = alloc_pages(GFP_KERNEL, 3)\nmark \"held\"; b = alloc_page(GFP_KERNEL)\n");
    expect_same_place(script, 3, script);
}

TEST(SourceSoFar, keeps_the_machine_and_what_was_only_said) {
    expect_same_place("machine x86_64 { ram = 64M }\n# words\nalloc_page(GFP_KERNEL)\n", 0,
                      "machine x86_64 { ram = 64M }\n# words\n");
}

TEST(SourceSoFar, closes_the_blocks_that_are_open) {
    const std::string_view script =
        "machine x86_64 { cpus = 2 }\non cpu 1 {\n  in irq {\n    a = alloc_page(GFP_ATOMIC)\n    __free_page(a)\n  "
        "}\n}\n";
    expect_same_place(script, 1,
                      "machine x86_64 { cpus = 2 }\non cpu 1 {\n  in irq {\n    a = alloc_page(GFP_ATOMIC)\n}\n}\n");
    expect_same_place(
        "if 1 > 2 {\n  alloc_page(GFP_KERNEL)\n} else {\n  a = alloc_page(GFP_KERNEL)\n  __free_page(a)\n}", 1,
        "if 1 > 2 {\n  alloc_page(GFP_KERNEL)\n} else {\n  a = alloc_page(GFP_KERNEL)\n}\n");
}

TEST(SourceSoFar, is_none_in_a_loop_and_in_the_middle_of_a_statement) {
    Session session = loaded(
        "repeat 2 { a[] = alloc_page(GFP_KERNEL) }\nb = pfn(alloc_page(GFP_KERNEL)) + pfn(alloc_page(GFP_KERNEL))\n");
    seek(session, 1);
    EXPECT_FALSE(session.source_so_far().has_value());
    seek(session, 2);
    EXPECT_EQ(session.source_so_far(), "repeat 2 { a[] = alloc_page(GFP_KERNEL) }\n");
    seek(session, 3);
    EXPECT_FALSE(session.source_so_far().has_value());
    seek(session, 4);
    EXPECT_EQ(session.source_so_far(), session.source());
}

TEST(SourceSoFar, leaves_out_the_statement_that_failed) {
    Session session = loaded("a = alloc_page(GFP_KERNEL)\nexpect a == NULL\n__free_page(a)\n");
    session.run();
    work_to_the_end(session);
    ASSERT_TRUE(session.failure().has_value());
    EXPECT_EQ(session.source_so_far(), "a = alloc_page(GFP_KERNEL)\n");
}

}  // namespace
}  // namespace mmscope
