#include "play/sysctl.h"

#include "mm/node.h"

namespace mmscope {

namespace {

constexpr i64 kMostKbytes = 0x7fffffff;
constexpr i64 kMostScaleFactor = 3000;

Message out_of_range(SysctlName name, i64 value, i64 least, i64 most) {
    Message message("error.out_of_range");
    message.text("key", kSysctlNames[static_cast<u32>(name)]);
    return message.number("least", least).number("most", most).number("value", value);
}

}  // namespace

Message check_sysctl(SysctlName name, i64 value) {
    switch (name) {
        case SysctlName::min_free_kbytes:
            return value >= 0 && value <= kMostKbytes ? Message() : out_of_range(name, value, 0, kMostKbytes);
        case SysctlName::watermark_scale_factor:
            return value >= 1 && value <= kMostScaleFactor ? Message() : out_of_range(name, value, 1, kMostScaleFactor);
        case SysctlName::lowmem_reserve_ratio: break;
    }
    return Message("error.ratio_expected");
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
