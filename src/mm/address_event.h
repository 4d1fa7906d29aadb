// Events about an address. Its page stands in `a` and `migratetype`, bits 12 to 51, of which bit 51 is the sign; what
// five-level tables have above it, bits 52 to 56, stands above `order` where it does not follow from the sign.
#pragma once

#include <cassert>

#include "mm/trace.h"

namespace mmscope {

// What else such an event holds.
struct AddressEvent {
    u32 pfn = kNoPfn.value;
    u32 b = 0;
    u32 order = 0;  // less than 8, but for events about accesses
    u32 zone = 0;
};

namespace address_bits {
inline constexpr u32 kOrderBits = 3;
// Copies of this bit above it.
constexpr u64 signed_at(u32 bit, u64 address) {
    const u64 above = ~u64{0} << bit;
    return (address >> bit & 1) != 0 ? address | above : address & ~above;
}
}  // namespace address_bits

// What an access wants is any address at all, canonical or not, and to the byte, as CR2 and si_addr have it. The events
// about accesses mean no frame; `pfn` has bits 52 to 63 there and, below them, bits 0 to 11.
constexpr bool is_about_access(TraceKind kind) {
    return kind == TraceKind::mmu_access || kind == TraceKind::retry_access || kind == TraceKind::tlb_miss ||
           kind == TraceKind::page_fault_user || kind == TraceKind::signal_generate;
}

inline void emit_address(Trace& trace, TraceKind kind, u64 address, const AddressEvent& event) {
    assert(event.order < 1U << address_bits::kOrderBits || is_about_access(kind));
    if (!trace.is_attached()) return;
    const u64 page = address >> kPageShift;
    const u64 beyond = address ^ address_bits::signed_at(51, address);
    const u32 above = is_about_access(kind) ? 0 : static_cast<u32>(beyond >> 52 & 31);
    trace.emit(kind, event.zone, event.order | above << address_bits::kOrderBits, static_cast<u32>(page >> 32 & 0xff),
               event.pfn, static_cast<u32>(page), event.b);
}

inline void emit_access(Trace& trace, TraceKind kind, u64 address, AddressEvent event) {
    event.pfn = static_cast<u32>(address >> 52 << kPageShift | (address & (kPageSize - 1)));
    emit_address(trace, kind, address, event);
}

// The address of its page's first byte; of an event about an access, what that wants.
constexpr u64 event_address(const TraceEvent& event) {
    const u64 low = (u64{event.migratetype} << 32 | event.a) << kPageShift;
    if (is_about_access(event.kind)) return low | u64{event.pfn >> kPageShift} << 52 | (event.pfn & (kPageSize - 1));
    const u64 address = address_bits::signed_at(51, low);
    return address_bits::signed_at(56, address ^ u64{event.order} >> address_bits::kOrderBits << 52);
}

// What such an event says by its `order`.
constexpr u32 address_order(const TraceEvent& event) {
    return is_about_access(event.kind) ? event.order : event.order & ((1U << address_bits::kOrderBits) - 1);
}

}  // namespace mmscope
