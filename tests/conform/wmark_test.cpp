// Watermarks, reserves and per-CPU sizes after every setting of the sysctls, as real kernels had them.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "base/prng.h"
#include "play/capture_marks.h"
#include "play/capture_shape.h"
#include "play/conform_wmark.h"
#include "play/import.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

using std::filesystem::path;

std::vector<path> captures(const path& shared) {
    std::vector<path> folders;
    for (const auto& entry : std::filesystem::directory_iterator(shared / "fixtures" / "kernels"))
        if (entry.path().filename().string().ends_with("-wmark")) folders.push_back(entry.path() / "wmark");
    std::sort(folders.begin(), folders.end());
    return folders;
}

std::vector<WmarkSetting> read_capture(const path& folder) {
    auto settings = parse_wmark_index(test::read_file(folder / "index.tsv"));
    EXPECT_TRUE(settings) << folder;
    if (!settings) return {};
    for (WmarkSetting& setting : *settings) setting.zoneinfo = test::read_file(folder / (setting.name + ".zoneinfo"));
    return *settings;
}

std::string describe(const WmarkDifference& difference) {
    return difference.setting + " node " + std::to_string(difference.node) + " " + difference.zone + " " + difference.value + ": kernel " +
           std::to_string(difference.kernel) + ", model " + std::to_string(difference.model) + "\n";
}

std::string describe(const WmarkReport& report) {
    std::string text;
    for (const WmarkDifference& difference : report.differences) text += describe(difference);
    return text;
}

TEST(Wmark, every_value_after_every_setting_is_the_kernels) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 values = 0;
    u32 equal = 0;
    for (const path& folder : captures(*shared)) {
        const std::vector<WmarkSetting> settings = read_capture(folder);
        for (const WmarkSetting& setting : settings) EXPECT_FALSE(setting.zoneinfo.empty()) << folder << " " << setting.name;
        EXPECT_EQ(settings.size(), test::files_named(folder, "zoneinfo").size()) << folder;
        const auto report = conform_wmark(settings);
        ASSERT_TRUE(report) << folder << ": " << report.error().diagnostic.message.key;
        EXPECT_EQ(describe(*report), "") << folder;
        values += report->values;
        equal += report->equal;
    }
    test::compared("watermarks, reserves, per-CPU sizes", equal, values);
    EXPECT_EQ(equal, values);
    EXPECT_GE(values, 7260U);
}

TEST(Wmark, one_setting_is_compared_alone) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const auto settings = read_capture(captures(*shared).front());
    u32 sum = 0;
    for (const WmarkSetting& setting : settings) {
        const auto report = conform_wmark(settings, setting.name);
        ASSERT_TRUE(report);
        EXPECT_TRUE(report->is_perfect()) << setting.name;
        sum += report->values;
    }
    EXPECT_EQ(sum, conform_wmark(settings)->values);
}

// The zones of a capture with the marks that it printed, and the per-CPU sizes that the rules make of them.
std::vector<Zone> zones_by_rule(const ZoneInfo& zoneinfo, const Profile& profile, u32 cpus) {
    std::vector<Zone> zones(zoneinfo.zones.size());
    for (std::size_t at = 0; at < zones.size(); ++at) {
        set_zone_marks(zoneinfo.zones[at], &zones[at]);
        zones[at].boost = 0;  // was none when the sizes were computed
        zones[at].node = static_cast<u8>(zoneinfo.zones[at].node);
        zones[at].managed = static_cast<u32>(zoneinfo.zones[at].managed);
    }
    setup_per_cpu(zones, profile, cpus);
    return zones;
}

