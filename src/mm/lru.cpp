#include "mm/lru.h"

namespace mmscope {

Zone& LruLists::zone_of(Pfn pfn) const {
    u32 at = 0;
    while (!zones_[at].contains(pfn)) ++at;
    return zones_[at];
}

void LruLists::add(Pfn pfn) {
    FrameLink* const link = frames_.links();
    const LruList list = list_of(pfn);
    const u32 front = head(list);
    const u32 after = link[front].next;
    link[pfn.value] = {after, front};
    link[front].next = pfn.value;
    link[after].prev = pfn.value;
    zone_of(pfn).lru_size[static_cast<u32>(list)] += frames_.folio_pages(pfn);
}

void LruLists::remove(Pfn pfn) {
    FrameLink* const link = frames_.links();
    const FrameLink own = link[pfn.value];
    link[own.prev].next = own.next;
    link[own.next].prev = own.prev;
    zone_of(pfn).lru_size[static_cast<u32>(list_of(pfn))] -= frames_.folio_pages(pfn);
}

void LruLists::split(Pfn head, u32 pages) {
    FrameLink* const link = frames_.links();
    for (u32 page = pages - 1; page > 0; --page) {
        const u32 pfn = head.value + page, before = link[head.value].prev;
        link[pfn] = {head.value, before};
        link[before].next = pfn;
        link[head.value].prev = pfn;
    }
}

void LruLists::move(Pfn pfn, bool is_active) {
    remove(pfn);
    MappedPage page = frames_.mapped(pfn);
    page.active = is_active;
    frames_.set_mapped(pfn, page);
    add(pfn);
}

void LruLists::list_pages(LruList list, u32 most, std::vector<Pfn>* out) const {
    const FrameLink* const link = frames_.links();
    for (u32 at = link[head(list)].next; at != head(list) && most != 0; at = link[at].next, --most)
        out->push_back({at});
}

std::string LruLists::check(std::vector<std::array<u32, kLruLists>>* sizes) const {
    const FrameLink* const link = frames_.links();
    for (u32 at = 0; at < kLruLists; ++at) {
        const LruList list = static_cast<LruList>(at);
        for (u32 pfn = link[head(list)].next; pfn != head(list); pfn = link[pfn].next) {
            const std::string where = " (" + std::string(kLruListNames[at]) + ", pfn " + std::to_string(pfn) + ")";
            if (pfn >= frames_.frames()) return "an LRU list leaves the machine" + where;
            if (link[link[pfn].next].prev != pfn) return "links of an LRU list disagree" + where;
            if (!frame_state::is_on_lru(frames_.state({pfn})))
                return "a frame on an LRU list has another state" + where;
            if (list_of({pfn}) != list) return "a page is on another LRU list than its flags say" + where;
            (*sizes)[zone_of({pfn}).position][at] += frames_.folio_pages({pfn});
        }
    }
    return "";
}

}  // namespace mmscope
