#include "play/sysctl.h"

#include "mm/node.h"

namespace mmscope {

namespace {

constexpr i64 kMost31 = 0x7fffffff;
constexpr i64 kMostScaleFactor = 3000;
constexpr i64 kLeastHighFraction = 8;

Message in_range(SysctlName name, i64 value, i64 least, i64 most, std::string_view otherwise = "error.out_of_range") {
    if (value >= least && value <= most) return {};
    Message message(otherwise);
    message.text("key", kSysctlNames[static_cast<u32>(name)]);
    return message.number("least", least).number("most", most).number("value", value);
}

}  // namespace

u32 VmSysctl::* sysctl_number(SysctlName name) {
    switch (name) {
        case SysctlName::min_free_kbytes: return &VmSysctl::min_free_kbytes;
        case SysctlName::watermark_scale_factor: return &VmSysctl::watermark_scale_factor;
        case SysctlName::percpu_pagelist_high_fraction: return &VmSysctl::percpu_pagelist_high_fraction;
        case SysctlName::watermark_boost_factor: return &VmSysctl::watermark_boost_factor;
        case SysctlName::overcommit_memory: return &VmSysctl::overcommit_memory;
        case SysctlName::overcommit_ratio: return &VmSysctl::overcommit_ratio;
        case SysctlName::dirty_background_ratio: return &VmSysctl::dirty_background_ratio;
        case SysctlName::dirty_ratio: return &VmSysctl::dirty_ratio;
        case SysctlName::dirty_writeback_centisecs: return &VmSysctl::dirty_writeback_centisecs;
        case SysctlName::dirty_expire_centisecs: return &VmSysctl::dirty_expire_centisecs;
        case SysctlName::swappiness: return &VmSysctl::swappiness;
        case SysctlName::panic_on_oom: return &VmSysctl::panic_on_oom;
        case SysctlName::nr_hugepages: return &VmSysctl::nr_hugepages;
        case SysctlName::lowmem_reserve_ratio:
        case SysctlName::transparent_hugepage: break;
    }
    return nullptr;
}

Message check_sysctl(SysctlName name, i64 value, const Profile& profile) {
    switch (name) {
        case SysctlName::min_free_kbytes:
        case SysctlName::overcommit_ratio:
        case SysctlName::dirty_writeback_centisecs:
        case SysctlName::dirty_expire_centisecs:
        case SysctlName::nr_hugepages:
        case SysctlName::watermark_boost_factor: return in_range(name, value, 0, kMost31);
        case SysctlName::panic_on_oom:
        case SysctlName::overcommit_memory: return in_range(name, value, 0, 2);
        case SysctlName::dirty_background_ratio:
        case SysctlName::dirty_ratio: return in_range(name, value, 0, 100);
        case SysctlName::swappiness: return in_range(name, value, 0, profile.most_swappiness);
        case SysctlName::watermark_scale_factor: return in_range(name, value, 1, kMostScaleFactor);
        case SysctlName::percpu_pagelist_high_fraction:
            if (value == 0) return {};
            return in_range(name, value, kLeastHighFraction, kMost31, "error.out_of_range_or_zero");
        case SysctlName::lowmem_reserve_ratio: break;
        case SysctlName::transparent_hugepage: return Message("error.thp_expected");
    }
    return Message("error.ratio_expected");
}

std::optional<ThpEnabled> read_thp_enabled(std::string_view text) {
    for (u32 at = 0; at < kThpEnabledCount; ++at)
        if (text == kThpEnabledNames[at]) return static_cast<ThpEnabled>(at);
    return std::nullopt;
}

std::string thp_enabled_text(ThpEnabled enabled) {
    std::string text;
    for (u32 at = 0; at < kThpEnabledCount; ++at) {
        const std::string name = kThpEnabledNames[at];
        text += (at == 0 ? "" : " ") + (at == static_cast<u32>(enabled) ? '[' + name + ']' : name);
    }
    return text;
}

std::optional<LowmemReserveRatio> read_lowmem_reserve_ratio(std::string_view text, Arch arch) {
    LowmemReserveRatio ratio{};
    std::size_t at = 0;
    const auto skip_blanks = [&] {
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    };
    for (std::size_t zone = 0; zone < zone_types(arch).size(); ++zone) {
        skip_blanks();
        const std::size_t first = at;
        u64 value = 0;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && value < 0x80000000U)
            value = value * 10 + static_cast<u64>(text[at++] - '0');
        if (at == first || value > 0x7fffffff) return std::nullopt;
        ratio[zone] = static_cast<u32>(value);
    }
    skip_blanks();
    if (at != text.size()) return std::nullopt;
    return ratio;
}

std::string lowmem_reserve_ratio_text(const LowmemReserveRatio& ratio, Arch arch) {
    std::string text;
    for (std::size_t zone = 0; zone < zone_types(arch).size(); ++zone)
        text += (zone == 0 ? "" : " ") + std::to_string(ratio[zone]);
    return text;
}

}  // namespace mmscope
