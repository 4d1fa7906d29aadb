// From a write that goes too far to the lines in the kernel's log.
#include <gtest/gtest.h>

#include "mm/kmalloc.h"
#include "play/slab_report_of.h"

namespace mmscope {
namespace {

std::string overflow_by_a_byte(const Profile& profile, Arch arch) {
    PageAllocator memory(arch, profile, 65536, 1, 1);
    SlabAllocator slab(memory, FreelistOrder::plain, 1);
    slab.set_debug(slab_flag::kDebug);
    Kmalloc kmalloc(slab, memory);
    Trace nobody;
    SlabCaller caller{memory, nobody, 12, 0, 1, 4000};
    const ObjectAddress object = kmalloc.alloc(slab, 128, {gfp::kKernel}, caller);
    slab.write(object, {object.value + 129}, 0x41);
    caller.jiffies = 4007;
    kmalloc.free(slab, object, caller);
    std::string text;
    for (const SlabBug& bug : slab.take_bugs()) text += print_slab_report(slab_report_of(bug, memory));
    EXPECT_EQ(kmalloc.check(slab, memory) + slab.check(memory), "");
    return text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(SlabBugs, a_byte_too_many_behind_a_kmalloc_object_is_reported) {
    const std::string text = overflow_by_a_byte(profile_6_1(), Arch::x86_64);
    EXPECT_TRUE(has(text, "BUG kmalloc-128 (Not tainted): Right Redzone overwritten\n")) << text;
    EXPECT_TRUE(has(text, " @offset=256. First byte 0x41 instead of 0xcc\n")) << text;
    EXPECT_TRUE(has(text, "Allocated in call 12 age=7 cpu=0 pid=1\n")) << text;
    EXPECT_TRUE(has(text, " objects=10 used=1 ")) << text;
    EXPECT_TRUE(has(text, ": 41 cc cc cc cc cc cc cc")) << text;
    EXPECT_TRUE(has(text, "  AAAAAAAAAAAAAAAA\n")) << text;
    EXPECT_TRUE(has(text, "FIX kmalloc-128: Restoring Right Redzone ")) << text;
    EXPECT_TRUE(has(text, " not freed\n")) << text;
    EXPECT_LT(text.find("Object   "), text.find("FIX "));
}

TEST(SlabBugs, on_6_12_the_object_is_shown_after_it_was_put_right) {
    const std::string text = overflow_by_a_byte(profile_6_12(), Arch::x86_64);
    EXPECT_LT(text.find("FIX kmalloc-128: Restoring"), text.find("Object   "));
    EXPECT_TRUE(has(text, ": cc cc cc cc cc cc cc cc  ")) << text;
    EXPECT_FALSE(has(text, "(slab|")) << "a slab's page has another mark";
}

TEST(SlabBugs, on_32_bits_addresses_have_eight_digits) {
    const std::string text = overflow_by_a_byte(profile_6_1(), Arch::x86_32);
    EXPECT_TRUE(has(text, "Redzone  c")) << text;
    EXPECT_TRUE(has(text, "|zone=")) << text;
    EXPECT_FALSE(has(text, "lastcpupid")) << text;
}

}  // namespace
}  // namespace mmscope
