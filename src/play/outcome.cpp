#include "play/outcome.h"

namespace mmscope {

Outcome outcome_of(const ConformReport& report) {
    Outcome outcome{{}, "conform.tally", report.agreed, report.events, report.is_perfect()};
    if (report.first_difference)
        outcome.remarks.push_back({report.first_difference->event.line, describe(*report.first_difference)});
    return outcome;
}

Outcome outcome_of(const ModuleReport& report) {
    Outcome outcome{{}, "conform.calls", report.calls_agreed, report.calls, report.is_perfect()};
    if (report.first_difference)
        outcome.remarks.push_back({report.first_difference->line, report.first_difference->sentences});
    outcome.remarks.push_back({0,
                               {Message("conform.states")
                                    .number("states", report.states)
                                    .number("states_agreed", report.states_agreed)
                                    .number("dumps", report.dumps)
                                    .number("dumps_agreed", report.dumps_agreed)}});
    if (report.from_outside != 0)
        outcome.remarks.push_back({0, {Message("conform.from_outside").number("count", report.from_outside)}});
    return outcome;
}

Outcome outcome_of(const TraceReport& report, Arch arch) {
    const TraceCounts sum = report.total();
    Outcome outcome{{}, "conform.trace_tally", sum.agreed, sum.kernel_free, report.is_perfect(arch)};
    const auto remark = [&](u32 line, Message sentence) { outcome.remarks.push_back({line, {std::move(sentence)}}); };
    for (const TraceStretch& stretch : report.stretches) {
        const TraceCounts& counts = stretch.counts;
        remark(0, Message("conform.trace_stretch")
                      .text("from", stretch.from)
                      .text("to", stretch.to)
                      .number("allocations", counts.allocations)
                      .number("failures", counts.failures)
                      .number("frees", counts.frees)
                      .number("agreed", counts.agreed)
                      .number("free", counts.kernel_free));
    }
    if (report.is_predicted) {
        remark(0, Message("conform.trace_predicted")
                      .text("predicted", std::to_string(sum.predicted))
                      .text("allocations", std::to_string(sum.allocations))
                      .number("passed", sum.passed_over)
                      .number("wrong", sum.wrong()));
    }
    if (sum.unseen() != 0) {
        remark(0, Message("conform.trace_unseen")
                      .number("count", sum.unseen())
                      .number("freed", sum.unseen_freed)
                      .number("kept", sum.unseen_kept)
                      .number("bulk", sum.bulk())
                      .number("compaction", sum.by_compaction));
    }
    if (sum.taken_in_use != 0) {
        remark(report.first_in_use.line, report.first_in_use.message);
        remark(0, Message("conform.trace_in_use_count").number("count", sum.taken_in_use));
    }
    if (report.torn != 0) {
        remark(report.first_torn.line, report.first_torn.message);
        remark(0, Message("conform.trace_torn").number("count", report.torn));
    }
    if (report.lost != 0) remark(0, Message("conform.trace_lost").number("count", report.lost));
    return outcome;
}

Outcome joined(Outcome first, Outcome second) {
    const Message tally = first.tally();
    second.is_perfect &= first.is_perfect;
    first.remarks.push_back({0, {tally}});
    second.remarks.insert(second.remarks.begin(), first.remarks.begin(), first.remarks.end());
    return second;
}

Remark slab_calls_alone(std::string_view snapshots) {
    return {0, {Message("conform.slab_calls_alone").text("name", snapshots)}};
}

}  // namespace mmscope
