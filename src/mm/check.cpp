// check(): everything that must hold between lists, counts, states and zones, said as a sentence where it fails.
#include <array>

#include "mm/huge_memory.h"
#include "mm/page_alloc.h"
#include "mm/pcp.h"
#include "mm/process_check.h"
#include "mm/shmem.h"
#include "mm/swap_check.h"

namespace mmscope {

namespace {

std::string at(const char* what, const Zone& zone, u32 pfn) {
    return std::string(what) + " (zone " + zone.name() + ", pfn " + std::to_string(pfn) + ")";
}

}  // namespace

// Each list: links agree in both directions, every member is a free head of this order and type, aligned,
// inside the zone; counts and the non-empty bits agree; the sum is NR_FREE_PAGES.
std::string Buddy::check() const {
    const FrameLink* const link = frames_.links();
    u64 pages = 0;
    for (u8 order = 0; order < kNrPageOrders; ++order)
        for (u32 t = 0; t < kMigratetypes; ++t) {
            const Migratetype type = static_cast<Migratetype>(t);
            const u32 head = frames_.list_head(zone_.list({order}, type));
            u32 blocks = 0;
            for (u32 pfn = link[head].next; pfn != head; pfn = link[pfn].next, ++blocks) {
                if (pfn >= frames_.frames() || !zone_.contains({pfn})) return at("a list leaves its zone", zone_, pfn);
                if (link[link[pfn].next].prev != pfn) return at("links disagree", zone_, pfn);
                if (frames_.state({pfn}) != frame_state::free_head(type, {order}))
                    return at("a listed block has another state", zone_, pfn);
                if ((pfn & (Order{order}.frames() - 1)) != 0) return at("a block is not aligned", zone_, pfn);
            }
            if (blocks != zone_.area.count[order][t]) return at("nr_free and the list disagree", zone_, blocks);
            if (((zone_.area.nonempty[t] >> order) & 1) != (blocks != 0))
                return at("the non-empty bit is wrong", zone_, order);
            pages += u64{blocks} << order;
        }
    return pages == zone_.free_pages ? "" : at("free pages and the lists disagree", zone_, static_cast<u32>(pages));
}

// Each list: links agree in both directions, every member heads a block of its order in this zone and is marked as
// listed by a CPU; the sum is the count.
std::string PcpLists::check() const {
    const FrameLink* const link = frames_.links();
    u64 pages = 0;
    for (u32 list = 0; list < kNrPcpLists; ++list)
        for (u32 pfn = link[head(list)].next; pfn != head(list); pfn = link[pfn].next) {
            if (pfn >= frames_.frames() || !zone_.contains({pfn}))
                return at("a per-CPU list leaves its zone", zone_, pfn);
            if (link[link[pfn].next].prev != pfn) return at("links of a per-CPU list disagree", zone_, pfn);
            const u8 state = frames_.state({pfn});
            if (!frame_state::is_on_pcp(state) || (state & frame_state::kTail) != 0)
                return at("a frame on a per-CPU list has another state", zone_, pfn);
            if (frames_.used_order({pfn}) != list_order(list))
                return at("a block is on a per-CPU list of another order", zone_, pfn);
            pages += list_order(list).frames();
        }
    return pages == pages_.count ? "" : at("a per-CPU count and its lists disagree", zone_, static_cast<u32>(pages));
}

namespace {

// One block at `pfn`: its frames say the same thing; no free buddy of the same order that it should have merged with.
std::string check_block(const PageAllocator& memory, const Zone& zone, Pfn pfn, Order order) {
    const FrameTable& frames = memory.frames();
    const u8 state = frames.state(pfn);
    const bool free = frame_state::is_free(state);
    const u8 tail =
        free ? frame_state::free_tail(frame_state::migratetype(state)) : static_cast<u8>(state | frame_state::kTail);
    for (u32 frame = 1; frame < order.frames(); ++frame)
        if (frames.state(pfn + frame) != tail)
            return at("a frame disagrees with its block's head", zone, pfn.value + frame);
    if (!free || order.value >= kMaxPageOrder) return "";
    const Migratetype own = frames.pageblock_type(pfn);
    if (memory.profile().free_by_pageblock && frame_state::migratetype(state) != own)
        return at("a free block is on a foreign list", zone, pfn.value);
    const Pfn buddy{pfn.value ^ order.frames()};
    const u8 buddy_state = frames.state(buddy);
    const bool twin =
        zone.contains(buddy) && frame_state::is_free_head(buddy_state) && frame_state::order(buddy_state) == order;
    const bool apart = order >= frames.pageblock_order() && own != frames.pageblock_type(buddy);
    return twin && !apart ? at("two free buddies are not merged", zone, pfn.value) : "";
}

std::string check_zone_frames(const PageAllocator& memory, const Zone& zone) {
    const FrameTable& frames = memory.frames();
    u64 present = 0;
    u64 managed = 0;
    for (Pfn pfn = zone.start; zone.contains(pfn);) {
        const u8 state = frames.state(pfn);
        Order order{0};
        if (frame_state::is_free_head(state))
            order = frame_state::order(state);
        else if (frame_state::is_allocated_head(state))
            order = frames.used_order(pfn);
        else if (!frame_state::is_reserved(state) && !frame_state::is_absent(state))
            return at("a tail without a head", zone, pfn.value);
        std::string fault;
        if (frame_state::is_free(state) || frame_state::is_allocated(state))
            fault = check_block(memory, zone, pfn, order);
        if (!fault.empty()) return fault;
        present += frame_state::is_absent(state) ? 0 : order.frames();
        managed += frame_state::is_absent(state) || frame_state::is_reserved(state) ? 0 : order.frames();
        pfn = pfn + order.frames();
    }
    if (present != zone.present) return at("present pages disagree", zone, static_cast<u32>(present));
    return managed == zone.managed ? "" : at("managed pages disagree", zone, static_cast<u32>(managed));
}

// Every page in memory and its mapping know each other, and each is on the LRU list of its kind.
std::string check_mappings(const PageAllocator& memory) {
    const FrameTable& frames = memory.frames();
    const MappingTable& table = memory.mapping_table();
    u64 resident = 0;
    for (u32 number = 0; number < table.mappings.size(); ++number) {
        const Mapping& mapping = table.mappings[number];
        if (mapping.kind == MappingKind::window) continue;
        u32 pages = 0;
        for (u32 index = 0; index < mapping.pages; ++index) {
            const Pfn pfn = table.page(number, index);
            if (pfn == kNoPfn) continue;
            const Owner owner = mapping.kind == MappingKind::file ? Owner::page_cache : Owner::anonymous;
            if (pfn.value >= frames.frames() || !frame_state::is_on_lru(frames.state(pfn)) ||
                frame_state::owner(frames.state(pfn)) != owner)
                return "a page in memory has a frame of another use (pfn " + std::to_string(pfn.value) + ")";
            const MappedPage page = frames.mapped(pfn);
            if (page.mapping != number || page.index != index)
                return "a frame and its mapping do not know each other (pfn " + std::to_string(pfn.value) + ")";
            ++pages;
        }
        if (pages != mapping.resident) return "a mapping's resident pages disagree (" + std::to_string(number) + ")";
        resident += pages;
    }
    for (u32 pfn = 0; pfn < frames.frames() && !frames.mapcount_words().empty(); ++pfn) {
        const bool is_kept = !frames.swap_entry({pfn}).is_none();  // by the swap cache
        const u32 pages = frames.folio_pages({pfn});
        if (frames.folio({pfn}) != Pfn{pfn}) {  // its head answers for it
            if (!frames.is_huge(frames.folio({pfn})))
                return "a page of a huge page has no head (pfn " + std::to_string(pfn) + ")";
            continue;
        }
        if (frames.folio_mapcount({pfn}) == 0 && !is_kept) continue;
        if (!frame_state::is_on_lru(frames.state({pfn})))
            return "a mapped frame has another use (pfn " + std::to_string(pfn) + ")";
        resident += table.mappings[frames.mapped({pfn}).mapping].kind == MappingKind::window ? pages : 0;
    }
    u64 listed = 0;
    for (const Zone& zone : memory.zones())
        for (const u32 size : zone.lru_size) listed += size;
    return listed == resident ? "" : "pages on the LRU lists and in the mappings disagree";
}

}  // namespace

std::string PageAllocator::check_lru() const {
    std::vector<std::array<u32, kLruLists>> sizes(zones_.size());
    for (const NodeData& node : node_data_) {
        // As below: a view that may write, and does not.
        LruLists lists(const_cast<FrameTable&>(frames_), const_cast<std::vector<Zone>&>(zones_), node);
        if (std::string fault = lists.check(&sizes); !fault.empty()) return fault;
    }
    for (const Zone& zone : zones_)
        for (u32 list = 0; list < kLruLists; ++list)
            if (zone.lru_size[list] != sizes[zone.position][list])
                return at("an LRU list and its size disagree", zone, zone.lru_size[list]);
    return check_mappings(*this);
}

std::string PageAllocator::check() const {
    Trace nobody;
    if (std::string fault = check_lru(); !fault.empty()) return fault;
    if (std::string fault = check_processes(*this); !fault.empty()) return fault;
    if (std::string fault = check_swap(*this); !fault.empty()) return fault;
    if (std::string fault = check_huge_pages(*this); !fault.empty()) return fault;
    if (std::string fault = check_shmem(*this); !fault.empty()) return fault;
    for (const Zone& zone : zones_) {
        // Buddy is a view that may write, so checking looks through a const_cast that writes nothing.
        std::string fault = Buddy(const_cast<FrameTable&>(frames_), const_cast<Zone&>(zone), *profile_, nobody).check();
        if (fault.empty()) fault = check_zone_frames(*this, zone);
        if (!fault.empty()) return fault;
        i64 unfolded = 0;
        for (u32 cpu = 0; cpu < cpus_; ++cpu) {
            PerCpuPages pages = pcp(zone.position, cpu);
            fault =
                PcpLists(const_cast<FrameTable&>(frames_), const_cast<Zone&>(zone), pages, *profile_, nobody).check();
            if (!fault.empty()) return fault;
            unfolded += pages.free_diff;
        }
        if (i64{zone.nr_free_pages} + unfolded != zone.free_pages)
            return at("NR_FREE_PAGES and the CPUs' differences disagree with the lists", zone, zone.nr_free_pages);
    }
    return "";
}

}  // namespace mmscope
