#include <cstdio>

#include "cli/commands.h"
#include "cli/english.h"
#include "cli/source.h"
#include "play/conform.h"

namespace mmscope {

namespace {

void print(const Message& message) { std::printf("%s\n", say(message).c_str()); }

Result<const Profile*, Message> choose_profile(const std::string& file, const std::string& kernel) {
    const std::string_view version = kernel.empty() ? version_in_name(file) : std::string_view(kernel);
    if (version.empty()) return Message("conform.no_version");
    const ProfileChoice choice = profile_for(version);
    if (choice.profile == nullptr) return Message("conform.unknown_kernel").text("kernel", version);
    return choice.profile;
}

// Numbers ungrouped: scripts read this line.
Message tally(const char* key, u32 agreed, u32 events) {
    return Message(key).text("agreed", std::to_string(agreed)).text("events", std::to_string(events));
}

// Replays one file into *sum; false if it cannot be replayed at all.
bool conform_file(const std::string& file, const Options& options, ConformReport* sum) {
    const auto text = read_text_file(file);
    if (!text) return std::fprintf(stderr, "%s\n", say(Message("cli.cannot_read").text("file", file)).c_str()), false;
    const auto profile = choose_profile(file, options.kernel);
    if (!profile) return std::fprintf(stderr, "%s: %s\n", file.c_str(), say(profile.error()).c_str()), false;
    const auto report = conform(*text, **profile);
    if (!report) return std::fprintf(stderr, "%s\n", say_at(file, report.error()).c_str()), false;
    if (report->first_difference) {
        const std::vector<Message> lines = describe(*report->first_difference);
        std::printf("%s:%u: %s\n", file.c_str(), report->first_difference->event.line, say(lines.front()).c_str());
        for (std::size_t at = 1; at < lines.size(); ++at) std::printf("  %s\n", say(lines[at]).c_str());
    }
    if (options.files.size() > 1) print(tally("conform.file_tally", report->agreed, report->events).text("file", file));
    sum->events += report->events;
    sum->agreed += report->agreed;
    return true;
}

}  // namespace

int conform_files(const Options& options) {
    if (has_wmark_file(options)) return conform_wmark_files(options);
    ConformReport sum;
    bool all_read = true;
    for (const std::string& file : options.files) all_read &= conform_file(file, options, &sum);
    std::fflush(stderr);
    print(tally("conform.tally", sum.agreed, sum.events));
    return all_read && sum.is_perfect() ? 0 : 1;
}

}  // namespace mmscope
