#include "play/counted_frames.h"

#include <algorithm>
#include <charconv>

#include "mm/rmap.h"
#include "play/process_view.h"

namespace mmscope {

namespace {

std::optional<u32> read_number(std::string_view text) {
    u32 number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

constexpr const char* kRssNames[kRssKinds] = {"file", "anon", "shmem"};

// The place of a name in a table of them.
template <class Kind, u32 count>
std::optional<Kind> read_name(const char* const (&names)[count], std::string_view text) {
    for (u32 at = 0; at < count; ++at)
        if (names[at] == text) return static_cast<Kind>(at);
    return std::nullopt;
}

bool read_pair(std::string_view name, std::string_view value, FramesOf* what) {
    if (name == "node") return (what->node = read_number(value)).has_value();
    if (name == "zone") return (what->zone = read_name<ZoneType>(kZoneNames, value)).has_value();
    if (name == "order") return (what->order = read_number(value)).has_value();
    if (name == "type") return (what->type = read_name<Migratetype>(kMigratetypeNames, value)).has_value();
    if (name == "cpu") return (what->cpu = read_number(value)).has_value();
    if (name == "list") return (what->list = read_name<LruList>(kLruListNames, value)).has_value();
    if (name == "process") return (what->process = read_number(value)).has_value();
    if (name == "rss") return (what->rss = read_name<RssKind>(kRssNames, value)).has_value();
    if (name == "from" || name == "to") {
        const std::optional<u64> address = read_address(value);
        (name == "from" ? what->from : what->to) = address.value_or(0);
        return address.has_value();
    }
    what->cache = value;
    return name == "cache" && !value.empty();
}

// A word, and what is behind it.
std::string_view take_word(std::string_view* text) {
    text->remove_prefix(std::min(text->find_first_not_of(' '), text->size()));
    const std::string_view word = text->substr(0, text->find(' '));
    text->remove_prefix(word.size());
    return word;
}

// Resident pages as the kernel counts them: pages on an LRU list, not the zero page.
template <class Use>
void for_each_resident(const PageAllocator& memory, const FramesOf& what, Use use) {
    if (memory.processes().is_empty() || !memory.processes().is_alive(*what.process)) return;
    const FrameTable& frames = memory.frames();
    const u64 end = std::min(what.to, memory.processes().mm(*what.process).task_size);
    for (const PageView& page : page_views(memory, *what.process, what.from, end)) {
        if (!page.entry.has_page() || page.entry.is_zero_page()) continue;
        const Pfn pfn = page.entry.pfn();
        const Pfn head = frames.folio(pfn);
        if (!frame_state::is_on_lru(frames.state(head))) continue;
        if (!what.rss || rss_kind(memory, head) == *what.rss) use(pfn, page.pages);
    }
}

bool is_in_zone(const Zone& zone, const FramesOf& what) {
    return (!what.node || zone.node == *what.node) && (!what.zone || zone.type == *what.zone);
}

// Frame by frame, what a zone's frames are asked for.
struct Sieve {
    const PageAllocator& memory;
    const FramesOf& what;

    bool lets_through(Pfn pfn) const {
        const FrameTable& frames = memory.frames();
        const u8 state = frames.state(pfn);
        return is_free_block(frames, pfn) && is_on_cpu_list(frames, pfn, state) && is_on_lru(frames, pfn);
    }

private:
    bool is_free_block(const FrameTable& frames, Pfn pfn) const {
        if (!what.order && !what.type) return true;
        const BlockRef block = frames.block_of(pfn);
        if (block.head == kNoPfn || !block.is_free || (what.order && block.order.value != *what.order)) return false;
        return !what.type || frame_state::migratetype(frames.state(block.head)) == *what.type;
    }
    bool is_on_cpu_list(const FrameTable& frames, Pfn pfn, u8 state) const {
        if (!what.cpu) return true;
        if (!frame_state::is_on_pcp(state)) return false;
        const auto place = memory.cpu_list_of(frames.block_of(pfn).head);
        return place && place->cpu == *what.cpu;
    }
    bool is_on_lru(const FrameTable& frames, Pfn pfn) const {
        if (!what.list) return true;
        const Pfn head = frames.folio(pfn);
        if (!frame_state::is_on_lru(frames.state(head))) return false;
        const bool is_file = frame_state::owner(frames.state(head)) == Owner::page_cache;
        return lru_list(is_file, frames.mapped(head).active) == *what.list;
    }
};

// A frame at a time, unless every frame of the zones is meant.
FrameSet frames_of_zones(const PageAllocator& memory, const FramesOf& what) {
    FrameSet found;
    const bool is_whole = !what.order && !what.type && !what.cpu && !what.list;
    const Sieve sieve{memory, what};
    for (const Zone& zone : memory.zones()) {
        if (!zone.is_populated() || !is_in_zone(zone, what)) continue;
        const u32 end = std::min(zone.start.value + zone.spanned, memory.frames().frames());
        if (is_whole) found.add(zone.start, end - zone.start.value);
        for (u32 pfn = zone.start.value; !is_whole && pfn < end; ++pfn)
            if (sieve.lets_through({pfn})) found.add({pfn});
    }
    found.settle();
    return found;
}

FrameSet frames_of_process(const PageAllocator& memory, const FramesOf& what) {
    FrameSet found;
    for_each_resident(memory, what, [&found](Pfn pfn, u32 pages) { found.add(pfn, pages); });
    found.settle();
    return found;
}

}  // namespace

std::optional<FramesOf> read_frames_of(std::string_view text) {
    FramesOf what;
    u32 pairs = 0;
    for (;; ++pairs) {
        const std::string_view name = take_word(&text);
        if (name.empty()) break;
        const std::string_view value = take_word(&text);
        if (!read_pair(name, value, &what)) return std::nullopt;
        what.words += (pairs == 0 ? "" : " ") + std::string(name) + " " + std::string(value);
    }
    return pairs == 0 ? std::nullopt : std::optional(what);
}

FrameSet frames_of(const Snapshot& snapshot, const FramesOf& what) {
    if (what.process) return frames_of_process(snapshot.memory(), what);
    if (what.cache.empty()) return frames_of_zones(snapshot.memory(), what);
    if (snapshot.machine->heap_so_far() == nullptr) return {};
    for (const CacheView& view : cache_views(*snapshot.machine))
        if (view.name == what.cache) return frames_of_cache(*snapshot.machine->heap_so_far(), view.cache);
    return {};
}

FrameSet frames_of_mapping(const MappingTable& table, u32 number) {
    FrameSet found;
    for (u32 i = 0; i < table.mappings[number].pages; ++i)
        if (const Pfn pfn = table.page(number, i); pfn != kNoPfn) found.add(pfn);
    found.settle();
    return found;
}

FrameSet frames_of_cache(const Heap& heap, CacheId cache) {
    FrameSet found;
    for (const Slab& slab : heap.slab().slabs())
        if (slab.place != SlabPlace::unused && slab.cache == cache.value) found.add(slab.pfn, Order{slab.order}.frames());
    for (const ClassicSlab& slab : heap.classic().slabs())
        if (slab.place != ClassicPlace::unused && slab.cache == cache.value)
            found.add(slab.pfn, heap.classic().cache(cache).layout.order.frames());
    found.settle();
    return found;
}

}  // namespace mmscope
