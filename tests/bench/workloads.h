// Lists of page operations, generated beforehand from fixed seeds, so that every allocator does the same.
//
// A step names a slot: the harness frees it if it is held, else allocates its order into it. The six lists are
// those of the performance page: what a slot holds, and which slot comes next, is all that tells them apart.
#pragma once

#include <string_view>
#include <vector>

#include "base/types.h"

namespace bench {

struct Step {
    mmscope::u32 slot;
    mmscope::u8 order;
};

struct Workload {
    std::string_view name;
    mmscope::u32 slots = 0;
    std::vector<Step> fill;   // done before the clock starts
    std::vector<Step> steps;  // timed
};

std::vector<Workload> make_workloads(mmscope::u32 frames);

}  // namespace bench
