// Lock step with the capture module's object files: every object in the kernel's slab, at the kernel's place, and the
// cache's counters after every stretch.
#include <gtest/gtest.h>

#include "base/prng.h"
#include "cli/capture_context.h"
#include "cli/source.h"
#include "intake/object_capture.h"
#include "play/conform_objects.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

using Path = std::filesystem::path;

std::string keys(const Outcome& outcome) {
    std::string text;
    for (const Remark& remark : outcome.remarks) text += (text.empty() ? "" : " ") + remark.sentences.front().key;
    return text;
}

TEST(Objects, every_object_and_every_counter_is_the_kernels) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 calls = 0, all = 0;
    u32 files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(*shared / "fixtures" / "kernels")) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("obj-") || !name.ends_with(".txt.gz")) continue;
        SCOPED_TRACE(entry.path().string());
        const std::string stem = name.substr(0, name.size() - 7);
        const auto context = find_capture_context(entry.path().string(), {});
        ASSERT_TRUE(context);
        const auto text = read_text_file(entry.path().string());
        const auto states = read_text_file((entry.path().parent_path() / (stem + ".stats.txt")).string());
        ASSERT_TRUE(text && states);
        const auto outcome = conform_objects(*text, *states, *context->profile, context->arch, context->cpus);
        ASSERT_TRUE(outcome) << outcome.error().diagnostic.message.key;
        EXPECT_EQ(outcome->agreed, outcome->total);
        EXPECT_TRUE(outcome->is_perfect);
        EXPECT_EQ(keys(*outcome), "conform.object_states");
        EXPECT_EQ(outcome->remarks[0].sentences[0].params[1].number, 22) << "states";
        calls += outcome->agreed;
        all += outcome->total;
        ++files;
    }
    test::compared("objects of slabs", calls, all);
    EXPECT_EQ(calls, files * 808U);
    EXPECT_GE(files, 12U);
}

// Two objects in a slab (a cache of 16 KiB objects), one CPU; a capture made by hand.
constexpr std::string_view kText =
    "OC size=16384 align=0 objsize=16384\n"
    "OA 0 pfn=1036 off=0\n"
    "OA 1 pfn=1032 off=0\n"
    "OA 2 pfn=1024 off=0\n"
    "OF 0 pfn=1036 off=0\n"
    "OA 2 pfn=1036 off=0\n";
constexpr std::string_view kStates =
    "ST create slabs=[0] objects=[0] total_objects=[0] partial=[0] objects_partial=[0] cpu_slabs=[0] "
    "slabs_cpu_partial=[0(0)]\n"
    "ST alloc+3 slabs=[2 N0=2] objects=[4] total_objects=[4] partial=[0] objects_partial=[0] cpu_slabs=[1] "
    "slabs_cpu_partial=[0(0)]\n"
    "ST free-lifo-1 slabs=[2] objects=[4] total_objects=[4] partial=[0] objects_partial=[0] cpu_slabs=[2] "
    "slabs_cpu_partial=[1(1) C0=1(1)]\n";

Result<Outcome, ConformObjectsError> replay(std::string_view text, std::string_view states) {
    return conform_objects(text, states, profile_6_12(), Arch::x86_64, 1);
}

// The CPU's slab has one object left when the first slab's is freed: the kernel gives that one first.
TEST(Objects, an_object_of_another_slab_is_a_difference) {
    const auto outcome = replay(kText, kStates);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->total, 5U);
    EXPECT_EQ(outcome->agreed, 4U);
    EXPECT_EQ(keys(*outcome), "conform.object conform.object_states");
    EXPECT_EQ(outcome->remarks[0].line, 6U);
    EXPECT_FALSE(outcome->is_perfect);
}

TEST(Objects, a_capture_that_goes_the_models_way_agrees) {
    std::string text(kText);
    text.replace(text.rfind("pfn=1036"), 8, "pfn=1028");
    const auto outcome = replay(text, kStates);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(keys(*outcome), "conform.object_states");
    EXPECT_TRUE(outcome->is_perfect);
    EXPECT_TRUE(replay(text, "")->is_perfect) << "without counters the calls alone count";
}

TEST(Objects, other_counters_are_a_difference_that_says_which) {
    std::string states(kStates);
    states.replace(states.rfind("(1) C0"), 3, "(2)");
    const auto outcome = replay(kText.substr(0, kText.rfind("OA")), states);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(keys(*outcome), "conform.object_state conform.object_states");
    EXPECT_EQ(outcome->remarks[0].sentences[0].params[1].text, "slabs_cpu_partial");
    EXPECT_FALSE(outcome->is_perfect);
}

TEST(Objects, what_cannot_be_is_an_error_at_its_line) {
    const auto error = [](std::string_view text) { return parse_object_capture(text).error(); };
    EXPECT_EQ(error("OC size=8 align=0\nOF 0 pfn=1 off=0\n").message.key, "capture.object_not_held");
    EXPECT_EQ(error("OC size=8 align=0\nOA 0 pfn=1 off=0\nOA 1 pfn=1 off=0\n").line, 3U);
    EXPECT_EQ(error("OA 0 pfn=1 off=0\n").message.key, "capture.no_cache");
    EXPECT_EQ(error("OC size=8 align=0\nOA 0 pfn=1 off=4096\n").message.key, "capture.number");
    EXPECT_EQ(parse_object_states("ST alloc+1 slabs=[1]\n").error().message.key, "capture.field_missing");
    EXPECT_EQ(parse_object_states("ST boil+1 slabs=[1]\n").error().message.key, "capture.line");
    EXPECT_EQ(conform_objects(kText, "", profile_7_2(), Arch::x86_64, 1).error().diagnostic.message.key,
              "conform.no_slub");
}

TEST(Objects, damaged_text_is_an_error_or_a_report) {
    for (u64 seed = 1; seed <= 300; ++seed) {
        Prng prng(seed);
        std::string texts[] = {std::string(kText), std::string(kStates)};
        for (u32 damages = 1 + prng.below(3); damages != 0; --damages) {
            std::string& text = texts[prng.below(2)];
            const std::size_t at = 3 + prng.below(static_cast<u32>(text.size()) - 3);
            if (prng.below(3) == 0)
                text.erase(at, 1 + prng.below(20));
            else
                text[at] = "0123456789 =[](\nO"[prng.below(17)];
        }
        const auto outcome = replay(texts[0], texts[1]);
        if (outcome)
            EXPECT_LE(outcome->agreed, outcome->total) << "seed " << seed;
        else
            EXPECT_FALSE(outcome.error().diagnostic.message.is_empty()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace mmscope
