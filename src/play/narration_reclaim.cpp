// Sentences about pages that come and go: files, anonymous memory, reclaim, compaction, the OOM killer.
#include "play/narration.h"

#include "mm/compaction.h"

namespace mmscope {

namespace {

constexpr const char* kPriorityNames[] = {"sync_full", "sync_light", "async"};  // by CompactPriority

Message about(std::string_view key, const TraceEvent& event) {
    Message message("event." + std::string(key));
    if (event.pfn != kNoPfn.value) message.hex("pfn", event.pfn);
    return message.number("order", event.order);
}

Message in_zone(std::string_view key, const PageAllocator& memory, const TraceEvent& event) {
    return about(key, event).text("zone", zone_label(memory, memory.zones()[event.zone]));
}

// A page of a mapping: a = the mapping, b = its index.
Message narrate_page(const PageAllocator& memory, const TraceEvent& event) {
    const Mapping& mapping = memory.mapping_table().mappings[event.a];
    Message message = about(kTraceKindNames[static_cast<u32>(event.kind)], event).number("index", event.b);
    if (mapping.kind == MappingKind::file) return message.number("mapping", event.a);
    if (mapping.kind == MappingKind::shmem) return narrate_shmem(memory, event);
    const LruList list = memory.profile().anon_starts_active ? LruList::active_anon : LruList::inactive_anon;
    return message.hex("area", mapping.address).text("list", kLruListNames[static_cast<u32>(list)]);
}

Message narrate_vmscan(const PageAllocator& memory, const TraceEvent& event) {
    const std::string_view kind = kTraceKindNames[static_cast<u32>(event.kind)];
    switch (event.kind) {
        case TraceKind::mm_vmscan_kswapd_wake:
            return about(event.order == 0 ? "mm_vmscan_kswapd_wake_one" : kind, event).number("node", event.a);
        case TraceKind::mm_vmscan_kswapd_sleep:
            return about(kind, event).number("node", event.a);
        case TraceKind::kswapd_hopeless:
            return about(kind, event).number("runs", event.a).number("node", event.b);
        case TraceKind::mm_vmscan_direct_reclaim_begin:
            return about(kind, event).text("gfp", gfp_to_text({event.a}, memory.profile()));
        case TraceKind::mm_vmscan_direct_reclaim_end:
            return about(kind, event).number("pages", event.a);
        case TraceKind::reclaim_retry_zone:
            return Message("event.reclaim_retry_zone")
                .text("zone", zone_label(memory, memory.zones()[event.zone]))
                .number("free", event.b)
                .number("reclaimable", event.a)
                .number("mark", event.pfn);
        default:
            return about(kind, event)  // lru_shrink_*
                .number("priority", event.order)
                .number("pages", event.a)
                .text("list", kLruListNames[event.migratetype % kLruLists])
                .text("inactive", kLruListNames[event.migratetype % kLruLists & 2U]);
    }
}

Message narrate_compaction(const PageAllocator& memory, const TraceEvent& event) {
    const std::string_view kind = kTraceKindNames[static_cast<u32>(event.kind)];
    switch (event.kind) {
        case TraceKind::mm_compaction_suitable:
            return in_zone(event.migratetype != 0 ? "mm_compaction_suitable" : "mm_compaction_unsuitable", memory,
                           event)
                .number("free", event.a)
                .number("index", i64{event.b} - 1000);
        case TraceKind::mm_compaction_deferred:
            return in_zone(kind, memory, event).number("considered", event.a).number("limit", event.b);
        case TraceKind::mm_compaction_begin:
            return in_zone(kind, memory, event).hex("free_pfn", event.a);
        case TraceKind::mm_compaction_isolate_migratepages:
        case TraceKind::mm_compaction_isolate_freepages:
            return about(kind, event).hex("end", event.a).number("pages", event.b);
        case TraceKind::migrate_page:
            return about(kind, event).hex("to", event.a);
        case TraceKind::mm_compaction_migratepages:
            return about(kind, event).number("moved", event.a).number("failed", event.b);
        case TraceKind::mm_compaction_end:
            return in_zone(kind, memory, event)
                .text("result", kCompactResultNames[event.migratetype % kCompactResults])
                .hex("free_pfn", event.a)
                .number("moved", event.b);
        case TraceKind::compact_retry:
            return about(kind, event).text("priority", kPriorityNames[event.a % std::size(kPriorityNames)]);
        default:
            return about(kind, event).number("node", event.a);  // kcompactd_wake
    }
}

}  // namespace

Message narrate_reclaim(const PageAllocator& memory, const TraceEvent& event) {
    const TraceKind kind = event.kind;
    if (kind == TraceKind::balance_dirty_pages)
        return about("balance_dirty_pages", event).number("dirty", event.a).number("most", event.b);
    if (kind == TraceKind::writeback_written)
        return about("writeback_written", event).number("pages", event.a).number("mapping", event.b);
    if (kind <= TraceKind::mm_lru_activate) return narrate_page(memory, event);
    if (kind <= TraceKind::shmem_truncate) return narrate_shmem(memory, event);
    if (kind >= TraceKind::get_scan_count && kind <= TraceKind::workingset_refault) return narrate_swap(event);
    if (kind <= TraceKind::reclaim_retry_zone) return narrate_vmscan(memory, event);
    if (kind <= TraceKind::compact_retry) return narrate_compaction(memory, event);
    Message message = about(kTraceKindNames[static_cast<u32>(kind)], event);
    if (kind == TraceKind::mark_victim && event.b != 0)
        return Message("event.mark_victim_process").number("pages", event.a).number("pid", event.b);
    if (kind == TraceKind::mark_victim) return message.number("pages", event.a);
    if (kind == TraceKind::oom_panic && event.b != 0) return Message("event.oom_panic_sysctl").number("value", event.b);
    return message.text("gfp", gfp_to_text({event.a}, memory.profile()));
}

Message narrate_memory_command(const PageAllocator& memory, const Command& command, const CommandResult& result) {
    if (std::optional<Message> shared = narrate_shmem_command(memory, command, result)) return *std::move(shared);
    const auto about_mapping = [&](const char* key, u32 number) {
        const Mapping& mapping = memory.mapping_table().mappings[number];
        Message message(key);
        message.number("mapping", number).number("pages", mapping.pages);
        return message.hex("area", mapping.address);
    };
    if (const AddMapping* add = std::get_if<AddMapping>(&command))
        return about_mapping(add->kind == MappingKind::file ? "command.open" : "command.mmap", result.mapping);
    if (const Unmap* unmap = std::get_if<Unmap>(&command)) return about_mapping("command.munmap", unmap->mapping);
    if (const TouchPages* touch = std::get_if<TouchPages>(&command)) {
        const bool is_file = memory.mapping_table().mappings[touch->mapping].kind == MappingKind::file;
        const char* key = result.number < 0 ? "command.touch_failed"
                          : is_file         ? "command.touch_file"
                                            : "command.touch_area";
        return about_mapping(key, touch->mapping)
            .number("first", touch->first)
            .number("pages", touch->pages)
            .number("new", result.number);
    }
    if (const WritePages* write = std::get_if<WritePages>(&command))
        return about_mapping(result.number < 0 ? "command.pwrite_failed" : "command.pwrite", write->mapping)
            .number("first", write->first)
            .number("pages", write->pages);
    if (std::holds_alternative<SyncFiles>(command)) return Message("command.sync").number("pages", result.number);
    if (std::holds_alternative<SwapOn>(command) || std::holds_alternative<SwapOff>(command))
        return narrate_swap_command(memory, command, result);
    const bool is_drop = std::holds_alternative<DropCaches>(command);
    return Message(is_drop ? "command.drop_caches" : "command.compact_memory").number("pages", result.number);
}

}  // namespace mmscope
