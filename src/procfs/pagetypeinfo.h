// /proc/pagetypeinfo: free blocks by order and migratetype, and how many pageblocks each type has.
//
// The text is one section for each node that has memory. Counts are blocks, although the title says pages; a
// list with 100,000 blocks or more is not walked to its end and prints as `>100000` (`is_capped`). Type names are
// carried as printed: with or without CMA, in the order of 2.6 or of today.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

inline constexpr u64 kPageTypeCountCap = 100000;

struct PageTypeInfo {
    struct Count {
        u64 blocks = 0;
        bool is_capped = false;
        friend bool operator==(const Count&, const Count&) = default;
    };
    struct Row {
        u32 node = 0;
        std::string zone;
        std::string type;
        std::array<Count, kNrPageOrders> count{};  // free blocks, by order
        friend bool operator==(const Row&, const Row&) = default;
    };
    struct BlocksRow {
        u32 node = 0;
        std::string zone;
        std::vector<u64> blocks;  // pageblocks, by type
        friend bool operator==(const BlocksRow&, const BlocksRow&) = default;
    };
    struct Section {
        u64 pageblock_order = 0;
        u64 pages_per_block = 0;
        std::vector<Row> rows;
        std::vector<std::string> types;     // columns of the tables below
        std::vector<BlocksRow> blocks;
        std::vector<BlocksRow> mixed;       // "Number of mixed blocks": only where page_owner is on
        friend bool operator==(const Section&, const Section&) = default;
    };
    std::vector<Section> sections;
    friend bool operator==(const PageTypeInfo&, const PageTypeInfo&) = default;
};

// Lines that belong to no pagetypeinfo are passed over; their numbers go to `skipped`. Errors: no section or
// no rows, a table cut off, a zone twice, columns, numbers.
Result<PageTypeInfo> parse_pagetypeinfo(std::string_view text, u32 first_line = 1, std::vector<u32>* skipped = nullptr);
std::string print_pagetypeinfo(const PageTypeInfo& info);

}  // namespace mmscope
