#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include "cli/capture_context.h"
#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "intake/object_capture.h"
#include "intake/recognise.h"
#include "intake/slab_trace.h"
#include "play/conform_objects.h"
#include "play/conform_slab.h"
#include "play/conform_slab_trace.h"
#include "play/outcome.h"

namespace mmscope {

namespace {

void print(const Message& message) { std::printf("%s\n", say(message).c_str()); }

// What all files together agreed in; `key` is the sentence that counts it.
struct Sum {
    const char* key = "conform.tally";
    u32 agreed = 0;
    u32 total = 0;
    bool is_perfect = true;
};

// Numbers ungrouped: scripts read this line.
Message tally(const char* key, u32 agreed, u32 total) {
    return Message(key).text("agreed", std::to_string(agreed)).text("events", std::to_string(total));
}

void print(const std::string& file, const Remark& remark) {
    if (remark.line != 0) std::printf("%s:%u: ", file.c_str(), remark.line);
    print(remark.sentences.front());
    for (std::size_t at = 1; at < remark.sentences.size(); ++at)
        std::printf("  %s\n", say(remark.sentences[at]).c_str());
}

// Prints what there is to say about the lines of `file`.
Outcome printed(const std::string& file, Outcome outcome) {
    for (const Remark& remark : outcome.remarks) print(file, remark);
    return outcome;
}

// What came of one file, or the whole line to print.
using Replayed = Result<Outcome, std::string>;

Replayed conform_golden(const std::string& file, std::string_view text, const CaptureContext& context) {
    const auto report = conform(text, *context.profile);
    if (!report) return say_at(file, report.error());
    return printed(file, outcome_of(*report));
}

Replayed conform_module_file(const std::string& file, std::string_view text, const CaptureContext& context) {
    const auto capture = parse_module_capture(text);
    if (!capture) return say_at(file, capture.error());
    const auto report = conform_module(*capture, context.arch, *context.profile, context.cpus);
    if (!report) return say_at(file, report.error());
    return printed(file, outcome_of(*report));
}

struct NamedText {
    std::string file;
    std::string text;
    bool is_cut = false;
};

// A file that is cut off ends with its last whole line, and that is said. Nothing if it cannot be read at all.
std::optional<NamedText> read_named(const std::string& file) {
    NamedText named{file, {}};
    const TextRead read = read_text_pieces(file, [&](std::string_view piece) { named.text.append(piece); });
    if (read.end == TextEnd::unreadable) return std::nullopt;
    named.is_cut = read.end == TextEnd::cut;
    if (!named.is_cut) return named;
    named.text.resize(named.text.rfind('\n') + 1);  // npos + 1 is 0
    std::fprintf(stderr, "%s\n", say_cut(file, read).c_str());
    return named;
}

// The file of this name in the folder of `capture`, gzipped or not.
std::optional<NamedText> read_beside(const std::string& capture, const std::string& name) {
    for (const char* end : {"", ".gz"}) {
        const std::string file = std::filesystem::path(capture).replace_filename(name + end).string();
        if (auto named = read_named(file)) return named;
    }
    return std::nullopt;
}

Replayed conform_trace_files(const NamedText& trace, const NamedText& snapshots, const CaptureContext& context) {
    const auto dumps = parse_kernel_dumps(snapshots.text);
    if (!dumps) return say_at(snapshots.file, dumps.error());
    const auto report = conform_trace(trace.text, *dumps, {context.arch, context.profile, context.cpus, trace.is_cut});
    if (!report) return say_at(trace.file, report.error());
    return printed(trace.file, outcome_of(*report, context.arch));
}

Replayed conform_slab_file(const std::string& file, std::string_view text, const CaptureContext& context) {
    auto outcome = conform_slab(text, *context.profile, context.arch, context.cpus);
    if (!outcome) return say_at(file, outcome.error());
    return printed(file, *std::move(outcome));
}

// "obj-64.txt" and "obj-64.stats.txt" belong together: the name of the one without its end, from either's.
std::string object_files_stem(const std::string& file) {
    std::string name = std::filesystem::path(file).filename().string();
    for (const std::string_view end : {".gz", ".txt", ".stats"})
        if (name.ends_with(end)) name.resize(name.size() - end.size());
    return name;
}

Replayed conform_object_files(NamedText named, const CaptureContext& context) {
    const std::string stem = object_files_stem(named.file);
    const bool has_states = is_object_states(named.text);
    auto other = read_beside(named.file, stem + (has_states ? ".txt" : ".stats.txt"));
    const Message alone = Message("conform.states_alone").text("name", stem + ".txt");
    if (has_states && !other) return say_at(named.file, {0, 0, 0, alone});
    NamedText states = other ? *std::move(other) : NamedText{};
    if (has_states) std::swap(named, states);
    auto outcome = conform_objects(named.text, states.text, *context.profile, context.arch, context.cpus);
    if (!outcome) return say_at((outcome.error().in_states ? states : named).file, outcome.error().diagnostic);
    return printed(named.file, *std::move(outcome));
}

// What became of the slabs' objects; the table of the caches lies beside the trace.
Replayed conform_slab_trace_file(const NamedText& trace, const CaptureContext& context) {
    const NamedText table = read_beside(trace.file, "slab.tsv").value_or(NamedText{});
    auto outcome = conform_slab_trace(trace.text, table.text, *context.profile, context.arch);
    if (!outcome) return say_at(outcome.error().line != 0 ? table.file : trace.file, outcome.error());
    return printed(trace.file, *std::move(outcome));
}

// A trace and its snapshots are two files of one folder: `named` is either of them. Slab calls need no snapshots.
Replayed conform_trace_text(NamedText named, CaptureKind kind, const CaptureContext& context) {
    const std::string other_name = kind == CaptureKind::page_trace ? "capmod-snaps.txt" : "trace.txt";
    auto other = read_beside(named.file, other_name);
    if (kind == CaptureKind::kernel_dumps && other) std::swap(named, *other);
    const TraceSubjects subjects = trace_subjects(named.text);
    if (subjects.has_slabs && !subjects.has_pages) return conform_slab_trace_file(named, context);
    if (!other && subjects.has_slabs) {
        print(named.file, slab_calls_alone(other_name));
        return conform_slab_trace_file(named, context);
    }
    if (!other) return say_at(named.file, {0, 0, 0, Message("conform.trace_alone").text("name", other_name)});
    auto pages = conform_trace_files(named, *other, context);
    if (!pages || !subjects.has_slabs) return pages;
    print(tally(pages->tally_key, pages->agreed, pages->total));
    auto slabs = conform_slab_trace_file(named, context);
    if (slabs) slabs->is_perfect &= pages->is_perfect;
    return slabs;
}

Replayed conform_text(NamedText named, const CaptureContext& context) {
    if (is_slab_capture(named.text)) return conform_slab_file(named.file, named.text, context);
    const bool has_objects = is_object_capture(named.text) || is_object_states(named.text);
    if (has_objects) return conform_object_files(std::move(named), context);
    const CaptureKind kind = capture_kind(named.text);
    if (kind == CaptureKind::module_capture) return conform_module_file(named.file, named.text, context);
    if (kind != CaptureKind::page_trace && kind != CaptureKind::kernel_dumps)
        return conform_golden(named.file, named.text, context);
    return conform_trace_text(std::move(named), kind, context);
}

// What is counted of a file that cannot be replayed.
const char* tally_key_of(std::string_view text) {
    if (is_slab_capture(text)) return "conform.rows";
    if (is_object_capture(text) || is_object_states(text)) return "conform.object_calls";
    switch (capture_kind(text)) {
        case CaptureKind::module_capture: return "conform.calls";
        case CaptureKind::page_trace:
        case CaptureKind::kernel_dumps: return "conform.trace_tally";
        default: return "conform.tally";
    }
}

// Replays one file into *sum; false if it cannot be replayed at all.
bool conform_file(const std::string& file, const Options& options, Sum* sum) {
    auto named = read_named(file);
    if (!named) return std::fprintf(stderr, "%s\n", say(Message("cli.cannot_read").text("file", file)).c_str()), false;
    const auto context = find_capture_context(file, options);
    if (!context) return std::fprintf(stderr, "%s: %s\n", file.c_str(), say(context.error()).c_str()), false;
    const bool is_cut = named->is_cut;
    if (sum->total == 0) sum->key = tally_key_of(named->text);
    const auto one = conform_text(*std::move(named), *context);
    if (!one) return std::fprintf(stderr, "%s\n", one.error().c_str()), false;
    if (options.files.size() > 1)
        std::printf("%s: %s\n", file.c_str(), say(tally(one->tally_key, one->agreed, one->total)).c_str());
    sum->key = one->tally_key;
    sum->agreed += one->agreed;
    sum->total += one->total;
    sum->is_perfect &= one->is_perfect && !is_cut;
    return true;
}

}  // namespace

int conform_files(const Options& options) {
    if (has_wmark_file(options)) return conform_wmark_files(options);
    Sum sum;
    bool all_read = true;
    for (const std::string& file : options.files) all_read &= conform_file(file, options, &sum);
    std::fflush(stderr);
    print(tally(sum.key, sum.agreed, sum.total));
    return all_read && sum.is_perfect && sum.total != 0 && sum.agreed == sum.total ? 0 : 1;
}

}  // namespace mmscope
