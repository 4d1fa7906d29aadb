// The table of tasks in an OOM report: everybody whom the killer weighed (dump_tasks).
//
//   [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
//   [    150]     0   150    46071    45832    45696        0       136   405504        0           500 eat
//
// Amounts are pages, page tables are bytes. 6.1 and older have nine columns: the three parts of rss are missing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "procfs/log_lines.h"

namespace mmscope {

struct OomTask {
    u32 pid = 0;
    u32 uid = 0;
    u32 tgid = 0;
    u64 total_vm = 0;
    u64 rss = 0;
    u64 rss_anon = 0, rss_file = 0, rss_shmem = 0;  // only where the table has them
    u64 pgtables_bytes = 0;
    u64 swapents = 0;
    i32 oom_score_adj = 0;
    std::string name;
    friend bool operator==(const OomTask&, const OomTask&) = default;
};

struct OomTasks {
    bool has_rss_parts = false;
    std::vector<OomTask> tasks;
    friend bool operator==(const OomTasks&, const OomTasks&) = default;
};

// What a kernel prints whose version is major * 256 + minor.
constexpr bool has_rss_parts(u16 version) { return version >= 0x060c; }

inline constexpr std::string_view kOomTasksLine = "Tasks state (memory values in pages):";

// The header at which `lines` stands, after which rows follow.
Result<OomTasks> parse_oom_tasks_header(const LogLines& lines);
bool is_oom_task(std::string_view line);
Result<OomTask> parse_oom_task(const LogLines& lines, const OomTasks& table);
void print_oom_tasks(const OomTasks& tasks, std::string* out);

// What the killer weighs (oom_badness, 4.17 and later): rss, swap and page tables in pages, plus the adjustment in
// thousandths of `total_pages`, the RAM and swap that the task may use. The greatest is killed. A task with -1000
// never is: nothing.
std::optional<i64> oom_badness(const OomTask& task, u64 total_pages);

}  // namespace mmscope
