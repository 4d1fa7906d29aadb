#include "play/runner.h"

#include <algorithm>

#include "play/looking.h"
#include "play/page_calls.h"
#include "play/process_calls.h"

namespace mmscope {

namespace {

constexpr u32 kItemsPerUnit = 256;  // list items copied for one unit of the budget

// One statement-like instruction at a time; an empty message means that it went well.
class Step {
public:
    Step(const Stage& stage, const Instruction& instruction, u32* budget)
        : stage_(stage), state_(stage.state), instruction_(instruction), budget_(*budget) {}
    Message execute();

private:
    Value pop();
    Message store(u32 variable, const Value& value);
    Message append();
    Message store_item();
    Message random();
    Message start_loop();
    Message next_turn();
    Message enter_cpu();
    void enter_context();
    Message enter_process();
    Message expect();
    Message say(std::vector<Mark>* said, u32* count);
    void release_list(u32 variable);
    Message wants_number(const Value& value) {
        return Message("error.number_expected").text("value", describe(stage_.scene(), value));
    }

    const Stage& stage_;
    ScriptState& state_;
    const Instruction& instruction_;
    u32& budget_;
};

Value Step::pop() {
    const Value value = state_.stack.back();
    state_.stack.pop_back();
    return value;
}

void Step::release_list(u32 variable) {
    state_.items -= static_cast<u32>(state_.lists[variable].size());
    state_.lists[variable].clear();
}

// A list is copied: every name has its own.
Message Step::store(u32 variable, const Value& value) {
    if (value == Value::list(variable)) return {};
    release_list(variable);
    state_.variables[variable] = value;
    if (value.kind != ValueKind::list) return {};
    state_.variables[variable] = Value::list(variable);
    const u64 length = list_length(state_, value);
    if (length > stage_.limits.items - state_.items)
        return Message("error.bound_items").number("most", stage_.limits.items);
    if (length != 0) state_.lists[variable] = state_.lists[static_cast<u32>(value.number)];
    state_.items += static_cast<u32>(length);
    budget_ -= std::min(budget_, static_cast<u32>(length / kItemsPerUnit));
    return {};
}

Message Step::append() {
    const Value value = pop();
    const u32 variable = instruction_.a;
    if (state_.variables[variable].kind != ValueKind::list) {
        const std::string held = describe(stage_.scene(), state_.variables[variable]);
        return Message("error.append_to").text("name", stage_.program.names.variables[variable]).text("value", held);
    }
    if (value.kind == ValueKind::list) return Message("error.list_in_list");
    if (state_.items >= stage_.limits.items) return Message("error.bound_items").number("most", stage_.limits.items);
    state_.lists[variable].push_back(value);
    ++state_.items;
    return {};
}

Message Step::store_item() {
    const Value value = pop();
    const Value index = pop();
    const u32 variable = instruction_.a;
    const Value& list = state_.variables[variable];
    if (list.kind != ValueKind::list || index.kind != ValueKind::integer) {
        const Scene scene = stage_.scene();
        return Message("error.not_a_list").text("value", describe(scene, list)).text("index", describe(scene, index));
    }
    if (value.kind == ValueKind::list) return Message("error.list_in_list");
    std::vector<Value>& items = state_.lists[variable];
    if (index.number < 0 || static_cast<u64>(index.number) >= items.size()) {
        return Message("error.no_item").number("index", index.number).number("length", static_cast<i64>(items.size()));
    }
    items[static_cast<u32>(index.number)] = value;
    return {};
}

Message Step::random() {
    const Value high = pop();
    const Value low = pop();
    if (low.kind != ValueKind::integer) return wants_number(low);
    if (high.kind != ValueKind::integer) return wants_number(high);
    if (low.number > high.number)
        return Message("error.random_range").number("low", low.number).number("high", high.number);
    state_.stack.push_back(Value::integer(stage_.machine.prng().between(low.number, high.number)));
    return {};
}

// Counters live in hidden variables: how often still; next and end; which list and next index.
Message Step::start_loop() {
    const u32 counter = instruction_.a;
    if (instruction_.op == Op::list_start) {
        const Value list = pop();
        if (list.kind != ValueKind::list)
            return Message("error.loop_list").text("value", describe(stage_.scene(), list));
        state_.variables[counter] = Value::integer(list.number);
        state_.variables[counter + 1] = Value::integer(0);
        return {};
    }
    const Value last = pop();
    if (last.kind != ValueKind::integer) return wants_number(last);
    if (instruction_.op == Op::repeat_start) {
        if (last.number < 0) return Message("error.repeat_negative").number("count", last.number);
        state_.variables[counter] = last;
        return {};
    }
    const Value first = pop();
    if (first.kind != ValueKind::integer) return wants_number(first);
    state_.variables[counter] = first;
    state_.variables[counter + 1] = last;
    return {};
}

Message Step::next_turn() {
    Value& counter = state_.variables[instruction_.a];
    if (instruction_.op == Op::repeat_next) {
        if (counter.number-- > 0) return {};
        state_.pc = instruction_.b;
        return {};
    }
    Value& bound = state_.variables[instruction_.a + 1];
    if (instruction_.op == Op::range_next) {
        if (counter.number < bound.number) return store(instruction_.c, Value::integer(counter.number++));
        state_.pc = instruction_.b;
        return {};
    }
    const Value list = Value::list(static_cast<u32>(counter.number));
    if (static_cast<u64>(bound.number) < list_length(state_, list)) {
        const Value item = state_.lists[static_cast<u32>(counter.number)][static_cast<u32>(bound.number++)];
        return store(instruction_.c, item);
    }
    state_.pc = instruction_.b;
    return {};
}

Message Step::enter_cpu() {
    const Value cpu = pop();
    if (cpu.kind != ValueKind::integer) return wants_number(cpu);
    const u32 cpus = stage_.machine.memory().cpus();
    if (cpu.number < 0 || cpu.number >= cpus)
        return Message("error.no_cpu").number("cpu", cpu.number).number("last", i64{cpus} - 1);
    state_.variables[instruction_.a] = Value::integer(state_.cpu);
    state_.cpu = static_cast<u32>(cpu.number);
    return {};
}

void Step::enter_context() {
    state_.variables[instruction_.a] = Value::integer(static_cast<i64>(state_.context));
    state_.context = static_cast<Context>(instruction_.b);
}

Message Step::enter_process() {
    const Value process = pop();
    if (process.kind != ValueKind::process)
        return Message("error.process_expected").text("value", describe(stage_.scene(), process));
    const u32 pid = static_cast<u32>(process.number);
    if (Message fault = process_fault(stage_.machine.memory(), pid); !fault.is_empty()) return fault;
    state_.variables[instruction_.a] = Value::integer(state_.process);
    state_.process = pid;
    return {};
}

Message Step::expect() {
    const Scene scene = stage_.scene();
    const bool has_sides = instruction_.op == Op::expect_compare;
    const Value right = pop();
    const Value left = has_sides ? pop() : right;
    Message error;
    bool holds = false;
    const bool is_condition = has_sides ? compare(scene, static_cast<Op>(instruction_.b), left, right, &holds, &error)
                                        : truth(scene, right, &holds, &error);
    if (!is_condition) return error;
    if (holds) return {};
    const bool is_said = instruction_.a != kNoText;
    Message message(has_sides ? (is_said ? "error.expect_sides_said" : "error.expect_sides")
                              : (is_said ? "error.expect_said" : "error.expect"));
    if (is_said) message.text("sentence", stage_.program.code.texts[instruction_.a]);
    message.text("condition", stage_.program.text_of(stage_.program.code.spans[state_.pc - 1]));
    message.text("left", describe(scene, left));
    if (has_sides) message.text("right", describe(scene, right));
    return message;
}

Message Step::say(std::vector<Mark>* said, u32* count) {
    const std::string& text = stage_.program.code.texts[instruction_.a];
    if (state_.marks + state_.notes >= stage_.limits.marks)
        return Message("error.bound_marks").number("most", stage_.limits.marks);
    if (*count == said->size()) said->push_back({state_.step, stage_.program.code.spans[state_.pc - 1].line, text});
    ++*count;
    const u32 wanted = stage_.journal.wanted_mark;
    const bool is_wanted =
        instruction_.op == Op::mark && wanted != kNoText && stage_.program.code.texts[wanted] == text;
    if (is_wanted) stage_.journal.has_reached_mark = true;
    return {};
}

Message Step::execute() {
    ++state_.pc;
    switch (instruction_.op) {
        case Op::random: return random();
        case Op::discard: state_.stack.pop_back(); return {};
        case Op::store: return store(instruction_.a, pop());
        case Op::append: return append();
        case Op::store_item: return store_item();
        case Op::repeat_start: case Op::range_start: case Op::list_start: return start_loop();
        case Op::repeat_next: case Op::range_next: case Op::list_next: return next_turn();
        case Op::enter_cpu: return enter_cpu();
        case Op::leave_cpu: state_.cpu = static_cast<u32>(state_.variables[instruction_.a].number); return {};
        case Op::enter_context: enter_context(); return {};
        case Op::leave_context:
            state_.context = static_cast<Context>(state_.variables[instruction_.a].number);
            return {};
        case Op::enter_process: return enter_process();
        case Op::leave_process: state_.process = static_cast<u32>(state_.variables[instruction_.a].number); return {};
        case Op::expect: case Op::expect_compare: return expect();
        case Op::mark: return say(&stage_.journal.marks, &state_.marks);
        case Op::note: return say(&stage_.journal.notes, &state_.notes);
        case Op::pause: stage_.journal.has_paused = true; return {};
        default: state_.break_on |= static_cast<u8>(instruction_.a); return {};  // Op::break_on
    }
}

const Value* top_values(const ScriptState& state, u32 count) {
    return state.stack.data() + (state.stack.size() - count);
}

// A free of NULL that the kernel ignores is passed over; it returns nothing, which the script sees as NULL.
bool pass_idle_call(ScriptState& state, const Instruction& instruction) {
    if (instruction.op != Op::page_call) return false;
    if (!is_idle_call(static_cast<PageCall>(instruction.a), top_values(state, instruction.b))) return false;
    state.stack.resize(state.stack.size() - instruction.b);
    state.stack.push_back(Value::null());
    ++state.pc;
    return true;
}

}  // namespace

ScriptState first_state(const Program& program) {
    ScriptState state;
    const u32 count = static_cast<u32>(program.names.variables.size());
    state.variables.resize(count);
    state.lists.resize(count);
    for (u32 variable = 0; variable < count; ++variable)
        if (program.names.is_list[variable] != 0) state.variables[variable] = Value::list(variable);
    return state;
}

Diagnostic fail_here(const Program& program, u32 pc, Message message) {
    const SourceSpan span = program.code.spans[pc];
    return {span.line, span.column, span.length, std::move(message)};
}

Halt advance(const Stage& stage, u32* budget, u32 line, Diagnostic* failure) {
    ScriptState& state = stage.state;
    const Scene scene = stage.scene();
    const std::vector<Instruction>& code = stage.program.code.instructions;
    Message error;
    for (;;) {
        const Instruction& instruction = code[state.pc];
        const u32 pc = state.pc;
        if (is_computing(instruction.op)) {
            if (compute(scene, instruction, &state.pc, &state.stack, &error)) continue;
        } else if (instruction.op == Op::statement || instruction.op == Op::turn) {
            if (instruction.op == Op::statement && line != 0 && stage.program.code.spans[pc].line >= line)
                return Halt::line;
            if (*budget == 0) return Halt::budget;
            --*budget;
            state.pc = instruction.op == Op::turn ? instruction.a : pc + 1;
        } else if (instruction.op == Op::end) {
            state.has_ended = true;
            return Halt::ended;
        } else if (instruction.op >= Op::page_call) {
            if (!pass_idle_call(state, instruction)) return Halt::command;
        } else {
            error = Step(stage, instruction, budget).execute();
        }
        if (error.is_empty()) continue;
        state.pc = pc;
        *failure = fail_here(stage.program, pc, std::move(error));
        return Halt::failed;
    }
}

Result<Command> next_command(const Stage& stage) {
    const ScriptState& state = stage.state;
    const Instruction& instruction = stage.program.code.instructions[state.pc];
    if (state.step >= stage.limits.commands) {
        return fail_here(stage.program, state.pc,
                         Message("error.bound_commands").number("most", stage.limits.commands));
    }
    Result<Command, Message> command = instruction.op == Op::sysctl
                                           ? sysctl_command(stage.scene(), instruction.a, state.stack.back())
                                           : page_command(stage.scene(), static_cast<PageCall>(instruction.a),
                                                          top_values(state, instruction.b), instruction.b);
    if (!command) return fail_here(stage.program, state.pc, command.error());
    return std::move(*command);
}

void finish_command(const Stage& stage, const CommandResult& result) {
    ScriptState& state = stage.state;
    const Instruction& instruction = stage.program.code.instructions[state.pc++];
    ++state.step;
    if (instruction.op == Op::sysctl) {
        state.stack.pop_back();
        return;
    }
    state.stack.resize(state.stack.size() - instruction.b);
    const PageCall call = static_cast<PageCall>(instruction.a);
    state.stack.push_back(is_process_call(stage.scene(), call)
                              ? process_call_value(call, result, state.step)
                              : page_call_value(stage.machine, call, result, state.step));
}

}  // namespace mmscope
