// Lock step with a page trace: from one snapshot of a real kernel's lists to the next the trace is followed event by
// event, and then the frames that are free must be the kernel's.
//
//   CAP-SNAP-MOD-1 --- mm_page_alloc ... mm_page_free ... --- CAP-SNAP-MOD-2        a stretch
//   first dump                                                second dump           of capmod-snaps.txt
//
// A stretch begins with the kernel's own set. mm_page_alloc takes a block out, mm_page_free of any order brings one
// back. mm_page_free_batched says again what mm_page_free said of each frame of a batch, and the events of refill and
// drain move frames inside the set, so that they change nothing. An allocation that failed has no frame.
//
// Two kinds of allocation have no event: alloc_pages_bulk (vmalloc, so the kernel stacks of x86-64, four frames
// each), and the frames that compaction isolates to migrate pages to, of which the trace has the number if compaction
// was traced. Such a frame shows when it is freed although it was free, or when it is in use at the next snapshot.
// Both are counted, and no other difference is excused.
//
// Beside the set, which only follows, the page allocator itself makes each call: how many of the kernel's frames it
// gives is told, and nothing hangs on it (play/trace_prediction.h).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "intake/kernel_dump.h"
#include "intake/page_trace.h"
#include "mm/profile.h"
#include "play/free_frames.h"
#include "play/trace_prediction.h"

namespace mmscope {

// Of one stretch or of all. Frames of 4 KiB, but for the first three, which are events.
struct TraceCounts {
    u32 allocations = 0;   // that gave a block
    u32 failures = 0;
    u32 frees = 0;
    u32 kernel_free = 0;   // free in the snapshot at the end
    u32 agreed = 0;        // of these those that are free here
    u32 unseen_freed = 0;  // freed although they were free: allocated without an event
    u32 unseen_kept = 0;   // free here and in use in the snapshot: likewise
    u32 by_compaction = 0; // of the unseen those that compaction took, by its own events
    u32 taken_in_use = 0;  // allocated although they were in use
    u32 predicted = 0;     // allocations whose frame the model gives too
    u32 passed_over = 0;   // allocations whose frame stands right behind some that left its list without an event
    TraceCounts& operator+=(const TraceCounts& other);
    u32 unseen() const { return unseen_freed + unseen_kept; }
    u32 bulk() const { return unseen() - by_compaction; }
    u32 wrong() const { return allocations - predicted - passed_over; }
};

struct TraceStretch {
    std::string_view from;  // the markers at its ends, into the trace
    std::string_view to;
    TraceCounts counts;
};

struct TraceReport {
    std::vector<TraceStretch> stretches;  // those that are complete
    u32 torn = 0;                         // lines
    u32 lost = 0;                         // events, as the kernel itself says
    Diagnostic first_torn;                // line 0: none
    Diagnostic first_in_use;              // the first allocation of a frame in use; line 0: none
    bool is_predicted = false;            // the model made each call too

    TraceCounts total() const;
    // The sets are equal but for the frames that are allocated without an event on `arch`: only x86-64 has bulk
    // allocations that last; what compaction took is allowed everywhere.
    bool is_perfect(Arch arch) const;
};

// Whose trace it is.
struct TraceMachine {
    Arch arch = Arch::x86_64;
    const Profile* profile = nullptr;  // null: nothing says which kernel it was, and nothing is predicted
    u32 cpus = 1;
    bool is_cut = false;  // the trace: then there may be more snapshots than markers
};

// Resumable, so that a page can show how far it is.
class TraceReplay {
public:
    // The dumps in the order of the trace's markers; both must outlive it.
    TraceReplay(std::string_view trace, const std::vector<KernelDump>& dumps, const TraceMachine& machine);

    // Follows at most `budget` events. True if there are more.
    bool run(u32 budget);
    u64 bytes_read() const { return trace_.size() - reader_.bytes_left(); }
    u64 bytes_total() const { return trace_.size(); }
    // Why it cannot be replayed, once run() has come to an end: no allocation and no free in it, not as many markers as
    // dumps, zones that the machine does not have, a block that no zone of the dumps can have (another machine's).
    const std::optional<Diagnostic>& failure() const { return failure_; }
    const TraceReport& report() const { return report_; }
    const TracePrediction& prediction() const { return prediction_; }

private:
    void follow(const PageTraceEvent& event);
    void alloc(const PageTraceEvent& event);
    void free(const PageTraceEvent& event);
    void reach_snapshot(const PageTraceEvent& event);
    void load_model(const KernelDump& dump);
    void compare(const FreeFrames& kernel);
    void end();
    bool has_block(const PageTraceEvent& event);
    bool predicts() const { return machine_.profile != nullptr; }
    bool is_in_stretch() const { return snapshots_ != 0 && snapshots_ < dumps_.size(); }

    std::string_view trace_;
    const std::vector<KernelDump>& dumps_;
    TraceMachine machine_;
    PageTraceReader reader_;
    u32 snapshots_ = 0;  // markers passed
    FreeFrames free_;
    TracePrediction prediction_;
    TraceStretch stretch_;
    u32 isolated_ = 0;   // frames, in this stretch
    u32 migrated_ = 0;
    TraceReport report_;
    std::optional<Diagnostic> failure_;
};

// The whole trace at once. Errors: those of failure().
Result<TraceReport> conform_trace(std::string_view trace, const std::vector<KernelDump>& dumps,
                                  const TraceMachine& machine);

// Whether the marker says that a snapshot is taken: "CAP-SNAP-MOD-1", "CAP-S0-start", but not "CAP-S0-start-END".
bool is_snapshot_marker(std::string_view marker);

}  // namespace mmscope
