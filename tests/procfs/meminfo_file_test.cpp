#include "procfs/meminfo_file.h"

#include <gtest/gtest.h>

#include "procfs/mem_available.h"

namespace mmscope {
namespace {

const std::string kMeminfo =
    "MemTotal:         466372 kB\n"
    "Active(anon):       3448 kB\n"
    "HardwareCorrupted:     0 kB\n"
    "VmallocTotal:   13743895347199 kB\n"
    "HugePages_Total:       0\n";

void expect_error(const std::string& text, const std::string& key, u32 line, u32 column) {
    const auto file = parse_meminfo(text);
    ASSERT_FALSE(file) << text;
    EXPECT_EQ(file.error().message.key, key) << text;
    EXPECT_EQ(file.error().line, line) << text;
    EXPECT_EQ(file.error().column, column) << text;
}

std::vector<std::string> names_of(const KernelShape& kernel) {
    std::vector<std::string> names;
    for (const MeminfoFile::Line& line : blank_meminfo(kernel).lines) names.push_back(line.name);
    return names;
}

bool has_line(const KernelShape& kernel, const std::string& name) {
    return blank_meminfo(kernel).find(name).has_value();
}

TEST(MeminfoFile, a_line_is_a_name_an_amount_and_mostly_a_unit) {
    const auto file = parse_meminfo(kMeminfo);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->value("MemTotal"), 466372U);
    EXPECT_EQ(file->value("Active(anon)"), 3448U);
    EXPECT_EQ(file->find("MemFree"), std::nullopt);
    EXPECT_TRUE(file->lines[0].is_in_kib);
    EXPECT_FALSE(file->lines[4].is_in_kib);
}

TEST(MeminfoFile, what_was_parsed_prints_itself_back) { EXPECT_EQ(print_meminfo(*parse_meminfo(kMeminfo)), kMeminfo); }

TEST(MeminfoFile, an_amount_wider_than_its_column_grows_the_line) {
    const MeminfoFile file{{{"HugePages_Total", 1234567, false}, {"MemTotal", 1234567890, true}}};
    EXPECT_EQ(print_meminfo(file), "HugePages_Total:   1234567\nMemTotal:       1234567890 kB\n");
}

TEST(MeminfoFile, lines_of_others_are_passed_over) {
    std::vector<u32> skipped;
    const auto file = parse_meminfo("$ cat /proc/meminfo\r\n" + kMeminfo + "real: 0 m 1\n: 5 kB\n", 1, &skipped);
    ASSERT_TRUE(file);
    EXPECT_EQ(*file, *parse_meminfo(kMeminfo));
    EXPECT_EQ(skipped, (std::vector<u32>{1, 7, 8}));
}

TEST(MeminfoFile, errors_name_the_line_and_the_column) {
    expect_error("", "proc.no_counter", 1, 1);
    expect_error("MemTotal\n", "proc.no_counter", 1, 1);
    expect_error("MemTotal: 12\nMemTotal: 12 kB\n", "proc.counter_twice", 2, 1);
    expect_error("MemTotal:  12\nMemFree:   1x2 kB\n", "proc.number_expected", 2, 12);
    expect_error("MemTotal: 99999999999999999999 kB\n", "proc.number_too_large", 1, 11);
    expect_error(std::string("MemTotal: \0 kB\n", 15), "proc.binary", 1, 11);
}

TEST(MeminfoFile, kernels_of_32_bits_tell_high_memory_apart) {
    EXPECT_TRUE(has_line({0x0601, false, false}, "HighTotal"));
    EXPECT_FALSE(has_line({0x0601, true, false}, "HighTotal"));
    EXPECT_TRUE(has_line({0x0601, false, false}, "DirectMap4M"));
    EXPECT_TRUE(has_line({0x0601, false, true}, "DirectMap2M"));
    EXPECT_FALSE(has_line({0x0601, false, true}, "DirectMap1G"));
}

TEST(MeminfoFile, newer_kernels_print_more_lines) {
    EXPECT_EQ(names_of({0x0601, true, false}).size(), 54U);
    EXPECT_EQ(names_of({0x060c, true, false}).size(), 55U);
    EXPECT_EQ(names_of({0x0702, true, false}).size(), 60U);
}

ZoneInfo one_zone(u64 managed, u64 low, u64 high, u64 boost) {
    ZoneInfo::Entry zone;
    zone.managed = managed;
    zone.low = low + boost;
    zone.high = high + boost;
    zone.boost = boost;
    zone.protection = {0, 500};
    return {{zone}};
}

TEST(MemAvailable, free_pages_count_less_what_the_zones_reserve) {
    const MemAvailable terms = mem_available(10'000, 0, 0, one_zone(50'000, 100, 200, 0));
    EXPECT_EQ(terms.total_reserve, 700U);
    EXPECT_EQ(terms.pages(), 9300U);
}

TEST(MemAvailable, of_few_file_pages_half_are_kept_and_of_many_the_low_marks) {
    EXPECT_EQ(mem_available(10'000, 50, 0, one_zone(50'000, 100, 200, 0)).file_kept, 25U);
    EXPECT_EQ(mem_available(10'000, 5000, 0, one_zone(50'000, 100, 200, 0)).file_kept, 100U);
    EXPECT_EQ(mem_available(10'000, 5000, 0, one_zone(50'000, 100, 200, 0)).pages(), 9300U + 4900U);
}

TEST(MemAvailable, what_slabs_can_give_back_counts_likewise) {
    EXPECT_EQ(mem_available(10'000, 0, 3000, one_zone(50'000, 100, 200, 0)).pages(), 9300U + 2900U);
}

TEST(MemAvailable, a_boost_raises_the_marks_and_not_the_reserve) {
    const MemAvailable terms = mem_available(10'000, 5000, 0, one_zone(50'000, 100, 200, 1000));
    EXPECT_EQ(terms.total_reserve, 700U);
    EXPECT_EQ(terms.file_kept, 1100U);
}

TEST(MemAvailable, a_zone_reserves_no_more_than_it_has) {
    EXPECT_EQ(mem_available(10'000, 0, 0, one_zone(300, 100, 200, 0)).total_reserve, 300U);
}

TEST(MemAvailable, it_is_never_less_than_nothing) {
    EXPECT_EQ(mem_available(600, 0, 0, one_zone(50'000, 100, 200, 0)).pages(), 0U);
}

}  // namespace
}  // namespace mmscope
