// Every error of the script language, with its place, and the sentence it has.

#include <gtest/gtest.h>

#include "play/narration.h"
#include "script_testing.h"
#include "sentences.h"

namespace mmscope {
namespace {

using testing::english;
using testing::unfilled;

struct Case {
    const char* source;
    const char* outcome;  // "" : runs to its end
};

constexpr Case kCases[] = {
    // the first line and the machine
    {"#!mm 1\n", ""},
    {"#!mm 2\nwhatever", "1:1 error.newer_version"},
    {"#!mm 10", "1:1 error.newer_version"},
    {"#!mm one", "1:1 error.bad_version"},
    {"#!mm 0", "1:1 error.bad_version"},
    {"machine arm64", "1:9 error.arch_expected"},
    {"machine x86_64 { ram = 0 }", "1:24 error.ram_too_small"},
    {"machine x86_64 { ram = 15M }", "1:24 error.ram_too_small"},
    {"machine x86_64 { ram = 65G }", "1:24 error.ram_too_large"},
    {"machine x86_32 { ram = 5G }", "1:24 error.ram_too_large"},
    {"machine x86_64 { ram = 0x1000001 }", "1:24 error.ram_not_frames"},
    {"machine x86_64 { ram = -1G }", "1:24 error.out_of_range"},
    {"machine x86_64 { ram = \"1G\" }", "1:24 error.key_number"},
    {"machine x86_64 { cpus = 0 }", "1:25 error.out_of_range"},
    {"machine x86_64 { nodes = 3 }", "1:26 error.out_of_range"},
    {"machine x86_64 { page_size = 16384 }", "1:30 error.page_size"},
    {"machine x86_64 { kernel = \"2.6\" }", ""},
    {"machine x86_32 { kernel = \"2.6.32\" }", ""},
    {"machine x86_64 { kernel = \"7.2\" }", ""},
    {"machine x86_64 { kernel = \"2.4\" }", "1:27 error.unknown_kernel"},
    {"machine x86_64 { kernel = \"5.10\" }", "1:27 error.unknown_kernel"},
    {"machine x86_64 { kernel = 6 }", "1:27 error.key_text"},
    {"machine x86_64 { swap = \"1G\" }", "1:25 error.key_number"},
    {"machine x86_64 { swap = 4K }", "1:25 error.swap_too_small"},
    {"machine x86_64 { swap = 0; page_size = 4096 }", ""},
    {"machine x86_64 { tlb = \"skylake\" }", ""},
    {"machine x86_64 { tlb = \"l1d=7/2\" }", "1:24 tlb.ways"},
    {"machine x86_64 { page_cluster = 3 }", "1:18 error.later_key"},
    {"machine x86_64 { swappiness = 201 }", "1:31 error.out_of_range"},
    {"machine x86_64 { rma = 1G }", "1:18 error.unknown_key"},
    {"machine x86_64 { colour = 1 }", "1:18 error.unknown_key_plain"},
    {"machine x86_64 { ram = 1G; ram = 2G }", "1:28 error.key_twice"},
    {"machine x86_64 { ram 1G }", "1:22 error.unexpected"},
    {"machine x86_64 { ram = }", "1:24 error.key_value_expected"},
    {"machine x86_64 { 7 = 1 }", "1:18 error.key_expected"},
    {"machine x86_64 { ram = 1G", "1:26 error.unexpected_end"},
    {"machine x86_64 { lowmem_reserve_ratio = \"256 32 0 0\" }", "1:41 error.ratio_expected"},
    {"machine x86_32 { lowmem_reserve_ratio = \"256 32 0 0\" }", ""},
    {"machine x86_64 { lowmem_reserve_ratio = 256 }", "1:41 error.key_text"},
    {"machine x86_64 { lowmem_reserve_ratio = \"256 256 32 0 -1\" }", "1:41 error.ratio_expected"},
    {"machine x86_64 { lowmem_reserve_ratio = \"256 256 32 0 2147483648\" }", "1:41 error.ratio_expected"},
    {"machine x86_64 { min_free_kbytes = -1 }", "1:36 error.out_of_range"},
    {"machine x86_64 { min_free_kbytes = 0x80000000 }", "1:36 error.out_of_range"},
    {"machine x86_64 { min_free_kbytes = \"8M\" }", "1:36 error.key_number"},
    {"machine x86_64 { watermark_scale_factor = 0 }", "1:43 error.out_of_range"},
    {"machine x86_64 { watermark_scale_factor = 3001 }", "1:43 error.out_of_range"},
    {"machine x86_64 { percpu_pagelist_high_fraction = 7 }", "1:50 error.out_of_range_or_zero"},
    {"machine x86_64 { percpu_pagelist_high_fraction = -8 }", "1:50 error.out_of_range_or_zero"},
    {"machine x86_64 { percpu_pagelist_high_fraction = 0x80000000 }", "1:50 error.out_of_range_or_zero"},
    {"machine x86_64 { watermark_boost_factor = -1 }", "1:43 error.out_of_range"},
    {"machine x86_64 { watermark_boost_factor = 0x80000000 }", "1:43 error.out_of_range"},
    {"machine x86_64 { watermark_bost_factor = 0 }", "1:18 error.unknown_key"},
    {"machine x86_64 { watermark_scale_factor = 3000; min_free_kbytes = 0; percpu_pagelist_high_fraction = 8 }", ""},
    {"machine x86_64 { percpu_pagelist_high_fraction = 0; watermark_boost_factor = 0x7fffffff }", ""},
    {"machine from \"debian\"", "1:14 error.unknown_capture"},
    {"machine from text <<END\nabc\n", "1:21 error.open_text"},
    {"machine from text << 3", "1:22 error.terminator_expected"},
    {"machine from text <<END\nEND\n", "1:21 error.empty_text"},
    {"a = 1\nmachine x86_64", "2:1 error.machine_first"},
    // grammar
    {"a = ", "1:5 error.value_expected"},
    {"a = (1", "1:5 error.open_parenthesis"},
    {"alloc_page(GFP_KERNEL\nb = 1", "1:11 error.open_parenthesis"},
    {"x[0 = 1", "1:5 error.unexpected"},
    {"a = (1 2)", "1:8 error.unexpected"},
    {"a = 1 2", "1:7 error.line_end_expected"},
    {"= 3", "1:1 error.statement_expected"},
    {"a = 12ab", "1:5 error.bad_number"},
    {"a = \"open", "1:5 error.open_string"},
    {"a = 1 ? 2", "1:7 error.line_end_expected"},
    {"$", "1:1 error.bad_character"},
    {"a = 99999999999999999999", "1:5 error.number_too_large"},
    {"machine x86_64 { ram = 0xffffffffffffffff }", "1:24 error.number_too_large"},
    {"z = DMA32@0xffffffffffffffff", "1:11 error.node_expected"},
    {"}", "1:1 error.nothing_to_close"},
    {"repeat 3 {\n a = 1\n", "1:10 error.open_block"},
    {"repeat 3\na = 1", "1:9 error.unexpected_line_end"},
    {"else { }", "1:1 error.else_alone"},
    {"for 3 in 0..4 { }", "1:5 error.name_expected"},
    {"mark 3", "1:6 error.string_expected"},
    {"break", "1:6 error.unexpected_end"},
    {"break on thunder", "1:10 error.break_on_expected"},
    {"sysctl 3 = 4", "1:8 error.sysctl_expected"},
    {"a = DMA@x", "1:9 error.node_expected"},
    {"1 + 1", "1:1 error.statement_expected"},
    {"a = 1; a + 1", "1:8 error.no_effect"},
    {"DMA = 3", "1:1 error.reserved"},
    {"GFP_KERNEL = 3", "1:1 error.reserved"},
    {"for ops in 0..3 { }", "1:5 error.reserved"},
    // names
    {"a = alloc_page5(GFP_KERNEL, 0)", "1:5 error.unknown_call"},
    {"frobnicate_it()", "1:1 error.unknown_call_plain"},
    {"p = shm_open(100)", "1:5 error.argument_text"},
    {"in irq { }", ""},
    {"in hardirq { }", "1:4 error.context_expected"},
    {"as sh { }", "1:4 error.unknown_name_plain"},
    {"p = init", ""},
    {"sysctl page_cluster = 3", "1:8 error.later_key"},
    {"sysctl min_free_kbyte = 3", "1:8 error.unknown_sysctl"},
    {"sysctl zzzzzzzzzzz = 3", "1:8 error.unknown_sysctl_plain"},
    {"a = alloc_page(GFP_KERNAL)", "1:16 error.unknown_name"},
    {"a = nothing_like_it", "1:5 error.unknown_name_plain"},
    {"a = alloc_page", "1:5 error.call_without_arguments"},
    {"x[0] = 1", "1:1 error.unknown_name_plain"},
    // arguments
    {"alloc_pages(GFP_KERNEL)", "1:1 error.argument_count"},
    {"drain_all_pages(DMA, DMA)", "1:1 error.argument_count"},
    {"drain_all_pages(3)", "1:1 error.argument_zone"},
    {"drain_local_pages(HighMem)", "1:1 error.no_zone"},
    {"tick(0)", "1:1 error.out_of_range"},
    {"tick(4000)", "1:1 error.out_of_range"},
    {"tick(DMA)", "1:1 error.argument_number"},
    {"alloc_page(GFP_KERNEL, 0)", "1:1 error.argument_count"},
    {"alloc_pages(0, GFP_KERNEL)", "1:1 error.argument_flags"},
    {"alloc_pages(GFP_KERNEL, DMA)", "1:1 error.argument_number"},
    {"__free_pages(3, 0)", "1:1 error.argument_page"},
    {"free_pages(3, 0)", "1:1 error.argument_address"},
    {"a = nr_free(3, 0)", "1:5 error.argument_zone"},
    {"a = nr_free(DMA, 0, 3)", "1:5 error.argument_migratetype"},
    {"a = len(3)", "1:5 error.argument_list"},
    {"a = vmstat(3)", "1:5 error.argument_text"},
    {"a = watermark(DMA, middle)", "1:20 error.watermark_expected"},
    // meaning
    {"alloc_pages(GFP_KERNEL, 11)", "1:1 error.order_too_large"},
    {"alloc_pages(GFP_KERNEL, -1)", "1:1 error.no_such_order"},
    {"alloc_page(__GFP_DMA | __GFP_HIGHMEM)", "1:1 error.gfp_two_zones"},
    {"alloc_page(__GFP_MOVABLE | __GFP_RECLAIMABLE)", "1:1 error.gfp_movable_reclaimable"},
    {"__free_pages(NULL, 0)", "1:1 error.null_page"},
    {"__free_page(NULL)", "1:1 error.null_page"},
    {"free_hot_page(NULL)", "1:1 error.null_page"},
    {"free_pages(NULL, 0); free_page(NULL); expect ops == 0", ""},
    {"a = pfn(NULL)", "1:5 error.null_page"},
    {"p = alloc_page(GFP_KERNEL)\n__free_page(p)\n__free_page(p)", "3:1 error.double_free"},
    {"p = alloc_page(GFP_KERNEL)\n__free_page(p)\nq = alloc_page(GFP_KERNEL)\n__free_page(p)", "4:1 error.stale_page"},
    {"p = alloc_pages(GFP_KERNEL, 2)\n__free_pages(p + 1, 0)", "2:1 error.free_not_head"},
    {"p = alloc_pages(GFP_KERNEL, 2)\n__free_pages(p, 1)", "2:1 error.free_wrong_order"},
    {"__free_page(pfn_to_page(1))", "1:1 error.free_reserved"},
    {"__free_page(pfn_to_page(0))", "1:1 error.foreign_frame"},
    {"__free_page(pfn_to_page(0x9000000))", "1:1 error.foreign_frame"},
    {"__free_page(pfn_to_page(0x1000))", "1:1 error.free_free"},
    {"a = pfn_to_page(-1)", "1:5 error.no_pfn"},
    {"a = flags(pfn_to_page(0x9000000))", "1:5 error.foreign_frame"},
    {"a = __get_free_page(GFP_KERNEL)\nfree_page(a + 64G)", "2:1 error.foreign_address"},
    {"a = __get_free_page(GFP_KERNEL)\nfree_page(a - 64G)", "2:1 error.foreign_address"},
    {"on cpu 1 { }", "1:8 error.no_cpu"},
    {"sysctl watermark_scale_factor = 0", "1:1 error.out_of_range"},
    {"sysctl watermark_scale_factor = 3001", "1:1 error.out_of_range"},
    {"sysctl min_free_kbytes = -1", "1:1 error.out_of_range"},
    {"sysctl min_free_kbytes = 0x80000000", "1:1 error.out_of_range"},
    {"sysctl min_free_kbytes = \"many\"", "1:1 error.key_number"},
    {"sysctl percpu_pagelist_high_fraction = 7", "1:1 error.out_of_range_or_zero"},
    {"sysctl percpu_pagelist_high_fraction = -1", "1:1 error.out_of_range_or_zero"},
    {"sysctl percpu_pagelist_high_fraction = 0x80000000", "1:1 error.out_of_range_or_zero"},
    {"sysctl watermark_boost_factor = -1", "1:1 error.out_of_range"},
    {"sysctl watermark_boost_factor = 0x80000000", "1:1 error.out_of_range"},
    {"sysctl lowmem_reserve_ratio = 3", "1:1 error.ratio_expected"},
    {"sysctl lowmem_reserve_ratio = \"256 256 32 0\"", "1:1 error.ratio_expected"},
    {"sysctl lowmem_reserve_ratio = \"256 256 32 0 0 0\"", "1:1 error.ratio_expected"},
    {"sysctl lowmem_reserve_ratio = \"256 256 32 0 -1\"", "1:1 error.ratio_expected"},
    {"sysctl min_free_kbytes = 0; sysctl watermark_scale_factor = 1; sysctl percpu_pagelist_high_fraction = 8", ""},
    {"sysctl percpu_pagelist_high_fraction = 0; sysctl watermark_boost_factor = 0x7fffffff", ""},
    {"sysctl watermark_boost_factor = 0; sysctl lowmem_reserve_ratio = \"0 0 0 0 2147483647\"", ""},
    {"a = random(2, 1)", "1:5 error.random_range"},
    {"a = random(DMA, 1)", "1:5 error.number_expected"},
    {"repeat -1 { }", "1:1 error.repeat_negative"},
    {"for i in 3 { }", "1:1 error.loop_list"},
    {"if \"text\" { }", "1:1 error.no_condition"},
    {"if false { a = 1 }\nb = a", "2:5 error.no_value_yet"},
    {"x[] = 1; x = 2; x[] = 3", "1:17 error.append_to"},
    {"x[] = 1; y[] = x", "1:10 error.list_in_list"},
    {"a = -DMA", "1:5 error.operand"},
    {"a = 1 + DMA", "1:7 error.operands"},
    {"expect 1 == 2", "1:8 error.expect_sides"},
    {"expect 1 == 2 \"sums\"", "1:8 error.expect_sides_said"},
    {"expect false", "1:8 error.expect"},
    {"expect !true \"truth\"", "1:8 error.expect_said"},
};

TEST(ScriptErrors, each_has_its_place_and_its_key) {
    Session session;
    for (const Case& one : kCases) EXPECT_EQ(testing::outcome(session, one.source), one.outcome) << one.source;
}

TEST(ScriptErrors, each_has_an_english_sentence_with_all_its_parameters) {
    const std::map<std::string, std::string> catalogue = english();
    Session session;
    for (const Case& one : kCases) {
        const std::optional<Diagnostic> diagnostic = testing::run_script(session, one.source);
        if (!diagnostic) continue;
        const auto found = catalogue.find(diagnostic->message.key);
        ASSERT_NE(found, catalogue.end()) << diagnostic->message.key;
        EXPECT_EQ(unfilled(found->second, diagnostic->message), "") << diagnostic->message.key;
    }
}

TEST(ScriptErrors, every_event_and_command_has_an_english_sentence_with_all_its_parameters) {
    const std::map<std::string, std::string> catalogue = english();
    Session session;
    ASSERT_TRUE(session
                    .load("machine x86_64 { ram = 64M; kernel = \"6.12\" }\n"
                          "sysctl min_free_kbytes = 512\n"
                          "p = alloc_pages(GFP_KERNEL, 10); __free_pages(p, 10)\n"
                          "in irq { f = alloc_page(GFP_KERNEL) }; in softirq { f = alloc_page(GFP_KERNEL) }\n"
                          "in tasklet { f = alloc_page(GFP_KERNEL) }; in atomic { f = alloc_page(GFP_KERNEL) }\n"
                          "f = alloc_page(GFP_ATOMIC | __GFP_NOFAIL); f = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 2)\n"
                          "for order in 0..11 { x[] = alloc_pages(GFP_USER | __GFP_MOVABLE, order); u[] = "
                          "alloc_pages(GFP_KERNEL, order) }\n"
                          "for order in 0..11 { if x[order] { __free_pages(x[order], order) }; if u[order] { "
                          "__free_pages(u[order], order) } }")
                    .empty());
    for (u32 step = 0;; ++step) {
        session.seek(step);
        testing::work_to_the_end(session);
        if (session.snapshot().step < step) break;
        for (const Message& message : session.narration(1000)) {
            const auto found = catalogue.find(message.key);
            ASSERT_NE(found, catalogue.end()) << message.key;
            EXPECT_EQ(unfilled(found->second, message), "") << message.key;
        }
    }
    EXPECT_FALSE(session.failure().has_value()) << testing::place_and_key(*session.failure());
    for (u32 warning = 0; warning < kGfpWarnings; ++warning) {
        const TraceEvent event{TraceKind::gfp_warning, 0, 0, 0, kNoPfn.value, gfp::kKernel, warning};
        const Message message = narrate_event(*session.snapshot().machine, event);
        ASSERT_TRUE(catalogue.contains(message.key)) << message.key;
        EXPECT_EQ(unfilled(catalogue.at(message.key), message), "") << message.key;
    }
    const Message summary = summarize(session.snapshot());
    EXPECT_EQ(unfilled(catalogue.at(summary.key), summary), "");
}

TEST(ScriptErrors, suggests_the_call_with_its_signature) {
    Session session;
    const std::vector<Diagnostic> errors = session.load("a = 1\nb = alloc_page5(GFP_KERNEL, 0)");
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0].length, 11U);
    ASSERT_EQ(errors[0].message.params.size(), 2U);
    EXPECT_EQ(errors[0].message.params[1].text, "alloc_pages(gfp, order)");
}

