#include "play/narration.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "script_testing.h"

namespace mmscope {
namespace {

using testing::loaded;
using testing::seek;

// The sentences about the command that leads to `step`.
std::vector<Message> told(std::string_view script, u32 step) {
    Session session = loaded(script);
    seek(session, step);
    return session.narration(1000);
}

u32 count_of(const std::vector<Message>& sentences, std::string_view key) {
    const auto has_key = [&](const Message& message) { return message.key == key; };
    return static_cast<u32>(std::count_if(sentences.begin(), sentences.end(), has_key));
}

std::string text_of(const std::vector<Message>& sentences, std::string_view key, std::string_view name) {
    for (const Message& message : sentences)
        for (const MessageParam& param : message.params)
            if (message.key == key && param.name == name) return param.text;
    return "";
}

std::string key_of_command(std::string_view statement, std::string_view kernel = "6.12") {
    const std::string machine = "machine x86_64 { ram = 64M; kernel = \"" + std::string(kernel) + "\" }\n";
    return told(machine + std::string(statement), 1).at(0).key;
}

TEST(Narration, sentences_tell_the_zones_of_two_nodes_apart) {
    Session session =
        loaded("machine x86_64 { ram = 64M; cpus = 2; nodes = 2 }\non cpu 1 { a = alloc_page(GFP_KERNEL) }");
    seek(session, 1);
    std::string zone;
    for (const Message& message : session.narration(100)) {
        for (const MessageParam& param : message.params)
            if (param.name == "zone") zone = param.text;
    }
    EXPECT_EQ(zone, "DMA32@1");
}

TEST(Narration, whoever_takes_without_marks_hears_that_they_do_not_count) {
    Session session = loaded(
        "machine x86_64 { ram = 64M }\nwhile alloc_page(GFP_ATOMIC) != NULL { }\nalloc_page(GFP_KERNEL | "
        "__GFP_MEMALLOC)");
    session.run();
    testing::work_to_the_end(session);
    const std::vector<Message> sentences = session.narration(1000);
    EXPECT_EQ(count_of(sentences, "command.alloc_one"), 1U);
    EXPECT_GE(count_of(sentences, "event.zone_watermark_low"), 2U) << "against low, then against min";
    EXPECT_GE(count_of(sentences, "event.zone_watermark_unheeded"), 1U);
    EXPECT_NE(text_of(sentences, "event.zone_watermark_unheeded", "test").find(" <= min "), std::string::npos);
}

TEST(Narration, a_setting_says_what_is_computed_anew) {
    EXPECT_EQ(key_of_command("sysctl min_free_kbytes = 800"), "command.sysctl_marks");
    EXPECT_EQ(key_of_command("sysctl watermark_scale_factor = 20"), "command.sysctl_marks");
    EXPECT_EQ(key_of_command("sysctl lowmem_reserve_ratio = \"1 1 1 0 0\""), "command.sysctl_reserve");
    EXPECT_EQ(key_of_command("sysctl percpu_pagelist_high_fraction = 8"), "command.sysctl_pcp");
    EXPECT_EQ(key_of_command("sysctl watermark_boost_factor = 0"), "command.sysctl");
}

TEST(Narration, time_shrinks_the_cpus_lists_from_6_7_on) {
    EXPECT_EQ(key_of_command("tick(1)", "6.12"), "command.tick");
    EXPECT_EQ(key_of_command("tick(1)", "6.1"), "command.tick_fold");
    EXPECT_EQ(key_of_command("tick(1)", "2.6"), "command.tick_fold");
}

TEST(Narration, lists_that_are_emptied_are_not_said_to_hold_enough) {
    constexpr std::string_view kDrain =
        "machine x86_64 { ram = 64M }\na = alloc_page(GFP_KERNEL)\n__free_page(a)\ndrain_all_pages()";
    const std::vector<Message> sentences = told(kDrain, 3);
    EXPECT_EQ(count_of(sentences, "event.pcp_drain_all"), 1U);
    EXPECT_EQ(count_of(sentences, "event.pcp_drain"), 0U);
}

TEST(Narration, a_zone_below_high_says_what_it_has_and_what_the_mark_is) {
    Session session = loaded("machine x86_64 { ram = 64M }\nrepeat 16384 { if events(\"zone_below_high\") == 0 { "
                             "alloc_page(GFP_KERNEL) } }");
    session.run();
    testing::work_to_the_end(session);
    EXPECT_EQ(count_of(session.narration(1000), "event.zone_below_high"), 1U);
}

}  // namespace
}  // namespace mmscope
