// The slow path of alloc_pages: what is tried, in the kernel's order, when no zone stands above its low mark.
//
//   wake kswapd -> zones against min -> compaction, for large blocks and those that cannot be moved away later
//   retry: wake kswapd -> zones, with reserves by flag -> direct reclaim -> compaction -> is another round worth it?
//          -> OOM killer -> retry                                      (__alloc_pages_slowpath, Linux 6.1 and 6.12)
//
// Who may not sleep has the first line and the reserves, nothing else. Blocks up to order 3 are tried for until
// somebody was killed for them; larger ones are given up after one round, unless __GFP_RETRY_MAYFAIL. 2.6 knows no
// compaction. Left out: 7.2's other nesting of the same steps, cpusets, PF_MEMALLOC, real-time tasks. Where the kernel
// would wait for other processes and there are none, the request ends in a Deadlock.
#pragma once

#include "mm/compaction.h"
#include "mm/page_alloc.h"

namespace mmscope {

// One request on its slow way.
class SlowPath {
public:
    SlowPath(PageAllocator& memory, const AllocRequest& request, Trace& trace)
        : memory_(memory), profile_(memory.profile()), request_(request), gfp_(request.gfp), trace_(trace) {}

    // The block, or kNoPfn: a failure that is reported, or a deadlock.
    Pfn alloc();

private:
    Pfn try_all();
    bool is_costly() const { return request_.order.value > kCostlyOrder; }
    bool ignores_marks() const { return gfp_.has(gfp::kMemalloc) && !gfp_.has(gfp::kNomemalloc); }
    bool compacts_first() const;
    bool gives_up_early();
    Pfn look_again(bool is_same);
    Pfn direct_reclaim();
    Pfn direct_compact(CompactPriority priority);
    bool goes_on(Pfn* pfn);
    bool should_reclaim_retry();
    bool should_compact_retry();
    Pfn may_oom();
    Pfn without_fail();
    void emit(TraceKind kind, u32 a = 0, u32 b = 0) {
        trace_.emit(kind, 0, request_.order.value, static_cast<u32>(request_.type), kNoPfn.value, a, b);
    }

    PageAllocator& memory_;
    const Profile& profile_;
    const AllocRequest& request_;
    const Gfp gfp_;
    Trace& trace_;
    AllocFlags flags_;
    CompactPriority priority_ = CompactPriority::sync_light;  // of the next compaction
    CompactResult compacted_ = CompactResult::skipped;        // what the last one came to
    u32 compaction_retries_ = 0;
    u32 loops_without_progress_ = 0;
    u32 reclaimed_ = 0;        // pages, by the last direct reclaim
    bool has_killed_ = false;  // the OOM killer made progress in this round
    bool is_victim_ = false;   // the OOM killer has chosen the process that asks
};

}  // namespace mmscope
