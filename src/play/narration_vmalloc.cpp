// Sentences about vmalloc, kvmalloc and kmap.
#include <algorithm>

#include "mm/address_event.h"
#include "play/narration.h"
#include "play/vmalloc_calls.h"
#include "play/vocabulary.h"

namespace mmscope {

namespace {

i64 pages_of(const Heap& heap, u64 address) {
    const VmapArea* const area = heap.vmalloc().area_at(address);
    return area == nullptr ? 0 : area->pages();
}

Message narrate_kmap(const Machine& machine, const KernelMapping& mapping, const CommandResult& result) {
    const bool is_high = page_address(machine.memory(), mapping.pfn) == 0;
    const bool is_map = mapping.call == PageCall::kmap;
    Message message(is_map ? (is_high ? "command.kmap" : "command.kmap_low")
                           : (is_high ? "command.kunmap" : "command.kunmap_low"));
    message.hex("pfn", mapping.pfn.value);
    return is_map ? message.hex("address", static_cast<u64>(result.number)) : message;
}

// Without a reason it was never asked: one page that kmalloc does not have, vmalloc would not have either.
std::string key_of_failure(VmallocFailure why) {
    if (why == VmallocFailure::none) return "command.vmalloc_failed";
    return "command.vmalloc_failed_" + std::string(kVmallocFailureNames[static_cast<u32>(why)]);
}

// What does not fit a signed number is told without groups.
void add_size(Message& message, u64 size) {
    message.text("bytes", std::to_string(size));  // as the kernel prints it
    if (size >> 63 != 0)
        message.text("size", std::to_string(size));
    else
        message.number("size", static_cast<i64>(size));
}

// How much could be had at most: memory, and addresses.
void add_limits(Message& message, const PageAllocator& memory) {
    u64 managed = 0;
    for (const Zone& zone : memory.zones()) managed += zone.managed;
    const KernelWindow window = vmalloc_window(memory);
    message.number("memory", static_cast<i64>(managed * kPageSize)).number("window", static_cast<i64>(window.bytes()));
}

}  // namespace

Message narrate_vmalloc(const Machine& machine, const TraceEvent& event) {
    constexpr std::string_view kTables[] = {"PT", "PD"};
    const std::string kind(kTraceKindNames[static_cast<u32>(event.kind)]);
    const bool is_one = event.b == 1;
    const bool is_whole = event.kind == TraceKind::flush_tlb_kernel_range && event.order == 1;
    const bool counts_pages = event.kind == TraceKind::vmap_pages_range;
    const bool is_none = event.kind == TraceKind::free_vmap_area_noflush && event.b == 0;
    const bool is_bad = is_none && event.pfn != 0;  // no page begins there
    const u64 address = event_address(event) + (is_none ? event.pfn : 0);
    Message message("event." + kind + (is_bad ? "_bad" : is_none ? "_none" : is_whole ? "_whole" : counts_pages && is_one ? "_one" : ""));
    message.hex("address", address).number("pages", event.b).number("count", event.b);
    if (event.kind == TraceKind::free_vmap_area_noflush)
        return message.number("lazy", event.pfn).number("most", Vmalloc::lazy_max_pages(machine.memory().cpus()));
    if (event.kind == TraceKind::purge_vmap_area_lazy) return message.number("lazy", event.pfn);
    if (event.pfn != kNoPfn.value) message.hex("pfn", event.pfn);
    return message.text("level", kTables[event.order & 1]);
}

Message narrate_mapping(const Machine& machine, const KernelMapping& mapping, const CommandResult& result) {
    const std::string_view name = page_call_word(mapping.call).name;
    if (mapping.call == PageCall::kmap || mapping.call == PageCall::kunmap) return narrate_kmap(machine, mapping, result);
    if (mapping.call == PageCall::vfree || mapping.call == PageCall::kvfree)
        return Message(result.number < 0   ? "command.vfree_none"
                       : result.number > 0 ? "command.vfree_inside"
                                           : "command.vfree")
            .text("name", name)
            .hex("address", mapping.address)
            .hex("start", mapping.address - static_cast<u64>(std::max<i64>(result.number, 0)));
    const std::string gfp = gfp_to_text(mapping.gfp, machine.memory().profile());
    if (result.object != 0) {
        Message message("command.kvmalloc_kmalloc");
        message.number("size", static_cast<i64>(mapping.size)).text("gfp", gfp);
        return message.hex("address", direct_map_base(machine.memory().arch()) + result.object);
    }
    const bool is_kv = mapping.call == PageCall::kvmalloc;
    Message message(is_kv ? "command.kvmalloc" : "command.vmalloc");
    if (result.number == 0) message.key = key_of_failure(static_cast<VmallocFailure>(result.mapping));
    message.text("name", name).text("gfp", gfp);
    add_size(message, mapping.size);
    if (result.number == 0) add_limits(message, machine.memory());
    const u64 address = static_cast<u64>(result.number);
    return message.hex("address", address).number("pages", pages_of(machine.heap(), address));
}

}  // namespace mmscope
