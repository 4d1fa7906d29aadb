#include "play/lru_view.h"

#include <algorithm>

#include "mm/rmap.h"

namespace mmscope {

namespace {

// Frames that the last command put on a list, or found used and put back, as far as its events are kept; sorted.
std::vector<u32> frames_that_came(const Trace& trace) {
    std::vector<u32> frames;
    for (u32 at = 0; at < trace.kept(); ++at) {
        const TraceEvent& event = trace.kept_event(at);
        switch (event.kind) {
            case TraceKind::mm_filemap_add_to_page_cache:
            case TraceKind::anonymous_fault:
            case TraceKind::mm_lru_activate:
            case TraceKind::page_referenced:
            case TraceKind::folio_keep_dirty:
            case TraceKind::set_huge_pmd:
            case TraceKind::set_pte: frames.push_back(event.pfn); break;
            case TraceKind::migrate_page: frames.push_back(event.a); break;
            default: break;
        }
    }
    std::sort(frames.begin(), frames.end());
    return frames;
}

bool is_accessed(PageAllocator& memory, Pfn pfn) {
    Trace nobody;
    for (const MappedAt& at : ReverseMap(memory, 0, nobody).mappings(pfn))
        if (at.entry.has(entry_bit::kAccessed)) return true;
    return false;
}

struct PageOnBelt {
    BeltPage page;
    BeltPlace place;
};

// All that the belts show, by frame.
std::vector<PageOnBelt> pages_on(const Belts& belts) {
    std::vector<PageOnBelt> pages;
    for (const Belt& belt : belts) {
        const u32 tails = static_cast<u32>(belt.tail.size());
        for (u32 i = 0; i < belt.head.size(); ++i)
            pages.push_back({belt.head[i], {BeltPlace::Part::head, belt.list, i}});
        for (u32 i = 0; i < tails; ++i)
            pages.push_back({belt.tail[i], {BeltPlace::Part::tail, belt.list, tails - 1 - i}});
    }
    const auto is_before = [](const PageOnBelt& a, const PageOnBelt& b) { return a.page.pfn < b.page.pfn; };
    std::sort(pages.begin(), pages.end(), is_before);
    return pages;
}

BeltPlace place_of(const BeltsMoment& moment, const std::vector<PageOnBelt>& shown, Pfn pfn) {
    const auto is_before = [](const PageOnBelt& page, Pfn wanted) { return page.page.pfn < wanted; };
    const auto found = std::lower_bound(shown.begin(), shown.end(), pfn, is_before);
    if (found != shown.end() && found->page.pfn == pfn) return found->place;
    for (u32 list = 0; list < kLruLists; ++list)
        if (std::binary_search(moment.hidden[list].begin(), moment.hidden[list].end(), pfn.value))
            return {BeltPlace::Part::hidden, static_cast<LruList>(list), 0};
    return {};
}

}  // namespace

Belts lru_belts(const Snapshot& snapshot, u32 node, u32 most_of_head, u32 most_of_tail) {
    // A view that may write, and does not.
    PageAllocator& memory = const_cast<PageAllocator&>(snapshot.memory());
    const FrameTable& frames = memory.frames();
    const LruLists lists = memory.lru(node);
    const std::vector<u32> came = snapshot.trace == nullptr ? std::vector<u32>() : frames_that_came(*snapshot.trace);
    const auto page_of = [&](Pfn pfn) {
        const bool has_come = std::binary_search(came.begin(), came.end(), pfn.value);
        const bool is_mapped = frames.folio_mapcount(pfn) != 0;
        // Of a page that processes map their page tables know it: the A bits, which reclaim clears when it looks.
        const bool is_used = is_mapped ? is_accessed(memory, pfn) : frames.mapped(pfn).referenced;
        return BeltPage{pfn, is_used, is_mapped, has_come, frames.folio_pages(pfn)};
    };
    Belts belts;
    for (u32 at = 0; at < kLruLists; ++at) {
        Belt& belt = belts[at];
        belt.list = static_cast<LruList>(at);
        belt.pages = memory.lru_size(node, belt.list);
        std::vector<Pfn> head;  // one more than there is room for, if there are as many
        lists.list_pages(belt.list, most_of_head + most_of_tail + 1, &head);
        const bool is_whole = head.size() <= most_of_head + most_of_tail;
        if (!is_whole) head.resize(most_of_head);
        for (const Pfn pfn : head) belt.head.push_back(page_of(pfn));
        for (Pfn pfn = lists.tail(belt.list); !is_whole && belt.tail.size() < most_of_tail; pfn = lists.before(pfn))
            belt.tail.push_back(page_of(pfn));
        std::reverse(belt.tail.begin(), belt.tail.end());
        belt.hidden = belt.pages;
        for (const auto* shown : {&belt.head, &belt.tail})
            for (const BeltPage& page : *shown) belt.hidden -= page.pages;
    }
    return belts;
}

BeltsMoment belts_moment(const Snapshot& snapshot, u32 node, u32 most_of_head, u32 most_of_tail) {
    BeltsMoment moment{lru_belts(snapshot, node, most_of_head, most_of_tail), {}};
    PageAllocator& memory = const_cast<PageAllocator&>(snapshot.memory());  // as above
    for (const Belt& belt : moment.belts) {
        if (belt.hidden == 0) continue;
        std::vector<Pfn> pages;
        memory.lru(node).list_pages(belt.list, ~0U, &pages);
        std::vector<u32>& hidden = moment.hidden[static_cast<u32>(belt.list)];
        for (size_t at = belt.head.size(); at + belt.tail.size() < pages.size(); ++at)
            hidden.push_back(pages[at].value);
        std::sort(hidden.begin(), hidden.end());
    }
    return moment;
}

std::vector<BeltMove> belt_moves(const BeltsMoment& before, const BeltsMoment& after) {
    const std::vector<PageOnBelt> shown_before = pages_on(before.belts), shown_after = pages_on(after.belts);
    std::vector<BeltMove> moves;
    for (const PageOnBelt& page : shown_before) {
        const BeltPlace to = place_of(after, shown_after, page.page.pfn);
        const bool is_out_of_sight = to.part == BeltPlace::Part::off || to.part == BeltPlace::Part::hidden;
        if (is_out_of_sight) moves.push_back({page.page, page.place, to});
    }
    for (const PageOnBelt& page : shown_after) {
        const BeltPlace from = place_of(before, shown_before, page.page.pfn);
        if (!(from == page.place)) moves.push_back({page.page, from, page.place});
    }
    return moves;
}

}  // namespace mmscope
