#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include "cli/capture_context.h"
#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "intake/recognise.h"
#include "play/conform.h"
#include "play/conform_module.h"
#include "play/conform_trace.h"

namespace mmscope {

namespace {

void print(const Message& message) { std::printf("%s\n", say(message).c_str()); }

// What one file, or all of them, agreed in; `key` is the sentence that counts it.
struct Tally {
    const char* key = "conform.tally";
    u32 agreed = 0;
    u32 total = 0;
    bool is_perfect = true;  // also in what the sentence does not count
};

// Numbers ungrouped: scripts read this line.
Message tally(const Tally& sum) {
    return Message(sum.key).text("agreed", std::to_string(sum.agreed)).text("events", std::to_string(sum.total));
}

void print_difference(const std::string& file, u32 line, const std::vector<Message>& sentences) {
    std::printf("%s:%u: %s\n", file.c_str(), line, say(sentences.front()).c_str());
    for (std::size_t at = 1; at < sentences.size(); ++at) std::printf("  %s\n", say(sentences[at]).c_str());
}

// One file's tally, or the whole line to print.
using Outcome = Result<Tally, std::string>;

Outcome conform_golden(const std::string& file, std::string_view text, const CaptureContext& context) {
    const auto report = conform(text, *context.profile);
    if (!report) return say_at(file, report.error());
    if (report->first_difference) print_difference(file, report->first_difference->event.line, describe(*report->first_difference));
    return Tally{"conform.tally", report->agreed, report->events, report->is_perfect()};
}

Outcome conform_module_file(const std::string& file, std::string_view text, const CaptureContext& context) {
    const auto capture = parse_module_capture(text);
    if (!capture) return say_at(file, capture.error());
    const auto report = conform_module(*capture, context.arch, *context.profile, context.cpus);
    if (!report) return say_at(file, report.error());
    if (report->first_difference) print_difference(file, report->first_difference->line, report->first_difference->sentences);
    print(Message("conform.states").text("states", std::to_string(report->states)).text("states_agreed", std::to_string(report->states_agreed))
              .text("dumps", std::to_string(report->dumps)).text("dumps_agreed", std::to_string(report->dumps_agreed)));
    if (report->from_outside != 0) print(Message("conform.from_outside").number("count", report->from_outside));
    return Tally{"conform.calls", report->calls_agreed, report->calls, report->is_perfect()};
}

struct NamedText {
    std::string file;
    std::string text;
};

// The file of this name in the folder of `capture`, gzipped or not.
std::optional<NamedText> read_beside(const std::string& capture, const std::string& name) {
    for (const char* end : {"", ".gz"}) {
        const std::string file = std::filesystem::path(capture).replace_filename(name + end).string();
        if (auto text = read_text_file(file)) return NamedText{file, *std::move(text)};
    }
    return std::nullopt;
}

void print_trace_report(const std::string& file, const TraceReport& report) {
    for (const TraceStretch& stretch : report.stretches) {
        const TraceCounts& counts = stretch.counts;
        print(Message("conform.trace_stretch").text("from", stretch.from).text("to", stretch.to).number("allocations", counts.allocations)
                  .number("failures", counts.failures).number("frees", counts.frees).number("agreed", counts.agreed).number("free", counts.kernel_free));
    }
    const TraceCounts sum = report.total();
    print(Message("conform.trace_predicted").text("predicted", std::to_string(sum.predicted)).text("allocations", std::to_string(sum.allocations))
              .number("passed", sum.passed_over).number("wrong", sum.wrong()));
    if (sum.unseen() != 0)
        print(Message("conform.trace_unseen").number("count", sum.unseen()).number("freed", sum.unseen_freed).number("kept", sum.unseen_kept)
                  .number("bulk", sum.bulk()).number("compaction", sum.by_compaction));
    if (sum.taken_in_use != 0) {
        print_difference(file, report.first_in_use.line, {report.first_in_use.message});
        print(Message("conform.trace_in_use_count").number("count", sum.taken_in_use));
    }
    if (report.torn != 0) {
        print_difference(file, report.first_torn.line, {report.first_torn.message});
        print(Message("conform.trace_torn").number("count", report.torn));
    }
    if (report.lost != 0) print(Message("conform.trace_lost").number("count", report.lost));
}

Outcome conform_trace_files(const NamedText& trace, const NamedText& snapshots, const CaptureContext& context) {
    const auto dumps = parse_kernel_dumps(snapshots.text);
    if (!dumps) return say_at(snapshots.file, dumps.error());
    const auto report = conform_trace(trace.text, *dumps, {context.arch, context.profile, context.cpus});
    if (!report) return say_at(trace.file, report.error());
    print_trace_report(trace.file, *report);
    const TraceCounts sum = report->total();
    return Tally{"conform.trace_tally", sum.agreed, sum.kernel_free, report->is_perfect(context.arch)};
}

// A trace and its snapshots are two files of one folder: either may be named.
Outcome conform_text(NamedText named, const CaptureContext& context) {
    const CaptureKind kind = capture_kind(named.text);
    if (kind == CaptureKind::module_capture) return conform_module_file(named.file, named.text, context);
    if (kind != CaptureKind::page_trace && kind != CaptureKind::kernel_dumps) return conform_golden(named.file, named.text, context);
    const std::string other_name = kind == CaptureKind::page_trace ? "capmod-snaps.txt" : "trace.txt";
    auto other = read_beside(named.file, other_name);
    if (!other) return say_at(named.file, {0, 0, 0, Message("conform.trace_alone").text("name", other_name)});
    if (kind == CaptureKind::kernel_dumps) std::swap(named, *other);
    return conform_trace_files(named, *other, context);
}

// Replays one file into *sum; false if it cannot be replayed at all.
bool conform_file(const std::string& file, const Options& options, Tally* sum) {
    auto text = read_text_file(file);
    if (!text) return std::fprintf(stderr, "%s\n", say(Message("cli.cannot_read").text("file", file)).c_str()), false;
    const auto context = find_capture_context(file, options);
    if (!context) return std::fprintf(stderr, "%s: %s\n", file.c_str(), say(context.error()).c_str()), false;
    const auto one = conform_text({file, *std::move(text)}, *context);
    if (!one) return std::fprintf(stderr, "%s\n", one.error().c_str()), false;
    if (options.files.size() > 1) std::printf("%s: %s\n", file.c_str(), say(tally(*one)).c_str());
    sum->key = one->key;
    sum->agreed += one->agreed;
    sum->total += one->total;
    sum->is_perfect &= one->is_perfect;
    return true;
}

}  // namespace

int conform_files(const Options& options) {
    if (has_wmark_file(options)) return conform_wmark_files(options);
    Tally sum;
    bool all_read = true;
    for (const std::string& file : options.files) all_read &= conform_file(file, options, &sum);
    std::fflush(stderr);
    print(tally(sum));
    return all_read && sum.is_perfect && sum.total != 0 && sum.agreed == sum.total ? 0 : 1;
}

}  // namespace mmscope
