#include "play/frame_users.h"

#include <algorithm>
#include <type_traits>

#include "mm/rmap.h"
#include "play/process_files.h"

namespace mmscope {

namespace {

// The reverse map's entries that lead to this very frame, and the address that it has there: of a part of a huge page
// those of all of it are found.
std::vector<MappedAt> mappings_of(const PageAllocator& memory, Pfn pfn) {
    std::vector<MappedAt> found;
    if (pfn.value >= memory.frames().frames()) return found;
    const Pfn head = memory.frames().folio(pfn);
    if (!frame_state::is_on_lru(memory.frames().state(head)) || memory.processes().is_empty()) return found;
    Trace nobody;
    // A view that may write, and does not.
    for (MappedAt at : ReverseMap(const_cast<PageAllocator&>(memory), 0, nobody).mappings(head)) {
        if (at.height == 0 && at.entry.pfn() != pfn) continue;
        at.address += u64{pfn - at.entry.pfn()} * kPageSize;
        found.push_back(at);
    }
    return found;
}

// Anonymous memory of the script's own process: it is mapped once, by no page table.
std::optional<MapperView> script_mapping(const PageAllocator& memory, Pfn pfn) {
    if (pfn.value >= memory.frames().frames() || !frame_state::is_on_lru(memory.frames().state(pfn))) return {};
    const MappedPage page = memory.frames().mapped(pfn);
    const Mapping& mapping = memory.mapping_table().mappings[page.mapping];
    if (mapping.kind != MappingKind::anonymous) return {};
    return MapperView{0, mapping.address + u64{page.index} * kPageSize, "", {}, 1};
}

// The table that a walk reads at one of its steps, if it is this frame.
std::optional<TableView> table_on_walk(const PageAllocator& memory, u32 pid, u64 address, Pfn pfn) {
    const PagingMode& mode = memory.processes().mode;
    const Walk walk = walk_view(memory, pid, address);
    Pfn table = memory.processes().mm(pid).pgd;
    for (u32 i = 0; i < walk.count; ++i) {
        const u32 height = walk.steps[i].height;
        const bool is_top = height + 1U == mode.levels;
        if (table == pfn) return TableView{pid, height, is_top ? 0 : address & ~(mode.span(height + 1) - 1), false};
        table = walk.steps[i].entry.pfn();
    }
    return {};
}

// Tables stay while the areas do that they serve, so a walk to each PT of each area meets all but those that wait.
std::optional<TableView> table_of_process(const PageAllocator& memory, u32 pid, Pfn pfn) {
    const Mm& mm = memory.processes().mm(pid);
    const PagingMode& mode = memory.processes().mode;
    if (mm.pgd == pfn) return TableView{pid, mode.levels - 1U, 0, false};
    for (const Vma& area : mm.areas) {
        for (u64 at = area.start, span = 0; at < area.end; at = (at & ~(span - 1)) + span) {
            if (const auto table = table_on_walk(memory, pid, at, pfn)) return table;
            // Where a table is missing, all that it would serve is passed over.
            span = mode.span(std::max<u32>(1, walk_view(memory, pid, at).last().height));
        }
    }
    const auto deposited = std::find_if(mm.deposited.begin(), mm.deposited.end(),
                                        [&](const DepositedTable& table) { return table.pfn == pfn; });
    if (deposited == mm.deposited.end()) return {};
    // It waits beside some leaf of the PD in that slot; the first address that the PD serves stands for it.
    const Pfn directory = memory.processes().tables.frame(deposited->slot);
    const auto above = table_of_process(memory, pid, directory);
    return TableView{pid, 0, above ? above->address : 0, true};
}

std::optional<TableView> table_of_kernel(const Machine& machine, Pfn pfn) {
    const Heap* heap = machine.heap_so_far();
    if (heap == nullptr) return {};
    // The arrays of tables are those of PTs and of the directories above them, in this order.
    std::optional<TableView> found;
    u32 height = 0;
    Vmalloc::for_each_array(heap->vmalloc(), [&](const auto& array) {
        using Entry = typename std::decay_t<decltype(array)>::value_type;
        if constexpr (std::is_same_v<Entry, Vmalloc::Table>) {
            for (const Vmalloc::Table& table : array)
                if (table.pfn == pfn.value) found = TableView{0, height, table.base, false};
            ++height;
        }
    });
    return found;
}

}  // namespace

FrameMappers frame_mappers(const PageAllocator& memory, Pfn pfn, u32 most) {
    FrameMappers mappers;
    if (auto script = script_mapping(memory, pfn)) mappers.first.push_back(std::move(*script));
    for (const MappedAt& at : mappings_of(memory, pfn)) {
        if (mappers.first.size() == most) {
            ++mappers.more;
            continue;
        }
        const Mm& mm = memory.processes().mms[at.mm];
        const Vma* area = mm.area_of(at.address);
        const u32 pages = static_cast<u32>(memory.processes().mode.span(at.height) >> kPageShift);
        mappers.first.push_back(
            {mm.owner, at.address, area == nullptr ? "" : area_name(memory, mm, *area), at.entry, pages});
    }
    return mappers;
}

std::optional<TableView> page_table_view(const Machine& machine, Pfn pfn) {
    const PageAllocator& memory = machine.memory();
    if (pfn.value >= memory.frames().frames()) return {};
    const u8 state = memory.frames().state(pfn);
    if (!frame_state::is_allocated(state) || frame_state::owner(state) != Owner::page_table) return {};
    const ProcessTable& table = memory.processes();
    for (u32 pid = 1; pid <= table.processes.size(); ++pid)
        if (table.is_alive(pid))
            if (const auto found = table_of_process(memory, pid, pfn)) return found;
    return table_of_kernel(machine, pfn);
}

std::optional<SwapEntry> swap_cache_slot(const PageAllocator& memory, Pfn pfn) {
    if (pfn.value >= memory.frames().frames()) return {};
    const Pfn head = memory.frames().folio(pfn);
    if (!frame_state::is_on_lru(memory.frames().state(head))) return {};
    const SwapEntry entry = memory.frames().swap_entry(head);
    return entry.is_none() ? std::nullopt : std::optional(entry);
}

bool walk_meets(const PageAllocator& memory, ProcessPlace place, Pfn pfn) {
    if (!memory.processes().is_alive(place.pid)) return false;
    const PagingMode& mode = memory.processes().mode;
    if (!mode.is_canonical(place.address)) return false;
    if (table_on_walk(memory, place.pid, place.address, pfn)) return true;
    const Walk walk = walk_view(memory, place.pid, place.address);
    return walk.is_leaf() && walk.physical(mode, place.address) >> kPageShift == pfn.value;
}

std::optional<ProcessPlace> place_of_frame(const Machine& machine, Pfn pfn, u32 first) {
    const PageAllocator& memory = machine.memory();
    const std::vector<MappedAt> mappings = mappings_of(memory, pfn);
    if (!mappings.empty()) {
        const auto is_firsts = [&](const MappedAt& at) { return memory.processes().mms[at.mm].owner == first; };
        const auto own = std::find_if(mappings.begin(), mappings.end(), is_firsts);
        const MappedAt& at = own == mappings.end() ? mappings.front() : *own;
        return ProcessPlace{memory.processes().mms[at.mm].owner, at.address};
    }
    const std::optional<TableView> table = page_table_view(machine, pfn);
    if (!table || table->pid == 0) return {};
    // The topmost table serves every address: the first area's walk reads it too.
    const std::vector<Vma>& areas = memory.processes().mm(table->pid).areas;
    const auto is_served = [&](const Vma& area) { return area.end > table->address; };
    const auto area = std::find_if(areas.begin(), areas.end(), is_served);
    return ProcessPlace{table->pid, area == areas.end() ? table->address : std::max(table->address, area->start)};
}

}  // namespace mmscope
