// vmalloc, kvmalloc and kmap in scripts: what they return, what is misuse, and what is said.
#include <gtest/gtest.h>

#include <algorithm>

#include "play/failure_report.h"
#include "play/proc_text.h"
#include "play/vmalloc_calls.h"
#include "script_testing.h"
#include "sentences.h"

namespace mmscope {
namespace {

using testing::end_of;
using testing::expect_sentence;
using testing::run_script;
using testing::seek;

constexpr u64 kVmallocStart = 0xffffc90000000000ULL;

const std::string kSmall = "machine x86_64 { ram = 64M }\n";
const std::string kHigh = "machine x86_32 { ram = 1G; kernel = \"6.1\" }\n";

// The kinds of events of a script's last command.
std::vector<std::string_view> kinds(const std::string& script) {
    Session session;
    EXPECT_FALSE(run_script(session, script));
    for (const Message& message : session.narration(1000)) expect_sentence(message);
    std::vector<std::string_view> names;
    const Trace& trace = *session.snapshot().trace;
    for (u32 at = 0; at < trace.kept(); ++at)
        names.push_back(kTraceKindNames[static_cast<u32>(trace.kept_event(at).kind)]);
    return names;
}

bool has(const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(Vmalloc, GivesAddressesInARowAndFramesFromAnywhere) {
    Session session;
    ASSERT_FALSE(run_script(session, kSmall + "a = vmalloc(10000)\nb = vmalloc(1)"));
    const Machine& machine = *session.snapshot().machine;
    const std::vector<VmapArea>& areas = machine.heap().vmalloc().areas();
    ASSERT_EQ(areas.size(), 2U);
    EXPECT_EQ(areas[0].start, kVmallocStart);
    EXPECT_EQ(areas[0].pages(), 3U);
    EXPECT_EQ(areas[0].size, 4U * kPageSize) << "with the guard page";
    EXPECT_EQ(areas[1].start, kVmallocStart + 4 * kPageSize);
    EXPECT_EQ(vmalloc_to_page(machine, kVmallocStart + 3 * kPageSize), kNoPfn) << "the guard page";
    EXPECT_EQ(machine.heap().vmalloc().table_pages(), 2U) << "a PD and a PT";
    EXPECT_EQ(proc_text(machine, "vmallocinfo"),
              "0xffffc90000000000-0xffffc90000004000   16384 call_1+0x0/0x0 [script] pages=3 vmalloc N0=3\n"
              "0xffffc90000004000-0xffffc90000006000    8192 call_2+0x0/0x0 [script] pages=1 vmalloc N0=1\n");
    EXPECT_NE(proc_text(machine, "meminfo")->find("VmallocUsed:          16 kB"), std::string::npos);
}

TEST(Vmalloc, WorksWhereNoTwoFramesLieTogether) {
    // Every second frame is free: kmalloc of two pages fails, vmalloc of a hundred does not.
    const std::string fragmented =
        kSmall +
        "page = alloc_page(__GFP_MEMALLOC)\n"
        "while page != NULL {\n p[] = page\n page = alloc_page(__GFP_MEMALLOC|__GFP_NOWARN) }\n"
        "for x in p { if pfn(x) % 2 == 0 { __free_page(x) } }\n"
        "drain_all_pages()\n";
    EXPECT_EQ(end_of(fragmented + "expect kmalloc(16384, GFP_KERNEL|__GFP_NORETRY) == NULL\n"
                                  "v = vmalloc(409600)\nexpect v != NULL\n"
                                  "expect pfn(vmalloc_to_page(v)) % 2 == 0"),
              "");
    EXPECT_EQ(end_of(fragmented + "k = kvmalloc(16384, GFP_KERNEL)\nexpect vmalloc_to_page(k) != NULL\nkvfree(k)\n"
                                  "expect vmalloc_to_page(k) == NULL"),
              "");
}

TEST(Vmalloc, GivesItsFramesBackAtOnceAndItsAddressesLater) {
    Session session;
    ASSERT_FALSE(run_script(session, kSmall + "a = vmalloc(4096)\nvfree(a)\nb = vmalloc(4096)"));
    const Machine& machine = *session.snapshot().machine;
    EXPECT_EQ(machine.heap().vmalloc().nr_pages(), 1U);
    EXPECT_EQ(machine.heap().vmalloc().lazy_pages(), 2U);
    EXPECT_NE(machine.heap().vmalloc().area_at(kVmallocStart + 2 * kPageSize), nullptr);
    EXPECT_NE(proc_text(machine, "vmallocinfo")->find("8192 unpurged vm_area\n"), std::string::npos);
    // 8,192 pages on one CPU, then all of it is flushed and given again, the lowest first.
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(16M)\nvfree(a)\nb = vmalloc(16M)\nexpect b != a\nvfree(b)\n"
                              "expect events(\"purge_vmap_area_lazy\") == 1\n"
                              "expect events(\"flush_tlb_kernel_range\") == 1\nexpect vmalloc(4096) == a"),
              "");
}

std::string proc(const std::string& script, const char* name) {
    Session session;
    EXPECT_FALSE(run_script(session, script).has_value()) << script;
    return *proc_text(*session.snapshot().machine, name);
}

// Boot logs of 2.6.2x: "pkmap : 0xff800000 - 0xffc00000", "vmalloc : 0xf8800000 - 0xff7fe000"; with PAE 0xffc00000,
// 0xffbfe000.
TEST(Vmalloc, OfTwoSixHasTheWindowAndTheCountsOfItsTime) {
    const auto has_line = [](const std::string& text, const char* line) {
        return text.find(line) != std::string::npos;
    };
    const std::string gib = " { ram = 1G; cpus = 1; kernel = \"2.6\" }\n";
    EXPECT_TRUE(has_line(proc("machine x86_32" + gib, "meminfo"), "VmallocTotal:     114680 kB"));
    EXPECT_TRUE(has_line(proc("machine x86_32_pae" + gib, "meminfo"), "VmallocTotal:     118776 kB"));
    const std::string areas = proc("machine x86_32" + gib + "a = vmalloc(4096)", "vmallocinfo");
    EXPECT_TRUE(areas.starts_with("0xf8800000-0xf8802000 ")) << areas;
    const std::string freed = "machine x86_32" + gib + "v = vmalloc(10000)\nw = vmalloc(4096)\nvfree(v)";
    const std::string meminfo = proc(freed, "meminfo");
    EXPECT_TRUE(has_line(meminfo, "VmallocUsed:           8 kB")) << "the guard page too";
    EXPECT_TRUE(has_line(meminfo, "VmallocChunk:     114656 kB")) << "above both areas";
    EXPECT_EQ(proc(freed, "vmallocinfo").find("unpurged"), std::string::npos);
}

TEST(Vmalloc, ReturnsNullForNothingAndForMoreThanThereIs) {
    EXPECT_EQ(end_of(kSmall + "expect vmalloc(0) == NULL\nexpect vmalloc(65M) == NULL\nexpect vmalloc(-1) == NULL\n"
                              "vfree(NULL)\nkvfree(NULL)"),
              "");
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(25M)\nb = kvmalloc(20M, GFP_KERNEL|__GFP_NORETRY)\nexpect b == NULL\n"
                              "expect events(\"vmalloc_failed\") == 1"),
              "");
}

