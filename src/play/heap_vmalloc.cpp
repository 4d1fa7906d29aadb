// What a heap does with addresses: vmalloc, kvmalloc, kmap.
#include "mm/address_event.h"
#include "play/heap.h"
#include "play/value.h"
#include "play/vocabulary.h"

namespace mmscope {

namespace {

constexpr i64 kEinval = 22;
constexpr u64 kMostKvmalloc = 0x7fffffff;  // INT_MAX: the kernel warns of more, and gives nothing

bool in_interrupt(Context context) { return context != Context::process && context != Context::atomic; }

// kmalloc_gfp_adjust: a large block is tried for, not fought for; whoever may not fail has vmalloc to fall back on.
Gfp kvmalloc_mask(Gfp mask, u64 size, const Profile& profile) {
    if (size <= kPageSize) return mask;
    mask.bits |= gfp::kNowarn;
    if (!mask.has(gfp::kRetryMayfail)) {
        if (profile.kvmalloc_never_reclaims)
            mask.bits &= ~u32{gfp::kDirectReclaim};
        else
            mask.bits |= gfp::kNoretry;
    }
    mask.bits &= ~u32{gfp::kNofail};
    return mask;
}

Message in_interrupt_message(const KernelMapping& mapping) {
    const bool is_kmap = mapping.call == PageCall::kmap || mapping.call == PageCall::kunmap;
    return Message(is_kmap ? "error.kmap_in_interrupt" : "error.vmalloc_in_interrupt")
        .text("name", page_call_word(mapping.call).name)
        .text("context", kContextNames[static_cast<u32>(mapping.context)]);
}

// The kernel's words for it are in play/failure_report.cpp.
void say_why_not(SlabAllocator& slab, const KernelMapping& mapping, const CommandResult& result, SlabCaller& caller) {
    const VmallocFailure why = static_cast<VmallocFailure>(result.mapping);
    const bool is_told = why == VmallocFailure::more_than_memory || why == VmallocFailure::no_hole;
    if (is_told && !mapping.gfp.has(gfp::kNowarn))
        slab.warn(SlabBug::Kind::vmalloc_error, mapping.size, caller, mapping.gfp, result.mapping);
}

// An address that starts no page is warned of by itself; before 6.3 no area was looked for then (__vunmap).
void warn_of_vfree(SlabAllocator& slab, u64 address, SlabCaller& caller) {
    const bool is_bad = address % kPageSize != 0;
    if (is_bad) slab.warn(SlabBug::Kind::vfree_bad_address, address, caller);
    if (!is_bad || caller.memory.profile().vfree_warns_twice)
        slab.warn(SlabBug::Kind::vfree_nonexistent, address, caller);
}

bool is_high(const PageAllocator& memory, Pfn pfn) { return page_address(memory, pfn) == 0; }

}  // namespace

// BUG_ON(in_interrupt()) of whoever needs page tables, and what would go wrong where a slot of kmap is needed: its lock
// is not one for interrupts. Other pages have an address for ever, there kmap() only complains that it might sleep.
Message Heap::mapping_fault(const KernelMapping& mapping, const PageAllocator& memory) const {
    const bool is_free = mapping.call == PageCall::vfree || mapping.call == PageCall::kvfree;
    const bool is_kmap = mapping.call == PageCall::kmap || mapping.call == PageCall::kunmap;
    const bool needs_tables = is_kmap ? is_high(memory, mapping.pfn) : !is_free && mapping.call != PageCall::kvmalloc;
    if (needs_tables && in_interrupt(mapping.context))
        return in_interrupt_message(mapping);
    if (is_free) {
        const VmapArea* const area = vmalloc_.area_to_free(mapping.address, memory);
        if (area != nullptr && mapping.address_call != 0 && mapping.address_call != area->call)
            return Message("error.object_stale")
                .hex("address", mapping.address)
                .number("call", mapping.address_call)
                .number("owner", area->call);
    }
    if (mapping.call == PageCall::kunmap && is_high(memory, mapping.pfn) && !kmap_.is_mapped(mapping.pfn))
        return Message("error.kunmap_not_mapped").hex("pfn", mapping.pfn.value);
    return {};
}

void Heap::kvmalloc(const KernelMapping& mapping, SlabCaller& caller, CommandResult* result) {
    AllocObject object;
    object.call = PageCall::kvmalloc;
    object.size = mapping.size;
    object.gfp = kvmalloc_mask(mapping.gfp, mapping.size, caller.memory.profile());
    object.context = mapping.context;
    if (mapping.size <= most_kmalloc()) alloc(object, caller, result);
    if (result->object != 0 || mapping.size <= kPageSize || caller.memory.deadlock() != Deadlock::none) return;
    VmallocFailure why = VmallocFailure::none;
    if (!may_sleep(mapping.gfp) && !caller.memory.profile().kvmalloc_never_reclaims)
        why = VmallocFailure::may_not_sleep;
    else if (mapping.size > kMostKvmalloc)
        why = VmallocFailure::int_max;
    result->mapping = static_cast<u32>(why);
    if (why != VmallocFailure::none) return;
    if (in_interrupt(mapping.context)) {
        result->end = in_interrupt_message(mapping);
        return;
    }
    const Vmalloc::Caller own{caller.memory, caller.trace, caller.call, caller.cpu};
    alloc_area(mapping, own, result);
    say_why_not(slab_, mapping, *result, caller);
}

void Heap::alloc_area(const KernelMapping& mapping, const Vmalloc::Caller& caller, CommandResult* result) {
    VmallocFailure why = VmallocFailure::none;
    result->number = static_cast<i64>(vmalloc_.alloc(mapping.size, mapping.gfp, caller, &why));
    result->mapping = static_cast<u32>(why);
}

void Heap::map_kernel(const KernelMapping& mapping, SlabCaller& caller, CommandResult* result) {
    const Vmalloc::Caller own{caller.memory, caller.trace, caller.call, caller.cpu};
    switch (mapping.call) {
        case PageCall::kvmalloc: return kvmalloc(mapping, caller, result);
        case PageCall::vfree:
        case PageCall::kvfree:
            // From an interrupt a worker does it, as soon as the interrupt is over.
            if (in_interrupt(mapping.context)) emit_address(caller.trace, TraceKind::vfree_deferred, mapping.address, {});
            if (const VmapArea* const area = vmalloc_.area_to_free(mapping.address, caller.memory))
                result->number = static_cast<i64>(mapping.address - area->start);
            if (!vmalloc_.free(mapping.address, own)) {
                result->number = -kEinval;
                warn_of_vfree(slab_, mapping.address, caller);
            }
            return;
        case PageCall::kmap: {
            u64 address = page_address(caller.memory, mapping.pfn);
            if (address == 0) address = kmap_.map(mapping.pfn, own);
            result->number = static_cast<i64>(address);
            if (address == 0)
                result->end = Message("error.kmap_full").number("most", kmap_slots(caller.memory.arch()));
            return;
        }
        case PageCall::kunmap:
            if (is_high(caller.memory, mapping.pfn)) kmap_.unmap(mapping.pfn, own);
            return;
        default:
            alloc_area(mapping, own, result);
            say_why_not(slab_, mapping, *result, caller);
    }
}

}  // namespace mmscope
