#include "play/moments.h"

#include <cassert>
#include <utility>

namespace mmscope {

namespace {

struct Copier : TraceWatcher {
    const Machine* machine = nullptr;
    const Trace* trace = nullptr;
    Machine* machine_copy = nullptr;
    Trace* trace_copy = nullptr;

    void event_reached() override {
        *machine_copy = *machine;
        *trace_copy = *trace;
    }
};

}  // namespace

Moments::Moments(Machine before, Command command, u32 call, u32 cpu, u64 events, const Trace& trace_before)
    : before_(std::move(before)),
      command_(std::move(command)),
      call_(call),
      cpu_(cpu),
      events_(events),
      trace_before_(trace_before) {}

void Moments::show(u64 event) {
    assert(event != 0 && event <= events_);
    Machine machine = before_;
    Trace trace = trace_before_;
    trace.begin();
    Copier copier;
    copier.machine = &machine;
    copier.trace = &trace;
    copier.machine_copy = &shown_;
    copier.trace_copy = &shown_trace_;
    trace.watch(event, &copier);
    machine.apply(command_, call_, cpu_, trace);
    shown_trace_.watch(0, nullptr);
    shown_.touch();
    event_ = event;
}

}  // namespace mmscope