// The -wmark captures have one node and no kernel that prints high_min and high_max. Others do: there the sizes must
// follow from the low mark that stands beside them. (Not high_max: see the next test.)
TEST(PerCpuSizes, follow_from_the_low_mark_in_every_capture) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    u32 highs_of_two_nodes = 0;
    u32 high_mins = 0;
    for (const path& file : test::files_named(*shared / "fixtures" / "kernels", "zoneinfo")) {
        if (file.filename().string().find("pcphigh") != std::string::npos) continue;  // a fraction is set: compared above
        SCOPED_TRACE(file.string());
        const auto zoneinfo = parse_zoneinfo(test::read_file(file));
        ASSERT_TRUE(zoneinfo);
        const auto shape = capture_shape(*zoneinfo, nullptr);
        ASSERT_TRUE(shape);
        const Profile& profile = *profile_for(shape->kernel).profile;
        const std::vector<Zone> zones = zones_by_rule(*zoneinfo, profile, shape->cpus);
        for (std::size_t at = 0; at < zones.size(); ++at) {
            for (const ZoneInfo::PageSet& set : zoneinfo->zones[at].pagesets) {
                const bool has_one_high = !profile.has_pcp_high_range();
                EXPECT_EQ(set.batch, zones[at].pcp_batch);
                EXPECT_EQ(set.stat_threshold.value_or(zones[at].stat_threshold), zones[at].stat_threshold);
                EXPECT_EQ(has_one_high ? set.high : zones[at].pcp_high, zones[at].pcp_high);
                EXPECT_EQ(set.high_min.value_or(zones[at].pcp_high), zones[at].pcp_high);
                highs_of_two_nodes += has_one_high && shape->nodes == 2;
                high_mins += set.high_min.has_value();
            }
        }
    }
    EXPECT_GT(highs_of_two_nodes, 0U);
    EXPECT_GT(high_mins, 0U);
}

// high_max is a share of the managed pages, and was computed before the last of them were: this machine's dmesg then frees
// initrd, decrypted memory and kernel image, 9,644 KiB in all.
TEST(PerCpuSizes, high_max_is_the_share_of_what_was_managed_when_it_was_computed) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    auto zoneinfo = parse_zoneinfo(test::read_file(*shared / "fixtures" / "kernels" / "amd64-7.2-2G" / "zoneinfo"));
    ASSERT_TRUE(zoneinfo);
    zoneinfo->zones[1].managed -= 9644 / 4;
    const std::vector<Zone> zones = zones_by_rule(*zoneinfo, profile_6_12(), 1);
    EXPECT_EQ(zoneinfo->zones[0].pagesets[0].high_max, std::optional<u64>(zones[0].pcp_high_max));
    EXPECT_EQ(zoneinfo->zones[1].pagesets[0].high_max, std::optional<u64>(zones[1].pcp_high_max));
}

// A capture of the model's own making, in two settings: it must run without the shared folder too.
std::vector<WmarkSetting> own_capture(const std::string& kernel) {
    MachineSpec spec;
    spec.kernel = kernel;
    auto machine = Machine::build(spec);
    VmSysctl sysctl = machine->memory().sysctl();
    WmarkSetting boot{"boot", sysctl, print_zoneinfo(zoneinfo_of(*machine))};
    sysctl.min_free_kbytes = 8192;
    machine->memory().set_sysctl(sysctl);
    return {boot, {"lower", sysctl, print_zoneinfo(zoneinfo_of(*machine))}};
}

TEST(Wmark, the_models_own_capture_agrees) {
    for (const char* kernel : {"6.1", "6.12"}) {
        const auto report = conform_wmark(own_capture(kernel));
        ASSERT_TRUE(report);
        EXPECT_EQ(describe(*report), "") << kernel;
        EXPECT_TRUE(report->is_perfect()) << kernel;
    }
}

TEST(Wmark, a_value_that_is_not_the_rules_is_a_difference) {
    auto settings = own_capture("6.12");
    const auto whole = conform_wmark(settings);
    auto zoneinfo = parse_zoneinfo(settings[1].zoneinfo);
    zoneinfo->zones[1].low += 1;
    zoneinfo->zones[0].protection[4] += 1;
    zoneinfo->zones[1].pagesets[0].batch = 31;
    settings[1].zoneinfo = print_zoneinfo(*zoneinfo);
    const auto report = conform_wmark(settings);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->values, whole->values);
    EXPECT_EQ(report->equal + 3, report->values);
    ASSERT_EQ(report->differences.size(), 3U);
    EXPECT_EQ(report->differences[0].value, "cpu 0 batch");
    EXPECT_EQ(report->differences[1].value, "protection[4]");
    EXPECT_EQ(report->differences[2].value, "low");
    EXPECT_EQ(report->differences[2].setting, "lower");
    EXPECT_EQ(report->differences[2].kernel, report->differences[2].model + 1);
}

// lowmem_reserve_ratio leaves the marks that were computed at boot; only min_free_kbytes or the scale make new ones.
TEST(Wmark, a_setting_leaves_what_the_kernel_does_not_compute_anew) {
    auto settings = own_capture("6.1");
    auto stale = parse_zoneinfo(settings[0].zoneinfo);
    stale->zones[1].low += 5;
    settings[0].zoneinfo = settings[1].zoneinfo = print_zoneinfo(*stale);
    settings[1].sysctl = settings[0].sysctl;
    settings[1].sysctl.watermark_boost_factor = 0;
    EXPECT_EQ(describe(*conform_wmark(settings)), "");
    settings[1].sysctl = settings[0].sysctl;
    EXPECT_EQ(conform_wmark(settings)->differences.size(), 1U) << "all of them written again";
}

