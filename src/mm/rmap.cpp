#include "mm/rmap.h"

#include "mm/address_event.h"
#include "mm/tlb_flush.h"

namespace mmscope {

RssKind rss_kind(const PageAllocator& memory, Pfn pfn) {
    switch (memory.mapping_table().mappings[memory.frames().mapped(pfn).mapping].kind) {
        case MappingKind::file: return RssKind::file;
        case MappingKind::shmem: return RssKind::shmem;
        default: return RssKind::anon;
    }
}

std::vector<MappedAt> ReverseMap::mappings(Pfn pfn) const {
    std::vector<MappedAt> found;
    const FrameTable& frames = memory_.frames();
    u32 left = frames.folio_mapcount(pfn);
    const u32 pages = frames.folio_pages(pfn);
    if (left == 0) return found;
    const MappedPage page = frames.mapped(pfn);
    const Mapping& mapping = memory_.mapping_table().mappings[page.mapping];
    const auto confirm = [&](u32 mm, u64 start) {
        PageTables(memory_, mm, cpu_, trace_)
            .for_each(start, start + u64{pages} * kPageSize,
                      [&](u64 address, EntryPlace place, PageEntry entry, u32 height) {
                          const bool is_it = entry.has_page() && !entry.is_zero_page() &&
                                             entry.pfn() == pfn + static_cast<u32>((address - start) >> kPageShift);
                          if (!is_it || left == 0) return;
                          found.push_back({mm, address, place, entry, height});
                          --left;
                      });
    };
    const std::vector<Mm>& mms = memory_.processes().mms;
    for (u32 mm = 0; mm < mms.size() && left != 0; ++mm) {
        if (!mms[mm].is_used) continue;
        if (mapping.kind == MappingKind::window) {
            confirm(mm, mapping.address + u64{page.index} * kPageSize);
            continue;
        }
        for (const Vma& area : mms[mm].areas) {
            if (area.file != page.mapping || page.index < area.pgoff || page.index - area.pgoff >= area.pages())
                continue;
            confirm(mm, area.start + (page.index - area.pgoff) * kPageSize);
        }
    }
    return found;
}

ReverseMap::Referenced ReverseMap::clear_referenced(Pfn pfn) {
    Referenced referenced;
    const Vma* last = nullptr;
    for (const MappedAt& at : mappings(pfn)) {
        if (!at.entry.has(entry_bit::kAccessed)) continue;
        const Vma* area = memory_.processes().mms[at.mm].area_of(at.address);
        referenced.entries += area == nullptr || area != last ? 1 : 0;
        last = area;
        referenced.is_executable |= area != nullptr && area->has(vm_flag::kExec);
        PageTables(memory_, at.mm, cpu_, trace_).write(at.place, {at.entry.bits & ~entry_bit::kAccessed});
    }
    return referenced;
}

bool ReverseMap::unmap(Pfn pfn, SwapEntry swap) {
    const RssKind kind = rss_kind(memory_, pfn);
    const bool is_swapped = kind == RssKind::anon;
    const bool is_exclusive = is_swapped && memory_.frames().mapcount(pfn) == 1 && memory_.swap().count(swap) == 0;
    bool is_dirty = false;
    for (const MappedAt& at : mappings(pfn)) {
        Mm& mm = memory_.processes().mms[at.mm];
        PageTables tables(memory_, at.mm, cpu_, trace_);
        tables.write(at.place, is_swapped ? tables.mode().swap_entry(swap, is_exclusive) : PageEntry());
        is_dirty |= at.entry.has(entry_bit::kDirty);
        memory_.frames().add_mapcount(pfn, -1);
        --mm.rss[static_cast<u32>(kind)];
        if (is_swapped) {
            memory_.swap().duplicate(swap);
            ++mm.swap_entries;
            emit_address(trace_, TraceKind::swap_pte, at.address, {swap.slot(), mm.owner, 0, swap.area()});
        } else {
            emit_address(trace_, TraceKind::unmap_pte, at.address, {pfn.value, mm.owner});
        }
        TlbFlush(memory_, cpu_, trace_).flush_page(at.mm, at.address);
    }
    return is_dirty;
}

void ReverseMap::make_clean(Pfn pfn) {
    for (const MappedAt& at : mappings(pfn)) {
        if (!at.entry.has(entry_bit::kWrite) && !at.entry.has(entry_bit::kDirty)) continue;
        const PageEntry clean{at.entry.bits & ~(entry_bit::kWrite | entry_bit::kDirty)};
        PageTables(memory_, at.mm, cpu_, trace_).write(at.place, clean);
        TlbFlush(memory_, cpu_, trace_).flush_page(at.mm, at.address);
    }
}

void ReverseMap::move(Pfn old_page, Pfn new_page) {
    for (const MappedAt& at : mappings(old_page)) {
        PageTables(memory_, at.mm, cpu_, trace_).write(at.place, PageEntry::of(new_page, at.entry.flags()));
        memory_.frames().add_mapcount(old_page, -1);
        memory_.frames().add_mapcount(new_page, 1);
        TlbFlush(memory_, cpu_, trace_).flush_page(at.mm, at.address);
    }
}

}  // namespace mmscope
