// vmalloc: memory whose addresses follow each other and whose frames need not.
//
//   VMALLOC_START                                                              VMALLOC_END
//   | area 1: 3 pages |guard| area 2: 1 page |guard|  unpurged  | hole ...          |
//     |    |    |               |                   '-> unmapped, not yet flushed from the TLBs
//     f9   f2   f7              f3                      frames of the page allocator, one by one
//
// An area takes the lowest hole that it fits into, with one page behind it that is never mapped. Its frames are asked
// for singly, its page tables are made in frames of their own and stay for ever. vfree() unmaps and frees at once, but
// the addresses come back only when 32 MiB for each doubling of CPUs have been freed and all TLBs are flushed. Sizes are
// bytes where they are not called pages. Left out: huge mappings (kvmalloc of 6.x tries 2 MiB first), what the kernel
// allocates to keep its books (vm_struct, the array of pages), the pools of small areas of 6.9 and later, KASLR.
// (mm/vmalloc.c, Linux 6.1 and 6.12)
#pragma once

#include <string>
#include <vector>

#include "mm/page_alloc.h"

namespace mmscope {

// The kernel's addresses that are set aside.
struct KernelWindow {
    u64 start = 0;
    u64 end = 0;  // excluded
    bool contains(u64 address) const { return address >= start && address < end; }
    u64 bytes() const { return end - start; }
};
// VMALLOC_START .. VMALLOC_END: 32 TiB less one byte on x86_64 (4 levels); on 32 bits what lies between low memory with
// 8 MiB above it and the other mappings of the kernel: 120 MiB, or more where low memory is not all used.
KernelWindow vmalloc_window(const PageAllocator& memory);

struct VmapArea {
    u64 start = 0;
    u64 size = 0;       // bytes, the guard page counted
    u64 requested = 0;  // bytes
    u32 call = 0;       // number of the command that made it
    u32 is_unpurged = 0;
    u32 pages() const { return static_cast<u32>((size >> kPageShift) - 1); }
    u64 end() const { return start + size; }
};

// Why vmalloc gives NULL.
// The last two: why kvmalloc does not even ask it.
enum class VmallocFailure : u8 { none, zero, more_than_memory, no_hole, no_frames, no_table, may_not_sleep, int_max };
inline constexpr const char* kVmallocFailureNames[] = {"none",      "zero",     "more_than_memory", "no_hole",
                                                       "no_frames", "no_table", "may_not_sleep",    "int_max"};

class Vmalloc {
public:
    struct Caller {
        PageAllocator& memory;
        Trace& trace;
        u32 call;
        u32 cpu;
    };

    // vmalloc, vzalloc: the address, or 0 and `why`.
    u64 alloc(u64 bytes, Gfp mask, const Caller& caller, VmallocFailure* why);
    // vfree. False: there is no area for `address`; the kernel warns, and nothing is freed.
    bool free(u64 address, const Caller& caller);
    // The area that vfree would free: also one that has `address` as the start of any of its pages, the guard page too.
    const VmapArea* area_to_free(u64 address, const PageAllocator& memory) const;

    // The living area that begins at an address, or that has it in one of its pages; null if there is none.
    const VmapArea* area_at(u64 address) const;
    const VmapArea* area_of(u64 address) const;
    // The frame behind an address (vmalloc_to_page); kNoPfn: nothing is mapped there.
    Pfn frame_of(u64 address, const PageAllocator& memory) const;
    // The address that a frame has here; 0: none. Costs a pass over the page tables.
    u64 address_of(Pfn pfn, const PageAllocator& memory) const;

    const std::vector<VmapArea>& areas() const { return areas_; }  // by address; unpurged ones too
    u32 lazy_pages() const { return rest_.lazy_pages; }            // of unpurged areas
    u64 nr_pages() const { return rest_.nr_pages; }                // VmallocUsed
    u64 used_bytes() const;                                        // of all areas, guard pages too: VmallocUsed of 2.6
    u64 largest_hole(const PageAllocator& memory) const;           // bytes: its VmallocChunk
    u32 table_pages() const { return static_cast<u32>(pte_tables_.size() + pmd_tables_.size()); }
    u64 pages_on(u32 node, const PageAllocator& memory) const;     // of nr_pages()
    // Freed pages, above which the TLBs are flushed (lazy_max_pages).
    static u32 lazy_max_pages(u32 cpus);

    // A page table: the address of its first entry, its frame.
    struct Table {
        u64 base = 0;
        u32 pfn = 0;
        u32 padding = 0;  // named, so that equal tables are equal bytes
    };

    // As SlabAllocator's, for who saves and restores it.
    struct Rest {
        u32 lazy_pages = 0;
        u64 nr_pages = 0;
    };
    Rest rest() const { return rest_; }
    void set_rest(const Rest& rest) { rest_ = rest; }
    template <class Self, class Use>
    static void for_each_array(Self& self, Use&& use) {
        use(self.areas_);
        use(self.pte_tables_);
        use(self.pmd_tables_);
        use(self.entries_);
    }

    // Empty, or a sentence.
    std::string check(const PageAllocator& memory) const;
    u64 bytes() const;

private:
    u64 take_hole(u64 size, const Caller& caller);
    u64 lowest_hole(u64 size, const KernelWindow& window) const;
    bool map(u64 address, const std::vector<Pfn>& frames, Gfp mask, const Caller& caller);
    bool make_table(std::vector<Table>* tables, u64 base, u32 height, Gfp mask, const Caller& caller);
    u32* entry_of(u64 address, const PageAllocator& memory);
    const u32* entry_of(u64 address, const PageAllocator& memory) const;
    void release(u64 address, const Caller& caller);
    void purge(const Caller& caller);

    std::vector<VmapArea> areas_;
    std::vector<Table> pte_tables_;
    std::vector<Table> pmd_tables_;
    std::vector<u32> entries_;  // frames of the pages, table by table; kNoPfn.value: none
    Rest rest_;
};

}  // namespace mmscope
