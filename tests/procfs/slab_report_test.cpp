#include "procfs/slab_report.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

using Section = SlabReport::Section;

constexpr u64 kSlab = 0xffff888002345000;

SlabReport report_of(SlabReport::Kind kind) {
    SlabReport report;
    report.kind = kind;
    report.cache = "ring";
    report.page = 0xffffea000008d140;
    report.address = kSlab;
    report.slab_objects = 21;
    report.used = 1;
    report.freelist = kSlab + 200;
    report.flags = slab_page_flags({true, true, false, 0, 1});
    return report;
}

SlabReport overflow() {
    SlabReport report = report_of(SlabReport::Kind::overwritten);
    report.objects = {{kSlab + 8, kSlab + 200, SlabReport::Track{"call 5", 7, 0, 105}, {}}};
    report.overwrites = {{SlabReport::Zone::right_redzone, kSlab + 26, kSlab + 27, 0x41, 0xcc}};
    report.sections = {{Section::Kind::redzone, kSlab, std::vector<u8>(8, 0xcc)},
                       {Section::Kind::object, kSlab + 8, std::vector<u8>(18, 0x41)},
                       {Section::Kind::redzone, kSlab + 26, {0x41, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc}},
                       {Section::Kind::padding, kSlab + 104, std::vector<u8>(8, 0x5a)}};
    report.repair = SlabReport::Repair::not_freed;
    report.pointer = kSlab + 8;
    return report;
}

const std::string kDoubleLine(77, '=');
const std::string kLine(77, '-');

TEST(SlabReport, an_overwritten_red_zone_is_told_as_the_kernel_tells_it) {
    EXPECT_EQ(print_slab_report(overflow()),
              kDoubleLine + "\nBUG ring (Not tainted): Right Redzone overwritten\n" + kLine +
                  "\n\n"
                  "0xffff88800234501a-0xffff88800234501a @offset=26. First byte 0x41 instead of 0xcc\n"
                  "Allocated in call 5 age=7 cpu=0 pid=105\n"
                  "Slab 0xffffea000008d140 objects=21 used=1 fp=0xffff8880023450c8 "
                  "flags=0xfffffc0000200(slab|node=0|zone=1|lastcpupid=0x1fffff)\n"
                  "Object 0xffff888002345008 @offset=8 fp=0xffff8880023450c8\n"
                  "\n"
                  "Redzone  ffff888002345000: cc cc cc cc cc cc cc cc                          ........\n"
                  "Object   ffff888002345008: 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41  AAAAAAAAAAAAAAAA\n"
                  "Object   ffff888002345018: 41 41                                            AA\n"
                  "Redzone  ffff88800234501a: 41 cc cc cc cc cc                                A.....\n"
                  "Padding  ffff888002345068: 5a 5a 5a 5a 5a 5a 5a 5a                          ZZZZZZZZ\n"
                  "FIX ring: Restoring Right Redzone 0xffff88800234501a-0xffff88800234501a=0xcc\n"
                  "FIX ring: Object at 0xffff888002345008 not freed\n");
}

TEST(SlabReport, since_6_11_the_object_is_shown_after_all_repairs) {
    SlabReport report = overflow();
    report.is_shown_last = true;
    report.overwrites.insert(report.overwrites.begin(),
                             {SlabReport::Zone::left_redzone, kSlab + 7, kSlab + 8, 0x00, 0xcc});
    const std::string text = print_slab_report(report);
    const std::size_t left = text.find("BUG ring (Not tainted): Left Redzone overwritten");
    const std::size_t repair = text.find("FIX ring: Restoring Left Redzone");
    const std::size_t right = text.find("BUG ring (Not tainted): Right Redzone overwritten");
    const std::size_t object = text.find("Object 0xffff888002345008 @offset=8");
    EXPECT_LT(left, repair);
    EXPECT_LT(repair, right);
    EXPECT_LT(text.find("FIX ring: Restoring Right Redzone"), object);
    EXPECT_EQ(text.find("Object 0x", object + 1), std::string::npos);
    EXPECT_NE(text.find("First byte 0x0 instead of 0xcc"), std::string::npos);
}

