#include "play/running_command.h"

#include <utility>

#include "play/machine.h"
#include "play/proc_memory.h"
#include "play/terminal.h"

namespace mmscope {

Result<std::string, Message> RunningCommand::begin(const Snapshot& snapshot, std::string_view line) {
    *this = {};
    const CommandLine cut = cut_command_line(line);
    const Tool* const tool = cut.words.empty() ? nullptr : find_tool(cut.words[0]);
    if (tool == nullptr || tool->name != "vmstat") return run_command_line(snapshot, line);
    const Result<VmstatRequest, Message> request = read_vmstat(*tool, {cut.words.begin() + 1, cut.words.end()});
    const bool goes_on = request && request->has_delay && !request->wants_sums;
    if (!goes_on) return run_command_line(snapshot, line);
    if (cut.has_pipe) {
        if (const auto shown = filtered("", cut.filter); !shown) return shown.error();
        filter_ = cut.filter[1];
        has_filter_ = true;
    }
    request_ = *request;
    last_ = vmstat_moment_of(*snapshot.machine);
    last_seconds_ = snapshot.machine->seconds();
    is_over_ = false;
    print(vmstat_heading(request_.options));
    print(print_vmstat_row(vmstat_since_boot(last_), request_.options));
    is_over_ = ++printed_ == request_.rows;
    return std::exchange(pending_, {});
}

void RunningCommand::observe(const Snapshot& snapshot) {
    const u64 now = snapshot.machine->seconds();
    if (is_over_ || now < last_seconds_ + request_.delay) return;
    VmstatMoment moment = vmstat_moment_of(*snapshot.machine);
    print(print_vmstat_row(vmstat_between(last_, moment, now - last_seconds_), request_.options));
    last_ = std::move(moment);
    last_seconds_ = now;
    is_over_ = ++printed_ == request_.rows;
}

std::string RunningCommand::take(const Snapshot& snapshot) {
    observe(snapshot);
    if (!is_over_ && snapshot.machine->seconds() < last_seconds_) {
        last_ = vmstat_moment_of(*snapshot.machine);
        last_seconds_ = snapshot.machine->seconds();
    }
    return std::exchange(pending_, {});
}

void RunningCommand::print(std::string_view rows) {
    const std::string_view words[] = {"grep", filter_};
    pending_ += has_filter_ ? *filtered(rows, {words, words + 2}) : std::string(rows);
}

}  // namespace mmscope
