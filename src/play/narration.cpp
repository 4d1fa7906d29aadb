#include "play/narration.h"

#include <algorithm>

namespace mmscope {

namespace {

const char* migratetype_name(u32 type) { return kMigratetypeNames[type % kMigratetypes]; }

std::string_view name_of(PageCall call) {
    constexpr std::string_view kNames[] = {
#define MMSCOPE_X(name) #name,
        MMSCOPE_PAGE_CALLS(MMSCOPE_X)
#undef MMSCOPE_X
    };
    return kNames[static_cast<u32>(call)];
}

// What most events have: the block, its list and its zone.
Message about(std::string_view key, const PageAllocator& memory, const TraceEvent& event) {
    Message message("event." + std::string(key));
    if (event.zone < memory.zones().size()) message.text("zone", zone_label(memory, memory.zones()[event.zone]));
    if (event.pfn != kNoPfn.value) message.hex("pfn", event.pfn);
    message.number("order", event.order).number("frames", i64{1} << event.order);
    return message.text("migratetype", migratetype_name(event.migratetype));
}

std::string grouped(i64 number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > (number < 0 ? 4U : 3U);) digits.insert(at -= 3, ",");
    return digits;
}

std::string less(u32 pages) { return pages == 0 ? "" : " - " + grouped(pages); }

constexpr const char* kMarkNames[] = {"min", "low", "high", "promo"};
static_assert(std::size(kMarkNames) == kWatermarks);

Message narrate_test(const PageAllocator& memory, const TraceEvent& event) {
    const Zone& zone = memory.zones()[event.zone];
    u32 highest = 0;
    const AllocFlags flags = unpack_rights(event.migratetype, &highest);
    const WatermarkTest test = weigh_watermark(memory.profile(), event.a, {event.order}, event.pfn, event.b, flags,
                                               zone.lowmem_reserve[highest]);
    const u32 plain = zone.watermark[static_cast<u32>(flags.mark)];
    const bool is_unheeded = event.kind == TraceKind::zone_watermark_low && flags.no_watermarks;
    Message message("event." + std::string(is_unheeded ? "zone_watermark_unheeded"
                                                       : kTraceKindNames[static_cast<u32>(event.kind)]));
    message.text("zone", zone_label(memory, zone)).number("order", event.order);
    return message.text("test", watermark_arithmetic(test, flags.mark, test.mark > plain ? test.mark - plain : 0));
}

// Looking for a block: which zone may give, which lists are empty, which block is taken and how it is split.
Message narrate_search(const PageAllocator& memory, const TraceEvent& event) {
    const std::string_view kind = kTraceKindNames[static_cast<u32>(event.kind)];
    switch (event.kind) {
        case TraceKind::zone_watermark_ok:
        case TraceKind::zone_watermark_low: return narrate_test(memory, event);
        case TraceKind::list_empty: {
            const bool is_one = event.a == event.order;
            return about(is_one ? "list_empty_one" : "list_empty", memory, event)
                .number("low", event.order)
                .number("high", event.a);
        }
        case TraceKind::expand: {
            const bool is_once = event.order == event.a + 1;
            Message message = about(is_once ? "expand_once" : "expand", memory, event);
            return message.number("low", event.a).number("high", i64{event.order} - 1);
        }
        default: return about(kind, memory, event);  // zone_no_block, zone_small_blocks, take
    }
}

// Borrowing from another migratetype.
Message narrate_fallback(const PageAllocator& memory, const TraceEvent& event) {
    const std::string_view kind = kTraceKindNames[static_cast<u32>(event.kind)];
    switch (event.kind) {
        case TraceKind::claim:
            return about(kind, memory, event).text("old", migratetype_name(event.a)).number("block_order", event.b);
        case TraceKind::claim_failed:
            return about(kind, memory, event).number("alike", event.a).number("needed", event.b);
        case TraceKind::move_freepages: return about(kind, memory, event).number("moved", event.a);
        case TraceKind::steal: return about(kind, memory, event).text("wanted", migratetype_name(event.a));
        default: {  // mm_page_alloc_extfrag
            Message message = about(kind, memory, event);
            return message.number("fallback_order", event.a).text("fallback", migratetype_name(event.b));
        }
    }
}

// The CPU's own lists.
Message narrate_pcp(const PageAllocator& memory, const TraceEvent& event) {
    const std::string_view kind = kTraceKindNames[static_cast<u32>(event.kind)];
    switch (event.kind) {
        case TraceKind::pcp_refill: return about(kind, memory, event).number("wanted", event.a).number("got", event.b);
        case TraceKind::pcp_take:
            return about(event.b == 0 ? "pcp_take" : "pcp_take_cold", memory, event).number("left", event.a);
        case TraceKind::pcp_put: return about(kind, memory, event).number("count", event.a).number("high", event.b);
        case TraceKind::pcp_drain: {
            const bool is_all = event.a == event.b;
            Message message = about(is_all ? "pcp_drain_all" : kind, memory, event);
            return message.number("pages", event.a).number("count", event.b);
        }
        default: return about(kind, memory, event);  // mm_page_pcpu_drain
    }
}

// Memory grows short: marks, reserves, kswapd.
Message narrate_shortage(const PageAllocator& memory, const TraceEvent& event) {
    const std::string_view kind = kTraceKindNames[static_cast<u32>(event.kind)];
    switch (event.kind) {
        case TraceKind::boost_watermark:
            return about(kind, memory, event).number("boost", event.a).number("most", event.b);
        case TraceKind::zone_below_high: {  // with pages enough it was a block that was missing, or most are HighAtomic
            const bool has_pages = i64{event.a} - ((i64{1} << event.order) - 1) > event.b;
            Message message = about(has_pages ? "zone_below_high_no_block" : kind, memory, event);
            return message.number("free", event.a).number("limit", event.b);
        }
        case TraceKind::reserve_highatomic:
        case TraceKind::unreserve_highatomic: return about(kind, memory, event).number("reserved", event.a);
        case TraceKind::slowpath: {
            Message message("event.slowpath");
            return message.number("order", event.order).text("gfp", gfp_to_text({event.a}, memory.profile()));
        }
        case TraceKind::nofragment_retry: return Message("event.nofragment_retry").number("order", event.order);
        default: return about(kind, memory, event);  // wakeup_kswapd
    }
}

// Putting a block back: merging with its buddy, relabelling, the list it ends up on.
Message narrate_free(const PageAllocator& memory, const TraceEvent& event) {
    const std::string_view kind = kTraceKindNames[static_cast<u32>(event.kind)];
    switch (event.kind) {
        case TraceKind::mm_page_free: return about(event.order == 0 ? "mm_page_free_one" : kind, memory, event);
        case TraceKind::split_large: return about(kind, memory, event).number("pieces_order", event.a);
        case TraceKind::merge: {
            Message message = about(kind, memory, event);
            return message.hex("buddy", event.a)
                .hex("start", std::min(event.pfn, event.a))
                .number("merged", i64{event.order} + 1);
        }
        case TraceKind::relabel: return about(kind, memory, event).text("old", migratetype_name(event.a));
        default: return about(event.a == 0 ? "list_add" : "list_add_tail", memory, event);  // list_add
    }
}

// What the kernel complains about before it looks for a block.
Message narrate_complaint(const PageAllocator& memory, const TraceEvent& event) {
    const Profile& profile = memory.profile();
    const std::string_view sleeping_flag = profile.has_kswapd_flag ? "__GFP_DIRECT_RECLAIM" : "__GFP_WAIT";
    if (event.kind == TraceKind::gfp_warning) {
        const bool is_too_large = event.b == static_cast<u32>(GfpWarning::order_too_large);
        Message message{std::string(is_too_large ? "event.gfp_warning_order_too_large"
                                                 : kGfpRules[event.b % kGfpWarnings].key)};
        message.number("order", event.order)
            .number("most", kMaxPageOrder)
            .number("frames", Order{kMaxPageOrder}.frames());
        return message.text("gfp", gfp_to_text({event.a}, profile)).text("flag", sleeping_flag);
    }
    if (event.a == 0)  // no request for memory: kmap
        return Message("event.might_sleep_kmap").text("context", kContextNames[event.b % kContexts]);
    Message message("event.might_sleep_" + std::string(kContextNames[event.b % kContexts]));
    message.text("gfp", gfp_to_text({event.a}, profile)).text("flag", sleeping_flag);
    return message.text("instead", gfp_to_text(without_sleep({event.a}, profile), profile));
}

}  // namespace

