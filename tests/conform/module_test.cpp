// Lock step with the capture module: every call returns the kernel's frame, every state and every list is the kernel's.
#include <gtest/gtest.h>

#include "cli/capture_context.h"
#include "cli/source.h"
#include "play/conform_module.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

using Path = std::filesystem::path;

std::vector<Path> page_files(const Path& folder) {
    std::vector<Path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "mod")) {
        const std::string name = entry.path().filename().string();
        const bool has_pages = name.starts_with("pages_") || name.starts_with("order0_") || name.starts_with("random_");
        if (has_pages && name.ends_with(".txt.gz")) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

class Module : public ::testing::TestWithParam<const char*> {};

TEST_P(Module, every_call_and_every_state_is_the_kernels) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 calls = 0, states = 0, dumps = 0, equal_calls = 0, equal_states = 0;
    for (const Path& file : page_files(*shared / "fixtures" / "kernels" / GetParam())) {
        SCOPED_TRACE(file.filename().string());
        const auto context = find_capture_context(file.string(), {});
        ASSERT_TRUE(context);
        const std::string text = read_text_file(file.string()).value_or("");
        const auto capture = parse_module_capture(text);
        ASSERT_TRUE(capture);
        const auto report = conform_module(*capture, context->arch, *context->profile, context->cpus);
        ASSERT_TRUE(report);
        EXPECT_EQ(report->calls_agreed, report->calls);
        EXPECT_EQ(report->states_agreed, report->states);
        EXPECT_EQ(report->dumps_agreed, report->dumps);
        if (report->first_difference)
            ADD_FAILURE() << "the first difference is at line " << report->first_difference->line;
        calls += report->calls;
        states += report->states;
        dumps += report->dumps;
        equal_calls += report->calls_agreed;
        equal_states += report->states_agreed;
    }
    test::compared("page calls of the capture module", equal_calls, calls);
    test::compared("states after them", equal_states, states);
    // Each machine made the same calls. A file that is missing or half read would make a sum smaller.
    EXPECT_EQ(calls, 15348U);
    EXPECT_EQ(states, 15312U);
    EXPECT_EQ(dumps, 48U);
}

INSTANTIATE_TEST_SUITE_P(Captures, Module,
                         ::testing::Values("amd64-6.1-512M-2cpu-mod", "amd64-6.1-512M-mod", "amd64-6.12-1G-mod",
                                           "i386-686-1G-mod"),
                         [](const auto& capture) {
                             std::string name = capture.param;
                             std::replace_if(
                                 name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; }, '_');
                             return name;
                         });

// A state made by hand: it must run without the shared folder too.
constexpr std::string_view kSmall =
    "TEST pages_basic\n"
    "FREELISTS before\n"
    "ZONE n0 DMA start_pfn=1 spanned=4095 present=3998 managed=3840 wmark=10,12,14 boost=0 "
    "nr_free_highatomic_reserved=0 flags=0 "
    "lowmem_reserve=0,0,0,0,0\n"
    "FL n0 DMA o3 t0: 1024\n"
    "PCPSET n0 DMA cpu0 count=1 high=12 batch=1\n"
    "PCP n0 DMA cpu0 list0: 2048\n"
    "END\n"
    "PAGEBLOCKS n0 DMA start=1 pageblock_order=9:UMUMUMMM\n"
    "  s n0 DMA free=8 nr=0,0,0,1,0,0,0,0,0,0,0 pcp=1 high=12 batch=1 free_factor=0\n"
    "A 0 GFP_KERNEL order=0 pfn=2048 zone=DMA node=0 mt=0\n"
    "  s n0 DMA free=8 nr=0,0,0,1,0,0,0,0,0,0,0 pcp=0 high=12 batch=1 free_factor=0\n"
    "F 0 order=0 pfn=2048 zone=DMA\n"
    "  s n0 DMA free=8 nr=0,0,0,1,0,0,0,0,0,0,0 pcp=1 high=12 batch=1 free_factor=0\n"
    "ENDTEST\n";

Result<ModuleReport> small_report(const std::string& text) {
    const auto capture = parse_module_capture(text);
    if (!capture) return capture.error();
    return conform_module(*capture, Arch::x86_64, profile_6_1(), 1);
}

TEST(SmallModule, a_zone_at_its_mark_refuses_and_the_refusal_is_a_difference) {
    const auto report = small_report(std::string(kSmall));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->calls, 2U);
    EXPECT_EQ(report->calls_agreed, 0U) << "8 free pages are under the mark of 10";
    ASSERT_TRUE(report->first_difference);
    EXPECT_EQ(report->first_difference->line, 10U);
}

TEST(SmallModule, the_frame_at_the_head_of_the_cpus_list_is_given_and_comes_back_there) {
    std::string text(kSmall);
    text.replace(text.find("wmark=10,12,14"), 14, "wmark=2,4,6");
    const auto report = small_report(text);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->is_perfect());
}

TEST(SmallModule, a_zone_that_the_architecture_lacks_is_an_error_with_its_name) {
    std::string text(kSmall);
    for (std::size_t at = text.find("DMA"); at != std::string::npos; at = text.find("DMA", at + 7))
        text.replace(at, 3, "HighMem");
    const auto report = small_report(text);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().message.key, "conform.no_such_zone");
}

TEST(SmallModule, flags_that_no_kernel_has_are_an_error_at_their_line) {
    std::string text(kSmall);
    text.replace(text.find("GFP_KERNEL"), 10, "GFP_COLONEL");
    const auto report = small_report(text);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().line, 10U);
    EXPECT_EQ(report.error().message.key, "conform.unknown_gfp");
}

}  // namespace
}  // namespace mmscope
