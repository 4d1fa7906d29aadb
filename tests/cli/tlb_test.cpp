// The native command `tlb` from outside.
#include "cli/cli_testing.h"

namespace mmscope {
namespace {

constexpr const char* kLackey = "==7== Lackey\nI  00001000,3\n L 00002ffe,4\n M 00002000,8\n";

TEST_F(Cli, tlb_prints_references_hits_misses_and_walks) {
    const Answer answer = call("tlb " + file("lackey.txt", kLackey) + " --cpu l1i=4,l1d=4,l2=8/2");
    EXPECT_EQ(answer.status, 0) << answer.error;
    EXPECT_TRUE(answer.error.empty());
    for (const char* line : {"TLB l1i=4,l1d=4,l2=8/2, pages of 4K\n", "references                           3\n", "  modifies                           1\n",
                             "L1I                                  1             0             1\n", "L1D                                  4             2             2\n",
                             "L2                                   3             0             3\n", "walks                                3\n"})
        EXPECT_NE(answer.out.find(line), std::string::npos) << line << answer.out;
}

TEST_F(Cli, tlb_passes_over_program_output_and_fails_on_a_torn_line) {
    const std::string mixed = file("mixed.txt", std::string("hello\n") + kLackey);
    const Answer passed = call("tlb " + mixed);
    EXPECT_EQ(passed.status, 0);
    EXPECT_TRUE(passed.error.starts_with(mixed + ":1:1: ")) << passed.error;
    const std::string cut = file("cut.txt", std::string(kLackey) + "I  0000");
    const Answer torn = call("tlb " + cut);
    EXPECT_EQ(torn.status, 1);
    EXPECT_TRUE(torn.error.starts_with(cut + ":5:8: ")) << torn.error;
    EXPECT_NE(torn.out.find("walks"), std::string::npos);
    for (const std::string& other : {file("other.txt", "hello\n"), (folder_ / "absent").string()}) {
        const Answer answer = call("tlb " + other);
        EXPECT_EQ(answer.status, 1);
        EXPECT_TRUE(answer.out.empty()) << answer.out;
        EXPECT_FALSE(answer.error.empty());
    }
}

TEST_F(Cli, tlb_plays_what_a_cut_gzipped_file_still_has_and_fails) {
    const Answer answer = call("tlb " + packed("lackey.txt.gz", kLackey, 8));
    EXPECT_EQ(answer.status, 1);
    EXPECT_NE(answer.out.find("references                           3\n"), std::string::npos) << answer.out;
    EXPECT_NE(answer.error.find("cut off"), std::string::npos) << answer.error;
    const Answer nothing = call("tlb " + packed("empty.txt.gz", kLackey, 60));
    EXPECT_EQ(nothing.status, 1);
    EXPECT_TRUE(nothing.out.empty()) << nothing.out;
}

}  // namespace
}  // namespace mmscope