TEST(ScriptErrors, one_a_statement_and_the_reading_goes_on_at_the_next_line) {
    Session session;
    const std::vector<Diagnostic> errors = session.load("a = (1\nb = foo(bar(1), 2)\nrepeat oops {\n  c = 1 +\n}\nd = 4\n");
    std::string places;
    for (const Diagnostic& error : errors) places += testing::place_and_key(error) + "\n";
    EXPECT_EQ(places,
              "1:5 error.open_parenthesis\n"
              "2:5 error.unknown_call_plain\n"
              "3:8 error.unknown_name\n"
              "4:10 error.value_expected\n");
}

TEST(ScriptErrors, no_more_than_twenty) {
    std::string source;
    for (u32 line = 0; line < 100; ++line) source += "a = )\n";
    Session session;
    EXPECT_EQ(session.load(source).size(), 20U);
}

TEST(ScriptErrors, a_script_with_errors_leaves_the_running_one_as_it_is) {
    Session session;
    ASSERT_EQ(testing::run_script(session, "p = alloc_page(GFP_KERNEL)"), std::nullopt);
    EXPECT_FALSE(session.load("p = ").empty());
    EXPECT_EQ(session.snapshot().step, 1U);
    EXPECT_EQ(session.source(), "p = alloc_page(GFP_KERNEL)");
}

TEST(ScriptErrors, misuse_leaves_the_machine_as_it_is) {
    Session session;
    ASSERT_TRUE(session.load("p = alloc_page(GFP_KERNEL)\n__free_page(p)\n__free_page(p)\n").empty());
    session.seek(2);
    testing::work_to_the_end(session);
    const u64 before = session.state_hash();
    session.run();
    testing::work_to_the_end(session);
    EXPECT_EQ(session.snapshot().state, RunState::failed);
    EXPECT_EQ(session.snapshot().step, 2U);
    EXPECT_EQ(session.state_hash(), before);
}

TEST(ScriptErrors, bytes_that_are_no_text_are_errors_and_nothing_worse) {
    u64 state = 99;
    Session session;
    for (u32 round = 0; round < 200; ++round) {
        std::string source = round % 2 == 0 ? "" : "#!mm 1\nmachine x86_64 { ram = 16M }\n";
        for (u32 at = 0; at < 200; ++at) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            source += round % 4 < 2 ? static_cast<char>(state >> 56) : "(){}[]=;\n\"#<.a1 &|"[(state >> 40) % 19];
        }
        if (!session.load(source).empty()) continue;
        session.run();
        session.work(1000);
    }
}

}  // namespace
}  // namespace mmscope
