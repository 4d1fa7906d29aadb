// Sentences about processes: their areas, accesses through the MMU, page tables, TLBs, their beginning and end.
#include <utility>

#include "mm/address_event.h"
#include "mm/fault.h"
#include "mm/mmap.h"
#include "mm/tlb_flush.h"
#include "play/hugepages_files.h"
#include "play/narration.h"
#include "play/process_view.h"
#include "play/process_calls.h"
#include "play/vocabulary.h"

namespace mmscope {

namespace {

constexpr const char* kAccessNames[] = {"read", "write", "fetch"};
constexpr u32 kAccesses = 3;

// The key by itself, or with the kind of access.
Message about(const TraceEvent& event, const char* suffix = "") {
    std::string key = "event." + std::string(kTraceKindNames[static_cast<u32>(event.kind)]);
    if (*suffix != 0) key += "_" + std::string(suffix);
    return Message(key);
}

Message at_address(const TraceEvent& event, const char* suffix = "") {
    Message message = about(event, suffix).hex("address", event_address(event));
    if (is_about_access(event.kind)) return message;
    if (event.pfn != kNoPfn.value) message.hex("pfn", event.pfn);
    return message;
}

// "USER|WRITE", as the kernel's own names of the bits end (X86_PF_WRITE).
std::string code_bits(u32 code) {
    constexpr std::pair<u32, const char*> kBits[] = {{fault_code::kProtection, "PROT"},
                                                     {fault_code::kWrite, "WRITE"},
                                                     {fault_code::kUser, "USER"},
                                                     {fault_code::kFetch, "INSTR"}};
    std::string text;
    for (const auto& [bit, name] : kBits)
        if ((code & bit) != 0) text += (text.empty() ? "" : "|") + std::string(name);
    return text;
}

const char* access_name(const TraceEvent& event) { return kAccessNames[address_order(event) % kAccesses]; }

// The error code tells the access too, but without NX a fetch looks like a read.
Message narrate_page_fault(const TraceEvent& event) {
    const bool is_protection = (event.b & fault_code::kProtection) != 0;
    const std::string suffix = access_name(event) + std::string(is_protection ? "_protection" : "");
    const std::string bits = code_bits(event.b);
    return at_address(event, suffix.c_str()).hex("code", event.b).text("bits", bits);
}

Message narrate_access(const PageAllocator& memory, const TraceEvent& event) {
    const PagingMode& mode = memory.processes().mode;
    const u32 height = event.kind == TraceKind::pte_free ? event.order : address_order(event);
    const std::string_view level = kTableLevelNames[height % kMostTableLevels];
    switch (event.kind) {
        case TraceKind::mmu_access:
        case TraceKind::retry_access:
            return at_address(event, access_name(event)).number("pid", event.b);
        case TraceKind::access_frame:
            return at_address(event, access_name(event));
        case TraceKind::tlb_hit:
            return at_address(event).number("level", address_order(event));
        case TraceKind::page_walk: {
            const bool is_empty = (event.zone & 1) == 0;
            Message message = at_address(event, is_empty ? "none" : "").text("level", level);
            message.number("index", mode.index(event_address(event), address_order(event)));
            return is_empty ? message : message.hex("frame", event.b).text("flags", entry_flags(event.zone));
        }
        case TraceKind::page_fault_user:
            return narrate_page_fault(event);
        case TraceKind::pte_alloc:
            return at_address(event).text("level", level);
        case TraceKind::pte_free:
            return about(event).hex("pfn", event.pfn).text("level", level);
        case TraceKind::set_pte:
            return at_address(event).text("flags", entry_flags(event.zone));
        default:
            return at_address(event);  // tlb_miss, tlb_fill
    }
}

Message narrate_fault(const TraceEvent& event) {
    switch (event.kind) {
        case TraceKind::find_vma:
            return about(event)
                .hex("address", event_address(event))
                .number("pages", event.pfn)
                .text("rights", area_rights(event.b));
        case TraceKind::expand_stack:
            return at_address(event).number("pages", event.b);
        case TraceKind::signal_generate: {
            if (event.order != static_cast<u32>(Signal::sigsegv)) {
                const bool is_huge = event.zone == static_cast<u32>(SignalCode::no_huge_page);
                return at_address(event, is_huge ? "bus_huge" : "bus").number("pid", event.b);
            }
            const char* const name = event.zone == static_cast<u32>(SignalCode::maperr)   ? "maperr"
                                     : event.zone == static_cast<u32>(SignalCode::accerr) ? "accerr"
                                                                                          : "kernel";
            return at_address(event, name).number("pid", event.b);
        }
        case TraceKind::copy_page:
            return at_address(event).hex("original", event.b);
        case TraceKind::mm_filemap_fault:
            return at_address(event, address_order(event) == 1 ? "major" : "minor").number("mapping", event.b);
        case TraceKind::mm_filemap_map_pages:
            return at_address(event).number("pages", event.b);
        case TraceKind::unmap_pte:
            return at_address(event).number("pid", event.b);
        case TraceKind::swap_pte:
            return about(event)
                .hex("address", event_address(event))
                .number("pid", event.b)
                .number("area", event.zone)
                .number("slot", event.pfn);
        case TraceKind::do_swap_page:
            return at_address(event, address_order(event) == 1 ? "major" : "minor").number("pid", event.b);
        case TraceKind::page_referenced:
            return about(event, event.b == 0 ? "stays" : "active").hex("pfn", event.pfn).number("entries", event.a);
        default:
            return at_address(event);  // clear_page, map_zero_page, wp_page_reuse, spurious_fault
    }
}

// Huge pages; `frames` is how many one has.
Message narrate_huge(const PageAllocator& memory, const TraceEvent& event) {
    const u32 frames = memory.frames().pageblock_order().frames();
    switch (event.kind) {
        case TraceKind::set_huge_pmd:
            return at_address(event).text("flags", entry_flags(event.zone)).number("frames", frames);
        case TraceKind::unmap_huge_pmd:
            return at_address(event).number("pid", event.b).number("frames", frames);
        case TraceKind::clear_huge_page:
            return at_address(event).number("frames", memory.processes().mode.span(address_order(event)) >> kPageShift);
        case TraceKind::thp_zero_page_alloc:
            return about(event).hex("pfn", event.pfn).number("frames", frames);
        case TraceKind::thp_deferred_split_page:
            return about(event).hex("pfn", event.pfn).number("mapped", event.a).number("unmapped", event.b);
        case TraceKind::thp_split_page:
            return about(event, event.a == 0 ? "all" : "")
                .hex("pfn", event.pfn)
                .number("frames", frames)
                .number("freed", event.a);
        default:  // deposit, fallback, map_huge_zero_page, thp_split_pmd
            return at_address(event).number("frames", frames).number("order", memory.frames().pageblock_order().value);
    }
}

// Hugetlb memory and its pools.
Message narrate_hugetlb(const PageAllocator& memory, const TraceEvent& event) {
    const u32 height = event.order & 3;  // with an address or without
    const u32 frames = huge_frames(memory.arch(), height);
    const std::string size = height == 2 ? "1 GiB" : std::to_string(frames * kPageSize >> 20) + " MiB";
    const auto told = [&](Message message) { return message.text("size", size); };
    switch (event.kind) {
        case TraceKind::hugetlb_acct_memory:
            return told(about(event, event.migratetype == 1 ? "less" : ""))
                .number("reserved", event.a)
                .number("count", event.b);
        case TraceKind::hugetlb_acct_refused:
            return told(about(event)).number("count", event.a).number("available", event.b);
        case TraceKind::dequeue_hugetlb:
            return told(at_address(event)).number("free", event.b);
        case TraceKind::enqueue_hugetlb:
            return told(about(event)).hex("pfn", event.pfn).number("free", event.a);
        case TraceKind::set_huge_pte:
            return told(at_address(event))
                .text("flags", entry_flags(event.zone))
                .text("level", kTableLevelNames[height])
                .number("frames", frames);
        case TraceKind::copy_huge_page:
            return told(at_address(event)).hex("original", event.b);
        case TraceKind::unmap_huge_pte:
            return told(at_address(event)).number("pid", event.b);
        case TraceKind::hugetlb_no_page:
            return told(at_address(event, event.zone == 1 ? "taken" : "")).number("pid", event.b);
        case TraceKind::unmap_ref_private:
            return told(at_address(event)).number("processes", event.b);
        case TraceKind::hugetlb_max_huge_pages: {
            const char* const suffix = event.pfn != 0 ? "surplus" : event.a != event.b ? "short" : "";
            return told(about(event, suffix))
                .number("wanted", event.a)
                .number("count", event.b)
                .number("surplus", event.pfn);
        }
        default:  // alloc_pool_huge_page, update_and_free_hugetlb
            return told(about(event)).hex("pfn", event.pfn).number("count", event.a);
    }
}

// Areas, TLBs, beginning and end.
Message narrate_life(const TraceEvent& event) {
    switch (event.kind) {
        case TraceKind::tlb_flush:
            if (address_order(event) == 1) return about(event, "all").number("cpu", event.zone);
            return about(event).number("cpu", event.zone).number("pages", event.b);
        case TraceKind::tlb_shootdown:
            if (event.b > kTlbSinglePageFlushCeiling) return about(event, "all").number("cpu", event.zone);
            return about(event).number("cpu", event.zone).number("pages", event.b);
        case TraceKind::switch_mm:
            return about(event, event.migratetype == 1 ? "flush" : "")
                .number("cpu", event.b)
                .number("pid", event.a)
                .number("asid", event.order);
        case TraceKind::leave_lazy_tlb:
            return about(event, event.migratetype == 1 ? "flush" : "")
                .number("cpu", event.b)
                .number("pid", event.a)
                .number("asid", event.order);
        case TraceKind::enter_lazy_tlb:
            return about(event).number("cpu", event.b).number("pid", event.a);
        case TraceKind::tlb_lazy_skipped:
            return about(event).number("cpus", event.b);
        case TraceKind::tlb_leave_mm:
            return about(event, event.order == 1 ? "asked" : "").number("cpu", event.b).number("pid", event.a);
        case TraceKind::sched_process_fork:
            return about(event).number("parent", event.a).number("pid", event.b);
        case TraceKind::copy_page_range:
            return about(event).number("entries", event.a).number("protected", event.b);
        case TraceKind::fork_refused:
            return about(event).number("pid", event.a).number("most", event.b);
        case TraceKind::sched_process_exec:
            return about(event).number("pid", event.a).number("mapping", event.b);
        case TraceKind::oom_score_adj_update:
            return about(event).number("pid", event.a).number("adj", i64{event.b} + kOomScoreAdjMin);
        case TraceKind::sched_process_exit:
            return about(event, event.order == 0 ? "" : "signal")
                .number("pid", event.a)
                .number("pages", event.b)
                .text("signal", signal_name(static_cast<Signal>(event.order)));
        case TraceKind::vm_enough_memory:
            return about(event).number("pages", event.a).number("most", event.b);
        case TraceKind::hugepage_madvise:
            return about(event, (event.b & vm_flag::kHugePage) != 0 ? "" : "not")
                .hex("address", event_address(event))
                .number("pages", event.pfn);
        case TraceKind::munmap_area:
            return about(event).hex("address", event_address(event)).number("pages", event.pfn);
        default:  // mmap_area, change_protection
            return about(event)
                .hex("address", event_address(event))
                .number("pages", event.pfn)
                .text("rights", area_rights(event.b));
    }
}

}  // namespace

std::string errno_text(i64 result) {
    switch (-result) {
        case static_cast<i64>(Errno::eperm): return "-EPERM";
        case static_cast<i64>(Errno::enoent): return "-ENOENT";
        case static_cast<i64>(Errno::enoexec): return "-ENOEXEC";
        case static_cast<i64>(Errno::ebadf): return "-EBADF";
        case static_cast<i64>(Errno::eagain): return "-EAGAIN";
        case static_cast<i64>(Errno::enomem): return "-ENOMEM";
        case static_cast<i64>(Errno::eacces): return "-EACCES";
        case static_cast<i64>(Errno::eexist): return "-EEXIST";
        case static_cast<i64>(Errno::einval): return "-EINVAL";
        case static_cast<i64>(Errno::enospc): return "-ENOSPC";
        case static_cast<i64>(Errno::enametoolong): return "-ENAMETOOLONG";
        case static_cast<i64>(Errno::eoverflow): return "-EOVERFLOW";
        default:
            return std::to_string(result);
    }
}

Message narrate_process(const PageAllocator& memory, const TraceEvent& event) {
    switch (event.kind) {
        case TraceKind::mmu_access:
        case TraceKind::retry_access:
        case TraceKind::access_frame:
        case TraceKind::tlb_hit:
        case TraceKind::tlb_miss:
        case TraceKind::tlb_fill:
        case TraceKind::page_walk:
        case TraceKind::page_fault_user:
        case TraceKind::pte_alloc:
        case TraceKind::pte_free:
        case TraceKind::set_pte:
            return narrate_access(memory, event);
        case TraceKind::switch_mm:
            if (TlbFlush::has_pcid(memory)) return narrate_life(event);
            return about(event, "cr3").number("cpu", event.b).number("pid", event.a);
        case TraceKind::tlb_flush:
        case TraceKind::tlb_shootdown:
        case TraceKind::enter_lazy_tlb:
        case TraceKind::leave_lazy_tlb:
        case TraceKind::tlb_lazy_skipped:
        case TraceKind::tlb_leave_mm:
        case TraceKind::sched_process_fork:
        case TraceKind::copy_page_range:
        case TraceKind::fork_refused:
        case TraceKind::sched_process_exec:
        case TraceKind::oom_score_adj_update:
        case TraceKind::sched_process_exit:
        case TraceKind::mmap_area:
        case TraceKind::munmap_area:
        case TraceKind::change_protection:
        case TraceKind::vm_enough_memory:
        case TraceKind::hugepage_madvise:
            return narrate_life(event);
        case TraceKind::clear_huge_page:
        case TraceKind::pgtable_trans_huge_deposit:
        case TraceKind::set_huge_pmd:
        case TraceKind::thp_fault_fallback:
        case TraceKind::thp_zero_page_alloc:
        case TraceKind::map_huge_zero_page:
        case TraceKind::unmap_huge_pmd:
        case TraceKind::thp_split_pmd:
        case TraceKind::thp_deferred_split_page:
        case TraceKind::thp_split_page:
            return narrate_huge(memory, event);
        case TraceKind::hugetlb_acct_memory:
        case TraceKind::hugetlb_acct_refused:
        case TraceKind::dequeue_hugetlb:
        case TraceKind::enqueue_hugetlb:
        case TraceKind::set_huge_pte:
        case TraceKind::copy_huge_page:
        case TraceKind::unmap_huge_pte:
        case TraceKind::hugetlb_no_page:
        case TraceKind::unmap_ref_private:
        case TraceKind::alloc_pool_huge_page:
        case TraceKind::update_and_free_hugetlb:
        case TraceKind::hugetlb_max_huge_pages:
            return narrate_hugetlb(memory, event);
        default:
            return narrate_fault(event);
    }
}

namespace {

// A size_t or an address space's length: what does not fit a signed number is told without groups.
Message& add_bytes(Message& message, const char* name, u64 bytes) {
    if (bytes >> 63 != 0) return message.text(name, std::to_string(bytes));
    return message.number(name, static_cast<i64>(bytes));
}

Message narrate_refusal(const PageAllocator& memory, const ProcessCall& command, MmRefusal why) {
    const Mm& mm = memory.processes().mm(command.pid);
    std::string key = std::string("command.process_call_") + kMmRefusalNames[static_cast<u32>(why)];
    // In mode 2 nothing helps a request along.
    if (why == MmRefusal::overcommit && memory.sysctl().overcommit_memory == 2) key += "_strict";
    Message message(key);
    add_bytes(message, "bytes", command.bytes);
    add_bytes(message, "offset", command.offset);
    message.number("page", kPageSize).number("areas", kMostAreas).hex("least", kLeastMapAddress);
    message.number("space", static_cast<i64>(mm.task_size)).number("pages", kMostMappingPages);
    const bool is_1g = (command.flags >> map_flag::kHugeShift & map_flag::kHugeMask) == 30;
    const HugetlbPool& pool = memory.processes().hugetlb.pool(is_1g ? 2 : 1);
    message.number("total", pool.total()).number("available", pool.available()).text("sizes", hugepages_sizes(memory));
    message.text("kernel", memory.profile().name).text("arch", kArchNames[static_cast<u32>(memory.arch())]);
    message.text("key", is_1g ? "hugepages_1G" : "vm.nr_hugepages");
    message.hex("end", mm.task_size).hex("top", mm.mmap_base).hex("heap", mm.start_brk);
    return message.hex("address", command.address).hex("bits", command.protection).hex("flags", command.flags);
}

}  // namespace

Message narrate_process_call(const PageAllocator& memory, const ProcessCall& command, const CommandResult& result) {
    const std::string_view name = page_call_word(command.call).name;
    if (command.call == PageCall::fork && result.number > 0)
        return Message("command.fork").number("pid", command.pid).number("child", result.number);
    if (is_access_call(command.call))
        return Message("command.access")
            .text("name", name)
            .number("pid", command.pid)
            .hex("address", command.address)
            .number("faults", result.number);
    const bool is_address =
        command.call == PageCall::mmap || command.call == PageCall::brk || command.call == PageCall::malloc;
    const bool is_refused = result.mapping != 0;
    Message message = is_refused ? narrate_refusal(memory, command, static_cast<MmRefusal>(result.mapping))
                                 : Message("command.process_call");
    const bool is_null = command.call == PageCall::malloc && result.number == 0;
    return message.number("pid", command.pid)
        .text("name", name)
        .text("result", is_null                            ? "NULL"
                        : is_address && result.number > 0 ? hex_text(static_cast<u64>(result.number))
                                                          : errno_text(result.number));
}

}  // namespace mmscope
