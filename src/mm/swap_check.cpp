#include "mm/swap_check.h"

#include "mm/page_table.h"

namespace mmscope {

namespace {

// How often each slot is meant, by page tables and by mappings.
std::vector<u16> counted_entries(const PageAllocator& memory, std::string* fault) {
    const SwapSpace& space = memory.swap();
    std::vector<u16> counts(space.counts().size());
    const auto add = [&](SwapEntry entry) {
        const bool is_there = space.is_used(entry.area()) && entry.slot() != 0 &&
                              entry.slot() <= space.areas()[entry.area()].pages();
        if (is_there)
            ++counts[space.areas()[entry.area()].first + entry.slot()];
        else
            *fault = "a swap entry means no slot (area " + std::to_string(entry.area()) + ")";
    };
    const ProcessTable& processes = memory.processes();
    Trace nobody;
    for (u32 mm = 0; mm < processes.mms.size(); ++mm) {
        if (!processes.mms[mm].is_used) continue;
        // A view that may write, and does not.
        const PageTables tables(const_cast<PageAllocator&>(memory), mm, 0, nobody);
        tables.for_each(0, processes.mms[mm].task_size, [&](u64, EntryPlace, PageEntry entry, u32) {
            if (entry.is_swap()) add(tables.mode().swap_of(entry));
        });
    }
    for (const Mapping& mapping : memory.mapping_table().mappings) {
        u32 swapped = 0;
        for (u32 index = 0; index < mapping.pages; ++index) {
            const SwapEntry entry = page_word::swap(memory.mapping_table().frame[mapping.first + index]);
            if (entry.is_none()) continue;
            add(entry);
            ++swapped;
        }
        if (swapped != mapping.swapped) *fault = "a mapping's pages on swap disagree";
    }
    return counts;
}

}  // namespace

std::string check_swap(const PageAllocator& memory) {
    const SwapSpace& space = memory.swap();
    std::string fault = space.check();
    if (!fault.empty()) return fault;
    if (counted_entries(memory, &fault) != space.counts() && fault.empty())
        fault = "swap slots are meant more or less often than they count";
    if (!fault.empty()) return fault;
    const FrameTable& frames = memory.frames();
    u32 cached = 0;
    for (u32 pfn = 0; pfn < frames.frames() && !frames.swap_words().empty(); ++pfn) {
        const SwapEntry entry = frames.swap_entry({pfn});
        if (entry.is_none()) continue;
        ++cached;
        if (!frame_state::is_on_lru(frames.state({pfn})))
            return "a page in the swap cache has another use (pfn " + std::to_string(pfn) + ")";
        if (!space.is_used(entry.area()) || space.cached(entry) != Pfn{pfn})
            return "a page in the swap cache and its slot do not know each other (pfn " + std::to_string(pfn) + ")";
    }
    return cached == space.cached_pages() ? "" : "swap slots name pages that do not know of it";
}

}  // namespace mmscope
