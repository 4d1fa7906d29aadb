#include "play/slab_report_of.h"

#include "play/value.h"

namespace mmscope {

SlabReport slab_report_of(const SlabBug& bug, const PageAllocator& memory) {
    const bool is_64bit = memory.arch() == Arch::x86_64;
    const u64 offset = direct_map_base(memory.arch());
    const auto pointer = [&](u64 address) { return address == 0 ? 0 : address + offset; };
    SlabReport report;
    report.kind = static_cast<SlabReport::Kind>(bug.kind);
    report.cache = bug.cache;
    report.other_cache = bug.other_cache;
    report.is_shown_last = bug.is_shown_last;
    report.called_from = "call " + std::to_string(bug.call);
    const bool is_vfree = bug.kind == SlabBug::Kind::vfree_bad_address || bug.kind == SlabBug::Kind::vfree_nonexistent;
    report.pointer = is_vfree ? bug.pointer : pointer(bug.pointer);
    report.version = memory.profile().version;
    report.warns = bug.warns;
    report.is_silent = bug.is_silent;
    report.pointer_digits = is_64bit ? 16 : 8;
    report.repair = static_cast<SlabReport::Repair>(bug.repair);
    for (const SlabBug::Overwrite& one : bug.overwrites)
        report.overwrites.push_back(
            {static_cast<SlabReport::Zone>(one.zone), pointer(one.from), pointer(one.to), one.found, one.expected});
    const auto track = [&](const ObjectTrack& of) -> std::optional<SlabReport::Track> {
        if (!of.is_set) return std::nullopt;
        return SlabReport::Track{"call " + std::to_string(of.call), bug.jiffies - of.jiffies, of.cpu, of.pid};
    };
    for (const SlabBug::Object& one : bug.objects)
        report.objects.push_back(
            {pointer(one.address), pointer(one.free_pointer), track(one.allocated), track(one.freed)});
    for (const SlabBug::Section& one : bug.sections)
        report.sections.push_back({static_cast<SlabReport::Section::Kind>(one.kind), pointer(one.address), one.bytes});
    if (bug.pfn == kNoPfn) return report;
    report.page = is_64bit ? 0xffffea0000000000U + u64{bug.pfn.value} * 64 : 0xf6000000U + u64{bug.pfn.value} * 32;
    report.address = pointer(u64{bug.pfn.value} << kPageShift);
    report.slab_objects = bug.slab_objects;
    report.used = bug.used;
    report.freelist = pointer(bug.freelist);
    const Zone& zone = *memory.zone_of(bug.pfn);
    const bool has_slab_flag = memory.profile().version < 0x060a;
    const u32 type = static_cast<u32>(zone.type);
    const u32 number = !is_64bit ? zone.position : type > static_cast<u32>(ZoneType::highmem) ? type - 1 : type;
    report.flags = slab_page_flags({is_64bit, has_slab_flag, bug.order != 0, zone.node, number});
    return report;
}

}  // namespace mmscope
