// check() of processes: areas, page tables, counts of mappings, promises and TLBs agree.
#include "mm/process_check.h"

#include "mm/hugetlb.h"
#include "mm/page_table.h"
#include "mm/tlb_flush.h"

namespace mmscope {

namespace {

struct Counted {
    std::vector<u32> mapcounts;  // by frame
    std::vector<u32> entire;     // by the head of a huge page: entries that map all of it
    std::vector<u32> hugetlb;    // by the head of a page of a pool: entries that map it
    u32 tables = 0;
    u64 committed = 0;
};

// Every entry of one process: inside an area, its frame in use for what the area is, its rights no more than the
// area's.
std::string check_entries(const PageAllocator& memory, u32 number, Counted* counted) {
    const ProcessTable& processes = memory.processes();
    const Mm& mm = processes.mms[number];
    const FrameTable& frames = memory.frames();
    Trace nobody;
    // A view that may write, and does not.
    const PageTables tables(const_cast<PageAllocator&>(memory), number, 0, nobody);
    std::string fault = tables.check();
    std::array<u32, kRssKinds> rss{};
    u32 swap_entries = 0, hugetlb_pages = 0;
    tables.for_each(0, mm.task_size, [&](u64 address, EntryPlace, PageEntry entry, u32 height) {
        const std::string where =
            " (process " + std::to_string(mm.owner) + ", page " + std::to_string(address >> kPageShift) + ")";
        const Vma* area = mm.area_of(address);
        if (area == nullptr) {
            fault = "a page is mapped where there is no area" + where;
        } else if (area->is_hugetlb()) {
            const HugetlbFrame frame = hugetlb_frame(processes.hugetlb, memory.arch(), entry.pfn());
            if (height != area->huge_height || frame.height != height || frame.page.head != entry.pfn())
                fault = "hugetlb memory has a leaf to something else" + where;
            else if (entry.has(entry_bit::kWrite) && (frame.page.mapcount != 1 || !area->has(vm_flag::kWrite)))
                fault = "a hugetlb page can be written to that is shared, or read-only" + where;
            ++counted->hugetlb[entry.pfn().value];
            hugetlb_pages += huge_frames(memory.arch(), area->huge_height);
        } else if (entry.is_swap()) {
            ++swap_entries;
        } else if (entry.has(entry_bit::kWrite) && !area->has(vm_flag::kWrite)) {
            fault = "an entry permits writing and its area does not" + where;
        } else if (entry.is_zero_page()) {
            const Pfn zero = height == 0 ? processes.zero_page : processes.huge_zero_page;
            if (entry.pfn() != zero || entry.has(entry_bit::kWrite) || (height != 0 && !mm.has_huge_zero_page))
                fault = "the zero page is another one, or can be written to" + where;
        } else if (!frame_state::is_on_lru(frames.state(frames.folio(entry.pfn())))) {
            fault = "an entry leads to a frame of another use" + where;
        } else if (height != 0 && (!frames.is_huge(entry.pfn()) || address + tables.mode().span(1) > area->end)) {
            fault = "the leaf of a huge page leads to none, or out of its area" + where;
        } else {
            MappedPage page = frames.mapped(frames.folio(entry.pfn()));
            page.index += entry.pfn() - frames.folio(entry.pfn());
            const Mapping& mapping = memory.mapping_table().mappings[page.mapping];
            const bool is_window = mapping.kind == MappingKind::window;
            const bool is_there = is_window ? mapping.address + u64{page.index} * kPageSize == address
                                            : area->file == page.mapping && area->file_page(address) == page.index;
            if (!is_there) fault = "a frame says that it is another page" + where;
            const bool is_shared = height == 0 ? frames.page_mapcount(entry.pfn()) != 1
                                               : frames.folio_mapcount(entry.pfn()) != 1;
            if (is_window && entry.has(entry_bit::kWrite) && is_shared)
                fault = "a shared private page can be written to" + where;
            ++(height == 0 ? counted->mapcounts : counted->entire)[entry.pfn().value];
            const u32 pages = height == 0 ? 1 : frames.folio_pages(entry.pfn());
            rss[static_cast<u32>(is_window                            ? RssKind::anon
                                 : mapping.kind == MappingKind::shmem ? RssKind::shmem
                                                                      : RssKind::file)] += pages;
        }
    });
    if (fault.empty() && swap_entries != mm.swap_entries)
        fault = "pages on swap and their count disagree (process " + std::to_string(mm.owner) + ")";
    if (fault.empty() && hugetlb_pages != mm.hugetlb_pages)
        fault = "hugetlb pages and their count disagree (process " + std::to_string(mm.owner) + ")";
    if (fault.empty() && rss != mm.rss)
        fault = "resident pages and the page tables disagree (process " + std::to_string(mm.owner) + ")";
    return fault;
}

}  // namespace

std::string check_processes(const PageAllocator& memory) {
    const ProcessTable& processes = memory.processes();
    if (processes.is_empty()) return check_hugetlb(memory, {});
    Counted counted;
    counted.mapcounts.resize(memory.frames().frames());
    counted.entire.resize(memory.frames().frames());
    counted.hugetlb.resize(memory.frames().frames());
    for (u32 number = 0; number < processes.mms.size(); ++number) {
        const Mm& mm = processes.mms[number];
        if (!mm.is_used) continue;
        if (!processes.is_alive(mm.owner) || &processes.mm(mm.owner) != &mm)
            return "memory belongs to nobody (process " + std::to_string(mm.owner) + ")";
        std::string fault = mm.check();
        if (fault.empty()) fault = processes.heaps[number].check();
        if (fault.empty()) fault = check_entries(memory, number, &counted);
        if (!fault.empty()) return fault;
        counted.tables += mm.table_pages() + 1;
        for (const Vma& area : mm.areas) counted.committed += area.has(vm_flag::kAccount) ? area.pages() : 0;
    }
    for (const Mapping& mapping : memory.mapping_table().mappings)
        counted.committed += mapping.is_promised ? mapping.pages : 0;
    if (counted.mapcounts != memory.frames().mapcount_words()) return "counts of mappings and page tables disagree";
    for (u32 pfn = 0; pfn < memory.frames().frames(); ++pfn)
        if (counted.entire[pfn] != memory.frames().entire_mapcount({pfn}))
            return "mappings of a huge page as a whole and the page tables disagree (pfn " + std::to_string(pfn) + ")";
    if (std::string fault = check_hugetlb(memory, counted.hugetlb); !fault.empty()) return fault;
    if (counted.tables != processes.tables.tables()) return "page tables are kept that nobody uses";
    if (counted.committed != processes.committed) return "promised memory and the areas disagree";
    return check_tlbs(memory);
}

}  // namespace mmscope
