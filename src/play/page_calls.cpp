#include "play/page_calls.h"

#include "play/looking.h"
#include "play/memory_calls.h"
#include "play/process_calls.h"
#include "play/slab_calls.h"
#include "play/sysctl.h"
#include "play/vmalloc_calls.h"

namespace mmscope {

namespace {

bool is_alloc(PageCall call) { return call <= PageCall::get_zeroed_page; }
bool takes_address(PageCall call) { return call == PageCall::free_pages || call == PageCall::free_page; }
bool returns_address(PageCall call) {
    return call == PageCall::__get_free_pages || call == PageCall::__get_free_page || call == PageCall::get_zeroed_page;
}

Message bad_order(i64 order) {
    Message message(order > kMaxPageOrder ? "error.order_too_large" : "error.no_such_order");
    return message.number("order", order).number("most", kMaxPageOrder).number("frames", Order{kMaxPageOrder}.frames());
}

// The order argument of a call that has one; else 0.
bool read_order(const Scene& scene, const CallWord& word, const Value* arguments, Order* order, Message* error) {
    *order = {};
    if (word.most < 2) return true;
    const Value& value = arguments[1];
    if (value.kind != ValueKind::integer) return fail_argument(scene, word, 1, ValueKind::integer, value, error);
    if (value.number < 0 || value.number > kMaxPageOrder) {
        *error = bad_order(value.number);
        return false;
    }
    *order = {static_cast<u8>(value.number)};
    return true;
}

Result<Command, Message> alloc_command(const Scene& scene, PageCall call, const Value* arguments) {
    const CallWord& word = page_call_word(call);
    Message error;
    AllocPages alloc{call, {}, {}, scene.state.context};
    if (arguments[0].kind != ValueKind::flags) {
        fail_argument(scene, word, 0, ValueKind::flags, arguments[0], &error);
        return error;
    }
    if (!read_order(scene, word, arguments, &alloc.order, &error)) return error;
    alloc.gfp = arguments[0].gfp();
    if (returns_address(call)) alloc.gfp.bits &= ~gfp::kHighmem;
    if (call == PageCall::get_zeroed_page) alloc.gfp.bits |= gfp::kZero;
    if (Message fault = alloc_fault(alloc.gfp, alloc.order, scene.machine.memory().profile()); !fault.is_empty())
        return fault;
    return Command(alloc);
}

// The frame that a handle means.
bool read_frame(const Scene& scene, PageCall call, const Value& handle, Pfn* pfn, Message* error) {
    const ValueKind wanted = takes_address(call) ? ValueKind::address : ValueKind::page;
    if (handle.kind == ValueKind::null) {
        *error = Message("error.null_page").text("name", page_call_word(call).name);
        return false;
    }
    if (handle.kind != wanted) return fail_argument(scene, page_call_word(call), 0, wanted, handle, error);
    if (wanted == ValueKind::page) {
        *pfn = {static_cast<u32>(handle.number)};
        return true;
    }
    const u64 address = static_cast<u64>(handle.number);
    const u64 frame = (address - direct_map_base(scene.machine.memory().arch())) >> kPageShift;
    *pfn = {static_cast<u32>(frame)};
    if (frame < scene.machine.memory().frames().frames()) return true;
    *error = Message("error.foreign_address").hex("address", address);
    return false;
}

// A handle is good for the block that its command allocated, and only until that is freed.
Message stale_handle(const PageAllocator& memory, Pfn pfn, u32 command) {
    const FrameTable& frames = memory.frames();
    if (pfn.value >= frames.frames() || command == 0) return {};
    if (const u8 state = frames.state(pfn); frame_state::is_free(state) || frame_state::is_on_pcp(state))
        return Message("error.double_free").hex("pfn", pfn.value).number("call", command);
    const BlockRef block = frames.block_of(pfn);
    if (block.head == kNoPfn) return {};
    const u32 owner = memory.allocation(block.head).call;
    if (owner == command || owner == 0) return {};
    return Message("error.stale_page").hex("pfn", pfn.value).number("call", command).number("owner", owner);
}

Result<Command, Message> free_command(const Scene& scene, PageCall call, const Value* arguments) {
    Message error;
    FreePages free{call, {}, {}};
    if (!read_frame(scene, call, arguments[0], &free.pfn, &error)) return error;
    if (!read_order(scene, page_call_word(call), arguments, &free.order, &error)) return error;
    const PageAllocator& memory = scene.machine.memory();
    if (Message stale = stale_handle(memory, free.pfn, arguments[0].call); !stale.is_empty()) return stale;
    if (Message fault = free_fault(memory, free.pfn, free.order); !fault.is_empty()) return fault;
    return Command(free);
}

Result<Command, Message> drain_command(const Scene& scene, PageCall call, const Value* arguments, u32 count) {
    DrainPages drain{call, std::nullopt};
    if (count == 0 || arguments[0].kind == ValueKind::null) return Command(drain);
    Message error;
    if (arguments[0].kind != ValueKind::zone) {
        fail_argument(scene, page_call_word(call), 0, ValueKind::zone, arguments[0], &error);
        return error;
    }
    const Zone* zone = scene.machine.memory().find_zone(arguments[0].zone_type(), arguments[0].zone_node());
    if (zone == nullptr) return Message("error.no_zone").text("zone", describe(scene, arguments[0]));
    drain.zone = zone->position;
    return Command(drain);
}

Result<Command, Message> tick_command(const Scene& scene, const Value* arguments) {
    constexpr u32 kMostSeconds = 3600;
    Message error;
    if (arguments[0].kind != ValueKind::integer) {
        fail_argument(scene, page_call_word(PageCall::tick), 0, ValueKind::integer, arguments[0], &error);
        return error;
    }
    if (arguments[0].number < 1 || arguments[0].number > kMostSeconds)
        return Message("error.out_of_range")
            .text("key", "tick")
            .number("least", 1)
            .number("most", kMostSeconds)
            .number("value", arguments[0].number);
    return Command(Tick{static_cast<u32>(arguments[0].number)});
}

}  // namespace

bool is_idle_call(PageCall call, const Value* arguments) {
    return (takes_address(call) && arguments[0].kind == ValueKind::null) || is_idle_slab_call(call, arguments) ||
           is_idle_vmalloc_call(call, arguments);
}

Result<Command, Message> page_command(const Scene& scene, PageCall call, const Value* arguments, u32 count) {
    if (is_process_call(scene, call)) return process_command(scene, call, arguments, count);
    switch (call) {
        case PageCall::drain_all_pages:
        case PageCall::drain_local_pages:
            return drain_command(scene, call, arguments, count);
        case PageCall::tick:
            return tick_command(scene, arguments);
        default:
            if (is_memory_call(call)) return memory_command(scene, call, arguments, count);
            if (is_vmalloc_call(call)) return vmalloc_command(scene, call, arguments);
            if (is_slab_call(call)) return slab_command(scene, call, arguments, count);
            return is_alloc(call) ? alloc_command(scene, call, arguments) : free_command(scene, call, arguments);
    }
}

Result<Command, Message> sysctl_command(const Scene& scene, u32 name, const Value& value) {
    const PageAllocator& memory = scene.machine.memory();
    const SysctlName which = static_cast<SysctlName>(name);
    SetSysctl set{which, memory.sysctl(), std::string(kSysctlNames[name]) + " = " + describe(scene, value)};
    if (which == SysctlName::lowmem_reserve_ratio) {
        if (value.kind != ValueKind::text) return Message("error.ratio_expected");
        const auto ratio = read_lowmem_reserve_ratio(scene.code.texts[static_cast<u32>(value.number)], memory.arch());
        if (!ratio) return Message("error.ratio_expected");
        set.sysctl.lowmem_reserve_ratio = *ratio;
        return Command(set);
    }
    if (which == SysctlName::transparent_hugepage) {
        if (!memory.profile().has_thp) return Message("error.no_thp").text("kernel", scene.machine.kernel());
        if (value.kind != ValueKind::text) return Message("error.thp_expected");
        const auto enabled = read_thp_enabled(scene.code.texts[static_cast<u32>(value.number)]);
        if (!enabled) return Message("error.thp_expected");
        set.sysctl.transparent_hugepage = static_cast<u32>(*enabled);
        return Command(set);
    }
    if (value.kind != ValueKind::integer) return Message("error.key_number").text("key", kSysctlNames[name]);
    if (Message fault = check_sysctl(which, value.number, memory.profile()); !fault.is_empty()) return fault;
    set.sysctl.*sysctl_number(which) = static_cast<u32>(value.number);
    return Command(set);
}

Value page_call_value(const Machine& machine, PageCall call, const CommandResult& result, u32 command) {
    if (is_memory_call(call)) return memory_call_value(machine, call, result, command);
    if (is_vmalloc_call(call)) return vmalloc_call_value(machine, call, result, command);
    if (is_slab_call(call)) return slab_call_value(machine, call, result, command);
    const Pfn pfn = result.pfn;
    if (pfn == kNoPfn) return Value::null();
    return returns_address(call) ? Value::address(page_address(machine.memory(), pfn), command)
                                 : Value::page(pfn, command);
}

Message alloc_fault(Gfp gfp, Order order, const Profile& profile) {
    if (order.value > kMaxPageOrder) return bad_order(order.value);
    switch (gfp_fault(gfp)) {
        case GfpFault::none:
            return {};
        case GfpFault::two_zones:
            return Message("error.gfp_two_zones").text("gfp", gfp_to_text(gfp, profile));
        case GfpFault::movable_and_reclaimable:
            break;
    }
    return Message("error.gfp_movable_reclaimable").text("gfp", gfp_to_text(gfp, profile));
}

Message free_fault(const PageAllocator& memory, Pfn pfn, Order order) {
    if (order.value > kMaxPageOrder) return bad_order(order.value);
    const bool is_frame = pfn.value < memory.frames().frames();
    const u8 state = is_frame ? memory.frames().state(pfn) : frame_state::kAbsent;
    if (frame_state::is_allocated(state) && frame_state::owner(state) == Owner::slab)
        return Message("error.free_slab").hex("pfn", pfn.value);
    const FreeFault fault = memory.free_fault(pfn, order);
    switch (fault) {
        case FreeFault::none:
            return {};
        case FreeFault::not_a_frame:
            return Message("error.foreign_frame").hex("pfn", pfn.value).hex("end", memory.frames().frames());
        case FreeFault::reserved:
            return Message("error.free_reserved").hex("pfn", pfn.value);
        case FreeFault::already_free:
            return Message("error.free_free").hex("pfn", pfn.value);
        case FreeFault::never_allocated:
            return Message("error.free_never_allocated").hex("pfn", pfn.value);
        case FreeFault::on_lru:
            return Message("error.free_lru").hex("pfn", pfn.value);
        case FreeFault::page_table:
            return Message("error.free_page_table").hex("pfn", pfn.value);
        case FreeFault::vmalloc:
            return Message("error.free_vmalloc").hex("pfn", pfn.value);
        case FreeFault::not_head:
            break;
        case FreeFault::wrong_order:
            break;
    }
    const BlockRef block = memory.frames().block_of(pfn);
    Message message(fault == FreeFault::not_head ? "error.free_not_head" : "error.free_wrong_order");
    return message.hex("pfn", pfn.value)
        .hex("head", block.head.value)
        .number("order", order.value)
        .number("real", block.order.value);
}

}  // namespace mmscope