std::string watermark_arithmetic(const WatermarkTest& test, Watermark mark, u32 boost) {
    std::string free = "NR_FREE_PAGES " + grouped(test.nr_free) + less(test.more);
    if (test.kept != 0) free += " - HighAtomic " + grouped(test.kept);
    if (test.more + test.kept != 0) free += " = " + grouped(test.free());
    const u32 opened = test.by_min_reserve + test.by_non_block + test.by_oom;
    std::string limit = std::string(kMarkNames[static_cast<u32>(mark)]) + " " + grouped(test.mark - boost);
    if (boost != 0) limit += " + boost " + grouped(boost);
    limit += less(test.by_min_reserve) + less(test.by_non_block) + less(test.by_oom);
    if (test.reserve != 0) limit += " + lowmem_reserve " + grouped(test.reserve);
    if (opened + test.reserve + boost != 0) limit += " = " + grouped(test.limit());
    return free + (test.is_enough() ? " > " : " <= ") + limit;
}

Message narrate_event(const Machine& machine, const TraceEvent& event) {
    const PageAllocator& memory = machine.memory();
    if (event.kind >= TraceKind::mmu_access && event.kind <= TraceKind::vm_enough_memory)
        return narrate_process(memory, event);
    if (event.kind >= TraceKind::alloc_vmap_area && event.kind <= TraceKind::flush_all_zero_pkmaps)
        return narrate_vmalloc(machine, event);
    if (event.kind >= TraceKind::kmem_cache_alloc) return narrate_slab(machine, event);
    if (event.kind >= TraceKind::mm_filemap_add_to_page_cache && event.kind <= TraceKind::oom_panic)
        return narrate_reclaim(memory, event);
    switch (event.kind) {
        case TraceKind::mm_page_alloc: {
            const bool is_one = event.order == 0;
            return about(is_one ? "mm_page_alloc_one" : "mm_page_alloc", memory, event)
                .text("gfp", gfp_to_text({event.a}, memory.profile()));
        }
        case TraceKind::page_alloc_failure: {
            Message message("event.page_alloc_failure");
            message.number("order", event.order).number("frames", i64{1} << event.order);
            return message.text("migratetype", migratetype_name(event.migratetype))
                .text("gfp", gfp_to_text({event.a}, memory.profile()));
        }
        case TraceKind::zone_watermark_ok: case TraceKind::zone_watermark_low: case TraceKind::zone_no_block:
        case TraceKind::zone_small_blocks:
        case TraceKind::list_empty: case TraceKind::take: case TraceKind::expand: return narrate_search(memory, event);
        case TraceKind::claim: case TraceKind::claim_failed: case TraceKind::move_freepages: case TraceKind::steal:
        case TraceKind::mm_page_alloc_extfrag: return narrate_fallback(memory, event);
        case TraceKind::pcp_refill: case TraceKind::pcp_take: case TraceKind::pcp_put: case TraceKind::pcp_drain:
        case TraceKind::mm_page_pcpu_drain: return narrate_pcp(memory, event);
        case TraceKind::boost_watermark: case TraceKind::zone_below_high: case TraceKind::wakeup_kswapd:
        case TraceKind::nofragment_retry: case TraceKind::slowpath: case TraceKind::reserve_highatomic:
        case TraceKind::unreserve_highatomic: return narrate_shortage(memory, event);
        case TraceKind::might_sleep: case TraceKind::gfp_warning: return narrate_complaint(memory, event);
        default: return narrate_free(memory, event);
    }
}

