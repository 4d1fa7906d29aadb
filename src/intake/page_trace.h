// The text of /sys/kernel/tracing/trace, event by event: what a real workload asked of the page allocator.
//
//   #           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
//              init-1       [000] .....     9.826315: tracing_mark_write: CAP-SNAP-MOD-1
//              init-1       [000] .....     9.832603: mm_page_alloc: page=... pfn=0x1ff20 order=1 migratetype=0 gfp_flags=...
//             mkdir-450     [000] .....     9.839218: mm_page_free: page=... pfn=0x545f order=0
//
// Only events of pages and markers are given; others are counted. What cannot be read is passed over
// (intake/trace_lines.h).
#pragma once

#include <optional>
#include <string_view>

#include "base/types.h"
#include "intake/trace_lines.h"

namespace mmscope {

struct PageTraceEvent {
    enum class Kind : u8 { alloc, free, free_batched, alloc_zone_locked, pcpu_drain, alloc_extfrag, isolated, migrated, marker };
    Kind kind = Kind::marker;
    u32 line = 0;
    u32 cpu = 0;
    u32 pid = 0;
    std::string_view task;       // "init"
    std::string_view flags;      // irqs-off, need-resched, hardirq/softirq, preempt-depth, migrate-disable: "d..3."
    std::string_view timestamp;  // "9.832603", seconds
    Pfn pfn = kNoPfn;            // alloc: kNoPfn if it failed (pfn=0x0)
    Order order;                 // free_batched: as printed, always 0
    u8 type = 0;                 // migratetype: asked for, or of the list the block was on; 0 for free and free_batched
    bool percpu_refill = false;  // alloc_zone_locked
    std::string_view gfp;        // alloc: "GFP_KERNEL|__GFP_ZERO"
    std::string_view marker;     // marker: "CAP-SNAP-MOD-1"
    u32 frames = 0;              // isolated: how many compaction took off the free lists; migrated: to how many it moved pages
    // alloc_extfrag; `order` is what was asked for and `type` the type asked for
    Order fallback_order;
    u8 fallback_type = 0;
    Order pageblock_order;
    bool fragmenting = false;
    bool change_ownership = false;
};

class PageTraceReader {
public:
    explicit PageTraceReader(std::string_view text) : lines_(text) {}

    std::optional<PageTraceEvent> next();  // nothing at the end
    u64 bytes_left() const { return lines_.bytes_left(); }
    u32 others() const { return others_; }  // events of other kinds so far
    u32 lost() const { return lines_.lost(); }
    u32 torn() const { return lines_.torn(); }
    // The first torn line, with a sentence; line 0 if there is none.
    const Diagnostic& first_torn() const { return lines_.first_torn(); }

private:
    TraceLineReader lines_;
    u32 others_ = 0;
};

bool is_page_trace(std::string_view text);

}  // namespace mmscope