TEST(Vmalloc, HasNoHoleForMoreThanItsWindowOnThirtyTwoBits) {
    EXPECT_TRUE(has(kinds(kHigh + "a = vmalloc(100M)\nb = vmalloc(30M)"), "vmap_area_failed"));
    // What waits for a purge is purged before anybody is turned away.
    EXPECT_EQ(end_of(kHigh + "a = vmalloc(20M)\nvfree(a)\nexpect vmalloc(110M) != NULL"), "");
}

TEST(Vmalloc, TakesItsFramesFromHighMemFirst) {
    EXPECT_EQ(end_of(kHigh + "a = vmalloc(4096)\nexpect zone(vmalloc_to_page(a)) == HighMem"), "");
}

TEST(Vmalloc, StopsTheKernelInAnInterruptHandler) {
    EXPECT_EQ(end_of(kSmall + "in irq { a = vmalloc(4096) }"), "error.vmalloc_in_interrupt");
    EXPECT_EQ(end_of(kSmall + "in irq { a = kvmalloc(4096, GFP_ATOMIC)\n kvfree(a) }"), "");
    EXPECT_TRUE(has(kinds(kSmall + "in atomic { a = vmalloc(4096) }"), "might_sleep"));
    EXPECT_TRUE(has(kinds(kSmall + "a = vmalloc(4096)\nin irq { vfree(a) }"), "vfree_deferred"));
}