TEST(SlabReport, remaining_objects_are_listed_with_those_who_took_them) {
    SlabReport report = report_of(SlabReport::Kind::objects_remaining);
    report.taints = 1U << 5;
    report.objects = {{kSlab + 8, 0, SlabReport::Track{"call 3", 2, 1, 1}, SlabReport::Track{"call 4", 1, 0, 1}},
                      {kSlab + 392, 0, {}, {}}};
    EXPECT_EQ(print_slab_report(report),
              kDoubleLine +
                  "\nBUG ring (Tainted: G    B             ): Objects remaining in ring on __kmem_cache_shutdown()\n" +
                  kLine +
                  "\n\n"
                  "Slab 0xffffea000008d140 objects=21 used=1 fp=0xffff8880023450c8 "
                  "flags=0xfffffc0000200(slab|node=0|zone=1|lastcpupid=0x1fffff)\n"
                  "Object 0xffff888002345008 @offset=8\n"
                  "Allocated in call 3 age=2 cpu=1 pid=1\n"
                  "Freed in call 4 age=1 cpu=0 pid=1\n"
                  "Object 0xffff888002345188 @offset=392\n");
}

TEST(SlabReport, a_pointer_that_is_no_object_and_one_that_is_free_have_their_sentences) {
    SlabReport report = report_of(SlabReport::Kind::invalid_pointer);
    report.pointer = kSlab + 16;
    report.repair = SlabReport::Repair::not_freed;
    std::string text = print_slab_report(report);
    EXPECT_NE(text.find("): Invalid object pointer 0xffff888002345010\n"), std::string::npos);
    EXPECT_NE(text.find("FIX ring: Object at 0xffff888002345010 not freed\n"), std::string::npos);
    report = overflow();
    report.kind = SlabReport::Kind::already_free;
    text = print_slab_report(report);
    EXPECT_NE(text.find("): Object already free\n"), std::string::npos);
    EXPECT_EQ(text.find("Restoring"), std::string::npos);
    report.repair = SlabReport::Repair::all_used;
    EXPECT_NE(print_slab_report(report).find("FIX ring: Marking all objects used\n"), std::string::npos);
}

TEST(SlabReport, the_padding_of_a_slab_is_told_in_one_sentence) {
    SlabReport report = report_of(SlabReport::Kind::slab_padding);
    report.overwrites = {{SlabReport::Zone::slab_padding, kSlab + 4037, kSlab + 4039, 0, 0x5a}};
    report.sections = {{Section::Kind::padding, kSlab + 4032, {0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0, 0, 0x5a}}};
    const std::string text = print_slab_report(report);
    EXPECT_NE(text.find("): Padding overwritten. 0xffff888002345fc5-0xffff888002345fc6 @offset=4037\n"),
              std::string::npos);
    EXPECT_NE(text.find("Padding ffff888002345fc0: 5a 5a 5a 5a 5a 00 00 5a"), std::string::npos);
    EXPECT_NE(text.find("FIX ring: Restoring slab padding 0xffff888002345fc5-0xffff888002345fc6=0x5a\n"),
              std::string::npos);
}

TEST(SlabReport, warnings_have_no_slab) {
    SlabReport report;
    report.kind = SlabReport::Kind::wrong_cache;
    report.cache = "other";
    report.other_cache = "ring";
    EXPECT_EQ(print_slab_report(report), "cache_from_obj: Wrong slab cache. other but object is from ring\n");
    report.kind = SlabReport::Kind::still_has_objects;
    report.called_from = "ring_exit+0x12/0x1000 [ring]";
    EXPECT_EQ(print_slab_report(report), "kmem_cache_destroy other: Slab cache still has objects when called from "
                                         "ring_exit+0x12/0x1000 [ring]\n");
    report.kind = SlabReport::Kind::not_in_a_slab;
    EXPECT_EQ(print_slab_report(report), "virt_to_cache: Object is not a Slab page!\n");
    report.cache.clear();
    report.pointer = 0xc0003000;
    report.pointer_digits = 8;
    EXPECT_EQ(print_slab_report(report), "object pointer: 0xc0003000\n");
}

ReportCaller script_on(const std::string& kernel) {
    ReportCaller caller;
    caller.cpu = caller.uid = 0;
    caller.pid = 1;
    caller.comm = "script";
    caller.kernel = "Not tainted " + kernel + " #1";
    return caller;
}

