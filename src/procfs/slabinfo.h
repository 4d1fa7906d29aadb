// /proc/slabinfo, version 2.1: every slab cache that has a line of its own, the newest first.
//
//   # name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables ... : slabdata ...
//   kmalloc-1k           304    304   1024   16    4 : tunables    0    0    0 : slabdata     19     19      0
//
// objsize is the place of an object with its padding, not what was asked for. SLUB prints no tunables, and as many
// active slabs as there are; what lies free in a CPU's slab is active to it. The statistics of a kernel built with
// CONFIG_DEBUG_SLAB behind these columns are refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct SlabInfo {
    struct Row {
        std::string name;
        u64 active_objs = 0;
        u64 num_objs = 0;
        u64 objsize = 0;  // bytes
        u64 objperslab = 0;
        u64 pagesperslab = 0;
        u64 limit = 0;
        u64 batchcount = 0;
        u64 sharedfactor = 0;
        u64 active_slabs = 0;
        u64 num_slabs = 0;
        u64 sharedavail = 0;
        friend bool operator==(const Row&, const Row&) = default;
    };
    std::vector<Row> rows;
    friend bool operator==(const SlabInfo&, const SlabInfo&) = default;
};

// Lines whose second word is no number are passed over; the numbers of those that are no heading either go to
// `skipped`. Errors: no row, a column that is missing or one too many, numbers, another version, a row that no cache can
// have; where they stand is the word at which the text is first unlike version 2.1.
Result<SlabInfo> parse_slabinfo(std::string_view text, u32 first_line = 1, std::vector<u32>* skipped = nullptr);
MMSCOPE_LATER std::string print_slabinfo(const SlabInfo& info);

}  // namespace mmscope
