#include "intake/dump_reader.h"

#include <algorithm>

namespace mmscope {
namespace {

constexpr u32 kMostNodes = 1024;
constexpr u32 kMostCpus = 8192;
constexpr u32 kMostZoneTypes = 8;
constexpr u32 kMigratetypeNumbers = 6;
constexpr u64 kAnyNumber = u64{1} << 32;

// Pageblocks that a zone touches: its first and its last may lie in it in part only.
u32 pageblocks_of(const DumpZone& zone, Order order) {
    if (zone.spanned == 0) return 0;
    return ((zone.start + (zone.spanned - 1)).value >> order.value) - (zone.start.value >> order.value) + 1;
}

}  // namespace

std::optional<u32> find_zone(const std::vector<DumpZone>& zones, u32 node, std::string_view name) {
    for (u32 i = static_cast<u32>(zones.size()); i-- != 0;) {
        if (zones[i].name == name && zones[i].node == node) return i;
    }
    return std::nullopt;
}

bool DumpReader::read(std::string_view first) {
    if (first == "FREELISTS") return begin();
    if (first == "PAGEBLOCKS") return pageblocks();
    if (!open_) return lines_.fail_line();
    if (first == "FL") return free_list();
    if (first == "PCP") return pcp_list();
    if (first == "PCPSET") return page_set();
    if (first == "ZONE") return zone();
    return first == "END" ? end() : lines_.fail_line();
}

bool DumpReader::begin() {
    if (open_) return lines_.fail(Message("capture.no_end").number("line", dump().line));
    open_ = true;
    blocks_.clear();
    KernelDump dump;
    dump.line = lines_.line();
    dump.label = lines_.rest();
    dumps_.push_back(std::move(dump));
    return true;
}

// "n0 DMA32"
bool DumpReader::zone_of_line(u32* zone) {
    u32 node = 0;
    if (!lines_.prefixed(lines_.word(), "n", kMostNodes, &node)) return false;
    const std::string_view name = lines_.word();
    const auto found = find_zone(dump().zones, node, name);
    if (found) *zone = *found;
    return found || lines_.fail(name, Message("capture.zone_unknown").text("zone", name.substr(0, 40)).number("node", node));
}

bool DumpReader::zone() {
    DumpZone zone;
    u32 wmark[3] = {};
    u32 reserve[kMostZoneTypes] = {};
    if (!lines_.prefixed(lines_.word(), "n", kMostNodes, &zone.node)) return false;
    const std::string_view name = lines_.word();
    if (name.empty() || name.find('=') != std::string_view::npos) return lines_.fail_line();
    zone.name = name;
    if (find_zone(dump().zones, zone.node, name)) {
        return lines_.fail(name, Message("capture.zone_twice").text("zone", name).number("node", zone.node));
    }
    CaptureField fields[] = {{"start_pfn", &zone.start.value}, {"spanned", &zone.spanned}, {"present", &zone.present},
                             {"managed", &zone.managed}, {"wmark", wmark, 3, 3}, {"boost", &zone.boost, 1, 0},
                             {"nr_free_highatomic_reserved", &zone.highatomic_reserved, 1, 0}, {"flags", &zone.flags, 1, 0},
                             {"lowmem_reserve", reserve, kMostZoneTypes, 1}};
    if (!lines_.fields(fields)) return false;
    zone.min = wmark[0];
    zone.low = wmark[1];
    zone.high = wmark[2];
    zone.lowmem_reserve.assign(reserve, reserve + std::end(fields)[-1].found);
    const bool fits = u64{zone.start.value} + zone.spanned < kNoPfn.value;
    if (!fits || zone.present > zone.spanned || zone.managed > zone.present || zone.min > zone.low || zone.low > zone.high) {
        return lines_.fail(Message("capture.zone_numbers").text("zone", name));
    }
    dump().zones.push_back(std::move(zone));
    return true;
}

bool DumpReader::pfns(u32 zone, Order order, std::vector<Pfn>* pfns) {
    const DumpZone& in = dump().zones[zone];
    pfns->clear();
    for (std::string_view word = lines_.word(); !word.empty(); word = lines_.word()) {
        Pfn pfn;
        if (!lines_.number(word, kNoPfn.value, &pfn.value)) return false;
        if (pfn != block_start(pfn, order)) {
            return lines_.fail(word, Message("capture.block_misaligned").number("pfn", pfn.value).number("order", order.value));
        }
        if (!in.contains(pfn) || pfn - in.start + order.frames() > in.spanned) {
            return lines_.fail(word, Message("capture.block_outside").number("pfn", pfn.value).text("zone", in.name));
        }
        pfns->push_back(pfn);
        blocks_.push_back({pfn, order, lines_.line(), static_cast<u32>(word.data() - lines_.text().data()) + 1,
                           static_cast<u32>(word.size())});
    }
    return !pfns->empty() || lines_.fail(Message("capture.list_empty"));
}

// "o3 t1: 51760 46152"
bool DumpReader::free_list() {
    DumpList list;
    u32 order = 0;
    u32 type = 0;
    if (!zone_of_line(&list.zone) || !lines_.prefixed(lines_.word(), "o", kNrPageOrders, &order)) return false;
    std::string_view word = lines_.word();
    if (!word.ends_with(':')) return lines_.fail_line();
    word.remove_suffix(1);
    if (!lines_.prefixed(word, "t", kMigratetypeNumbers, &type)) return false;
    list.order = {static_cast<u8>(order)};
    list.type = static_cast<u8>(type);
    if (dump().list(list.zone, list.order, list.type) != nullptr) return lines_.fail(word, Message("capture.list_twice"));
    if (!pfns(list.zone, list.order, &list.pfns)) return false;
    dump().lists.push_back(std::move(list));
    return true;
}

bool DumpReader::page_set() {
    DumpPcp pcp;
    const bool read = zone_of_line(&pcp.zone) && lines_.prefixed(lines_.word(), "cpu", kMostCpus, &pcp.cpu);
    if (!read) return false;
    if (dump().pcp(pcp.zone, pcp.cpu) != nullptr) return lines_.fail(Message("capture.list_twice"));
    CaptureField fields[] = {{"count", &pcp.count}, {"high", &pcp.high}, {"batch", &pcp.batch}};
    if (!lines_.fields(fields)) return false;
    dump().pcps.push_back(std::move(pcp));
    return true;
}

// "list3: 8168 10416". The lists of huge pages come last; how large those are only PAGEBLOCKS will say, so the frames
// of such a list are taken for order 9, the smaller one there is.
bool DumpReader::pcp_list() {
    u32 zone = 0;
    u32 cpu = 0;
    u32 index = 0;
    if (!zone_of_line(&zone) || !lines_.prefixed(lines_.word(), "cpu", kMostCpus, &cpu)) return false;
    std::string_view word = lines_.word();
    if (!word.ends_with(':')) return lines_.fail_line();
    word.remove_suffix(1);
    if (!lines_.prefixed(word, "list", kPcpLists, &index)) return false;
    std::vector<DumpPcp>& pcps = dump().pcps;
    const auto pcp = std::find_if(pcps.begin(), pcps.end(), [&](const DumpPcp& one) { return one.zone == zone && one.cpu == cpu; });
    if (pcp == pcps.end()) return lines_.fail(Message("capture.no_page_set").number("cpu", cpu));
    if (!pcp->lists[index].empty()) return lines_.fail(word, Message("capture.list_twice"));
    return pfns(zone, pcp_list_order(index, {9}), &pcp->lists[index]);
}

// All blocks by their frames: each must end before the next begins.
bool DumpReader::end() {
    if (dump().zones.empty()) return lines_.fail(Message("capture.no_zone"));
    open_ = false;
    std::sort(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) { return a.pfn < b.pfn; });
    for (std::size_t i = 1; i < blocks_.size(); ++i) {
        const Block& before = blocks_[i - 1];
        if (blocks_[i].pfn - before.pfn >= before.order.frames()) continue;
        const bool later = std::pair(blocks_[i].line, blocks_[i].column) > std::pair(before.line, before.column);
        const Block& wrong = later ? blocks_[i] : before;
        lines_.fault() = {wrong.line, wrong.column, wrong.length, Message("capture.block_twice").number("pfn", wrong.pfn.value)};
        return false;
    }
    return true;
}

