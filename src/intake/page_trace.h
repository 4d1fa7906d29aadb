// The text of /sys/kernel/tracing/trace, event by event: what a real workload asked of the page allocator.
//
//   #           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
//              init-1       [000] .....     9.826315: tracing_mark_write: CAP-SNAP-MOD-1
//              init-1       [000] .....     9.832603: mm_page_alloc: page=... pfn=0x1ff20 order=1 migratetype=0 gfp_flags=...
//             mkdir-450     [000] .....     9.839218: mm_page_free: page=... pfn=0x545f order=0
//
// A pull parser: it holds nothing but its place in the text, and what it gives points into the text. Only events of
// pages and markers are given; others are counted. A line that is torn or is none of tracefs is counted, with the place
// of the first, and passed over: a trace was read while a kernel ran. `[LOST n EVENTS]` counts as n lost events.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/types.h"

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
    explicit PageTraceReader(std::string_view text) : rest_(text) {}

    std::optional<PageTraceEvent> next();  // nothing at the end
    u64 bytes_left() const { return rest_.size(); }
    u32 others() const { return others_; }  // events of other kinds so far
    u32 lost() const { return lost_; }
    u32 torn() const { return torn_; }
    // The first torn line, with a sentence; line 0 if there is none.
    const Diagnostic& first_torn() const { return first_torn_; }

private:
    enum class Reading : u8 { event, other, comment, torn };
    Reading read(std::string_view line, PageTraceEvent* event);
    void note_torn(std::string_view line);

    std::string_view rest_;
    u32 line_ = 0;
    u32 others_ = 0;
    u32 lost_ = 0;
    u32 torn_ = 0;
    Diagnostic first_torn_;
};

bool is_page_trace(std::string_view text);

}  // namespace mmscope
