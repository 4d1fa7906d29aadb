// A script that starts from a real machine's files: the text travels in the script itself.

#include <gtest/gtest.h>

#include "procfs/proc_texts.h"
#include "script_testing.h"

namespace mmscope {
namespace {

using testing::outcome;
using testing::work_to_the_end;

const std::string kCapture = test::kZoneInfo + test::kBuddyInfo + test::kPageTypeInfo;

std::string from_text(const std::string& text, const std::string& statements = "") {
    return "#!mm 1\n# a machine somebody has\nmachine from text <<END\n" + text + "END\n" + statements;
}

TEST(CaptureSession, a_script_can_start_from_a_capture_and_go_on) {
    Session session;
    ASSERT_TRUE(session.load(from_text(kCapture, "p = alloc_pages(GFP_KERNEL, 2)\n__free_pages(p, 2)\n")).empty());
    EXPECT_NE(session.snapshot().machine->import(), nullptr);
    EXPECT_FALSE(session.machine_notes().empty());
    EXPECT_EQ(*session.proc_text("buddyinfo"), test::kBuddyInfo);
    const u64 before = session.state_hash();
    session.run();
    work_to_the_end(session);
    EXPECT_EQ(session.snapshot().step, 2U);
    EXPECT_EQ(session.snapshot().memory().check(), "");
    session.seek(0);
    work_to_the_end(session);
    EXPECT_EQ(session.state_hash(), before);
    EXPECT_EQ(*session.proc_text("buddyinfo"), test::kBuddyInfo);
}

TEST(CaptureSession, an_error_in_the_text_is_placed_in_the_script) {
    EXPECT_EQ(outcome(from_text(test::with(kCapture, "managed  3840", "managed  x"))), "16:18 proc.number_expected");
    EXPECT_EQ(outcome(from_text(test::kZoneInfo)), "3:1 import.needs_buddyinfo");
    EXPECT_EQ(outcome(from_text("hello\n")), "3:1 import.nothing_recognised");
}

TEST(CaptureSession, frames_older_than_the_script_cannot_be_freed_by_it) {
    const std::string statements =
        "n = 0x200\n"
        "while flags(pfn_to_page(n)) != \"0\" { n = n + 1 }\n"
        "__free_page(pfn_to_page(n))\n";
    Session session;
    const std::optional<Diagnostic> failure = testing::run_script(session, from_text(kCapture, statements));
    ASSERT_TRUE(failure.has_value());
    EXPECT_TRUE(failure->message.key == "error.free_never_allocated" || failure->message.key == "error.free_free")
        << failure->message.key;
}

}  // namespace
}  // namespace mmscope
