// /proc/zoneinfo: every zone with its marks, sizes, counters and per-CPU lists.
//
// Amounts are pages. Fields that the model knows have names; everything else a kernel counts is carried as an
// ordered list of names and numbers. A zone without present pages ends after `protection`, as the kernel
// prints it. Lines that this or that kernel lacks are optional: boost (5.10 and older), promo (6.1 and older),
// high_min and high_max (before 6.18), reserved_highatomic (before 7.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct ZoneInfo {
    struct Counter {
        std::string name;
        u64 value = 0;
        friend bool operator==(const Counter&, const Counter&) = default;
    };
    // One CPU's list. With high_min and high_max the kernel aligns the four fields in another way.
    struct PageSet {
        u32 cpu = 0;
        u64 count = 0;
        u64 high = 0;
        u64 batch = 0;
        std::optional<u64> high_min;
        std::optional<u64> high_max;
        std::optional<u64> stat_threshold;
        friend bool operator==(const PageSet&, const PageSet&) = default;
    };
    struct Entry {
        u32 node = 0;
        std::string zone;
        bool has_node_stats = false;        // in the node's first populated zone
        std::vector<Counter> node_stats;
        u64 free = 0;
        std::optional<u64> boost;
        u64 min = 0, low = 0, high = 0;
        std::optional<u64> promo;
        u64 spanned = 0, present = 0, managed = 0;
        std::optional<u64> cma;
        std::vector<u64> protection;        // one for each zone of the node
        // From here on only where present != 0.
        std::vector<Counter> counters;      // nr_free_pages first
        std::vector<PageSet> pagesets;
        u64 node_unreclaimable = 0;
        u64 start_pfn = 0;
        std::optional<u64> reserved_highatomic, free_highatomic;

        bool is_populated() const { return present != 0; }
        friend bool operator==(const Entry&, const Entry&) = default;
    };
    std::vector<Entry> zones;
    friend bool operator==(const ZoneInfo&, const ZoneInfo&) = default;
};

// Lines that belong to no zoneinfo are passed over; their numbers go to `skipped`. Errors: no zone, a zone
// twice or incomplete (cut off), zones missing from a node, numbers.
Result<ZoneInfo> parse_zoneinfo(std::string_view text, u32 first_line = 1, std::vector<u32>* skipped = nullptr);
std::string print_zoneinfo(const ZoneInfo& info);

}  // namespace mmscope
