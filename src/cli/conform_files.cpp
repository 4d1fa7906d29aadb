#include <cstdio>

#include "cli/capture_context.h"
#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "play/conform.h"
#include "play/conform_module.h"

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

Result<Tally> conform_golden(const std::string& file, std::string_view text, const CaptureContext& context) {
    const auto report = conform(text, *context.profile);
    if (!report) return report.error();
    if (report->first_difference) print_difference(file, report->first_difference->event.line, describe(*report->first_difference));
    return Tally{"conform.tally", report->agreed, report->events, report->is_perfect()};
}

Result<Tally> conform_module_file(const std::string& file, std::string_view text, const CaptureContext& context) {
    const auto capture = parse_module_capture(text);
    if (!capture) return capture.error();
    const auto report = conform_module(*capture, context.arch, *context.profile, context.cpus);
    if (!report) return report.error();
    if (report->first_difference) print_difference(file, report->first_difference->line, report->first_difference->sentences);
    print(Message("conform.states").text("states", std::to_string(report->states)).text("states_agreed", std::to_string(report->states_agreed))
              .text("dumps", std::to_string(report->dumps)).text("dumps_agreed", std::to_string(report->dumps_agreed)));
    if (report->from_outside != 0) print(Message("conform.from_outside").number("count", report->from_outside));
    return Tally{"conform.calls", report->calls_agreed, report->calls, report->is_perfect()};
}

// Replays one file into *sum; false if it cannot be replayed at all.
bool conform_file(const std::string& file, const Options& options, Tally* sum) {
    const auto text = read_text_file(file);
    if (!text) return std::fprintf(stderr, "%s\n", say(Message("cli.cannot_read").text("file", file)).c_str()), false;
    const auto context = find_capture_context(file, options);
    if (!context) return std::fprintf(stderr, "%s: %s\n", file.c_str(), say(context.error()).c_str()), false;
    const auto one = is_module_capture(*text) ? conform_module_file(file, *text, *context) : conform_golden(file, *text, *context);
    if (!one) return std::fprintf(stderr, "%s\n", say_at(file, one.error()).c_str()), false;
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
