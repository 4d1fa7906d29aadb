// What the capture module did and what it got: a page file of a `-mod` capture, as steps in the file's order.
//
//   TEST pages_order0 n=2000 GFP_KERNEL             kind, then its parameters
//   FREELISTS before ... END, PAGEBLOCKS            a dump (intake/kernel_dump.h); only pages_basic has its counters too
//   A 0 GFP_KERNEL order=0 pfn=15725 zone=DMA32 node=0 mt=0
//     s n0 DMA ...                                  the counters of every zone after the call
//     s n0 DMA32 ...
//   F 0 order=0 pfn=15725 zone=DMA32                the block of allocation 0 was freed
//   ENDTEST
//
// `pages_fifo` has a whole dump after each call in place of the counters. The calls were made on one cpu with
// interrupts off. An allocation failed where there is no pfn or one that no block can have (0, -1).
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "intake/kernel_dump.h"

namespace mmscope {

struct ModuleStep {
    enum class Kind : u8 { dump, alloc, free };
    Kind kind = Kind::dump;
    u32 line = 0;
    u32 number = 0;         // dump: index into ModuleCapture::dumps; alloc: n; free: n of the allocation
    std::string_view gfp;   // alloc: "GFP_KERNEL|__GFP_RECLAIMABLE"; into the text that was parsed
    Order order;
    Pfn pfn = kNoPfn;       // alloc: kNoPfn if it failed
    u32 zone = 0;           // index into the first dump's zones; of a failed allocation 0
    u8 type = 0;            // alloc: migratetype of the pageblock around it, after the call
    u32 first_state = 0;    // into ModuleCapture::states
    u32 states = 0;         // as many as zones, or 0
};

struct ModuleCapture {
    std::string_view kind;        // "pages_basic", "pages_fifo", "pages_order0", "pages_random"
    std::string_view parameters;  // "n=2000 GFP_KERNEL"; both into the text that was parsed
    std::vector<KernelDump> dumps;
    std::vector<ModuleStep> steps;   // the first is a dump
    std::vector<ZoneState> states;   // those after calls; those after a dump are the dump's own

    u32 count(ModuleStep::Kind of_kind) const;
    // The cpu that made the calls: whose page sets the counters at the dumps count, and which change from dump to dump.
    // Nothing if that is true of none; the first if of several.
    std::optional<u32> calling_cpu() const;
    std::span<const ZoneState> after(const ModuleStep& step) const { return {states.data() + step.first_state, step.states}; }
};

bool is_module_capture(std::string_view text);
// The text must outlive what it gives. Errors: those of dumps; no TEST line or no ENDTEST, a call before the first dump,
// a frame outside the zone named, a free of what was not allocated, counters of some zones only.
Result<ModuleCapture> parse_module_capture(std::string_view text);

}  // namespace mmscope
