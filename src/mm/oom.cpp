#include "mm/oom.h"

#include <algorithm>

#include "mm/fork.h"
#include "mm/oom_classic.h"
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
    task.table_pages = mm.pgtable_pages();
    task.swap_entries = mm.swap_entries;
    task.oom_score_adj = table.find(pid)->oom_score_adj;
    return task;
}

// Which task goes, and what it weighed; not is_there: none can.
struct Choice {
    bool is_there = false;
    u32 heaviest = 0, victim = 0;  // places among the tasks
    u64 points = 0;
};

Choice choose_by_memory(const std::vector<WeighedTask>& tasks, u64 total_pages) {
    Choice choice;
    i64 most = 0;
    for (u32 at = 0; at < tasks.size(); ++at) {
        const std::optional<i64> points = oom_badness(tasks[at], total_pages);
        if (!points || (choice.is_there && *points < most)) continue;
        most = *points;
        choice = {true, at, at, static_cast<u64>(std::max<i64>(most, 0))};
    }
    return choice;
}

// Among equals the oldest, and a child in the place of its parent.
Choice choose_by_total_vm(const PageAllocator& memory, const std::vector<WeighedTask>& tasks) {
    Choice choice;
    for (u32 at = 0; at < tasks.size(); ++at) {
        if (classic_oom_adj(tasks[at].oom_score_adj) == kOomDisable) continue;
        const u64 points = classic_badness(memory, tasks[at]);
        if (!choice.is_there || points > choice.points) choice = {true, at, at, points};
    }
    if (!choice.is_there) return choice;
    const u32 child = classic_child_to_kill(memory, tasks[choice.heaviest].pid);
    for (u32 at = 0; child != 0 && at < tasks.size(); ++at)
        if (tasks[at].pid == child) choice.victim = at;
    return choice;
}

Choice choose(const PageAllocator& memory, const std::vector<WeighedTask>& tasks) {
    return memory.profile().oom_by_total_vm ? choose_by_total_vm(memory, tasks)
                                            : choose_by_memory(tasks, oom_total_pages(memory));
}

// What the kernel logs. A command's kills come one after another; a panic comes behind all.
void remember(PageAllocator& memory, const AllocRequest& request, std::vector<WeighedTask> tasks, OomEnd end,
              const Choice& choice) {
    ProcessTable& table = memory.processes();
    if (end == OomEnd::kill && !table.oom_kills.empty() && table.oom_kills.back().call != request.call)
        table.oom_kills.clear();
    OomKill kill;
    kill.end = end;
    kill.call = request.call;
    kill.gfp = request.gfp;
    kill.order = request.order;
    kill.highest_index = request.highest_index;
    kill.cpu = request.cpu;
    kill.asked_by = table.current;
    if (table.is_alive(table.current)) kill.asked_by_adj = table.find(table.current)->oom_score_adj;
    kill.points = choice.points;
    if (choice.is_there) kill.chosen = tasks[choice.heaviest].pid;
    const bool is_in_full = table.oom_kills.size() < kMostOomReports || end != OomEnd::kill;
    if (is_in_full) kill.moment = memory_moment(memory);
    kill.victim = is_in_full ? choice.victim : 0;
    kill.tasks = is_in_full ? std::move(tasks) : std::vector<WeighedTask>{tasks[choice.victim]};
    table.oom_kills.push_back(std::move(kill));
}

OomEnd end_without_kill(u32 panic_on_oom) {
    return panic_on_oom == 0 ? OomEnd::nobody_left : panic_on_oom == 1 ? OomEnd::panic_on_oom : OomEnd::compulsory;
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
    if (memory.profile().oom_by_total_vm)
        return static_cast<u32>(std::min<u64>(classic_badness(memory, task_of(memory.processes(), pid)), 0xffffffffU));
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
    const Choice choice = choose(memory, tasks);
    if (!choice.is_there || memory.sysctl().panic_on_oom != 0) return {};
    return {tasks[choice.victim].pages(), tasks[choice.victim].pid, true};
}

OomCandidate out_of_memory(PageAllocator& memory, const AllocRequest& request, Trace& trace) {
    std::vector<WeighedTask> tasks = weighed_tasks(memory);
    const Choice choice = choose(memory, tasks);
    const u32 type = static_cast<u32>(request.type), panic_on_oom = memory.sysctl().panic_on_oom;
    trace.emit_headline(TraceKind::out_of_memory, 0, request.order.value, type, kNoPfn.value, request.gfp.bits);
    if (panic_on_oom != 0 || !choice.is_there) {
        trace.emit_headline(TraceKind::oom_panic, 0, request.order.value, type, kNoPfn.value, request.gfp.bits,
                            panic_on_oom);
        remember(memory, request, std::move(tasks), end_without_kill(panic_on_oom), {});
        return {};
    }
    const OomCandidate victim{tasks[choice.victim].pages(), tasks[choice.victim].pid, true};
    memory.count(VmCounter::oom_kill);
    trace.emit_headline(TraceKind::mark_victim, 0, request.order.value, type, kNoPfn.value, victim.pages, victim.pid);
    remember(memory, request, std::move(tasks), OomEnd::kill, choice);
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
