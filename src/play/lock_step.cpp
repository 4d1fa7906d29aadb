#include "play/lock_step.h"

#include <algorithm>

#include "intake/object_capture.h"
#include "intake/recognise.h"
#include "intake/slab_trace.h"
#include "play/conform_objects.h"
#include "play/conform_slab.h"
#include "play/conform_slab_trace.h"

namespace mmscope {
namespace {

using Part = LockStep::Part;

Part part_of(std::string_view text) {
    if (is_layout(text)) return Part::layout;
    if (is_uname(text)) return Part::uname;
    if (is_slab_capture(text)) return Part::slab_rows;
    if (is_object_capture(text)) return Part::objects;
    if (is_object_states(text)) return Part::object_states;
    switch (capture_kind(text)) {
        case CaptureKind::golden:
            return Part::golden;
        case CaptureKind::module_capture:
            return Part::module_capture;
        case CaptureKind::kernel_dumps:
            return Part::snapshots;
        case CaptureKind::page_trace:
            return Part::trace;
        case CaptureKind::lackey:
        case CaptureKind::none:
            break;
    }
    const auto pieces = recognise(text);
    const bool is_zoneinfo = pieces && pieces->size() == 1 && pieces->front().kind == PieceKind::zoneinfo;
    return is_zoneinfo ? Part::zoneinfo : Part::none;
}

// The capture that a part belongs to; none: beside any.
Part capture_of(Part part) {
    if (part == Part::snapshots) return Part::trace;
    if (part == Part::object_states) return Part::objects;
    return part == Part::layout || part == Part::uname || part == Part::zoneinfo ? Part::none : part;
}

// What a drop is about: the first part of a capture. A table of caches is one only where there is no other.
std::size_t first_capture(const std::vector<Part>& parts) {
    std::size_t rows = parts.size();
    for (std::size_t at = 0; at < parts.size(); ++at) {
        if (capture_of(parts[at]) == Part::none) continue;
        if (parts[at] != Part::slab_rows) return at;
        rows = std::min(rows, at);
    }
    return rows;
}

}  // namespace

Part LockStep::kind() const {
    for (const Part part : {Part::golden, Part::module_capture}) {
        if (has(part)) return part;
    }
    if (has(Part::trace) || has(Part::snapshots)) return Part::trace;
    if (has(Part::objects) || has(Part::object_states)) return Part::objects;
    return has(Part::slab_rows) ? Part::slab_rows : Part::none;
}

// Whether it completes the capture that is here, or takes the place of a half that was wrong.
bool LockStep::joins(Part part, std::string_view text) const {
    if (part == Part::slab_rows)
        return kind() == Part::trace && has_slab_calls_ && !has(Part::slab_rows) && is_slab_table(text);
    const bool is_half = part == Part::snapshots || part == Part::trace || capture_of(part) == Part::objects;
    if (!is_half || kind() != capture_of(part)) return false;
    const bool is_missing = (part == Part::snapshots || part == Part::object_states) && !has(part);
    return is_missing || state_ == State::waiting || state_ == State::failed;
}

std::vector<Part> LockStep::take(std::vector<CaptureFile> files) {
    std::vector<Part> parts;
    for (const CaptureFile& file : files) parts.push_back(part_of(file.text));
    const std::size_t first = first_capture(parts);
    const bool brings_capture = first != parts.size();
    const bool is_joining = brings_capture && joins(parts[first], files[first].text);
    if (brings_capture && !is_joining) forget();
    const Part kind_taken = brings_capture && !is_joining ? capture_of(parts[first]) : kind();

    std::array<bool, kParts> is_taken{};
    for (std::size_t at = 0; at < files.size(); ++at) {
        Part& part = parts[at];
        const bool is_table = part == Part::slab_rows && kind_taken == Part::trace && is_slab_table(files[at].text);
        const bool is_of_it = is_table || capture_of(part) == kind_taken || capture_of(part) == Part::none;
        const bool has_capture = kind_taken != Part::none && (part != Part::zoneinfo || brings_capture);
        bool& taken = is_taken[static_cast<u32>(part)];
        if (part == Part::none || taken || !is_of_it || !has_capture) {
            part = Part::none;
            continue;
        }
        taken = true;
        trace_replay_.reset();
        module_replay_.reset();
        files_[static_cast<u32>(part)] = std::move(files[at]);
    }
    if (std::find(is_taken.begin(), is_taken.end(), true) != is_taken.end()) begin();
    return parts;
}

void LockStep::choose_kernel(std::string_view version) {
    chosen_kernel_ = version;
    restart();
}

void LockStep::restart() {
    if (kind() != Part::none) begin();
}

void LockStep::stop() {
    if (state_ == State::running) state_ = State::stopped;
}

void LockStep::forget() {
    trace_replay_.reset();
    module_replay_.reset();
    module_.reset();
    dumps_.clear();
    files_ = {};
    chosen_kernel_.clear();
    machine_ = {};
    has_page_events_ = has_slab_calls_ = false;
    state_ = State::empty;
}

void LockStep::begin() {
    trace_replay_.reset();
    module_replay_.reset();
    outcome_ = {};
    state_ = State::running;
    switch (kind()) {
        case Part::trace:
            return begin_trace();
        case Part::module_capture:
            return begin_module();
        case Part::objects:
            return begin_objects();
        default:
            return begin_whole();
    }
}

void LockStep::begin_trace() {
    if (has(Part::snapshots)) {
        auto dumps = parse_kernel_dumps(text(Part::snapshots));
        if (!dumps) return fail(Part::snapshots, dumps.error());
        dumps_ = std::move(*dumps);
        find_machine(&dumps_[0], dumps_[0].states);
    } else {
        find_machine(nullptr, {});
    }
    if (!has(Part::trace)) return wait_for(Message("lockstep.needs_trace"));
    const TraceSubjects subjects = trace_subjects(text(Part::trace));
    has_slab_calls_ = subjects.has_slabs;
    has_page_events_ = has(Part::snapshots) && (subjects.has_pages || !subjects.has_slabs);
    if (!has(Part::snapshots) && !subjects.has_slabs) return wait_for(Message("lockstep.needs_snapshots"));
    if (!has_page_events_) return static_cast<void>(needs_kernel());
    trace_replay_.emplace(text(Part::trace), dumps_, TraceMachine{machine_.arch, machine_.profile, machine_.cpus});
}

void LockStep::begin_module() {
    auto capture = parse_module_capture(text(Part::module_capture));
    if (!capture) return fail(Part::module_capture, capture.error());
    module_ = std::move(*capture);
    const std::vector<ZoneState>& own = module_->dumps[0].states;
    find_machine(&module_->dumps[0], own.empty() ? module_->states : own);
    if (needs_kernel()) return;
    auto replay = ModuleReplay::begin(*module_, machine_.arch, *machine_.profile, machine_.cpus);
    if (!replay) return fail(Part::module_capture, replay.error());
    module_replay_.emplace(std::move(*replay));
}

void LockStep::begin_objects() {
    if (!has(Part::objects)) return wait_for(Message("lockstep.needs_objects"));
    begin_whole();
}

// What is compared in one go.
void LockStep::begin_whole() {
    find_machine(nullptr, {});
    needs_kernel();
}

void LockStep::find_machine(const KernelDump* dump, std::span<const ZoneState> states) {
    const CaptureSurroundings beside{text(Part::layout), text(Part::uname), text(Part::zoneinfo)};
    machine_ = {};
    for (const std::string_view kernel :
         {std::string_view(chosen_kernel_), kernel_of(beside), version_in_name(file(kind()).name)}) {
        if (machine_.kernel.empty()) machine_.kernel = kernel;
    }
    if (machine_.kernel.empty()) {
        machine_.kernel = shown_kernel(states);
        machine_.is_shown = !machine_.kernel.empty();
    }
    machine_.profile = profile_for(machine_.kernel).profile;
    machine_.arch = beside.name_machine() || dump == nullptr ? arch_of(beside) : shown_arch(*dump);
    machine_.cpus = std::max(cpus_of(beside), dump == nullptr ? 1 : shown_cpus(*dump));
}

bool LockStep::needs_kernel() {
    if (machine_.profile != nullptr) return false;
    if (machine_.kernel.empty())
        wait_for(Message("lockstep.which_kernel"));
    else
        wait_for(Message("conform.unknown_kernel").text("kernel", machine_.kernel).text("known", profile_names()));
    return true;
}

void LockStep::wait_for(Message message) {
    missing_ = std::move(message);
    state_ = State::waiting;
}

void LockStep::fail(Part part, Diagnostic diagnostic) {
    failed_part_ = part;
    failure_ = std::move(diagnostic);
    state_ = State::failed;
}

void LockStep::finish(Outcome outcome) {
    outcome_ = std::move(outcome);
    state_ = State::finished;
}

u64 LockStep::bytes_read() const {
    if (state_ == State::finished) return bytes_total();
    return trace_replay_ ? trace_replay_->bytes_read() : 0;
}

bool LockStep::work(u32 budget) {
    if (state_ != State::running) return false;
    if (trace_replay_) {
        if (trace_replay_->run(budget)) return true;
        if (trace_replay_->failure())
            fail(Part::trace, *trace_replay_->failure());
        else
            join_slab_calls(outcome_of(trace_replay_->report(), machine_.arch));
    } else if (module_replay_) {
        if (module_replay_->run(budget)) return true;
        finish(outcome_of(module_replay_->report()));
    } else {
        work_whole();
    }
    return false;
}

void LockStep::work_whole() {
    const auto take = [&](Part part, auto outcome) {
        if (outcome)
            finish(*std::move(outcome));
        else
            fail(part, outcome.error());
    };
    const Profile& profile = *machine_.profile;
    const std::string_view whole = text(kind());
    if (kind() == Part::trace) return join_slab_calls({});
    if (kind() == Part::slab_rows)
        return take(Part::slab_rows, conform_slab(whole, profile, machine_.arch, machine_.cpus));
    if (kind() == Part::objects) {
        auto outcome = conform_objects(whole, text(Part::object_states), profile, machine_.arch, machine_.cpus);
        if (outcome) return finish(*std::move(outcome));
        return fail(outcome.error().in_states ? Part::object_states : Part::objects, outcome.error().diagnostic);
    }
    const auto report = conform(whole, profile);
    if (!report) return fail(Part::golden, report.error());
    finish(outcome_of(*report));
}

// The second half of a trace of both, or all of one that is of slabs alone.
void LockStep::join_slab_calls(Outcome pages) {
    if (!has_slab_calls_ || machine_.profile == nullptr) return finish(std::move(pages));
    auto slabs = conform_slab_trace(text(Part::trace), text(Part::slab_rows), *machine_.profile, machine_.arch);
    if (!slabs) {
        const bool is_of_table = slabs.error().line != 0 && has(Part::slab_rows);
        return fail(is_of_table ? Part::slab_rows : Part::trace, slabs.error());
    }
    if (has_page_events_) return finish(joined(std::move(pages), *std::move(slabs)));
    if (trace_subjects(text(Part::trace)).has_pages)
        slabs->remarks.insert(slabs->remarks.begin(), slab_calls_alone("capmod-snaps.txt"));
    finish(*std::move(slabs));
}

}  // namespace mmscope
