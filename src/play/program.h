// A script after the compiler: instructions for a small stack machine, and where each came from.
//
//   source ─► Lexer ─► TokenStream ─► compile_script ─► Program ─► advance() moves a ScriptState through it
//
// Variables have numbers; loops keep their counters in hidden variables after the named ones. Texts (strings
// of the script, and what `flags(page)` can answer) have numbers too, so that every value stays sixteen bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "play/lexer.h"
#include "play/machine.h"
#include "play/value.h"

namespace mmscope {

enum class Op : u8 {
    // values: these change nothing but the stack
    constant,       // a: which; pushes it
    load,           // a: variable
    load_ops,       // commands applied so far
    item,           // list, index -> value
    negate, complement, negate_truth, to_truth,
    multiply, divide, modulo, add, subtract, shift_left, shift_right,
    less, less_equal, greater, greater_equal, equal, not_equal, bit_and, bit_xor, bit_or,
    jump,           // a: target
    jump_if_false,  // a: target; pops
    jump_if_true,   // a: target; pops
    look,           // a: Looking, b: arguments
    // statements
    random,         // low, high -> a number of the machine's generator
    statement,      // a statement begins: one unit of the budget. a: open blocks around it, b: loops among them
    turn,           // a: target; the next turn of a loop: one unit of the budget
    discard,        // pops the value of a call that nobody keeps
    store,          // a: variable; pops
    append,         // a: variable; pops
    store_item,     // a: variable; pops index and value
    repeat_start,   // a: counter; pops how often
    repeat_next,    // a: counter, b: where the loop ends
    range_start,    // a: counter (its successor: the end); pops first and end
    range_next,     // a: counter, b: where the loop ends, c: variable
    list_start,     // a: which list (its successor: the next index); pops the list
    list_next,      // a: which list, b: where the loop ends, c: variable
    enter_cpu,      // a: where the old number goes; pops the new one
    leave_cpu,      // a: where the old number is
    enter_context,  // a: where the old one goes, b: Context
    leave_context,  // a: where the old one is
    enter_process,  // a: where the old one goes; pops the new one
    leave_process,  // a: where the old one is
    expect,         // a: text of the sentence or kNoText; pops
    expect_compare, // a: as above, b: the comparing Op; pops both sides
    mark, note,     // a: text
    pause,
    break_on,       // a: BreakOn
    // commands: the machine changes
    page_call,      // a: PageCall; arguments -> value
    sysctl,         // a: SysctlName; pops
    end,
};

inline constexpr u32 kNoText = 0xffffffffU;

// What a run stops for: bit n of ScriptState::break_on is the n-th name.
inline constexpr const char* kBreakOnNames[] = {"failure", "fallback", "oom", "reclaim", "fault"};
inline constexpr u32 kBreakOnReasons = 5;

struct Instruction {
    Op op;
    u32 a = 0;
    u32 b = 0;
    u32 c = 0;
};

// The texts that every program begins with: what flags(page) answers.
enum class FrameFlag : u8 { none, buddy, reserved, head, tail, file_page, anonymous_page = file_page + 4,
                             slab = anonymous_page + 4, slab_head };
// Eight of them: pages on an LRU list, by PG_referenced + 2 * PG_active.
inline constexpr std::string_view kFrameFlags[] = {
    "0", "buddy", "reserved", "head", "tail",
    "uptodate|lru", "referenced|uptodate|lru", "uptodate|lru|active", "referenced|uptodate|lru|active",
    "uptodate|lru|swapbacked", "referenced|uptodate|lru|swapbacked", "uptodate|lru|active|swapbacked",
    "referenced|uptodate|lru|active|swapbacked", "slab", "slab|head"};

// A name of a GFP flag in the constants: its bits depend on the machine's kernel.
struct FlagName {
    u32 constant;
    std::string name;
};

struct Code {
    std::vector<Instruction> instructions;
    std::vector<SourceSpan> spans;  // of each instruction
    std::vector<Value> constants;
    std::vector<std::string> texts;
    std::vector<FlagName> flag_names;
};

struct Names {
    std::vector<std::string> variables;  // hidden ones are empty
    std::vector<u8> is_list;             // something is appended to it somewhere: it starts as an empty list
};

// Where in the source a key of the machine block stands.
struct KeySpan {
    std::string key;
    SourceSpan span;
};

struct Program {
    std::string source;
    std::vector<std::string> lines;
    MachineSpec spec;
    std::vector<KeySpan> spec_spans;  // "" : the machine statement itself
    u32 import_line = 0;              // of the first line of import_text
    Code code;
    Names names;

    // Gives the flag names their bits in this kernel.
    void bind(const Profile& profile);
    // The source between a span's first byte and its length.
    std::string_view text_of(SourceSpan span) const;
    // The source up to the statement of this instruction, open blocks closed: a script that comes to the same place.
    // Nothing in a loop, whose turns no text can cut, and after a command of the same statement.
    std::optional<std::string> source_before(u32 pc) const;
};

}  // namespace mmscope
