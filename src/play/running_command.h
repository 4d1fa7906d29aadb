// A command that goes on as time passes: vmstat with a delay.
//
//   vmstat 1 3     $ heading, first row: since the machine booted              at once
//                  row: what happened since, a second                          once a second has passed
//                  row                                                         once another has; then it is over
//
// Time is the machine's: tick() alone lets seconds pass, and calls take none. So a row comes when at least a delay has
// passed since the last one, and what it says is a second is divided by the seconds that did pass: after a tick(5), which
// nobody can look into, one row stands for all five. Stepping back prints nothing; from there time is counted anew.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "play/snapshot.h"
#include "play/terminal_tool.h"

namespace mmscope {

class RunningCommand {
public:
    // What a command line prints at once, or why nothing. Any other command than a vmstat with a delay is over with that.
    Result<std::string, Message> begin(const Snapshot& snapshot, std::string_view line);
    bool is_over() const { return is_over_; }
    void end() { is_over_ = true; }

    // While commands of the script are applied, some of them perhaps once more.
    void observe(const Snapshot& snapshot);
    // When the machine has come to rest: what there is to print since it was asked for last.
    std::string take(const Snapshot& snapshot);

private:
    void print(std::string_view rows);

    bool is_over_ = true;
    VmstatRequest request_;
    std::string filter_;     // grep's text
    bool has_filter_ = false;
    u32 printed_ = 0;        // rows
    VmstatMoment last_;      // what the next row is since
    u64 last_seconds_ = 0;
    std::string pending_;    // printed and not taken
};

}  // namespace mmscope
