// "Would it succeed?" in signs, numbers and sentences.
#include "play/prospect.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

PageAllocator small_machine(const Profile& profile = profile_6_12()) { return PageAllocator(Arch::x86_64, profile, 64 * 256, 1, 2); }

void exhaust(PageAllocator& memory, Gfp mask, Order order) {
    Trace nobody;
    for (u32 call = 1; memory.alloc_pages(mask, order, call, 0, nobody) != kNoPfn; ++call) {}
}

std::vector<std::string> keys(const std::vector<Message>& messages) {
    std::vector<std::string> list;
    for (const Message& message : messages) list.push_back(message.key);
    return list;
}

TEST(Prospect, rows_of_the_table_are_flags_of_every_kernel) {
    for (const Profile& profile : profiles())
        for (const char* flags : kAskedFlags) EXPECT_TRUE(gfp_from_text(flags, profile).is_whole()) << profile.name << ' ' << flags;
}

TEST(Prospect, a_cell_says_zone_source_and_mark) {
    PageAllocator memory = small_machine();
    EXPECT_EQ(cell_text(memory, ask_row(memory, 2, {0}, 0)), "D32+");  // GFP_HIGHUSER_MOVABLE
    EXPECT_EQ(cell_text(memory, ask_row(memory, 2, {5}, 0)), "D32o");
    EXPECT_EQ(cell_text(memory, ask_row(memory, 0, {5}, 0)), "D32!");  // GFP_KERNEL finds Movable memory alone
    EXPECT_EQ(cell_text(memory, ask_row(memory, 5, {0}, 0)), "D!");    // GFP_DMA
    Trace nobody;
    memory.alloc_pages({gfp::kKernel}, {0}, 1, 0, nobody);
    memory.alloc_pages({gfp::kKernel}, {0}, 2, 0, nobody);
    exhaust(memory, {gfp::kKernel}, {4});
    EXPECT_EQ(cell_text(memory, ask_row(memory, 0, {4}, 0)), "w<");
    EXPECT_TRUE(cell_text(memory, ask_row(memory, 3, {4}, 0)).ends_with("m")) << "GFP_ATOMIC goes below min";
}

TEST(Prospect, without_a_block_of_the_order_the_sign_is_that_of_fragmentation) {
    PageAllocator memory = small_machine();
    Trace nobody;
    std::vector<Pfn> held;
    for (u32 call = 1;; ++call) {
        held.push_back(memory.alloc_pages({gfp::kKernel | gfp::kMovable}, {4}, call, 0, nobody));
        if (held.back() == kNoPfn) break;
    }
    held.pop_back();
    for (size_t i = 0; i < held.size(); i += 2) memory.free_pages(held[i], {4}, 0, nobody);
    const AllocProspect prospect = ask_row(memory, 2, {9}, 0);
    EXPECT_EQ(cell_text(memory, prospect), "w|");
    EXPECT_EQ(reason_of(prospect), ZoneAnswer::no_block);
}

TEST(Prospect, the_arithmetic_of_a_refusal_has_every_number) {
    PageAllocator memory = small_machine();
    exhaust(memory, {gfp::kKernel}, {4});
    const AllocProspect prospect = ask_row(memory, 0, {4}, 0);
    for (const ZoneVerdict& verdict : prospect.chain) {
        const std::string text = arithmetic(verdict);
        EXPECT_TRUE(text.starts_with("NR_FREE_PAGES ")) << text;
        EXPECT_NE(text.find(" - 15 = "), std::string::npos) << text;
        EXPECT_NE(text.find(" <= "), std::string::npos) << text;
    }
    const std::vector<std::string> said = keys(narrate_prospect(memory, prospect));
    EXPECT_EQ(said.front(), "prospect.sleeps");
    EXPECT_EQ(said.back(), "prospect.sleeps_fails");
}

TEST(Prospect, the_answer_comes_first_and_the_block_last) {
    const PageAllocator memory = small_machine();
    const std::vector<std::string> expected = {"prospect.yes", "prospect.fast_mixing", "prospect.gives", "prospect.refill", "prospect.own"};
    EXPECT_EQ(keys(narrate_prospect(memory, ask_row(memory, 2, {0}, 1))), expected);
}

TEST(Prospect, what_is_no_request_is_refused_with_a_sentence) {
    const PageAllocator memory = small_machine();
    const auto key = [&](std::string_view gfp, i64 order, i64 cpu) {
        const auto prospect = ask(memory, gfp, order, cpu);
        return prospect ? std::string() : prospect.error().key;
    };
    EXPECT_EQ(key("GFP_KERNEL", 3, 1), "");
    EXPECT_EQ(key("GFP_KERNAL", 3, 0), "error.unknown_name_plain");
    EXPECT_EQ(key("GFP_KERNEL", 11, 0), "error.no_such_order");
    EXPECT_EQ(key("GFP_KERNEL", -1, 0), "error.no_such_order");
    EXPECT_EQ(key("GFP_KERNEL", 0, 2), "prospect.no_cpu");
    EXPECT_EQ(key("GFP_DMA|__GFP_HIGHMEM", 0, 0), "error.gfp_two_zones");
}

}  // namespace
}  // namespace mmscope
