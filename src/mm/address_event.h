// Events about an address: its page stands in `a` and `migratetype`, bits 12 to 51; bit 51 is the sign.
#pragma once

#include "mm/trace.h"

namespace mmscope {

// What else such an event holds.
struct AddressEvent {
    u32 pfn = kNoPfn.value;
    u32 b = 0;
    u32 order = 0;
    u32 zone = 0;
};

inline void emit_address(Trace& trace, TraceKind kind, u64 address, const AddressEvent& event) {
    const u64 page = address >> kPageShift;
    trace.emit(kind, event.zone, event.order, static_cast<u32>(page >> 32 & 0xff), event.pfn, static_cast<u32>(page),
               event.b);
}

// The address of its page's first byte.
constexpr u64 event_address(const TraceEvent& event) {
    const u64 page = u64{event.migratetype} << 32 | event.a;
    return page << kPageShift | (event.migratetype >> 7 != 0 ? 0xfff0000000000000ULL : 0);
}

// What an access wants is any address at all, canonical or not, and of five-level tables has 57 bits. The events about
// accesses mean no frame; `pfn` has bits 52 to 63 there, if they do not follow from the sign.
constexpr bool is_about_access(TraceKind kind) {
    return kind == TraceKind::mmu_access || kind == TraceKind::retry_access || kind == TraceKind::tlb_miss ||
           kind == TraceKind::page_fault_user || kind == TraceKind::signal_generate;
}

inline void emit_access(Trace& trace, TraceKind kind, u64 address, AddressEvent event) {
    const u64 upper = address >> 51;
    event.pfn = upper == 0 || upper == (u64{1} << 13) - 1 ? kNoPfn.value : static_cast<u32>(address >> 52);
    emit_address(trace, kind, address, event);
}

// The address of an event about an access, to the page.
constexpr u64 access_address(const TraceEvent& event) {
    const u64 address = event_address(event);
    return event.pfn == kNoPfn.value ? address : (address & 0x000fffffffffffffULL) | u64{event.pfn} << 52;
}

}  // namespace mmscope
