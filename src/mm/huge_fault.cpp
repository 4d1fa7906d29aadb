// Faults where a huge page can be, or is.
#include "mm/address_event.h"
#include "mm/fault.h"
#include "mm/huge_memory.h"
#include "mm/page_cache.h"

namespace mmscope {

namespace {

constexpr u32 kHeight = 1;  // of their leaves

}  // namespace

// The PD's part of __handle_mm_fault. Nothing: there is a table, or will be one, and the fault goes on there.
std::optional<FaultResult> FaultHandler::huge(u64 address, Access access) {
    const Vma area = *mm().area_of(address);
    if (!area.is_anonymous()) return std::nullopt;
    PageTables own = tables();
    if (const auto leaf = own.find_huge(address)) {
        const PageEntry entry = own.read(*leaf);
        if (access == Access::write && !entry.has(entry_bit::kWrite)) return huge_write_protected(address, *leaf, entry);
        emit_address(trace_, TraceKind::spurious_fault, page_floor(address), {});
        return FaultResult::done;
    }
    if (!HugePages::is_wanted(memory_, area) || !HugePages::fits(own.mode(), area, address)) return std::nullopt;
    const std::optional<EntryPlace> place = own.make(address, 1, call_);
    if (!place || !is_alive()) return failure();
    if (!own.read(*place).is_none()) return std::nullopt;
    return huge_anonymous(HugePages::start_of(own.mode(), address), *place, access);
}

void FaultHandler::set_huge(EntryPlace place, u64 address, Pfn head, u64 flags) {
    const PageEntry entry = PageEntry::of(head, flags | entry_bit::kLarge);
    tables().write(place, entry);
    emit_address(trace_, TraceKind::set_huge_pmd, address, {head.value, mm().owner, kHeight, entry.summary()});
}

std::optional<FaultResult> FaultHandler::huge_fallback(u64 address) {
    if (!is_alive()) return failure();
    memory_.count(VmCounter::thp_fault_fallback);
    emit_address(trace_, TraceKind::thp_fault_fallback, address, {kNoPfn.value, mm().owner, kHeight});
    return std::nullopt;
}

// do_huge_pmd_anonymous_page. The address is the first that the leaf maps.
std::optional<FaultResult> FaultHandler::huge_anonymous(u64 address, EntryPlace place, Access access) {
    join_anon_vma(mm().find_vma(address));
    if (access == Access::write || !HugePages::has_zero_page(memory_)) return huge_write(address, place);
    const Pfn table = tables().make_spare(address, call_);
    if (table == kNoPfn || !is_alive()) return failure();
    const Pfn zero = HugePages(memory_, cpu_, trace_).zero_page(mm_, call_);
    if (zero == kNoPfn) {
        tables().free_spare(table);
        return huge_fallback(address);
    }
    emit_address(trace_, TraceKind::map_huge_zero_page, address, {zero.value, 0, kHeight});
    tables().deposit(place, address, table);
    set_huge(place, address, zero, flags_of(*mm().area_of(address)) | entry_bit::kSpecial);
    return FaultResult::done;
}

// __do_huge_pmd_anonymous_page: the block first, then the table that waits beside it.
std::optional<FaultResult> FaultHandler::huge_write(u64 address, EntryPlace place) {
    const Pfn head = new_huge_page(address);
    if (head == kNoPfn) return huge_fallback(address);
    const Pfn table = tables().make_spare(address, call_);
    if (table == kNoPfn || !is_alive()) {
        memory_.free_isolated(head, memory_.frames().pageblock_order(), cpu_, trace_);
        return failure();
    }
    emit_address(trace_, TraceKind::clear_huge_page, address, {head.value, 0, kHeight});
    adopt_huge_page(address, head);
    tables().deposit(place, address, table);
    const Vma& area = *mm().area_of(address);
    const u64 write = area.has(vm_flag::kWrite) ? entry_bit::kWrite : 0;
    set_huge(place, address, head, flags_of(area) | write | entry_bit::kDirty);
    memory_.count(VmCounter::thp_fault_alloc);
    return FaultResult::done;
}

// A block that nobody knows of yet; kNoPfn: there is none, or the process was killed meanwhile.
Pfn FaultHandler::new_huge_page(u64 address) {
    if (window_of(address) == kMostMappings) return kNoPfn;
    const Order order = memory_.frames().pageblock_order();
    const Gfp wanted = HugePages::mask(memory_, *mm().area_of(address));
    const Pfn head = memory_.alloc_pages(wanted, order, call_, cpu_, trace_);
    if (head == kNoPfn || is_alive()) return head;
    memory_.free_isolated(head, order, cpu_, trace_);
    return kNoPfn;
}

// The block becomes a huge page of the process: on its LRU list, mapped by the leaf that is about to be set.
void FaultHandler::adopt_huge_page(u64 address, Pfn head) {
    FrameTable& frames = memory_.frames();
    const Order order = frames.pageblock_order();
    frames.fill_states(head, order.frames(), frame_state::allocated_tail(Migratetype::movable, Owner::anonymous));
    frames.states()[head.value] = frame_state::allocated_head(Migratetype::movable, Owner::anonymous);
    const u32 index = static_cast<u32>((address & (kWindowBytes - 1)) >> kPageShift);
    frames.set_mapped(head, {window_of(address), index, memory_.profile().anon_starts_active, false});
    for (u32 page = 0; page < order.frames(); ++page) frames.clear_marks(head + page);
    frames.set_mark(head, page_mark::kHuge, true);
    frames.set_mark(head, page_mark::kExclusive, true);
    frames.set_entire_mapcount(head, 1);
    memory_.lru(memory_.zone_of(head)->node).add(head);
    count_rss(RssKind::anon, static_cast<i32>(order.frames()));
}

// do_huge_pmd_wp_page: who alone has all of it writes to it where it is; else only the page of 4 KiB is copied.
std::optional<FaultResult> FaultHandler::huge_write_protected(u64 address, EntryPlace place, PageEntry entry) {
    FrameTable& frames = memory_.frames();
    const Pfn head = entry.pfn();
    const u64 start = HugePages::start_of(tables().mode(), address);
    if (!entry.is_zero_page() && frames.folio_mapcount(head) == 1) {
        frames.set_mark(head, page_mark::kExclusive, true);
        emit_address(trace_, TraceKind::wp_page_reuse, start, {head.value});
        set_huge(place, start, head, entry.flags() | entry_bit::kWrite | entry_bit::kDirty | entry_bit::kAccessed);
        return FaultResult::done;
    }
    HugePages(memory_, cpu_, trace_).split_pmd(mm_, address);
    return std::nullopt;
}

}  // namespace mmscope
