// Keeping the TLBs true: which process a CPU runs, and who must forget what when page tables change.
//
// A CPU that changes to a process looks whether one of its six ASIDs is still that process's: then what the TLB holds
// is good, unless flushes have happened since; if not, the process takes the next ASID in turn. When entries lose
// rights, the CPU that did it drops them from its own TLB and asks the others that run the process now to do the same
// and waits (a shootdown); a CPU that does not run it learns from the generation when it comes back. More than 33 pages
// are dropped by dropping the ASID.
//
//   runs a process --(a kernel thread: kswapd, the flusher, the script itself)--> lazy: its page tables stay loaded
//        ^                                                                          |     nobody asks it to flush
//        +------(the process is back: flushed if generations have passed)-----------+     page tables freed: init_mm
//
// A CPU runs a process until something else runs there, as if a thread of it did; in Linux it would be idle, and lazy
// too. Left out: batches of flushes during reclaim, the trimming of mm_cpumask (6.13), global ASIDs.
// (arch/x86/mm/tlb.c)
#pragma once

#include <algorithm>

#include "mm/page_alloc.h"

namespace mmscope {

// What a change of page tables leaves to be flushed: one range from the first entry that changed to the last, with all
// between them, by pages as large as the smallest of them (struct mmu_gather). `height` of an entry: 0 of a page of 4 KiB.
class TlbGather {
public:
    // A leaf that maps [start, end) has changed (tlb_flush_pte_range, tlb_flush_pmd_range).
    void add(u64 start, u64 end, u32 height) {
        start_ = std::min(start_, start);
        end_ = std::max(end_, end);
        least_height_ = std::min(least_height_, height);
    }
    static TlbGather of(u64 start, u64 end, u32 height) {
        TlbGather one;
        one.add(start, end, height);
        return one;
    }
    // A table of this height goes that maps from `start` on; the entry that led to it is one higher. CPUs that are lazy
    // must not walk it, so they are asked too (pte_free_tlb).
    void add_table(u64 start, u32 height) {
        add(start, start + kPageSize, height + 1);
        frees_tables_ = true;
    }
    bool is_empty() const { return end_ == 0; }
    u64 start() const { return start_; }
    u64 end() const { return end_; }
    // No TLB knows larger pages than those of the PDPT.
    PageSize stride() const { return static_cast<PageSize>(std::min(least_height_, 2U)); }
    u32 pages() const { return static_cast<u32>(std::min<u64>((end_ - start_) >> page_shift(stride()), 0xffffffffU)); }
    bool frees_tables() const { return frees_tables_; }

private:
    u64 start_ = ~u64{0}, end_ = 0;
    u32 least_height_ = kMostTableLevels;
    bool frees_tables_ = false;
};

// A view that binds a CPU's TLB to a machine's memory; made for one call, cheap to make.
class TlbFlush {
public:
    TlbFlush(PageAllocator& memory, u32 cpu, Trace& trace) : memory_(memory), cpu_(cpu), trace_(trace) {}

    // Whether more than one process can have entries in a TLB: 64 bits, and 4.14 or later.
    static bool has_pcid(const PageAllocator& memory) {
        return memory.arch() == Arch::x86_64 && memory.profile().has_pcid;
    }
    // The CPU runs this process from now on (switch_mm_irqs_off). Gives its TLB, set to the process's ASID.
    Tlb& switch_mm(u32 mm);
    // The entry of one page has changed (flush_tlb_page).
    void flush_page(u32 mm, u64 address);
    // Those that were gathered have changed; nothing was: no flush (tlb_flush_mmu_tlbonly, flush_tlb_mm_range).
    void flush(u32 mm, const TlbGather& gathered);
    // Everything may have changed, and tables may have gone (flush_tlb_mm).
    void flush_mm(u32 mm);
    // Addresses of the kernel have changed, which every process shares (flush_tlb_kernel_range): more than 33 pages
    // cost every CPU its whole TLB. What is dropped page by page is of the kernel's, and no TLB here holds such pages.
    void flush_kernel_range(u64 start, u64 end);
    // The process is gone: no CPU runs it any more.
    void leave_mm(u32 mm);
    // A kernel thread runs on this CPU and has no page tables of its own: those of the process before it stay.
    void enter_lazy_tlb();
    // A process makes a system call here. If its tables were left loaded, it is what the CPU runs again.
    void resume(u32 mm);

private:
    enum class AskedBy : u8 { itself, another };
    void leave_lazily(u32 cpu, AskedBy by);
    void flush_entries(u32 mm, const TlbGather& gathered);
    u32 flush_others(u32 mm, const TlbGather& gathered);
    void flush_on(u32 cpu, const Mm& mm, const TlbGather& gathered);
    CpuTlb& on(u32 cpu) { return memory_.processes().cpus[cpu]; }
    u32 asids() const { return has_pcid(memory_) ? CpuTlb::kDynamicAsids : 1; }

    PageAllocator& memory_;
    u32 cpu_;
    Trace& trace_;
};

// While this lives, a kernel thread has the CPU; what ran there before goes on behind it.
class KernelThread {
public:
    KernelThread(PageAllocator& memory, u32 cpu, Trace& trace);
    ~KernelThread();
    KernelThread(const KernelThread&) = delete;
    KernelThread& operator=(const KernelThread&) = delete;

private:
    PageAllocator& memory_;
    u32 cpu_;
    Trace& trace_;
    u32 mm_ = kNoMm;  // that was interrupted
    u64 context_id_ = 0;
};

// Nothing that a TLB holds and would use is otherwise in the page tables. Empty, or a sentence.
std::string check_tlbs(const PageAllocator& memory);

}  // namespace mmscope
