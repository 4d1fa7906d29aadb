// free, slabtop, top and vmstat: their options, read as procps 4 reads them.
#include <algorithm>
#include <charconv>

#include "play/machine.h"
#include "play/proc_files.h"
#include "play/proc_memory.h"
#include "play/terminal_tool.h"
#include "procfs/free_tool.h"
#include "procfs/slabtop.h"
#include "procfs/top_memory.h"

namespace mmscope {
namespace {

using Words = Tool::Words;
using Answer = Tool::Answer;

u32 number_or_zero(std::string_view word) {
    u32 number = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
    return read.ec == std::errc() && read.ptr == word.data() + word.size() ? number : 0;
}

Message no_clock(std::string_view option) { return Message("terminal.no_clock").text("option", option); }

// The letter of an option whose value stands behind it, as one word or two: -s c, -sc, --sort c, --sort=c.
struct OptionName {
    std::string_view letter, word;
    bool is(std::string_view text) const { return text.starts_with(letter) || text.substr(0, text.find('=')) == word; }
};

// The value; `*at` goes on to its word. Empty: there is none.
std::string_view value_of(const OptionName& name, const Words& words, u32* at) {
    const std::string_view text = words[*at];
    const std::size_t name_ends = text.starts_with("--") ? name.word.size() + 1 : name.letter.size();
    if (text.size() > name_ends) return text.substr(name_ends);
    return *at + 1 < words.size() ? words[++*at] : std::string_view();
}

constexpr std::string_view kUnitOptions = "bkmgh";  // in the order of FreeOptions::Unit

bool set_free_option(char option, FreeOptions* options) {
    const std::size_t unit = kUnitOptions.find(option);
    if (unit != std::string_view::npos) options->unit = static_cast<FreeOptions::Unit>(unit);
    if (option == 'w') options->is_wide = true;
    if (option == 'l') options->has_zones = true;
    if (option == 't') options->has_total = true;
    return unit != std::string_view::npos || option == 'w' || option == 'l' || option == 't';
}

constexpr u32 kMostRows = 100;

// The first row is of the time since boot. The machine stands still while it is looked at, so the second one is of what
// the last command did, as if that had taken the delay, and in all others nothing happens.
std::string vmstat_rows(const Snapshot& snapshot, const VmstatOptions& options, u32 delay, u32 rows) {
    const VmstatMoment now = vmstat_moment_of(*snapshot.machine);
    std::string out = vmstat_heading(options) + print_vmstat_row(vmstat_since_boot(now), options);
    for (u32 row = 2; row <= rows; ++row) {
        const bool is_last_command = row == 2 && snapshot.counted_before != nullptr;
        const VmstatMoment before =
            is_last_command ? vmstat_moment_of(*snapshot.machine, *snapshot.counted_before) : now;
        out += print_vmstat_row(vmstat_between(before, now, delay), options);
    }
    return out;
}

}  // namespace

Message unknown_option(const Tool& tool, std::string_view option) {
    Message message("terminal.unknown_option");
    return message.text("command", tool.name).text("option", option).text("usage", tool.usage);
}

Answer run_free(const Snapshot& snapshot, const Tool& tool, const Words& arguments) {
    FreeOptions options;
    for (const std::string_view word : arguments) {
        if (word == "--si") {
            options.is_si = true;
            continue;
        }
        if (OptionName{"-s", "--seconds"}.is(word) || OptionName{"-c", "--count"}.is(word)) return no_clock(word);
        bool is_known = word.size() > 1 && word[0] == '-';
        for (u32 at = 1; is_known && at < word.size(); ++at) is_known = set_free_option(word[at], &options);
        if (!is_known) return unknown_option(tool, word);
    }
    return print_free(meminfo_of(*snapshot.machine), options);
}

std::vector<std::string> free_options() { return {"-b", "-k", "-m", "-g", "-h", "-w", "-l", "-t", "--si"}; }

// -b: no screen to draw on; -n: so many times, and the machine stands still in between.
Answer run_top(const Snapshot& snapshot, const Tool& tool, const Words& arguments) {
    constexpr OptionName kCount{"-n", "--iterations"};
    for (u32 at = 0; at < arguments.size(); ++at) {
        const std::string_view word = arguments[at];
        if (word == "-b" || word == "--batch-mode") continue;
        if (OptionName{"-d", "--delay"}.is(word)) return no_clock(word);
        const bool is_both = word.starts_with("-bn");
        const bool is_count = is_both || kCount.is(word);
        if (!is_count || number_or_zero(value_of(is_both ? OptionName{"-bn", ""} : kCount, arguments, &at)) == 0)
            return unknown_option(tool, word);
    }
    return print_top_memory(meminfo_of(*snapshot.machine));
}

std::vector<std::string> top_options() { return {"-b", "-n"}; }

Answer run_slabtop(const Snapshot& snapshot, const Tool& tool, const Words& arguments) {
    constexpr OptionName kSort{"-s", "--sort"};
    SlabtopSort sort = SlabtopSort::objects;
    for (u32 at = 0; at < arguments.size(); ++at) {
        const std::string_view word = arguments[at];
        if (word == "-o" || word == "--once") continue;
        if (OptionName{"-d", "--delay"}.is(word)) return no_clock(word);
        const std::string_view letter = kSort.is(word) ? value_of(kSort, arguments, &at) : std::string_view();
        const std::size_t found = letter.size() == 1 ? kSlabtopLetters.find(letter) : std::string_view::npos;
        if (found == std::string_view::npos) return unknown_option(tool, arguments[at]);
        sort = static_cast<SlabtopSort>(found);
    }
    return print_slabtop(slabinfo_of(*snapshot.machine), sort);
}

std::vector<std::string> slabtop_options() { return {"-o", "-s"}; }

Result<VmstatRequest, Message> read_vmstat(const Tool& tool, const Words& arguments) {
    VmstatRequest request;
    std::vector<u32> numbers;
    for (const std::string_view word : arguments) {
        const u32 number = number_or_zero(word);
        if (word == "-s" || word == "--stats") {
            request.wants_sums = true;
        } else if (word == "-a") {
            request.options.shows_active = true;
        } else if (word == "-w") {
            request.options.is_wide = true;
        } else if (number != 0 && numbers.size() < 2) {
            numbers.push_back(number);
        } else {
            return unknown_option(tool, word);
        }
    }
    request.has_delay = !numbers.empty();
    if (request.has_delay) request.delay = numbers[0];
    request.rows = numbers.size() == 2 ? numbers[1] : request.has_delay ? 0 : 1;
    return request;
}

Answer run_vmstat(const Snapshot& snapshot, const Tool& tool, const Words& arguments) {
    const Result<VmstatRequest, Message> request = read_vmstat(tool, arguments);
    if (!request) return request.error();
    if (request->wants_sums) return print_vmstat_sums(vmstat_moment_of(*snapshot.machine));
    const u32 rows = request->rows == 0 ? 2 : std::min(request->rows, kMostRows);
    return vmstat_rows(snapshot, request->options, request->delay, rows);
}

std::vector<std::string> vmstat_options() { return {"-a", "-w", "-s"}; }

}  // namespace mmscope
