#include "mm/kmap.h"

#include <algorithm>

#include "mm/address_event.h"
#include "mm/tlb_flush.h"

namespace mmscope {

u32 Kmap::slot_of(Pfn pfn) const {
    u32 at = 0;
    while (at < slots_.size() && slots_[at].pfn != pfn.value) ++at;
    return at;
}

u64 Kmap::address_of(Pfn pfn, const PageAllocator& memory) const {
    const u32 at = slot_of(pfn);
    return at == slots_.size() ? 0 : base(memory) + (u64{at} << kPageShift);
}

bool Kmap::is_mapped(Pfn pfn) const {
    const u32 at = slot_of(pfn);
    return at != slots_.size() && slots_[at].count > 1;
}

Pfn Kmap::frame_of(u64 address, const PageAllocator& memory) const {
    const u64 slot = (address - base(memory)) >> kPageShift;
    return slot < slots_.size() ? Pfn{slots_[static_cast<std::size_t>(slot)].pfn} : kNoPfn;
}

u32 Kmap::used() const {
    return static_cast<u32>(std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.count > 1; }));
}

// flush_all_zero_pkmaps.
void Kmap::flush_unused(const Vmalloc::Caller& caller) {
    u32 count = 0;
    for (Slot& slot : slots_) {
        if (slot.count != 1) continue;
        slot = {};
        ++count;
    }
    const u64 start = base(caller.memory);
    if (count != 0)
        TlbFlush(caller.memory, caller.cpu, caller.trace).flush_kernel_range(start, start + slots_.size() * kPageSize);
    emit_address(caller.trace, TraceKind::flush_all_zero_pkmaps, start, {kNoPfn.value, count});
}

// map_new_virtual: the next slot in turn whose count is 0. The last slot's follower is the first: time to flush.
u64 Kmap::map(Pfn pfn, const Vmalloc::Caller& caller) {
    if (slots_.empty()) slots_.resize(kmap_slots(caller.memory.arch()));
    const u32 slots = static_cast<u32>(slots_.size());
    u32 at = slot_of(pfn);
    if (at == slots) {
        u32 tries = slots;
        do {
            last_ = (last_ + 1) % slots;
            if (last_ == 0) {
                flush_unused(caller);
                tries = slots;
            }
        } while (slots_[last_].count != 0 && --tries != 0);
        if (tries == 0) return 0;
        at = last_;
        slots_[at] = {pfn.value, 1};
    }
    ++slots_[at].count;
    const u64 address = base(caller.memory) + (u64{at} << kPageShift);
    emit_address(caller.trace, TraceKind::kmap_high, address, {pfn.value, slots_[at].count - 1});
    return address;
}

void Kmap::unmap(Pfn pfn, const Vmalloc::Caller& caller) {
    const u32 at = slot_of(pfn);
    --slots_[at].count;
    emit_address(caller.trace, TraceKind::kunmap_high, base(caller.memory) + (u64{at} << kPageShift),
                 {pfn.value, slots_[at].count - 1});
}

std::string Kmap::check(const PageAllocator& memory) const {
    for (u32 at = 0; at < slots_.size(); ++at) {
        if ((slots_[at].count != 0) != (slots_[at].pfn != kNoPfn.value)) return "a slot of kmap counts users of no frame";
        if (slots_[at].count != 0 && slot_of({slots_[at].pfn}) != at) return "two slots of kmap map one frame";
        if (slots_[at].count != 0 && slots_[at].pfn >= memory.frames().frames())
            return "a slot of kmap maps a frame outside the machine";
    }
    return "";
}

}  // namespace mmscope
