#include "play/machine.h"

#include "play/digest.h"
#include "play/import.h"
#include "play/page_calls.h"
#include "play/sysctl.h"

namespace mmscope {

namespace {

constexpr u64 kGiB = u64{1} << 30;

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
    if (spec.cpus == 0 || spec.cpus > kMostCpus) return out_of_range("cpus", spec.cpus, 1, kMostCpus);
    if (spec.nodes == 0 || spec.nodes > kMostNodes) return out_of_range("nodes", spec.nodes, 1, kMostNodes);
    if (profile_for(spec.kernel).profile != nullptr) return {};
    return about_key("error.unknown_kernel", "kernel").text("kernel", spec.kernel).text("known", "6.1, 6.12");
}

void hash_zone(const Zone& zone, Digest* digest) {
    digest->add(zone.start.value);
    digest->add(zone.spanned);
    digest->add(zone.present);
    digest->add(zone.managed);
    digest->add(zone.free_pages);
    digest->add(zone.boost);
    digest->add(zone.pages_allocated);
    digest->add(zone.pages_freed);
    digest->add(zone.numa_hit);
    digest->add(zone.numa_miss);
    digest->add(zone.watermark, sizeof zone.watermark);
    digest->add(zone.lowmem_reserve, sizeof zone.lowmem_reserve);
    digest->add(zone.area.count, sizeof zone.area.count);
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
        if (const auto& number = spec.sysctl_numbers[name]) sysctl.*sysctl_number(static_cast<SysctlName>(name)) = *number;
    if (spec.lowmem_reserve_ratio) sysctl.lowmem_reserve_ratio = *spec.lowmem_reserve_ratio;
    if (sysctl != machine.memory_.sysctl()) machine.memory_.set_sysctl(sysctl);
    return machine;
}

Result<Machine> Machine::build_import(const MachineSpec& spec) {
    Result<ImportedMachine> imported = read_import(spec.import_text);
    if (!imported) return imported.error();
    const ProfileChoice choice = profile_for(imported->kernel);
    if (choice.profile == nullptr) {
        return Diagnostic{
            0, 0, 0, about_key("error.unknown_kernel", "").text("kernel", imported->kernel).text("known", "6.1, 6.12")};
    }
    Result<PageAllocator, Message> memory = place_import(*imported, spec.seed, &imported->notes);
    if (!memory) return Diagnostic{0, 0, 0, memory.error()};
    Machine machine;
    machine.spec_ = spec;
    machine.kernel_ = imported->kernel;
    machine.exact_profile_ = choice.is_exact;
    machine.prng_ = Prng(spec.seed);
    machine.memory_ = std::move(*memory);
    machine.import_ = std::move(*imported);
    return machine;
}

CommandResult Machine::apply(const Command& command, u32 call, u32 node, Trace& trace) {
    CommandResult result;
    if (const AllocPages* alloc = std::get_if<AllocPages>(&command)) {
        result.refusal = alloc_fault(alloc->gfp, alloc->order, memory_.profile());
        if (result.refusal.is_empty()) result.pfn = memory_.alloc_pages(alloc->gfp, alloc->order, call, node, trace);
    } else if (const FreePages* free = std::get_if<FreePages>(&command)) {
        result.refusal = free_fault(memory_, free->pfn, free->order);
        if (result.refusal.is_empty()) memory_.free_pages(free->pfn, free->order, trace);
    } else if (const SetSysctl* set = std::get_if<SetSysctl>(&command)) {
        memory_.write_sysctl(set->written, set->sysctl);
    }
    if (result.refusal.is_empty()) ++generation_;
    return result;
}

u64 Machine::state_hash() const {
    Digest digest;
    const FrameTable& frames = memory_.frames();
    digest.add(frames.states(), frames.frames());
    digest.add(frames.links(), u64{frames.link_count()} * sizeof(FrameLink));
    digest.add(frames.pageblock_types(), frames.pageblocks());
    for (const Zone& zone : memory_.zones()) hash_zone(zone, &digest);
    const VmSysctl& sysctl = memory_.sysctl();
    digest.add(sysctl.min_free_kbytes);
    digest.add(sysctl.watermark_scale_factor);
    digest.add(sysctl.lowmem_reserve_ratio.data(), sizeof sysctl.lowmem_reserve_ratio);
    digest.add(sysctl.percpu_pagelist_high_fraction);
    digest.add(sysctl.watermark_boost_factor);
    digest.add(prng_.state());
    return digest.value();
}

}  // namespace mmscope
