// "X invoked oom-killer": what the kernel logs when it kills a task for its memory (dump_header, oom_kill_process;
// 5.0 to 7.2).
//
//   eat invoked oom-killer: gfp_mask=0x140dca(...), order=0, oom_score_adj=500
//   CPU: 1 UID: 0 PID: 150 Comm: eat Not tainted 6.12.117+deb12-cloud-amd64 #1
//   Mem-Info: ...                               of a memory cgroup: its usage and limit instead
//   Unreclaimable slab info: ...                where slab holds more than the tasks
//   Tasks state (memory values in pages): ...
//   oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=eat,...
//   Out of memory: Killed process 150 (eat) total-vm:184284kB, anon-rss:182784kB, ...
//
// Where nobody is killed the kernel stops, and in the place of the last two lines stands
//
//   Out of memory and no killable processes...                       not with panic_on_oom
//   Kernel panic - not syncing: System is deadlocked on memory
//   ---[ end Kernel panic - not syncing: System is deadlocked on memory ]---
//
// Order -1 is a kill by hand (SysRq). Where a whole memory cgroup is killed (memory.oom.group), the other victims
// follow the first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "procfs/mem_info.h"
#include "procfs/memcg_usage.h"
#include "procfs/oom_tasks.h"
#include "procfs/report_caller.h"

namespace mmscope {

struct OomReport {
    struct Slab {  // kB
        std::string name;
        u64 used = 0, total = 0;
        friend bool operator==(const Slab&, const Slab&) = default;
    };
    // 7.2: what the memory cgroup of the request is guaranteed, kB.
    struct Protection {
        u64 min = 0, low = 0;
        friend bool operator==(const Protection&, const Protection&) = default;
    };
    struct Summary {
        std::string constraint;  // "CONSTRAINT_NONE", "CONSTRAINT_MEMCG"
        AllowedMemory allowed;
        std::optional<std::string> oom_memcg;  // the cgroup whose limit was reached; nothing: global_oom
        std::string task_memcg;
        std::string task;
        u32 pid = 0, uid = 0;
        friend bool operator==(const Summary&, const Summary&) = default;
    };
    struct Victim {       // kB
        std::string why;  // "Out of memory", "Memory cgroup out of memory"
        u32 pid = 0;
        std::string name;
        u64 total_vm = 0, anon_rss = 0, file_rss = 0, shmem_rss = 0;
        u32 uid = 0;
        u64 pgtables = 0;
        i32 oom_score_adj = 0;
        friend bool operator==(const Victim&, const Victim&) = default;
    };

    std::string comm;
    ReportedGfp gfp_mask;
    i32 order = 0;
    i32 oom_score_adj = 0;
    std::optional<ReportCaller> caller;
    std::optional<MemInfo> mem_info;  // either this
    std::optional<MemcgUsage> memcg;  // or that
    std::vector<Slab> unreclaimable_slab;
    std::optional<Protection> protection;
    OomTasks tasks;
    Summary summary;
    std::vector<Victim> victims;  // the first is the chosen one
    std::string panic;            // what the kernel stops with; then there is neither summary nor victim
    bool has_nobody_line = false; // "Out of memory and no killable processes..." stands before it
    std::string group;            // path of the cgroup that is killed as a whole; empty: only the first victim
    friend bool operator==(const OomReport&, const OomReport&) = default;
};

// Reads the report at whose first line `lines` stands, and stops behind it. Lines of others in between are passed
// over; their numbers go to `skipped`. Errors: numbers, columns, a report that is cut off.
Result<OomReport> parse_oom_report(LogLines& lines, std::vector<u32>* skipped = nullptr);
bool is_oom_head(std::string_view line);
// Without time stamps.
std::string print_oom_report(const OomReport& report);
// Its last line alone, which stands there also where the kernel logs no report because it logged too many.
std::string print_oom_victim(const OomReport::Victim& victim);

// What 2.6.32 logs of a kill: the heaviest task and its points, then who was killed, itself or a child.
struct ClassicOomKill {
    u32 chosen_pid = 0;
    std::string chosen;
    u64 points = 0;
    u32 victim_pid = 0;
    std::string victim;
};
std::string print_classic_oom_kill(const ClassicOomKill& kill);
// "Kernel panic - not syncing: WHY", a line.
std::string print_panic(std::string_view why);

}  // namespace mmscope
