#include "play/failure_report.h"

#include <algorithm>
#include <span>

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

bool is_said(const SlabBug& bug) { return !bug.is_silent || !bug.objects.empty(); }

// What the last command's heap was warned of.
std::span<const SlabBug> bugs_of(const Machine& machine) {
    const Heap* const heap = machine.heap_so_far();
    if (heap == nullptr) return {};
    return heap->slab().bugs();
}

bool has_bugs(const Machine& machine) {
    const std::span<const SlabBug> bugs = bugs_of(machine);
    return std::any_of(bugs.begin(), bugs.end(), is_said);
}

bool has_unexpected_gfp(const Trace& trace) {
    for (u32 index = 0; index < trace.kept(); ++index)
        if (trace.kept_event(index).kind == TraceKind::kmalloc_fix_flags) return true;
    return false;
}

std::string value_and_names(const Profile& profile, Gfp mask) {
    std::string text;
    print_gfp(reported_gfp(profile, mask), &text);
    return text.insert(text.find('('), " ");
}

// kmalloc_fix_flags().
std::string unexpected_gfp_log(const Machine& machine, const Trace& trace, u32 cpu) {
    const Profile& profile = machine.memory().profile();
    std::string text;
    for (u32 index = 0; index < trace.kept(); ++index) {
        const TraceEvent& event = trace.kept_event(index);
        if (event.kind != TraceKind::kmalloc_fix_flags) continue;
        text += "Unexpected gfp: " + value_and_names(profile, {event.a & ~event.b}) + ". Fixing up to gfp: " +
                value_and_names(profile, {event.b}) + ". Fix your code!\n";
        print_report_caller(caller_of(machine, kScriptTask, cpu), &text);
    }
    return text;
}

AllocFailureReport failure_of(const Machine& machine, Gfp mask, Order order, u32 cpu) {
    const PageAllocator& memory = machine.memory();
    AllocFailureReport report;
    report.comm = task_name(kScriptTask);
    report.mode = reported_gfp(memory.profile(), mask);
    if (has_node_lines(memory.profile().version)) report.allowed = allowed_memory_of(memory);
    report.caller = caller_of(machine, kScriptTask, cpu);
    const AllocRequest request = memory.request_of(mask, order, 0, cpu);
    report.mem_info = mem_info_of(memory, memory_moment(memory), request.highest_index, cpu);
    return report;
}

// warn_alloc() of __vmalloc_node_range(); nothing before 4.11. A hole is looked for with the guard page.
std::string vmalloc_log(const Machine& machine, const SlabBug& bug, u32 cpu) {
    const u16 version = machine.memory().profile().version;
    if (version < 0x040b) return {};
    std::string text;
    const bool is_no_hole = bug.why == static_cast<u32>(VmallocFailure::no_hole);
    const u64 pages = (bug.pointer + kPageSize - 1) / kPageSize + 1;
    if (is_no_hole && version < 0x060c)
        text = "vmap allocation for size " + std::to_string(pages * kPageSize) +
               " failed: use vmalloc=<size> to increase size\n";
    AllocFailureReport report = failure_of(machine, {bug.gfp}, {0}, cpu);
    report.vmalloc = "size " + std::to_string(bug.pointer) +
                     (is_no_hole ? ", vm_struct allocation failed" : ", exceeds total pages");
    return text + print_alloc_failure_report(report);
}

// One after the other, each with what those before it did to the kernel.
std::string bugs_log(const Machine& machine, u32 cpu) {
    std::string text;
    u32 taints = machine.heap().slab().taints_before();
    for (const SlabBug& bug : bugs_of(machine)) {
        if (bug.kind == SlabBug::Kind::vmalloc_error) {
            text += vmalloc_log(machine, bug, cpu);
            continue;
        }
        SlabReport report = slab_report_of(bug, machine.memory());
        report.taints = taints;
        report.caller = caller_of(machine, kScriptTask, cpu, 0);
        text += print_slab_report(report);
        taints |= taints_of(bug);
    }
    return text;
}

}  // namespace

bool has_kernel_log(const Session& session) {
    if (!session.last_cpu()) return false;
    const Snapshot snapshot = session.snapshot();
    const TraceEvent* event = last_failure(*snapshot.trace);
    return (event != nullptr && is_logged(snapshot.memory(), {event->a})) || has_bugs(*snapshot.machine) ||
           has_unexpected_gfp(*snapshot.trace) || has_oom_log(snapshot.memory(), snapshot.step);
}

std::string kernel_log(const Session& session) {
    if (!has_kernel_log(session)) return {};
    const Snapshot snapshot = session.snapshot();
    const Machine& machine = *snapshot.machine;
    const u32 cpu = *session.last_cpu();
    std::string text = unexpected_gfp_log(machine, *snapshot.trace, cpu);
    if (has_oom_log(snapshot.memory(), snapshot.step)) text += oom_log(machine);
    const auto failure = failure_report_of(machine, *snapshot.trace, cpu);
    if (failure) text += print_alloc_failure_report(*failure);
    if (has_bugs(machine)) text += bugs_log(machine, cpu);
    return text;
}

std::optional<AllocFailureReport> failure_report_of(const Machine& machine, const Trace& trace, u32 cpu) {
    const PageAllocator& memory = machine.memory();
    const TraceEvent* event = last_failure(trace);
    if (event == nullptr || !is_logged(memory, {event->a})) return std::nullopt;
    AllocFailureReport report = failure_of(machine, {event->a}, {event->order}, cpu);
    report.order = event->order;
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
