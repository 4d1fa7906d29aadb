// A kill of the OOM killer, as it was decided: who asked, whom it weighed, and how the memory stood (dump_header); or
// that nobody was killed and the kernel stopped.
//
// Kept for the kernel's log until another command needs a kill. The kernel logs ten of them in five seconds in full and
// of the others only who was killed; here, where no time passes in a command, ten of each command.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "mm/gfp.h"
#include "mm/memory_moment.h"
#include "mm/vma.h"

namespace mmscope {

inline constexpr u32 kMostOomReports = 10;       // of one command (DEFAULT_RATELIMIT_BURST)
inline constexpr i32 kOomScoreAdjMin = -1000;    // is never killed
inline constexpr i32 kOomScoreAdjMax = 1000;

// One task whom the killer may choose. In pages.
struct WeighedTask {
    u32 pid = 0;  // 0: the script's own process, with its simple areas
    u32 total_vm = 0;
    std::array<u32, kRssKinds> rss{};
    u32 table_pages = 0;
    u32 swap_entries = 0;
    i32 oom_score_adj = 0;

    u32 pages() const { return rss[0] + rss[1] + rss[2] + swap_entries + table_pages; }
};

enum class OomEnd : u8 { kill, nobody_left, panic_on_oom, compulsory };  // the last: panic_on_oom is 2

struct OomKill {
    OomEnd end = OomEnd::kill;
    u32 call = 0;  // the command
    Gfp gfp;
    Order order;
    u32 highest_index = 0;  // of the zones that the request could use
    u32 cpu = 0;
    u32 asked_by = 0;  // pid; 0: the script
    i32 asked_by_adj = 0;
    std::vector<WeighedTask> tasks;
    u32 victim = 0;                      // which of them; nothing where nobody was killed
    u32 chosen = 0;                      // pid of the one that weighed most: in 2.6 a child of it may be the victim
    u64 points = 0;                      // of that one
    std::optional<MemoryMoment> moment;  // nothing beyond kMostOomReports, and then the victim alone in `tasks`

    bool has_victim() const { return end == OomEnd::kill; }
    u64 bytes() const {
        return sizeof *this + tasks.size() * sizeof(WeighedTask) + (moment ? moment->bytes() : 0);
    }
};

}  // namespace mmscope
