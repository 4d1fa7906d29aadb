// How processes begin and end: fork, exec, exit, and init, from which all others come.
//
// fork copies the areas of its parent and, of private memory that has pages of its own, the page table entries: both
// then map the same frames, and neither may write to them. Pages of files are found again by faults. exec begins with a
// stack of 132 KiB, whose topmost page it has written to, and maps the program's file: three quarters of it code, the
// rest data, one page of bss, and the heap behind. exit gives everything back. Left out: threads, vfork, the kernel's
// own memory for a process, its children's wait(). (kernel/fork.c, fs/exec.c, mm/memory.c: copy_page_range)
#pragma once

#include "mm/mmap.h"

namespace mmscope {

// A view; made for one call, cheap to make.
class ProcessControl {
public:
    ProcessControl(PageAllocator& memory, u32 cpu, u32 call, Trace& trace)
        : memory_(memory), cpu_(cpu), call_(call), trace_(trace) {}

    // Makes process 1 if there is none. `geometry` is that of every CPU's TLB. False: out of memory.
    bool start_init(const TlbGeometry& geometry);
    i64 fork(u32 parent);         // the child's pid, -EAGAIN, or -ENOMEM
    i64 exec(u32 pid, u32 file);  // 0, or -ENOMEM: the process is what it was
    void exit(u32 pid, Signal signal);

private:
    u32 new_mm(u32 owner);  // kNoMm: out of memory
    void drop_mm(u32 mm);
    bool add_stack(u32 mm);
    void map_program(u32 mm, u32 file);
    bool copy_areas(u32 parent_mm, u32 child_mm);
    // What copy_page_range has done so far: entries copied, and of those write-protected in both.
    struct Copied {
        u32 entries = 0;
        u32 write_protected = 0;
    };
    enum class CopiedOnWrite : u8 { no, yes };
    // The present entry `from` also as the child's `to`. Gives the parent's.
    static PageEntry copy_entry(PageTables* parent, EntryPlace from, PageTables* child, EntryPlace to,
                                CopiedOnWrite is_copied, Copied* copied);
    bool copy_pages(u32 parent_mm, u32 child_mm, const Vma& area, Copied* copied);
    bool copy_hugetlb_pages(u32 parent_mm, u32 child_mm, const Vma& area, Copied* copied);
    bool copy_page(u32 parent_mm, u32 child_mm, const Vma& area, u64 address, Copied* copied);
    bool copy_huge_page(u32 parent_mm, u32 child_mm, const Vma& area, u64 address, Copied* copied);

    PageAllocator& memory_;
    u32 cpu_;
    u32 call_;
    Trace& trace_;
};

}  // namespace mmscope
