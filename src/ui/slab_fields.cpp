#include "ui/slab_fields.h"

#include <algorithm>

#include "mm/slab_freelist.h"
#include "play/value.h"
#include "ui/text.h"

namespace mmscope {

namespace {

constexpr const char* kStateNames[] = {"in use", "free, on the CPU's own list", "free, freed by another CPU",
                                       "free, on its slab's list", "free, poisoned", "free, in a sheaf", "free, in an array"};
static_assert(std::size(kStateNames) == ObjectView::kStates);
constexpr const char* kImported = "counts as read, places from the seed";
constexpr const char* kQueueNames[] = {"array", "shared array", "sheaf", "spare sheaf", "full sheaves", "empty sheaves"};

u64 lost(const CacheView& cache) { return cache.lost_inside + cache.lost_padding; }

std::string bytes_lost(const CacheView& cache) {
    return byte_size(lost(cache)) + ": " + byte_size(cache.lost_inside) + " inside objects, " +
           byte_size(cache.lost_padding) + " behind the last ones";
}

std::optional<CacheView> find_cache(const Snapshot& snapshot, u32 cache) {
    for (CacheView& view : cache_views(*snapshot.machine))
        if (view.cache.value == cache) return view;
    return std::nullopt;
}

// As the kernel has it: an address in the direct map.
std::string address_text(const Snapshot& snapshot, u64 address) {
    return hex(direct_map_base(snapshot.memory().arch()) + address);
}

// "+32: 0xffff888001d0d080", and what a hardened cache makes of it. Empty of an object that is on no free list.
std::string free_pointer(const Snapshot& snapshot, const CacheView& cache, const ObjectView& object) {
    const Heap& heap = snapshot.machine->heap();
    if (!heap.has_slub()) return {};
    const SlabAllocator& slabs = heap.slab();
    const std::optional<u64> word = slabs.stored_freepointer(slabs.locate({object.address}));
    if (!word) return {};
    const std::string text = "+" + std::to_string(cache.layout.pointer_offset) + ": " + hex(*word);
    const SlabCache& of = slabs.cache(cache.cache);
    if (!of.is_hardened) return *word == 0 ? text + ", NULL" : text;
    const u64 slot = object.address + cache.layout.pointer_offset;
    const u64 next = decode_freepointer(of, slot, *word, snapshot.memory().arch());
    return text + " = " + (next == 0 ? "NULL" : address_text(snapshot, next)) + " ^ random ^ swab(" +
           address_text(snapshot, slot) + ")";
}

std::string state_of(const ObjectView& object) {
    const std::string name = kStateNames[static_cast<u32>(object.state)];
    if (object.state != ObjectView::State::in_array) return name;
    return object.cpu == kNoCpu ? "free, in the shared array" : name + " of CPU " + std::to_string(object.cpu);
}

constexpr const char* kPartNames[] = {"left red zone", "object", "right red zone", "pointer", "tracks", "padding"};
static_assert(std::size(kPartNames) == PlacePart::kKinds);

// "64 B of 0xbb", and how much of it somebody wrote into.
std::string part_text(const PlacePart& part) {
    std::string text = grouped(part.bytes()) + " B";
    if (part.filler != 0) text += " of " + hex(part.filler);
    if (part.filler == 0x6b) text += ", the last 0xa5";
    return part.overwritten == 0 ? text : text + ", " + grouped(part.overwritten) + " B overwritten";
}

// "FZPU", the letters of slab_debug.
std::string debug_letters(u32 flags) {
    std::string letters;
    if ((flags & slab_flag::kConsistencyChecks) != 0) letters += 'F';
    if ((flags & slab_flag::kRedZone) != 0) letters += 'Z';
    if ((flags & slab_flag::kPoison) != 0) letters += 'P';
    if ((flags & slab_flag::kStoreUser) != 0) letters += 'U';
    return letters;
}

std::string caller(const Snapshot& snapshot, u32 call) {
    const u32 line = line_of_call(snapshot, call);
    return line == 0 ? "-" : "line " + std::to_string(line);
}

// "3 of 64 B, next the second": where slabs begin, by turns.
std::string colours(const ClassicView& classic) {
    if (classic.colour < 2) return "none";
    return grouped(classic.colour) + ", " + grouped(classic.colour_off) + " B apart; next " +
           grouped(classic.colour_next * classic.colour_off) + " B";
}

void add_classic(const CacheView& cache, std::vector<Field>* fields) {
    const ClassicView& classic = *cache.classic;
    fields->push_back({"free", grouped(cache.free_slabs)});
    fields->push_back({"limit", grouped(classic.limit)});
    fields->push_back({"batchcount", grouped(classic.batchcount)});
    fields->push_back({"shared", grouped(classic.shared)});
    fields->push_back({"colour", colours(classic)});
    fields->push_back({"struct slab", grouped(classic.management) + (classic.is_off_slab ? " B, off the slab" : " B, on the slab")});
}

}  // namespace

u64 cache_pages(const CacheView& cache) { return u64{cache.counters.slabs} << cache.layout.order.value; }

std::string byte_size(u64 bytes) {
    if (bytes < 1024) return std::to_string(bytes) + " B";
    const char* const units[] = {" KiB", " MiB", " GiB"};
    u64 tenths = (bytes * 10) >> 10;
    u32 unit = 0;
    for (; tenths >= 10240 && unit < 2; ++unit) tenths >>= 10;
    const std::string whole = std::to_string(tenths / 10);
    return (tenths % 10 == 0 || tenths >= 1000 ? whole : whole + "." + std::to_string(tenths % 10)) + units[unit];
}

std::vector<CacheView> sorted_caches(const Machine& machine, SlabSort sort) {
    std::vector<CacheView> caches = cache_views(machine);
    const auto key = [sort](const CacheView& cache) -> u64 {
        switch (sort) {
            case SlabSort::objects:
                return cache.counters.used;
            case SlabSort::size:
                return cache.layout.size;
            case SlabSort::lost:
                return lost(cache);
            case SlabSort::pages:
            case SlabSort::name:
                break;
        }
        return cache_pages(cache);
    };
    std::stable_sort(caches.begin(), caches.end(), [&](const CacheView& a, const CacheView& b) {
        return sort == SlabSort::name ? a.name < b.name : key(a) > key(b);
    });
    return caches;
}

std::string layout_sentence(const CacheView& cache) {
    const u32 pages = cache.layout.order.frames();
    return grouped(cache.layout.size) + " B a place, " + grouped(cache.layout.objects) + " in a slab of " +
           (pages == 1 ? "1 page" : std::to_string(pages) + " pages");
}

std::string left_over_sentence(const CacheView& cache) {
    return "destroyed with " + grouped(cache.counters.used) + " objects left" +
           (cache.is_unlinked ? ", not in /proc/slabinfo" : ", still in /proc/slabinfo");
}

std::string slab_place(const SlabView& slab) {
    switch (slab.list) {
        case SlabList::cpu:
            return "CPU " + std::to_string(slab.cpu);
        case SlabList::cpu_partial:
            return "CPU " + std::to_string(slab.cpu) + " partial";
        case SlabList::partial:
            return "partial";
        case SlabList::full:
            return "full";
        case SlabList::free:
            break;
    }
    return "free";
}

std::string queue_name(const QueueView& queue, u32 nodes) {
    const std::string name = kQueueNames[static_cast<u32>(queue.kind)];
    if (queue.cpu != kNoCpu) return "CPU " + std::to_string(queue.cpu) + " " + name;
    return nodes == 1 ? name : "node " + std::to_string(queue.node) + " " + name;
}

std::string queue_sentence(const QueueView& queue, u32 nodes) {
    const bool is_of_sheaves = queue.kind == QueueView::Kind::full_sheaves || queue.kind == QueueView::Kind::empty_sheaves;
    std::string text = queue_name(queue, nodes) + ": " + grouped(queue.held) + " of at most " + grouped(queue.limit);
    text += is_of_sheaves ? " sheaves" : " free objects";
    return queue.batchcount == 0 ? text : text + ", filled and flushed by " + grouped(queue.batchcount);
}

std::vector<std::string> cache_lines(const CacheView& cache) {
    std::vector<std::string> lines{
        std::string(cache.name) + ", " + layout_sentence(cache),
        grouped(cache.counters.used) + " of " + grouped(cache.counters.total_objects) + " places in use",
        "lost " + bytes_lost(cache)};
    if (cache.is_imported) lines.push_back(kImported);
    if (cache.is_left_over) lines.push_back(left_over_sentence(cache));
    return lines;
}

std::vector<std::string> object_lines(const Snapshot& snapshot, const CacheView& cache, const SlabView& slab,
                                      const ObjectView& object, u32 number) {
    std::vector<std::string> lines{address_text(snapshot, object.address) + ", " +
                                   state_of(object)};
    if (object.state == ObjectView::State::used) {
        const u32 asked = object.requested == 0 ? cache.object_size : object.requested;
        lines.push_back("asked for " + std::to_string(asked) + " B, the place has " +
                        std::to_string(cache.layout.size) + " B");
        lines.push_back("from " + caller(snapshot, object.call));
    }
    const std::string pointer = free_pointer(snapshot, cache, object);
    if (!pointer.empty()) lines.push_back("free pointer " + pointer);
    for (const PlacePart& part : place_parts(*snapshot.machine, slab.slab, number))
        lines.push_back(std::string(kPartNames[static_cast<u32>(part.kind)]) + " " + part_text(part));
    lines.push_back("slab at " + hex(slab.pfn.value) + ", " + slab_place(slab));
    return lines;
}

std::vector<Field> cache_fields(const Snapshot& snapshot, u32 number) {
    const std::optional<CacheView> cache = find_cache(snapshot, number);
    if (!cache) return {};
    const CacheCounters& counters = cache->counters;
    std::vector<Field> fields{{"name", std::string(cache->name)}};
    for (const std::string_view alias : cache->aliases) fields.push_back({"alias", std::string(alias)});
    fields.push_back({"object_size", grouped(cache->object_size)});
    fields.push_back({"size", grouped(cache->layout.size)});
    fields.push_back({"align", grouped(cache->layout.align)});
    fields.push_back({"order", std::to_string(cache->layout.order.value)});
    fields.push_back({"objs_per_slab", grouped(cache->layout.objects)});
    fields.push_back({"objects", grouped(counters.used) + " of " + grouped(counters.total_objects)});
    fields.push_back({"slabs", grouped(counters.slabs) + ", " + memory_size(cache_pages(*cache))});
    if (!cache->classic) fields.push_back({"cpu_slabs", grouped(counters.cpu_slabs)});
    if (cache->random) fields.push_back({"random", hex(*cache->random)});
    fields.push_back({"partial", grouped(counters.partial)});
    fields.push_back({"full", grouped(cache->full_slabs)});
    if (cache->classic) add_classic(*cache, &fields);
    if (cache->layout.sheaf_capacity != 0)
        fields.push_back({"sheaf_capacity", grouped(cache->layout.sheaf_capacity)});
    if (cache->sheaf_objects != 0) fields.push_back({"in sheaves", grouped(cache->sheaf_objects)});
    if ((cache->flags & slab_flag::kDebug) != 0) fields.push_back({"slab_debug", debug_letters(cache->flags)});
    for (const PlacePart& part : place_parts(*snapshot.machine, cache->cache))
        fields.push_back({kPartNames[static_cast<u32>(part.kind)], grouped(part.bytes()) + " B"});
    if (cache->is_left_over) fields.push_back({"destroyed", left_over_sentence(*cache)});
    fields.push_back({"reclaimable", cache->is_reclaimable ? "yes" : "no"});
    fields.push_back({"lost", bytes_lost(*cache)});
    if (cache->is_imported) fields.push_back({"imported", kImported});
    return fields;
}

std::vector<Field> object_fields(const Snapshot& snapshot, u64 address) {
    const Machine& machine = *snapshot.machine;
    const ObjectAddress at{address};
    const std::optional<SlabOfFrame> found = slab_of(machine, at.pfn());
    if (!found) return {};
    const std::optional<CacheView> cache = find_cache(snapshot, machine.heap().cache_of(at).value);
    if (!cache) return {};
    const std::vector<ObjectView> objects = object_views(machine, found->slab.slab);
    for (u32 number = 0; number < objects.size(); ++number) {
        const ObjectView& object = objects[number];
        if (object.address != address) continue;
        const bool is_used = object.state == ObjectView::State::used;
        std::vector<Field> fields{
            {"address", address_text(snapshot, address)},
            {"cache", std::string(found->cache), kNoPfn, kNoMapping, found->id.value},
            {"slab", hex(found->slab.pfn.value) + ", " + slab_place(found->slab), found->slab.pfn},
            {"state", state_of(object)}};
        if (is_used) {
            const u32 asked = object.requested == 0 ? cache->object_size : object.requested;
            fields.push_back({"asked for", std::to_string(asked) + " B"});
            fields.push_back({"place", std::to_string(cache->layout.size) + " B, " +
                                           std::to_string(cache->layout.size - asked) + " of them lost"});
            fields.push_back({"got by", caller(snapshot, object.call)});
        } else {
            fields.push_back(
                {"next free", object.next < found->slab.objects ? "object " + std::to_string(object.next) : "none"});
            const std::string pointer = free_pointer(snapshot, *cache, object);
            if (!pointer.empty()) fields.push_back({"free pointer", pointer});
        }
        for (const PlacePart& part : place_parts(machine, found->slab.slab, number))
            fields.push_back({kPartNames[static_cast<u32>(part.kind)], part_text(part)});
        return fields;
    }
    return {};
}

}  // namespace mmscope
