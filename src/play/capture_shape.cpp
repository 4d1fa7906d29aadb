#include "play/capture_shape.h"

#include <algorithm>

namespace mmscope {
namespace {

constexpr u32 kFirstMiB = 0x100;
constexpr u32 kHighmemStartPae = 225278;
constexpr u64 kMostFrames = u64{64} << 18;        // 64 GiB of RAM
constexpr u64 kMostSpan = u64{68} << 18;          // and the holes between
constexpr u32 kMostNodes = 16;
constexpr u32 kMostCpus = 1024;

const ZoneInfo::Entry* find(const ZoneInfo& zoneinfo, std::string_view zone) {
    for (const ZoneInfo::Entry& entry : zoneinfo.zones) {
        if (entry.zone == zone) return &entry;
    }
    return nullptr;
}

std::optional<Arch> arch_of(const ZoneInfo& zoneinfo, const PageTypeInfo* pagetypeinfo) {
    if (find(zoneinfo, "DMA32") != nullptr) return Arch::x86_64;
    const ZoneInfo::Entry* highmem = find(zoneinfo, "HighMem");
    if (highmem == nullptr) return std::nullopt;
    if (pagetypeinfo != nullptr && !pagetypeinfo->sections.empty()) {
        return pagetypeinfo->sections[0].pageblock_order == 10 ? Arch::x86_32 : Arch::x86_32_pae;
    }
    return highmem->is_populated() && highmem->start_pfn == kHighmemStartPae ? Arch::x86_32_pae : Arch::x86_32;
}

u8 index_of(std::string_view zone, Arch arch) {
    const std::vector<ZoneType>& types = zone_types(arch);
    u8 index = 0;
    while (index < types.size() && kZoneNames[static_cast<u32>(types[index])] != zone) ++index;
    return index;
}

Message about(std::string_view key, const ZoneInfo::Entry& entry) {
    Message message(key);
    message.number("node", entry.node).text("zone", entry.zone);
    return message;
}

// Zones must be the architecture's, in its order, without overlap, and small enough to be simulated.
std::optional<Message> zones_fault(const ZoneInfo& zoneinfo, Arch arch) {
    u64 end = 0;
    u64 present = 0;
    u32 node = 0;
    int last_index = -1;
    for (const ZoneInfo::Entry& entry : zoneinfo.zones) {
        const u8 index = index_of(entry.zone, arch);
        if (index == zone_types(arch).size())
            return about("import.unknown_zone", entry).text("arch", kArchNames[static_cast<u32>(arch)]);
        const bool is_next_node = entry.node == node + 1;
        if (entry.node >= kMostNodes || (entry.node != node && !is_next_node) ||
            (!is_next_node && index <= last_index)) {
            return about("import.zone_order", entry);
        }
        node = entry.node;
        last_index = index;
        if (entry.protection.size() > kMaxZonesPerNode) return about("import.zone_order", entry);
        if (!entry.is_populated()) continue;
        const bool fits = entry.managed <= entry.present && entry.present <= entry.spanned && entry.start_pfn >= end;
        if (!fits) return about("import.zone_sizes", entry);
        if (entry.spanned > kMostSpan || entry.start_pfn > kMostSpan)
            return about("import.too_large", entry).number("most", 64);
        end = entry.start_pfn + entry.spanned;
        present += entry.present;
        if (end > kMostSpan || present > kMostFrames) return about("import.too_large", entry).number("most", 64);
    }
    return present == 0 ? std::optional(Message("import.no_memory")) : std::nullopt;
}

u32 cpus_of(const ZoneInfo& zoneinfo) {
    std::size_t cpus = 1;
    for (const ZoneInfo::Entry& entry : zoneinfo.zones) cpus = std::max(cpus, entry.pagesets.size());
    return static_cast<u32>(std::min<std::size_t>(cpus, kMostCpus));
}

std::string kernel_of(const ZoneInfo::Entry& entry) {
    if (!entry.promo) return "6.1";
    const bool has_range = !entry.pagesets.empty() && entry.pagesets[0].high_min;
    return has_range ? "7.2" : "6.12";
}

// The lowest (or topmost) `count` frames of ascending ranges.
std::vector<FrameRange> take(const std::vector<FrameRange>& ranges, u32 count, bool lowest) {
    std::vector<FrameRange> taken;
    for (std::size_t i = 0; i < ranges.size() && count != 0; ++i) {
        FrameRange range = ranges[lowest ? i : ranges.size() - 1 - i];
        const u32 frames = std::min(count, range.frames);
        if (!lowest) range.start = range.start + (range.frames - frames);
        range.frames = frames;
        taken.insert(lowest ? taken.end() : taken.begin(), range);
        count -= frames;
    }
    return taken;
}

}  // namespace

Result<CaptureShape, Message> capture_shape(const ZoneInfo& zoneinfo, const PageTypeInfo* pagetypeinfo) {
    CaptureShape shape;
    const auto arch = arch_of(zoneinfo, pagetypeinfo);
    if (!arch) return Message("import.unknown_arch");
    shape.arch = *arch;
    if (auto fault = zones_fault(zoneinfo, shape.arch)) return *std::move(fault);
    const auto populated = std::find_if(zoneinfo.zones.begin(), zoneinfo.zones.end(),
                                        [](const ZoneInfo::Entry& entry) { return entry.is_populated(); });
    shape.kernel = kernel_of(*populated);
    shape.is_older = !populated->boost;
    shape.cpus = cpus_of(zoneinfo);
    shape.nodes = zoneinfo.zones.back().node + 1;
    return shape;
}

std::vector<ZoneLayout> capture_layout(const ZoneInfo& zoneinfo, Arch arch) {
    std::vector<ZoneLayout> layout;
    for (const ZoneInfo::Entry& entry : zoneinfo.zones) {
        ZoneLayout zone;
        zone.index = index_of(entry.zone, arch);
        zone.type = zone_types(arch)[zone.index];
        zone.node = static_cast<u8>(entry.node);
        if (entry.is_populated()) {
            zone.start = {static_cast<u32>(entry.start_pfn)};
            zone.spanned = static_cast<u32>(entry.spanned);
            const u32 present = static_cast<u32>(entry.present);
            const u32 absent = zone.spanned - present;
            const bool is_lowest = zone.start.value == 1;
            if (is_lowest && absent != 0 && absent < kFirstMiB - 1 && zone.spanned >= kFirstMiB) {
                const u32 below = kFirstMiB - absent - zone.start.value;
                zone.present = {{zone.start, below}, {{kFirstMiB}, present - below}};
            } else {
                zone.present = {{zone.start, present}};
            }
            zone.reserved = take(zone.present, present - static_cast<u32>(entry.managed), is_lowest);
        }
        layout.push_back(std::move(zone));
    }
    return layout;
}

}  // namespace mmscope
