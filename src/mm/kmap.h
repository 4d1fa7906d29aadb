// kmap: an address for a frame that has none. 32 bits only: HighMem lies outside the direct map.
//
//   PKMAP_BASE   | slot 0 | slot 1 | slot 2 | ...  1,024 slots of 4 KiB (512 with PAE)
//   count            -       3        1            0: free; 1: mapped by nobody, not yet flushed; n: n - 1 users
//
// A slot is taken in turn. kunmap() only lowers the count: the mapping stays, and a kmap() of the same frame finds it
// again, until the search has come round to the first slot: then all that nobody uses are unmapped, with one flush of
// the TLBs. A frame of low memory has its address in the direct map, and kmap() says just that, as it does for every
// frame on 64 bits. Left out: kmap_local_page() and its slots for each CPU. (mm/highmem.c)
#pragma once

#include <string>
#include <vector>

#include "mm/vmalloc.h"

namespace mmscope {

constexpr u32 kmap_slots(Arch arch) { return arch == Arch::x86_32_pae ? 512 : 1024; }  // LAST_PKMAP

class Kmap {
public:
    struct Slot {
        u32 pfn = kNoPfn.value;
        u32 count = 0;
    };

    // kmap_high of a frame of HighMem: its address; 0: every slot is in use, and the kernel would wait.
    u64 map(Pfn pfn, const Vmalloc::Caller& caller);
    // kunmap_high; the frame is mapped.
    void unmap(Pfn pfn, const Vmalloc::Caller& caller);

    // page_address of a frame of HighMem; 0: it has none.
    u64 address_of(Pfn pfn, const PageAllocator& memory) const;
    bool is_mapped(Pfn pfn) const;  // by somebody
    // The frame behind an address of the window; kNoPfn: none.
    Pfn frame_of(u64 address, const PageAllocator& memory) const;
    u32 used() const;  // slots that somebody uses
    const std::vector<Slot>& slots() const { return slots_; }  // empty: nobody has called kmap yet

    u32 last() const { return last_; }
    void set_last(u32 last) { last_ = last; }
    template <class Self, class Use>
    static void for_each_array(Self& self, Use&& use) {
        use(self.slots_);
    }
    std::string check(const PageAllocator& memory) const;  // empty, or a sentence

private:
    u64 base(const PageAllocator& memory) const { return vmalloc_window(memory).end + 2 * u64{kPageSize}; }
    u32 slot_of(Pfn pfn) const;  // slots_.size() if there is none
    void flush_unused(const Vmalloc::Caller& caller);

    std::vector<Slot> slots_;
    u32 last_ = 0;  // last_pkmap_nr
};

}  // namespace mmscope