TEST(Vmalloc, RefusesWhatIsNoArea) {
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(8192)\n__free_page(vmalloc_to_page(a))"), "error.free_vmalloc");
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(8192)\np = virt_to_page(a)"), "error.foreign_address");
    EXPECT_EQ(end_of(kSmall + "vfree(5)"), "error.argument_address");
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(GFP_KERNEL)"), "error.argument_number");
}

TEST(Vmalloc, IsWrittenThroughItsPageTable) {
    Session session;
    ASSERT_FALSE(run_script(session, kSmall + "a = vmalloc(8192)\nmemset(a + 4000, 65, 200)"));
    const std::vector<Message> told = session.narration(10);
    EXPECT_EQ(told[0].key, "command.memset_mapped");
    const auto number_of = [&](std::string_view name) {
        const auto is_it = [name](const MessageParam& param) { return param.name == name; };
        const auto found = std::find_if(told[0].params.begin(), told[0].params.end(), is_it);
        return found == told[0].params.end() ? -1 : found->number;
    };
    EXPECT_EQ(number_of("pages"), 2);
    EXPECT_EQ(number_of("pfn"), vmalloc_to_page(*session.snapshot().machine, kVmallocStart).value);
    for (const Message& message : told) expect_sentence(message);
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(5000)\nmemset(a, 0, 8192) # to the end of its last page"), "");
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(5000)\nmemset(a, 0, 8193)"), "error.write_unmapped") << "the guard page";
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(4096)\nvfree(a)\nmemset(a, 0, 1)"), "error.write_unmapped");
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(4096)\nmemset(a, 0, -1)"), "error.write_unmapped");
    EXPECT_EQ(end_of(kHigh + "p = alloc_page(GFP_HIGHUSER)\na = kmap(p)\nmemset(a, 0, 4096)"), "");
}

// What slab_debug watches lies in other frames.
TEST(Vmalloc, IsWrittenWhereNoSlabIs) {
    Session session;
    ASSERT_FALSE(run_script(session, "machine x86_64 { ram = 64M; slab_debug = \"FZPU\" }\na = vmalloc(3 * 4096)\n"
                                     "memset(a, 7, 3 * 4096)\no = kmalloc(64, GFP_KERNEL)\nkfree(o)"));
    EXPECT_EQ(kernel_log(session), "");
}

// remove_vm_area() warns, and the kernel goes on.
TEST(Vmalloc, FreesNothingWhereNoAreaBegins) {
    for (const char* script : {"a = vmalloc(8192)\nvfree(a)\nvfree(a)", "a = kmalloc(64, GFP_KERNEL)\nvfree(a)"}) {
        Session session;
        EXPECT_FALSE(run_script(session, kSmall + script).has_value()) << script;
        EXPECT_EQ(session.narration(10)[0].key, "command.vfree_none") << script;
        const std::string log = kernel_log(session);
        EXPECT_NE(log.find("Trying to vfree() nonexistent vm area (ffff"), std::string::npos) << log;
    }
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(8192)\nvfree(a)\nvfree(a)\nexpect vmalloc(8192) != NULL"), "");
}

