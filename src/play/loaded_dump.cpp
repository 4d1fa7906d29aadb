#include "play/loaded_dump.h"

#include <algorithm>

namespace mmscope {

namespace {

// Migratetype by the kernel's number: 4 is Isolate where the kernel has no CMA, and CMA in 7.2.
Migratetype dump_type(u32 number, const Profile& profile) {
    const u32 last = static_cast<u32>(profile.migratetypes_printed.size()) - 1;
    return profile.migratetypes_printed[std::min(number, last)].type;
}

Migratetype letter_type(char letter) { return static_cast<Migratetype>(kBlockLetters.find(letter)); }

// The type with which a frame most likely entered its per-CPU list: the list's. Of the two huge-page lists one holds
// every type but Movable.
Migratetype remembered_type(u32 list, Migratetype pageblock) {
    if (list < 12) return static_cast<Migratetype>(list % 3);
    if (list == 13) return Migratetype::movable;
    return pageblock == Migratetype::movable ? Migratetype::unmovable : pageblock;
}

void set_zone(const DumpZone& from, Zone* zone) {
    zone->present = from.present;
    zone->managed = from.managed;
    const u32 step = from.high - from.low;
    const u32 marks[kWatermarks] = {from.min, from.low, from.high, from.high + step};
    std::copy(std::begin(marks), std::end(marks), std::begin(zone->watermark));
    zone->boost = from.boost;
    zone->nr_reserved_highatomic = from.highatomic_reserved;
    zone->is_boosted = (from.flags & 1) != 0;
    zone->is_below_high = (from.flags & 4) != 0;
    std::fill(std::begin(zone->lowmem_reserve), std::end(zone->lowmem_reserve), 0U);
    for (u32 at = 0; at < std::min<std::size_t>(from.lowmem_reserve.size(), kMaxZonesPerNode); ++at)
        zone->lowmem_reserve[at] = from.lowmem_reserve[at];
}

void set_blocks(const DumpBlocks& blocks, const DumpZone& zone, FrameTable* frames) {
    Pfn pfn = block_start(zone.start, blocks.order);
    for (const char letter : blocks.letters) {
        frames->set_pageblock_type(std::max(pfn, zone.start), letter_type(letter));
        pfn = pfn + blocks.order.frames();
    }
}

std::string pfn_list(const std::vector<Pfn>& pfns) {
    constexpr std::size_t kShown = 12;
    std::string text;
    for (std::size_t at = 0; at < std::min(pfns.size(), kShown); ++at)
        text += (at == 0 ? "" : " ") + std::to_string(pfns[at].value);
    if (pfns.size() > kShown) text += " ... (" + std::to_string(pfns.size()) + ")";
    return text.empty() ? "-" : text;
}

}  // namespace

std::optional<ZonePlace> zone_place(std::string_view name, Arch arch) {
    const std::vector<ZoneType>& types = zone_types(arch);
    for (u32 at = 0; at < types.size(); ++at)
        if (name == kZoneNames[static_cast<u32>(types[at])]) return ZonePlace{types[at], static_cast<u8>(at)};
    return std::nullopt;
}

Result<PageAllocator, Message> load_dump(const KernelDump& dump, Arch arch, const Profile& profile, u32 cpus) {
    std::vector<ZoneLayout> layout;
    for (const DumpZone& zone : dump.zones) {
        const auto place = zone_place(zone.name, arch);
        if (!place)
            return Message("conform.no_such_zone")
                .text("zone", zone.name)
                .text("arch", kArchNames[static_cast<u32>(arch)]);
        ZoneLayout one;
        one.type = place->type;
        one.index = place->index;
        one.node = static_cast<u8>(zone.node);
        one.start = zone.start;
        one.spanned = zone.spanned;
        one.present = {{zone.start, zone.spanned}};
        layout.push_back(std::move(one));
    }
    PageAllocator memory(arch, profile, layout, cpus);
    for (u32 at = 0; at < dump.zones.size(); ++at) set_zone(dump.zones[at], &memory.zones()[at]);
    for (Zone& zone : memory.zones()) zone.boost = 0;  // the sizes follow the marks without it
    setup_per_cpu(memory.zones(), profile, cpus);
    for (u32 at = 0; at < dump.zones.size(); ++at) memory.zones()[at].boost = dump.zones[at].boost;
    for (const DumpBlocks& blocks : dump.blocks) set_blocks(blocks, dump.zones[blocks.zone], &memory.frames());
    Trace nobody;
    for (const DumpList& list : dump.lists)
        for (const Pfn pfn : list.pfns)
            memory.buddy(list.zone, nobody)
                .add_block(pfn, list.order, dump_type(list.type, profile), Buddy::Place::tail);
    for (const DumpPcp& from : dump.pcps) {
        if (from.cpu >= cpus) continue;
        PcpLists lists = memory.pcp_lists(from.zone, from.cpu, nobody);
        for (u32 list = 0; list < kNrPcpLists; ++list)
            for (const Pfn pfn : from.lists[list])
                lists.add_block(pfn, list, remembered_type(list, memory.frames().pageblock_type(pfn)));
        memory.pcp(from.zone, from.cpu).high = from.high;
        memory.zones()[from.zone].pcp_batch = from.batch;
        if (profile.pcp_tuning == Profile::PcpTuning::free_factor) memory.zones()[from.zone].pcp_high = from.high;
    }
    return memory;
}

void set_counters(const KernelDump& dump, PageAllocator* memory) {
    const u32 cpu = dump.printing_cpu().value_or(0);
    for (const ZoneState& state : dump.states) {
        Zone& zone = memory->zones()[state.zone];
        PerCpuPages& pages = memory->pcp(state.zone, cpu);
        pages.free_diff = static_cast<i32>(zone.free_pages - state.free_pages);
        zone.nr_free_pages = state.free_pages;
        pages.free_factor = static_cast<u8>(state.free_factor.value_or(0));
        pages.free_count = state.free_count.value_or(0);
        pages.alloc_factor = static_cast<u8>(state.alloc_factor.value_or(0));
        zone.pcp_high = state.high_min.value_or(zone.pcp_high);
        zone.pcp_high_max = state.high_max.value_or(zone.pcp_high_max);
    }
}

std::vector<Message> compare_with_dump(const PageAllocator& model, const KernelDump& dump) {
    PageAllocator& memory = const_cast<PageAllocator&>(model);  // the views may write, listing does not
    Trace nobody;
    std::vector<Pfn> own;
    static const std::vector<Pfn> nothing;
    for (u32 zone = 0; zone < dump.zones.size(); ++zone) {
        for (u8 order = 0; order < kNrPageOrders; ++order)
            for (u8 type = 0; type < memory.profile().migratetypes_printed.size(); ++type) {
                own.clear();
                memory.buddy(zone, nobody).list_blocks({order}, dump_type(type, memory.profile()), 0xffffffffU, &own);
                const DumpList* list = dump.list(zone, {order}, type);
                const std::vector<Pfn>& kernel = list == nullptr ? nothing : list->pfns;
                if (own == kernel) continue;
                return {Message("conform.free_list")
                            .text("zone", dump.zones[zone].name)
                            .number("order", order)
                            .text("type", kMigratetypeNames[static_cast<u32>(dump_type(type, memory.profile()))])
                            .text("kernel", pfn_list(kernel))
                            .text("model", pfn_list(own))};
            }
        for (u32 cpu = 0; cpu < memory.cpus(); ++cpu) {
            const DumpPcp* pcp = dump.pcp(zone, cpu);
            for (u32 list = 0; pcp != nullptr && list < kNrPcpLists; ++list) {
                own.clear();
                memory.pcp_lists(zone, cpu, nobody).list_blocks(list, &own);
                if (own == pcp->lists[list]) continue;
                return {Message("conform.pcp_list")
                            .text("zone", dump.zones[zone].name)
                            .number("cpu", cpu)
                            .number("list", list)
                            .text("kernel", pfn_list(pcp->lists[list]))
                            .text("model", pfn_list(own))};
            }
        }
    }
    for (const DumpBlocks& blocks : dump.blocks) {
        std::string letters;
        const Pfn start = dump.zones[blocks.zone].start;
        Pfn pfn = block_start(start, blocks.order);
        for (std::size_t at = 0; at < blocks.letters.size(); ++at, pfn = pfn + blocks.order.frames())
            letters += kBlockLetters[static_cast<u32>(memory.frames().pageblock_type(std::max(pfn, start)))];
        if (letters != blocks.letters)
            return {Message("conform.pageblocks")
                        .text("zone", dump.zones[blocks.zone].name)
                        .text("kernel", blocks.letters)
                        .text("model", letters)};
    }
    return {};
}

}  // namespace mmscope
