// ksize.txt of the capture module: how many bytes kmalloc really gave, for ranges of sizes asked for.
//
//   TEST ksize
//   K GFP_KERNEL 65..96 -> 96        every size of the range
//   K big 131073 -> 262144           one size
//   K big 4194305 -> 0 FAIL          kmalloc returned NULL
//   R kmalloc_size_roundup 1..8 -> 8 what kmalloc would give, by the function that says so (6.12)
//   ENDTEST
#pragma once

#include <string_view>
#include <vector>

#include "base/message.h"
#include "base/types.h"

namespace mmscope {

struct KsizeRange {
    u32 line = 0;
    std::string_view gfp;  // "GFP_KERNEL"; "big": large sizes, with GFP_KERNEL; of a line R the function
    u32 first = 0;         // bytes
    u32 last = 0;
    u32 ksize = 0;  // 0: the requests failed
};

bool is_ksize_ranges(std::string_view text);
// The text must outlive what it gives. Lines in another form are passed over and noted, and so is that ENDTEST is missing.
std::vector<KsizeRange> parse_ksize_ranges(std::string_view text, std::vector<Diagnostic>* bad_lines);

}  // namespace mmscope