// Inside a page it is a bad address; from 6.3 on the kernel then also says that no area is there.
TEST(Vmalloc, FreesNothingInsideAPageAndSaysTheWholeAddress) {
    for (const std::string kernel : {"2.6", "6.1", "6.12"}) {
        Session session;
        const std::string machine = "machine x86_64 { ram = 64M; kernel = \"" + kernel + "\" }\n";
        EXPECT_FALSE(run_script(session, machine + "a = vmalloc(8192)\nvfree(a + 24)").has_value());
        const std::string log = kernel_log(session);
        const std::size_t bad = log.find("Trying to vfree() bad address (ffff"), end = log.find(')', bad + 20);
        ASSERT_NE(bad, std::string::npos) << log;
        EXPECT_EQ(log.substr(end - 3, 3), "018") << log;
        EXPECT_EQ(log.find("nonexistent vm area") != std::string::npos, kernel == "6.12") << log;
        for (const Message& message : session.narration(1000)) expect_sentence(message);
    }
}

// __find_vmap_area() looks for the area that has the address; that of 2.6 for the one that begins there.
TEST(Vmalloc, FreesTheWholeAreaByAnyOfItsPages) {
    for (const u32 page : {1U, 2U, 3U}) {
        Session session;
        const std::string script = "a = vmalloc(12288)\nvfree(a + " + std::to_string(page * kPageSize) + ")";
        EXPECT_FALSE(run_script(session, kSmall + script).has_value()) << script;
        EXPECT_EQ(session.narration(10)[0].key, "command.vfree_inside") << "the guard page too";
        for (const Message& message : session.narration(10)) expect_sentence(message);
        EXPECT_EQ(kernel_log(session), "");
        EXPECT_EQ(session.snapshot().machine->heap().vmalloc().nr_pages(), 0U);
    }
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(12288)\nvfree(a + 8)\nexpect vmalloc_to_page(a) != NULL"), "");
    EXPECT_EQ(end_of(kSmall + "a = vmalloc(4096)\nb = vmalloc(4096)\nvfree(b)\nvfree(a + 8192)\n"
                              "expect vmalloc_to_page(a) != NULL"),
              "");
    EXPECT_EQ(end_of("machine x86_64 { ram = 64M; kernel = \"2.6\" }\na = vmalloc(12288)\nvfree(a + 4096)\n"
                     "expect vmalloc_to_page(a) != NULL"),
              "");
}

TEST(Vmalloc, WarnsOfABadAddressAsItsKernelDoes) {
    for (const char* kernel : {"2.6", "6.1", "6.12"}) {
        Session session;
        EXPECT_FALSE(run_script(session, std::string("machine x86_64 { ram = 64M; kernel = \"") + kernel +
                                             "\" }\na = vmalloc(8192)\nvfree(a + 8)"));
        const std::string log = kernel_log(session);
        EXPECT_NE(log.find("Trying to vfree() bad address (ffff"), std::string::npos) << log;
        EXPECT_NE(log.find("008)\n"), std::string::npos) << log;
        const bool goes_on = std::string(kernel) == "6.12";
        EXPECT_EQ(log.find("nonexistent vm area") != std::string::npos, goes_on) << log;
        EXPECT_EQ(log.find("Tainted: G        W") != std::string::npos, goes_on) << "by the first of the two";
    }
}

TEST(Vmalloc, LogsWhyItGivesNull) {
    Session session;
    run_script(session, kSmall + "a = vmalloc(2G)");
    const std::string log = kernel_log(session);
    EXPECT_TRUE(log.starts_with("script: vmalloc error: size 2147483648, exceeds total pages, mode:0xcc0(GFP_KERNEL), "
                                "nodemask=(null),cpuset=/,mems_allowed=0\nCPU: 0 "))
        << log;
    EXPECT_NE(log.find("\nMem-Info:\n"), std::string::npos);
    run_script(session, "machine x86_64 { ram = 64M; kernel = \"2.6\" }\na = vmalloc(2G)");
    EXPECT_EQ(kernel_log(session), "") << "2.6 gives NULL and says nothing";
}

