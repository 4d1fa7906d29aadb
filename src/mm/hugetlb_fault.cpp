// Faults in hugetlb memory.
#include "mm/address_event.h"
#include "mm/fault.h"
#include "mm/hugetlb.h"
#include "mm/tlb_flush.h"

namespace mmscope {

// hugetlb_fault.
FaultResult FaultHandler::hugetlb(u64 address, Access access) {
    const u32 height = mm().area_of(address)->huge_height;
    const u64 start = address & ~(tables().mode().span(height) - 1);
    const std::optional<EntryPlace> place = tables().make(start, height, call_);
    if (!place || !is_alive()) return failure();
    const PageEntry entry = tables().read(*place);
    if (entry.is_none()) return hugetlb_no_page(start, *place, access);
    if (access == Access::write && !entry.has(entry_bit::kWrite)) return hugetlb_write_protected(start, *place, entry);
    emit_address(trace_, TraceKind::spurious_fault, page_floor(address), {});
    return FaultResult::done;
}

void FaultHandler::set_hugetlb(u64 address, EntryPlace place, Pfn head, u64 flags) {
    const PageEntry entry = PageEntry::of(head, flags | entry_bit::kLarge);
    tables().write(place, entry);
    const u32 height = mm().area_of(address)->huge_height;
    emit_address(trace_, TraceKind::set_huge_pte, address, {head.value, mm().owner, height, entry.summary()});
}

// VM_FAULT_SIGBUS.
FaultResult FaultHandler::no_huge_page(u64 address, Vma::Reserve reserve) {
    const u32 height = mm().area_of(address)->huge_height;
    emit_address(trace_, TraceKind::hugetlb_no_page, address,
                 {kNoPfn.value, mm().owner, height, reserve == Vma::Reserve::taken ? 1U : 0U});
    return FaultResult::no_huge_page;
}

FaultResult FaultHandler::hugetlb_no_page(u64 address, EntryPlace place, Access access) {
    Vma& area = mm().areas[mm().find_vma(address)];
    if (area.reserve == Vma::Reserve::taken) return no_huge_page(address, area.reserve);
    if (area.anon_vma == 0) area.anon_vma = ++memory_.processes().last_anon_vma;
    const Pfn head = Hugetlb(memory_, cpu_, call_, trace_).take(area, address, Hugetlb::Reserved::use);
    if (head == kNoPfn) return no_huge_page(address, area.reserve);
    emit_address(trace_, TraceKind::clear_huge_page, address, {head.value, 0, area.huge_height});
    mm().hugetlb_pages += huge_frames(memory_.arch(), area.huge_height);
    const u64 written = access == Access::write ? entry_bit::kWrite | entry_bit::kDirty : 0;
    set_hugetlb(address, place, head, flags_of(area) | written);
    return FaultResult::done;
}

// unmap_ref_private: whoever inherited the page by fork loses it, and may not have another one there.
void FaultHandler::take_from_children(u64 address, Pfn head) {
    const Vma own = *mm().area_of(address);
    std::vector<Mm>& mms = memory_.processes().mms;
    u32 losers = 0;
    for (u32 other = 0; other < mms.size(); ++other) {
        if (other == mm_ || !mms[other].is_used) continue;
        const u32 at = mms[other].find_vma(address);
        if (at == mms[other].areas.size() || mms[other].areas[at].huge_file != own.huge_file) continue;
        Vma& area = mms[other].areas[at];
        const PageTables tables(memory_, other, cpu_, trace_);
        const auto place = tables.find_at(address, area.huge_height);
        const bool has_it = place && tables.read(*place).has_page() && tables.read(*place).pfn() == head;
        if (area.start > address || area.reserve == Vma::Reserve::owner || !has_it) continue;
        area.reserve = Vma::Reserve::taken;
        Hugetlb(memory_, cpu_, call_, trace_)
            .zap_range(other, area, address, address + tables.mode().span(area.huge_height), Hugetlb::Area::stays);
        ++losers;
    }
    emit_address(trace_, TraceKind::unmap_ref_private, address, {head.value, losers, own.huge_height});
}

// hugetlb_wp. The owner of the reserve has used it for the page that it shares, so that a copy is one page more.
FaultResult FaultHandler::hugetlb_write_protected(u64 address, EntryPlace place, PageEntry entry) {
    const Vma area = *mm().area_of(address);
    const Pfn old = entry.pfn();
    Hugetlb pool(memory_, cpu_, call_, trace_);
    const bool is_owner = area.reserve == Vma::Reserve::owner;
    Pfn copy = kNoPfn;
    if (pool.mapcount(old, area.huge_height) != 1)
        copy = pool.take(area, address, is_owner ? Hugetlb::Reserved::avoid : Hugetlb::Reserved::use);
    if (copy == kNoPfn && is_owner && pool.mapcount(old, area.huge_height) != 1) take_from_children(address, old);
    if (copy == kNoPfn && pool.mapcount(old, area.huge_height) != 1) return no_huge_page(address, area.reserve);
    if (copy == kNoPfn) {
        emit_address(trace_, TraceKind::wp_page_reuse, address, {old.value});
        set_hugetlb(address, place, old, entry.flags() | entry_bit::kWrite | entry_bit::kDirty | entry_bit::kAccessed);
        return FaultResult::done;
    }
    emit_address(trace_, TraceKind::copy_huge_page, address, {copy.value, old.value, area.huge_height});
    tables().write(place, {});
    const u64 end = address + tables().mode().span(area.huge_height);
    TlbFlush(memory_, cpu_, trace_).flush(mm_, TlbGather::of(address, end, area.huge_height));
    set_hugetlb(address, place, copy, flags_of(area) | entry_bit::kWrite | entry_bit::kDirty);
    pool.unmap(old, area.huge_height);
    return FaultResult::done;
}

}  // namespace mmscope
