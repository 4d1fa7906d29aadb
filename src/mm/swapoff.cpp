// swapoff's way back: page by page, until no entry means a slot of the area any more (try_to_unuse).
#include "mm/page_cache.h"
#include "mm/page_table.h"
#include "mm/swap.h"

namespace mmscope {

namespace {

// Rather no page than the OOM killer: it would end whoever called swapoff.
constexpr Gfp kNoKill{gfp::kNoretry | gfp::kNowarn};

}  // namespace

// Shared memory and the script's own areas.
bool Swap::empty_mappings(u32 area, u32 call) {
    MappingTable& table = memory_.mapping_table();
    PageCache cache(memory_, cpu_, trace_);
    for (u32 number = 0; number < table.mappings.size(); ++number)
        for (u32 index = 0; index < table.mappings[number].pages && table.mappings[number].swapped != 0; ++index) {
            const SwapEntry entry = page_word::swap(table.frame[table.mappings[number].first + index]);
            if (entry.is_none() || entry.area() != area) continue;
            if (cache.swap_in(number, index, call, kNoKill) == kNoPfn) return false;
        }
    return true;
}

bool Swap::empty_processes(u32 area, u32 call) {
    for (u32 mm = 0; mm < memory_.processes().mms.size(); ++mm) {
        if (!memory_.processes().mms[mm].is_used || memory_.processes().mms[mm].swap_entries == 0) continue;
        const PageTables tables(memory_, mm, cpu_, trace_);
        std::vector<u64> addresses;
        tables.for_each(0, memory_.processes().mms[mm].task_size, [&](u64 address, EntryPlace, PageEntry entry, u32) {
            if (entry.is_swap() && tables.mode().swap_of(entry).area() == area) addresses.push_back(address);
        });
        for (const u64 address : addresses)
            if (!unuse_entry(mm, address, call)) return false;
    }
    return true;
}

// unuse_pte: the entry leads to the page again, as one that nobody has used yet.
bool Swap::unuse_entry(u32 mm, u64 address, u32 call) {
    PageTables tables(memory_, mm, cpu_, trace_);
    const EntryPlace place = *tables.find(address);
    const PageEntry left = tables.read(place);
    const SwapEntry entry = tables.mode().swap_of(left);
    Pfn pfn = memory_.swap().cached(entry);
    if (pfn == kNoPfn) {
        const auto [mapping, index] = window_place(memory_.mapping_table(), address);
        pfn = read_in(entry, mapping, index, call, kNoKill);
    }
    if (pfn == kNoPfn) return false;
    Mm& own = memory_.processes().mms[mm];
    const Vma& area = *own.area_of(address);
    const bool may_run = area.has(vm_flag::kExec) || !tables.mode().has_nx;
    const u64 present = area.has(vm_flag::kAccess) ? entry_bit::kPresent : entry_bit::kProtNone;
    tables.write(place, PageEntry::of(pfn, present | entry_bit::kUser | (may_run ? 0 : entry_bit::kNoExecute)));
    if (left.has(tables.mode().swap_exclusive())) memory_.frames().set_mark(pfn, page_mark::kExclusive, true);
    memory_.frames().add_mapcount(pfn, 1);
    --own.swap_entries;
    ++own.rss[static_cast<u32>(RssKind::anon)];
    memory_.swap().put(entry);
    return true;
}

// What is left are pages that the swap cache alone still keeps in the area.
void Swap::forget_cache(u32 area) {
    const SwapSpace& space = memory_.swap();
    for (u32 slot = 1; slot <= space.areas()[area].pages(); ++slot)
        if (const Pfn pfn = space.cached(SwapEntry::of(area, slot)); pfn != kNoPfn) free_swap(pfn);
}

}  // namespace mmscope
