#include "mm/writeback.h"

#include <algorithm>

#include "mm/rmap.h"
#include "mm/tlb_flush.h"

namespace mmscope {

namespace {

constexpr u64 kKibPerPage = kPageSize >> 10;

}  // namespace

u64 total_reserve_pages(const PageAllocator& memory) {
    u64 reserve = 0;
    for (const Zone& zone : memory.zones()) {
        u64 protection = 0;
        for (const u32 pages : zone.lowmem_reserve) protection = std::max<u64>(protection, pages);
        reserve += std::min<u64>(zone.managed, protection + zone.watermark[static_cast<u32>(Watermark::high)]);
    }
    return reserve;
}

// global_dirtyable_memory: not HighMem, which the flusher's own needs cannot use.
u64 dirtyable_pages(const PageAllocator& memory) {
    const u64 reserve = total_reserve_pages(memory);
    u64 free = 0, files = 0;
    for (const Zone& zone : memory.zones()) {
        if (zone.type == ZoneType::highmem) continue;
        free += zone.nr_free_pages;
        files += zone.lru_size[static_cast<u32>(LruList::inactive_file)] +
                 zone.lru_size[static_cast<u32>(LruList::active_file)];
    }
    return free - std::min(free, reserve) + files + 1;
}

Writeback::Limits Writeback::limits() const {
    const VmSysctl& sysctl = memory_.sysctl();
    const u64 there = dirtyable_pages(memory_);
    const auto share = [&](u32 percent) { return u64{percent} * kPageSize / 100 * there / kPageSize; };
    Limits limits{share(sysctl.dirty_background_ratio), share(sysctl.dirty_ratio)};
    if (limits.background >= limits.limit) limits.background = limits.limit / 2;
    return limits;
}

void Writeback::mark_dirty(Pfn pfn) {
    const MappedPage page = memory_.frames().mapped(pfn);
    if (table().is_dirty(page.mapping, page.index)) return;
    table().set_dirty(page.mapping, page.index, true);
    memory_.count_on(memory_.zone_of(pfn)->node, VmCounter::nr_dirtied);
    trace_.emit(TraceKind::writeback_dirty_folio, memory_.zone_of(pfn)->position, 0, 0, pfn.value, page.mapping,
                page.index);
}

void Writeback::wake_flusher_if_many() {
    const bool is_asleep = table().flusher == MappingTable::Flusher::asleep;
    if (is_asleep && table().dirty_pages() > limits().background) table().flusher = MappingTable::Flusher::background;
}

void Writeback::balance() {
    wake_flusher_if_many();
    const Limits limits = this->limits();
    const u32 dirty = table().dirty_pages();
    if (dirty <= limits.wait()) return;
    trace_.emit(TraceKind::balance_dirty_pages, 0, 0, 0, kNoPfn.value, dirty, static_cast<u32>(limits.wait()));
    run_flusher();
}

// The pages of one file in their order. Their entries lose W and D first, so that a write behind this one counts.
u32 Writeback::write_mapping(u32 number, u64 most) {
    const Mapping& mapping = table().mappings[number];
    u32 written = 0;
    for (u32 index = 0; index < mapping.pages && mapping.dirty != 0 && written < most; ++index) {
        if (!table().is_dirty(number, index)) continue;
        const Pfn pfn = table().page(number, index);
        if (memory_.frames().mapcount(pfn) != 0) ReverseMap(memory_, cpu_, trace_).make_clean(pfn);
        table().set_dirty(number, index, false);
        memory_.count_on(memory_.zone_of(pfn)->node, VmCounter::nr_written);
        ++written;
    }
    if (written == 0) return 0;
    memory_.count(VmCounter::pgpgout, written * kKibPerPage);
    trace_.emit(TraceKind::writeback_written, 0, 0, 0, kNoPfn.value, written, number);
    return written;
}

// The file that became dirty first comes first.
void Writeback::write_oldest_down_to(u64 pages) {
    while (table().dirty_pages() > pages) {
        u32 oldest = kMostMappings;
        for (u32 number = 0; number < table().mappings.size(); ++number) {
            const Mapping& mapping = table().mappings[number];
            if (mapping.dirty == 0) continue;
            if (oldest == kMostMappings || mapping.dirtied_at < table().mappings[oldest].dirtied_at) oldest = number;
        }
        write_mapping(oldest, table().dirty_pages() - pages);
    }
}

void Writeback::run_flusher() {
    const KernelThread thread(memory_, cpu_, trace_);
    const bool takes_all = table().flusher == MappingTable::Flusher::all;
    table().flusher = MappingTable::Flusher::asleep;
    write_oldest_down_to(takes_all ? 0 : limits().background);
}

void Writeback::write_expired() {
    const u32 expire = memory_.sysctl().dirty_expire_centisecs / 100;
    for (u32 number = 0; number < table().mappings.size(); ++number) {
        const Mapping& mapping = table().mappings[number];
        if (mapping.dirty != 0 && mapping.dirtied_at + expire < table().seconds) write_mapping(number, mapping.dirty);
    }
    if (table().dirty_pages() > limits().background) write_oldest_down_to(limits().background);
}

u32 Writeback::sync() {
    const u32 dirty = table().dirty_pages();
    write_oldest_down_to(0);
    return dirty;
}

}  // namespace mmscope
