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

}  // namespace mmscope