TEST(Vmalloc, SaysWhyItGivesNull) {
    const auto why = [](const std::string& script) {
        Session session;
        run_script(session, script);
        return session.narration(1)[0].key;
    };
    EXPECT_EQ(why(kSmall + "a = vmalloc(0)"), "command.vmalloc_failed_zero");
    EXPECT_EQ(why(kSmall + "a = vmalloc(-1)"), "command.vmalloc_failed_more_than_memory");
    EXPECT_EQ(why(kHigh + "a = vmalloc(100M)\nb = vmalloc(30M)"), "command.vmalloc_failed_no_hole");
    EXPECT_EQ(why(kSmall + "a = vmalloc(25M)\nb = kvmalloc(20M, GFP_KERNEL|__GFP_NORETRY)"),
              "command.vmalloc_failed_no_frames");
    EXPECT_EQ(why(kSmall + "a = kvmalloc(5M, GFP_ATOMIC)"), "command.vmalloc_failed_may_not_sleep");
    EXPECT_EQ(why(kSmall + "a = kvmalloc(3G, GFP_KERNEL)"), "command.vmalloc_failed_int_max");
}

// kmalloc_gfp_adjust() of 7.2: a large block is not reclaimed for, and vmalloc serves who may not sleep too.
TEST(Vmalloc, IsThereForAllThatKvmallocAsksOn72) {
    const std::string newest = "machine x86_64 { ram = 64M; kernel = \"7.2\" }\n";
    EXPECT_EQ(end_of(newest + "a = kvmalloc(5M, GFP_ATOMIC)\nexpect vmalloc_to_page(a) != NULL\n"
                              "b = kvmalloc(5M, GFP_NOWAIT)\nexpect vmalloc_to_page(b) != NULL"),
              "");
    const std::string scattered =
        " { ram = 64M; cpus = 1; kernel = \"KERNEL\" }\nrepeat 9700 { p[] = alloc_page(GFP_ATOMIC|__GFP_NOWARN) }\n"
        "for i in 0..len(p) { if i % 3 == 0 { if p[i] != NULL { __free_page(p[i]) } } }\n"
        "v = kvmalloc(1M, GFP_KERNEL)\nexpect vmalloc_to_page(v) != NULL\nexpect ";
    const std::string tries =
        "vmstat(\"compact_stall\") + vmstat(\"allocstall_normal\") + vmstat(\"allocstall_dma32\")";
    const auto on = [&](const std::string& kernel) {
        std::string script = "machine x86_64" + scattered;
        return script.replace(script.find("KERNEL"), 6, kernel);
    };
    EXPECT_EQ(end_of(on("6.12") + tries + " > 0"), "");
    EXPECT_EQ(end_of(on("7.2") + tries + " == 0"), "");
}

TEST(Vmalloc, IsWhereItWasAfterGoingBack) {
    Session session;
    const std::string script = kSmall +
                               "repeat 20 { v[] = vmalloc(random(1, 300000)) }\n"
                               "for i in 0..20 { if random(0, 1) == 1 { vfree(v[i]) } }\n"
                               "repeat 10 { w[] = vzalloc(random(1, 100000)) }\n";
    ASSERT_FALSE(run_script(session, script));
    const u32 last = session.snapshot().step;
    std::vector<u64> hashes;
    for (u32 step = 0; step <= last; ++step) {
        seek(session, step);
        hashes.push_back(session.snapshot().machine->state_hash());
    }
    for (u32 step = last + 1; step-- != 0;) {
        seek(session, step);
        EXPECT_EQ(session.snapshot().machine->state_hash(), hashes[step]) << step;
        EXPECT_EQ(session.snapshot().machine->check(), "") << step;
    }
}

