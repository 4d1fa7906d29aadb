#include "play/session.h"

#include <algorithm>
#include <cassert>

#include "play/digest.h"
#include "play/history.h"
#include "play/import.h"
#include "play/machine_block.h"
#include "play/moments.h"
#include "play/narration.h"
#include "play/proc_text.h"
#include "play/runner.h"
#include "play/script_compiler.h"

namespace mmscope {

namespace {

constexpr u32 kTraceEvents = 16384;  // of one command; one that brings in, moves or drops many pages makes more
constexpr u32 kMostDetails = 400;    // events of a command that is told block by block
constexpr u32 kLoadBudget = 10'000;  // statements before the first command, done while loading

struct Wish {
    enum class Kind : u8 { none, run, seek, mark, line };
    Kind kind = Kind::none;
    u32 target = 0;       // step or line
    u32 bookmark = 0;     // step of a replay at which to leave one; 0: none
    bool is_new = false;  // nothing was done for it yet
};

// Which of kBreakOnNames happened between two counts of events.
u32 reasons_since(const Trace::Counts& before, const Trace::Counts& after) {
    constexpr TraceKind kKinds[kBreakOnReasons][2] = {
        {TraceKind::page_alloc_failure, TraceKind::page_alloc_failure},
        {TraceKind::mm_page_alloc_extfrag, TraceKind::mm_page_alloc_extfrag},
        {TraceKind::out_of_memory, TraceKind::out_of_memory},
        {TraceKind::mm_vmscan_kswapd_wake, TraceKind::mm_vmscan_direct_reclaim_begin},
        {TraceKind::page_fault_user, TraceKind::page_fault_user}};
    u32 reasons = 0;
    for (u32 reason = 0; reason < kBreakOnReasons; ++reason)
        for (const TraceKind kind : kKinds[reason])
            if (after[static_cast<u32>(kind)] != before[static_cast<u32>(kind)]) reasons |= 1U << reason;
    return reasons;
}

}  // namespace

struct Session::State {
    explicit State(const SessionLimits& its_limits)
        : limits(its_limits), trace(kTraceEvents), history(its_limits.history_bytes, its_limits.keyframe_interval) {}

    Stage stage() { return {program, limits, machine, trace, script, journal}; }
    bool is_over() const { return failure.has_value() || script.has_ended; }
    u32 line() const { return program.code.spans[script.pc].line; }
    void make(Wish::Kind kind, u32 target);
    void go_back_to(u32 step);
    void begin_wish();
    bool has_arrived() const;
    void apply_command();
    void fail(Diagnostic diagnostic);
    MMSCOPE_LATER Moments moments_of_last_command();
    // What whoever looks is shown.
    const Machine& shown() const { return is_inside() ? moments->machine() : machine; }
    const Trace& shown_trace() const { return is_inside() ? moments->trace() : trace; }
    bool is_inside() const { return moments && moments->event() != 0; }

