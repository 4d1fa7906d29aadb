// What a replay came to, in sentences: the same ones on the command line and in the page.
//
// A remark is one sentence or several that belong together (what differs first, then the kernel's and the model's
// values) and names the line of the capture that it speaks of. The sentence that counts comes last.
#pragma once

#include <vector>

#include "base/message.h"
#include "play/conform.h"
#include "play/conform_module.h"
#include "play/conform_trace.h"

namespace mmscope {

struct Remark {
    u32 line = 0;  // of the capture; 0: of none
    std::vector<Message> sentences;
};

struct Outcome {
    std::vector<Remark> remarks;      // in the order to read them
    const char* tally_key = "conform.tally";
    u32 agreed = 0;                   // events, calls or frames
    u32 total = 0;
    bool is_perfect = false;          // also in what the tally does not count
    Message tally() const { return Message(tally_key).number("agreed", agreed).number("events", total); }
};

Outcome outcome_of(const ConformReport& report);
Outcome outcome_of(const ModuleReport& report);
Outcome outcome_of(const TraceReport& report, Arch arch);

// Two halves of one capture: what counts the first becomes a remark.
Outcome joined(Outcome first, Outcome second);
// A trace of pages too, whose snapshots, a file of this name, nobody brought.
Remark slab_calls_alone(std::string_view snapshots);

}  // namespace mmscope