TEST(Wmark, a_zoneinfo_of_another_machine_is_refused) {
    auto settings = own_capture("6.12");
    MachineSpec other;
    other.ram = u64{2} << 30;
    settings[1].zoneinfo = print_zoneinfo(zoneinfo_of(*Machine::build(other)));
    const auto report = conform_wmark(settings);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().setting, "lower");
    EXPECT_EQ(report.error().diagnostic.message.key, "conform.wmark_other_machine");
}

TEST(WmarkIndex, has_the_sysctls_of_each_setting) {
    const auto settings = parse_wmark_index(
        "000-boot\tmin_free_kbytes=2704\twatermark_scale_factor=10\tlowmem_reserve_ratio=256 256 32 0 0\tpercpu_pagelist_high_fraction=0\r\n"
        "\n"
        "b\tmin_free_kbytes=0\twatermark_scale_factor=3000\tlowmem_reserve_ratio=1 2 3 4\tpercpu_pagelist_high_fraction=8\tswappiness=60");
    ASSERT_TRUE(settings);
    ASSERT_EQ(settings->size(), 2U);
    EXPECT_EQ((*settings)[0].name, "000-boot");
    EXPECT_EQ((*settings)[0].sysctl.min_free_kbytes, 2704U);
    EXPECT_EQ((*settings)[0].sysctl.lowmem_reserve_ratio, default_lowmem_reserve_ratio(Arch::x86_64));
    EXPECT_EQ((*settings)[1].sysctl.watermark_scale_factor, 3000U);
    EXPECT_EQ((*settings)[1].sysctl.lowmem_reserve_ratio, (std::array<u32, kMaxZonesPerNode>{1, 2, 3, 4, 0}));
    EXPECT_EQ((*settings)[1].sysctl.percpu_pagelist_high_fraction, 8U);
}

TEST(WmarkIndex, says_where_it_cannot_be_read) {
    for (const char* wrong : {"min_free_kbytes=x", "min_free_kbytes=-1", "watermark_scale_factor=0", "lowmem_reserve_ratio=1 2", "nothing",
                              "percpu_pagelist_high_fraction=7", "min_free_kbytes=99999999999999999999", "min_free_kbytes="}) {
        const auto settings = parse_wmark_index(std::string("a\tmin_free_kbytes=1\nb\twatermark_scale_factor=1\t") + wrong);
        ASSERT_FALSE(settings) << wrong;
        EXPECT_EQ(settings.error().message.key, "conform.wmark_index") << wrong;
        EXPECT_EQ(settings.error().line, 2U) << wrong;
        EXPECT_EQ(settings.error().column, 28U) << wrong;
    }
    EXPECT_EQ(parse_wmark_index("\n\n").error().message.key, "conform.wmark_empty");
}

TEST(Wmark, damaged_text_is_an_error_or_a_report) {
    const std::string index = "boot\tmin_free_kbytes=45056\tlowmem_reserve_ratio=256 256 32 0 0\nb\tmin_free_kbytes=8192\n";
    const std::string zoneinfo = own_capture("6.12")[1].zoneinfo;
    for (u64 seed = 1; seed <= 300; ++seed) {
        Prng prng(seed);
        std::string texts[] = {index, zoneinfo, zoneinfo};
        for (u32 damages = 1 + prng.below(3); damages != 0; --damages) {
            std::string& text = texts[prng.below(3)];
            const std::size_t at = prng.below(static_cast<u32>(text.size()));
            if (prng.below(3) == 0) text.erase(at, 1 + prng.below(200));
            else text[at] = "0123456789=\t :(,)\nN"[prng.below(19)];
        }
        auto settings = parse_wmark_index(texts[0]);
        if (!settings) continue;
        for (std::size_t at = 0; at < settings->size() && at < 2; ++at) (*settings)[at].zoneinfo = texts[at + 1];
        const auto report = conform_wmark(*settings);
        if (report) EXPECT_EQ(report->equal + report->differences.size(), report->values) << "seed " << seed;
        else EXPECT_FALSE(report.error().diagnostic.message.is_empty()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace mmscope