// "start=4096 pageblock_order=9:UURRMM", after END.
bool DumpReader::pageblocks() {
    if (dumps_.empty() || open_) return lines_.fail_line();
    DumpBlocks blocks;
    u32 order = 0;
    if (!zone_of_line(&blocks.zone)) return false;
    const DumpZone& zone = dump().zones[blocks.zone];
    u32 start = 0;
    if (!lines_.prefixed(lines_.word(), "start=", kAnyNumber, &start)) return false;
    const std::string_view word = lines_.word();
    const std::size_t colon = word.find(':');
    if (colon == std::string_view::npos) return lines_.fail_line();
    if (!lines_.prefixed(word.substr(0, colon), "pageblock_order=", kNrPageOrders, &order)) return false;
    const std::string_view letters = word.substr(colon + 1);
    if (const std::size_t odd = letters.find_first_not_of(kBlockLetters); odd != std::string_view::npos) {
        return lines_.fail(letters.substr(odd, 1), Message("capture.block_letter").text("found", letters.substr(odd, 1)));
    }
    blocks.order = {static_cast<u8>(order)};
    blocks.letters = letters;
    if (start != zone.start.value || letters.size() != pageblocks_of(zone, blocks.order)) {
        return lines_.fail(Message("capture.block_letters").text("zone", zone.name));
    }
    for (const DumpBlocks& other : dump().blocks) {
        if (other.zone == blocks.zone) return lines_.fail(Message("capture.list_twice"));
    }
    dump().blocks.push_back(std::move(blocks));
    return true;
}

bool DumpReader::read_state(std::vector<ZoneState>* states) {
    if (dumps_.empty() || open_) return lines_.fail_line();
    ZoneState state;
    if (!zone_of_line(&state.zone)) return false;
    u32 free_factor = 0;
    u32 free_count = 0;
    u32 alloc_factor = 0;
    u32 high_min = 0;
    u32 high_max = 0;
    CaptureField fields[] = {{"free", &state.free_pages}, {"nr", state.nr_free.data(), kNrPageOrders, kNrPageOrders},
                             {"pcp", &state.pcp_count}, {"high", &state.pcp_high}, {"batch", &state.pcp_batch},
                             {"free_factor", &free_factor, 1, 0}, {"free_count", &free_count, 1, 0},
                             {"alloc_factor", &alloc_factor, 1, 0}, {"high_min", &high_min, 1, 0}, {"high_max", &high_max, 1, 0}};
    if (!lines_.fields(fields)) return false;
    if (fields[5].found != 0) state.free_factor = free_factor;
    if (fields[6].found != 0) state.free_count = free_count;
    if (fields[7].found != 0) state.alloc_factor = alloc_factor;
    if (fields[8].found != 0) state.high_min = high_min;
    if (fields[9].found != 0) state.high_max = high_max;
    states->push_back(state);
    return true;
}

bool DumpReader::finish() {
    return !open_ || lines_.fail(Message("capture.no_end").number("line", dump().line));
}

}  // namespace mmscope
