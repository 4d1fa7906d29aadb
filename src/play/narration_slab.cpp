// Sentences about objects: caches and their slabs, kmalloc.
#include <algorithm>

#include "play/narration.h"
#include "play/value.h"
#include "play/vocabulary.h"

namespace mmscope {

namespace {

std::string_view cache_name(const Machine& machine, u32 cache) { return machine.heap().cache_name({cache}); }

u64 address_of(const Machine& machine, u64 object) { return direct_map_base(machine.memory().arch()) + object; }

// kmalloc and kfree: of a cache, or a block of pages.
Message narrate_kmalloc(const Machine& machine, const TraceEvent& event) {
    const bool is_large = event.b == CacheId{}.value;
    const std::string kind(kTraceKindNames[static_cast<u32>(event.kind)]);
    Message message("event." + kind + (is_large ? "_large" : ""));
    message.hex("pfn", event.pfn).number("count", event.a).number("order", event.order);
    if (is_large) return message.number("given", i64{kPageSize} << event.order);
    return message.number("given", machine.heap().shape({event.b}).size).text("cache", cache_name(machine, event.b));
}

// A listed cache of this name besides the one of this number; null if there is none.
const NamedCache* namesake(const Heap& heap, std::string_view name, u32 number) {
    for (u32 at = 0; at < heap.names().size(); ++at)
        if (at != number && heap.is_listed(heap.names()[at]) && heap.names()[at].name == name) return &heap.names()[at];
    return nullptr;
}

// What does not fit a signed number is told without groups.
void add_size(Message& message, const char* name, u64 size) {
    if (size >> 63 != 0)
        message.text(name, std::to_string(size));
    else
        message.number(name, static_cast<i64>(size));
}

Message narrate_create(const Machine& machine, const CreateCache& create, const CommandResult& result) {
    const NamedCache* const older = namesake(machine.heap(), create.name, result.cache);
    const bool is_refused = older != nullptr && result.cache == kMostCacheNames && !machine.heap().has_slub();
    if (is_refused) return Message("command.kmem_cache_create_duplicate").text("cache", create.name);
    if (result.cache == kMostCacheNames)
        return Message("command.kmem_cache_create_failed")
            .text("cache", create.name)
            .number("size", static_cast<i64>(create.size))
            .number("most", kLargestObject);
    const CacheId cache = machine.heap().names()[result.cache].cache;
    const std::string_view name = machine.heap().cache_name(cache);
    const Heap::Shape shape = machine.heap().shape(cache);
    const bool is_merged = name != create.name;
    const bool is_same = older != nullptr && older->cache == cache;
    Message message(is_same            ? "command.kmem_cache_create_same"
                    : older != nullptr ? "command.kmem_cache_create_namesake"
                    : is_merged ? "command.kmem_cache_create_merged" : "command.kmem_cache_create");
    message.text("cache", create.name).number("size", static_cast<i64>(create.size)).text("into", name);
    return message.number("place", shape.size)
        .number("objects", shape.objects)
        .number("order", shape.order.value)
        .number("frames", shape.order.frames());
}

// What became of a cache that shall go.
const char* key_of_destroy(const Heap& heap, const NamedCache& name, const CommandResult& result) {
    if (!heap.has_slub()) return name.exists() ? "command.kmem_cache_destroy_refused" : "command.kmem_cache_destroy";
    const SlabCache& cache = heap.slab().cache(name.cache);
    if (!name.exists()) return cache.exists() ? "command.kmem_cache_destroy_alias" : "command.kmem_cache_destroy";
    if (result.number == 0) return "command.kmem_cache_destroy_again";
    return cache.is_listed() ? "command.kmem_cache_destroy_left" : "command.kmem_cache_destroy_unlinked";
}

Message narrate_change(const Machine& machine, const ChangeCache& change, const CommandResult& result) {
    const Heap& heap = machine.heap();
    const NamedCache& name = heap.names()[change.cache];
    if (change.call == PageCall::validate_slab_cache) {
        const char* key = result.number < 0    ? "command.validate_slab_cache_refused"
                          : result.number == 0 ? "command.validate_slab_cache_clean"
                                               : "command.validate_slab_cache";
        return Message(key).text("cache", name.name).number("count", result.number);
    }
    const char* const key = change.call == PageCall::kmem_cache_shrink ? "command.kmem_cache_shrink"
                                                                       : key_of_destroy(heap, name, result);
    return Message(key).text("cache", name.name).text("into", heap.cache_name(name.cache)).number("count", result.number);
}

// Where a write lands, and who could notice it.
Message narrate_write(const Machine& machine, const WriteBytes& write) {
    if (write.is_mapped) {
        const u64 last = write.address + std::max<u64>(write.length, 1) - 1;
        Message mapped("command.memset_mapped");
        mapped.hex("value", write.value).number("length", static_cast<i64>(write.length)).hex("address", write.address);
        mapped.number("pages", static_cast<i64>((last >> kPageShift) - (write.address >> kPageShift) + 1));
        return mapped.hex("pfn", machine.heap().mapped_frame(write.address, machine.memory()).value);
    }
    const SlabAllocator& slab = machine.heap().slab();
    const CacheId cache = machine.heap().has_slub() ? slab.cache_of({write.address}) : CacheId{};
    const bool is_watched = !cache.is_none() && slab.cache(cache).is_debugged();
    Message message(is_watched ? "command.memset_debugged" : "command.memset");
    message.hex("value", write.value).number("length", static_cast<i64>(write.length));
    message.hex("address", address_of(machine, write.address));
    return is_watched ? message.text("cache", slab.cache(cache).name) : message;
}

// An object of kmalloc, or none.
const char* key_of_kmalloc(const AllocObject& alloc, const CommandResult& result, bool is_large, const Heap& heap) {
    if (result.object == kZeroSizePtr.value)
        return alloc.old > kZeroSizePtr.value ? "command.krealloc_zero" : "command.kmalloc_zero";
    if (result.object == 0 && alloc.size > heap.most_kmalloc())
        return heap.has_slub() ? "command.kmalloc_too_large" : "command.kmalloc_no_cache";
    if (result.object == 0) return "command.kmalloc_failed";
    if (result.object == alloc.old) return "command.krealloc_stays";
    return is_large ? "command.kmalloc_large" : "command.kmalloc";
}

Message narrate_alloc_object(const Machine& machine, const AllocObject& alloc, const CommandResult& result) {
    const Heap& heap = machine.heap();
    Message message;
    if (alloc.overflows()) {
        message = Message("command.kmalloc_overflow");
        add_size(message, "n", alloc.old);
        add_size(message, "size", alloc.size);
        message.number("bits", machine.memory().arch() == Arch::x86_64 ? 64 : 32);
        return message.text("name", page_call_word(alloc.call).name);
    }
    if (alloc.call == PageCall::kmem_cache_alloc) {
        message = Message(result.object == 0 ? "command.kmem_cache_alloc_failed" : "command.kmem_cache_alloc");
        message.text("cache", heap.names()[alloc.cache].name);
    } else {
        const CacheId cache = result.object == 0 ? CacheId{} : heap.cache_of({result.object});
        message = Message(key_of_kmalloc(alloc, result, cache.is_none(), heap));
        add_size(message, "size", alloc.size);
        message.number("most", static_cast<i64>(heap.most_kmalloc()));
        if (result.object > kZeroSizePtr.value) {
            const i64 given = static_cast<i64>(heap.ksize({result.object}));
            message.number("given", given).number("lost", given - static_cast<i64>(alloc.size));
        }
        if (!cache.is_none()) message.text("cache", heap.cache_name(cache));
    }
    if (result.object > kZeroSizePtr.value) message.hex("address", address_of(machine, result.object));
    return message.text("name", page_call_word(alloc.call).name)
        .text("gfp", gfp_to_text(alloc.gfp, machine.memory().profile()));
}

}  // namespace

Message narrate_slab(const Machine& machine, const TraceEvent& event) {
    if (event.kind >= TraceKind::slab_bug) return narrate_slab_bug(machine, event);
    const std::string kind(kTraceKindNames[static_cast<u32>(event.kind)]);
    switch (event.kind) {
        case TraceKind::kmalloc:
        case TraceKind::kfree:
            return narrate_kmalloc(machine, event);
        case TraceKind::kmalloc_fix_flags: {
            const Profile& profile = machine.memory().profile();
            const Gfp bad{event.a & ~event.b}, fixed{event.b};
            Message message("event.kmalloc_fix_flags");
            message.hex("bad_value", gfp_value(bad, profile)).text("bad", gfp_to_text(bad, profile));
            return message.hex("value", gfp_value(fixed, profile)).text("gfp", gfp_to_text(fixed, profile));
        }
        case TraceKind::cache_from_obj: {
            using WrongCache = SlabAllocator::WrongCache;
            const WrongCache done = machine.heap().slab().wrong_cache({event.a});
            Message message(done == WrongCache::unseen   ? "event.cache_from_obj_unseen"
                            : done == WrongCache::leaked ? "event.warn_free_bad_obj"
                                                         : "event.cache_from_obj");
            message.hex("pfn", event.pfn).text("said", cache_name(machine, event.a));
            return message.text("cache", cache_name(machine, event.b));
        }
        default:
            break;
    }
    const bool is_one = event.kind == TraceKind::alloc_slab && event.order == 0;
    const bool is_array = !machine.heap().has_slub() && event.kind <= TraceKind::kmem_cache_free;
    Message message("event." + kind + (is_one ? "_one" : is_array ? "_array" : ""));
    message.number("order", event.order).number("frames", i64{1} << event.order);
    if (event.pfn != kNoPfn.value) message.hex("pfn", event.pfn);
    message.number("count", event.a).text("cache", cache_name(machine, event.b));
    return message.number("size", machine.heap().shape({event.b}).object_size);
}

Message narrate_slab_command(const Machine& machine, const Command& command, const CommandResult& result) {
    if (const CreateCache* create = std::get_if<CreateCache>(&command)) return narrate_create(machine, *create, result);
    if (const ChangeCache* change = std::get_if<ChangeCache>(&command)) return narrate_change(machine, *change, result);
    if (const AllocObject* alloc = std::get_if<AllocObject>(&command))
        return narrate_alloc_object(machine, *alloc, result);
    if (const WriteBytes* write = std::get_if<WriteBytes>(&command)) return narrate_write(machine, *write);
    if (const KernelMapping* mapping = std::get_if<KernelMapping>(&command))
        return narrate_mapping(machine, *mapping, result);
    const FreeObject& free = std::get<FreeObject>(command);
    const bool is_kfree = free.call == PageCall::kfree;
    const bool is_large = machine.heap().cache_of({free.object}).is_none();
    Message message(is_kfree ? (result.number < 0 ? "command.kfree_nothing" : "command.kfree")
                    : result.number >= 0 ? "command.kmem_cache_free"
                    : is_large           ? "command.kmem_cache_free_nothing"
                                         : "command.kmem_cache_free_kept");
    message.hex("address", address_of(machine, free.object));
    return is_kfree ? message : message.text("cache", machine.heap().names()[free.cache].name);
}

}  // namespace mmscope
