#include "play/oom_report_of.h"

#include "play/report_parts.h"
#include "play/slab_view.h"

namespace mmscope {
namespace {

constexpr u64 kPageKilobytes = kPageSize >> 10;

u64 rss_of(const WeighedTask& task, RssKind kind) { return task.rss[static_cast<u32>(kind)]; }

OomTask row_of(const WeighedTask& task) {
    OomTask row;
    row.pid = row.tgid = shown_pid(task.pid);
    row.total_vm = task.total_vm;
    row.rss_anon = rss_of(task, RssKind::anon);
    row.rss_file = rss_of(task, RssKind::file);
    row.rss_shmem = rss_of(task, RssKind::shmem);
    row.rss = row.rss_anon + row.rss_file + row.rss_shmem;
    row.pgtables_bytes = u64{task.table_pages} * kPageSize;
    row.swapents = task.swap_entries;
    row.oom_score_adj = task.oom_score_adj;
    row.name = task_name(task.pid);
    return row;
}

OomReport::Victim victim_of(const WeighedTask& task) {
    OomReport::Victim victim;
    victim.why = "Out of memory";
    victim.pid = shown_pid(task.pid);
    victim.name = task_name(task.pid);
    victim.total_vm = task.total_vm * kPageKilobytes;
    victim.anon_rss = rss_of(task, RssKind::anon) * kPageKilobytes;
    victim.file_rss = rss_of(task, RssKind::file) * kPageKilobytes;
    victim.shmem_rss = rss_of(task, RssKind::shmem) * kPageKilobytes;
    victim.pgtables = task.table_pages * kPageKilobytes;
    victim.oom_score_adj = task.oom_score_adj;
    return victim;
}

// dump_unreclaimable_slab.
std::vector<OomReport::Slab> unreclaimable_slab(const Machine& machine, const MemoryMoment& moment) {
    std::vector<OomReport::Slab> slabs;
    if (moment.slab_unreclaimable <= moment.lru_pages() || !machine.heap().has_slub()) return slabs;
    for (const CacheView& cache : cache_views(machine)) {
        if (cache.is_unlinked || cache.is_reclaimable || cache.counters.total_objects == 0) continue;
        slabs.push_back({std::string(cache.name), u64{cache.counters.objects} * cache.layout.size >> 10,
                         u64{cache.counters.total_objects} * cache.layout.size >> 10});
    }
    return slabs;
}

// What panic() says (out_of_memory, check_panic_on_oom).
std::string_view panic_of(OomEnd end, const Profile& profile) {
    const bool is_classic = profile.oom_by_total_vm;
    switch (end) {
        case OomEnd::panic_on_oom:
            return is_classic ? "out of memory. panic_on_oom is selected"
                              : "Out of memory: system-wide panic_on_oom is enabled";
        case OomEnd::compulsory:
            return is_classic ? "out of memory. Compulsory panic_on_oom is selected."
                              : "Out of memory: compulsory panic_on_oom is enabled";
        default:
            return is_classic ? "Out of memory and no killable processes..." : "System is deadlocked on memory";
    }
}

std::string classic_log(const Profile& profile, const OomKill& kill) {
    if (!kill.has_victim()) return print_panic(panic_of(kill.end, profile));
    const WeighedTask& victim = kill.tasks[kill.victim];
    return print_classic_oom_kill({shown_pid(kill.chosen), task_name(kill.chosen), kill.points, shown_pid(victim.pid),
                                   task_name(victim.pid)});
}

}  // namespace

bool has_oom_log(const PageAllocator& memory, u32 call) {
    const std::vector<OomKill>& kills = memory.processes().oom_kills;
    return !kills.empty() && kills.back().call == call;
}

OomReport oom_report_of(const Machine& machine, const OomKill& kill) {
    const PageAllocator& memory = machine.memory();
    OomReport report;
    report.comm = task_name(kill.asked_by);
    report.gfp_mask = reported_gfp(memory.profile(), kill.gfp);
    report.order = kill.order.value;
    report.oom_score_adj = kill.asked_by_adj;
    report.caller = caller_of(machine, kill.asked_by, kill.cpu);
    report.mem_info = mem_info_of(memory, *kill.moment, kill.highest_index, kill.cpu);
    report.unreclaimable_slab = unreclaimable_slab(machine, *kill.moment);
    report.tasks.has_rss_parts = has_rss_parts(memory.profile().version);
    for (const WeighedTask& task : kill.tasks) {
        OomTask row = row_of(task);
        if (!report.tasks.has_rss_parts) row.rss_anon = row.rss_file = row.rss_shmem = 0;
        report.tasks.tasks.push_back(std::move(row));
    }
    if (!kill.has_victim()) {
        report.has_nobody_line = kill.end == OomEnd::nobody_left;
        report.panic = panic_of(kill.end, memory.profile());
        return report;
    }
    const WeighedTask& victim = kill.tasks[kill.victim];
    report.summary = {"CONSTRAINT_NONE",     allowed_memory_of(memory), std::nullopt, "/",
                      task_name(victim.pid), shown_pid(victim.pid),     0};
    report.victims = {victim_of(victim)};
    return report;
}

std::string oom_log(const Machine& machine) {
    const PageAllocator& memory = machine.memory();
    const std::vector<OomKill>& kills = memory.processes().oom_kills;
    std::string text;
    for (const OomKill& kill : kills) {
        if (kill.call != kills.back().call) continue;  // before a panic those of an earlier command are kept
        if (memory.profile().oom_by_total_vm)
            text += classic_log(memory.profile(), kill);
        else
            text += kill.moment ? print_oom_report(oom_report_of(machine, kill))
                                : print_oom_victim(victim_of(kill.tasks[kill.victim]));
    }
    return text;
}

}  // namespace mmscope
