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

}  // namespace

std::array<Belt, kLruLists> lru_belts(const Snapshot& snapshot, u32 node, u32 most_of_head, u32 most_of_tail) {
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
    std::array<Belt, kLruLists> belts;
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

}  // namespace mmscope
