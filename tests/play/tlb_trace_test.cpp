#include "play/tlb_trace.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

TlbTrace play(std::string_view text, std::size_t piece = 1000, PageSize size = PageSize::size_4k) {
    TlbTrace trace(*read_tlb_geometry("l1i=4,l1d=4,l2=8"), size);
    for (std::size_t at = 0; at < text.size(); at += piece) trace.read(text.substr(at, piece));
    trace.finish();
    EXPECT_EQ(trace.tlb().check(), "");
    return trace;
}

TEST(TlbTrace, fetches_and_data_go_to_their_own_side) {
    const TlbTrace trace = play("I  00001000,3\n L 00001000,8\n S 00001008,8\nI  00001003,3\n");
    EXPECT_EQ(trace.tlb().counts().lookups[0], 2U);
    EXPECT_EQ(trace.tlb().counts().lookups[1], 2U);
    EXPECT_EQ(trace.tlb().counts().l1_misses[0], 1U);
    EXPECT_EQ(trace.tlb().counts().l1_misses[1], 1U);
    EXPECT_EQ(trace.tlb().counts().walks[0], 1U);
    EXPECT_EQ(trace.tlb().counts().walks[1], 0U);  // L2 has it from the fetch
}

TEST(TlbTrace, a_modify_is_two_accesses) {
    const TlbTrace trace = play(" M 00001000,8\n");
    EXPECT_EQ(trace.reader().references(), 1U);
    EXPECT_EQ(trace.tlb().counts().lookups[1], 2U);
    EXPECT_EQ(trace.tlb().counts().l1_misses[1], 1U);
}

TEST(TlbTrace, a_reference_that_crosses_a_page_counts_on_both) {
    EXPECT_EQ(play(" L 00001ffc,4\n").tlb().counts().lookups[1], 1U);
    EXPECT_EQ(play(" L 00001ffd,4\n").tlb().counts().lookups[1], 2U);
    EXPECT_EQ(play(" L 00001ffd,4\n").tlb().counts().walks[1], 2U);
    EXPECT_EQ(play(" M 00001ffd,4\n").tlb().counts().lookups[1], 4U);
    EXPECT_EQ(play(" L 00001ffd,8192\n").tlb().counts().walks[1], 3U);
    EXPECT_EQ(play(" L 00001ffd,4\n", 1000, PageSize::size_2m).tlb().counts().lookups[1], 1U);
    EXPECT_EQ(play(" L 001fffff,2\n", 1000, PageSize::size_2m).tlb().counts().lookups[1], 2U);
}

TEST(TlbTrace, the_counts_do_not_depend_on_the_pieces) {
    std::string text;
    for (u32 at = 0; at < 3000; ++at) {
        char line[32];
        std::snprintf(line, sizeof line, "%s%08x,%u\n", at % 3 == 0 ? "I  " : " M ", at * 2477 % 65536, at % 9 + 1);
        text += line;
    }
    const TlbCounts whole = play(text, text.size()).tlb().counts();
    EXPECT_GT(whole.walks[1], 100U);
    for (const std::size_t piece : {1U, 7U, 100U, 4096U}) EXPECT_EQ(play(text, piece).tlb().counts(), whole) << piece;
}

}  // namespace
}  // namespace mmscope
