#include "play/capture_marks.h"

#include <algorithm>

namespace mmscope {
namespace {

u32 clamped(u64 pages) { return static_cast<u32>(std::min<u64>(pages, 0xffffffffU)); }

// Each zone's min is a share of min_free_kbytes / 4, rounded down.
u32 infer_min_free_kbytes(const ZoneInfo& zoneinfo, const PageAllocator& memory, u32 scale) {
    u64 pages = 0;
    for (u32 at = 0; at < zoneinfo.zones.size(); ++at) {
        const ZoneInfo::Entry& entry = zoneinfo.zones[at];
        if (memory.zones()[at].type <= ZoneType::normal)
            pages += entry.min - std::min(entry.min, entry.boost.value_or(0));
    }
    const u32 at_boot = boot_min_free_kbytes(memory.zones(), memory.arch(), memory.profile(), scale);
    const u64 pages_at_boot = at_boot / 4;
    const bool is_explained = pages <= pages_at_boot && pages + zoneinfo.zones.size() > pages_at_boot;
    return is_explained ? at_boot : clamped(std::min<u64>(pages, 0x3fffffffU) * 4);
}

// The step between marks is the larger of min / 4 and managed x scale / 10,000.
u32 infer_scale(const ZoneInfo& zoneinfo) {
    constexpr u32 kDefault = 10;
    const ZoneInfo::Entry* largest = nullptr;
    for (const ZoneInfo::Entry& entry : zoneinfo.zones) {
        if (entry.zone == "HighMem" || !entry.is_populated()) continue;
        if (largest == nullptr || entry.managed > largest->managed) largest = &entry;
    }
    if (largest == nullptr || largest->managed == 0 || largest->low < largest->min) return kDefault;
    const u64 step = largest->low - largest->min;
    const u64 min = largest->min - std::min(largest->min, largest->boost.value_or(0));
    if (step <= std::max(min / 4, largest->managed * kDefault / 10000) + 1) return kDefault;
    return clamped((step * 10000 + largest->managed - 1) / largest->managed);
}

// reserve = managed pages above / ratio. At boot the sum above was a little smaller than what is managed later.
u32 infer_ratio(const ZoneInfo& zoneinfo, u32 at, u32 usual) {
    const ZoneInfo::Entry& entry = zoneinfo.zones[at];
    u64 above = 0;
    u64 reserve = 0;
    for (u32 other = at + 1; other < zoneinfo.zones.size() && zoneinfo.zones[other].node == entry.node; ++other) {
        above += zoneinfo.zones[other].managed;
    }
    for (const u64 pages : entry.protection) reserve = std::max(reserve, pages);
    if (above == 0 || !entry.is_populated()) return usual;
    if (reserve == 0) return usual != 0 && above / usual != 0 ? 0 : usual;
    const u64 expected = usual == 0 ? 0 : above / usual;
    if (reserve <= expected + 1 && reserve + expected / 16 + 1 >= expected) return usual;
    return std::max(clamped(above / reserve), 1U);
}

}  // namespace

void set_pcp(const ZoneInfo::Entry& entry, Zone* zone) {
    if (entry.pagesets.empty()) return;
    const ZoneInfo::PageSet& set = entry.pagesets[0];
    zone->pcp_batch = clamped(set.batch);
    if (!entry.promo) zone->pcp_high = zone->pcp_high_max = clamped(set.high);
    if (set.high_min) zone->pcp_high = clamped(*set.high_min);
    if (set.high_max) zone->pcp_high_max = clamped(*set.high_max);
    if (set.stat_threshold) zone->stat_threshold = clamped(*set.stat_threshold);
}

void set_zone_marks(const ZoneInfo::Entry& entry, Zone* zone) {
    zone->boost = clamped(entry.boost.value_or(0));
    const u64 marks[kWatermarks] = {entry.min, entry.low, entry.high, entry.promo.value_or(2 * entry.high - entry.low)};
    for (u32 mark = 0; mark < kWatermarks; ++mark) {
        zone->watermark[mark] = clamped(marks[mark]) - std::min(zone->boost, clamped(marks[mark]));
    }
    for (u32 index = 0; index < entry.protection.size(); ++index)
        zone->lowmem_reserve[index] = clamped(entry.protection[index]);
}

void set_marks(const ZoneInfo& zoneinfo, PageAllocator* memory) {
    VmSysctl sysctl = memory->sysctl();
    sysctl.watermark_scale_factor = infer_scale(zoneinfo);
    sysctl.min_free_kbytes = infer_min_free_kbytes(zoneinfo, *memory, sysctl.watermark_scale_factor);
    for (u32 at = 0; at < zoneinfo.zones.size(); ++at) {
        u32& ratio = sysctl.lowmem_reserve_ratio[memory->zones()[at].index];
        ratio = infer_ratio(zoneinfo, at, ratio);
    }
    memory->set_sysctl(sysctl);
    for (u32 at = 0; at < zoneinfo.zones.size(); ++at) {
        set_zone_marks(zoneinfo.zones[at], &memory->zones()[at]);
        set_pcp(zoneinfo.zones[at], &memory->zones()[at]);
    }
}

}  // namespace mmscope
