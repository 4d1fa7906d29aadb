#include "intake/kernel_dump.h"

#include <algorithm>

#include "intake/dump_reader.h"

namespace mmscope {

const DumpList* KernelDump::list(u32 zone, Order order, u8 type) const {
    for (const DumpList& list : lists) {
        if (list.zone == zone && list.order == order && list.type == type) return &list;
    }
    return nullptr;
}

const DumpPcp* KernelDump::pcp(u32 zone, u32 cpu) const {
    for (const DumpPcp& pcp : pcps) {
        if (pcp.zone == zone && pcp.cpu == cpu) return &pcp;
    }
    return nullptr;
}

bool KernelDump::has_counts(u32 cpu, std::span<const ZoneState> of_states) const {
    return std::all_of(of_states.begin(), of_states.end(), [&](const ZoneState& state) {
        const DumpPcp* set = pcp(state.zone, cpu);
        return set != nullptr && set->count == state.pcp_count;
    });
}

std::optional<u32> KernelDump::printing_cpu() const {
    if (states.empty()) return std::nullopt;
    for (const DumpPcp& set : pcps) {
        if (has_counts(set.cpu, states)) return set.cpu;
    }
    return std::nullopt;
}

Order pcp_list_order(u32 index, Order pageblock_order) {
    constexpr u32 kTypes = 3;  // MIGRATE_PCPTYPES
    constexpr u32 kCostlyOrder = 3;
    return index < kTypes * (kCostlyOrder + 1) ? Order{static_cast<u8>(index / kTypes)} : pageblock_order;
}

Result<std::vector<KernelDump>> parse_kernel_dumps(std::string_view text) {
    std::vector<KernelDump> dumps;
    CaptureLines lines(text);
    DumpReader reader(lines, dumps);
    while (lines.next()) {
        const std::string_view first = lines.word();
        const bool good = first == "s" ? reader.read_state(dumps.empty() ? nullptr : &dumps.back().states) : reader.read(first);
        if (!good) return std::move(lines.fault());
    }
    if (!reader.finish()) return std::move(lines.fault());
    if (dumps.empty()) return Diagnostic{0, 0, 0, Message("capture.no_dump")};
    return dumps;
}

}  // namespace mmscope
