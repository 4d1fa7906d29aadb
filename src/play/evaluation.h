// Instructions that only compute: arithmetic that never overflows in silence, comparisons, items, jumps, and
// the calls that look at the machine (play/looking).
#pragma once

#include "play/program.h"
#include "play/script_state.h"

namespace mmscope {

// What an expression can see.
struct Scene {
    const Code& code;
    const Names& names;
    const ScriptState& state;  // variables, lists, step; its stack and pc are not looked at
    const Machine& machine;
    const Trace& trace;
};

inline constexpr bool is_computing(Op op) { return op <= Op::look; }

// Executes one computing instruction on `stack`; `pc` goes on or jumps. False: `error` says why.
bool compute(const Scene& scene, const Instruction& instruction, u32* pc, std::vector<Value>* stack, Message* error);

// `left op right` of a comparison.
bool compare(const Scene& scene, Op op, const Value& left, const Value& right, bool* answer, Message* error);
// Whether a condition holds; text, zones and lists are no condition.
bool truth(const Scene& scene, const Value& value, bool* answer, Message* error);

// A value as the language writes it.
std::string describe(const Scene& scene, const Value& value);

}  // namespace mmscope
