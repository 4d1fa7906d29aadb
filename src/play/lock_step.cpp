#include "play/lock_step.h"

#include <algorithm>

#include "intake/recognise.h"

namespace mmscope {
namespace {

using Part = LockStep::Part;

Part part_of(std::string_view text) {
    if (is_layout(text)) return Part::layout;
    if (is_uname(text)) return Part::uname;
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

bool is_half(Part part) { return part == Part::snapshots || part == Part::trace; }
bool is_capture(Part part) { return part == Part::golden || part == Part::module_capture || is_half(part); }

}  // namespace

Part LockStep::kind() const {
    for (const Part part : {Part::golden, Part::module_capture}) {
        if (has(part)) return part;
    }
    return has(Part::trace) || has(Part::snapshots) ? Part::trace : Part::none;
}

std::vector<Part> LockStep::take(std::vector<CaptureFile> files) {
    std::vector<Part> parts;
    for (const CaptureFile& file : files) parts.push_back(part_of(file.text));
    const auto first = std::find_if(parts.begin(), parts.end(), is_capture);
    const bool is_joining = kind() == Part::trace && (state_ == State::waiting || state_ == State::failed);
    if (first != parts.end() && !(is_half(*first) && is_joining)) forget();
    const Part kind_taken = first == parts.end() ? kind() : is_half(*first) ? Part::trace : *first;

    std::array<bool, kParts> is_taken{};
    for (std::size_t at = 0; at < files.size(); ++at) {
        Part& part = parts[at];
        const bool is_of_it = is_half(part) ? kind_taken == Part::trace : part == kind_taken || !is_capture(part);
        const bool has_capture = kind_taken != Part::none && (part != Part::zoneinfo || first != parts.end());
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
        default:
            return begin_golden();
    }
}

void LockStep::begin_trace() {
    if (has(Part::snapshots)) {
        auto dumps = parse_kernel_dumps(text(Part::snapshots));
        if (!dumps) return fail(Part::snapshots, dumps.error());
        dumps_ = std::move(*dumps);
        find_machine(&dumps_[0], dumps_[0].states);
    }
    if (!has(Part::trace)) return wait_for(Message("lockstep.needs_trace"));
    if (!has(Part::snapshots)) return wait_for(Message("lockstep.needs_snapshots"));
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

void LockStep::begin_golden() {
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
            finish(outcome_of(trace_replay_->report(), machine_.arch));
    } else if (module_replay_) {
        if (module_replay_->run(budget)) return true;
        finish(outcome_of(module_replay_->report()));
    } else {
        const auto report = conform(text(Part::golden), *machine_.profile);
        if (!report)
            fail(Part::golden, report.error());
        else
            finish(outcome_of(*report));
    }
    return false;
}

}  // namespace mmscope
