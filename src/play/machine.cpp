#include "play/machine.h"

#include <algorithm>

#include "mm/compaction.h"
#include "mm/hugetlb.h"
#include "mm/page_cache.h"
#include "mm/shmem.h"
#include "mm/swap.h"
#include "mm/tlb_flush.h"
#include "mm/writeback.h"
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

// Sizes of huge pages that this architecture and kernel do not have.
Message check_huge_pages(const MachineSpec& spec, const Profile& profile) {
    const std::string_view arch = kArchNames[static_cast<u32>(spec.arch)];
    const bool has_4m = spec.arch == Arch::x86_32;
    if (spec.huge_pages[1] != 0 && spec.arch != Arch::x86_64)
        return about_key("error.hugepages_1g_arch", "hugepages_1G").text("arch", arch).text("size", has_4m ? "4M" : "2M");
    if (spec.huge_pages[1] != 0 && !profile.has_huge_size_flags)
        return about_key("error.hugepages_1g_kernel", "hugepages_1G").text("kernel", spec.kernel);
    const bool asks_4m = spec.huge_pages_are_4m == HugePagesAre4m::yes;
    if (spec.huge_pages[0] == 0 || asks_4m == has_4m) return {};
    return about_key("error.hugepages_size", asks_4m ? "hugepages_4M" : "hugepages_2M")
        .text("arch", arch)
        .text("size", has_4m ? "4M" : "2M");
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
    if (spec.five_levels == FiveLevels::yes && spec.arch != Arch::x86_64)
        return about_key("error.la57_arch", "la57").text("arch", kArchNames[static_cast<u32>(spec.arch)]);
    if (const Profile* profile = profile_for(spec.kernel).profile) {
        const auto swappiness = spec.sysctl_numbers[static_cast<u32>(SysctlName::swappiness)];
        if (swappiness && *swappiness > profile->most_swappiness)
            return out_of_range("swappiness", *swappiness, 0, profile->most_swappiness);
        if (spec.sysctl_numbers[static_cast<u32>(SysctlName::transparent_hugepage)] && !profile->has_thp)
            return about_key("error.no_thp", "transparent_hugepage").text("kernel", spec.kernel);
        if (Message fault = check_huge_pages(spec, *profile); !fault.is_empty()) return fault;
        if (has_slub(*profile)) return {};
        if (spec.slab_debug.flags != 0)
            return about_key("error.slab_debug_classic", "slab_debug").text("kernel", spec.kernel);
        if (spec.freelist_order != FreelistOrder::plain)
            return about_key("error.freelist_random_classic", "slab_freelist_random").text("kernel", spec.kernel);
        if (spec.freelist_pointers != FreelistPointers::plain)
            return about_key("error.freelist_hardened_classic", "slab_freelist_hardened").text("kernel", spec.kernel);
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

// might_sleep() of kmap(), and of kunmap() where there is HighMem.
bool kmap_complains(const KernelMapping& mapping, const PageAllocator& memory) {
    const bool has_high = memory.arch() != Arch::x86_64;
    const bool may_wait = mapping.call == PageCall::kmap || (mapping.call == PageCall::kunmap && has_high);
    return may_wait && !may_sleep(mapping.context);
}

Gfp mask_of(u32 mapping, const PageAllocator& memory) {
    return PageCache::mask(memory.mapping_table().mappings[mapping].kind, memory.profile());
}

// What is said where the kernel never answers; empty if it did.
Message end_of_request(const AllocPages& alloc, const PageAllocator& memory) {
    if (memory.deadlock() == Deadlock::none) return {};
    Message message(memory.deadlock() == Deadlock::panic          ? "error.oom_panic"
                    : memory.deadlock() == Deadlock::panic_on_oom ? "error.panic_on_oom"
                                                                  : "error.endless");
    if (memory.deadlock() == Deadlock::panic_on_oom) message.number("value", memory.sysctl().panic_on_oom);
    return message.number("order", alloc.order.value).text("gfp", gfp_to_text(alloc.gfp, memory.profile()));
}

}  // namespace

Machine::Machine(const Machine&) = default;
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(const Machine&) = default;
Machine& Machine::operator=(Machine&&) noexcept = default;
Machine::~Machine() = default;

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
    machine.memory_.processes().five_levels = spec.five_levels;
    VmSysctl sysctl = machine.memory_.sysctl();
    for (u32 name = 0; name < kProcSysctlCount; ++name)
        if (const auto& number = spec.sysctl_numbers[name]; number && name != static_cast<u32>(SysctlName::nr_hugepages))
            sysctl.*sysctl_number(static_cast<SysctlName>(name)) = *number;
    if (spec.lowmem_reserve_ratio) sysctl.lowmem_reserve_ratio = *spec.lowmem_reserve_ratio;
    if (sysctl != machine.memory_.sysctl()) machine.memory_.set_sysctl(sysctl);
    machine.boot_thp();
    const bool has_pool = spec.huge_pages[0] != 0 || spec.huge_pages[1] != 0 ||
                          spec.sysctl_numbers[static_cast<u32>(SysctlName::nr_hugepages)];
    if (has_pool) machine.boot_hugetlb();
    Trace nobody;
    if (spec.swap != 0) Swap(machine.memory_, 0, nobody).swapon(spec.swap, {}, 0);
    return machine;
}

