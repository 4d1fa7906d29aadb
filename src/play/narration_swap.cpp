// Sentences about swap: pages that go there and come back, areas, and how reclaim divides its looks.
#include "mm/scan_balance.h"
#include "play/narration.h"

namespace mmscope {

namespace {

std::string key_of(const TraceEvent& event) {
    std::string key = "event." + std::string(kTraceKindNames[static_cast<u32>(event.kind)]);
    if (event.kind == TraceKind::get_scan_count)
        key += event.migratetype == static_cast<u32>(ScanBalance::fract) ? "_fract" : "";
    if (event.kind == TraceKind::swap_out && event.migratetype == 0) key += "_clean";
    if (event.kind == TraceKind::swapoff && event.migratetype == 0) key += "_failed";
    if (event.kind == TraceKind::workingset_refault) key += event.order == 1 ? "_active" : "_inactive";
    return key;
}

}  // namespace

Message narrate_swap(const TraceEvent& event) {
    Message message(key_of(event));
    if (event.pfn != kNoPfn.value) message.hex("pfn", event.pfn);
    switch (event.kind) {
        case TraceKind::get_scan_count:
            return message.number("priority", event.order)
                .text("balance", kScanBalanceNames[event.migratetype % std::size(kScanBalanceNames)])
                .number("anon", event.a)
                .number("file", i64{100} - event.a);
        case TraceKind::workingset_refault:
            return message.number("distance", event.a).number("size", event.b);
        case TraceKind::swap_full:
            return message.number("slots", event.a);
        case TraceKind::swapon:
            return message.number("area", event.order)
                .number("pages", event.a)
                .number("priority", static_cast<i32>(event.b));
        case TraceKind::swapoff:
            return message.number("area", event.order).number("used", event.a).number("left", event.b);
        default:  // add_to_swap, mm_vmscan_write_folio, swap_out, swap_read_folio, swap_free
            return message.number("area", event.order).number("slot", event.a);
    }
}

Message narrate_swap_command(const PageAllocator& memory, const Command& command, const CommandResult& result) {
    const bool has_failed = result.number < 0;
    const std::string error = has_failed ? errno_text(result.number) : "";
    if (const SwapOn* on = std::get_if<SwapOn>(&command)) {
        if (has_failed) return Message("command.swapon_failed").text("result", error);
        return Message("command.swapon")
            .number("bytes", static_cast<i64>(on->bytes))
            .number("area", result.number)
            .number("pages", memory.swap().areas()[static_cast<u32>(result.number)].pages());
    }
    const u32 area = std::get<SwapOff>(command).area;
    if (!has_failed) return Message("command.swapoff").number("area", area);
    if (!memory.swap().is_used(area)) return Message("command.swapoff_none").number("area", area);
    return Message("command.swapoff_failed")
        .number("area", area)
        .text("result", error)
        .number("pages", memory.swap().areas()[area].used);
}

}  // namespace mmscope
