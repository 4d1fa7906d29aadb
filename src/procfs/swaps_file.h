// /proc/swaps: the swap areas and how much of each is used.
//
//   Filename                                Type            Size            Used            Priority
//   /dev/vda2                               partition       1048572         20480           -2
//
// Size and Used are in KiB, without the page of the header. Behind the name columns are tabs, one less before a number
// of eight digits. (swap_show, mm/swapfile.c)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mmscope {

struct SwapsFile {
    struct Area {
        std::string name;
        bool is_file = false;
        u64 size = 0, used = 0;  // KiB
        i32 priority = 0;
        friend bool operator==(const Area&, const Area&) = default;
    };
    std::vector<Area> areas;
    friend bool operator==(const SwapsFile&, const SwapsFile&) = default;
};

// Errors: a line that is neither the heading nor an area, numbers. Without an area there is the heading alone.
Result<SwapsFile> parse_swaps(std::string_view text, u32 first_line = 1);
std::string print_swaps(const SwapsFile& file);

}  // namespace mmscope
