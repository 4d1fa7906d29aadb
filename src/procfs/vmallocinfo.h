// /proc/vmallocinfo: the areas of the kernel's vmalloc window, a line each, the lowest address first.
//
//   0xffffc90000000000-0xffffc90000005000   20480 call_3+0x0/0x0 [script] pages=4 vmalloc N0=4
//   0xffffc90000005000-0xffffc90000007000    8192 unpurged vm_area
//
// Sizes are bytes, the guard page counted; behind them stand the caller and what is known of the area: its pages, what
// kind it is, and on NUMA kernels how many of the pages lie on each node. Those that are freed and not purged come
// last. Without the right to see addresses a kernel prints zeros.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct VmallocInfo {
    struct Area {
        u64 start = 0;
        u64 end = 0;
        u64 size = 0;      // bytes
        std::string text;  // what follows
        friend bool operator==(const Area&, const Area&) = default;
    };
    std::vector<Area> areas;
    u32 address_digits = 16;  // 8 on 32 bits
    friend bool operator==(const VmallocInfo&, const VmallocInfo&) = default;
};

// Errors: no area at all, a line that is none, numbers.
Result<VmallocInfo> parse_vmallocinfo(std::string_view text, u32 first_line = 1);
std::string print_vmallocinfo(const VmallocInfo& info);

}  // namespace mmscope
