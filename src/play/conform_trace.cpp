#include "play/conform_trace.h"

#include "play/loaded_dump.h"

#include <algorithm>
#include <utility>

namespace mmscope {

TraceCounts& TraceCounts::operator+=(const TraceCounts& other) {
    allocations += other.allocations;
    failures += other.failures;
    frees += other.frees;
    kernel_free += other.kernel_free;
    agreed += other.agreed;
    unseen_freed += other.unseen_freed;
    unseen_kept += other.unseen_kept;
    by_compaction += other.by_compaction;
    taken_in_use += other.taken_in_use;
    predicted += other.predicted;
    passed_over += other.passed_over;
    return *this;
}

TraceCounts TraceReport::total() const {
    TraceCounts sum;
    for (const TraceStretch& stretch : stretches) sum += stretch.counts;
    return sum;
}

bool TraceReport::is_perfect(Arch arch) const {
    const bool all_kept_explained = std::all_of(stretches.begin(), stretches.end(), [&](const TraceStretch& stretch) {
        return arch == Arch::x86_64 || stretch.counts.unseen_kept <= stretch.counts.by_compaction;
    });
    const TraceCounts sum = total();
    return !stretches.empty() && sum.agreed == sum.kernel_free && sum.taken_in_use == 0 && torn == 0 && lost == 0 &&
           all_kept_explained;
}

bool is_snapshot_marker(std::string_view marker) { return marker.starts_with("CAP-S") && !marker.ends_with("-END"); }

TraceReplay::TraceReplay(std::string_view trace, const std::vector<KernelDump>& dumps, const TraceMachine& machine)
    : trace_(trace), dumps_(dumps), machine_(machine), reader_(trace) {}

bool TraceReplay::run(u32 budget) {
    for (u32 done = 0; done < budget && !failure_; ++done) {
        const auto event = reader_.next();
        if (!event) {
            end();
            return false;
        }
        follow(*event);
    }
    return !failure_;
}

void TraceReplay::follow(const PageTraceEvent& event) {
    if (event.kind == PageTraceEvent::Kind::marker && is_snapshot_marker(event.marker)) return reach_snapshot(event);
    if (!is_in_stretch()) return;
    switch (event.kind) {
        case PageTraceEvent::Kind::alloc:
            return alloc(event);
        case PageTraceEvent::Kind::free:
            return free(event);
        case PageTraceEvent::Kind::pcpu_drain:
            if (has_block(event) && predicts()) prediction_.drain(event);
            return;
        case PageTraceEvent::Kind::isolated:
            isolated_ += event.frames;
            return;
        case PageTraceEvent::Kind::migrated:
            migrated_ += event.frames;
            return;
        default:
            return;
    }
}

void TraceReplay::alloc(const PageTraceEvent& event) {
    if (event.pfn == kNoPfn) {
        ++stretch_.counts.failures;
        return;
    }
    if (!has_block(event)) return;
    ++stretch_.counts.allocations;
    if (predicts()) {
        const TracePrediction::Outcome outcome = prediction_.alloc(event);
        stretch_.counts.predicted += outcome == TracePrediction::Outcome::right;
        stretch_.counts.passed_over += outcome == TracePrediction::Outcome::passed_over;
    }
    const u32 in_use = free_.take(event.pfn, event.order);
    stretch_.counts.taken_in_use += in_use;
    if (in_use == 0 || report_.first_in_use.line != 0) return;
    report_.first_in_use = {
        event.line, 1, 0,
        Message("conform.trace_in_use").hex("pfn", event.pfn.value).number("order", event.order.value)};
}

void TraceReplay::free(const PageTraceEvent& event) {
    if (!has_block(event)) return;
    ++stretch_.counts.frees;
    if (predicts()) prediction_.free(event);
    stretch_.counts.unseen_freed += free_.give(event.pfn, event.order);
}

bool TraceReplay::has_block(const PageTraceEvent& event) {
    if (free_.has_block(event.pfn, event.order)) return true;
    failure_ =
        Diagnostic{event.line, 1, 0,
                   Message("conform.trace_outside").hex("pfn", event.pfn.value).number("order", event.order.value)};
    return false;
}

void TraceReplay::reach_snapshot(const PageTraceEvent& event) {
    if (snapshots_ < dumps_.size()) {
        stretch_.to = event.marker;
        FreeFrames kernel(dumps_[snapshots_]);
        if (snapshots_ != 0) compare(kernel);
        free_ = std::move(kernel);
        stretch_ = {event.marker, {}, {}};
        isolated_ = migrated_ = 0;
        load_model(dumps_[snapshots_]);
    }
    ++snapshots_;
}

void TraceReplay::load_model(const KernelDump& dump) {
    report_.is_predicted = predicts();
    if (!predicts()) return;
    auto memory = load_dump(dump, machine_.arch, *machine_.profile, machine_.cpus);
    if (!memory) {
        failure_ = Diagnostic{0, 0, 0, memory.error()};
        return;
    }
    set_counters(dump, &*memory);
    prediction_ = TracePrediction(*std::move(memory));
}

void TraceReplay::compare(const FreeFrames& kernel) {
    TraceCounts& counts = stretch_.counts;
    counts.kernel_free = kernel.count();
    counts.agreed = kernel.count_also_in(free_);
    counts.unseen_kept = free_.count() - counts.agreed;
    // 6.1 isolates on a fast way too, which has no event: what it took there shows only once it has moved pages.
    counts.by_compaction = std::min(std::max(isolated_, migrated_), counts.unseen());
    report_.stretches.push_back(stretch_);
}

void TraceReplay::end() {
    report_.torn = reader_.torn();
    report_.lost = reader_.lost();
    report_.first_torn = reader_.first_torn();
    const TraceCounts sum = report_.total();
    const bool is_even = snapshots_ == dumps_.size() || (machine_.is_cut && snapshots_ < dumps_.size());
    const bool is_complete = is_even && snapshots_ > 1;
    if (is_complete && sum.allocations + sum.frees != 0) return;
    if (is_complete)
        failure_ = Diagnostic{0, 0, 0, Message("conform.trace_no_pages")};
    else
        failure_ = Diagnostic{0, 0, 0,
                              Message("conform.trace_markers")
                                  .number("markers", snapshots_)
                                  .number("dumps", static_cast<i64>(dumps_.size()))};
}

Result<TraceReport> conform_trace(std::string_view trace, const std::vector<KernelDump>& dumps,
                                  const TraceMachine& machine) {
    TraceReplay replay(trace, dumps, machine);
    while (replay.run(0xffffffffU)) {
    }
    if (replay.failure()) return *replay.failure();
    return replay.report();
}

}  // namespace mmscope
