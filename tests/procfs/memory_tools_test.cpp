// free, vmstat and top. Sizes marked as procps' were printed by free 4.0.2 over a /proc/meminfo with that MemFree.
#include <gtest/gtest.h>

#include "procfs/free_tool.h"
#include "procfs/tenths.h"
#include "procfs/top_memory.h"
#include "procfs/vmstat_tool.h"

namespace mmscope {
namespace {

MeminfoFile meminfo(const std::string& text) { return *parse_meminfo(text); }

const MeminfoFile kMemory = meminfo(
    "MemTotal: 466372 kB\nMemFree: 348976 kB\nMemAvailable: 353032 kB\nBuffers: 4 kB\nCached: 31720 kB\n"
    "Active: 3448 kB\nInactive: 79800 kB\nSwapTotal: 262140 kB\nSwapFree: 262140 kB\nShmem: 31720 kB\n"
    "SReclaimable: 13192 kB\n");

TEST(FreeTool, what_is_used_is_what_is_not_available) {
    EXPECT_EQ(print_free(kMemory),
              "               total        used        free      shared  buff/cache   available\n"
              "Mem:          466372      113340      348976       31720       44916      353032\n"
              "Swap:         262140           0      262140\n");
}

TEST(FreeTool, human_sizes_are_those_of_procps) {
    struct Size {
        u64 kib;
        const char *binary, *decimal;
    };
    const Size sizes[] = {
        {0, "0B", "0B"}, {1, "1.0Ki", "1.0K"}, {3, "3.0Ki", "3.1K"}, {10, "10Ki", "10K"}, {999, "999Ki", "1.0M"},
        {1000, "1.0Mi", "1.0M"}, {1126, "1.1Mi", "1.2M"}, {1280, "1.2Mi", "1.3M"}, {10188, "9.9Mi", "10M"},
        {10189, "9Mi", "10M"}, {10239, "9Mi", "10M"}, {10240, "10Mi", "10M"}, {99999, "97Mi", "102M"},
        {1023500, "999Mi", "1.0G"}, {1047552, "1.0Gi", "1.1G"}, {10433331, "9.9Gi", "10G"}, {10433332, "9Gi", "10G"},
        {23068672, "22Gi", "23G"}, {1072693248, "1.0Ti", "1.1T"}, {99999999999, "93Ti", "102T"}};
    for (const Size& size : sizes) {
        EXPECT_EQ(human_size(size.kib, false), size.binary) << size.kib;
        EXPECT_EQ(human_size(size.kib, true), size.decimal) << size.kib;
    }
}

TEST(FreeTool, the_largest_amounts_do_not_wrap_around) {
    EXPECT_EQ(human_size(~u64{0}, false), "1.6Ei");
    EXPECT_EQ(print_free(meminfo("MemTotal: 9223372036854775807 kB\n"), {FreeOptions::Unit::human}).substr(81, 20),
              "Mem:           1.6Ei");
}

TEST(FreeTool, a_kernel_without_an_estimate_has_its_free_pages_available) {
    const MemoryUse use = memory_use(meminfo("MemTotal: 100 kB\nMemFree: 40 kB\n"));
    EXPECT_EQ(use.available, 40U);
    EXPECT_EQ(use.used, 60U);
}

TEST(FreeTool, high_memory_has_a_line_of_its_own) {
    const std::string text = print_free(
        meminfo("MemTotal: 1000 kB\nMemFree: 500 kB\nHighTotal: 300 kB\nHighFree: 200 kB\nLowTotal: 700 kB\nLowFree: 300 kB\n"),
        {FreeOptions::Unit::kibi, false, false, true, false});
    EXPECT_NE(text.find("Low:             700         400         300\n"
                        "High:            300         100         200\n"),
              std::string::npos)
        << text;
}

TEST(TopMemory, amounts_are_rounded_to_tenths_of_a_mebibyte) {
    EXPECT_EQ(print_top_memory(kMemory),
              "MiB Mem :    455.4 total,    340.8 free,    110.7 used,     43.9 buff/cache\n"
              "MiB Swap:    256.0 total,    256.0 free,      0.0 used.    344.8 avail Mem\n");
}

TEST(Tenths, the_middle_goes_to_the_even_one) {
    EXPECT_EQ(tenths_text(rounded_tenths(1280, 1024)), "1.2");
    EXPECT_EQ(tenths_text(rounded_tenths(1792, 1024)), "1.8");
    EXPECT_EQ(tenths_text(rounded_tenths(1023, 1024)), "1.0");
}

VmstatMoment moment(u64 pgpgin, u64 pswpout, u64 interrupts, u64 user, u64 idle) {
    VmstatMoment moment;
    moment.memory = kMemory;
    moment.counters = {{{"pgpgin", pgpgin}, {"pswpout", pswpout}}};
    moment.activity.running = 1;
    moment.activity.interrupts = interrupts;
    moment.activity.user = user;
    moment.activity.idle = idle;
    return moment;
}

TEST(VmstatTool, the_first_row_is_the_average_since_boot) {
    const VmstatRow row = vmstat_since_boot(moment(51372, 25, 2170, 524, 524));
    EXPECT_EQ(print_vmstat_row(row, {}), " 1  0      0 348976      4  44912    0   10  4902     0  207    0 50  0 50  0  0\n");
}

TEST(VmstatTool, a_later_row_is_what_happened_since_the_one_before) {
    const VmstatRow row = vmstat_between(moment(1000, 0, 100, 100, 200), moment(4001, 3, 121, 150, 350), 2);
    EXPECT_EQ(row.blocks_in, 1501U);
    EXPECT_EQ(row.swap_out, 6U);
    EXPECT_EQ(row.interrupts, 11U);
    EXPECT_EQ(row.user, 25U);
    EXPECT_EQ(row.idle, 75U);
}

TEST(VmstatTool, a_counter_that_went_back_stood_still) {
    EXPECT_EQ(vmstat_between(moment(4000, 0, 0, 0, 0), moment(1000, 0, 0, 0, 0), 1).blocks_in, 0U);
}

TEST(VmstatTool, a_cpu_that_counted_nothing_was_idle) {
    EXPECT_EQ(vmstat_between(moment(0, 0, 0, 5, 5), moment(0, 0, 0, 5, 5), 1).idle, 100U);
}

// Printed by vmstat 4.0.2 over a meminfo with these amounts.
TEST(VmstatTool, large_amounts_are_rounded_to_the_bits_of_a_float) {
    VmstatMoment moment;
    moment.memory = meminfo("MemTotal: 561792087 kB\nMemFree: 278735098 kB\nBuffers: 120132443 kB\nCached: 73623490 kB\n"
                            "SReclaimable: 16323822 kB\nSwapTotal: 421298041 kB\nSwapFree: 237360342 kB\n");
    const VmstatRow row = vmstat_since_boot(moment);
    EXPECT_EQ(row.swapped, 183937696U);
    EXPECT_EQ(row.free, 278735104U);
    EXPECT_EQ(row.buffers, 120132440U);
    EXPECT_EQ(row.cache, 89947312U);
}

TEST(VmstatTool, inactive_and_active_pages_take_the_place_of_the_cache) {
    const VmstatOptions options{true, false};
    EXPECT_EQ(vmstat_heading(options).substr(81), " r  b   swpd   free  inact active   si   so    bi    bo   in   cs us sy id wa st\n");
    EXPECT_EQ(print_vmstat_row(vmstat_since_boot(moment(0, 0, 0, 0, 100)), options),
              " 1  0      0 348976  79800   3448    0    0     0     0    0    0  0  0 100  0  0\n");
}

}  // namespace
}  // namespace mmscope
