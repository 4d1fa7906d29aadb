// A machine made from a capture fails as the captured one did, and its report has the same lines: the same words, and
// the same numbers wherever they hang on the machine and not on what was running.
#include "play/failure_report.h"

#include <gtest/gtest.h>

#include "play/session.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

using std::filesystem::path;

AllocFailureReport report_in(const std::string& text) {
    LogLines lines(text);
    while (lines.next() && !is_alloc_failure_head(lines.text())) {
    }
    auto report = parse_alloc_failure_report(lines);
    EXPECT_TRUE(report) << text;
    return report ? *std::move(report) : AllocFailureReport();
}

// The capture's machine, emptied by requests of this kind, asks once more.
AllocFailureReport model_report(const path& folder, const std::string& mask, u32 order) {
    std::string script = "machine from text <<END\n";
    for (const char* file : {"zoneinfo", "buddyinfo", "pagetypeinfo"})
        script += test::read_file(folder / "after" / file);
    const std::string request = "alloc_pages(" + mask + ", " + std::to_string(order) + ")\n";
    const std::string quiet = "alloc_pages(" + mask + " | __GFP_NOWARN, " + std::to_string(order) + ")\n";
    script += "END\np = " + quiet + "while p != NULL { p = " + quiet + "}\np = " + request;
    Session session;
    EXPECT_TRUE(session.load(script).empty());
    session.run();
    while (session.work(100'000)) {
    }
    EXPECT_FALSE(session.failure()) << session.failure()->message.key;
    return report_in(kernel_log(session));
}

std::vector<std::string> names(const MemInfo::Counters& counters) {
    std::vector<std::string> all;
    for (const MemInfo::Counter& counter : counters) all.push_back(counter.name);
    return all;
}

void expect_same_machine(const MemInfo& model, const MemInfo& kernel) {
    ASSERT_EQ(model.zones.size(), kernel.zones.size());
    for (u32 at = 0; at < model.zones.size(); ++at) {
        const MemInfo::Zone& ours = model.zones[at];
        const MemInfo::Zone& theirs = kernel.zones[at];
        EXPECT_EQ(ours.of, theirs.of);
        EXPECT_EQ(ours.lowmem_reserve, theirs.lowmem_reserve);
        EXPECT_EQ(names(ours.counters), names(theirs.counters));
        EXPECT_EQ(model.free_lists[at].of, kernel.free_lists[at].of);
        for (const char* name : {"present", "managed"})
            EXPECT_EQ(counter_or_zero(ours.counters, name), counter_or_zero(theirs.counters, name))
                << ours.of.zone << " " << name;
        for (const char* name : {"min", "low", "high"}) {
            EXPECT_EQ(counter_or_zero(ours.counters, name) - counter_or_zero(ours.counters, "boost"),
                      counter_or_zero(theirs.counters, name) - counter_or_zero(theirs.counters, "boost"))
                << ours.of.zone << " " << name;
        }
    }
    EXPECT_EQ(model.huge_pages, kernel.huge_pages);
    EXPECT_EQ(model.machine.ram_pages, kernel.machine.ram_pages);
    EXPECT_EQ(model.machine.highmem_pages, kernel.machine.highmem_pages);
    EXPECT_EQ(model.machine.reserved_pages, kernel.machine.reserved_pages);
    EXPECT_EQ(model.machine.poisoned_pages, kernel.machine.poisoned_pages);
    EXPECT_EQ(model.machine.cma_pages, kernel.machine.cma_pages);
}

void expect_agreement(const path& folder, const std::string& test, const std::string& mask, u32 order) {
    SCOPED_TRACE(folder / test);
    const AllocFailureReport kernel = report_in(test::read_file(folder / (test + ".dmesg.txt")));
    const AllocFailureReport model = model_report(folder, mask, order);
    EXPECT_EQ(model.order, kernel.order);
    EXPECT_EQ(model.mode, kernel.mode);
    EXPECT_EQ(model.allowed, kernel.allowed);
    EXPECT_EQ(model.caller->uid.has_value(), kernel.caller->uid.has_value());
    expect_same_machine(model.mem_info, kernel.mem_info);
}

TEST(FailureReportConformance, a_captured_machine_reports_what_its_kernel_did) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const path kernels = *shared / "fixtures" / "kernels";
    for (const char* machine : {"amd64-6.1-512M-paf", "i386-686-1G-paf"}) {
        expect_agreement(kernels / machine / "paf", "order0atomic", "GFP_ATOMIC", 0);
        expect_agreement(kernels / machine / "paf", "order2dma", "GFP_ATOMIC | GFP_DMA", 2);
        expect_agreement(kernels / machine / "paf", "order4norretry", "GFP_KERNEL | __GFP_NORETRY", 4);
        expect_agreement(kernels / machine / "paf", "order9comp", "GFP_KERNEL | __GFP_COMP", 9);
        expect_agreement(kernels / machine / "paf", "order10", "GFP_KERNEL", 10);
    }
    expect_agreement(kernels / "amd64-6.12-6G-paf-dma" / "paf", "order0dma", "GFP_KERNEL | GFP_DMA", 0);
    expect_agreement(kernels / "amd64-6.12-6G-paf-dma" / "paf", "order0dma32", "GFP_KERNEL | GFP_DMA32", 0);
}

}  // namespace
}  // namespace mmscope
