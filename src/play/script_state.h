// Where a running script is: everything that has to be kept to go on from here. A value.
#pragma once

#include <vector>

#include "mm/context.h"
#include "play/value.h"

namespace mmscope {

struct ScriptState {
    u32 pc = 0;
    u32 step = 0;      // commands applied
    u32 cpu = 0;       // where the script runs (on cpu N)
    Context context = Context::process;  // and as what (in irq)
    u32 process = 0;   // whose calls they are (as PROC); 0: the script's own
    u32 items = 0;     // in all lists together
    u32 marks = 0;     // mark and note statements executed
    u32 notes = 0;
    u8 break_on = 0;   // BreakOn bits
    bool has_ended = false;
    std::vector<Value> variables;
    std::vector<std::vector<Value>> lists;  // by variable
    std::vector<Value> stack;

    friend bool operator==(const ScriptState&, const ScriptState&) = default;
};

}  // namespace mmscope
