// A `-wmark` capture: a real kernel's zones after each of many settings of the vm sysctls, against the model's rules.
//
// index.tsv has a row for each setting: its name, then the sysctls as they then were. NAME.zoneinfo was read after it.
// The first row is the machine as it booted: its marks and reserves were computed before the last of its memory was
// managed, so of it only batch and stat threshold count; the rest is what the model starts from. For each later row the
// sysctls that are others than before are written, one after another; in a row without such, all of them again.
// Compared of each zone: min, low, high and promo without boost, protection; of each CPU's list batch, high (6.1),
// high_min and high_max where printed, stat threshold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mm/zone.h"

namespace mmscope {

struct WmarkSetting {
    std::string name;      // "020-wsf-5"
    VmSysctl sysctl;
    std::string zoneinfo;  // the text of NAME.zoneinfo, for whoever reads files to fill; empty: not compared
};

struct WmarkDifference {
    std::string setting;
    u32 node = 0;
    std::string zone;
    std::string value;  // "low", "protection[2]", "cpu 0 high"
    u64 kernel = 0;
    u64 model = 0;
};

struct WmarkReport {
    u32 values = 0;
    u32 equal = 0;
    std::vector<WmarkDifference> differences;
    bool is_perfect() const { return values != 0 && equal == values; }
};

// What is wrong with the zoneinfo of one setting.
struct WmarkFault {
    std::string setting;
    Diagnostic diagnostic;
};

Result<std::vector<WmarkSetting>> parse_wmark_index(std::string_view text);

// The first setting has its zoneinfo. With `only`, that setting alone is compared.
Result<WmarkReport, WmarkFault> conform_wmark(const std::vector<WmarkSetting>& settings, std::string_view only = {});

}  // namespace mmscope
