// The page tables of one process: walking them, changing them, and the frames that they are made of.
//
// A table is made when the first entry below it is needed, in a frame of the page allocator that is asked for zeroed
// (GFP_KERNEL_ACCOUNT|__GFP_ZERO) and shown as a page table on the map. It is given back when the areas go that it
// served, not when its entries become empty, as in Linux. Upper entries permit everything: the leaf alone decides.
// Leaves are pages of 4 KiB (height 0), or of 2 MiB and 1 GiB (heights 1 and 2, PS set). Left out: the kernel's half,
// the page of 4 KiB more that PTI gives the topmost table. (mm/memory.c, mm/pgtable-generic.c)
#pragma once

#include <algorithm>

#include "mm/page_alloc.h"

namespace mmscope {

// One entry that a walk has read.
struct WalkStep {
    u8 height = 0;
    u32 index = 0;
    u64 entry_address = 0;  // physical
    PageEntry entry;
};

// A walk from the top: it ends at a leaf or at an entry that leads nowhere.
struct Walk {
    u8 count = 0;
    std::array<WalkStep, kMostTableLevels> steps{};
    const WalkStep& last() const { return steps[count - 1U]; }
    bool is_leaf() const { return count != 0 && last().entry.is_present() && is_leaf_at(last()); }
    // Where the address lies in memory; 0 if the walk found no page.
    u64 physical(const PagingMode& mode, u64 address) const {
        if (!is_leaf()) return 0;
        return (u64{last().entry.pfn().value} << kPageShift) + (address & (mode.span(last().height) - 1));
    }
    static bool is_leaf_at(const WalkStep& step) { return step.height == 0 || step.entry.has(entry_bit::kLarge); }
};

// Where an entry stands.
struct EntryPlace {
    u32 slot = 0;
    u32 index = 0;
};

// A view that binds one process's tables to a machine; made for one call, cheap to make.
class PageTables {
public:
    PageTables(PageAllocator& memory, u32 mm, u32 cpu, Trace& trace)
        : memory_(memory), mm_(mm), cpu_(cpu), trace_(trace) {}

    // The topmost table. False: out of memory.
    bool make_top(u32 call);
    void free_top();

    // As the processor reads them; A and D are not set.
    Walk walk(u64 address) const;
    // The entry of a page of 4 KiB, if there is a table for it.
    std::optional<EntryPlace> find(u64 address) const { return find_at(address, 0); }
    // That of a leaf or table entry at a height; nothing if a table above it is missing or a larger leaf is there.
    std::optional<EntryPlace> find_at(u64 address, u32 height) const;
    // The same, making the tables that are missing (__pte_alloc and its kin). Nothing: out of memory.
    std::optional<EntryPlace> make(u64 address, u32 height, u32 call);
    // That of the leaf of a huge page that maps the address; nothing if there is none.
    std::optional<EntryPlace> find_huge(u64 address) const;
    PageEntry read(EntryPlace place) const { return store().read(place.slot, place.index, mode().entry_bytes); }
    void write(EntryPlace place, PageEntry entry);
    // A table for the pages around the address that nothing points to yet; kNoPfn: out of memory (pte_alloc_one).
    Pfn make_spare(u64 address, u32 call) { return make_table(0, address, call); }
    void free_spare(Pfn table) { free_table(table, 0); }
    // It waits beside the leaf of a huge page (pgtable_trans_huge_deposit, _withdraw).
    void deposit(EntryPlace leaf, u64 address, Pfn table);
    Pfn withdraw(EntryPlace leaf);
    u32 slot_of(Pfn table) const { return memory_.frames().table_slot(table); }
    // The tables that serve only addresses of [start, end), where nothing from `floor` to `ceiling` is mapped any more,
    // are no tables of the process from now on (free_pgd_range); they go back when no TLB uses them any more. `ceiling`
    // 0: to the end of the address space.
    struct Detached {
        Pfn table = kNoPfn;
        u32 height = 0;
        u64 start = 0;  // the first address that it maps
    };
    std::vector<Detached> detach_range(u64 start, u64 end, u64 floor, u64 ceiling);
    void free_detached(const std::vector<Detached>& tables);
    // Calls use(address, place, entry, height) for every leaf entry of [start, end) that is not empty, in order.
    template <class Use>
    void for_each(u64 start, u64 end, Use use) const {
        if (start < end) visit(top_slot(), mode().levels - 1U, start, end, use);
    }

    const PagingMode& mode() const { return memory_.processes().mode; }
    // Every table's frame is a page table's, its count of entries right, and the tables are as many as the Mm counts.
    std::string check() const;

private:
    TableStore& store() { return memory_.processes().tables; }
    const TableStore& store() const { return memory_.processes().tables; }
    Mm& mm() const { return memory_.processes().mms[mm_]; }
    u32 top_slot() const { return memory_.frames().table_slot(mm().pgd); }
    u32 slot_of(PageEntry entry) const { return slot_of(entry.pfn()); }
    Pfn make_table(u32 height, u64 address, u32 call);
    bool make_pae_pmds(u32 call);
    void point_to(EntryPlace place, u32 height, Pfn table);
    void free_table(Pfn pfn, u32 height);
    // What is to be freed: addresses, and those between which nothing is mapped.
    struct Freed {
        u64 start = 0, end = 0, floor = 0, ceiling = 0;
    };
    bool detach_below(u32 slot, u32 height, u64 base, const Freed& freed, std::vector<Detached>* gone);
    std::string check_deposited() const;
    std::string check_table(u32 slot, u32 height, std::array<u32, kMostTableLevels>* tables) const;
    u64 base_of(u32 height, u64 start) const {
        return height + 1U == mode().levels ? 0 : start & ~(mode().span(height + 1) - 1);
    }
    // The entries of one table that `start` and the last byte before `end` fall into.
    template <class Use>
    void visit(u32 slot, u32 height, u64 start, u64 end, Use& use) const {
        const u64 span = mode().span(height);
        for (u64 at = start; at < end; at = (at & ~(span - 1)) + span) {
            const EntryPlace place{slot, mode().index(at, height)};
            const PageEntry entry = read(place);
            if (entry.is_none()) continue;
            const u64 stop = std::min(end, (at & ~(span - 1)) + span);
            if (height == 0 || entry.has(entry_bit::kLarge))
                use(at & ~(span - 1), place, entry, height);
            else
                visit(slot_of(entry), height - 1, at, stop, use);
        }
    }

    PageAllocator& memory_;
    u32 mm_;
    u32 cpu_;
    Trace& trace_;
};

}  // namespace mmscope