TEST(Kmap, GivesHighMemoryAnAddressForAWhile) {
    EXPECT_EQ(end_of(kHigh + "p = alloc_page(GFP_HIGHUSER)\nexpect zone(p) == HighMem\n"
                             "expect page_address(p) == NULL\n"
                             "a = kmap(p)\nexpect page_address(p) == a\nexpect pfn(vmalloc_to_page(a)) == pfn(p)\n"
                             "b = kmap(p)\nexpect a == b\n"
                             "kunmap(p)\nkunmap(p)\nexpect page_address(p) == a \"until the slots are flushed\""),
              "");
    EXPECT_EQ(end_of(kHigh + "p = alloc_page(GFP_KERNEL)\na = kmap(p)\nexpect a == page_address(p)\nkunmap(p)"), "");
    EXPECT_EQ(end_of(kSmall + "p = alloc_page(GFP_HIGHUSER)\na = kmap(p)\nexpect a == page_address(p)"), "");
}

TEST(Kmap, FlushesWhatNobodyUsesWhenItComesRoundAndWaitsIfThereIsNothing) {
    const std::string all = kHigh + "repeat 1024 { p[] = alloc_page(GFP_HIGHUSER) }\nq = alloc_page(GFP_HIGHUSER)\n";
    EXPECT_EQ(end_of(all + "for x in p { a = kmap(x) }\nb = kmap(q)"), "error.kmap_full");
    EXPECT_EQ(end_of(all + "for x in p { a = kmap(x)\n kunmap(x) }\nb = kmap(q)\nexpect b != NULL\n"
                           "expect page_address(p[5]) == NULL"),
              "");
    EXPECT_EQ(end_of(all + "for x in p { a = kmap(x)\n kunmap(x) }\nexpect events(\"flush_all_zero_pkmaps\") == 1"), "");
}

TEST(Kmap, SearchesAllSlotsAgainAfterAFlush) {
    EXPECT_EQ(end_of("machine x86_32 { ram = 2G; kernel = \"6.1\" }\n"
                     "repeat 700 { a[] = alloc_page(GFP_HIGHUSER) }\nrepeat 323 { b[] = alloc_page(GFP_HIGHUSER) }\n"
                     "c = alloc_page(GFP_HIGHUSER)\nd = alloc_page(GFP_HIGHUSER)\n"
                     "for x in a { kmap(x) }\nfor x in b { kmap(x) }\nkmap(c)\nfor x in b { kunmap(x) }\n"
                     "expect kmap(d) != NULL"),
              "");
}

TEST(Kmap, OnlyComplainsInAnInterruptWhereThePageHasItsAddress) {
    const std::string low = kSmall + "p = alloc_page(GFP_HIGHUSER)\n";
    EXPECT_EQ(end_of(low + "in irq { a = kmap(p)\n kunmap(p) }\nexpect a == page_address(p)\n"
                           "expect events(\"might_sleep\") == 1 \"kunmap does nothing there\""),
              "");
    EXPECT_EQ(end_of(kHigh + "p = alloc_page(GFP_KERNEL)\nin irq { a = kmap(p)\n kunmap(p) }\n"
                             "expect a == page_address(p)\nexpect events(\"might_sleep\") == 2"),
              "");
    EXPECT_EQ(end_of(low + "in atomic { a = kmap(p) }\nexpect events(\"might_sleep\") == 1"), "");
}

TEST(Kmap, RefusesWhatTheKernelStopsAt) {
    const std::string page = kHigh + "p = alloc_page(GFP_HIGHUSER)\n";
    EXPECT_EQ(end_of(page + "kunmap(p)"), "error.kunmap_not_mapped");
    EXPECT_EQ(end_of(page + "in irq { a = kmap(p) }"), "error.kmap_in_interrupt");
    EXPECT_EQ(end_of(page + "__free_page(p)\na = kmap(p)"), "error.kmap_free");
    EXPECT_EQ(end_of(page + "a = kmap(5)"), "error.argument_page");
    EXPECT_EQ(end_of(page + "a = kmap(NULL)"), "error.null_page");
}

}  // namespace
}  // namespace mmscope
