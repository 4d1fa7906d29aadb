#include "mm/oom_classic.h"

#include <algorithm>

namespace mmscope {

namespace {

constexpr u32 kLessForCapability = 4;

template <class Use>
void for_each_child(const ProcessTable& table, u32 parent, Use use) {
    for (u32 pid = kInitPid + 1; parent != 0 && pid <= table.processes.size(); ++pid)
        if (table.is_alive(pid) && table.find(pid)->parent == parent) use(pid);
}

}  // namespace

i32 classic_oom_adj(i32 oom_score_adj) {
    return std::min(oom_score_adj * -kOomDisable / kOomScoreAdjMax, kOomAdjustMax);
}

u64 classic_badness(const PageAllocator& memory, const WeighedTask& task) {
    const i32 oom_adj = classic_oom_adj(task.oom_score_adj);
    if (oom_adj == kOomDisable) return 0;
    u64 points = task.total_vm;
    for_each_child(memory.processes(), task.pid,
                   [&](u32 child) { points += memory.processes().mm(child).total_vm / 2 + 1; });
    points = points / kLessForCapability / kLessForCapability;
    if (oom_adj > 0) points = std::max<u64>(points, 1) << oom_adj;
    if (oom_adj < 0) points >>= -oom_adj;
    return memory.arch() == Arch::x86_64 ? points : points & 0xffffffffU;  // an unsigned long
}

u32 classic_child_to_kill(const PageAllocator& memory, u32 pid) {
    const ProcessTable& table = memory.processes();
    u32 oldest = 0;
    for_each_child(table, pid, [&](u32 child) {
        if (oldest == 0 && classic_oom_adj(table.find(child)->oom_score_adj) != kOomDisable) oldest = child;
    });
    return oldest;
}

}  // namespace mmscope
