#include "mm/vmalloc.h"

#include <algorithm>
#include <bit>

#include "mm/address_event.h"
#include "mm/tlb_flush.h"

namespace mmscope {

namespace {

constexpr u64 kStart64 = 0xffffc90000000000ULL;
constexpr u64 kBytes64 = (u64{32} << 40) - 1;
constexpr u64 kKernelBase32 = 0xc0000000ULL;
constexpr u64 kVmallocOffset = u64{8} << 20;
constexpr u32 kLazyPagesPerDoubling = (32U << 20) / kPageSize;
constexpr Gfp kTableMask{gfp::kKernel | gfp::kZero};

// The living area between whose ends, the guard page counted, an address lies; null if there is none.
const VmapArea* area_around(const std::vector<VmapArea>& areas, u64 address) {
    auto behind = std::upper_bound(areas.begin(), areas.end(), address,
                                   [](u64 value, const VmapArea& area) { return value < area.start; });
    if (behind == areas.begin()) return nullptr;
    const VmapArea& area = *--behind;
    return area.is_unpurged == 0 && address < area.end() ? &area : nullptr;
}

u32 entries_per_table(const PageAllocator& memory) { return paging_mode(memory.arch()).entries(); }
u64 bytes_per_table(const PageAllocator& memory) { return paging_mode(memory.arch()).span(1); }

// Tables are asked for with GFP_KERNEL. Who may not sleep has PF_MEMALLOC meanwhile (memalloc_apply_gfp_scope): no
// direct reclaim, no watermarks.
Gfp table_mask(Gfp mask) {
    if (mask.has(gfp::kDirectReclaim)) return kTableMask;
    return {(kTableMask.bits & ~u32{gfp::kDirectReclaim}) | gfp::kMemalloc};
}

}  // namespace

KernelWindow vmalloc_window(const PageAllocator& memory) {
    if (memory.arch() == Arch::x86_64) return {kStart64, kStart64 + kBytes64};
    u64 end_of_low = 0;
    for (const Zone& zone : memory.zones())
        if (zone.type == ZoneType::normal || zone.type == ZoneType::dma)
            end_of_low = std::max(end_of_low, u64{zone.start.value + zone.spanned} << kPageShift);
    const u64 end = memory.profile().pkmap_starts[static_cast<u32>(memory.arch())] - 2 * u64{kPageSize};
    return {std::min(kKernelBase32 + end_of_low + kVmallocOffset, end), end};
}

u32 Vmalloc::lazy_max_pages(u32 cpus) { return static_cast<u32>(std::bit_width(cpus)) * kLazyPagesPerDoubling; }

// ---- addresses ----

u64 Vmalloc::lowest_hole(u64 size, const KernelWindow& window) const {
    u64 at = window.start;
    for (const VmapArea& area : areas_) {
        if (area.start - at >= size) break;
        at = area.end();
    }
    return at <= window.end && window.end - at >= size ? at : 0;
}

// alloc_vmap_area: what was freed and is not purged yet is given back first if there is no hole else.
u64 Vmalloc::take_hole(u64 size, const Caller& caller) {
    const KernelWindow window = vmalloc_window(caller.memory);
    const u32 pages = static_cast<u32>(std::min<u64>(size >> kPageShift, 0xffffffffU));
    u64 start = lowest_hole(size, window);
    if (start == 0 && rest_.lazy_pages != 0) {
        purge(caller);
        start = lowest_hole(size, window);
    }
    if (start == 0)
        emit_address(caller.trace, TraceKind::vmap_area_failed, window.start, {kNoPfn.value, pages});
    else
        emit_address(caller.trace, TraceKind::alloc_vmap_area, start, {kNoPfn.value, pages});
    return start;
}

const VmapArea* Vmalloc::area_at(u64 address) const {
    const VmapArea* const area = area_of(address);
    return area != nullptr && area->start == address ? area : nullptr;
}

const VmapArea* Vmalloc::area_of(u64 address) const {
    const VmapArea* const area = area_around(areas_, address);
    return area != nullptr && address < area->end() - kPageSize ? area : nullptr;
}

// __find_vmap_area.
const VmapArea* Vmalloc::area_to_free(u64 address, const PageAllocator& memory) const {
    if (address % kPageSize != 0) return nullptr;
    return memory.profile().has_classic_vmalloc ? area_at(address) : area_around(areas_, address);
}

// ---- page tables ----

const u32* Vmalloc::entry_of(u64 address, const PageAllocator& memory) const {
    const u64 base = address & ~(bytes_per_table(memory) - 1);
    for (std::size_t at = 0; at < pte_tables_.size(); ++at)
        if (pte_tables_[at].base == base)
            return &entries_[at * entries_per_table(memory) + static_cast<std::size_t>((address - base) >> kPageShift)];
    return nullptr;
}

u32* Vmalloc::entry_of(u64 address, const PageAllocator& memory) {
    return const_cast<u32*>(static_cast<const Vmalloc*>(this)->entry_of(address, memory));
}

Pfn Vmalloc::frame_of(u64 address, const PageAllocator& memory) const {
    const u32* const entry = entry_of(address, memory);
    return entry == nullptr ? kNoPfn : Pfn{*entry};
}

u64 Vmalloc::address_of(Pfn pfn, const PageAllocator& memory) const {
    const auto found = std::find(entries_.begin(), entries_.end(), pfn.value);
    if (found == entries_.end()) return 0;
    const std::size_t at = static_cast<std::size_t>(found - entries_.begin());
    const u32 entries = entries_per_table(memory);
    return pte_tables_[at / entries].base + (u64{at % entries} << kPageShift);
}

bool Vmalloc::make_table(std::vector<Table>* tables, u64 base, u32 height, Gfp mask, const Caller& caller) {
    const auto is_here = [base](const Table& table) { return table.base == base; };
    if (std::any_of(tables->begin(), tables->end(), is_here)) return true;
    const Pfn pfn = caller.memory.alloc_pages(mask, {0}, caller.call, caller.cpu, caller.trace);
    if (pfn == kNoPfn) return false;
    FrameTable& frames = caller.memory.frames();
    frames.states()[pfn.value] = frame_state::allocated_head(Migratetype::unmovable, Owner::page_table);
    frames.mark_dirty(pfn);
    tables->push_back({base, pfn.value});
    emit_address(caller.trace, TraceKind::vmap_pte_alloc, base, {pfn.value, 0, height});
    return true;
}

// vmap_pages_range. The tables above the PMD, and with PAE the PMD too, are there since boot.
bool Vmalloc::map(u64 address, const std::vector<Pfn>& frames, Gfp mask, const Caller& caller) {
    const PagingMode mode = paging_mode(caller.memory.arch());
    const Gfp tables = table_mask(mask);
    for (std::size_t at = 0; at < frames.size(); ++at) {
        const u64 page = address + (u64{at} << kPageShift);
        if (at == 0 || (page & (mode.span(1) - 1)) == 0) {
            const bool has_middle =
                mode.levels < 4 || make_table(&pmd_tables_, page & ~(mode.span(2) - 1), 1, tables, caller);
            if (!has_middle || !make_table(&pte_tables_, page & ~(mode.span(1) - 1), 0, tables, caller)) return false;
            entries_.resize(pte_tables_.size() * mode.entries(), kNoPfn.value);
        }
        *entry_of(page, caller.memory) = frames[at].value;
    }
    emit_address(caller.trace, TraceKind::vmap_pages_range, address,
                 {frames[0].value, static_cast<u32>(frames.size())});
    return true;
}

// ---- the calls ----

u64 Vmalloc::alloc(u64 bytes, Gfp mask, const Caller& caller, VmallocFailure* why) {
    *why = bytes == 0 ? VmallocFailure::zero : VmallocFailure::more_than_memory;
    u64 total = 0;  // totalram_pages
    for (const Zone& zone : caller.memory.zones()) total += zone.managed;
    if (bytes == 0 || bytes > total * kPageSize) return 0;
    const u64 size = ((bytes + kPageSize - 1) & ~u64{kPageSize - 1}) + kPageSize;
    const u64 start = take_hole(size, caller);
    *why = VmallocFailure::no_hole;
    if (start == 0) return 0;
    *why = VmallocFailure::none;
    const auto place = std::upper_bound(areas_.begin(), areas_.end(), start,
                                        [](u64 value, const VmapArea& area) { return value < area.start; });
    areas_.insert(place, {start, size, bytes, caller.call, 0});

    mask.bits |= gfp::kNowarn | ((mask.bits & (gfp::kDma | gfp::kDma32)) == 0 ? gfp::kHighmem : 0U);
    std::vector<Pfn> frames;
    FrameTable& table = caller.memory.frames();
    const std::size_t wanted = static_cast<std::size_t>(size >> kPageShift) - 1;
    while (frames.size() < wanted) {
        const Pfn pfn = caller.memory.alloc_pages(mask, {0}, caller.call, caller.cpu, caller.trace);
        if (pfn == kNoPfn) break;
        table.states()[pfn.value] =
            frame_state::allocated_head(frame_state::migratetype(table.state(pfn)), Owner::vmalloc);
        table.mark_dirty(pfn);
        frames.push_back(pfn);
    }
    rest_.nr_pages += frames.size();
    const bool has_all = frames.size() == wanted;
    if (!has_all)
        emit_address(caller.trace, TraceKind::vmalloc_failed, start,
                     {kNoPfn.value, static_cast<u32>(frames.size())});
    if (has_all && map(start, frames, mask, caller)) return start;
    *why = has_all ? VmallocFailure::no_table : VmallocFailure::no_frames;
    for (std::size_t at = 0; at < frames.size(); ++at) {
        if (u32* const entry = entry_of(start + (u64{at} << kPageShift), caller.memory)) *entry = kNoPfn.value;
        caller.memory.free_pages(frames[at], {0}, caller.cpu, caller.trace);
    }
    rest_.nr_pages -= frames.size();
    release(start, caller);
    return 0;
}

// The entries go first, so that nobody reaches a frame that is free; TLBs may still know it until the purge.
// Where no area is, the event says so with 0 pages.
bool Vmalloc::free(u64 address, const Caller& caller) {
    const VmapArea* const area = area_to_free(address, caller.memory);
    if (area == nullptr) {
        const u32 inside = static_cast<u32>(address & (kPageSize - 1));
        emit_address(caller.trace, TraceKind::free_vmap_area_noflush, address, {inside, 0});
        return false;
    }
    const u64 start = area->start;
    const u32 pages = area->pages();
    std::vector<Pfn> frames;
    for (u32 at = 0; at < pages; ++at) {
        u32* const entry = entry_of(start + (u64{at} << kPageShift), caller.memory);
        frames.push_back({*entry});
        *entry = kNoPfn.value;
    }
    release(start, caller);
    for (const Pfn pfn : frames) caller.memory.free_pages(pfn, {0}, caller.cpu, caller.trace);
    rest_.nr_pages -= pages;
    return true;
}

// free_vmap_area_noflush.
void Vmalloc::release(u64 address, const Caller& caller) {
    VmapArea& area = areas_[static_cast<std::size_t>(area_at(address) - areas_.data())];
    area.is_unpurged = 1;
    const u32 pages = area.pages() + 1;
    rest_.lazy_pages += pages;
    emit_address(caller.trace, TraceKind::free_vmap_area_noflush, address, {rest_.lazy_pages, pages});
    if (rest_.lazy_pages > lazy_max_pages(caller.memory.cpus())) purge(caller);
}

// __purge_vmap_area_lazy: one flush for all of them.
void Vmalloc::purge(const Caller& caller) {
    u64 start = ~u64{0}, end = 0;
    u32 count = 0;
    for (const VmapArea& area : areas_) {
        if (area.is_unpurged == 0) continue;
        start = std::min(start, area.start);
        end = std::max(end, area.end());
        ++count;
    }
    std::erase_if(areas_, [](const VmapArea& area) { return area.is_unpurged != 0; });
    TlbFlush(caller.memory, caller.cpu, caller.trace).flush_kernel_range(start, end);
    emit_address(caller.trace, TraceKind::purge_vmap_area_lazy, start, {rest_.lazy_pages, count});
    rest_.lazy_pages = 0;
}

// ---- looking ----

u64 Vmalloc::pages_on(u32 node, const PageAllocator& memory) const {
    u64 pages = 0;
    for (const u32 pfn : entries_) pages += pfn != kNoPfn.value && memory.zone_of({pfn})->node == node ? 1 : 0;
    return pages;
}

u64 Vmalloc::used_bytes() const {
    u64 bytes = 0;
    for (const VmapArea& area : areas_) bytes += area.is_unpurged == 0 ? area.size : 0;
    return bytes;
}

// get_vmalloc_info: between the areas that live.
u64 Vmalloc::largest_hole(const PageAllocator& memory) const {
    const KernelWindow window = vmalloc_window(memory);
    u64 largest = 0, last = window.start;
    for (const VmapArea& area : areas_) {
        if (area.is_unpurged != 0) continue;
        largest = std::max(largest, area.start - last);
        last = area.end();
    }
    return std::max(largest, window.end - last);
}

std::string Vmalloc::check(const PageAllocator& memory) const {
    const KernelWindow window = vmalloc_window(memory);
    u64 last = window.start, pages = 0, lazy = 0;
    for (const VmapArea& area : areas_) {
        if (area.start < last || area.end() > window.end) return "areas of vmalloc overlap or leave their window";
        last = area.end();
        if (area.is_unpurged != 0) lazy += area.pages() + 1;
        for (u64 at = area.start; at < area.end(); at += kPageSize) {
            const Pfn pfn = frame_of(at, memory);
            const bool is_mapped = area.is_unpurged == 0 && at != area.end() - kPageSize;
            if ((pfn != kNoPfn) != is_mapped) return "a page of vmalloc is mapped where it should not be, or is not";
            if (pfn == kNoPfn) continue;
            ++pages;
            if (frame_state::owner(memory.frames().state(pfn)) != Owner::vmalloc)
                return "a frame of vmalloc belongs to somebody else (pfn " + std::to_string(pfn.value) + ")";
        }
    }
    for (const auto* tables : {&pte_tables_, &pmd_tables_})
        for (const Table& table : *tables)
            if (frame_state::owner(memory.frames().state({table.pfn})) != Owner::page_table)
                return "a page table of vmalloc is in no frame of its own";
    return pages == rest_.nr_pages && lazy == rest_.lazy_pages ? "" : "vmalloc's counts of pages are wrong";
}

u64 Vmalloc::bytes() const {
    return areas_.size() * sizeof(VmapArea) + (pte_tables_.size() + pmd_tables_.size()) * sizeof(Table) +
           entries_.size() * sizeof(u32);
}

}  // namespace mmscope
