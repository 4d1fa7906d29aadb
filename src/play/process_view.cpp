#include "play/process_view.h"

#include <charconv>

#include "mm/shmem.h"
#include "play/process_files.h"
#include "mm/address_event.h"

namespace mmscope {

namespace {

// A view of page tables may write; these functions do not.
template <class Use>
auto looking_at(const PageAllocator& memory, u32 pid, Use use) {
    Trace nobody;
    return use(PageTables(const_cast<PageAllocator&>(memory), memory.processes().processes[pid - 1].mm, 0, nobody));
}

}  // namespace

std::vector<ProcessView> process_views(const PageAllocator& memory) {
    const ProcessTable& table = memory.processes();
    std::vector<ProcessView> views;
    for (u32 pid = 1; pid <= table.processes.size(); ++pid) {
        if (!table.is_alive(pid)) continue;
        const Mm& mm = table.mm(pid);
        views.push_back({pid, table.processes[pid - 1].parent, mm.resident(), mm.total_vm, mm.table_pages()});
    }
    return views;
}

std::vector<AreaView> area_views(const PageAllocator& memory, u32 pid) {
    std::vector<AreaView> views;
    for (const PidMaps::Area& area : pid_maps_of(memory, pid, MapsDetail::maps).areas) {
        AreaView view{area.start, area.end, area.rights, area.name, 0, 0, 0};
        for (const PageView& page : page_views(memory, pid, area.start, area.end)) {
            view.resident += page.entry.has_page() ? page.pages : 0;
            view.huge += page.pages > 1 ? page.pages : 0;
            view.swapped += page.entry.is_swap() ? 1 : 0;
        }
        view.swapped += shmem_swapped(memory, memory.processes().mm(pid).areas[views.size()]);
        views.push_back(std::move(view));
    }
    return views;
}

std::vector<PageView> page_views(const PageAllocator& memory, u32 pid, u64 start, u64 end) {
    return looking_at(memory, pid, [&](const PageTables& tables) {
        std::vector<PageView> pages;
        tables.for_each(start, end, [&](u64 address, EntryPlace, PageEntry entry, u32 height) {
            pages.push_back({address, entry, static_cast<u32>(tables.mode().span(height) >> kPageShift)});
        });
        return pages;
    });
}

Walk walk_view(const PageAllocator& memory, u32 pid, u64 address) {
    return looking_at(memory, pid, [&](const PageTables& tables) { return tables.walk(address); });
}

std::optional<u64> read_address(std::string_view text) {
    const bool is_hex = text.starts_with("0x");
    if (is_hex) text.remove_prefix(2);
    u64 number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number, is_hex ? 16 : 10);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<AccessView> last_access(const Snapshot& snapshot) {
    const Trace* trace = snapshot.trace;
    if (trace == nullptr || trace->kept() == 0) return std::nullopt;
    const TraceEvent& last = trace->kept_event(trace->kept() - 1);
    for (u32 at = trace->kept(); at-- > 0;) {
        const TraceEvent& event = trace->kept_event(at);
        if (event.kind != TraceKind::mmu_access) continue;
        AccessView access{event.b, event_address(event), std::nullopt};
        if (last.kind == TraceKind::page_walk) access.walk_height = address_order(last);
        if (!snapshot.memory().processes().is_alive(access.pid)) return std::nullopt;
        return access;
    }
    return std::nullopt;
}

std::vector<std::string> walk_lines(const PageAllocator& memory, u32 pid, u64 address) {
    const auto hex = [](u64 number) {
        char digits[17] = {};
        std::to_chars(digits, digits + 16, number, 16);
        return "0x" + std::string(digits);
    };
    const Walk walk = walk_view(memory, pid, address);
    Pfn table = memory.processes().mm(pid).pgd;
    std::vector<std::string> lines;
    for (u32 i = 0; i < walk.count; ++i) {
        const WalkStep& step = walk.steps[i];
        std::string line(kTableLevelNames[step.height]);
        line += "[" + std::to_string(step.index) + "] in frame " + hex(table.value) + ": ";
        line += step.entry.is_present()
                    ? "frame " + hex(step.entry.pfn().value) + ", " + entry_flags(step.entry.summary())
                : step.height == 0 && step.entry.is_swap() ? "on swap, " + swap_place(memory, step.entry)
                                                           : "not present";
        lines.push_back(std::move(line));
        table = step.entry.pfn();
    }
    if (walk.is_leaf()) lines.push_back(hex(walk.physical(memory.processes().mode, address)));
    return lines;
}

std::string swap_place(const PageAllocator& memory, PageEntry entry) {
    const SwapEntry slot = memory.processes().mode.swap_of(entry);
    return "area " + std::to_string(slot.area()) + ", slot " + std::to_string(slot.slot());
}

std::string entry_flags(u8 summary) {
    std::string text;
    for (u32 bit = 0; bit < std::size(kEntryFlagNames); ++bit)
        if ((summary >> bit & 1) != 0) (text += text.empty() ? "" : " ") += kEntryFlagNames[bit];
    return text;
}

}  // namespace mmscope
