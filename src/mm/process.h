// The processes of a machine: who there is, whose memory is whose, and what each CPU's TLB holds of it. Data only;
// mmap.h, fork.h and fault.h work on it.
//
// Process 1 is init: it comes into being with the first process that a script makes, so that a machine without
// processes has spent no frame on them. A process that ends leaves its number behind and nothing else. Frames that are
// mapped have a count of their mappings in FrameTable; whose they are follows from the areas (rmap.h). Left out:
// threads, what the kernel itself allocates for a process (task_struct, its kernel stack, slab objects of areas).
#pragma once

#include <optional>
#include <vector>

#include "mm/hugetlb_pool.h"
#include "mm/oom_kill.h"
#include "mm/paging.h"
#include "mm/tlb.h"
#include "mm/user_heap.h"
#include "mm/vma.h"

namespace mmscope {

inline constexpr u32 kInitPid = 1;
inline constexpr u32 kMostProcesses = 1024;       // at a time; then fork answers -EAGAIN
inline constexpr u32 kMostProcessesEver = 32768;  // pid_max; numbers are not used again
inline constexpr u32 kNoMm = 0xffffffffU;

enum class Signal : u8 { none, sigbus = 7, sigkill = 9, sigsegv = 11 };

struct Process {
    u32 mm = kNoMm;  // its place in ProcessTable::mms; kNoMm: it has ended
    u32 parent = 0;
    Signal signal = Signal::none;  // that ended it
    u32 ended_by = 0;              // number of the command during which it ended
    i32 oom_score_adj = 0;         // -1000 (never killed) .. 1000, in thousandths of all memory
    bool is_alive() const { return mm != kNoMm; }
};

// What the TLB of one CPU holds of which process (struct tlb_state): six ASIDs, given round robin, each with the
// generation of flushes that it has seen. Without PCID (32 bits, and before 4.14) there is one, flushed at every change of
// process.
struct CpuTlb {
    static constexpr u32 kDynamicAsids = 6;
    struct Context {
        u64 id = 0;  // Mm::context_id; 0: none
        u64 generation = 0;
    };

    std::optional<Tlb> tlb;  // nothing: no process has run here
    u32 loaded_mm = kNoMm;  // kNoMm: the kernel's own tables alone (init_mm)
    bool is_lazy = false;   // a kernel thread runs here and has left the tables of whoever ran before
    u8 asid = 0;
    u8 next_asid = 1;
    std::array<Context, kDynamicAsids> contexts{};
};

struct ProcessTable {
    std::vector<Process> processes;  // that of pid n at [n - 1]
    std::vector<Mm> mms;
    std::vector<UserHeap> heaps;  // of malloc(), by the place of their Mm
    TableStore tables;
    std::vector<CpuTlb> cpus;
    TlbGeometry geometry;  // of every CPU
    FiveLevels five_levels = FiveLevels::no;  // of the page tables that the first process brings
    PagingMode mode;
    Pfn zero_page = kNoPfn;
    Pfn huge_zero_page = kNoPfn;  // there once somebody has read from a huge page that he never wrote to
    u64 huge_zero_put_off = 0;    // what its shrinker has put off
    HugetlbPools hugetlb;         // there before the first process: boot and vm.nr_hugepages fill them
    u64 last_context_id = 0;
    u32 last_anon_vma = 0;
    u64 committed = 0;  // Committed_AS, in pages
    u32 current = 0;    // pid of whoever makes the command that is carried out; 0: the script
    std::vector<OomKill> oom_kills;  // of the last command that needed any

    bool is_empty() const { return processes.empty(); }
    const Process* find(u32 pid) const { return pid == 0 || pid > processes.size() ? nullptr : &processes[pid - 1]; }
    bool is_alive(u32 pid) const { return find(pid) != nullptr && find(pid)->is_alive(); }
    Mm& mm(u32 pid) { return mms[processes[pid - 1].mm]; }
    const Mm& mm(u32 pid) const { return mms[processes[pid - 1].mm]; }
    u32 alive() const {
        u32 sum = 0;
        for (const Process& process : processes) sum += process.is_alive() ? 1 : 0;
        return sum;
    }
};

}  // namespace mmscope