    SessionLimits limits;
    Program program;
    Machine machine;
    Trace trace;
    PageAllocator::Counted counted_before{};  // as the last command found them
    ScriptState script;
    Journal journal;
    History history;
    Wish wish;
    std::optional<Diagnostic> failure;
    std::optional<Command> last_command;
    CommandResult last_result;
    std::function<void()> heard;
    std::optional<Moments> moments;  // of the last command, if somebody looks into it
    bool has_broken = false;   // `break on` something that the last command did
    bool is_at_start = false;  // nothing was wished for since step 0: a mark there is still ahead
    std::vector<u32> call_lines;
    u32 last_cpu = 0;  // where the last command ran
    u32 last_step = 0;
    u64 generation = 1;
    u64 hashed_generation = 0;  // the one that `hash` is of
    u64 hash = 0;
};

void Session::State::make(Wish::Kind kind, u32 target) {
    wish = {kind, target, 0, true};
    is_at_start = kind == Wish::Kind::seek && target == 0;
    journal.wanted_mark = kNoText;
    moments.reset();
    ++generation;
}

void Session::State::fail(Diagnostic diagnostic) {
    failure = std::move(diagnostic);
    wish = {};
}

void Session::State::go_back_to(u32 step) {
    history.restore(step, &machine, &script, &trace);
    counted_before = machine.memory().counted();
    failure.reset();
    last_command.reset();
    has_broken = false;
}

// A step is shown with the events of the command that led to it, so a restored keyframe lies before that.
void Session::State::begin_wish() {
    wish.is_new = false;
    if (wish.kind == Wish::Kind::seek) {
        const u32 before = wish.target == 0 ? 0 : wish.target - 1;
        if (script.step > wish.target || history.nearest_step(before) > script.step) {
            go_back_to(before);
            wish.bookmark = history.bookmark_step(before).value_or(0);
        }
    }
    if (wish.kind == Wish::Kind::line && (is_over() || line() > wish.target)) go_back_to(0);
    journal.has_paused = journal.has_reached_mark = has_broken = false;
}

// Whether the wish is fulfilled right before the command that the script stands at.
bool Session::State::has_arrived() const {
    switch (wish.kind) {
        case Wish::Kind::none:
            return true;
        case Wish::Kind::run:
            return journal.has_paused || has_broken;
        case Wish::Kind::seek:
            return script.step >= wish.target;
        case Wish::Kind::mark:
            return journal.has_reached_mark;
        case Wish::Kind::line:
            break;
    }
    return line() == wish.target;
}

void Session::State::apply_command() {
    if (history.is_due(script.step)) history.take(machine, script, trace);
    if (wish.bookmark != 0 && script.step == wish.bookmark) history.set_bookmark(machine, script, trace);
    const u32 pc = script.pc;
    Result<Command> command = next_command(stage());
    if (!command) return fail(command.error());
    trace.begin();
    const std::optional<Trace::Counts> before =
        script.break_on != 0 ? std::optional(trace.counts()) : std::nullopt;
    last_cpu = script.cpu;
    counted_before = machine.memory().counted();
    const CommandResult result = machine.apply(*command, script.step + 1, script.cpu, trace);
    if (!result.refusal.is_empty()) return fail(fail_here(program, pc, result.refusal));
    if (call_lines.size() == script.step) call_lines.push_back(program.code.spans[pc].line);
    finish_command(stage(), result);
    last_result = result;
    last_command = std::move(*command);
    last_step = std::max(last_step, script.step);
    if (heard) heard();
    if (!result.end.is_empty()) return fail(fail_here(program, pc, result.end));
    if (before) has_broken |= (reasons_since(*before, trace.counts()) & script.break_on) != 0;
}

Session::Session(const SessionLimits& limits) : state_(std::make_unique<State>(limits)) { load(""); }
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

std::vector<Diagnostic> Session::load(std::string_view source) {
    Compilation compilation = compile_script(source);
    if (!compilation.errors.empty()) return std::move(compilation.errors);
    Result<Machine> machine = Machine::build(compilation.program.spec);
    if (!machine) return {place_machine_error(compilation.program, machine.error())};
    auto state = std::make_unique<State>(state_->limits);
    state->generation = state_->generation + 1;
    state->heard = std::move(state_->heard);
    state->program = std::move(compilation.program);
    state->machine = std::move(*machine);
    state->program.bind(state->machine.memory().profile());
    state->script = first_state(state->program);
    state->counted_before = state->machine.memory().counted();
    state_ = std::move(state);
    state_->history.take(state_->machine, state_->script, state_->trace);
    seek(0);
    work(kLoadBudget);
    return {};
}

const std::string& Session::source() const { return state_->program.source; }
std::optional<std::string> Session::source_so_far() const { return state_->program.source_before(state_->script.pc); }

void Session::run() {
    if (!state_->failure) state_->make(Wish::Kind::run, 0);
}

void Session::seek(u32 step) { state_->make(Wish::Kind::seek, step); }

void Session::run_until_line(u32 line) { state_->make(Wish::Kind::line, line); }

void Session::run_until_mark(std::string_view label) {
    const std::vector<Mark>& marks = state_->journal.marks;
    const Mark* first = nullptr;
    for (const Mark& mark : marks) {
        if (mark.label != label) continue;
        if (first == nullptr) first = &mark;
        const bool is_ahead = mark.step > state_->script.step || (mark.step == 0 && state_->is_at_start);
        if (!is_ahead) continue;
        seek(mark.step);
        state_->is_at_start = false;
        return;
    }
    const std::vector<std::string>& texts = state_->program.code.texts;
    const u32 wanted = static_cast<u32>(std::find(texts.begin(), texts.end(), label) - texts.begin());
    if (first != nullptr && state_->is_over()) return seek(first->step);
    if (wanted == texts.size() || state_->is_over()) return;
    state_->make(Wish::Kind::mark, 0);
    state_->journal.wanted_mark = wanted;
}

void Session::stop() {
    state_->wish = {};
    ++state_->generation;
}

void Session::on_command(std::function<void()> heard) { state_->heard = std::move(heard); }

bool Session::work(u32 budget) {
    State& state = *state_;
    if (state.wish.kind == Wish::Kind::none) return false;
    ++state.generation;
    if (state.wish.is_new) state.begin_wish();
    while (state.wish.kind != Wish::Kind::none && !state.is_over()) {
        Diagnostic failure;
        const u32 line = state.wish.kind == Wish::Kind::line ? state.wish.target : 0;
        const Halt halt = advance(state.stage(), &budget, line, &failure);
        if (halt == Halt::budget) return true;
        if (halt == Halt::failed) state.fail(std::move(failure));
        if (halt == Halt::command && !state.has_arrived()) {
            state.apply_command();
        } else {
            state.wish = {};
        }
    }
    state.wish = {};
    return false;
}

// The machine before the last command, found again as for a step back.
Moments Session::State::moments_of_last_command() {
    Machine before = machine;
    ScriptState script_before = script;
    Trace trace_before(kTraceEvents);
    Journal unheard;
    const u32 step = script.step - 1;
    history.restore(step, &before, &script_before, &trace_before);
    const Stage past{program, limits, before, trace_before, script_before, unheard};
    for (;;) {
        u32 budget = ~0U;
        Diagnostic failure_there;
        const Halt halt = advance(past, &budget, 0, &failure_there);
        assert(halt == Halt::command);
        if (halt != Halt::command || script_before.step == step) break;
        const Result<Command> command = next_command(past);
        finish_command(past, before.apply(*command, script_before.step + 1, script_before.cpu, trace_before));
    }
    const u64 count = trace.size();
    return {std::move(before), *last_command, step + 1, last_cpu, count, trace_before};
}

u64 Session::events() const {
    const bool is_small = state_->machine.memory().frames().frames() <= kMostFramesOfMoments;
    return state_->last_command && is_small && state_->wish.kind == Wish::Kind::none ? state_->trace.size() : 0;
}

void Session::look_at(u64 event) {
    ++state_->generation;
    if (event == 0 || event > events()) return state_->moments.reset();
    if (!state_->moments) state_->moments.emplace(state_->moments_of_last_command());
    state_->moments->show(event);
}

Snapshot Session::snapshot() const {
    Snapshot snapshot;
    snapshot.machine = &state_->shown();
    snapshot.trace = &state_->shown_trace();
    snapshot.event = state_->is_inside() ? state_->moments->event() : 0;
    snapshot.counted_before = &state_->counted_before;
    snapshot.generation = state_->generation;
    snapshot.step = state_->script.step;
    snapshot.last_step = state_->last_step;
    snapshot.line = state_->line();
    snapshot.call_lines = &state_->call_lines;
    snapshot.source_lines = &state_->program.lines;
    if (state_->failure) {
        snapshot.state = RunState::failed;
    } else if (state_->script.has_ended) {
        snapshot.state = RunState::finished;
    } else if (state_->wish.kind != Wish::Kind::none) {
        snapshot.state = RunState::running;
    }
    return snapshot;
}

const std::optional<Diagnostic>& Session::failure() const { return state_->failure; }
const std::vector<Mark>& Session::marks() const { return state_->journal.marks; }
const std::vector<Mark>& Session::notes() const { return state_->journal.notes; }
u64 Session::history_bytes() const { return state_->history.bytes(); }

u64 Session::state_hash() const {
    if (state_->hashed_generation == state_->generation) return state_->hash;
    Digest digest;
    digest.add(state_->machine.state_hash());
    digest.add(state_->script.step);
    state_->hashed_generation = state_->generation;
    state_->hash = digest.value();
    return state_->hash;
}

std::vector<Session::Told> Session::told(u32 most) const {
    std::vector<Told> told;
    if (!state_->last_command || most == 0) return told;
    const Trace& trace = state_->trace;
    told.push_back({0, narrate_command(state_->machine, *state_->last_command, state_->last_result, state_->script.step)});
    const bool has_details = trace.size() <= kMostDetails;
    u64 left_out = 0;
    const auto tell = [&](u64 position, const TraceEvent& event) {
        const bool is_told = has_details || !is_detail(event.kind);
        left_out += is_told ? 0 : 1;
        Message sentence = is_told ? narrate_event(state_->machine, event) : Message();
        if (!sentence.is_empty()) told.push_back({position + 1, std::move(sentence)});
    };
    const u64 first_kept = trace.size() - trace.kept();
    left_out += first_kept;
    for (const Trace::Headline& headline : trace.headlines()) {
        if (headline.position >= first_kept || told.size() == most) break;
        tell(headline.position, headline.event);
        --left_out;
    }
    for (u32 index = 0; index < trace.kept() && told.size() < most; ++index)
        tell(first_kept + index, trace.kept_event(index));
    if (left_out != 0) told.push_back({0, Message("event.left_out").number("count", static_cast<i64>(left_out))});
    return told;
}

std::vector<Message> Session::narration(u32 most) const {
    std::vector<Message> sentences;
    for (Told& one : told(most)) sentences.push_back(std::move(one.sentence));
    return sentences;
}

Result<ScriptValue> Session::evaluate(std::string_view expression) const {
    Result<Code> code = compile_question(expression, state_->program);
    if (!code) return code.error();
    for (const FlagName& flag : code->flag_names) {
        code->constants[flag.constant] = Value::flags(*gfp_from_name(flag.name, state_->shown().memory().profile()));
    }
    const Scene scene{*code, state_->program.names, state_->script, state_->shown(), state_->shown_trace()};
    std::vector<Value> stack;
    for (u32 pc = 0; pc < code->instructions.size();) {
        const SourceSpan span = code->spans[pc];
        Message error;
        if (!compute(scene, code->instructions[pc], &pc, &stack, &error)) {
            return Diagnostic{span.line, span.column, span.length, std::move(error)};
        }
    }
    const Value& value = stack.back();
    ScriptValue answer{value.kind == ValueKind::integer, value.number, {}};
    answer.text = value.kind == ValueKind::text ? code->texts[static_cast<u32>(value.number)] : describe(scene, value);
    return answer;
}

std::optional<u32> Session::last_cpu() const {
    if (!state_->last_command) return std::nullopt;
    return state_->last_cpu;
}

std::optional<std::string> Session::proc_text(std::string_view name) const {
    return mmscope::proc_text(state_->shown(), name);
}

std::vector<Message> Session::machine_notes() const {
    const Machine& machine = state_->machine;
    std::vector<Message> notes;
    if (machine.import() != nullptr) notes = machine.import()->notes;
    if (!machine.is_exact_profile()) {
        notes.push_back(Message("note.newer_kernel")
                            .text("kernel", machine.kernel())
                            .text("rules", machine.memory().profile().name));
    }
    if (machine.has_refused_thp()) notes.push_back(Message("note.too_small_for_thp"));
    return notes;
}

}  // namespace mmscope