// What the machine block asks for counts only where there is memory enough. Without huge pages khugepaged raises nothing.
void Machine::boot_thp() {
    const auto& asked = spec_.sysctl_numbers[static_cast<u32>(SysctlName::transparent_hugepage)];
    VmSysctl sysctl = memory_.sysctl();
    if (!asked || *asked == sysctl.transparent_hugepage || memory_.boot_thp() == ThpEnabled::never) return;
    sysctl.transparent_hugepage = *asked;
    if (spec_.sysctl_numbers[static_cast<u32>(SysctlName::min_free_kbytes)])
        memory_.set_sysctl(sysctl);
    else
        memory_.write_sysctl(SysctlName::transparent_hugepage, sysctl);
}

// As many as there are: the kernel logs that some are missing and goes on. vm.nr_hugepages, which a script of the system
// writes when it starts, has the last word.
void Machine::boot_hugetlb() {
    const auto& written = spec_.sysctl_numbers[static_cast<u32>(SysctlName::nr_hugepages)];
    Trace nobody;
    Hugetlb hugetlb(memory_, 0, 0, nobody);
    hugetlb.take_at_boot(spec_.huge_pages[1]);
    VmSysctl sysctl = memory_.sysctl();
    sysctl.nr_hugepages = hugetlb.set_max_huge_pages(written.value_or(spec_.huge_pages[0]));
    memory_.write_sysctl(SysctlName::nr_hugepages, sysctl);
}

bool Machine::has_refused_thp() const {
    const auto& asked = spec_.sysctl_numbers[static_cast<u32>(SysctlName::transparent_hugepage)];
    return asked && *asked != static_cast<u32>(ThpEnabled::never) && memory_.boot_thp() == ThpEnabled::never;
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
    plain.cpus = imported.cpus;
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
    if (heap_.made() != nullptr && !is_heap_command(command)) heap().forget_bugs();
    // Outside `as` the script is the kernel, which has no page tables of its own.
    if (!std::holds_alternative<ProcessCall>(command)) TlbFlush(memory_, cpu, trace).enter_lazy_tlb();
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
        VmSysctl sysctl = set->sysctl;
        if (set->written == SysctlName::nr_hugepages)
            sysctl.nr_hugepages = Hugetlb(memory_, cpu, call, trace).set_max_huge_pages(sysctl.nr_hugepages);
        memory_.write_sysctl(set->written, sysctl);
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
    result->refusal = heap().fault(command, cpu, memory_);
    if (!result->refusal.is_empty()) return;
    AllocPages asked;
    if (const AllocObject* alloc = std::get_if<AllocObject>(&command)) {
        asked = {alloc->call, alloc->gfp, {0}, alloc->context};
        if (!alloc->overflows()) complain(asked, memory_.profile(), trace);
    } else if (const KernelMapping* mapping = std::get_if<KernelMapping>(&command)) {
        asked = {mapping->call, mapping->gfp, {0}, mapping->context};
        if (mapping->size != 0) complain(asked, memory_.profile(), trace);
        if (kmap_complains(*mapping, memory_))
            trace.emit(TraceKind::might_sleep, 0, 0, 0, kNoPfn.value, 0, static_cast<u32>(mapping->context));
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
    Shmem shmem(memory_, cpu, call, trace);
    const auto is_shmem = [&](u32 mapping) {
        return memory_.mapping_table().mappings[mapping].kind == MappingKind::shmem;
    };
    const auto end_of = [&](PageCall page_call, u32 mapping) {
        return end_of_request({page_call, mask_of(mapping, memory_), {0}, Context::process}, memory_);
    };
    if (const AddMapping* add = std::get_if<AddMapping>(&command)) {
        result->mapping = cache.add(add->kind, add->pages, call);
    } else if (const OpenTmpfs* open = std::get_if<OpenTmpfs>(&command)) {
        const bool is_name = open->error == 0;
        const Shmem::Opened opened = is_name ? shmem.open(open->path, open->pages) : Shmem::Opened{open->error, false};
        result->number = opened.mapping < 0 ? opened.mapping : i64{opened.is_new};
        result->mapping = static_cast<u32>(std::max<i64>(opened.mapping, 0));
    } else if (const UnlinkTmpfs* unlink = std::get_if<UnlinkTmpfs>(&command)) {
        result->number = unlink->error == 0 ? shmem.unlink(unlink->path) : unlink->error;
    } else if (const Truncate* truncate = std::get_if<Truncate>(&command)) {
        shmem.truncate(truncate->mapping, truncate->pages);
    } else if (const TouchPages* touch = std::get_if<TouchPages>(&command)) {
        const TouchResult touched = is_shmem(touch->mapping)
                                        ? shmem.read(touch->mapping, touch->first, touch->pages)
                                        : cache.touch(touch->mapping, touch->first, touch->pages, call);
        result->number = touched.is_out_of_memory ? -kEnomem : i64{touched.brought_in};
        if (touched.is_out_of_memory) result->end = end_of(PageCall::touch, touch->mapping);
    } else if (const WritePages* write = std::get_if<WritePages>(&command)) {
        const TouchResult written = is_shmem(write->mapping)
                                        ? shmem.write(write->mapping, write->first, write->pages)
                                        : cache.write(write->mapping, write->first, write->pages, call);
        const bool has_no_space = written.is_full && written.touched == 0;  // some of it written is an answer too
        result->number = written.is_out_of_memory ? -kEnomem
                         : has_no_space           ? failed(Errno::enospc)
                                                  : i64{written.touched} * kPageSize;
        if (written.is_out_of_memory) result->end = end_of(PageCall::pwrite, write->mapping);
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

}  // namespace mmscope
