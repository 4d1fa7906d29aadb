#include "procfs/mem_available.h"

#include <algorithm>

namespace mmscope {
namespace {

u64 reserve_of(const ZoneInfo::Entry& zone) {
    u64 protection = 0;
    for (const u64 pages : zone.protection) protection = std::max(protection, pages);
    const u64 boost = std::min(zone.boost.value_or(0), zone.high);
    return std::min(zone.managed, protection + zone.high - boost);
}

}  // namespace

u64 MemAvailable::pages() const {
    const u64 there = free + (file - file_kept) + (reclaimable - reclaimable_kept);
    return there - std::min(there, total_reserve);
}

MemAvailable mem_available(u64 free, u64 file, u64 reclaimable, const ZoneInfo& zones) {
    MemAvailable terms;
    u64 low_marks = 0;
    for (const ZoneInfo::Entry& zone : zones.zones) {
        terms.total_reserve += reserve_of(zone);
        low_marks += zone.low;
    }
    terms.free = free;
    terms.file = file;
    terms.file_kept = std::min(file / 2, low_marks);
    terms.reclaimable = reclaimable;
    terms.reclaimable_kept = std::min(reclaimable / 2, low_marks);
    return terms;
}

MemAvailable mem_available(const MeminfoFile& meminfo, const ZoneInfo& zones) {
    constexpr u64 kKibPerPage = kPageSize >> 10;
    const u64 file = meminfo.value("Active(file)") + meminfo.value("Inactive(file)");
    const u64 reclaimable = meminfo.find("KReclaimable").value_or(meminfo.value("SReclaimable"));
    return mem_available(meminfo.value("MemFree") / kKibPerPage, file / kKibPerPage, reclaimable / kKibPerPage, zones);
}

}  // namespace mmscope
