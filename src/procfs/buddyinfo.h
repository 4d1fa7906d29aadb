// /proc/buddyinfo: how many free blocks of each order every populated zone has, all migratetypes together.
//
//   Node 0, zone    DMA32      2      3      1      1      1      1      1      1      1      1    229
//
// Eleven columns, orders 0..10; kernels with other page sizes print other numbers of columns and are refused.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct BuddyInfo {
    struct Row {
        u32 node = 0;
        std::string zone;
        std::array<u64, kNrPageOrders> count{};  // free blocks, by order
        u64 free_pages() const;
        friend bool operator==(const Row&, const Row&) = default;
    };
    std::vector<Row> rows;
    friend bool operator==(const BuddyInfo&, const BuddyInfo&) = default;
};

// Lines that are no row are passed over; their numbers go to `skipped`. `first_line` is the number that the
// first line of `text` has for the reader. Errors: no row, a zone twice, columns, numbers.
Result<BuddyInfo> parse_buddyinfo(std::string_view text, u32 first_line = 1, std::vector<u32>* skipped = nullptr);
std::string print_buddyinfo(const BuddyInfo& info);

}  // namespace mmscope
