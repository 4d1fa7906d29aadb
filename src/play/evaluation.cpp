#include "play/evaluation.h"

#include "play/looking.h"

namespace mmscope {

namespace {

constexpr std::string_view symbol_of(Op op) {
    switch (op) {
        case Op::negate: case Op::subtract: return "-";
        case Op::complement: return "~";
        case Op::multiply: return "*";
        case Op::divide: return "/";
        case Op::modulo: return "%";
        case Op::add: return "+";
        case Op::shift_left: return "<<";
        case Op::shift_right: return ">>";
        case Op::less: return "<";
        case Op::less_equal: return "<=";
        case Op::greater: return ">";
        case Op::greater_equal: return ">=";
        case Op::equal: return "==";
        case Op::not_equal: return "!=";
        case Op::bit_and: return "&";
        case Op::bit_xor: return "^";
        case Op::bit_or: return "|";
        default: return "?";
    }
}

bool fail_operands(const Scene& scene, Op op, const Value& left, const Value& right, Message* error) {
    *error = Message("error.operands").text("op", symbol_of(op));
    error->text("left", describe(scene, left)).text("right", describe(scene, right));
    return false;
}

bool fail_arithmetic(const char* key, Op op, i64 left, i64 right, Message* error) {
    *error = Message(key).text("op", symbol_of(op)).number("left", left).number("right", right);
    return false;
}

bool shift(Op op, i64 left, i64 right, i64* result, Message* error) {
    if (right < 0 || right > 63) return fail_arithmetic("error.bad_shift", op, left, right, error);
    if (op == Op::shift_right) {
        *result = left >> right;
        return true;
    }
    *result = static_cast<i64>(static_cast<u64>(left) << right);
    return *result >> right == left || fail_arithmetic("error.overflow", op, left, right, error);
}

bool arithmetic(Op op, i64 left, i64 right, i64* result, Message* error) {
    bool overflows = false;
    switch (op) {
        case Op::multiply: overflows = __builtin_mul_overflow(left, right, result); break;
        case Op::add: overflows = __builtin_add_overflow(left, right, result); break;
        case Op::subtract: overflows = __builtin_sub_overflow(left, right, result); break;
        case Op::divide:
        case Op::modulo:
            if (right == 0) return fail_arithmetic("error.division_by_zero", op, left, right, error);
            overflows = right == -1 && __builtin_sub_overflow(i64{0}, left, result);
            if (!overflows && right == -1) *result = op == Op::divide ? -left : 0;
            if (right != -1) *result = op == Op::divide ? left / right : left % right;
            break;
        case Op::bit_and: *result = left & right; break;
        case Op::bit_xor: *result = left ^ right; break;
        case Op::bit_or: *result = left | right; break;
        default: return shift(op, left, right, result, error);
    }
    return !overflows || fail_arithmetic("error.overflow", op, left, right, error);
}

// page + n counts frames, as pointers to struct page do; address + n counts bytes.
bool move_handle(const Scene& scene, Op op, const Value& handle, const Value& distance, Value* result, Message* error) {
    if ((op != Op::add && op != Op::subtract) || distance.kind != ValueKind::integer)
        return fail_operands(scene, op, handle, distance, error);
    *result = handle;
    if (handle.kind == ValueKind::address) {
        const u64 bytes = static_cast<u64>(distance.number);
        result->number = static_cast<i64>(static_cast<u64>(handle.number) + (op == Op::add ? bytes : -bytes));
        return true;
    }
    if (!arithmetic(op, handle.number, distance.number, &result->number, error)) return false;
    if (result->number >= 0 && result->number < kNoPfn.value) return true;
    return fail_arithmetic("error.overflow", op, handle.number, distance.number, error);
}

bool binary(const Scene& scene, Op op, const Value& left, const Value& right, Value* result, Message* error) {
    if (left.kind == ValueKind::integer && right.kind == ValueKind::integer) {
        result->kind = ValueKind::integer;
        return arithmetic(op, left.number, right.number, &result->number, error);
    }
    const bool is_bitwise = op == Op::bit_and || op == Op::bit_or || op == Op::bit_xor;
    if (is_bitwise && left.kind == ValueKind::flags && right.kind == ValueKind::flags) {
        result->kind = ValueKind::flags;
        return arithmetic(op, left.number, right.number, &result->number, error);
    }
    if (left.kind == ValueKind::page || left.kind == ValueKind::address)
        return move_handle(scene, op, left, right, result, error);
    return fail_operands(scene, op, left, right, error);
}

bool unary(const Scene& scene, Op op, Value* value, Message* error) {
    if (op == Op::negate_truth || op == Op::to_truth) {
        bool answer = false;
        if (!truth(scene, *value, &answer, error)) return false;
        *value = Value::boolean(answer == (op == Op::to_truth));
        return true;
    }
    if (op == Op::complement && value->kind == ValueKind::flags) {
        *value = Value::flags({~value->gfp().bits});
        return true;
    }
    if (value->kind != ValueKind::integer) {
        *error = Message("error.operand").text("op", symbol_of(op)).text("value", describe(scene, *value));
        return false;
    }
    if (op == Op::negate) return arithmetic(Op::subtract, 0, value->number, &value->number, error);
    value->number = ~value->number;
    return true;
}

bool pick_item(const Scene& scene, const Value& list, const Value& index, Value* result, Message* error) {
    if (list.kind != ValueKind::list || index.kind != ValueKind::integer) {
        *error = Message("error.not_a_list").text("value", describe(scene, list)).text("index", describe(scene, index));
        return false;
    }
    const u64 length = list_length(scene.state, list);
    if (index.number < 0 || static_cast<u64>(index.number) >= length) {
        *error = Message("error.no_item").number("index", index.number).number("length", static_cast<i64>(length));
        return false;
    }
    *result = scene.state.lists[static_cast<u32>(list.number)][static_cast<u32>(index.number)];
    return true;
}

bool load(const Scene& scene, u32 variable, std::vector<Value>* stack, Message* error) {
    const Value& value = scene.state.variables[variable];
    stack->push_back(value);
    if (value.kind != ValueKind::unset) return true;
    *error = Message("error.no_value_yet").text("name", scene.names.variables[variable]);
    return false;
}

bool jump_on(const Scene& scene, const Instruction& jump, u32* pc, std::vector<Value>* stack, Message* error) {
    bool answer = false;
    const bool has_truth = truth(scene, stack->back(), &answer, error);
    stack->pop_back();
    if (has_truth && answer == (jump.op == Op::jump_if_true)) *pc = jump.a;
    return has_truth;
}

// What mmap and its kin answer is one or the other, so that a script may ask which.
bool is_address_and_error(const Value& address, const Value& error) {
    constexpr i64 kMaxErrno = 4095;
    return address.kind == ValueKind::address && error.kind == ValueKind::integer && error.number < 0 &&
           error.number >= -kMaxErrno;
}

bool is_ordering(Op op) { return op >= Op::less && op <= Op::greater_equal; }

}  // namespace

bool truth(const Scene& scene, const Value& value, bool* answer, Message* error) {
    *answer = value.is_true();
    if (value.has_truth()) return true;
    *error = Message("error.no_condition").text("value", describe(scene, value));
    return false;
}

bool compare(const Scene& scene, Op op, const Value& left, const Value& right, bool* answer, Message* error) {
    if (is_ordering(op)) {
        if (left.kind != ValueKind::integer || right.kind != ValueKind::integer)
            return fail_operands(scene, op, left, right, error);
        const bool is_less = left.number < right.number, is_equal = left.number == right.number;
        *answer = op == Op::less         ? is_less
                  : op == Op::less_equal ? is_less || is_equal
                  : op == Op::greater    ? !is_less && !is_equal
                                         : !is_less;
        return true;
    }
    bool same = left.kind == right.kind && left.number == right.number;
    if (left.kind == ValueKind::text && right.kind == ValueKind::text) {
        same = scene.code.texts[static_cast<u32>(left.number)] == scene.code.texts[static_cast<u32>(right.number)];
    }
    // Anything may be compared with NULL, an address with the number of an error (IS_ERR_VALUE), which it never is; all
    // else only with its like.
    const bool is_comparable = left.kind == right.kind || left.kind == ValueKind::null ||
                               right.kind == ValueKind::null || is_address_and_error(left, right) ||
                               is_address_and_error(right, left);
    if (!is_comparable || left.kind == ValueKind::list) return fail_operands(scene, op, left, right, error);
    *answer = same == (op == Op::equal);
    return true;
}

std::string describe(const Scene& scene, const Value& value) {
    std::string_view text;
    if (value.kind == ValueKind::text) text = scene.code.texts[static_cast<u32>(value.number)];
    if (value.kind == ValueKind::cache) text = scene.machine.heap().names()[static_cast<u32>(value.number)].name;
    const u64 length = value.kind == ValueKind::list ? list_length(scene.state, value) : 0;
    return value_text(value, scene.machine.memory().profile(), text, length);
}

bool compute(const Scene& scene, const Instruction& instruction, u32* pc, std::vector<Value>* stack, Message* error) {
    const Op op = instruction.op;
    ++*pc;
    switch (op) {
        case Op::constant: stack->push_back(scene.code.constants[instruction.a]); return true;
        case Op::load: return load(scene, instruction.a, stack, error);
        case Op::load_ops: stack->push_back(Value::integer(scene.state.step)); return true;
        case Op::negate: case Op::complement: case Op::negate_truth: case Op::to_truth:
            return unary(scene, op, &stack->back(), error);
        case Op::jump: *pc = instruction.a; return true;
        case Op::jump_if_false: case Op::jump_if_true: return jump_on(scene, instruction, pc, stack, error);
        case Op::look: return look(scene, static_cast<Looking>(instruction.a), instruction.b, stack, error);
        default: break;
    }
    const Value right = stack->back();
    stack->pop_back();
    const Value left = stack->back();
    if (op == Op::item) return pick_item(scene, left, right, &stack->back(), error);
    if (op >= Op::less && op <= Op::not_equal) {
        bool answer = false;
        const bool compared = compare(scene, op, left, right, &answer, error);
        stack->back() = Value::boolean(answer);
        return compared;
    }
    stack->back() = {};
    return binary(scene, op, left, right, &stack->back(), error);
}

}  // namespace mmscope
