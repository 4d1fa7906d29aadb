#include "play/capture_agreement.h"

#include <algorithm>

#include "play/import.h"

namespace mmscope {
namespace {

using Entry = ZoneInfo::Entry;

Message about(std::string_view key, u32 node, std::string_view zone) {
    Message message(key);
    message.number("node", node).text("zone", zone);
    return message;
}

const BuddyInfo::Row* buddy_row(const ImportedMachine& imported, const Entry& zone) {
    for (const BuddyInfo::Row& row : imported.buddyinfo.rows) {
        if (row.node == zone.node && row.zone == zone.zone) return &row;
    }
    return nullptr;
}

std::optional<u32> type_number(std::string_view name) {
    for (u32 type = 0; type < kMigratetypes; ++type) {
        if (kMigratetypeNames[type] == name) return type;
    }
    return std::nullopt;
}

bool is_populated(const ZoneInfo& zoneinfo, u32 node, std::string_view zone) {
    return std::any_of(zoneinfo.zones.begin(), zoneinfo.zones.end(), [&](const Entry& entry) {
        return entry.node == node && entry.zone == zone && entry.is_populated();
    });
}

bool has_pagetype_rows(const PageTypeInfo& info, const Entry& zone) {
    for (const PageTypeInfo::Section& section : info.sections) {
        for (const PageTypeInfo::BlocksRow& row : section.blocks) {
            if (row.node == zone.node && row.zone == zone.zone) return true;
        }
    }
    return false;
}

// Every populated zone of zoneinfo has its rows in the other files, and those have no other zones.
std::optional<Message> zone_difference(const ImportedMachine& imported) {
    for (const BuddyInfo::Row& row : imported.buddyinfo.rows) {
        if (!is_populated(imported.zoneinfo, row.node, row.zone)) {
            return about("import.zone_not_in_zoneinfo", row.node, row.zone).text("file", "buddyinfo");
        }
    }
    for (const Entry& zone : imported.zoneinfo.zones) {
        if (!zone.is_populated()) continue;
        if (buddy_row(imported, zone) == nullptr)
            return about("import.zone_missing", zone.node, zone.zone).text("file", "buddyinfo");
        if (imported.pagetypeinfo && !has_pagetype_rows(*imported.pagetypeinfo, zone)) {
            return about("import.zone_missing", zone.node, zone.zone).text("file", "pagetypeinfo");
        }
    }
    if (!imported.pagetypeinfo) return std::nullopt;
    const u32 expected = pageblock_order(imported.arch).value;
    for (const PageTypeInfo::Section& section : imported.pagetypeinfo->sections) {
        if (section.pageblock_order != expected) {
            return Message("import.pageblock_order").number("found", static_cast<i64>(section.pageblock_order))
                .number("expected", expected);
        }
        for (const PageTypeInfo::Row& row : section.rows) {
            if (!is_populated(imported.zoneinfo, row.node, row.zone)) {
                return about("import.zone_not_in_zoneinfo", row.node, row.zone).text("file", "pagetypeinfo");
            }
            if (!type_number(row.type)) return Message("import.unknown_type").text("type", row.type);
        }
        for (const std::string& type : section.types) {
            if (!type_number(type)) return Message("import.unknown_type").text("type", type);
        }
    }
    return std::nullopt;
}

// Free pages on the lists of one zone; saturates far above any machine.
u64 listed_pages(const std::array<u64, kNrPageOrders>& count) {
    constexpr u64 kMany = u64{1} << 40;
    u64 pages = 0;
    for (u32 order = 0; order < kNrPageOrders; ++order) pages += std::min(count[order], kMany) << order;
    return pages;
}

std::array<u64, kNrPageOrders> pagetype_sums(const PageTypeInfo& info, const Entry& zone) {
    std::array<u64, kNrPageOrders> sums{};
    for (const PageTypeInfo::Section& section : info.sections)
        for (const PageTypeInfo::Row& row : section.rows)
            for (u32 order = 0; row.node == zone.node && row.zone == zone.zone && order < kNrPageOrders; ++order)
                sums[order] += std::min(row.count[order].blocks, u64{1} << 40);
    return sums;
}

// What the files of a busy machine may differ by when they are read seconds apart; machines of one size may be as
// alike, which then cannot be told.
u64 tolerance(const Entry& zone) { return 1024 + zone.managed / 64; }

u64 distance(u64 a, u64 b) { return a > b ? a - b : b - a; }

bool has_capped_count(const PageTypeInfo& info) {
    for (const PageTypeInfo::Section& section : info.sections)
        for (const PageTypeInfo::Row& row : section.rows)
            for (const PageTypeInfo::Count& count : row.count)
                if (count.is_capped) return true;
    return false;
}

std::optional<Message> amount_difference(const ImportedMachine& imported) {
    for (const Entry& zone : imported.zoneinfo.zones) {
        if (!zone.is_populated()) continue;
        const u64 in_buddyinfo = listed_pages(buddy_row(imported, zone)->count);
        std::pair<const char*, u64> lists[] = {{"buddyinfo", in_buddyinfo}, {"pagetypeinfo", in_buddyinfo}};
        if (imported.pagetypeinfo && !has_capped_count(*imported.pagetypeinfo)) {
            lists[1].second = listed_pages(pagetype_sums(*imported.pagetypeinfo, zone));
        }
        for (const auto& [file, pages] : lists) {
            if (pages > zone.managed) {
                return about("import.more_free_than_managed", zone.node, zone.zone).text("file", file)
                    .number("free", static_cast<i64>(pages)).number("managed", static_cast<i64>(zone.managed));
            }
            if (distance(pages, zone.free) > tolerance(zone)) {
                return about("import.free_disagrees", zone.node, zone.zone).text("file", file)
                    .number("lists", static_cast<i64>(pages)).number("free", static_cast<i64>(zone.free));
            }
        }
    }
    return std::nullopt;
}

u32 clamped(u64 count) { return static_cast<u32>(std::min<u64>(count, 0xffffffffU)); }

}  // namespace

std::optional<Message> disagreement(const ImportedMachine& imported) {
    if (auto fault = zone_difference(imported)) return fault;
    return amount_difference(imported);
}

void note_differences(ImportedMachine* imported) {
    for (const Entry& zone : imported->zoneinfo.zones) {
        if (!zone.is_populated()) continue;
        const BuddyInfo::Row& row = *buddy_row(*imported, zone);
        u64 lists = listed_pages(row.count);
        if (imported->pagetypeinfo && !has_capped_count(*imported->pagetypeinfo)) {
            const auto sums = pagetype_sums(*imported->pagetypeinfo, zone);
            if (sums != row.count)
                imported->notes.push_back(about("import.note_pagetypeinfo_wins", zone.node, zone.zone));
            lists = listed_pages(sums);
        }
        if (lists == zone.free) continue;
        imported->notes.push_back(about("import.note_free_differs", zone.node, zone.zone)
                                      .number("free", static_cast<i64>(zone.free))
                                      .number("lists", static_cast<i64>(lists)));
    }
    if (imported->pagetypeinfo && has_capped_count(*imported->pagetypeinfo)) {
        imported->notes.push_back(Message("import.note_capped").number("cap", static_cast<i64>(kPageTypeCountCap)));
    }
}

ZoneDemand zone_demand(const ImportedMachine& imported, const Entry& zone) {
    ZoneDemand demand;
    const BuddyInfo::Row& buddy = *buddy_row(imported, zone);
    if (!imported.pagetypeinfo) {
        for (u32 order = 0; order < kNrPageOrders; ++order) {
            demand.free_blocks[order][static_cast<u32>(Migratetype::movable)] = clamped(buddy.count[order]);
        }
        return demand;
    }
    std::array<i64, kNrPageOrders> left{};  // of buddyinfo's blocks, for a list that was not counted to its end
    for (u32 order = 0; order < kNrPageOrders; ++order) left[order] = clamped(buddy.count[order]);
    for (const PageTypeInfo::Section& section : imported.pagetypeinfo->sections) {
        for (const PageTypeInfo::Row& row : section.rows) {
            if (row.node != zone.node || row.zone != zone.zone) continue;
            for (u32 order = 0; order < kNrPageOrders; ++order) {
                demand.free_blocks[order][*type_number(row.type)] = clamped(row.count[order].blocks);
                left[order] -= clamped(row.count[order].blocks);
            }
        }
        for (const PageTypeInfo::Row& row : section.rows) {
            if (row.node != zone.node || row.zone != zone.zone) continue;
            for (u32 order = 0; order < kNrPageOrders; ++order) {
                if (!row.count[order].is_capped || left[order] <= 0) continue;
                demand.free_blocks[order][*type_number(row.type)] += static_cast<u32>(left[order]);
                left[order] = 0;
            }
        }
        for (const PageTypeInfo::BlocksRow& row : section.blocks) {
            if (row.node != zone.node || row.zone != zone.zone) continue;
            demand.pageblocks.emplace();
            for (u32 i = 0; i < section.types.size(); ++i)
                (*demand.pageblocks)[*type_number(section.types[i])] = clamped(row.blocks[i]);
        }
    }
    return demand;
}

}  // namespace mmscope
