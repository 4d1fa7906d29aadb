// The stack machine that runs a program, resumable at every statement and every turn of a loop.
//
// It never changes the machine's memory: when it stands right before a command it halts, whoever drives it
// applies the command and gives back the result. (random() draws from the machine's generator on the way.)
#pragma once

#include "play/evaluation.h"
#include "play/session.h"

namespace mmscope {

// What a script says on its way. It only grows: a script that was stepped back says nothing twice.
struct Journal {
    std::vector<Mark> marks;
    std::vector<Mark> notes;
    u32 wanted_mark = kNoText;  // set by who waits for `mark`: any text equal to this one
    bool has_reached_mark = false;
    bool has_paused = false;
};

struct Stage {
    const Program& program;
    const SessionLimits& limits;
    Machine& machine;
    const Trace& trace;
    ScriptState& state;
    Journal& journal;

    Scene scene() const { return {program.code, program.names, state, machine, trace}; }
};

enum class Halt : u8 {
    budget,   // no unit left: call again
    command,  // right before a command
    line,     // before the first statement on or after the wanted line
    ended,
    failed,   // `failure` says where and why
};

// The state at the beginning of a program.
ScriptState first_state(const Program& program);
// Goes on until one of the above. `budget` counts statements and turns of loops down
// (and the copying of long lists); `line` 0: no such wish.
Halt advance(const Stage& stage, u32* budget, u32 line, Diagnostic* failure);
// The command that the state stands before.
Result<Command> next_command(const Stage& stage);
// Goes on behind that command.
void finish_command(const Stage& stage, const CommandResult& result);

// An error at the instruction that the state stands at.
Diagnostic fail_here(const Program& program, u32 pc, Message message);

}  // namespace mmscope
