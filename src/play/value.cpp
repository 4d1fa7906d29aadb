#include "play/value.h"

namespace mmscope {

u64 page_address(const PageAllocator& memory, Pfn pfn) {
    const Zone* zone = memory.zone_of(pfn);
    const bool is_low = memory.arch() == Arch::x86_64 || zone == nullptr ||
                        (zone->type != ZoneType::highmem && zone->type != ZoneType::movable);
    return is_low ? direct_map_base(memory.arch()) + (u64{pfn.value} << kPageShift) : 0;
}

std::string hex_text(u64 value) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    do {
        text.insert(text.begin(), kDigits[value & 15]);
        value >>= 4;
    } while (value != 0);
    return "0x" + text;
}

std::string value_text(const Value& value, const Profile& profile, std::string_view text, u64 length) {
    switch (value.kind) {
        case ValueKind::unset: return "unset";
        case ValueKind::null: return "NULL";
        case ValueKind::boolean: return value.number != 0 ? "true" : "false";
        case ValueKind::integer: return std::to_string(value.number);
        case ValueKind::text: return "\"" + std::string(text) + "\"";
        case ValueKind::flags: return gfp_to_text(value.gfp(), profile);
        case ValueKind::page: return "page " + hex_text(static_cast<u64>(value.number));
        case ValueKind::address: return hex_text(static_cast<u64>(value.number));
        case ValueKind::file: return "file " + std::to_string(value.number);
        case ValueKind::process: return "process " + std::to_string(value.number);
        case ValueKind::cache: return text.empty() ? "cache" : "cache " + std::string(text);
        case ValueKind::zone: break;
        case ValueKind::migratetype: return kMigratetypeNames[value.number];
        case ValueKind::list: return "list of " + std::to_string(length);
    }
    const std::string name = kZoneNames[static_cast<u32>(value.zone_type())];
    return value.zone_node() == 0 ? name : name + "@" + std::to_string(value.zone_node());
}

}  // namespace mmscope
