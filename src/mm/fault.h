// An access through the MMU, and what the kernel does when it fails.
//
//   access --> TLB --hit--------------------------------------------> frame
//               '-miss-> walk --leaf, permitted--> A and D set, TLB filled --> frame
//                          '-none, or not permitted-> page fault -> area? rights? -> page -> entry set -> again
//                                                                     '-> SIGSEGV, SIGBUS: the process ends
//
// What a fault does follows from the area and from what stands in the entry: nothing there is demand zero, the shared
// zero page for a read, or a page of the file with those around it that are in memory (its tmpfs is full: SIGBUS); an
// entry without W in a writable area is copied, unless nobody else maps the page; a swap entry's page is read, unless
// the swap cache has it. Where huge pages are wanted and fit, the first fault brings one (huge_memory.h); hugetlb memory
// has its own way (hugetlb.h). Left out: userfaultfd, protection keys, locks and their retries. (arch/x86/mm/fault.c,
// mm/memory.c)
#pragma once

#include "mm/page_table.h"

namespace mmscope {

enum class Access : u8 { read, write, fetch };

namespace fault_code {  // of the processor
inline constexpr u32 kProtection = 1, kWrite = 2, kUser = 4, kReserved = 8, kFetch = 16;
}
// si_code of SIGSEGV and SIGBUS.
enum class SignalCode : u8 { none = 0, maperr = 1, accerr = 2, adrerr = 2, kernel = 0x80,
                             no_huge_page = 0x42 };  // BUS_ADRERR too: the name tells a sentence why

enum class FaultResult : u8 { done, no_area, no_right, beyond_file, no_space, no_huge_page, out_of_memory, killed };

struct AccessResult {
    Pfn pfn = kNoPfn;  // the frame that was reached; kNoPfn: none
    u32 faults = 0;
    Signal signal = Signal::none;  // that ended the process
    bool is_out_of_memory = false;
};

// The kernel's half. Bound to one Mm; made for one fault.
class FaultHandler {
public:
    FaultHandler(PageAllocator& memory, u32 mm, u32 cpu, u32 call, Trace& trace)
        : memory_(memory),
          mm_(mm),
          context_id_(memory.processes().mms[mm].context_id),
          cpu_(cpu),
          call_(call),
          trace_(trace) {}

    FaultResult handle(u64 address, Access access);

private:
    Mm& mm() { return memory_.processes().mms[mm_]; }
    bool is_alive() const { return memory_.processes().mms[mm_].context_id == context_id_; }
    FaultResult failure() const { return is_alive() ? FaultResult::out_of_memory : FaultResult::killed; }
    bool expand_stack(u32 above, u64 address);
    FaultResult anonymous(u64 address, EntryPlace place, Access access);
    FaultResult file(u64 address, EntryPlace place, Access access);
    FaultResult shared_write(u64 address, EntryPlace place, PageEntry entry);
    FaultResult write_protected(u64 address, EntryPlace place, PageEntry entry);
    FaultResult swapped(u64 address, EntryPlace place, PageEntry entry, Access access);
    // Of huge pages; nothing: the fault goes on with pages of 4 KiB (huge_fault.cpp).
    std::optional<FaultResult> huge(u64 address, Access access);
    std::optional<FaultResult> huge_anonymous(u64 address, EntryPlace place, Access access);
    std::optional<FaultResult> huge_write(u64 address, EntryPlace place);
    std::optional<FaultResult> huge_write_protected(u64 address, EntryPlace place, PageEntry entry);
    std::optional<FaultResult> huge_fallback(u64 address);
    Pfn new_huge_page(u64 address);
    void adopt_huge_page(u64 address, Pfn head);
    void set_huge(EntryPlace place, u64 address, Pfn head, u64 flags);
    // Of hugetlb memory (hugetlb_fault.cpp). The address is the first that the leaf maps.
    FaultResult hugetlb(u64 address, Access access);
    FaultResult hugetlb_no_page(u64 address, EntryPlace place, Access access);
    FaultResult hugetlb_write_protected(u64 address, EntryPlace place, PageEntry entry);
    void set_hugetlb(u64 address, EntryPlace place, Pfn head, u64 flags);
    void take_from_children(u64 address, Pfn head);
    FaultResult no_huge_page(u64 address, Vma::Reserve reserve);
    bool is_own_alone(Pfn pfn) const;
    u32 map_around(u64 address);
    void note_write(Pfn pfn);
    void forget_copied(PageEntry now, Pfn old, RssKind kind);
    Pfn new_page(u64 address, u32 more_flags);
    void join_anon_vma(u32 area);
    u32 window_of(u64 address);
    void set(EntryPlace place, u64 address, Pfn pfn, u64 flags);
    u64 flags_of(const Vma& area) const;
    void count_rss(RssKind kind, i32 by);
    PageTables tables() { return PageTables(memory_, mm_, cpu_, trace_); }

    PageAllocator& memory_;
    u32 mm_;
    u64 context_id_;
    u32 cpu_;
    u32 call_;
    Trace& trace_;
};

// The processor's half.
class Mmu {
public:
    Mmu(PageAllocator& memory, u32 cpu, u32 call, Trace& trace)
        : memory_(memory), cpu_(cpu), call_(call), trace_(trace) {}

    // One instruction of a living process that reads, writes, or is fetched from there.
    AccessResult access(u32 pid, u64 address, Access access);

private:
    enum class Tried : u8 { reached, fault };
    Tried try_access(u32 mm, u64 address, Access access, Pfn* pfn, u32* code);
    Tried walk(u32 mm, Tlb& tlb, u64 address, Access access, Pfn* pfn, u32* code);
    void set_dirty(u32 mm, Tlb& tlb, u64 address, Tlb::Translation translation);
    void emit_walk(const Walk& walk, u32 first_height, u64 address);
    AccessResult kill(u32 pid, u64 address, Signal signal, SignalCode code, u32 faults);

    PageAllocator& memory_;
    u32 cpu_;
    u32 call_;
    Trace& trace_;
};

}  // namespace mmscope
