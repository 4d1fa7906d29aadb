#include "play/vmalloc_calls.h"

#include "play/looking.h"
#include "play/slab_calls.h"

namespace mmscope {

namespace {

// kmap and kunmap take a page that somebody has.
Result<Command, Message> kmap_command(const Scene& scene, PageCall call, const Value& page) {
    const CallWord& word = page_call_word(call);
    Message error;
    if (page.kind == ValueKind::null) return Message("error.null_page").text("name", word.name);
    if (page.kind != ValueKind::page) {
        fail_argument(scene, word, 0, ValueKind::page, page, &error);
        return error;
    }
    const PageAllocator& memory = scene.machine.memory();
    const Pfn pfn{static_cast<u32>(page.number)};
    if (pfn.value >= memory.frames().frames())
        return Message("error.foreign_frame").hex("pfn", pfn.value).hex("end", memory.frames().frames());
    const BlockRef block = memory.frames().block_of(pfn);
    const bool is_owned =
        block.head != kNoPfn && !block.is_free && !frame_state::is_on_pcp(memory.frames().state(block.head));
    if (!is_owned || (page.call != 0 && memory.allocation(block.head).call != page.call))
        return Message("error.kmap_free").text("name", word.name).hex("pfn", pfn.value);
    KernelMapping mapping;
    mapping.call = call;
    mapping.pfn = pfn;
    mapping.context = scene.state.context;
    return Command(mapping);
}

u64 size_of(const Scene& scene, const Value& value) {
    const u64 number = static_cast<u64>(value.number);
    return scene.machine.memory().arch() == Arch::x86_64 ? number : static_cast<u32>(number);
}

Result<Command, Message> alloc_command(const Scene& scene, PageCall call, const Value* values) {
    const CallWord& word = page_call_word(call);
    Message error;
    if (values[0].kind != ValueKind::integer) {
        fail_argument(scene, word, 0, ValueKind::integer, values[0], &error);
        return error;
    }
    KernelMapping mapping;
    mapping.call = call;
    mapping.size = size_of(scene, values[0]);
    mapping.context = scene.state.context;
    mapping.gfp = {gfp::kKernel | (call == PageCall::vzalloc ? u32{gfp::kZero} : 0U)};
    if (call != PageCall::kvmalloc) return Command(mapping);
    if (values[1].kind != ValueKind::flags) {
        fail_argument(scene, word, 1, ValueKind::flags, values[1], &error);
        return error;
    }
    mapping.gfp = values[1].gfp();
    return Command(mapping);
}

Result<Command, Message> free_command(const Scene& scene, PageCall call, const Value& address) {
    const u64 bits = static_cast<u64>(address.number);
    const bool is_address = address.kind == ValueKind::address;
    if (call == PageCall::kvfree && is_address && !vmalloc_window(scene.machine.memory()).contains(bits))
        return slab_command(scene, PageCall::kfree, &address, 1);
    Message error;
    if (!is_address) {
        fail_argument(scene, page_call_word(call), 0, ValueKind::address, address, &error);
        return error;
    }
    KernelMapping mapping;
    mapping.call = call;
    mapping.address = bits;
    mapping.address_call = address.call;
    mapping.context = scene.state.context;
    return Command(mapping);
}

}  // namespace

bool is_idle_vmalloc_call(PageCall call, const Value* arguments) {
    const bool frees = call == PageCall::vfree || call == PageCall::kvfree;
    return frees && arguments[0].kind == ValueKind::null;
}

Result<Command, Message> vmalloc_command(const Scene& scene, PageCall call, const Value* arguments) {
    if (call == PageCall::kmap || call == PageCall::kunmap) return kmap_command(scene, call, arguments[0]);
    if (call == PageCall::vfree || call == PageCall::kvfree) return free_command(scene, call, arguments[0]);
    return alloc_command(scene, call, arguments);
}

Value vmalloc_call_value(const Machine& machine, PageCall call, const CommandResult& result, u32 command) {
    if (result.object != 0) return slab_call_value(machine, PageCall::kmalloc, result, command);
    const bool is_free = call == PageCall::vfree || call == PageCall::kvfree || call == PageCall::kunmap;
    if (is_free || result.number == 0) return Value::null();
    return Value::address(static_cast<u64>(result.number), command);
}

Pfn vmalloc_to_page(const Machine& machine, u64 address) {
    const Heap* heap = machine.heap_so_far();
    return heap == nullptr ? kNoPfn : heap->mapped_frame(address, machine.memory());
}

u64 page_address(const Machine& machine, Pfn pfn) {
    const u64 address = page_address(machine.memory(), pfn);
    const Heap* heap = machine.heap_so_far();
    return address != 0 || heap == nullptr ? address : heap->kmap().address_of(pfn, machine.memory());
}

}  // namespace mmscope