TEST(SlabReport, since_6_15_the_object_is_shown_with_its_first_fault_and_a_warning) {
    SlabReport report = overflow();
    report.version = 0x0702;
    report.warns = true;
    report.caller = script_on("7.2");
    report.overwrites.push_back({SlabReport::Zone::kmalloc_redzone, kSlab + 30, kSlab + 31, 0, 0xcc});
    const std::string text = print_slab_report(report);
    EXPECT_TRUE(text.starts_with("[Right Redzone overwritten] 0xffff88800234501a-0xffff88800234501a @offset=26. "
                                 "First byte 0x41 instead of 0xcc\n" +
                                 kDoubleLine + "\nBUG ring (Not tainted): Object corrupt\n"))
        << text;
    const std::string rest = "Disabling lock debugging due to kernel taint\n"
                             "------------[ cut here ]------------\n"
                             "WARNING: mm/slub.c at object_err, CPU#0: script/1\n"
                             "CPU: 0 UID: 0 PID: 1 Comm: script Tainted: G    B               7.2 #1\n"
                             "Tainted: [B]=BAD_PAGE\n"
                             "---[ end trace 0000000000000000 ]---\n"
                             "FIX ring: Restoring Right Redzone 0xffff88800234501a-0xffff88800234501a=0xcc\n"
                             "[kmalloc Redzone overwritten] 0xffff88800234501e-0xffff88800234501e @offset=30. "
                             "First byte 0x0 instead of 0xcc\n"
                             "FIX ring: Restoring kmalloc Redzone 0xffff88800234501e-0xffff88800234501e=0xcc\n"
                             "FIX ring: Object at 0xffff888002345008 not freed\n";
    EXPECT_TRUE(text.ends_with(rest)) << text;
}

TEST(SlabReport, since_7_an_object_of_another_cache_is_told_with_its_address) {
    SlabReport report;
    report.kind = SlabReport::Kind::wrong_cache;
    report.version = 0x0702;
    report.cache = "bar";
    report.other_cache = "foo";
    report.pointer = kSlab;
    EXPECT_EQ(print_slab_report(report),
              "kmem_cache_free(bar, ffff888002345000): object belongs to different cache foo\n");
    report.is_silent = true;
    report.objects = {{0, 0, SlabReport::Track{"call 5", 7, 0, 1}, {}}};
    EXPECT_EQ(print_slab_report(report), "Allocated in call 5 age=7 cpu=0 pid=1\n") << "WARN_ONCE";
}

TEST(KernelWarning, has_the_form_of_its_kernel) {
    const auto printed = [](const std::string& kernel, u16 version) {
        ReportCaller caller = script_on(kernel);
        if (version < 0x0300) caller.cpu.reset();
        if (version < 0x060c) caller.uid.reset();
        set_taints(&caller, 1U << 9, version);
        std::string text;
        print_kernel_warning("Odd\n", {"mm/vmalloc.c", "vfree"}, caller, version, &text);
        return text;
    };
    const std::string cut = "------------[ cut here ]------------\n", end = "---[ end trace 0000000000000000 ]---\n";
    EXPECT_EQ(printed("2.6", 0x0206), cut + "WARNING: at mm/vmalloc.c vfree()\nOdd\n"
                                            "Pid: 1, comm: script Tainted: G        W  2.6 #1\n---[ end trace ]---\n");
    EXPECT_EQ(printed("6.1", 0x0601), cut + "Odd\nWARNING: CPU: 0 PID: 1 at mm/vmalloc.c vfree\n"
                                            "CPU: 0 PID: 1 Comm: script Tainted: G        W          6.1 #1\n" +
                                          end);
    EXPECT_EQ(printed("6.12", 0x060c), cut + "Odd\nWARNING: CPU: 0 PID: 1 at mm/vmalloc.c vfree\n"
                                             "CPU: 0 UID: 0 PID: 1 Comm: script Tainted: G        W          6.12 #1\n"
                                             "Tainted: [W]=WARN\n" +
                                           end);
    EXPECT_EQ(print_tainted(1U << 5 | 1U << 9, 0x060c), "Tainted: G    B   W         ");
}

TEST(SlabReport, the_flags_of_a_slabs_page_are_the_kernels) {
    EXPECT_EQ(slab_page_flags({true, true, true, 0, 2}),
              "0x17ffffc0010200(slab|head|node=0|zone=2|lastcpupid=0x1fffff)");
    EXPECT_EQ(slab_page_flags({true, false, true, 1, 2}), "0x57ffffc0000040(head|node=1|zone=2|lastcpupid=0x1fffff)");
    EXPECT_EQ(slab_page_flags({false, true, false, 0, 1}), "0x40000200(slab|zone=1)");
}

}  // namespace
}  // namespace mmscope
