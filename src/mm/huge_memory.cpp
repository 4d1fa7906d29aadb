#include "mm/huge_memory.h"

#include <algorithm>

#include "mm/address_event.h"
#include "mm/rmap.h"
#include "mm/tlb_flush.h"

namespace mmscope {

namespace {

constexpr u32 kHeight = 1;  // of their leaves

// GFP_TRANSHUGE_LIGHT.
u32 light_mask(const Profile& profile) {
    return gfp_from_name("GFP_TRANSHUGE_LIGHT", profile)->bits;
}

}  // namespace

bool HugePages::is_wanted(const PageAllocator& memory, const Vma& area) {
    const ThpEnabled enabled = memory.sysctl().thp();
    if (!memory.profile().has_thp || enabled == ThpEnabled::never) return false;
    if (!area.is_anonymous() || area.is_hugetlb() || area.has(vm_flag::kShared | vm_flag::kNoHugePage)) return false;
    return enabled == ThpEnabled::always || area.has(vm_flag::kHugePage);
}

bool HugePages::fits(const PagingMode& mode, const Vma& area, u64 address) {
    const u64 start = start_of(mode, address);
    return start >= area.start && start + mode.span(1) <= area.end;
}

Gfp HugePages::mask(const PageAllocator& memory, const Vma& area) {
    const bool reclaims = area.has(vm_flag::kHugePage) && !is_small_for_thp(memory.zones());
    return {light_mask(memory.profile()) | (reclaims ? gfp::kDirectReclaim : 0U)};
}

// get_huge_zero_page: asked for with direct reclaim, not movable, and no script's to free.
Pfn HugePages::zero_page(u32 mm, u32 call) {
    ProcessTable& table = memory_.processes();
    if (table.huge_zero_page == kNoPfn) {
        const Gfp wanted{(light_mask(memory_.profile()) | gfp::kDirectReclaim | gfp::kZero) & ~gfp::kMovable};
        const Order order = memory_.frames().pageblock_order();
        const Pfn pfn = memory_.alloc_pages(wanted, order, call, cpu_, trace_);
        memory_.count(pfn == kNoPfn ? VmCounter::thp_zero_page_alloc_failed : VmCounter::thp_zero_page_alloc);
        if (pfn == kNoPfn) return pfn;
        Allocation of_kernel = memory_.frames().allocation(pfn);
        of_kernel.call = 0;
        memory_.frames().links()[pfn.value] = of_kernel.pack();
        table.huge_zero_page = pfn;
        trace_.emit(TraceKind::thp_zero_page_alloc, 0, order.value, 0, pfn.value);
    }
    table.mms[mm].has_huge_zero_page = true;
    return table.huge_zero_page;
}

// The rights of the leaf are those of every entry; of zeroes it is the page of 4 KiB that all of them mean.
void HugePages::fill_table(u32 mm, u32 slot, PageEntry leaf) {
    PageTables tables(memory_, mm, cpu_, trace_);
    const u64 flags = leaf.flags() & ~entry_bit::kLarge;
    FrameTable& frames = memory_.frames();
    const bool is_exclusive = !leaf.is_zero_page() && frames.has_mark(leaf.pfn(), page_mark::kExclusive);
    for (u32 index = 0; index < tables.mode().entries(); ++index) {
        if (leaf.is_zero_page()) {
            tables.write({slot, index}, PageEntry::of(memory_.processes().zero_page, flags));
            continue;
        }
        const Pfn pfn = leaf.pfn() + index;
        tables.write({slot, index}, PageEntry::of(pfn, flags));
        frames.set_mark(pfn, page_mark::kExclusive, is_exclusive);
        frames.add_mapcount(pfn, 1);
    }
}

void HugePages::split_pmd(u32 mm, u64 address) {
    PageTables tables(memory_, mm, cpu_, trace_);
    const std::optional<EntryPlace> place = tables.find_huge(address);
    if (!place) return;
    const PageEntry leaf = tables.read(*place);
    const u64 start = start_of(tables.mode(), address);
    memory_.count(VmCounter::thp_split_pmd);
    tables.write(*place, {});
    TlbGather gathered;
    gathered.add(start, start + tables.mode().span(1), 1);
    TlbFlush(memory_, cpu_, trace_).flush(mm, gathered);
    const Pfn table = tables.withdraw(*place);
    FrameTable& frames = memory_.frames();
    if (!leaf.is_zero_page()) frames.set_entire_mapcount(leaf.pfn(), frames.entire_mapcount(leaf.pfn()) - 1);
    fill_table(mm, tables.slot_of(table), leaf);
    tables.write(*place, PageEntry::of(table, entry_bit::kTable));
    emit_address(trace_, TraceKind::thp_split_pmd, start,
                 {leaf.pfn().value, memory_.processes().mms[mm].owner, kHeight});
}

void HugePages::split_pmd_at(u32 mm, u64 address) {
    if ((address & (memory_.processes().mode.span(1) - 1)) != 0) split_pmd(mm, address);
}

void HugePages::zap_pmd(u32 mm, u64 address, EntryPlace place, PageEntry entry) {
    PageTables tables(memory_, mm, cpu_, trace_);
    FrameTable& frames = memory_.frames();
    Mm& own = memory_.processes().mms[mm];
    tables.write(place, {});
    tables.free_spare(tables.withdraw(place));
    if (entry.is_zero_page()) return;
    const Pfn head = entry.pfn();
    frames.set_entire_mapcount(head, frames.entire_mapcount(head) - 1);
    own.rss[static_cast<u32>(RssKind::anon)] -= frames.folio_pages(head);
    emit_address(trace_, TraceKind::unmap_huge_pmd, address, {head.value, own.owner, kHeight});
}

void HugePages::leave_queue(Pfn head) {
    std::vector<Pfn>& queue = queue_of(head);
    queue.erase(std::remove(queue.begin(), queue.end(), head), queue.end());
}

void HugePages::settle(Pfn head) {
    FrameTable& frames = memory_.frames();
    const u32 mapped = frames.mapped_pages(head), pages = frames.folio_pages(head);
    if (mapped == 0) {
        leave_queue(head);
        memory_.lru(memory_.zone_of(head)->node).remove(head);
        memory_.free_lru_page(head, cpu_, trace_);
        return;
    }
    std::vector<Pfn>& queue = queue_of(head);
    if (mapped == pages || std::find(queue.begin(), queue.end(), head) != queue.end()) return;
    queue.push_back(head);
    memory_.count(VmCounter::thp_deferred_split_page);
    trace_.emit(TraceKind::thp_deferred_split_page, memory_.zone_of(head)->position, frames.folio_order(head).value, 0,
                head.value, mapped, pages - mapped);
}

// Where it is still mapped as a whole, single entries map it from now on (unmap_folio).
void HugePages::split_mappings(Pfn head) {
    for (const MappedAt& at : ReverseMap(memory_, cpu_, trace_).mappings(head))
        if (at.height == 1) split_pmd(at.mm, at.address);
}

// Every frame is a page of its own, as its head was: the same list, used as much.
void HugePages::become_single(Pfn head) {
    FrameTable& frames = memory_.frames();
    MappedPage page = frames.mapped(head);
    const bool is_workingset = frames.has_mark(head, page_mark::kWorkingset);
    const u32 pages = frames.folio_pages(head);
    for (u32 at = 0; at < pages; ++at, ++page.index) {
        const Pfn pfn = head + at;
        const bool is_exclusive = frames.has_mark(pfn, page_mark::kExclusive);
        frames.set_mapped(pfn, page);
        frames.clear_marks(pfn);
        frames.set_mark(pfn, page_mark::kWorkingset, is_workingset);
        frames.set_mark(pfn, page_mark::kExclusive, is_exclusive);
    }
    frames.fill_states(head, pages, frame_state::allocated_head(Migratetype::movable, Owner::anonymous));
}

void HugePages::split_page(Pfn head, Place place) {
    FrameTable& frames = memory_.frames();
    const Order order = frames.folio_order(head);
    leave_queue(head);
    split_mappings(head);
    become_single(head);
    memory_.count(VmCounter::thp_split_page);
    LruLists lists = memory_.lru(memory_.zone_of(head)->node);
    if (place == Place::on_list) lists.split(head, order.frames());
    u32 freed = 0;
    for (u32 at = 0; at < order.frames(); ++at) freed += frames.mapcount(head + at) == 0 ? 1 : 0;
    trace_.emit(TraceKind::thp_split_page, memory_.zone_of(head)->position, order.value, 0, head.value, freed);
    for (u32 at = 0; at < order.frames() && freed != 0; ++at) {
        const Pfn pfn = head + at;
        if (frames.mapcount(pfn) != 0) continue;
        if (place == Place::on_list) lists.remove(pfn);
        memory_.free_lru_page(pfn, cpu_, trace_);
        --freed;
    }
}

}  // namespace mmscope
