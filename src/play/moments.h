// The moments inside a step: the machine as it was right after one of the events of its command.
//
//   before --command--> event 1 --> event 2 --> ... --> event n --> after
//
// The command is carried out again on a copy of the machine before it, and the copy is copied once more when the event
// happens. So every number that is shown of a moment is the model's own; what the model changes between two events is
// seen at the second one.
#pragma once

#include <optional>

#include "mm/trace.h"
#include "play/machine.h"

namespace mmscope {

// A step of a larger machine has no moments: two copies of it would be needed.
inline constexpr u32 kMostFramesOfMoments = 4U << 20;  // 16 GiB

class Moments {
public:
    // The command that makes step `call` of this machine, which it finds on this CPU. `events`: how many that makes,
    // `counts` and `total`: of the trace before it.
    Moments(Machine before, Command command, u32 call, u32 cpu, u64 events, const Trace& trace_before);

    u64 events() const { return events_; }
    u64 event() const { return event_; }  // that is shown, from 1
    // `event` is 1 .. events().
    void show(u64 event);
    // As of that event; the trace ends with it.
    const Machine& machine() const { return shown_; }
    const Trace& trace() const { return shown_trace_; }

private:
    Machine before_;
    Command command_;
    u32 call_;
    u32 cpu_;
    u64 events_;
    Trace trace_before_;
    u64 event_ = 0;
    Machine shown_;
    Trace shown_trace_;
};

}  // namespace mmscope
