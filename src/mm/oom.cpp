#include "mm/oom.h"

#include "mm/fork.h"
#include "mm/page_cache.h"

namespace mmscope {

namespace {

// Nothing: it has no area.
std::optional<WeighedTask> script_s_task(const PageAllocator& memory) {
    WeighedTask task;
    bool is_there = false;
    for (const Mapping& mapping : memory.mapping_table().mappings) {
        if (mapping.kind != MappingKind::anonymous || mapping.is_gone) continue;
        is_there = true;
        task.total_vm += mapping.pages;
        task.rss[static_cast<u32>(RssKind::anon)] += mapping.resident;
        task.swap_entries += mapping.swapped;
    }
    return is_there ? std::optional(task) : std::nullopt;
}

WeighedTask task_of(const ProcessTable& table, u32 pid) {
    const Mm& mm = table.mm(pid);
    WeighedTask task;
    task.pid = pid;
    task.total_vm = mm.total_vm;
    task.rss = mm.rss;
    task.table_pages = mm.table_pages();
    task.swap_entries = mm.swap_entries;
    task.oom_score_adj = table.find(pid)->oom_score_adj;
    return task;
}

// The place of the one to be killed among the tasks; their number if there is none.
u32 choose(const std::vector<WeighedTask>& tasks, u64 total_pages) {
    u32 chosen = static_cast<u32>(tasks.size());
    i64 most = 0;
    for (u32 at = 0; at < tasks.size(); ++at) {
        const std::optional<i64> points = oom_badness(tasks[at], total_pages);
        if (!points || (chosen < tasks.size() && *points < most)) continue;
        most = *points;
        chosen = at;
    }
    return chosen;
}

// What the kernel logs of a kill. A command's kills come one after another.
void remember(PageAllocator& memory, const AllocRequest& request, std::vector<WeighedTask> tasks, u32 victim) {
    ProcessTable& table = memory.processes();
    if (!table.oom_kills.empty() && table.oom_kills.back().call != request.call) table.oom_kills.clear();
    OomKill kill;
    kill.call = request.call;
    kill.gfp = request.gfp;
    kill.order = request.order;
    kill.highest_index = request.highest_index;
    kill.cpu = request.cpu;
    kill.asked_by = table.current;
    if (table.is_alive(table.current)) kill.asked_by_adj = table.find(table.current)->oom_score_adj;
    const bool is_in_full = table.oom_kills.size() < kMostOomReports;
    if (is_in_full) kill.moment = memory_moment(memory);
    kill.victim = is_in_full ? victim : 0;
    kill.tasks = is_in_full ? std::move(tasks) : std::vector<WeighedTask>{tasks[victim]};
    table.oom_kills.push_back(std::move(kill));
}

}  // namespace

std::vector<WeighedTask> weighed_tasks(const PageAllocator& memory) {
    std::vector<WeighedTask> tasks;
    if (const auto script = script_s_task(memory)) tasks.push_back(*script);
    const ProcessTable& table = memory.processes();
    for (u32 pid = kInitPid + 1; pid <= table.processes.size(); ++pid)
        if (table.is_alive(pid)) tasks.push_back(task_of(table, pid));
    return tasks;
}

u64 oom_total_pages(const PageAllocator& memory) {
    u64 pages = 0;
    for (const Zone& zone : memory.zones()) pages += zone.managed;
    return pages + memory.swap().total();
}

std::optional<i64> oom_badness(const WeighedTask& task, u64 total_pages) {
    if (task.oom_score_adj == kOomScoreAdjMin) return std::nullopt;
    return i64{task.pages()} + i64{task.oom_score_adj} * static_cast<i64>(total_pages / 1000);
}

u32 oom_score(const PageAllocator& memory, u32 pid) {
    const i64 total = static_cast<i64>(oom_total_pages(memory));
    if (pid == kInitPid || total == 0) return 0;
    const auto points = oom_badness(task_of(memory.processes(), pid), static_cast<u64>(total));
    return points ? static_cast<u32>((1000 + *points * 1000 / total) * 2 / 3) : 0;
}

i64 set_oom_score_adj(PageAllocator& memory, u32 pid, i64 value, Trace& trace) {
    if (value < kOomScoreAdjMin || value > kOomScoreAdjMax) return failed(Errno::einval);
    memory.processes().processes[pid - 1].oom_score_adj = static_cast<i32>(value);
    trace.emit(TraceKind::oom_score_adj_update, 0, 0, 0, kNoPfn.value, pid, static_cast<u32>(value - kOomScoreAdjMin));
    return 0;
}

OomCandidate oom_candidate(const PageAllocator& memory) {
    const std::vector<WeighedTask> tasks = weighed_tasks(memory);
    const u32 chosen = choose(tasks, oom_total_pages(memory));
    return chosen == tasks.size() ? OomCandidate() : OomCandidate{tasks[chosen].pages(), tasks[chosen].pid, true};
}

OomCandidate out_of_memory(PageAllocator& memory, const AllocRequest& request, Trace& trace) {
    std::vector<WeighedTask> tasks = weighed_tasks(memory);
    const u32 chosen = choose(tasks, oom_total_pages(memory));
    const u32 type = static_cast<u32>(request.type);
    trace.emit_headline(TraceKind::out_of_memory, 0, request.order.value, type, kNoPfn.value, request.gfp.bits);
    if (chosen == tasks.size()) {
        trace.emit_headline(TraceKind::oom_panic, 0, request.order.value, type, kNoPfn.value, request.gfp.bits);
        return {};
    }
    const OomCandidate victim{tasks[chosen].pages(), tasks[chosen].pid, true};
    memory.count(VmCounter::oom_kill);
    trace.emit_headline(TraceKind::mark_victim, 0, request.order.value, type, kNoPfn.value, victim.pages, victim.pid);
    remember(memory, request, std::move(tasks), chosen);
    if (victim.pid != 0) {
        ProcessControl(memory, request.cpu, request.call, trace).exit(victim.pid, Signal::sigkill);
        return victim;
    }
    MappingTable& table = memory.mapping_table();
    table.killed_by = request.call;
    PageCache cache(memory, request.cpu, trace);
    for (u32 at = 0; at < table.mappings.size(); ++at)
        if (table.mappings[at].kind == MappingKind::anonymous && !table.mappings[at].is_gone) cache.unmap(at);
    return victim;
}

}  // namespace mmscope