bool is_detail(TraceKind kind) {
    switch (kind) {
        case TraceKind::zone_watermark_ok: case TraceKind::list_empty: case TraceKind::take: case TraceKind::expand:
        case TraceKind::mm_page_alloc: case TraceKind::mm_page_free: case TraceKind::split_large: case TraceKind::merge:
        case TraceKind::relabel: case TraceKind::list_add: case TraceKind::pcp_refill: case TraceKind::pcp_take:
        case TraceKind::pcp_put: case TraceKind::pcp_drain: case TraceKind::mm_page_pcpu_drain:
        case TraceKind::mm_filemap_add_to_page_cache: case TraceKind::mm_filemap_delete_from_page_cache:
        case TraceKind::anonymous_fault: case TraceKind::zap_page: case TraceKind::mm_lru_activate:
        case TraceKind::shmem_read_hole:
        case TraceKind::migrate_page: case TraceKind::mmu_access: case TraceKind::tlb_hit: case TraceKind::tlb_miss:
        case TraceKind::page_walk: case TraceKind::tlb_fill: case TraceKind::access_frame: case TraceKind::page_fault_user:
        case TraceKind::find_vma: case TraceKind::clear_page: case TraceKind::map_zero_page: case TraceKind::set_pte:
        case TraceKind::copy_page: case TraceKind::wp_page_reuse: case TraceKind::mm_filemap_fault:
        case TraceKind::mm_filemap_map_pages: case TraceKind::spurious_fault: case TraceKind::retry_access:
        case TraceKind::unmap_pte: case TraceKind::page_referenced: case TraceKind::pte_alloc: case TraceKind::pte_free:
        case TraceKind::add_to_swap: case TraceKind::mm_vmscan_write_folio: case TraceKind::swap_out:
        case TraceKind::swap_read_folio: case TraceKind::swap_free: case TraceKind::swap_pte:
        case TraceKind::do_swap_page: case TraceKind::workingset_refault: case TraceKind::swap_full:
        case TraceKind::enter_lazy_tlb: case TraceKind::leave_lazy_tlb:
        case TraceKind::clear_huge_page: case TraceKind::pgtable_trans_huge_deposit: case TraceKind::set_huge_pmd:
        case TraceKind::map_huge_zero_page: case TraceKind::unmap_huge_pmd:
            return true;
        default: return false;
    }
}

