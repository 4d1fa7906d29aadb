// The golden format: what a kernel's buddy allocator did to one zone, event by event.
//
//   GOLD init free=3808 L 5/0:120, 10/1:400,800, |mt 0 1 1 1 1 1 1 1    the state to start from
//   GOLD a 8 0 400 free=3552 L ... |mt ...                              order 8 for migratetype 0 gave frame 0x400
//   GOLD f 8 0 400 free=3808 L ... |mt ...                              it was freed
//   GOLD end ...
//
// Frame numbers are hexadecimal, 0 = the allocation failed. After L every list that is not empty stands as
// ORDER/TYPE:frame,..., head first; mt are the types of the zone's pageblocks. The zone is DMA of x86_64: frames
// 1..0xfff, of which 0x100.. are managed. Lines without GOLD (a kernel log around them) are passed over.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct GoldenList {
    u8 order = 0;
    u8 type = 0;
    std::vector<u32> pfns;  // head first
    friend bool operator==(const GoldenList&, const GoldenList&) = default;
};

struct GoldenState {
    u32 free_pages = 0;
    std::vector<GoldenList> lists;  // by order, then type
    std::vector<u8> block_types;
    friend bool operator==(const GoldenState&, const GoldenState&) = default;
};

struct GoldenEvent {
    enum class Kind : u8 { init, alloc, free };
    Kind kind = Kind::init;
    u8 order = 0;
    u8 type = 0;
    u32 pfn = 0;  // 0: failed
    u32 line = 0;
    GoldenState after;
};

// True if the text is in this format at all (some line begins an `init`).
bool is_golden(std::string_view text);
// `end` lines are checked and left out. Errors: the first event is no init, numbers out of range, a line cut off.
Result<std::vector<GoldenEvent>> parse_golden(std::string_view text);

}  // namespace mmscope
