#include "procfs/vmallocinfo.h"

#include <gtest/gtest.h>

namespace mmscope {
namespace {

constexpr std::string_view kText =
    "0xffffc90000000000-0xffffc90000005000   20480 irq_init_percpu_irqstack+0x124/0x160 vmap\n"
    "0xffffc90000005000-0xffffc90000007000    8192 acpi_os_map_iomem+0x21a/0x240 phys=0x00000000feb80000 ioremap\n"
    "0xffffc90002000000-0xffffc90004001000 33558528 alloc_large_system_hash+0x19c/0x2c0 pages=8192 vmalloc vpages N0=8192\n"
    "0xffffc90000007000-0xffffc90000009000    8192 unpurged vm_area\n";

TEST(VmallocInfo, IsPrintedBackByteForByte) {
    const Result<VmallocInfo> info = parse_vmallocinfo(kText);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->areas.size(), 4U);
    EXPECT_EQ(info->areas[1].start, 0xffffc90000005000ULL);
    EXPECT_EQ(info->areas[3].text, "unpurged vm_area");
    EXPECT_EQ(print_vmallocinfo(*info), kText);
}

TEST(VmallocInfo, HasShortAddressesOnThirtyTwoBits) {
    constexpr std::string_view kShort = "0xf8000000-0xf8003000   12288 call_1+0x0/0x0 [script] pages=2 vmalloc\n";
    const Result<VmallocInfo> info = parse_vmallocinfo(kShort);
    ASSERT_TRUE(info);
    EXPECT_EQ(print_vmallocinfo(*info), kShort);
}

TEST(VmallocInfo, SaysWhichLineIsNoArea) {
    const Result<VmallocInfo> info = parse_vmallocinfo("0xf8000000-0xf8003000 12288 a vmalloc\nMemTotal: 5 kB\n");
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().line, 2U);
    EXPECT_EQ(info.error().message.key, "proc.no_vmalloc_area");
    EXPECT_FALSE(parse_vmallocinfo(""));
    EXPECT_FALSE(parse_vmallocinfo("0xf8000000-0xf8003000 many a vmalloc\n"));
}

}  // namespace
}  // namespace mmscope
