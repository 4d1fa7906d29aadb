#include "play/looking.h"

#include <algorithm>
#include <optional>

#include "mm/oom.h"
#include "mm/page_table.h"
#include "play/hugepages_files.h"
#include "play/looking_arguments.h"
#include "play/process_calls.h"
#include "play/vmalloc_calls.h"

namespace mmscope {

namespace {

u32 order_of(const FrameTable& frames, Pfn pfn) { return frames.block_of(pfn).order.value; }

Value zone_of(const PageAllocator& memory, Pfn pfn) {
    const Zone* zone = memory.zone_of(pfn);
    return zone == nullptr ? Value::null() : Value::zone(zone->type, zone->node);
}

Value address_of(const Machine& machine, const Value& page) {
    const u64 address = page_address(machine, {static_cast<u32>(page.number)});
    return address == 0 ? Value::null() : Value::address(address, page.call);
}

// The handle of whoever owns the frame now. A number that is no frame gives a handle as wild as in the kernel.
Value page_of(const PageAllocator& memory, i64 number, LookingArguments& arguments) {
    if (number < 0 || number >= kNoPfn.value) {
        arguments.fail(Message("error.no_pfn").number("pfn", number));
        return {};
    }
    const Pfn pfn{static_cast<u32>(number)};
    if (pfn.value >= memory.frames().frames()) return Value::page(pfn, 0);
    const BlockRef block = memory.frames().block_of(pfn);
    const bool is_owned =
        block.head != kNoPfn && !block.is_free && !frame_state::is_on_pcp(memory.frames().state(block.head));
    return Value::page(pfn, is_owned ? memory.allocation(block.head).call : 0);
}

// The place of a counter's name in its table; an unknown one fails the call.
u32 counter(std::string_view name, const std::string_view* first, u32 count, LookingArguments& arguments) {
    const std::string_view* found = std::find(first, first + count, name);
    if (found != first + count) return static_cast<u32>(found - first);
    const std::string_view suggestion = nearest(name, {first, first + count});
    Message message(suggestion.empty() ? "error.unknown_counter_plain" : "error.unknown_counter");
    message.text("name", name);
    if (!suggestion.empty()) message.text("suggestion", suggestion);
    arguments.fail(std::move(message));
    return 0;
}

Value count_of(const Scene& scene, Looking looking, std::string_view name, LookingArguments& arguments) {
    if (!arguments.is_fine()) return {};
    if (looking == Looking::vmstat) {
        const VmCounter which = static_cast<VmCounter>(counter(name, kVmCounterNames, kVmCounters, arguments));
        return Value::integer(static_cast<i64>(scene.machine.memory().vmstat(which)));
    }
    return Value::integer(
        static_cast<i64>(scene.trace.counts()[counter(name, kTraceKindNames, kTraceKinds, arguments)]));
}

// A file of /sys/kernel/mm/hugepages, by its name and the size of the pages.
Value look_at_pool(const Scene& scene, LookingArguments& arguments) {
    const std::string_view name = arguments.text(0);
    const i64 bytes = arguments.number(1);
    if (!arguments.is_fine()) return {};
    const PageAllocator& memory = scene.machine.memory();
    const u32 file = counter(name, kHugepagesFiles, kHugepagesFileCount, arguments);
    const u32 height = hugepages_height(memory, static_cast<u64>(bytes));
    if (height == 0) {
        arguments.fail(Message("error.no_hugepages").number("bytes", bytes).text("sizes", hugepages_sizes(memory)));
        return {};
    }
    return Value::integer(hugepages_count(memory, file, height));
}

Value look_at_zone(Looking looking, const Zone& zone, u32 count, LookingArguments& arguments) {
    switch (looking) {
        case Looking::free_pages_in: return Value::integer(zone.free_pages);
        case Looking::watermark: return Value::integer(zone.mark(static_cast<Watermark>(arguments.number(1) % 3)));
        case Looking::fragmentation_index: return Value::integer(fragmentation_index(zone, arguments.order(1)));
        case Looking::unusable_index: return Value::integer(unusable_index(zone, arguments.order(1)));
        default: break;
    }
    const Order order = arguments.order(1);
    if (count == 2) return Value::integer(zone.area.nr_free(order));
    return Value::integer(zone.area.count[order.value][static_cast<u32>(arguments.migratetype(2))]);
}

Value look_at_page(const Scene& scene, Looking looking, Pfn pfn, const Value& page) {
    const PageAllocator& memory = scene.machine.memory();
    switch (looking) {
        case Looking::zone: return zone_of(memory, pfn);
        case Looking::pfn: return Value::integer(pfn.value);
        case Looking::order_of: return Value::integer(order_of(memory.frames(), pfn));
        case Looking::refcount: return Value::integer(refcount(memory, pfn));
        case Looking::flags: return Value::text(static_cast<u32>(frame_flag(memory.frames(), pfn)));
        case Looking::page_address: return address_of(scene.machine, page);
        default: return Value::integer(mapcount(memory, pfn));
    }
}

// A process's resident pages, or the frame that its page tables give for an address.
Value look_at_process(const Scene& scene, Looking looking, u32 count, const Value* values,
                      LookingArguments& arguments) {
    const PageAllocator& memory = scene.machine.memory();
    const bool is_rss = looking == Looking::rss;
    u32 pid = scene.state.process;
    if (is_rss || count == 2) pid = static_cast<u32>(arguments.of_kind(is_rss ? 0 : 1, ValueKind::process).number);
    if (!arguments.is_fine()) return {};
    Message fault = pid == 0 ? Message("error.process_needed").text("name", looking_word(looking).name)
                             : process_fault(memory, pid);
    if (!fault.is_empty()) arguments.fail(std::move(fault));
    if (!is_rss && values[0].kind != ValueKind::integer) arguments.of_kind(0, ValueKind::address);
    if (!arguments.is_fine() || memory.processes().is_empty()) return is_rss ? Value::integer(0) : Value::null();
    if (is_rss) return Value::integer(memory.processes().mm(pid).resident());
    Trace nobody;
    const u64 address = static_cast<u64>(values[0].number);
    // A view that may write, and does not.
    const PageTables tables(const_cast<PageAllocator&>(memory), memory.processes().processes[pid - 1].mm, 0, nobody);
    const Walk walk = tables.walk(address);
    if (!tables.mode().is_canonical(address) || !walk.is_leaf()) return Value::null();
    return Value::page({static_cast<u32>(walk.physical(tables.mode(), address) >> kPageShift)}, 0);
}

// What the OOM killer makes of a process; and whom it killed last: NULL as long as nobody.
Value look_at_killer(const Scene& scene, Looking looking, LookingArguments& arguments) {
    const PageAllocator& memory = scene.machine.memory();
    if (looking == Looking::oom_victim) {
        const std::vector<OomKill>& kills = memory.processes().oom_kills;
        const auto has_victim = [](const OomKill& kill) { return kill.has_victim(); };
        const auto last = std::find_if(kills.rbegin(), kills.rend(), has_victim);
        return last == kills.rend() ? Value::null() : Value::process(last->tasks[last->victim].pid);
    }
    const u32 pid = static_cast<u32>(arguments.of_kind(0, ValueKind::process).number);
    if (!arguments.is_fine()) return {};
    if (Message fault = process_fault(memory, pid); !fault.is_empty()) arguments.fail(std::move(fault));
    return arguments.is_fine() ? Value::integer(oom_score(memory, pid)) : Value();
}

// Accesses of processes on a CPU that its TLB answered, or that a walk had to.
Value look_at_tlb(const Scene& scene, Looking looking, LookingArguments& arguments) {
    const PageAllocator& memory = scene.machine.memory();
    const i64 cpu = arguments.number(0);
    if (arguments.is_fine() && (cpu < 0 || cpu >= memory.cpus()))
        arguments.fail(Message("error.no_cpu").number("cpu", cpu).number("last", i64{memory.cpus()} - 1));
    if (!arguments.is_fine() || memory.processes().is_empty()) return Value::integer(0);
    const std::optional<Tlb>& tlb = memory.processes().cpus[static_cast<u32>(cpu)].tlb;
    if (!tlb) return Value::integer(0);
    u64 lookups = 0, misses = 0;
    for (u32 side = 0; side < kTlbSides; ++side) {
        lookups += tlb->counts().lookups[side];
        misses += tlb->counts().walks[side];
    }
    return Value::integer(static_cast<i64>(looking == Looking::tlb_misses ? misses : lookups - misses));
}

// ksize(): bytes that may be used, not those that were asked for.
Value ksize_of(const Scene& scene, const Value& value, LookingArguments& arguments) {
    const Heap& heap = scene.machine.heap();
    if (value.kind == ValueKind::null) return Value::integer(0);
    const u64 address = arguments.object(0);
    if (!arguments.is_fine()) return Value::integer(0);
    Message fault = heap.object_fault({address}, value.call, scene.machine.memory());
    if (!fault.is_empty()) arguments.fail(std::move(fault));
    if (!arguments.is_fine()) return {};
    return Value::integer(static_cast<i64>(heap.ksize({address})));
}

// The word at the free pointer's place of an object that is on a free list: without hardening the next one's address.
Value freeptr_of(const Scene& scene, LookingArguments& arguments) {
    const Heap& heap = scene.machine.heap();
    const u64 address = arguments.object(0);
    if (!arguments.is_fine()) return {};
    const u64 shown = direct_map_base(scene.machine.memory().arch()) + address;
    std::optional<u64> word;
    if (heap.has_slub() && heap.slab().free_fault({address}) == ObjectFault::already_free)
        word = heap.slab().stored_freepointer(heap.slab().locate({address}));
    if (!word) arguments.fail(Message("error.no_freeptr").hex("address", shown));
    return word.value_or(0) == 0 ? Value::null() : Value::address(*word, 0);
}

// The handle of a cache that is there; NULL if none has the name.
Value cache_named(const Heap& heap, std::string_view name) {
    const u32 number = heap.find(name);
    return number == kMostCacheNames ? Value::null() : Value::cache(number, heap.names()[number].call);
}

// As /proc/slabinfo counts: an object that is free in a CPU's slab is active. used_objs counts those in use.
MMSCOPE_LATER Value look_at_cache(const Heap& heap, Looking looking, u32 number) {
    const CacheCounters counters = heap.counters(heap.names()[number].cache);
    switch (looking) {
        case Looking::slabs: return Value::integer(counters.slabs);
        case Looking::active_objs: return Value::integer(counters.objects);
        case Looking::num_objs: return Value::integer(counters.total_objects);
        default: return Value::integer(counters.used);
    }
}

MMSCOPE_LATER Value look_at_object(const Scene& scene, Looking looking, const Value& value,
                                   LookingArguments& arguments) {
    switch (looking) {
        case Looking::virt_to_page: {
            const i64 pfn = static_cast<i64>(arguments.object(0) >> kPageShift);
            return arguments.is_fine() ? page_of(scene.machine.memory(), pfn, arguments) : Value();
        }
        case Looking::ksize: return ksize_of(scene, value, arguments);
        case Looking::freeptr: return freeptr_of(scene, arguments);
        case Looking::cache: {
            const std::string_view name = arguments.text(0);
            return arguments.is_fine() ? cache_named(scene.machine.heap(), name) : Value();
        }
        default: break;
    }
    const u32 number = arguments.cache(0);
    return arguments.is_fine() ? look_at_cache(scene.machine.heap(), looking, number) : Value();
}

Value answer(const Scene& scene, Looking looking, u32 count, const Value* values, LookingArguments& arguments) {
    switch (looking) {
        case Looking::len: {
            const Value& list = arguments.of_kind(0, ValueKind::list);
            return arguments.is_fine() ? Value::integer(static_cast<i64>(list_length(scene.state, list))) : Value();
        }
        case Looking::vmstat:
        case Looking::events: return count_of(scene, looking, arguments.text(0), arguments);
        case Looking::pfn_to_page: {
            const i64 number = arguments.number(0);
            return arguments.is_fine() ? page_of(scene.machine.memory(), number, arguments) : Value();
        }
        case Looking::rss:
        case Looking::follow_page: return look_at_process(scene, looking, count, values, arguments);
        case Looking::tlb_hits:
        case Looking::tlb_misses: return look_at_tlb(scene, looking, arguments);
        case Looking::oom_score:
        case Looking::oom_victim: return look_at_killer(scene, looking, arguments);
        case Looking::hugepages: return look_at_pool(scene, arguments);
        case Looking::vmalloc_to_page: {
            const u64 address = static_cast<u64>(arguments.of_kind(0, ValueKind::address).number);
            if (!arguments.is_fine()) return {};
            const Pfn pfn = vmalloc_to_page(scene.machine, address);
            return pfn == kNoPfn ? Value::null() : page_of(scene.machine.memory(), pfn.value, arguments);
        }
        default: break;
    }
    if (looking <= Looking::unusable_index) {
        const Zone* zone = arguments.zone(0);
        return zone != nullptr ? look_at_zone(looking, *zone, count, arguments) : Value();
    }
    if (looking >= Looking::virt_to_page) return look_at_object(scene, looking, values[0], arguments);
    const Pfn pfn = arguments.page(0);
    return arguments.is_fine() ? look_at_page(scene, looking, pfn, values[0]) : Value();
}

}  // namespace

u64 list_length(const ScriptState& state, const Value& list) {
    const u32 owner = static_cast<u32>(list.number);
    return owner < state.lists.size() ? state.lists[owner].size() : 0;
}

bool fail_argument(const Scene& scene, const CallWord& word, u32 index, ValueKind wanted, const Value& value,
                   Message* error) {
    constexpr const char* kKeys[kValueKinds] = {"",
                                                "",
                                                "",
                                                "error.argument_number",
                                                "error.argument_text",
                                                "error.argument_flags",
                                                "error.argument_page",
                                                "error.argument_address",
                                                "error.argument_file",
                                                "error.argument_process",
                                                "error.argument_cache",
                                                "error.argument_zone",
                                                "error.argument_migratetype",
                                                "error.argument_list"};
    *error = Message(kKeys[static_cast<u32>(wanted)]).number("index", index + 1).text("signature", word.signature);
    error->text("value", describe(scene, value));
    return false;
}

FrameFlag frame_flag(const FrameTable& frames, Pfn pfn) {
    const u8 state = frames.state(pfn);
    if (frame_state::is_free(state)) return frame_state::is_free_head(state) ? FrameFlag::buddy : FrameFlag::none;
    if (frame_state::is_reserved(state)) return FrameFlag::reserved;
    if (frame_state::is_absent(state) || frame_state::is_on_pcp(state)) return FrameFlag::none;
    if (frame_state::is_on_lru(state)) {
        const bool is_file = frame_state::owner(state) == Owner::page_cache;
        const MappedPage page = frames.mapped(pfn);
        const u32 first = static_cast<u32>(is_file ? FrameFlag::file_page : FrameFlag::anonymous_page);
        return static_cast<FrameFlag>(first + u32{page.referenced} + 2 * u32{page.active});
    }
    const BlockRef block = frames.block_of(pfn);
    if (frame_state::owner(state) == Owner::slab && block.head == pfn)
        return frames.allocation(pfn).compound ? FrameFlag::slab_head : FrameFlag::slab;
    if (block.head == kNoPfn || !frames.allocation(block.head).compound) return FrameFlag::none;
    return block.head == pfn ? FrameFlag::head : FrameFlag::tail;
}

u32 mapcount(const PageAllocator& memory, Pfn pfn) {
    const FrameTable& frames = memory.frames();
    const HugetlbFrame of_pool = hugetlb_frame(memory.processes().hugetlb, memory.arch(), pfn);
    if (of_pool.height != 0) return of_pool.page.mapcount;
    const Pfn head = frames.folio(pfn);
    if (!frame_state::is_on_lru(frames.state(head))) return 0;
    const Mapping& mapping = memory.mapping_table().mappings[frames.mapped(head).mapping];
    return mapping.kind == MappingKind::anonymous ? 1 : frames.page_mapcount(pfn);
}

u32 refcount(const PageAllocator& memory, Pfn pfn) {
    const FrameTable& frames = memory.frames();
    const u8 state = frames.state(pfn);
    if (!frame_state::is_allocated_head(state) || frame_state::is_on_pcp(state)) return 0;
    const HugetlbFrame of_pool = hugetlb_frame(memory.processes().hugetlb, memory.arch(), pfn);
    if (of_pool.height != 0) return of_pool.page.head == pfn ? of_pool.page.mapcount : 0;
    if (!frame_state::is_on_lru(state)) return frames.allocation(pfn).refcount;
    const MappingKind kind = memory.mapping_table().mappings[frames.mapped(pfn).mapping].kind;
    const bool is_in_cache = kind == MappingKind::file || kind == MappingKind::shmem;
    const u32 mappings = frames.is_huge(pfn) ? frames.folio_mapcount(pfn) : mapcount(memory, pfn);
    return mappings + (is_in_cache ? 1 : 0);
}

bool look(const Scene& scene, Looking looking, u32 count, std::vector<Value>* stack, Message* error) {
    const Value* values = stack->data() + (stack->size() - count);
    LookingArguments arguments(scene, looking_word(looking), values, error);
    const Value value = answer(scene, looking, count, values, arguments);
    stack->resize(stack->size() - count);
    stack->push_back(value);
    return arguments.is_fine();
}

}  // namespace mmscope
