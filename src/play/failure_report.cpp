#include "play/failure_report.h"

#include "mm/address_event.h"
#include "play/oom_report_of.h"
#include "play/report_parts.h"
#include "play/session.h"
#include "play/slab_report_of.h"
#include "procfs/mem_info_layout.h"

namespace mmscope {
namespace {

bool is_logged(const PageAllocator& memory, Gfp mask) {
    if (mask.has(gfp::kNowarn)) return false;
    if (!mask.has(gfp::kDma) || !shows_only_usable_zones(memory.profile().version)) return true;
    for (const Zone& zone : memory.zones())
        if (zone.type == ZoneType::dma && zone.managed != 0) return true;
    return false;
}

const TraceEvent* last_failure(const Trace& trace) {
    for (u32 index = trace.kept(); index > 0; --index) {
        const TraceEvent& event = trace.kept_event(index - 1);
        if (event.kind == TraceKind::page_alloc_failure) return &event;
    }
    return nullptr;
}

bool is_about_objects(TraceKind kind) { return kind == TraceKind::slab_bug || kind == TraceKind::cache_from_obj; }

// A vfree of what is no area: of no pages.
const TraceEvent* refused_vfree(const Trace& trace) {
    for (u32 index = 0; index < trace.kept(); ++index) {
        const TraceEvent& event = trace.kept_event(index);
        if (event.kind == TraceKind::free_vmap_area_noflush && event.b == 0) return &event;
    }
    return nullptr;
}

// One WARN() of vfree. The address is not hashed, as elsewhere in this log.
void add_vfree_warning(const Machine& machine, std::string_view what, u64 address, u32 cpu, std::string* text) {
    *text += "------------[ cut here ]------------\nTrying to vfree() ";
    *text += what;
    *text += " (";
    const u32 digits = machine.memory().arch() == Arch::x86_64 ? 16 : 8;
    for (u32 at = digits; at-- != 0;) *text += "0123456789abcdef"[address >> (4 * at) & 15];
    *text += ")\n";
    print_report_caller(caller_of(machine, kScriptTask, cpu), text);
}

// What remove_vm_area and vfree warn of; of an address inside a page 6.3 and later say both.
std::string vfree_log(const Machine& machine, const TraceEvent& event, u32 cpu) {
    const u64 address = event_address(event) + event.pfn;
    const bool is_inside = event.pfn != 0;
    std::string text;
    if (is_inside) add_vfree_warning(machine, "bad address", address, cpu, &text);
    if (!is_inside || machine.memory().profile().vfree_warns_twice)
        add_vfree_warning(machine, "nonexistent vm area", address, cpu, &text);
    return text;
}

// Events of the last command.
bool has_slab_bugs(const Trace& trace) {
    for (u32 index = 0; index < trace.kept(); ++index)
        if (is_about_objects(trace.kept_event(index).kind)) return true;
    return false;
}

// Whether an earlier command has met a bug: then the kernel is tainted.
bool was_tainted(const Trace& trace) {
    u64 count = trace.counts()[static_cast<u32>(TraceKind::slab_bug)];
    for (u32 index = 0; index < trace.kept(); ++index)
        count -= trace.kept_event(index).kind == TraceKind::slab_bug ? 1 : 0;
    return count != 0;
}

// TAINT_BAD_PAGE, the sixth of nineteen letters (print_tainted). A warning's W is left out.
std::string slab_bugs_log(const Machine& machine, bool is_tainted, u32 cpu) {
    const std::string clean = "Not tainted", bad = "Tainted: G    B             ";
    std::string text;
    for (const SlabBug& bug : machine.heap().slab().bugs()) {
        SlabReport report = slab_report_of(bug, machine.memory());
        report.taints = is_tainted ? bad : clean;
        report.caller = caller_of(machine, kScriptTask, cpu);
        report.caller->kernel.replace(0, clean.size(), report.taints);
        text += print_slab_report(report);
        is_tainted |= bug.kind < SlabBug::Kind::still_has_objects;
    }
    return text;
}

}  // namespace

bool has_kernel_log(const Session& session) {
    if (!session.last_cpu()) return false;
    const Snapshot snapshot = session.snapshot();
    const TraceEvent* event = last_failure(*snapshot.trace);
    return (event != nullptr && is_logged(snapshot.memory(), {event->a})) || has_slab_bugs(*snapshot.trace) ||
           refused_vfree(*snapshot.trace) != nullptr ||
           has_oom_log(snapshot.memory(), snapshot.step);
}

std::string kernel_log(const Session& session) {
    if (!has_kernel_log(session)) return {};
    const Snapshot snapshot = session.snapshot();
    std::string text;
    if (has_oom_log(snapshot.memory(), snapshot.step)) text += oom_log(*snapshot.machine);
    const auto failure = failure_report_of(*snapshot.machine, *snapshot.trace, *session.last_cpu());
    if (failure) text += print_alloc_failure_report(*failure);
    if (has_slab_bugs(*snapshot.trace))
        text += slab_bugs_log(*snapshot.machine, was_tainted(*snapshot.trace), *session.last_cpu());
    if (const TraceEvent* event = refused_vfree(*snapshot.trace))
        text += vfree_log(*snapshot.machine, *event, *session.last_cpu());
    return text;
}

std::optional<AllocFailureReport> failure_report_of(const Machine& machine, const Trace& trace, u32 cpu) {
    const PageAllocator& memory = machine.memory();
    const TraceEvent* event = last_failure(trace);
    if (event == nullptr || !is_logged(memory, {event->a})) return std::nullopt;
    AllocFailureReport report;
    report.comm = task_name(kScriptTask);
    report.order = event->order;
    report.mode = reported_gfp(memory.profile(), {event->a});
    if (has_node_lines(memory.profile().version)) report.allowed = allowed_memory_of(memory);
    report.caller = caller_of(machine, kScriptTask, cpu);
    const AllocRequest request = memory.request_of({event->a}, {event->order}, 0, cpu);
    report.mem_info = mem_info_of(memory, memory_moment(memory), request.highest_index, cpu);
    return report;
}

void KernelRing::listen_to(Session& session) {
    session.on_command([this, &session] {
        text_ += kernel_log(session);
        if (text_.size() > 2 * kBytes) text_ = text();
    });
}

// From the beginning of a line.
std::string KernelRing::text() const {
    if (text_.size() <= kBytes) return text_;
    const std::size_t line = text_.find('\n', text_.size() - kBytes - 1);
    return text_.substr(line + 1);
}

}  // namespace mmscope
