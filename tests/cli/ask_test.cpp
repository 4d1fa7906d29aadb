// The native command `ask` from outside.
#include "cli/cli_testing.h"

namespace mmscope {
namespace {

TEST_F(Cli, ask_tells_step_by_step_from_where_a_request_would_be_served) {
    const std::string path = file("a.mm", kScript);
    const Answer answer = call("ask " + path + " GFP_KERNEL 3");
    EXPECT_EQ(answer.status, 0) << answer.error;
    EXPECT_TRUE(answer.out.starts_with("Yes: GFP_KERNEL, order 3, ")) << answer.out;
    EXPECT_NE(answer.out.find("Zone DMA32 may give: NR_FREE_PAGES "), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find(" from the "), std::string::npos) << answer.out;
}

TEST_F(Cli, ask_tells_with_numbers_why_a_request_would_fail) {
    const std::string path = file("a.mm", "#!mm 1\nmachine x86_64 { ram = 64M }\nwhile alloc_pages(GFP_KERNEL, 4) != NULL {}\n");
    const Answer answer = call("ask " + path + " GFP_KERNEL 4");
    EXPECT_EQ(answer.status, 1) << answer.error;
    EXPECT_TRUE(answer.out.starts_with("Not at once: GFP_KERNEL, order 4, ")) << answer.out;
    EXPECT_NE(answer.out.find(" - 15 = "), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find(" <= min "), std::string::npos) << answer.out;
    EXPECT_NE(answer.out.find("lowmem_reserve"), std::string::npos) << answer.out;
}

TEST_F(Cli, ask_without_a_request_prints_the_table) {
    const Answer answer = call("ask --from " + proc_files());
    EXPECT_EQ(answer.status, 0) << answer.error;
    for (const char* flags : {"GFP_KERNEL ", "GFP_ATOMIC ", "__GFP_RECLAIMABLE|GFP_KERNEL "})
        EXPECT_NE(answer.out.find(std::string("\n") + flags), std::string::npos) << answer.out;
}

TEST_F(Cli, ask_refuses_what_is_no_request) {
    const std::string path = file("a.mm", kScript);
    for (const char* request : {"GFP_NOTHING 3", "GFP_KERNEL 11", "\"GFP_DMA|__GFP_HIGHMEM\" 0"}) {
        const Answer answer = call("ask " + path + " " + request);
        EXPECT_EQ(answer.status, 1) << request;
        EXPECT_TRUE(answer.out.empty()) << answer.out;
        EXPECT_FALSE(answer.error.empty()) << request;
    }
    EXPECT_EQ(call("ask " + path + " --cpu 7").status, 1);
}

}  // namespace
}  // namespace mmscope
