#include "mm/oom.h"

#include "mm/fork.h"
#include "mm/page_cache.h"

namespace mmscope {

OomCandidate oom_candidate(const PageAllocator& memory) {
    OomCandidate candidate;
    for (const Mapping& mapping : memory.mapping_table().mappings) {
        if (mapping.kind != MappingKind::anonymous || mapping.is_gone) continue;
        candidate.is_there = true;
        candidate.pages += mapping.resident + mapping.swapped;
    }
    const ProcessTable& table = memory.processes();
    for (u32 pid = kInitPid + 1; pid <= table.processes.size(); ++pid) {
        if (!table.is_alive(pid)) continue;
        const Mm& mm = table.mm(pid);
        const u32 points = mm.resident() + mm.swap_entries + mm.table_pages();
        if (!candidate.is_there || points > candidate.pages) candidate = {points, pid, true};
    }
    return candidate;
}

OomCandidate out_of_memory(PageAllocator& memory, const AllocRequest& request, Trace& trace) {
    const OomCandidate candidate = oom_candidate(memory);
    const u32 type = static_cast<u32>(request.type);
    trace.emit(TraceKind::out_of_memory, 0, request.order.value, type, kNoPfn.value, request.gfp.bits);
    if (!candidate.is_there) {
        trace.emit(TraceKind::oom_panic, 0, request.order.value, type, kNoPfn.value, request.gfp.bits);
        return candidate;
    }
    memory.count(VmCounter::oom_kill);
    trace.emit(TraceKind::mark_victim, 0, request.order.value, type, kNoPfn.value, candidate.pages, candidate.pid);
    if (candidate.pid != 0) {
        ProcessControl(memory, request.cpu, request.call, trace).exit(candidate.pid, Signal::sigkill);
        return candidate;
    }
    MappingTable& table = memory.mapping_table();
    table.killed_by = request.call;
    PageCache cache(memory, request.cpu, trace);
    for (u32 at = 0; at < table.mappings.size(); ++at)
        if (table.mappings[at].kind == MappingKind::anonymous && !table.mappings[at].is_gone) cache.unmap(at);
    return candidate;
}

}  // namespace mmscope
