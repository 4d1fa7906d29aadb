// What just happened, as sentences to be: message keys and numbers, one for each event worth telling.
//
// Keys are "event.<trace kind>" and "command.<what>"; the sentences stand in web/locales/*.json.
#pragma once

#include <vector>

#include "play/snapshot.h"

namespace mmscope {

Message narrate_event(const PageAllocator& memory, const TraceEvent& event);
// One line that says what the machine is: its summary, also the canvas' label ("summary").
Message summarize(const Snapshot& snapshot);

}  // namespace mmscope
