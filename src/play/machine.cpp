#include "play/machine.h"

#include <algorithm>
#include <type_traits>

#include "mm/compaction.h"
#include "mm/page_cache.h"
#include "mm/swap.h"
#include "mm/writeback.h"
#include "play/digest.h"
#include "play/import.h"
#include "play/memory_calls.h"
#include "play/page_calls.h"
#include "play/process_calls.h"
#include "play/sysctl.h"

namespace mmscope {

namespace {

constexpr u64 kGiB = u64{1} << 30;
constexpr u32 kScriptPid = 1;
constexpr u64 kJiffiesPerSecond = 250;  // CONFIG_HZ

Message about_key(const char* message_key, std::string_view key) {
    Message message(message_key);
    return message.text("key", key);
}

Message out_of_range(std::string_view key, u32 value, u32 least, u32 most) {
    return about_key("error.out_of_range", key).number("least", least).number("most", most).number("value", value);
}

// What no machine can be; empty if this one can. A 32-bit kernel without PAE cannot reach memory beyond 4 GiB.
Message check_spec(const MachineSpec& spec) {
    const i64 ram = static_cast<i64>(spec.ram);
    const u64 most_ram = spec.arch == Arch::x86_32 ? 4 * kGiB : kMostRam;
    if (spec.ram < kLeastRam)
        return about_key("error.ram_too_small", "ram").number("ram", ram).number("least", kLeastRam >> 20);
    if (spec.ram > most_ram) {
        return about_key("error.ram_too_large", "ram")
            .number("ram", ram)
            .number("most", static_cast<i64>(most_ram / kGiB))
            .text("arch", kArchNames[static_cast<u32>(spec.arch)]);
    }
    if (spec.ram % kPageSize != 0)
        return about_key("error.ram_not_frames", "ram").number("ram", ram).number("page", kPageSize);
    if (spec.swap != 0 && spec.swap < 2 * kPageSize)
        return about_key("error.swap_too_small", "swap")
            .number("least", 2 * kPageSize)
            .number("value", static_cast<i64>(spec.swap));
    if (spec.cpus == 0 || spec.cpus > kMostCpus) return out_of_range("cpus", spec.cpus, 1, kMostCpus);
    if (spec.nodes == 0 || spec.nodes > kMostNodes) return out_of_range("nodes", spec.nodes, 1, kMostNodes);
    if (const Profile* profile = profile_for(spec.kernel).profile) {
        const auto swappiness = spec.sysctl_numbers[static_cast<u32>(SysctlName::swappiness)];
        if (swappiness && *swappiness > profile->most_swappiness)
            return out_of_range("swappiness", *swappiness, 0, profile->most_swappiness);
        if (has_slub(*profile)) return {};
        if (spec.slab_debug.flags != 0)
            return about_key("error.slab_debug_classic", "slab_debug").text("kernel", spec.kernel);
        if (spec.freelist_order != FreelistOrder::plain)
            return about_key("error.freelist_random_classic", "slab_freelist_random").text("kernel", spec.kernel);
        return {};
    }
    return about_key("error.unknown_kernel", "kernel").text("kernel", spec.kernel).text("known", profile_names());
}

// What the kernel says of the caller and its flags before it looks for a block; then it goes on. Of the warnings all
// but one wait for the slow path there, and each is said once after boot.
void complain(const AllocPages& alloc, const Profile& profile, Trace& trace) {
    const auto emit = [&](TraceKind kind, u32 about) {
        const u32 type = static_cast<u32>(gfp_migratetype(alloc.gfp));
        trace.emit(kind, 0, alloc.order.value, type, kNoPfn.value, alloc.gfp.bits, about);
    };
    if (!may_be_used(alloc.gfp, alloc.context)) emit(TraceKind::might_sleep, static_cast<u32>(alloc.context));
    if (alloc.call > PageCall::get_zeroed_page) return;  // an object's mask is not the page allocator's
    const u32 warnings = gfp_warnings(alloc.gfp, alloc.order, profile);
    for (u32 warning = 0; warnings >> warning != 0; ++warning)
        if ((warnings >> warning & 1) != 0) emit(TraceKind::gfp_warning, warning);
}

Gfp mask_of(u32 mapping, const PageAllocator& memory) {
    return PageCache::mask(memory.mapping_table().mappings[mapping].kind, memory.profile());
}

// What is said where the kernel never answers; empty if it did.
Message end_of_request(const AllocPages& alloc, const PageAllocator& memory) {
    if (memory.deadlock() == Deadlock::none) return {};
    Message message(memory.deadlock() == Deadlock::panic ? "error.oom_panic" : "error.endless");
    return message.number("order", alloc.order.value).text("gfp", gfp_to_text(alloc.gfp, memory.profile()));
}

void hash_zone(const Zone& zone, Digest* digest) {
    digest->add(zone.start.value);
    digest->add(zone.spanned);
    digest->add(zone.present);
    digest->add(zone.managed);
    digest->add(zone.free_pages);
    digest->add(zone.nr_free_pages);
    digest->add(zone.nr_reserved_highatomic);
    digest->add(u64{zone.is_boosted} | u64{zone.is_below_high} << 1 | u64{zone.is_reclaim_active} << 2 |
                u64{zone.compaction.flushes_skips} << 3 | u64{zone.compaction.defer_shift} << 8 |
                u64{zone.compaction.order_failed} << 16 | u64{zone.compaction.considered} << 32);
    digest->add(zone.compaction.migrate_pfn[0] | u64{zone.compaction.migrate_pfn[1]} << 32);
    digest->add(zone.compaction.free_pfn);
    digest->add(zone.lru_size, sizeof zone.lru_size);
    digest->add(zone.boost);
    digest->add(zone.pages_allocated);
    digest->add(zone.pages_freed);
    digest->add(zone.numa_hit);
    digest->add(zone.numa_miss);
    digest->add(zone.watermark, sizeof zone.watermark);
    digest->add(zone.lowmem_reserve, sizeof zone.lowmem_reserve);
    digest->add(zone.area.count, sizeof zone.area.count);
}

void hash_daemons(const NodeData& node, Digest* digest) {
    digest->add(u64{node.kswapd_is_awake} | u64{node.kswapd_order.value} << 8 | u64{node.kswapd_highest_index} << 16 |
                u64{node.kswapd_failures} << 24 | u64{node.kcompactd_order.value} << 32 |
                u64{node.kcompactd_highest_index} << 40);
    digest->add(node.nonresident_age);
    for (const auto* pair : {&node.cost, &node.refaults, &node.activations, &node.restores, &node.activations_seen})
        digest->add(pair->data(), sizeof *pair);
}

void hash_mappings(const MappingTable& table, Digest* digest) {
    for (const Mapping& mapping : table.mappings) {
        digest->add(u64{mapping.pages} | u64{mapping.call} << 32);
        digest->add(mapping.dirtied_at);
        digest->add(u64{mapping.resident} | u64{mapping.is_gone} << 32 | static_cast<u64>(mapping.kind) << 33);
    }
    digest->add(table.frame.data(), table.frame.size() * sizeof(u32));
    digest->add(table.killed_by);
    digest->add(table.dirty.data(), table.dirty.size() * sizeof(u32));
    digest->add(table.seconds << 2 | static_cast<u64>(table.flusher));
}

void hash_swap(const SwapSpace& space, Digest* digest) {
    for (const SwapArea& area : space.areas()) {
        digest->add(u64{area.is_used} | u64{area.slots} << 1 | u64{static_cast<u32>(area.priority)} << 32);
        digest->add(u64{area.next} | u64{area.used} << 32);
    }
    digest->add(space.order().data(), space.order().size());
    digest->add(space.counts().data(), space.counts().size() * sizeof(u16));
    digest->add(space.words().data(), space.words().size() * sizeof(u32));
}

void hash_processes(const ProcessTable& table, Digest* digest) {
    for (const Process& process : table.processes)
        digest->add((u64{process.mm} << 32 | process.parent) ^ static_cast<u64>(process.oom_score_adj) << 16);
    for (const OomKill& kill : table.oom_kills) digest->add(u64{kill.call} << 32 | kill.tasks[kill.victim].pid);
    for (const Mm& mm : table.mms) {
        digest->add(mm.context_id);
        digest->add(mm.tlb_generation);
        digest->add(mm.brk);
        for (const Vma& area : mm.areas) {
            digest->add(area.start);
            digest->add(area.end);
            digest->add(area.flags | u64{area.file} << 32);
            digest->add(area.pgoff ^ u64{area.anon_vma} << 40);
        }
    }
    digest->add(table.tables.words().data(), table.tables.words().size() * sizeof(u64));
    digest->add(table.tables.frames().data(), table.tables.frames().size() * sizeof(u32));
    for (const CpuTlb& cpu : table.cpus) {
        digest->add(u64{cpu.loaded_mm} | u64{cpu.asid} << 32 | u64{cpu.next_asid} << 40);
        for (const CpuTlb::Context& context : cpu.contexts) digest->add(context.id ^ context.generation << 32);
        if (!cpu.tlb) continue;
        digest->add(cpu.tlb->keys().data(), cpu.tlb->keys().size() * sizeof(u64));
        digest->add(cpu.tlb->order().data(), cpu.tlb->order().size() * sizeof(u64));
    }
    digest->add(table.committed);
}

void hash_classic(const ClassicCache& cache, Digest* digest) {
    const auto add_array = [&](const ArrayCache& array) {
        digest->add(array.objects.data(), array.objects.size() * sizeof(ObjectAddress));
        digest->add(u64{array.limit} | u64{array.is_touched} << 32);
    };
    digest->add(cache.lists.data(), sizeof cache.lists);
    for (const ArrayCache& array : cache.arrays) add_array(array);
    add_array(cache.shared);
    digest->add(u64{cache.free_objects} | u64{cache.colour_next} << 32);
    digest->add(u64{cache.used} | u64{cache.spare} << 32);
    digest->add(cache.next_reap << 1 | u64{cache.is_free_touched});
}

void hash_heap(const Heap& heap, Digest* digest) {
    Heap::for_each_array(heap, [&](const auto& array) {
        using Item = typename std::remove_cvref_t<decltype(array)>::value_type;
        static_assert(std::has_unique_object_representations_v<Item>, "equal items are equal bytes");
        digest->add(array.data(), array.size() * sizeof(Item));
    });
    const Heap::Rest rest = heap.rest();
    for (const SlabCache& cache : rest.slab.caches)
        digest->add(u64{cache.used} | u64{cache.users} << 32 | u64{cache.is_destroyed} << 63), digest->add(cache.spare);
    digest->add(rest.slab.prng.state());
    rest.slab.debug.for_each_number([&](u64 number) { digest->add(number); });
    digest->add(rest.kmalloc.requested_sums.data(), sizeof rest.kmalloc.requested_sums);
    digest->add(rest.kmalloc.large_use.requested);
    for (const ClassicCache& cache : rest.classic) hash_classic(cache, digest);
    digest->add(rest.vmalloc.nr_pages ^ u64{rest.vmalloc.lazy_pages} << 40 ^ u64{rest.last_kmap} << 20);
    for (const NamedCache& name : rest.names) {
        digest->add(name.name.data(), name.name.size());
        digest->add(u64{name.cache.value} | u64{name.destroyed_by} << 32);
        digest->add(u64{name.call} | u64{name.object_size} << 32);
    }
}

void hash_pcp(const PerCpuPages& pages, Digest* digest) {
    digest->add(pages.count | u64{pages.high} << 32);
    digest->add(pages.free_count | u64{static_cast<u32>(pages.free_diff)} << 32);
    digest->add(pages.free_factor | u32{pages.alloc_factor} << 8 | u32{pages.was_high_order} << 16);
}

}  // namespace

Result<Machine> Machine::build(const MachineSpec& spec) {
    if (!spec.import_text.empty()) return build_import(spec);
    if (Message fault = check_spec(spec); !fault.is_empty()) return Diagnostic{0, 0, 0, std::move(fault)};
    const ProfileChoice choice = profile_for(spec.kernel);
    Machine machine;
    machine.spec_ = spec;
    machine.kernel_ = spec.kernel;
    machine.exact_profile_ = choice.is_exact;
    machine.prng_ = Prng(spec.seed);
    machine.memory_ = PageAllocator(spec.arch, *choice.profile, spec.ram / kPageSize, spec.nodes, spec.cpus);
    VmSysctl sysctl = machine.memory_.sysctl();
    for (u32 name = 0; name < kSysctlCount; ++name)
        if (const auto& number = spec.sysctl_numbers[name])
            sysctl.*sysctl_number(static_cast<SysctlName>(name)) = *number;
    if (spec.lowmem_reserve_ratio) sysctl.lowmem_reserve_ratio = *spec.lowmem_reserve_ratio;
    if (sysctl != machine.memory_.sysctl()) machine.memory_.set_sysctl(sysctl);
    Trace nobody;
    if (spec.swap != 0) Swap(machine.memory_, 0, nobody).swapon(spec.swap, {}, 0);
    return machine;
}

Result<Machine> Machine::build_import(const MachineSpec& spec) {
    Result<ImportedMachine> imported = read_import(spec.import_text);
    if (!imported) return imported.error();
    const ProfileChoice choice = profile_for(imported->kernel);
    if (choice.profile == nullptr) {
        return Diagnostic{
            0, 0, 0,
            about_key("error.unknown_kernel", "").text("kernel", imported->kernel).text("known", profile_names())};
    }
    if (!imported->has_zones()) return build_from_caches(spec, *std::move(imported));
    auto memory = place_import(*imported, spec.seed, &imported->notes, &imported->caches);
    if (!memory) return Diagnostic{0, 0, 0, memory.error()};
    Machine machine;
    machine.spec_ = spec;
    machine.kernel_ = imported->kernel;
    machine.exact_profile_ = choice.is_exact;
    machine.prng_ = Prng(spec.seed);
    machine.memory_ = std::move(*memory);
    machine.import_ = std::move(*imported);
    machine.adopt_caches();
    return machine;
}

// A slabinfo alone: a machine of the language's defaults, with as much memory as its slabs want.
Result<Machine> Machine::build_from_caches(const MachineSpec& spec, ImportedMachine imported) {
    MachineSpec plain = spec;
    plain.import_text.clear();
    plain.arch = imported.arch;
    plain.kernel = imported.kernel;
    plain.ram = imported.ram;
    Result<Machine> machine = build(plain);
    if (!machine) return machine;
    if (const auto placed = alloc_slabs(&imported.caches, &machine->memory_); !placed)
        return Diagnostic{0, 0, 0, placed.error()};
    machine->import_ = std::move(imported);
    machine->adopt_caches();
    return machine;
}

// They are the machine's from here on; what zoneinfo counts of them is not counted twice.
void Machine::adopt_caches() {
    if (import_->caches.empty()) return;
    heap().adopt(import_->caches, spec_.seed, memory_);
    import_->caches.clear();
    if (!import_->has_zones()) return;
    for (u32 node = 0; node < memory_.nodes(); ++node)
        import_->slab_pages.push_back({heap().pages_on(node, VmCounter::nr_slab_reclaimable, memory_),
                                       heap().pages_on(node, VmCounter::nr_slab_unreclaimable, memory_)});
}

CommandResult Machine::apply(const Command& command, u32 call, u32 cpu, Trace& trace) {
    CommandResult result;
    Context context = Context::process;
    if (const AllocPages* alloc = std::get_if<AllocPages>(&command)) {
        result.refusal = alloc_fault(alloc->gfp, alloc->order, memory_.profile());
        if (!result.refusal.is_empty()) return result;
        complain(*alloc, memory_.profile(), trace);
        context = alloc->context;
        result.pfn = memory_.alloc_pages(alloc->gfp, alloc->order, call, cpu, trace);
        if (result.pfn == kNoPfn) result.end = end_of_request(*alloc, memory_);
    } else if (const FreePages* free = std::get_if<FreePages>(&command)) {
        result.refusal = free_fault(memory_, free->pfn, free->order);
        if (result.refusal.is_empty()) memory_.free_pages(free->pfn, free->order, cpu, trace);
    } else if (const DrainPages* drain = std::get_if<DrainPages>(&command)) {
        memory_.drain_pages(drain->zone,
                            drain->call == PageCall::drain_local_pages ? std::optional<u32>(cpu) : std::nullopt, trace);
    } else if (const Tick* tick = std::get_if<Tick>(&command)) {
        for (u32 second = 0; second < tick->seconds; ++second) {
            memory_.refresh_vm_stats(trace);
            ++seconds_;
            pass_second(cpu, trace);
            if (!has_slub(memory_.profile())) heap().reap(seconds_, memory_, trace);
        }
    } else if (const SetSysctl* set = std::get_if<SetSysctl>(&command)) {
        memory_.write_sysctl(set->written, set->sysctl);
    } else if (const ProcessCall* process = std::get_if<ProcessCall>(&command)) {
        const ProcessTable& table = memory_.processes();
        const TlbGeometry geometry = table.is_empty() ? *read_tlb_geometry(spec_.tlb) : table.geometry;
        apply_process_call(memory_, *process, geometry, call, cpu, trace, &result);
        if (result.end.is_empty())
            result.end = end_of_request({process->call, PageCache::mask(MappingKind::window, memory_.profile()), {}},
                                        memory_);
    } else if (is_heap_command(command)) {
        apply_to_heap(command, call, cpu, trace, &result);
        if (const AllocObject* asked = std::get_if<AllocObject>(&command)) context = asked->context;
        if (const KernelMapping* mapping = std::get_if<KernelMapping>(&command)) context = mapping->context;
    } else {
        apply_to_mappings(command, call, cpu, trace, &result);
    }
    if (!result.refusal.is_empty()) return result;
    // Who was woken runs as soon as the caller is through; an interrupt handler and whoever may not sleep come first.
    if (may_sleep(context) && result.end.is_empty()) memory_.run_daemons(cpu, trace);
    ++generation_;
    return result;
}

// Of an object too the kernel says first where its caller may not wait; so of one that is no object at all.
void Machine::apply_to_heap(const Command& command, u32 call, u32 cpu, Trace& trace, CommandResult* result) {
    result->refusal = heap().fault(command, memory_);
    if (!result->refusal.is_empty()) return;
    AllocPages asked;
    if (const AllocObject* alloc = std::get_if<AllocObject>(&command)) {
        asked = {alloc->call, alloc->gfp, {0}, alloc->context};
        complain(asked, memory_.profile(), trace);
    } else if (const KernelMapping* mapping = std::get_if<KernelMapping>(&command)) {
        asked = {mapping->call, mapping->gfp, {0}, mapping->context};
        if (mapping->size != 0) complain(asked, memory_.profile(), trace);
    }
    SlabCaller caller{memory_, trace, call, cpu, kScriptPid, seconds_ * kJiffiesPerSecond};
    heap().apply(command, caller, result);
    if (result->end.is_empty() && memory_.deadlock() != Deadlock::none) result->end = end_of_request(asked, memory_);
}

// The flusher's own clock.
void Machine::pass_second(u32 cpu, Trace& trace) {
    memory_.mapping_table().seconds = seconds_;
    const u64 centisecs = memory_.sysctl().dirty_writeback_centisecs;
    if (centisecs != 0 && seconds_ % std::max<u64>(1, centisecs / 100) == 0) Writeback(memory_, cpu, trace).write_expired();
}

void Machine::apply_to_mappings(const Command& command, u32 call, u32 cpu, Trace& trace, CommandResult* result) {
    PageCache cache(memory_, cpu, trace);
    if (const AddMapping* add = std::get_if<AddMapping>(&command)) {
        result->mapping = cache.add(add->kind, add->pages, call);
    } else if (const TouchPages* touch = std::get_if<TouchPages>(&command)) {
        const TouchResult touched = cache.touch(touch->mapping, touch->first, touch->pages, call);
        result->number = touched.is_out_of_memory ? -kEnomem : i64{touched.brought_in};
        if (touched.is_out_of_memory) result->end = end_of_request({PageCall::touch, mask_of(touch->mapping, memory_), {0}, Context::process}, memory_);
    } else if (const WritePages* write = std::get_if<WritePages>(&command)) {
        const TouchResult written = cache.write(write->mapping, write->first, write->pages, call);
        result->number = written.is_out_of_memory ? -kEnomem : i64{written.touched} * kPageSize;
        if (written.is_out_of_memory) result->end = end_of_request({PageCall::pwrite, mask_of(write->mapping, memory_), {0}, Context::process}, memory_);
    } else if (std::holds_alternative<SyncFiles>(command)) {
        result->number = Writeback(memory_, cpu, trace).sync();
    } else if (const Unmap* unmap = std::get_if<Unmap>(&command)) {
        cache.unmap(unmap->mapping);
    } else if (const DropCaches* drop = std::get_if<DropCaches>(&command)) {
        result->number = (drop->what & 1) != 0 ? cache.drop_caches() : 0;
    } else if (const SwapOn* on = std::get_if<SwapOn>(&command)) {
        result->number = Swap(memory_, cpu, trace).swapon(on->bytes, on->priority, call);
    } else if (const SwapOff* off = std::get_if<SwapOff>(&command)) {
        result->number = Swap(memory_, cpu, trace).swapoff(off->area, call);
    } else {
        result->number = Compaction(memory_, cpu, trace).compact_all();
    }
}

std::string Machine::check() const {
    std::string fault = memory_.check();
    return fault.empty() && heap_.made() != nullptr ? heap_.made()->check(memory_) : fault;
}

u64 Machine::state_hash() const {
    Digest digest;
    const FrameTable& frames = memory_.frames();
    digest.add(frames.states(), frames.frames());
    digest.add(frames.links(), u64{frames.link_count()} * sizeof(FrameLink));
    digest.add(frames.pageblock_types(), frames.pageblock_entries());
    for (const Zone& zone : memory_.zones()) hash_zone(zone, &digest);
    for (const PerCpuPages& pages : memory_.all_pcp()) hash_pcp(pages, &digest);
    for (const NodeData& node : memory_.node_data()) hash_daemons(node, &digest);
    if (heap_.made() != nullptr && !heap_.made()->is_fresh()) hash_heap(*heap_.made(), &digest);
    hash_mappings(memory_.mapping_table(), &digest);
    hash_processes(memory_.processes(), &digest);
    hash_swap(memory_.swap(), &digest);
    digest.add(frames.swap_words().data(), frames.swap_words().size() * sizeof(u32));
    digest.add(frames.mark_bytes().data(), frames.mark_bytes().size());
    digest.add(frames.mapcount_words().data(), frames.mapcount_words().size() * sizeof(u32));
    digest.add(frames.mapped_words().data(), frames.mapped_words().size() * sizeof(u32));
    digest.add(memory_.counted().data(), sizeof memory_.counted());
    const VmSysctl& sysctl = memory_.sysctl();
    digest.add(sysctl.min_free_kbytes);
    digest.add(sysctl.watermark_scale_factor);
    digest.add(sysctl.lowmem_reserve_ratio.data(), sizeof sysctl.lowmem_reserve_ratio);
    digest.add(sysctl.percpu_pagelist_high_fraction);
    digest.add(sysctl.watermark_boost_factor);
    digest.add(sysctl.overcommit_memory | u64{sysctl.overcommit_ratio} << 32);
    digest.add(sysctl.dirty_background_ratio | u64{sysctl.dirty_ratio} << 32);
    digest.add(sysctl.dirty_writeback_centisecs | u64{sysctl.dirty_expire_centisecs} << 32);
    digest.add(sysctl.swappiness);
    digest.add(prng_.state());
    digest.add(seconds_);
    return digest.value();
}

}  // namespace mmscope