namespace {

Message narrate_alloc(const PageAllocator& memory, const AllocPages& alloc, Pfn pfn) {
    const bool is_one = alloc.order.value == 0;
    Message message(pfn == kNoPfn ? "command.alloc_failed" : is_one ? "command.alloc_one" : "command.alloc");
    message.text("name", name_of(alloc.call)).text("gfp", gfp_to_text(alloc.gfp, memory.profile()));
    message.number("order", alloc.order.value).number("frames", alloc.order.frames());
    if (pfn != kNoPfn) message.hex("pfn", pfn.value);
    return message;
}

Message narrate_drain(const PageAllocator& memory, const DrainPages& drain) {
    const bool is_all = drain.call == PageCall::drain_all_pages;
    if (!drain.zone) return Message(is_all ? "command.drain" : "command.drain_local").text("name", name_of(drain.call));
    Message message(is_all ? "command.drain_zone" : "command.drain_local_zone");
    message.text("name", name_of(drain.call));
    return message.text("zone", zone_label(memory, memory.zones()[*drain.zone]));
}

// What follows from a setting at once (recompute_after in mm/zone.h).
const char* key_of(SysctlName written) {
    switch (written) {
        case SysctlName::min_free_kbytes:
        case SysctlName::watermark_scale_factor: return "command.sysctl_marks";
        case SysctlName::lowmem_reserve_ratio: return "command.sysctl_reserve";
        case SysctlName::percpu_pagelist_high_fraction: return "command.sysctl_pcp";
        case SysctlName::watermark_boost_factor:
        case SysctlName::overcommit_memory:
        case SysctlName::overcommit_ratio:
        case SysctlName::swappiness:
        case SysctlName::panic_on_oom: break;
        case SysctlName::nr_hugepages: return "command.sysctl_hugepages";
        case SysctlName::transparent_hugepage: return "command.sysctl_thp";
        case SysctlName::dirty_background_ratio:
        case SysctlName::dirty_ratio:
        case SysctlName::dirty_writeback_centisecs:
        case SysctlName::dirty_expire_centisecs: return "command.sysctl_dirty";
    }
    return "command.sysctl";
}

// Before 6.7 a second lets no list shrink.
const char* key_of_tick(const Profile& profile) {
    return profile.pcp_tuning == Profile::PcpTuning::adaptive ? "command.tick" : "command.tick_fold";
}

}  // namespace

Message narrate_command(const Machine& machine, const Command& command, const CommandResult& result, u32 call) {
    const PageAllocator& memory = machine.memory();
    Message message;
    if (const AllocPages* alloc = std::get_if<AllocPages>(&command)) {
        message = narrate_alloc(memory, *alloc, result.pfn);
    } else if (const FreePages* free = std::get_if<FreePages>(&command)) {
        message = Message(free->order.value == 0 ? "command.free_one" : "command.free");
        message.text("name", name_of(free->call)).hex("pfn", free->pfn.value);
        message.number("order", free->order.value).number("frames", free->order.frames());
    } else if (const DrainPages* drain = std::get_if<DrainPages>(&command)) {
        message = narrate_drain(memory, *drain);
    } else if (const Tick* tick = std::get_if<Tick>(&command)) {
        message = Message(key_of_tick(memory.profile())).number("seconds", tick->seconds);
    } else if (const SetSysctl* set = std::get_if<SetSysctl>(&command)) {
        message = Message(key_of(set->written)).text("text", set->text);
    } else if (const ProcessCall* process = std::get_if<ProcessCall>(&command)) {
        message = narrate_process_call(machine.memory(), *process, result);
    } else if (is_heap_command(command)) {
        message = narrate_slab_command(machine, command, result);
    } else {
        message = narrate_memory_command(memory, command, result);
    }
    return message.number("call", call);
}

std::string zone_label(const PageAllocator& memory, const Zone& zone) {
    return memory.nodes() > 1 ? std::string(zone.name()) + "@" + std::to_string(zone.node) : zone.name();
}

Message summarize(const Snapshot& snapshot) {
    const PageAllocator& memory = snapshot.memory();
    i64 managed = 0, free = 0;
    for (const Zone& zone : memory.zones()) {
        managed += zone.managed;
        free += zone.free_pages;
    }
    Message message("summary");
    message.text("arch", kArchNames[static_cast<u32>(memory.arch())]).text("kernel", snapshot.machine->kernel());
    message.number("mebibytes", static_cast<i64>((memory.present_pages() + 255) >> (20 - kPageShift)));
    message.number("free", free).number("managed", managed);
    return message.number("step", snapshot.step).number("last_step", snapshot.last_step);
}

}  // namespace mmscope
